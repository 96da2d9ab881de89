#!/bin/sh
# SPDX-License-Identifier: MIT
# moves.sh: builds the images whose golden values relock.sh kept in build/relock with the new locks, and says
# for each which values moved, event by event (`rampart diff`), and which files in it changed. The same text
# is in build/NAME/moves.txt. What could not be built stays in build/relock for the next time.
# Environment: that of make.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
cd "$RAMPART_TOP"

rebuild() # NAME: with the same variables, for the same platform as before, of the same shape
{
	{
		read -r image
		read -r debug
		read -r volume
		read -r machine
		read -r updates
		IFS= read -r model
	} <"build/$1/asked"
	platform=$(basename "$(cat "build/$1/platform")" .json)
	case $platform in *-[0-9]*m-[0-9]*c*) platform=qemu ;; esac
	shape=$(sed -n 's/.*-\([0-9]*\)m-\([0-9]*\)c\(-volume\)\{0,1\}\.json$/MEMORY=\1 CPUS=\2/p' "build/$1/platform")
	# shellcheck disable=SC2086 # $shape is two words
	env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory golden IMAGE="$image" DEBUG="$debug" VOLUME="$volume" \
		MACHINE="$machine" UPDATES="$updates" MODEL="$model" PLATFORM="$platform" $shape
}

# A line for each file of the image that changed: its path is all but the last three words.
say_files() # OLD NEW
{
	awk '
		{ path = $0; sub(/ [^ ]+ [^ ]+ [^ ]+$/, "", path) }
		FILENAME == ARGV[1] { old[path] = $0; next }
		!(path in old) { print path ": new"; next }
		old[path] != $0 { print path ": changed" }
		{ delete old[path] }
		END { for (path in old) print path ": gone" }' "$1" "$2" | LC_ALL=C sort
}

any=
for kept in build/relock/*/; do
	[ -d "$kept" ] || continue
	any=1
	name=$(basename "$kept")
	out=build/$name
	rebuild "$name" || die "$name: not built with the new locks; mend it and run make relock again," \
		"or go back with: git checkout scripts"
	code=0
	{
		build/bin/rampart diff "$kept/golden.json" "$out/golden.json" || code=$?
		echo
		say_files "$kept/files.txt" "$out/files.txt"
	} >"$out/moves.txt"
	[ $code -le 1 ] || die "$name: its golden values cannot be compared; the message is above"
	step MOVES "$name: old and new golden values ($out/moves.txt)"
	cat "$out/moves.txt"
	rm -rf "$kept"
done
[ -n "$any" ] || step SAME "no golden values wait to be compared"
