#!/bin/sh
# SPDX-License-Identifier: MIT
# The disk in other forms: the same bytes from the same disk, and the same disk as others read it. QEMU's block layer
# reads qcow2 and VHD, Python's tarfile what Compute Engine gets, skopeo and umoci the containerdisk.
set -u
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/a" "$dir/b"

# A disk as ours is: something, holes, something. Its size is no multiple of anything but of sectors.
head -c 300000 /dev/urandom >"$dir/noise"
disk() # FILE SIZE
{
	truncate -s "$2" "$1"
	dd if="$dir/noise" of="$1" bs=512 seek=2048 conv=notrunc status=none
	printf 'the end' | dd of="$1" bs=1 seek=$(($2 - 512)) conv=notrunc status=none
}
write() # FORMAT DISK OUT
{
	python3 -I -B -X utf8 scripts/image/formats "$@"
}
disk "$dir/disk.img" $((7340032 + 512))
cp --sparse=never "$dir/disk.img" "$dir/full.img"
for format in containerdisk gce qcow2 vhd; do
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

code=0
write vhdx "$dir/disk.img" "$dir/x" >"$dir/words" 2>&1 || code=$?
is "$code $(cat "$dir/words")" "1 FORMAT=vhdx: not one of containerdisk gce qcow2 vhd" "another name is refused"
code=0
write qcow2 "$dir/none" "$dir/x" >"$dir/words" 2>&1 || code=$?
is "$code $(cat "$dir/words") $(find "$dir" -name 'x*')" "1 $dir/none: No such file or directory " \
	"no disk: nothing is left behind"
finish
