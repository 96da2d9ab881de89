#!/bin/sh
# SPDX-License-Identifier: MIT
# files.sh PREFIX FOLDER: one line for everything in a folder, for files.txt, sorted by path:
#
#     PREFIX/path mode size sha256       file
#     PREFIX/path mode - dir             folder
#     PREFIX/path mode - -> target       symbolic link
#
# A space in a path is written \040. Names with control characters are refused.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
[ $# -eq 2 ] || die "usage: files.sh PREFIX FOLDER"
export LC_ALL=C
cd "$2"
odd=$(find . -name '*[[:cntrl:]]*' -printf x -quit)
[ -z "$odd" ] || die "$2: a file's name has a control character in it; rename it"

tab=$(printf '\t')
{
	find . -type f -print0 | xargs -0r sha256sum -z | tr '\0' '\n' |
		sed "s/^\([0-9a-f]*\)  \.\//sum$tab\1$tab/"
	find . -mindepth 1 -printf '%y\t%m\t%s\t%l\t%P\n'
} | awk -F "$tab" -v prefix="$1" '
	$1 == "sum" { sum[$3] = $2; next }
	{
		name = $5
		gsub(/ /, "\\040", name)
		head = sprintf("%s/%s %04d", prefix, name, $2)
		if ($1 == "f")
			print head, $3, sum[$5]
		else if ($1 == "l")
			print head, "- ->", $4
		else
			print head, "-", $1 == "d" ? "dir" : "special"
	}' | sort
