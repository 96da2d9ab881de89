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
# can make none.
parts wall
conf 'pass = dri/renderD128' 'modules = virtio-gpu' >"$dir/image.conf"
from_conf
plan_set debug 1
GUEST=build/guest PKG=build/pkg OUT=$dir BUSYBOX=busybox-debug DEBUG=initramfs/manifest.debug \
	scripts/image/initramfs.sh "$dir/manifest" "$dir/initramfs.cpio.zst"
make_disk
mkfifo "$work/typed"
exec 7<>"$work/typed"
VM_CONSOLE="file,path=$work/vm/console.log,input-path=$work/typed" KEEP=1 boot "$dir/disk.img" -device virtio-gpu-pci,addr=7
await '^rampart: SERVING'
cat >"$work/typed" <<'END'
(: </dev/kmsg) && echo "free to open kmsg"
echo 0 >/run/devices/0/cgroup.procs
for name in null dri/renderD128 kmsg console; do (: </dev/$name) 2>/dev/null && echo "opens $name" || echo "keeps off $name"; done
mknod /run/c c 1 11 && echo made || echo keeps off mknod
echo end of questions
END
await '^end of questions'
shows "$console" '^free to open kmsg' "a process outside opens any device"
shows "$console" '^opens null' "its group opens a device that every container has"
shows "$console" '^opens dri/renderD128' "and the plan's"
for name in kmsg console mknod; do
	shows "$console" "^keeps off $name" "but no other ($name)"
done
scripts/vm/down.sh "$work/vm"

WAIT_FOR=' is never said'
refused() # WHAT REGEX
{
	is "$status" 0 "$1: the machine powers off"
	shows "$console" "^rampart: FAILED stage=$2" "$1: with its own reason"
	is "$(grep -c '^rampart: SERVING' "$console")" 0 "$1: never serves"
}
boot "$dir/disk.img"
refused "a machine without the device" 'run reason=container: .*/dev/dri/renderD128'

sed -i 's|^file /rampart/modules/drm.ko [^ ]*|file /rampart/modules/drm.ko '"$dir/drm.ko"'|' "$dir/payload"
LC_ALL=C sed 's/license=/licence=/' build/pkg/linux-devices/modules/drm.ko >"$dir/drm.ko"
make_initramfs
make_disk
boot "$dir/disk.img" -device virtio-gpu-pci,addr=7
refused "module that differs" 'modules reason=/rampart/modules/drm.ko: digest differs'
finish
