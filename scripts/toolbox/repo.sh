#!/bin/sh
# SPDX-License-Identifier: MIT
# repo.sh LOCK DIR: makes DIR (which must not exist) an apt repository of exactly the packages that
# LOCK names, suite trixie, component main, from the cache. Each is hashed before use; nothing is
# signed, so apt has to be told to trust it.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
lock=$1
dir=$2
index=dists/trixie/main/binary-amd64/Packages

mkdir -p "$dir/pool" "$dir/${index%/*}"
while read -r pkg _ sha size path; do
	case $pkg in '#'*) continue ;; esac
	deb=$RAMPART_CACHE/files/$sha
	echo "$sha  $deb" | sha256sum --check --status 2>/dev/null ||
		die "$deb ($pkg): not the pinned bytes; remove it and run: make fetch"
	ln "$deb" "$dir/pool/${path##*/}" 2>/dev/null || cp "$deb" "$dir/pool/${path##*/}"
	dpkg-deb --field "$deb"
	printf 'Filename: pool/%s\nSize: %s\nSHA256: %s\n\n' "${path##*/}" "$size" "$sha"
done <"$lock" >"$dir/$index"
printf 'Suite: trixie\nCodename: trixie\nComponents: main\nArchitectures: amd64\nSHA256:\n %s %s %s\n' \
	"$(sha256sum <"$dir/$index" | cut -d' ' -f1)" "$(wc -c <"$dir/$index")" "${index#dists/trixie/}" \
	>"$dir/dists/trixie/Release"
