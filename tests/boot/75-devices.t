#!/bin/sh
# SPDX-License-Identifier: MIT
# A device that the plan passes is in the container; the same machine shows it to no image that does not
# ask. Its driver is a measured module, and modules are closed before anything else runs.
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

conf() # DEVICES_SECTION_LINE...
{
	printf '%s\n' "$conf_head" '[devices]' "$@"
}

parts gpu
conf 'pass = dri/renderD128' 'modules = virtio-gpu' '[world]' 'sys = gpu' >"$dir/image.conf"
from_conf
build/bin/rampart predict --disk "$dir/disk.img" --plan "$dir/plan" --platform "$(cat build/test/platform)" \
	>"$dir/golden.json"
shows "$dir/plan" '^device.00 dri/renderD128$' "the plan names the device"
shows "$dir/plan" '^module.[0-9]+ virtio-gpu sha256:[0-9a-f]{64} [0-9]+$' "and the module that drives it"
is "$(grep -c '^file /rampart/modules/' "$dir/payload")" "$(grep -c '^module' "$dir/plan")" \
	"the image holds the plan's modules and no others"

KEEP=1 boot "$dir/disk.img" -device virtio-gpu-pci,addr=7
shows "$console" '^rampart: SERVING' "an image that asks for it is served"
is "$(fetch /device/dri/renderD128)" "driver virtio_gpu" "and its container talks to the GPU's driver"
fetch /facts >"$work/facts"
is "$(sed -n 's/^dev=//p' "$work/facts" | tr , '\n' | sort | tr '\n' ' ')" \
	"dri fd full null random stderr stdin stdout urandom zero " "it has that device and the usual five"
fetch /world >"$work/world"
shows "$work/world" '^gpu\.vendor\.0x1af4' "its /sys has the PCI function of the device"
shows "$work/world" '^gpu\.PCI_SLOT_NAME=0000:00:07.0' "and where that is"
shows "$work/world" '^gpu\.drm=renderD128' "and the node's name"
shows "$work/world" '^sys=(dev,devices|devices,dev)$' "and nothing else"
for cap in CapPrm CapEff CapBnd; do
	shows "$work/facts" "^status.$cap:	0000000000000000" "and no more rights than without ($cap)"
done
explain
is "$verdict" 1 "the golden values of an image without the device refuse it"
shows "$work/explained" 'PCR 8.*plan' "since the plan differs, in PCR 8"
golden=$dir/golden.json
explain
is "$(grep -Ec '^PCR (4|5|8|9|11|13|14) .* equal$' "$work/explained")" 7 "its own hold, but for the firmware's (PCR 1)"
scripts/vm/down.sh "$work/vm"

KEEP=1 boot build/test/disk.img -device virtio-gpu-pci,addr=7
is "$(fetch /device/dri/renderD128)" "No such file or directory" "an image that does not ask has no such device"
fetch /facts >"$work/facts"
is "$(sed -n 's/^dev=//p' "$work/facts" | tr , '\n' | sort | tr '\n' ' ')" "fd full null random stderr stdin stdout urandom zero " \
	"but the usual five"
scripts/vm/down.sh "$work/vm"

# What its control group allows, asked by the shell of a debug image that enters it: the container has no other node, and
# can make none. Each of a pool has its group, also those in the place of one whose client has left.
parts wall
conf 'pass = dri/renderD128' 'modules = virtio-gpu' | sed 's/^port = .*/&\nisolate = connection\npool = 3/' >"$dir/image.conf"
from_conf
plan_set debug 1
cat >"$work/mknod.c" <<'END'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int main(int argc, char *argv[])
{
	if (argc == 4)
		printf("node %s: %s\n", argv[1],
		       mknod(argv[1], S_IFCHR | 0600, makedev(atoi(argv[2]), atoi(argv[3]))) < 0 ? strerror(errno) : "made");
	return 0;
}
END
# Between two clients a place is empty for a moment, so all are looked at for a while. The shell has few commands.
cat >"$work/questions" <<'END'
name() { read -r n </proc/$1/comm && echo "$2 $n"; }
look() { for slot in 0 1 2; do while read -r p; do name $p "slot $slot has"; done </run/devices/$slot/cgroup.procs; done; }
for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3 4 5 6 7 8 9; do look; done; done >/run/seen 2>/dev/null
all=
while read -r l; do
	case $all in *"|$l|"*) ;; *) all="$all|$l|"; echo "$l" ;; esac
done </run/seen
while read -r p; do name $p outside; done </run/devices/cgroup.procs 2>/dev/null
(: </dev/kmsg) && echo "free to open kmsg"
mknod /run/free 1 11
echo 0 >/run/devices/0/cgroup.procs
for name in null dri/renderD128 kmsg console; do
	(: </dev/$name) 2>/dev/null && echo "opens $name" || echo "keeps off $name"
done
mknod /run/own 1 3
mknod /run/other 1 11
echo end of questions
END
build/pkg/musl/bin/musl-gcc -static -o "$work/mknod" "$work/mknod.c"
printf 'file /bin/%s 0755 0 0\n' "mknod $work/mknod" "questions $work/questions" >>"$dir/manifest"
GUEST=build/guest PKG=build/pkg OUT=$dir BUSYBOX=busybox-debug DEBUG=initramfs/manifest.debug \
	scripts/image/initramfs.sh "$dir/manifest" "$dir/initramfs.cpio.zst"
make_disk
mkfifo "$work/typed"
exec 7<>"$work/typed"
VM_CONSOLE="file,path=$work/vm/console.log,input-path=$work/typed" KEEP=1 boot "$dir/disk.img" -device virtio-gpu-pci,addr=7
await '^rampart: SERVING'
for i in 1 2 3 4 5 6; do
	echo "$i: $(fetch /device/dri/renderD128)"
done >"$work/got"
is "$(grep -c '^[1-6]: driver virtio_gpu$' "$work/got")" 6 "each container of a pool talks to the GPU's driver"
fetch /world >"$work/world"
for name in stdin stdout stderr fd/1; do
	shows "$work/world" "^open\./dev/$name=yes" "it may open /dev/$name, as in an image without devices"
done
echo '. /bin/questions' >"$work/typed"
await '^end of questions'
for slot in 0 1 2; do
	shows "$console" "^slot $slot has httpd" "the container in place $slot is in its group"
done
is "$(grep -Ec '^slot . has (init|gateway|quoter|busybox)' "$console")" 0 "and none of the guest's other programs is"
for name in init gateway quoter; do
	shows "$console" "^outside $name" "they are outside ($name)"
done
is "$(grep -c '^outside httpd' "$console")" 0 "and no container is"
shows "$console" '^free to open kmsg' "a process outside opens any device"
shows "$console" '^node /run/free: made' "and makes any"
shows "$console" '^opens null' "its group opens a device that every container has"
shows "$console" '^opens dri/renderD128' "and the plan's"
shows "$console" '^node /run/own: made' "and makes them"
for name in kmsg console; do
	shows "$console" "^keeps off $name" "but opens no other ($name)"
done
shows "$console" '^node /run/other: Operation not permitted' "nor makes one"
scripts/vm/down.sh "$work/vm"

WAIT_FOR=' is never said'
boot "$dir/disk.img"
refused "a machine without the device" 'run reason=container: .*/dev/dri/renderD128'

sed -i 's|^file /rampart/modules/drm.ko [^ ]*|file /rampart/modules/drm.ko '"$dir/drm.ko"'|' "$dir/payload"
LC_ALL=C sed 's/license=/licence=/' build/pkg/linux-devices/modules/drm.ko >"$dir/drm.ko"
make_initramfs
make_disk
boot "$dir/disk.img" -device virtio-gpu-pci,addr=7
refused "module that differs" 'modules reason=/rampart/modules/drm.ko: digest differs'
finish
