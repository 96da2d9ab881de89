#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/image/gpu.sh for images without NVIDIA's driver: the kernel's modules are beside what was built of the image,
# where they can be read without the cache, and are copied once.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '[devices]\nmodules = virtio-gpu nvidiafb\n' >"$work/image.conf"
for kernel in one two; do
	mkdir -p "$work/$kernel/modules"
	echo "$kernel" >"$work/$kernel/modules/drm.ko"
	echo drm >"$work/$kernel/modules/order"
done
mkdir "$work/plain"

is "$(scripts/image/gpu.sh "$work/image.conf" "$work/image" "$work/one")" "--modules $work/image/modules
# $work/one " "the options say where modules are, and from which kernel"
scripts/image/gpu.sh "$work/image.conf" "$work/again" "$work/one" >/dev/null
touch -d 2001-02-03 "$work/again/modules/drm.ko"
scripts/image/gpu.sh "$work/image.conf" "$work/again" "$work/one" >/dev/null
is "$(stat -c %Y "$work/again/modules/drm.ko")" "$(date -d 2001-02-03 +%s)" "of the same kernel they are not copied again"
mv "$work/one" "$work/gone"
is "$(cat "$work/image/modules/drm.ko" "$work/image/modules/order")" "one
drm" "they are there without the cache"
scripts/image/gpu.sh "$work/image.conf" "$work/image" "$work/two" >/dev/null
is "$(cat "$work/image/modules/drm.ko")" two "those of another kernel take their place"
mkdir -p "$work/image/vendor/firmware"
is "$(scripts/image/gpu.sh "$work/image.conf" "$work/image" "$work/plain" | tr '\n' '|')" \
	"--modules $work/image/modules|--firmware $work/image/vendor/firmware|# $work/plain |" "firmware is where an archive of it was unpacked"
is "$(ls "$work/image/modules")" from "and of a kernel without modules there are none"
finish
