#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/image/memory.sh says what an image needs, and scripts/vm/boot.sh refuses a machine that has less.
set -eu
cd "$(dirname "$0")/../../.."
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

needs() # UKI_MIB UNPACKED_MIB VOLUME_MIB
{
	truncate -s "${1}M" "$dir/uki"
	echo "initramfs/big 0444 $(($2 * 1048576)) 00" >"$dir/files"
	echo "initramfs/dev 0755 - dir" >>"$dir/files"
	scripts/image/memory.sh "$dir/uki" "$dir/files" $(($3 * 1048576))
}
within() # NUMBER LOW HIGH SENTENCE
{
	is "$([ "$1" -ge "$2" ] && [ "$1" -le "$3" ] && echo within)" within "$4 ($1 MiB)"
}
# Bounds: on machines of these sizes such images did not boot, and did (QEMU, OVMF).
within "$(needs 303 306 0)" 961 1024 "an embedded model that does not compress"
within "$(needs 3 606 0)" 641 672 "one that unpacks to many times its size"
within "$(needs 3 6 700)" 755 1024 "a payload volume"
within "$(needs 3 6 0)" 1 128 "an image without either"

cp "$dir/uki" "$dir/disk.img"
echo 1234 >"$dir/memory"
MEMORY=1233 scripts/vm/boot.sh "$dir/disk.img" "$dir/vm" 2>"$dir/err" && code=0 || code=$?
is "$code" 1 "a machine with a MiB less is not started"
is "$(grep -c 'needs 1234 MiB of RAM to boot, and MEMORY=1233' "$dir/err")" 1 "and what it needs is said"
NEED=111 MEMORY=110 scripts/vm/reference.sh 2>"$dir/err" && code=0 || code=$?
is "$code" 1 "nor is its firmware asked what it measures"
is "$(grep -c 'MEMORY=110: the image needs 111 MiB of RAM to boot' "$dir/err")" 1 "with the same reason"
finish
