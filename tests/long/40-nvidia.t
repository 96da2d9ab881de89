#!/bin/sh
# SPDX-License-Identifier: MIT
# NVIDIA's own modules, as the build makes them for an image that loads them (scripts/image/gpu.sh): of Debian's package,
# whose core is an object, and of NVIDIA's whole tree, as GPU_SOURCE= gives it (scripts/nvidia.lock). Each is built twice, with
# the same bytes, and loads in a machine without a GPU, into the image's own kernel, with what it depends on, as far as to
# find that there is none: the machine powers off and says so. What the mirror no longer has is skipped.
set -eu
. tests/boot/lib.sh
WAIT_FOR=' is never said'
# The links to its modules are absolute.
kernel=$(realpath build/pkg/linux-devices)

# way WORDS SOURCE_SHA256 [GIVEN]: SOURCE's driver; GIVEN is what make was given as GPU_SOURCE.
way()
{
	words=$1
	if [ ! -f "/cache/files/$2" ]; then
		tap_n=$((tap_n + 1))
		echo "ok $tap_n - $words # SKIP its source is not in the cache; make fetch brings it, if the mirror has it still"
		return
	fi
	parts nvidia
	printf '%s\n' "$conf_head" '[devices]' 'pass = nvidia0 nvidiactl nvidia-uvm' \
		'modules = nvidia NVreg_ModifyDeviceFiles=0 NVreg_NvLinkDisable=1 nvidia-uvm' >"$dir/image.conf"
	driver=$(built "${3:-}" 2)
	is "$(modinfo -F depends "$driver/modules/nvidia-uvm.ko")" nvidia "nvidia-uvm needs nvidia alone"
	is "$(modinfo -F vermagic "$driver/modules/nvidia.ko" | cut -d' ' -f1)" "$(cat "$kernel/uname")" "they are made for this kernel"
	is "$(modinfo -F version "$driver/modules/nvidia.ko")" "$(cat "$driver/version")" "the package says which version it is"
	# What they want of the kernel, it has.
	awk '{ print $2 }' "$kernel/devel/Module.symvers" | sort -u >"$work/has"
	nm --defined-only "$driver/modules/nvidia.ko" | awk '{ print $3 }' | sort -u >>"$work/has"
	sort -u -o "$work/has" "$work/has"
	for name in nvidia nvidia-uvm; do
		is "$(nm --undefined-only "$driver/modules/$name.ko" | awk '{ print $2 }' | sort -u | comm -23 - "$work/has" | tr '\n' ' ')" \
			"" "the kernel has every symbol of $name"
	done

	# shellcheck disable=SC2034 # for from_conf
	MODULES=$dir/modules
	from_conf
	boot "$dir/disk.img"
	is "$status" 0 "the machine powers off"
	shows "$console" '^rampart: FAILED stage=modules reason=/rampart/modules/nvidia.ko: .*No such device: the machine has no such GPU' \
		"and says that there is no GPU"
	is "$(grep -c '^rampart: SERVING' "$console")" 0 "it never serves"

	rm -rf "$work/first" && cp -R "$driver" "$work/first" && rm -rf "$driver"
	is "$(built "${3:-}" 3)" "$driver" "$words: another build has the same key"
	is "$(diff -r "$work/first" "$driver" 2>&1)" "" "and the same bytes"
}

built() # GIVEN JOBS: gpu.sh's package, where the cache has it; $dir/modules is what the plan takes modules from
{
	GPU_SOURCE=$1 JOBS=$2 scripts/image/gpu.sh "$dir/image.conf" "$dir" "$kernel" >"$work/options" || exit 1
	sed -n 's/^# .* //p' "$work/options"
}

digest() # LOCK NAME
{
	awk -v name="$2" '$1 == name { print $5 }' "scripts/$1.lock"
}
given=$(digest nvidia nvidia-open-gpu-kernel-modules)
way "Debian's package" "$(digest sources nvidia-open-kernel-source)"
way "NVIDIA's tree" "$given" "$given"
finish
