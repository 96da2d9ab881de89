#!/bin/sh
# SPDX-License-Identifier: MIT
# Models on a payload volume: read once into RAM, proved, and no disk is left; from virtio and NVMe, in
# every form. And what is wrong with a volume ends the boot with its own reason.
# seen: qemu: a payload volume on virtio and NVMe
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

sha256() { echo "sha256:$(sha256sum <"$1" | cut -d' ' -f1)"; }
fsverity_digest() { echo "fsverity-$(fsverity digest --compact "$1" | sed 's/^/sha256:/')"; }

# same_piece FILE PATH OFFSET: the container reads at /model/PATH what FILE has there.
same_piece()
{
	fetch "/model/$2?$3" -o "$work/piece" || :
	dd if="$1" bs=1M iflag=skip_bytes,count_bytes skip="$3" count=1M status=none of="$work/want"
	is "$(stat -c %s "$work/piece") $(sha256sum <"$work/piece")" \
		"$(stat -c %s "$work/want") $(sha256sum <"$work/want")" "$4"
}

# ---- one of everything: 700 MiB on a machine of 1 GiB ----
parts everything
big=$dir/big.gguf
head -c 1000000 /dev/urandom >"$big"
truncate -s 734003333 "$big" # neither whole blocks nor whole pieces
head -c 5000 /dev/urandom | dd of="$big" bs=1M oflag=seek_bytes seek=733000000 conv=notrunc status=none
mkdir "$dir/mix"
echo "one of two" >"$dir/mix/a.txt"
head -c 3333333 /dev/urandom >"$dir/mix/b.bin"
echo "in the image" >"$dir/small.txt"
cat >"$dir/image.conf" <<END
$conf_head
[model big.gguf]
file = $big
digest = $(fsverity_digest "$big")
storage = volume
[model mix]
file = $dir/mix/b.bin
digest = $(sha256 "$dir/mix/b.bin")
file = $dir/mix/a.txt
digest = $(fsverity_digest "$dir/mix/a.txt")
storage = volume
[model small.txt]
file = $dir/small.txt
digest = $(fsverity_digest "$dir/small.txt")
END
from_conf
everything=$dir
platform=measure/platforms/qemu-q35-ovmf-2025.02-8+deb13u1-1024m-2c-volume.json
build/bin/rampart predict --disk "$dir/disk.img" --plan "$dir/plan" --platform $platform >"$dir/golden.json"
is "$(jq -r '.events[] | select(.pcr == 14) | .what' "$dir/golden.json" | cut -d' ' -f1-3 | tr '\n' ,)" \
	"rampart/1 model big.gguf,rampart/1 model mix,rampart/1 model small.txt,rampart/1 ready ready," \
	"a model is one event, of however many files"
is "$([ "$(stat -c %s "$dir/volume.img")" -gt $((512 * 1048576)) ] && echo more)" more \
	"the image is larger than half of the machine's RAM"

cp --sparse=always "$dir/volume.img" "$dir/attached.img"
export VM_VOLUME="$dir/attached.img"
KEEP=1 boot "$dir/disk.img"
is "$status" 0 "the machine comes up"
shows "$console" '^rampart: SERVING' "and serves"
golden=$everything/golden.json
explain
is "$verdict" 0 "every PCR has its golden value"
same_piece "$big" big.gguf 0 "the container reads the large model's beginning"
same_piece "$big" big.gguf 732954624 "and its end"
same_piece "$dir/mix/b.bin" mix/b.bin 1048576 "a file of a model of two"
same_piece "$dir/mix/a.txt" mix/a.txt 0 "and the other"
same_piece "$dir/small.txt" small.txt 0 "a model of the image itself, beside them"
fetch /facts >"$work/facts"
shows "$work/facts" '^write.model=(Read-only file system|Permission denied)' "it cannot write to them"
available=$(sed -n 's/^rampart: READY .*available_kib=\([0-9]*\)$/\1/p' "$console")
is "$([ "$available" -gt $(((1024 - 700 - 110) * 1024)) ] && echo enough)" enough \
	"there is one copy of the models in RAM ($((available / 1024)) MiB of 1024 are free)"

# The host changes every byte of the disk under the running machine.
dd if=/dev/urandom of="$VM_VOLUME" bs=1M count=8 conv=notrunc status=none
head -c 5000 /dev/urandom | dd of="$VM_VOLUME" bs=1M oflag=seek_bytes seek=734048576 conv=notrunc status=none
same_piece "$big" big.gguf 0 "a volume that changes after it was read changes nothing at its beginning"
same_piece "$big" big.gguf 732954624 "nor at its end"
scripts/vm/down.sh "$work/vm"

cp --sparse=always "$dir/volume.img" "$dir/attached.img"
VM_VOLUME_BUS=nvme KEEP=1 boot "$dir/disk.img"
shows "$console" '^rampart: SERVING' "the same volume on NVMe is served"
explain
is "$(grep -Ec '^PCR (8|13|14) .* equal$' "$work/explained")" 3 "with the same plan, container and models"
same_piece "$big" big.gguf 732954624 "and the same bytes"
scripts/vm/down.sh "$work/vm"

# ---- what must not boot ----
WAIT_FOR=' is never said'
refused() # WHAT REGEX
{
	is "$status" 0 "$1: the machine powers off"
	shows "$console" "^rampart: FAILED stage=(container|model) reason=$2" "$1: with its own reason"
	is "$(grep -Ec '^rampart: (READY|SERVING)' "$console")" 0 "$1: and never says READY"
}
printf x | dd of="$VM_VOLUME" bs=1 seek=600000000 conv=notrunc status=none
boot "$dir/disk.img"
refused "one byte of a volume differs" '/rampart/volume/big.gguf: digest differs: the plan says fsverity-sha256:'

MEMORY=512 boot "$dir/disk.img"
refused "too little memory" 'what is on the volume needs [0-9]+ MiB of memory and [0-9]+ MiB are free; give the machine [0-9]+ MiB more'

boot "$dir/disk.img" -drive "if=none,id=twin,format=raw,snapshot=on,file=$dir/volume.img" \
	-device virtio-blk-pci,drive=twin
refused "two volumes with the same partitions" 'volume: two partitions are named '

cp --sparse=always "$dir/volume.img" "$VM_VOLUME"
sgdisk --delete=1 "$VM_VOLUME" >/dev/null
sgdisk --new=1:2048:+1M --typecode=1:52414d50-4152-5400-8000-000000000010 --change-name=1:big.gguf \
	"$VM_VOLUME" >/dev/null
boot "$dir/disk.img"
refused "a partition that is too small" 'volume: big.gguf on vd[ab] has 1048576 bytes, and the plan.s 734003333'

sgdisk --zap-all "$VM_VOLUME" >/dev/null 2>&1 || :
boot "$dir/disk.img"
refused "no volume" 'volume: no disk has a partition '

# ---- in the image: what unpacks to more than half of the RAM ----
parts embedded
truncate -s 600M "$dir/zeros.bin"
unset VM_VOLUME
cat >"$dir/image.conf" <<END
$conf_head
[model zeros.bin]
file = $dir/zeros.bin
digest = $(fsverity_digest "$dir/zeros.bin")
END
from_conf
WAIT_FOR='^rampart: (SERVING|FAILED)' boot "$dir/disk.img"
shows "$console" '^rampart: SERVING' "an image that unpacks to more than half of the RAM is served"
finish
