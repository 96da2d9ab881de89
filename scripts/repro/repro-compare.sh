#!/bin/sh
# SPDX-License-Identifier: MIT
# repro-compare.sh A B [PATH...]: whether two folders, or these files and folders in both, hold the same:
# names, types, modes, targets of links, every byte. Owners and times are not compared. Prints each name
# that differs and, for the first files, where (by diffoscope). Ends with one line that counts.
# Runs in the box `repro`. Exit code: 0 equal, 1 differs, 2 could not tell.
set -eu
[ $# -ge 2 ] || { echo "usage: repro-compare.sh A B [PATH...]" >&2; exit 2; }
a=$1
b=$2
shift 2
[ $# -ne 0 ] || set -- .
names_max=50    # printed
shown_max=3     # of which diffoscope says where
lines_max=40    # of its words about one file
seconds_max=300 # that it may take for it
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export LC_ALL=C

list() # FOLDER PATH...: name, type, mode, target; a line each
{
	folder=$1
	shift
	(cd "$folder" && find "$@" -printf '%p\t%y\t%m\t%l\n') | sort
}

# stdin: a name a line
differ() # WHAT
{
	while read -r name; do echo "$name	$1"; done >>"$work/differ"
}

names_of()
{
	cut -f 1 "$1" | sort
}

list "$a" "$@" >"$work/a" && list "$b" "$@" >"$work/b" && [ -s "$work/a" ] || {
	echo "repro-compare.sh: $a, $b: nothing to compare, or not all of it can be read" >&2
	exit 2
}
: >"$work/differ"
names_of "$work/a" >"$work/a.names"
names_of "$work/b" >"$work/b.names"
comm -23 "$work/a.names" "$work/b.names" | differ "only in the first"
comm -13 "$work/a.names" "$work/b.names" | differ "only in the second"
comm -3 "$work/a" "$work/b" | sed 's/^\t//' | cut -f 1 | sort | uniq -d | differ "of another type, mode or target"
awk -F '\t' '$2 == "f" { print $1 }' "$work/a" >"$work/a.files"
awk -F '\t' '$2 == "f" { print $1 }' "$work/b" | comm -12 "$work/a.files" - >"$work/files"
while read -r name; do
	cmp -s "$a/$name" "$b/$name" || echo "$name"
done <"$work/files" >"$work/bytes"
differ "other bytes" <"$work/bytes"

counts="$(wc -l <"$work/a") names, $(wc -l <"$work/files") files, $(cd "$a" && tr '\n' '\0' <"$work/files" |
	du --apparent-size -b -c --files0-from=- | awk 'END { print $1 }') bytes"
if [ ! -s "$work/differ" ]; then
	echo "compared: $counts: equal"
	exit 0
fi
sort -u "$work/differ" | head -n $names_max | while IFS='	' read -r name what; do echo "differs: $name: $what"; done
head -n $shown_max "$work/bytes" | while read -r name; do
	timeout $seconds_max diffoscope --no-progress --text - "$a/$name" "$b/$name" 2>&1 | head -n $lines_max ||
		echo "$name: diffoscope found no words for it"
done
echo "compared: $counts: $(sort -u "$work/differ" | wc -l) differ"
exit 1
