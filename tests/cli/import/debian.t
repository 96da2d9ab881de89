#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh and a real image: Debian packages, in two layers, as umoci and skopeo write them. Runs in the
# toolbox, from the tree.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

sh "$(dirname "$0")/debian.sh" "$dir/debian.tar" "$dir/work" >"$dir/log" 2>&1 || sed 's/^/# /' "$dir/log"
import() # IMAGE NAME
{
	scripts/image/import.sh "$1" "$dir/$2.erofs" "$dir/$2.config" "$dir/$2.manifest" "$dir/$2.files" "$dir/$2.user" \
		"$dir/$2.notes" 2>"$dir/err"
	result $? "$3"
	grep -v '^  import: ' "$dir/err" | sed 's/^/# /'
}
import "$dir/debian.tar" a "a docker-archive of Debian packages"
import "$dir/work/oci" b "the OCI layout that it was made from"
same "$dir/a.erofs" "$dir/b.erofs" "the same file system"
is "$(cat "$dir/a.user")" "33:33 www-data" "its user is looked up"
grep -q '^layer 0 (sha256:[0-9a-f]*): /usr/bin/mount: setuid or setgid removed: mode 4755$' "$dir/a.notes"
result $? "setuid programs of Debian lose that bit, and it is said"

mkdir "$dir/out"
fsck.erofs --extract="$dir/out" "$dir/a.erofs" >/dev/null 2>&1
result $? "the file system passes fsck.erofs"
# What umoci made of it, but for the bits that were taken away.
chmod -R ug-s "$dir/work/bundle/rootfs" "$dir/out"
mkdir -p "$dir/work/bundle/rootfs/model"
for folder in dev model proc sys tmp; do
	chmod 755 "$dir/work/bundle/rootfs/$folder"
done
listing() # FOLDER
{
	(
		cd "$1" || exit 1
		find . -mindepth 1 -type d -printf '%P %y %m\n'
		find . -mindepth 1 ! -type d -printf '%P %y %m %s %n %l\n'
		find . -type f -exec sha256sum {} +
	) | sort
}
listing "$dir/work/bundle/rootfs" >"$dir/want"
listing "$dir/out" >"$dir/got"
same "$dir/want" "$dir/got" "every file is as umoci has it"
is "$(chroot "$dir/out" /bin/sh -c 'perl -v | grep -c "This is perl"')" \
	1 "its programs run"
finish
