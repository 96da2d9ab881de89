#!/bin/sh
# SPDX-License-Identifier: MIT
# uki.sh KERNEL INITRD CMDLINE_FILE OSREL_FILE UNAME OUT.efi
#
# Joins kernel, initramfs, command line and os-release to one EFI program around systemd's stub.
# UNAME is the kernel's release. Runs inside the toolbox. Nothing is signed here.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 6 ] || die "usage: uki.sh KERNEL INITRD CMDLINE_FILE OSREL_FILE UNAME OUT.efi"
for file in "$1" "$2" "$3" "$4"; do
	[ -s "$file" ] || die "$file: missing or empty"
done
# ukify itself accepts any file as a kernel.
[ "$(head -c 2 "$1")" = MZ ] || die "$1: not an EFI program; a kernel with CONFIG_EFI_STUB is needed"
export TZ=UTC LC_ALL=C SOURCE_DATE_EPOCH=0
trap 'rm -f "$6.tmp" "$6.cmdline" "$6.log"' EXIT

# Without the final newline, which would be measured and passed to the kernel as well.
tr '\n' ' ' <"$3" | sed 's/ *$//' >"$6.cmdline"
[ "$(wc -c <"$6.cmdline")" -lt 2048 ] || die "$3: longer than the kernel's 2047 bytes"

ukify build --linux="$1" --initrd="$2" --cmdline="@$6.cmdline" --os-release="@$4" --uname="$5" \
	--efi-arch=x64 --stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub --output="$6.tmp" >"$6.log" 2>&1 ||
	die "ukify: $(tail -n 1 "$6.log")"
mv "$6.tmp" "$6"
