#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine whose kernel or PID 1 breaks powers off: it is never reset, since memory outlives that. And the
# host gets to read no register, stack or code of it.
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
marker=5ec2e75ec2e75ec2

# machine DISK [QEMU_OPTION...]: boot, with a watcher whose last line tells how the machine ended.
machine()
{
	rm -f "$work/events.sock" "$work/qmp.sock" "$work/gdb.sock"
	tests/boot/qemu.py events "$work/events.sock" >"$work/events" 2>&1 &
	watcher=$!
	boot "$@" -qmp "unix:$work/events.sock,server=on,wait=off" -qmp "unix:$work/qmp.sock,server=on,wait=off" \
		-gdb "unix:$work/gdb.sock,server=on,wait=off"
}

# ended WHAT: within two minutes, by a power off that the guest asked for.
ended()
{
	tries=0
	while kill -0 "$watcher" 2>/dev/null && [ $tries -lt 1200 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	is "$(grep -E '^(SHUTDOWN|RESET) ' "$work/events")" "SHUTDOWN guest-shutdown" "$1: the machine powers off, unreset"
	scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :
	wait "$watcher" || :
	tr -d '\r' <"$work/vm/console.log" >"$console"
}

# silent WHAT: what the kernel said last is its reason, and nothing of what it held.
silent()
{
	is "$(grep -acE 'RIP|RSP|R[ABCD]X|R1[0-5]:|CR2|Code:|Call Trace|Stack:|\bOops|$marker' "$console")" 0 \
		"$1: no register, stack or code is on the console"
}

parts init
sed -i 's,^file /init .*,file /init ${GUEST}/udhcpc-hook 0755 0 0,' "$dir/manifest"
make_initramfs
make_disk
WAIT_FOR=' is never said' machine "$dir/disk.img"
ended "PID 1 that ends"
shows "$console" 'Kernel panic - not syncing: Attempted to kill init!' "PID 1 that ends: the console says why"
silent "PID 1 that ends"

KEEP=1 machine build/test/disk.img
shows "$console" '^rampart: SERVING' "a machine serves"
tests/boot/qemu.py derail "$work/gdb.sock" $marker
ended "a kernel that jumps nowhere"
shows "$console" 'Kernel panic - not syncing: Fatal exception' "a kernel that jumps nowhere: the console says so"
silent "a kernel that jumps nowhere"

KEEP=1 machine build/test/disk.img
tests/boot/qemu.py machine-check "$work/qmp.sock"
ended "a machine check"

parts debug
plan_set debug 1
sed 's/$/ ignore_loglevel/' "$dir/cmdline" >"$dir/cmdline.new"
mv "$dir/cmdline.new" "$dir/cmdline"
GUEST=build/guest PKG=build/pkg OUT=$dir BUSYBOX=busybox-debug DEBUG=initramfs/manifest.debug \
	scripts/image/initramfs.sh "$dir/manifest" "$dir/initramfs.cpio.zst"
make_disk
KEEP=1 machine "$dir/disk.img"
tests/boot/qemu.py derail "$work/gdb.sock" $marker
ended "a debug image"
shows "$console" "$marker" "a debug image: the registers are there, so this test can see them"
finish
