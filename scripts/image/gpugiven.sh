#!/bin/sh
# SPDX-License-Identifier: MIT
# gpugiven.sh NAME FILE SHA256: takes FILE, which is what make was given as NAME (GPU_SOURCE, GPU_ARCHIVE), into the cache,
# as $RAMPART_CACHE/files/SHA256, where the toolbox finds it. Without FILE it does nothing. Exit code 1 and one line, if it
# is not there or is another file.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 3 ] || die "usage: gpugiven.sh NAME FILE SHA256"
[ -n "$2" ] || exit 0
find_paths
case $3 in
*[!0-9a-f]* | '') die "$1=$2: give its digest too, as its publisher says it: $1_SHA256=, 64 lower-case hex digits" ;;
esac
[ -f "$2" ] && [ -r "$2" ] || die "$1=$2: no file that can be read"
files=$RAMPART_CACHE/files
make_dir "$files"
tmp=$(mktemp "$files/.given-XXXXXX")
trap 'rm -f "$tmp"' EXIT
cp -- "$2" "$tmp"
got=$(sha256sum <"$tmp" | cut -d' ' -f1)
[ "$got" = "$3" ] || die "$1=$2: is sha256:$got, and $1_SHA256 is another: $3"
chmod 644 "$tmp"
mv "$tmp" "$files/$3"
