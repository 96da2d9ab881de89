#!/bin/sh
# SPDX-License-Identifier: MIT
# toolbox.sh [NAME]: makes the root that NAME.lock describes (default: toolbox), from nothing
# but the locked packages, and without network once they are in the cache. Does nothing when the
# root is there. enter.sh runs commands in it. Prints nothing but its steps.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
name=${1:-toolbox}
lock=$RAMPART_TOP/scripts/$name.lock
root=$(box_path "$name")
[ ! -d "$root" ] || exit 0

need_host mmdebstrap mmdebstrap
prefix=$(root_prefix)
"$RAMPART_TOP/scripts/toolbox/fetch.sh" "$lock"
make_dir "$RAMPART_CACHE/toolbox"
exec 9>"$RAMPART_CACHE/toolbox/.lock"
flock 9 # two makes at once: the second one finds the first one's root
[ ! -d "$root" ] || exit 0
mib=$(awk '!/^#/ { s += $4 } END { print int(s / 1048576) * 6 }' "$lock")
need_space "$RAMPART_CACHE/toolbox" "$mib"
tmp=$(mktemp -d "$RAMPART_CACHE/toolbox/.new-XXXXXX")
# The root may hold files of subordinate ids, which only its own user namespace can remove.
trap '$prefix rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

"$RAMPART_TOP/scripts/toolbox/repo.sh" "$lock" "$tmp/repo"
wanted=$(awk '!/^#/ { printf "%s%s=%s", sep, $1, $2; sep = "," }' "$lock")

# A package that links pages of the manual (openjdk's) wants their folder, though there are none.
# shellcheck disable=SC2016,SC2086 # the hook expands for itself; $prefix is words
with_progress TOOLBOX "$root" "$tmp/log" \
	$prefix unshare --mount --pid --fork env SOURCE_DATE_EPOCH=0 LC_ALL=C TMPDIR=/tmp mmdebstrap \
	--mode=root --variant=essential --format=directory --architectures=amd64 \
	--aptopt='APT::Sandbox::User "root"' --aptopt='APT::Install-Recommends "0"' \
	--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io \
	--essential-hook='mkdir -p "$1/usr/share/man/man1"' \
	--include="$wanted" trixie "$tmp/root" "deb [trusted=yes] copy:$tmp/repo trixie main" || {
	tail -n 15 "$tmp/log" | cut -c1-300 >&2
	die "$root: mmdebstrap could not make it; its last words are above"
}
# shellcheck disable=SC2016,SC2086
$prefix sh -euc 'cd "$1"
	mkdir -p src cache
	rm -rf var/cache/apt/* var/lib/apt/lists/* var/log/* etc/apt/sources.list
	: >etc/resolv.conf
	printf "127.0.0.1 localhost rampart\n" >etc/hosts
	echo rampart >etc/hostname' sh "$tmp/root"
$prefix mv -T "$tmp/root" "$root"
