# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# A root of another lock, from inside the toolbox: with this tree, /tmp, /proc, /dev and the network of here. To be
# sourced from the root of the tree, or with that as $top. Needs root, as in the toolbox.
box_root() # NAME of scripts/NAME.lock: where its root is, if it is there; older ones may lie beside it
{
	echo "/cache/toolbox/$1-$(cd "${top:-.}/scripts" && sha256sum "$1.lock" toolbox/toolbox.sh toolbox/repo.sh | sha256sum | cut -c1-16)"
}

in_box() # NAME COMMAND...
{
	box=$(box_root "$1")
	[ -d "$box" ] || { echo "$box is not there; run: scripts/toolbox/toolbox.sh $1" >&2; return 1; }
	shift
	# shellcheck disable=SC2016 # the inner shell expands for itself
	unshare --mount sh -euc '
		box=$1
		shift
		for dir in src tmp proc dev; do mount --rbind "/$dir" "$box/$dir"; done
		exec chroot "$box" env --chdir=/src "$@"' sh "$box" "$@"
}

# The modules of scripts/modules.lock as FOLDER/node_modules: each tarball has one folder, whose name differs.
node_modules() # FOLDER
{
	mkdir -p "$1"
	awk '!/^#/ { print $1, $5 }' scripts/modules.lock | while read -r name sha; do
		[ "$(sha256sum <"/cache/files/$sha" | cut -d' ' -f1)" = "$sha" ] ||
			{ echo "$name: not in the cache; run: make fetch" >&2; exit 1; }
		mkdir -p "$1/node_modules/$name"
		tar -C "$1/node_modules/$name" --strip-components=1 -xzf "/cache/files/$sha"
	done
}
