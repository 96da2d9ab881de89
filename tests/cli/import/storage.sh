#!/bin/sh
# SPDX-License-Identifier: MIT
# storage.sh: the images of odd.py as containers-storage unpacks them, which is what podman and CRI-O do: a line for
# each, and the difference from import.sh's list if there is one. By hand, in the root of the probe's peers:
#   ENTER_BOX=probe scripts/toolbox/enter.sh sh tests/cli/import/storage.sh FOLDER
# FOLDER, below the tree, is one that odd.py has filled, in the toolbox. Nodes are left out, and modes are compared
# without setuid bits, as import.sh has them.
set -eu
folder=$PWD/$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
printf '[storage]\ndriver="vfs"\nrunroot="%s/run"\ngraphroot="%s/root"\n' "$dir" "$dir" >"$dir/storage.conf"
export CONTAINERS_STORAGE_CONF="$dir/storage.conf" HOME="$dir"

for want in "$folder"/*.want; do
	image=${want%.want}
	transport=oci
	[ -d "$image" ] || transport=docker-archive
	rm -rf "$dir/root" "$dir/run"
	if ! skopeo --insecure-policy copy --quiet "$transport:$image" containers-storage:localhost/x:x >"$dir/log" 2>&1; then
		echo "refused: ${image##*/}: $(tail -n 1 "$dir/log" | sed 's/.*: //' | cut -c1-100)"
		continue
	fi
	top=$(containers-storage image localhost/x:x | sed -n 's/^ *Top Layer: *//Ip' | head -n 1)
	cd "$dir/root/vfs/dir/$top"
	find . \( -type p -o -type c -o -type b \) -delete
	for mounted in dev model proc sys tmp; do
		[ -L $mounted ] || [ -f $mounted ] || mkdir -p $mounted
		[ ! -d $mounted ] || [ -L $mounted ] || chmod 755 $mounted
	done
	# Without the escapes of names: those with blanks or odd characters differ.
	{
		find . -mindepth 1 -type d -printf 'container/%P %04m - dir\n'
		find . -type l -printf 'container/%P 0777 - -> %l\n'
		find . -type f -printf '%P\n' | while IFS= read -r file; do
			[ ! -f "$file" ] || echo "container/$file $(stat -c '%04a %s' "$file") $(sha256sum <"$file" | cut -d' ' -f1)"
		done
	} | LC_ALL=C sort >"$dir/got"
	cd - >/dev/null
	if cmp -s "$dir/got" "$want"; then
		echo "same: ${image##*/}"
	else
		echo "different: ${image##*/}"
		diff -a "$want" "$dir/got" || :
	fi
done
