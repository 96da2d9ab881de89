#!/bin/sh
# SPDX-License-Identifier: MIT
# layout.sh and import.sh: from files to an OCI layout to EROFS. Runs in the toolbox, from the tree.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
top=$PWD
dir=$(mktemp -d)
trap 'chmod -R u+rwX "$dir"; rm -rf "$dir"' EXIT

# The same tree, made in another order, with another mask and other times.
one()
{
	mkdir -p "$1/etc/empty" "$1/bin"
	printf 'text' >"$1/etc/a file"
	printf 'b' >"$1/etc/b"
	printf 'run' >"$1/bin/run"
	chmod 755 "$1/bin/run"
	ln -s ../etc/b "$1/bin/link"
}
two()
{
	mkdir -p "$1/bin" "$1/etc"
	ln -s ../etc/b "$1/bin/link"
	printf 'run' >"$1/bin/run"
	chmod 700 "$1/bin/run"
	printf 'b' >"$1/etc/b"
	printf 'text' >"$1/etc/a file"
	mkdir "$1/etc/empty"
	touch -d 2001-02-03 "$1/etc" "$1/etc/b"
}
import() # LAYOUT NAME
{
	"$top/scripts/image/import.sh" "$1" "$dir/$2.erofs" "$dir/$2.json" "$dir/$2.manifest.json" \
		"$dir/$2.files.txt" 2>"$dir/err"
}
(
	umask 022
	one "$dir/r1"
	TZ=UTC "$top/scripts/image/layout.sh" "$dir/r1" "$dir/oci1" --config.entrypoint=/bin/run
) >/dev/null 2>&1
(
	umask 077
	mkdir -p "$dir/deeper/down"
	two "$dir/deeper/down/r2"
	TZ=Asia/Tokyo "$top/scripts/image/layout.sh" "$dir/deeper/down/r2" "$dir/deeper/down/oci2" \
		--config.entrypoint=/bin/run
) >/dev/null 2>&1
diff -r "$dir/oci1" "$dir/deeper/down/oci2" >/dev/null
result $? "layout.sh: order, mask, times, folder and time zone change no byte"

import "$dir/oci1" a
result $? "import.sh: takes a layout"
(umask 077 && TZ=Asia/Tokyo && export TZ && import "$dir/deeper/down/oci2" b)
same "$dir/a.erofs" "$dir/b.erofs" "import.sh: the same file system twice"
same "$dir/a.files.txt" "$dir/b.files.txt" "import.sh: the same list twice"
manifest=$(jq -r '.manifests[0].digest' "$dir/oci1/index.json")
is "sha256:$(sha256sum <"$dir/a.manifest.json" | cut -d' ' -f1)" "$manifest" \
	"import.sh: the manifest is the one of the index"
jq -e '.config.Entrypoint == ["/bin/run"]' "$dir/a.json" >/dev/null
result $? "import.sh: the configuration is the image's"

mkdir "$dir/out"
fsck.erofs --extract="$dir/out" "$dir/a.erofs" >/dev/null 2>&1
result $? "the file system passes fsck.erofs"
sum()
{
	sha256sum <"$dir/out/$1" | cut -d' ' -f1
}
cat >"$dir/want" <<END
container/bin 0755 - dir
container/bin/link 0777 - -> ../etc/b
container/bin/run 0755 3 $(sum bin/run)
container/dev 0755 - dir
container/etc 0755 - dir
container/etc/a\\040file 0644 4 $(sum 'etc/a file')
container/etc/b 0644 1 $(sum etc/b)
container/etc/empty 0755 - dir
container/model 0755 - dir
container/proc 0755 - dir
container/sys 0755 - dir
container/tmp 0755 - dir
END
same "$dir/want" "$dir/a.files.txt" "files.txt: what is in the file system, and where the launcher mounts"
is "$(dump.erofs -s "$dir/a.erofs" | grep -c -e 'UUID: *0000' -e 'created: *Thu Jan *1 00:00:00 1970')" \
	2 "the file system has no UUID and no time"

cp -R "$dir/oci1" "$dir/oci4"
umoci insert --image "$dir/oci4:latest" --whiteout /etc/b >/dev/null 2>&1
umoci insert --image "$dir/oci4:latest" "$dir/r1/etc/b" /later >/dev/null 2>&1
import "$dir/oci4" c
grep -v '^container/etc/b ' "$dir/want" | sed "s|^container/model .*|container/later 0644 1 $(sum etc/b)\n&|" >"$dir/want4"
same "$dir/want4" "$dir/c.files.txt" "import.sh: later layers add and remove files"

refuses() # SENTENCE LAYOUT MESSAGE
{
	rm -f "$dir/x.erofs"
	import "$2" x
	[ $? = 1 ] && [ ! -e "$dir/x.erofs" ] && [ "$(wc -l <"$dir/err")" = 1 ] && grep -qF -e "$3" "$dir/err"
	code=$?
	result $code "$1"
	[ $code = 0 ] || sed 's/^/# /' "$dir/err"
}
refuses "no folder" "$dir/none" "no such folder or archive; an OCI layout or a docker-archive is wanted"
refuses "no layout" "$dir/r1" "neither an OCI layout"

rm -rf "$dir/r3"
mkdir -p "$dir/r3"
ln -s / "$dir/r3/tmp"
: >"$dir/r3/proc"
"$top/scripts/image/layout.sh" "$dir/r3" "$dir/oci3" >/dev/null 2>&1
import "$dir/oci3" d
for folder in dev model proc sys tmp; do
	echo "container/$folder 0755 - dir"
done >"$dir/want5"
same "$dir/want5" "$dir/d.files.txt" "a link or a file where the launcher mounts becomes a folder"
is "$(sed 's/.*): //' "$dir/err" | LC_ALL=C sort | tr '\n' '|')" \
	"/proc: made a folder, for the launcher mounts there: not a folder|/tmp: made a folder, for the launcher mounts there: a symbolic link to /|" \
	"... and it is said"
finish
