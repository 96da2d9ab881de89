#!/bin/sh
# SPDX-License-Identifier: MIT
# disk.sh OUT.img UKI LOADER_CONF [ESP/PATH=FILE ...]
#
# Writes a bootable disk: GPT with one FAT file system, in it systemd-boot, the UKI, loader.conf and
# any further files. Runs inside the toolbox. Identifiers, serial and times are fixed. Also writes
# OUT.img.files.txt, the list of what is on the file system.
#
# The disk is no larger than its contents need; the partition table, and so the size, is measured
# into PCR 5. FAT16 up to 512 MiB, FAT32 from there.
# Environment: SLOT_MIB, the size that a UKI may have on a disk with room for two of them, whatever is on it now;
# BOOT_LOADER, a systemd-boot that is signed.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -ge 3 ] || die "usage: disk.sh OUT.img UKI LOADER_CONF [ESP/PATH=FILE ...]"
img=$1
uki=$2
loader=$3
shift 3
boot=${BOOT_LOADER:-/usr/lib/systemd/boot/efi/systemd-bootx64.efi}
disk_guid=52414d50-4152-5400-8000-000000000001
part_guid=52414d50-4152-5400-8000-000000000002
serial=52414d50
export TZ=UTC LC_ALL=C SOURCE_DATE_EPOCH=315532800 # 1980-01-01, where FAT's time begins
export MTOOLSRC=/dev/null MTOOLS_SKIP_CHECK=1
umask 022

work=$img.esp
rm -rf "$work"
trap 'rm -rf "$work" "$img.tmp" "$img.fat" "$img.files.txt.tmp"' EXIT
put() # FILE ESP/PATH
{
	[ -s "$1" ] || die "$1: missing or empty; it is to be $2 on the disk"
	[ "$(stat -L -c %s "$1")" -lt 4294967295 ] || die "$1: too large for a file on FAT (4 GiB)"
	mkdir -p "$work/$(dirname "$2")"
	ln -sf "$(readlink -f "$1")" "$work/$2"
}
put "$boot" EFI/BOOT/BOOTX64.EFI
put "$uki" EFI/Linux/rampart.efi
put "$loader" loader/loader.conf
for extra; do
	case $extra in
	/* | ../* | */../* | */..=* | *= | =*) die "$extra: not ESP/PATH=FILE, with a path below the ESP's root" ;;
	*=*) put "${extra#*=}" "${extra%%=*}" ;;
	*) die "$extra: not ESP/PATH=FILE" ;;
	esac
done

# Kibibytes that are needed: every file and folder in clusters of at most 16 KiB, the tables, spare.
need=$(find -L "$work" -printf '%s %y\n' |
	awk '{ s += $2 == "d" ? 32 : 16 * int($1 / 16384 + 1) } END { print s + int(s / 100) + 256 }')
[ "$need" -ge 2560 ] || need=2560
# Only the given size decides then, so that the table, and with it PCR 5, stays from update to update.
if [ -n "${SLOT_MIB:-}" ]; then
	size=$(stat -L -c %s "$uki")
	[ "$size" -le $((SLOT_MIB << 20)) ] || die "$uki: larger than a slot of $SLOT_MIB MiB; say UPDATES= a larger one"
	room=$(((2 * SLOT_MIB + SLOT_MIB / 32 + 3) * 1024)) # both, the tables, loader and keys
	[ $((need - size / 1024 + 2048 * SLOT_MIB)) -le $room ] ||
		die "$img: what is on it besides the UKI does not fit beside two slots of $SLOT_MIB MiB"
	need=$room
fi
bits=16
if [ "$need" -gt 524288 ]; then
	bits=32
fi
part=$(((need + 1023) / 1024)) # MiB, and one before and after it for the partition tables
total=$((part + 2))

cluster=1 # sectors; FAT16 has at most 65524 clusters
while [ "$bits" = 16 ] && [ $((part * 2048 / cluster)) -gt 65000 ]; do
	cluster=$((cluster * 2))
done
[ "$bits" = 16 ] || cluster=8

rm -f "$img.tmp" "$img.fat"
truncate -s "${part}M" "$img.fat"
mkfs.fat --invariant -i "$serial" -F "$bits" -s "$cluster" -n RAMPART -h 2048 "$img.fat" >/dev/null
(cd "$work" && find . -mindepth 1 -type d | sort) | while read -r dir; do
	mmd -i "$img.fat" "::${dir#.}"
done
(cd "$work" && find . -type l | sort) | while read -r file; do
	mcopy -i "$img.fat" "$(readlink -f "$work/$file")" "::${file#.}"
done

truncate -s "${total}M" "$img.tmp"
sgdisk --clear --disk-guid="$disk_guid" --new="1:2048:+${part}M" --typecode=1:ef00 \
	--partition-guid="1:$part_guid" --change-name=1:rampart "$img.tmp" >/dev/null
dd if="$img.fat" of="$img.tmp" bs=1M seek=1 conv=sparse,notrunc status=none
find "$work" -type l -printf '%P\n' | sort | while read -r file; do
	echo "esp/$file 0755 $(stat -L -c %s "$work/$file") $(sha256sum <"$work/$file" | cut -d' ' -f1)"
done >"$img.files.txt.tmp"
mv "$img.files.txt.tmp" "$img.files.txt"
mv "$img.tmp" "$img"
