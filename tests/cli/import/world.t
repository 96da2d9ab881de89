#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh: what a container's file system gets beside the image's layers, so that a read-only root has
# what every runtime makes: names, a working directory, folders to mount on; and who its user is.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
here=$PWD/$(dirname "$0")
top=$PWD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
printf 'name demo\nfolder /var/cache/x y\nfolder /run/lock\n' >wants

import() # KIND WANTS: its files are in KIND.out
{
	python3 -B "$here/world.py" "$1" "$1" &&
		WANTS=$2 "$top/scripts/image/import.sh" "$1" "$1.erofs" "$1.config" "$1.manifest" "$1.files" "$1.user" \
			"$1.notes" "$1.account" 2>"$1.err" || sed 's/^/# /' "$1.err"
	rm -rf "$1.out" && mkdir "$1.out" && fsck.erofs --extract="$1.out" "$1.erofs" >fsck.log 2>&1
	result $? "$1: is read${2:+, with wants}"
}

import full wants
printf '127.0.0.1\tlocalhost\n127.0.0.1\tdemo\n' >hosts
same hosts full.out/etc/hosts "/etc/hosts has localhost and its own name, and no other"
is "$(cat full.out/etc/hostname)" demo "/etc/hostname is its own name"
printf 'nameserver 127.0.0.1\noptions attempts:1 timeout:1\n' >resolv
same resolv full.out/etc/resolv.conf "/etc/resolv.conf asks nobody"
is "$(stat -c '%F %a' full.out/etc/resolv.conf)" "regular file 644" "where the image had a link"
is "$(stat -c '%F %a' full.out/srv/app/deep)" "directory 755" "its working directory is made"
is "$(stat -c %F "full.out/var/cache/x y")" directory "folders that are wanted are made"
is "$(stat -c %F full.out/var/run/lock)" directory "below links, too"
is "$(cat full.account)" "$(printf 'www\n/srv/www')" "its user is the one of that name, not of that number alone"
grep -q '^layer 0 .*: /etc/hosts: replaced by the container'"'"'s own$' full.notes &&
	grep -q '^layer 1 .*: /etc/resolv.conf: replaced by the container'"'"'s own$' full.notes &&
	! grep -q '/etc/hostname' full.notes
result $? "what was replaced is said, with its layer"
grep -q '^container/etc/hosts 0644 [0-9]* '"$(sha256sum <hosts | cut -d' ' -f1)"'$' full.files
result $? "the list of files has them"

import bare wants
same hosts bare.out/etc/hosts "an image without /etc gets one"
is "$(cat bare.account; echo end)" "$(printf '\n\nend')" "whose user nobody knows"
is "$(cat bare.notes)" "" "nothing was replaced"
import bare ""
is "$(find bare.out -mindepth 1 -printf '%P\n' | sort | paste -sd ' ')" "a dev model proc sys tmp" \
	"without wants there is nothing but what the launcher mounts on"

import odd wants
same hosts odd.out/usr/etc/hosts "a link is followed"
is "$(cat odd.account; echo end)" "$(printf 'bad\n\nend')" "a home that is no path is none"
is "$(stat -c %F odd.out/file)" "regular file" "what is in the way stays, for rampart plan to tell"

echo 'nme demo' >wrong
! WANTS=wrong "$top/scripts/image/import.sh" bare x.erofs x.config 2>err &&
	grep -q 'wrong: "nme demo" is not known' err
result $? "other wants are refused"
finish
