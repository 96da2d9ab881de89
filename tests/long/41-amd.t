#!/bin/sh
# SPDX-License-Identifier: MIT
# AMD's own driver, as the build makes it, in a machine without a GPU: it loads into its kernel, with what it depends on, and
# the machine finds that there is no GPU, powers off and says so.
set -eu
. tests/boot/lib.sh
WAIT_FOR=' is never said'
package=build/pkg/linux-amd
if [ ! -d "$package/modules" ]; then
	echo "1..0 # SKIP the kernel is not built: scripts/image/package.sh initramfs/packages/linux-amd, in the toolbox"
	exit 0
fi

is "$(modinfo -F vermagic "$package/modules/amdgpu.ko" | cut -d' ' -f1)" "$(cat "$package/uname")" "it is made for this kernel"
# What it wants, the kernel and its modules have; each module stands before those that depend on it.
awk '{ print $2 }' "$package/devel/Module.symvers" | sort -u >"$work/has"
is "$(nm --undefined-only "$package/modules/amdgpu.ko" | awk '{ print $2 }' | sort -u | comm -23 - "$work/has" | tr '\n' ' ')" \
	"" "the kernel has every symbol of it"
is "$(grep ' amdgpu$' "$package/modules/order" | tr ' ' '\n' | grep -Ec '^(video|wmi|input-core)$')" 0 \
	"it brings no screen, no keys and no WMI"

parts amd
printf '%s\n' "$conf_head" '[devices]' 'pass = kfd dri/renderD128' 'modules = amdgpu' '[world]' 'sys = gpu' >"$dir/image.conf"
from_conf
is "$KERNEL" linux-amd "such an image has that kernel"
boot "$dir/disk.img"
is "$status" 0 "the machine powers off"
shows "$console" '^rampart: FAILED stage=devices reason=/dev/kfd: there is no such GPU in this machine' "and says that there is no GPU"
is "$(grep -c '^rampart: SERVING' "$console")" 0 "it never serves"
finish
