#!/bin/sh
# SPDX-License-Identifier: MIT
# gpu.sh IMAGE_CONF DIR KERNEL: what `rampart plan` takes modules and firmware from. Makes DIR/modules, with the modules of
# KERNEL, a package in the cache, if it has any, and for an image that loads NVIDIA's driver with those as well; prints the
# options, with the firmware that DIR/vendor has (gpuarchive.sh), and last "# KERNEL DRIVER", where they come from. Builds
# the driver, by default the pinned one.
# Environment: GPU_SOURCE, the sha256 of another source in the cache. Runs in the toolbox.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 3 ] || die "usage: gpu.sh IMAGE_CONF DIR KERNEL"
conf=$1
dir=$2
kernel=$3

driver=
if grep -q '^modules[[:space:]]*=\(.*[[:space:]]\)*nvidia\(-uvm\)*\([[:space:]].*\)*$' "$conf"; then
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
	driver=$(realpath "build/pkg/${package##*/}")
	if [ -f "$dir/vendor/version" ] && [ "$(cat "$dir/vendor/version")" != "$(cat "$driver/version")" ]; then
		die "GPU_ARCHIVE has version $(cat "$dir/vendor/version"), and the driver is $(cat "$driver/version"):" \
			"they must be the same; GPU_SOURCE= gives another driver"
	fi
fi

# Copies: a link into the cache leads nowhere outside of the toolbox, where `rampart plan` explains the image.
from="$kernel $driver"
if [ "$(cat "$dir/modules/from" 2>/dev/null)" != "$from" ]; then
	rm -rf "$dir/modules"
	mkdir -p "$dir/modules"
	[ ! -d "$kernel/modules" ] || cp "$kernel"/modules/* "$dir/modules/"
	if [ -n "$driver" ]; then
		cp "$driver"/modules/*.ko "$dir/modules/"
		scripts/image/moduleorder.sh "$driver" "$kernel" >"$dir/modules/order"
	fi
	echo "$from" >"$dir/modules/from"
fi
echo "--modules $dir/modules"
[ ! -d "$dir/vendor/firmware" ] || echo "--firmware $dir/vendor/firmware"
echo "# $from"
