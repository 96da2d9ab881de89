#!/bin/sh
# SPDX-License-Identifier: MIT
# reference-disk.sh FOLDER [BALLAST]: FOLDER/disk.img, which prints what the firmware of the machine measured before it
# and powers off; with the file BALLAST on it too. For scripts/vm/platform.sh, and for an engine of others
# (scripts/engines/README.md). Runs inside the toolbox, after `make -f scripts/build.mk platform`.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -ge 1 ] || die "usage: reference-disk.sh FOLDER [BALLAST]"
out=$1
mkdir -p "$out"
build/pkg/musl/bin/musl-gcc -std=gnu11 -Os -static -s -o "$out/reference" initramfs/reference/main.c
cat >"$out/manifest" <<END
dir /dev 0755 0 0
nod /dev/console 0600 0 0 c 5 1
dir /sys 0555 0 0
file /init $out/reference 0755 0 0
END
scripts/image/initramfs.sh "$out/manifest" "$out/initramfs.cpio.zst"
echo 'ID=rampart' >"$out/os-release"
# There is nothing here that memory would have to lose, and zeroing all of it is most of such a boot on an emulated processor,
# of which one will do.
sed 's/$/ init_on_alloc=0 init_on_free=0 maxcpus=1/' initramfs/cmdline >"$out/cmdline"
scripts/image/uki.sh build/pkg/linux/bzImage "$out/initramfs.cpio.zst" "$out/cmdline" "$out/os-release" \
	"$(cat build/pkg/linux/uname)" "$out/rampart.efi"
scripts/image/disk.sh "$out/disk.img" "$out/rampart.efi" images/loader.conf ${2:+"ballast=$2"}
