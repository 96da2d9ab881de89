#!/bin/sh
# SPDX-License-Identifier: MIT
# memory.sh UKI INITRAMFS_FILES_TXT VOLUME_BYTES: prints how many MiB of RAM a machine needs to boot an image.
# Whichever is more: the firmware's part of the boot, with three copies of the UKI (the file, its
# sections, the initrd for the kernel); the unpacking of the initramfs beside its archive; what is on
# a payload volume, beside what is unpacked, in pages of 2 MiB. Each with what the system itself takes,
# found by booting images/test with models of 0 to 600 MiB on machines of less and less RAM.
set -eu
[ $# -eq 3 ] || { echo "usage: memory.sh UKI INITRAMFS_FILES_TXT VOLUME_BYTES" >&2; exit 2; }
uki=$(stat -c %s "$1")
unpacked=$(awk '$3 ~ /^[0-9]+$/ { s += int($3 / 4096 + 1) * 4096 } END { print s + 0 }' "$2")
awk -v uki="$uki" -v unpacked="$unpacked" -v volume="$3" -v firmware=80 -v rest=48 '
	function most(a, b) { return a > b ? a : b }
	BEGIN {
		mib = 1048576
		need = most(3 * uki + firmware * mib, uki + unpacked + rest * mib)
		need = most(need, unpacked + volume + rest * mib)
		print int(need / mib * 1.02) + 1 # the kernel describes each page of RAM, in 1.6 % of it
	}'
