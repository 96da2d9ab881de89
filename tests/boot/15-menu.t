#!/bin/sh
# SPDX-License-Identifier: MIT
# No key opens systemd-boot's menu, and so none its editor. The same keys open the menu when
# loader.conf says `timeout 0`, which is what systemd-boot calls hidden.
set -u
# Not at the beginning of a line: the terminal echoes the keys.
WAIT_FOR='Rampart test|rampart: (SERVING|FAILED)'
export WAIT_FOR
# shellcheck source=tests/boot/lib.sh
. tests/boot/lib.sh

# keys_into DISK: boots it while somebody holds down space and e on the serial console.
keys_into()
{
	rm -f "$work/keys"
	mkfifo "$work/keys"
	(while printf ' e'; do sleep 0.1; done) >"$work/keys" 2>/dev/null &
	typist=$!
	boot "$1" -set "chardev.console.input-path=$work/keys"
	kill "$typist" 2>/dev/null
	wait "$typist" 2>/dev/null
}

parts menu
cp build/test/initramfs.cpio.zst "$dir"
sed -i 's/^timeout .*/timeout 0/; s/^editor .*/editor yes/' "$dir/loader.conf"
make_disk
keys_into "$dir/disk.img"
shows "$console" 'Rampart test' "timeout 0: the keys open the menu"

keys_into build/test/disk.img
shows "$console" 'rampart: SERVING' "timeout menu-disabled: with the same keys the machine serves"
! grep -q 'Rampart test' "$console"
result $? "timeout menu-disabled: no menu was shown"
finish
