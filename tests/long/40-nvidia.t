#!/bin/sh
# SPDX-License-Identifier: MIT
# NVIDIA's own modules, as the build makes them, in a machine without a GPU: they load into the image's kernel, with what
# they depend on, as far as to find that there is none, and the machine powers off and says so.
set -eu
. tests/boot/lib.sh
WAIT_FOR=' is never said'
driver=build/pkg/nvidia-open
if [ ! -d "$driver/modules" ]; then
	echo "1..0 # SKIP the driver is not built: scripts/image/package.sh initramfs/packages/nvidia-open, in the toolbox"
	exit 0
fi

is "$(modinfo -F depends "$driver/modules/nvidia-uvm.ko")" nvidia "nvidia-uvm needs nvidia alone"
is "$(modinfo -F vermagic "$driver/modules/nvidia.ko" | cut -d' ' -f1)" "$(cat build/pkg/linux-devices/uname)" \
	"they are made for this kernel"
is "$(modinfo -F version "$driver/modules/nvidia.ko")" "$(cat "$driver/version")" "the package says which version it is"
# What they want of the kernel, it has.
awk '{ print $2 }' build/pkg/linux-devices/devel/Module.symvers | sort -u >"$work/has"
nm --defined-only "$driver/modules/nvidia.ko" | awk '{ print $3 }' | sort -u >>"$work/has"
sort -u -o "$work/has" "$work/has"
for name in nvidia nvidia-uvm; do
	is "$(nm --undefined-only "$driver/modules/$name.ko" | awk '{ print $2 }' | sort -u | comm -23 - "$work/has" | tr '\n' ' ')" \
		"" "the kernel has every symbol of $name"
done

mkdir -p "$work/modules"
cp "$driver"/modules/*.ko build/pkg/linux-devices/modules/*.ko "$work/modules/"
scripts/image/moduleorder.sh "$driver" build/pkg/linux-devices >"$work/modules/order"
MODULES=$work/modules
parts nvidia
printf '%s\n' "$conf_head" '[devices]' 'pass = nvidia0 nvidiactl nvidia-uvm' \
	'modules = nvidia NVreg_ModifyDeviceFiles=0 NVreg_NvLinkDisable=1 nvidia-uvm' >"$dir/image.conf"
from_conf
boot "$dir/disk.img"
is "$status" 0 "the machine powers off"
shows "$console" '^rampart: FAILED stage=modules reason=/rampart/modules/nvidia.ko: .*No such device: the machine has no such GPU' \
	"and says that there is no GPU"
is "$(grep -c '^rampart: SERVING' "$console")" 0 "it never serves"
finish
