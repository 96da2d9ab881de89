#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh and images that lie: each is refused in one line that says where and why, leaves nothing behind
# and touches nothing else. bad.py makes them. Runs in the toolbox, from the tree.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
here=$(dirname "$0")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tab=$(printf '\t')

# What the bad images reach for: the folder that they are built in, its neighbours, /etc, and a file
# "evil" or "passwd" in /tmp, / or here. Folders without their times: this test changes those of its own.
seen()
{
	find "$dir" /etc /tmp/evil /tmp/passwd /evil /passwd evil passwd -path "$dir/bad" -prune -o \
		-path "$dir/err" -prune -o \( -type d -printf '%p %m\n' -o -printf '%p %y %m %s %T@\n' \) 2>&1 |
		sort -u
}

says() # TEXT: what stands between bars, in this order
{
	pattern=$(printf '%s' "$1" | sed 's/[][\\.*^$]/\\&/g; s/|/.*/g')
	grep -q -e "$pattern" "$dir/err"
}

# The same checks without images: that they can fail.
mkdir "$dir/build"
echo 'layer 0 (sha256:x), entry 0 "b": a reason' >"$dir/err"
says 'layer 0 (sha256:|"b": a reason' && ! says 'layer 0 (sha256:|"c": a reason'
result $? "the test can tell messages apart"
before=$(seen)
: >/tmp/evil
after=$(seen)
rm /tmp/evil
case $after in
"$before") result 1 "the test sees a new file" ;;
*) result 0 "the test sees a new file" ;;
esac

: >"$dir/build/out.erofs"
python3 -B "$here/bad.py" list >"$dir/list"
mkdir "$dir/bad"
python3 -B "$here/bad.py" bad "$dir/bad"
before=$(seen)
while IFS=$tab read -r name text; do
	timeout 60 scripts/image/import.sh "$dir/bad/$name" "$dir/build/out.erofs" "$dir/build/config" "$dir/build/manifest" \
		"$dir/build/files" "$dir/build/user" "$dir/build/notes" >/dev/null 2>"$dir/err"
	code=$?
	[ $code = 1 ] && [ "$(wc -l <"$dir/err")" = 1 ] && says "$text"
	result $? "refused: $name"
	tail -n 1 "$dir/err" | sed 's/^/# /'
done <"$dir/list"
is "$(find "$dir/build" -mindepth 1 -printf '%P %s\n')" "out.erofs 0" "no output was touched, half or whole"
is "$(seen)" "$before" "nothing else was touched"
is "$((tap_n > 100))" 1 "all of them were tried"
finish
