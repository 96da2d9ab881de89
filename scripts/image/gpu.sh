#!/bin/sh
# SPDX-License-Identifier: MIT
# gpu.sh IMAGE_CONF DIR KERNEL: what `rampart plan` takes modules and firmware from. Prints its options: the kernel's own
# modules (KERNEL, a package in the cache), or, for an image that loads NVIDIA's driver, DIR/modules, where both are
# together; and the firmware that DIR/vendor has (gpuarchive.sh). Builds the driver, by default the pinned one.
# Environment: GPU_SOURCE, the sha256 of another source in the cache. Runs in the toolbox.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 3 ] || die "usage: gpu.sh IMAGE_CONF DIR KERNEL"
conf=$1
dir=$2
kernel=$3

rm -rf "$dir/modules"
if ! grep -q '^modules[[:space:]]*=\(.*[[:space:]]\)*nvidia\(-uvm\)*\([[:space:]].*\)*$' "$conf"; then
	echo "--modules $kernel/modules"
	exit
fi
package=initramfs/packages/nvidia-open
if [ -n "${GPU_SOURCE:-}" ]; then
	# A package of the same build, whose key has the digest of what was given: one for all images that are given it.
	package=build/given/nvidia-$(echo "$GPU_SOURCE" | cut -c1-12)
	mkdir -p "$package"
	echo "$GPU_SOURCE" >"$package/given"
	grep -v '^source ' initramfs/packages/nvidia-open/pin >"$package/pin"
	cp initramfs/packages/nvidia-open/build.sh "$package/"
	echo "input initramfs/packages/nvidia-open" >>"$package/pin"
fi
scripts/image/package.sh "$package" >&2
driver=build/pkg/${package##*/}
if [ -f "$dir/vendor/version" ] && [ "$(cat "$dir/vendor/version")" != "$(cat "$driver/version")" ]; then
	die "GPU_ARCHIVE has version $(cat "$dir/vendor/version"), and the driver is $(cat "$driver/version"):" \
		"they must be the same; GPU_SOURCE= gives another driver"
fi
mkdir -p "$dir/modules"
for module in "$kernel"/modules/*.ko "$(realpath "$driver")"/modules/*.ko; do
	ln -s "$module" "$dir/modules/"
done
scripts/image/moduleorder.sh "$driver" "$kernel" >"$dir/modules/order"
echo "--modules $dir/modules"
[ ! -d "$dir/vendor/firmware" ] || echo "--firmware $dir/vendor/firmware"
readlink "$driver" | sed 's/^/# /'
