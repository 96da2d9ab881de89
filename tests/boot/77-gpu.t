#!/bin/sh
# SPDX-License-Identifier: MIT
# A GPU of NVIDIA's, as far as it can be tried without one: the modules of tests/nvidia stand in for the driver.
# Their parameters arrive, firmware is verified and there when the GPU is opened, and gone afterwards; nodes are
# made, and the container has those of the plan, with the ioctls that are listed. What is not as the plan says
# powers off.
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
file=nvidia/1.2/gsp_ga10x.bin # nvidia.c asks for this

mkdir -p "$work/tests" "$work/modules"
cp -r tests/nvidia "$work/tests/"
make -s -C build/pkg/linux-devices/devel M="$work/tests/nvidia" modules >"$work/make.out" 2>&1 || sed 's/^/# /' "$work/make.out"
test -f "$work/tests/nvidia/nvidia-uvm.ko" && built=0 || built=1
result "$built" "the stand-in builds against the kernel's tree"
cp "$work"/tests/nvidia/*.ko build/pkg/linux-devices/modules/*.ko "$work/modules/"
printf 'nvidia\nnvidia nvidia-uvm\n' | cat - build/pkg/linux-devices/modules/order >"$work/modules/order"
MODULES=$work/modules

gpu() # NAME MODULES_LINE: $dir, an image of that name
{
	parts "$1"
	echo "firmware of a stand-in" >"$dir/gsp.bin"
	printf '%s\n' "$conf_head" '[devices]' 'pass = nvidia0 nvidiactl nvidia-uvm nvidia-uvm-tools' \
		"modules = $2" "firmware = $file=gsp.bin" '[world]' 'proc = comm' 'sys = gpu' >"$dir/image.conf"
	from_conf
}

gpu whole 'nvidia NVreg_NvLinkDisable=1 nvidia-uvm'
build/bin/rampart predict --disk "$dir/disk.img" --plan "$dir/plan" --platform "$(cat build/test/platform)" \
	>"$dir/golden.json"
golden=$dir/golden.json
shows "$dir/plan" '^module.00 nvidia sha256:[0-9a-f]{64} [0-9]+ NVreg_NvLinkDisable=1$' "the plan has the parameter"
shows "$dir/plan" "^firmware.00 $file sha256:[0-9a-f]{64} [0-9]+\$" "and the firmware"
KEEP=1 boot "$dir/disk.img"
shows "$console" '^rampart: SERVING' "an image with a GPU is served"
explain
is "$(grep -Ec '^PCR (4|5|8|9|11|13|14) .* equal$' "$work/explained")" 7 "its golden values hold"

fetch /facts >"$work/facts"
is "$(sed -n 's/^dev=//p' "$work/facts" | tr , '\n' | sort | tr '\n' ' ')" \
	"fd full null nvidia-uvm nvidia-uvm-tools nvidia0 nvidiactl random stderr stdin stdout urandom zero " \
	"the container has the plan's nodes and the usual five"
for cap in CapPrm CapEff CapBnd; do
	shows "$work/facts" "^status.$cap:	0000000000000000" "and no more rights than without ($cap)"
done
# 0xc0 in front: read and written. The GPU opens although its firmware is gone: init has it open.
is "$(fetch '/ioctl/nvidia0?0xc004462a')" "answers 42" "the GPU's node answers an ioctl of the list"
is "$(fetch '/ioctl/nvidiactl?0xc00046d6')" "answers 1" "the driver has its parameter"
is "$(fetch '/ioctl/nvidia-uvm?23')" "answers 23" "unified memory answers"
is "$(fetch '/ioctl/nvidia-uvm-tools?0x30000001')" "answers 1" "and so does its other node"
for refused in nvidia0?0xc004462c nvidia0?0xc00046d3 nvidia0?0xc004472a nvidia-uvm?22 nvidia-uvm?62 \
	nvidia-uvm?0x30000003; do
	is "$(fetch "/ioctl/$refused")" "Not a tty" "the filter refuses $refused"
done
is "$(fetch /ioctl/nvidia1?0xc004462a)" "No such file or directory" "there is no other GPU"
is "$(fetch /proc/driver/nvidia/params)" "NvLinkDisable: 1" "it reads what the driver says of itself"
is "$(fetch /proc/interrupts)" "" "and nothing else of the machine"
scripts/vm/down.sh "$work/vm"

WAIT_FOR=' is never said'
sed -i "s|^file /rampart/firmware/$file [^ ]*|file /rampart/firmware/$file $dir/other.bin|" "$dir/payload"
echo "firmware of a stranger" >"$dir/other.bin"
make_initramfs
make_disk
boot "$dir/disk.img"
refused "firmware that differs" "firmware reason=/rampart/firmware/$file: digest differs"

sed -i "\\|^file /rampart/firmware/|d" "$dir/payload"
make_initramfs
make_disk
boot "$dir/disk.img"
refused "firmware that is missing" "firmware reason=/rampart/firmware/$file: .*missing"

gpu unnamed 'nvidia nvidia-uvm'
sed -i '/^firmware/d' "$dir/image.conf"
from_conf
boot "$dir/disk.img"
refused "firmware that the plan does not name" "devices reason=/dev/nvidia0: the GPU does not start; .*firmware"

gpu none 'nvidia gpus=0'
boot "$dir/disk.img"
refused "no GPU" 'modules reason=/rampart/modules/nvidia.ko: .*: No such device: the machine has no such GPU'

gpu second 'nvidia nvidia-uvm'
sed -i 's/pass = nvidia0/pass = nvidia0 nvidia1/' "$dir/image.conf"
from_conf
boot "$dir/disk.img"
refused "fewer GPUs than the plan passes" 'devices reason=/dev/nvidia1: there is no such GPU in this machine'

gpu undriven 'nvidia'
boot "$dir/disk.img"
refused "a node that nothing drives" 'devices reason=the plan passes nvidia-uvm, and no module'
finish
