#!/bin/sh
# SPDX-License-Identifier: MIT
# A GPU of AMD's, as far as it can be tried without one: the module of tests/amd stands in for the driver. Firmware is there
# while it is loaded, and gone afterwards; the container has kfd and the render node, with the ioctls that are listed, and
# of /sys what ROCm and libdrm read. A GPU that is not there, or does not start, powers off.
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
file=amdgpu/stand_in_pfp.bin # amdgpu.c asks for this

mkdir -p "$work/tests" "$work/modules"
cp -r tests/amd "$work/tests/"
make -s -C build/pkg/linux-devices/devel M="$work/tests/amd" modules >"$work/make.out" 2>&1 || sed 's/^/# /' "$work/make.out"
test -f "$work/tests/amd/amdgpu.ko" && built=0 || built=1
result "$built" "the stand-in builds against the kernel's tree"
cp "$work"/tests/amd/*.ko build/pkg/linux-devices/modules/*.ko "$work/modules/"
echo amdgpu | cat - build/pkg/linux-devices/modules/order >"$work/modules/order"
MODULES=$work/modules
ON_KERNEL=linux-devices # which the stand-in is built for; tests/long/41-amd.t has the driver's own

gpu() # NAME MODULES_LINE: $dir, an image of that name
{
	parts "$1"
	echo "firmware of a stand-in" >"$dir/pfp.bin"
	printf '%s\n' "$conf_head" '[devices]' 'pass = kfd dri/renderD128' "modules = $2" \
		"firmware = $file=pfp.bin" '[world]' 'sys = gpu' >"$dir/image.conf"
	from_conf
}

gpu whole amdgpu
KEEP=1 boot "$dir/disk.img"
shows "$console" '^rampart: SERVING' "an image with a GPU is served"
fetch /facts >"$work/facts"
is "$(sed -n 's/^dev=//p' "$work/facts" | tr , '\n' | sort | tr '\n' ' ')" \
	"dri fd full kfd null random stderr stdin stdout urandom zero " "the container has the plan's nodes and the usual five"
for cap in CapPrm CapEff CapBnd; do
	shows "$work/facts" "^status.$cap:	0000000000000000" "and no more rights than without ($cap)"
done
is "$(fetch '/ioctl/kfd?0xc0584b02')" "answers 2" "kfd answers an ioctl of the list"
is "$(fetch '/ioctl/kfd?0xc0104b25')" "answers 37" "and the last one"
is "$(fetch '/ioctl/dri/renderD128?0xc0206440')" "answers 64" "and so does the render node"
for refused in 0x4b00 0x40184b0d 0xc0184b1b 0xc0084b1f 0xc0384b22 0xc0204b26 0x4b27; do
	is "$(fetch "/ioctl/kfd?$refused")" "Not a tty" "the filter refuses $refused"
done
is "$(fetch /ioctl/dri/renderD129?0xc0206440)" "No such file or directory" "there is no other GPU"

seen() # PATH: that file of the container's /sys
{
	fetch "/proc/self/root/sys/$1"
}
topology=devices/virtual/kfd/kfd/topology
is "$(seen $topology/generation_id)" "generation_id of topology" "ROCm reads the topology"
is "$(seen $topology/nodes/0/gpu_id) $(seen $topology/nodes/1/gpu_id)" "0 51110" "its processor and its GPU"
is "$(seen class/kfd/kfd/topology/nodes/1/caches/0/properties)" "properties of 0" "by the way of its class, a cache of it"
is "$(seen $topology/nodes/1/mem_banks/0/used_memory)" "No such file or directory" "and not how it is used"
fetch /world >"$work/world"
shows "$work/world" '^gpu\.vendor\.0x' "libdrm reads which PCI function the node is on"
shows "$work/world" '^sys=(class|dev|devices),(class|dev|devices),(class|dev|devices)$' "there is nothing else"
shows "$work/world" '^write\./sys=Read-only file system' "and nothing to write to"
scripts/vm/down.sh "$work/vm"

WAIT_FOR=' is never said'
gpu none 'amdgpu gpus=0'
boot "$dir/disk.img"
refused "no GPU" 'devices reason=/dev/kfd: there is no such GPU in this machine, or it does not start'

gpu unnamed amdgpu
sed -i '/^firmware/d' "$dir/image.conf"
from_conf
boot "$dir/disk.img"
refused "firmware that the plan does not name" 'devices reason=/dev/kfd: .*has not the firmware that it asks for'

gpu undriven virtio-gpu
boot "$dir/disk.img" -device virtio-gpu-pci,addr=7
refused "a node that nothing drives" 'devices reason=the plan passes kfd, and no module that was loaded drives it'
finish
