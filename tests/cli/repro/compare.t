#!/bin/sh
# SPDX-License-Identifier: MIT
# repro-compare.sh on small trees: what is equal, and each way in which two can differ.
set -eu
. tests/cli/tap.sh
work=build/repro-compare-test
trap 'rm -rf "$work"' EXIT
export RAMPART_CACHE=/cache ENTER_BOX=repro

# Two trees that are alike, but for their times.
make_trees()
{
	rm -rf "$work"
	for tree in a b; do
		mkdir -p "$work/$tree/folder/empty"
		echo "the same" >"$work/$tree/folder/text"
		head -c 5000 /dev/zero >"$work/$tree/image"
		ln -s folder/text "$work/$tree/link"
	done
	touch -d 2001-01-01 "$work/b/image"
}

# compare [PATH...]: $code, its words in $work/words.
compare()
{
	code=0
	scripts/toolbox/enter.sh scripts/repro/repro-compare.sh "$work/a" "$work/b" "$@" >"$work/words" 2>&1 || code=$?
}

last()
{
	tail -n 1 "$work/words"
}

make_trees
compare
is "$code:$(last)" "0:compared: 6 names, 2 files, 5009 bytes: equal" "equal trees are equal, whatever their times"

printf x | dd of="$work/b/image" bs=1 seek=4097 conv=notrunc status=none
compare
is "$code:$(head -n 1 "$work/words")" "1:differs: ./image: other bytes" "one other byte is found, and its file named"
is "$(grep -c '^ *--- .*a/./image' "$work/words")" 1 "diffoscope says more of it"
is "$(grep -c '^[-+ ]*00001000: ' "$work/words")" 2 "and where"
is "$(last)" "compared: 6 names, 2 files, 5009 bytes: 1 differ" "and it is counted"
compare folder link
is "$code:$(last)" "0:compared: 4 names, 1 files, 9 bytes: equal" "only what was named is compared"

make_trees
rm "$work/b/folder/text"
compare
is "$code:$(head -n 1 "$work/words")" "1:differs: ./folder/text: only in the first" "a missing file is found"
mkdir "$work/b/more"
compare
is "$(grep -c '^differs: ./more: only in the second$' "$work/words")" 1 "and one too many, though it is a folder"

make_trees
chmod 600 "$work/b/folder/text"
compare
is "$code:$(head -n 1 "$work/words")" "1:differs: ./folder/text: of another type, mode or target" "another mode is found"
make_trees
ln -sfn folder "$work/b/link"
compare
is "$code:$(head -n 1 "$work/words")" "1:differs: ./link: of another type, mode or target" "another target of a link is found"

make_trees
compare nothing
is "$code" 2 "what is in neither cannot be told"
finish
