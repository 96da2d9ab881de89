#!/bin/sh
# SPDX-License-Identifier: MIT
# lock.sh LIST LOCK: resolves the package names of LIST, with their dependencies and the
# essential packages, against SUITE (default: trixie) main, and writes LOCK. Apt checks the archive's signature;
# its state is private, the machine's own is not touched.
# Environment: as of private_apt in lib.sh.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
list=$1
lock=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp" "$lock.tmp"' EXIT
trap 'exit 130' INT TERM

step LOCK "${lock##*/} (${SUITE:-trixie} main)"
private_apt "$tmp"
names=$(sed 's/#.*//' "$list")
# shellcheck disable=SC2086 # a list of names
apt-get -qq -s install '?essential' $names >"$tmp/plan" ||
	die "$list: apt cannot resolve these packages; its message is above"
sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' "$tmp/plan" >"$tmp/picked"
# shellcheck disable=SC2046 # a list of name=version
apt-cache show --no-all-versions $(cat "$tmp/picked") >"$tmp/show"
{
	echo "# Made by scripts/lock/lock.sh from $(basename "$list"); do not edit."
	echo "# One package a line: name version sha256 size pool-path (below the mirror's address)."
	awk -v RS= -F'\n' '{
		for (i = 1; i <= NF; i++) {
			k = $i; sub(/:.*/, "", k); v = $i; sub(/^[^:]*: */, "", v); f[k] = v
		}
		print f["Package"], f["Version"], f["SHA256"], f["Size"], f["Filename"]
	}' "$tmp/show" | sort -u
} >"$lock.tmp"
[ "$(grep -vc '^#' "$lock.tmp")" -eq "$(wc -l <"$tmp/picked")" ] ||
	die "$lock: apt named $(wc -l <"$tmp/picked") packages but described another number of them"
mv "$lock.tmp" "$lock"
