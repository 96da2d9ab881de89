#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh and images that are odd but real: their files are exactly those that odd.py lists, which are those of the
# peers: umoci unpacks the same ones, or odd.py says why not. Runs in the toolbox, from the tree.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
here=$(dirname "$0")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/odd"
python3 -B -X utf8 "$here/odd.py" "$dir/odd"

# Every path with kind, mode, size, number of names, and target or content; but the folders that are mounted on,
# which umoci has no need of, and what no container has.
listing() # FOLDER
{
	(
		cd "$1" || exit 1
		find . \( -type p -o -type c -o -type b \) -delete
		for folder in dev model proc sys tmp; do
			mkdir -p $folder && chmod 755 $folder
		done
		find . -mindepth 1 -type d -printf '%P %y %m\n'
		find . -mindepth 1 ! -type d -printf '%P %y %m %s %n %l\n'
		find . -type f -exec sha256sum {} +
	) | sort
}

for want in "$dir"/odd/*.want; do
	rm -f "$dir/files"
	image=${want%.want}
	name=${image##*/}
	scripts/image/import.sh "$image" "$dir/erofs" "$dir/config" "$dir/manifest" "$dir/files" "$dir/user" "$dir/notes" \
		>/dev/null 2>"$dir/err" || sed 's/^/# /' "$dir/err"
	same "$want" "$dir/files" "$name: its files"
	[ -d "$image" ] && [ ! -e "$image.peer" ] || continue
	rm -rf "$dir/out" "$dir/bundle"
	mkdir "$dir/out"
	fsck.erofs --extract="$dir/out" "$dir/erofs" >"$dir/log" 2>&1 || sed 's/^/# /' "$dir/log"
	jq -c '.manifests[0].annotations = {"org.opencontainers.image.ref.name": "x"}' "$image/index.json" >"$dir/index" &&
		cp "$dir/index" "$image/index.json"
	umoci unpack --image "$image:x" "$dir/bundle" >"$dir/log" 2>&1 || sed 's/^/# /' "$dir/log"
	listing "$dir/bundle/rootfs" >"$dir/umoci"
	listing "$dir/out" >"$dir/ours"
	same "$dir/umoci" "$dir/ours" "$name: umoci has the same ones"
done
is "$((tap_n > 60))" 1 "all of them were tried"
finish
