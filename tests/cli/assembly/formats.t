#!/bin/sh
# SPDX-License-Identifier: MIT
# The disk in other forms: the same bytes from the same disk, and the same disk as others read it. QEMU's block layer
# reads qcow2 and VHD, Python's tarfile what Compute Engine gets, skopeo and umoci the containerdisk; libarchive, blkid and
# sgdisk the CD, which tests/boot/13-media.t boots.
set -u
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/a" "$dir/b"

# A disk as ours is: something, holes, something. Its size is no multiple of anything but of sectors.
head -c 300000 /dev/urandom >"$dir/noise"
table() # FILE SIZE
{
	truncate -s "$2" "$1"
	sgdisk --clear --new=1:2048:8191 --typecode=1:ef00 --disk-guid=52414d50-4152-5400-8000-000000000001 \
		--partition-guid=1:52414d50-4152-5400-8000-000000000002 "$1" >/dev/null
}
disk() # FILE SIZE
{
	table "$@"
	dd if="$dir/noise" of="$1" bs=512 seek=2048 conv=notrunc status=none
	printf 'the end' | dd of="$1" bs=1 seek=$(($2 - 512)) conv=notrunc status=none
}
write() # FORMAT DISK OUT
{
	python3 -I -B -X utf8 scripts/image/formats "$@"
}
disk "$dir/disk.img" $((7340032 + 512))
cp --sparse=never "$dir/disk.img" "$dir/full.img"
for format in containerdisk gce iso qcow2 vhd; do
	write $format "$dir/disk.img" "$dir/a/$format"
	(umask 077 && TZ=Asia/Tokyo faketime '2031-05-05 05:05:05' python3 -I -B -X utf8 scripts/image/formats $format \
		"$dir/full.img" "$dir/b/$format")
	same "$dir/a/$format" "$dir/b/$format" "$format: without holes, later, under another mask: the same bytes"
done

reads() # FORMAT FILE SIZE WANT SENTENCE
{
	is "$(python3 -B tests/cli/assembly/blocks.py "$1" "$2" "$dir/raw" 2>&1)" "$3" "$5: its size"
	same "$4" "$dir/raw" "$5: and reads the disk"
}
reads qcow2 "$dir/a/qcow2" 7340544 "$dir/disk.img" qcow2
# Azure wants whole MiB.
cp --sparse=always "$dir/disk.img" "$dir/mib.img"
truncate -s 8M "$dir/mib.img"
reads vpc "$dir/a/vhd" 8388608 "$dir/mib.img" VHD
is "$(stat -c %s "$dir/a/vhd")" $((8388608 + 512)) "VHD: the disk and a footer"
# Past 512 MiB: a second L2 table.
truncate -s 600M "$dir/large.img"
printf 'there' | dd of="$dir/large.img" bs=1 seek=$((600 * 1048576 - 5)) conv=notrunc status=none
write qcow2 "$dir/large.img" "$dir/large.qcow2"
reads qcow2 "$dir/large.qcow2" $((600 * 1048576)) "$dir/large.img" "qcow2 of 600 MiB"
rm -f "$dir/raw" "$dir/large.img"

python3 - "$dir/a/gce" "$dir/disk.img" >"$dir/got" 2>&1 <<'END'
import sys, tarfile
with tarfile.open(sys.argv[1], "r:gz") as tar, open(sys.argv[2], "rb") as file:
    disk = file.read()
    (entry,) = tar.getmembers()
    raw = tar.extractfile(entry)
    assert raw.read(len(disk)) == disk
    assert not any(any(block) for block in iter(lambda: raw.read(1 << 20), b""))
    print(entry.name, entry.size, entry.mtime, entry.uid, entry.gid, entry.issparse())
END
is "$(cat "$dir/got")" "disk.raw 1073741824 0 0 0 True" "gce: one disk.raw of a whole GiB, the disk and zeros"
is "$(gzip -dc "$dir/a/gce" | head -c 265 | tail -c 8 | od -An -c | tr -d ' ')" 'ustar\0' "gce: in GNU's old form"

skopeo copy -q "oci-archive:$dir/a/containerdisk" "oci:$dir/layout:x" >"$dir/words" 2>&1 &&
	umoci unpack --image "$dir/layout:x" "$dir/bundle" >>"$dir/words" 2>&1
result $? "containerdisk: skopeo copies and umoci unpacks it"
(cd "$dir/bundle/rootfs" && find . -mindepth 1 -printf '%P %m %U:%G\n') >"$dir/got"
is "$(sort "$dir/got" | tr '\n' ' ')" "disk 555 107:107 disk/disk.qcow2 440 107:107 " "containerdisk: KubeVirt's place and owner"
same "$dir/a/qcow2" "$dir/bundle/rootfs/disk/disk.qcow2" "containerdisk: the disk is the qcow2"

# The disk, with a volume in the gap before its partition: what lies there is read again by others.
table "$dir/cd.img" 8388608
dd if="$dir/noise" of="$dir/cd.img" bs=512 seek=2048 conv=notrunc status=none
write iso "$dir/cd.img" "$dir/cd.iso"
is "$(cmp -l "$dir/cd.img" "$dir/cd.iso" | awk '$1 <= 32768 || $1 > 47104 { n++ } END { print (NR > 0) + 0, n + 0 }')" "1 0" \
	"iso: the disk, but for the gap"
is "$(stat -c %s "$dir/a/iso")" 7342080 "iso: of whole sectors of a CD"
is "$(sgdisk --verify "$dir/cd.iso" | grep -c 'No problems found')" 1 "iso: sgdisk finds nothing wrong with its partition table"
is "$(blkid -p -o value -s TYPE -s LABEL -s BOOT_SYSTEM_ID -s FSSIZE -s PTTYPE "$dir/cd.iso" | sort | tr '\n' ' ')" \
	"8388608 EL TORITO SPECIFICATION RAMPART gpt iso9660 " "iso: blkid sees a CD that boots, and a disk"
python3 - "$dir/cd.iso" >"$dir/got" 2>&1 <<'END'
import ctypes, struct, sys
archive, entry = ctypes.CDLL("libarchive.so.13"), ctypes.c_void_p()
archive.archive_read_new.restype = ctypes.c_void_p
archive.archive_entry_pathname.restype = ctypes.c_char_p
handle = ctypes.c_void_p(archive.archive_read_new())
archive.archive_read_support_format_iso9660(handle)
archive.archive_read_open_filename(handle, sys.argv[1].encode(), 10240)
while archive.archive_read_next_header(handle, ctypes.byref(entry)) == 0:
    print(archive.archive_entry_pathname(entry).decode(), end=" ")
with open(sys.argv[1], "rb") as file:
    image = file.read()
(catalog,) = struct.unpack_from("<I", image, 17 * 2048 + 71)
words = struct.unpack_from("<16H", image, catalog * 2048)
platform, boots, media, sectors, start = struct.unpack_from("<xB30xBB4xHI", image, catalog * 2048)
print(sum(words) & 0xFFFF, hex(words[15]), hex(platform), hex(boots), media, sectors, start * 4)
END
is "$(cat "$dir/got")" ". 0 0xaa55 0xef 0x88 0 0 2048" \
	"iso: an empty volume, for libarchive; its catalog starts the partition, to the end, as UEFI has it"

code=0
write vhdx "$dir/disk.img" "$dir/x" >"$dir/words" 2>&1 || code=$?
is "$code $(cat "$dir/words")" "1 FORMAT=vhdx: not one of containerdisk gce iso qcow2 vhd" "another name is refused"
code=0
write qcow2 "$dir/none" "$dir/x" >"$dir/words" 2>&1 || code=$?
is "$code $(cat "$dir/words") $(find "$dir" -name 'x*')" "1 $dir/none: No such file or directory " \
	"no disk: nothing is left behind"
# Room is needed where the result goes, and nowhere else: the toolbox has its /tmp in memory.
mkdir "$dir/tiny" "$dir/full"
mount -t tmpfs -o size=64k tmpfs "$dir/tiny"
mount -t tmpfs -o size=8m tmpfs "$dir/full"
for format in containerdisk gce iso qcow2 vhd; do
	code=0
	TMPDIR=$dir/tiny write $format "$dir/disk.img" "$dir/x" >"$dir/words" 2>&1 || code=$?
	is "$code $(cat "$dir/words")" "0 " "$format: no room is needed but where it goes"
	same "$dir/a/$format" "$dir/x" "$format: and it is the same"
	rm -f "$dir/x"
	for room in 100000 7500000; do
		case $format$room in gce* | *100000) ;; *) continue ;; esac # of gce, the disk fits then, and not the archive
		head -c $((8388608 - room)) /dev/zero >"$dir/full/other"
		code=0
		write $format "$dir/disk.img" "$dir/full/x" >"$dir/words" 2>&1 || code=$?
		is "$code $(wc -l <"$dir/words") $(grep -c '^/.*: No space left on device$' "$dir/words") $(ls "$dir/full")" \
			"1 1 1 other" "$format: a disk that is full is told in one line, and nothing is left behind ($room)"
		rm -f "$dir/full"/*
	done
done
umount "$dir/tiny" "$dir/full"
for odd in gap table; do
	cp "$dir/cd.img" "$dir/odd.img"
	if [ $odd = gap ]; then
		printf 'x' | dd of="$dir/odd.img" bs=1 seek=40000 conv=notrunc status=none
	else
		dd if=/dev/zero of="$dir/odd.img" bs=512 seek=2 count=1 conv=notrunc status=none
	fi
	code=0
	write iso "$dir/odd.img" "$dir/x" >"$dir/words" 2>&1 || code=$?
	is "$code $(cat "$dir/words") $(find "$dir" -name 'x*')" "1 $dir/odd.img: no disk whose EFI partition a CD could start " \
		"iso: not of a disk where there is something else ($odd)"
done
finish
