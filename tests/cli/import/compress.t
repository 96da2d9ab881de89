#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh and file systems that are compressed: the same files as in one that is not, in fewer bytes, and these the
# same each time, however many processors make them. Runs in the toolbox, from the tree.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
here=$PWD/$(dirname "$0")
top=$PWD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

import() # LAYOUT NAME ALGORITHM [COMMAND...]: NAME.erofs, NAME.files
{
	layout=$1 name=$2
	{ echo "name demo" && [ "$3" = none ] || echo "compress $3"; } >"$name.wants"
	shift 3
	WANTS=$name.wants "$@" "$top/scripts/image/import.sh" "$layout" "$name.erofs" "$name.config" "$name.manifest" \
		"$name.files" 2>"$name.err" || sed 's/^/# /' "$name.err"
}

# Every path with kind, mode, owner, size, number of names, and target or content.
listing() # NAME
{
	mkdir "$1.out" && fsck.erofs --extract="$1.out" "$1.erofs" >fsck.log 2>&1 || sed 's/^/# /' fsck.log
	(
		cd "$1.out" || exit 1
		find . -mindepth 1 -type d -printf '%P %y %m %U:%G\n'
		find . -mindepth 1 ! -type d -printf '%P %y %m %U:%G %s %n %l\n'
		find . -type f -exec sha256sum {} +
	) | sort >"$1.listing"
	rm -rf "$1.out"
}

# compressed LAYOUT ALGORITHM NAME_OF_IT: compared with none.erofs
compressed()
{
	import "$1" "$2" "$2"
	import "$1" again "$2" taskset -c "$(taskset -cp $$ | sed 's/.*[ ,-]//')"
	same "$2.erofs" again.erofs "$1, $2: the same bytes again, on one processor"
	same none.files "$2.files" "$1, $2: the list of files is that of an uncompressed one"
	listing "$2"
	same none.listing "$2.listing" "$1, $2: and so is what is in them"
	is "$([ $(($(stat -c %s "$2.erofs") * 2)) -lt "$(stat -c %s none.erofs)" ] && echo smaller)" smaller \
		"$1, $2: it has less than half the bytes"
	is "$(dump.erofs -s "$2.erofs" | sed -n 's/^Filesystem compr_algs: *//p')" "$3" "$1, $2: and says how it is compressed"
	is "$(dump.erofs -s "$2.erofs" | grep -c -e 'UUID: *0000' -e 'created: *Thu Jan *1 00:00:00 1970')" 2 \
		"$1, $2: it has no UUID and no time"
}

for layout in files large; do
	python3 -B "$here/compress.py" $layout $layout
	import $layout none none
	listing none
	is "$(wc -l <none.listing)" "$(($(wc -l <none.files) + $(grep -c ' f ' none.listing)))" "$layout: all of it is read"
	is "$(dump.erofs -s none.erofs | grep -c compr_algs)" 0 "$layout: not compressed, if that is not said"
	compressed "$layout" lz4hc lz4
	compressed "$layout" zstd zstd
done
grep -q '^container/large 0644 268435461 ' none.files
result $? "one file has more than what threads compress"

import files no lzma
is "$([ -e no.erofs ] || echo none): $(sed 's/^.*no.wants: //' no.err)" 'none: "compress lzma" is not known' \
	"what the guest's kernel does not read is refused"
finish
