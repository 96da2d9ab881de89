#!/bin/sh
# SPDX-License-Identifier: MIT
# The launcher with its policy executor is small enough to read: at most 1,200 lines of C, without
# comments and empty lines, in its own folder, in what it uses of the shared one, and the walls of measure/lib.
# (What is pure and has tests of its own is not in it: the plan's parser and SHA-256.)
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../cli/tap.sh"
cd "$(dirname "$0")/../.." || exit 1
own="$(find initramfs/container -name '*.[ch]' | sort) $(find measure/lib -name '*wall.[ch]' | sort)"
files=$own
before=
# Whatever these include of the shared folder, until nothing new comes up.
while [ "$files" != "$before" ]; do
	before=$files
	# shellcheck disable=SC2086 # paths without spaces
	used=$(sed -n 's,^#include "\(initramfs/common/.*\)\.h",\1,p' $files | sort -u |
		while read -r name; do ls "$name".[ch]; done)
	files="$own $used"
done
lines=$(for file in $files; do gcc -fpreprocessed -dD -E -P "$file"; done | grep -c .)
echo "# $lines lines in $(echo "$files" | tr '\n' ' ')"
case $files in *containerwall.c*/wall.c*) [ "$lines" -le 1200 ] ;; *) false ;; esac
result $? "the launcher has at most 1,200 lines"
finish
