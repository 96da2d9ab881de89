#!/bin/sh
# SPDX-License-Identifier: MIT
# A container on a payload volume: loaded on all cores, measured, started again from the same bytes; and
# what is wrong with it ends the boot. Then the same, compressed.
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

parts volume
cat >"$dir/image.conf" <<END
$(echo "$conf_head" | sed 's/^recipe.*/&\nstorage = volume/')
[model small.txt]
file = $dir/small.txt
digest = sha256:$(echo small | sha256sum | cut -d' ' -f1)
END
echo small >"$dir/small.txt"
sed -i 's/^policy = never/policy = always/' "$dir/image.conf"
from_conf
rm "$dir/container.erofs" # nothing but the volume has it
is "$(grep -c '^container fsverity-sha256:.* volume$' "$dir/plan")" 1 "the plan has it on the volume"
is "$(grep -c container.erofs "$dir/payload")" 0 "the initramfs has it not"
build/bin/rampart predict --disk "$dir/disk.img" --plan "$dir/plan" \
	--platform measure/platforms/qemu-q35-ovmf-2025.02-8+deb13u1-1024m-2c-volume.json >"$dir/golden.json"
is "$(jq -r '.payloads[0] | "\(.kind) \(.storage) \(.digest)"' "$dir/golden.json")" \
	"container volume fsverity-sha256:$(fsverity digest --compact build/test/container.erofs)" \
	"the golden values tell its digest"

cp --sparse=always "$dir/volume.img" "$dir/attached.img"
export VM_VOLUME="$dir/attached.img"
KEEP=1 boot "$dir/disk.img"
is "$status" 0 "the machine comes up"
shows "$console" '^rampart: SERVING' "and serves"
golden=$dir/golden.json
explain
is "$verdict" 0 "every PCR has its golden value"
is "$(fetch /)" ok "the container answers"
is "$(fetch /model/small.txt)" small "and has its model of the image"
# The host changes the disk under the running machine; the container starts again from memory.
dd if=/dev/urandom of="$VM_VOLUME" bs=1M count=3 conv=notrunc status=none
fetch /exit >/dev/null 2>&1 || :
await '^rampart: RESTART 1'
shows "$console" '^rampart: RESTART 1' "it ends, and is started again"
tries=0
until [ "$(fetch / 2>/dev/null)" = ok ] || [ $tries -ge 60 ]; do
	tries=$((tries + 1))
	sleep 1
done
is "$(fetch /)" ok "from the bytes that were measured"
scripts/vm/down.sh "$work/vm"

WAIT_FOR=' is never said'
refused() # WHAT REGEX
{
	is "$status" 0 "$1: the machine powers off"
	shows "$console" "^rampart: FAILED stage=container reason=$2" "$1: with its own reason"
	is "$(grep -Ec '^rampart: (READY|SERVING)' "$console")" 0 "$1: and never says READY"
}
cp --sparse=always "$dir/volume.img" "$VM_VOLUME"
printf x | dd of="$VM_VOLUME" bs=1 seek=1050000 conv=notrunc status=none
boot "$dir/disk.img"
refused "one byte of it differs" '/rampart/container.erofs: digest differs: the plan says fsverity-sha256:'

sgdisk --zap-all "$VM_VOLUME" >/dev/null 2>&1 || :
boot "$dir/disk.img"
refused "no volume" 'volume: no disk has a partition container.erofs after '

# ---- compressed: the container reads the same files ----
cp -r build/test/oci "$work/oci"
mkdir "$work/data"
seq 1 500000 >"$work/data/text"
head -c 1500000 /dev/urandom >"$work/data/noise"
umoci insert --image "$work/oci:latest" "$work/data" /data >/dev/null 2>&1

# compressed ALGORITHM NAME_OF_IT
compressed()
{
	parts "$1"
	echo "$conf_head" | sed "s/^recipe.*/&\nstorage = volume\ncompress = $1/" >"$dir/image.conf"
	build/bin/rampart plan "$dir/image.conf" --wants >"$dir/wants"
	WANTS=$dir/wants scripts/image/import.sh "$work/oci" "$dir/container.erofs" "$dir/container.config.json" \
		"$dir/container.manifest.json" "$dir/container.files.txt" "$dir/container.user" "$dir/container.notes" \
		"$dir/container.account"
	is "$(dump.erofs -s "$dir/container.erofs" | sed -n 's/^Filesystem compr_algs: *//p')" "$2" "$1: it is compressed"
	CONTAINER=$dir from_conf
	rm "$dir/container.erofs"
	cp --sparse=always "$dir/volume.img" "$VM_VOLUME"
	WAIT_FOR='^rampart: (SERVING|FAILED)' KEEP=1 boot "$dir/disk.img"
	shows "$console" '^rampart: SERVING' "$1: the machine serves"
	for piece in text:0 text:1048576 text:3145728 noise:0 noise:1048576; do
		fetch "/model/../data/${piece%:*}?${piece#*:}" --path-as-is -o "$work/piece" || :
		dd if="$work/data/${piece%:*}" bs=1M iflag=skip_bytes,count_bytes skip="${piece#*:}" count=1M status=none of="$work/want"
		same "$work/want" "$work/piece" "$1: the container reads /data/${piece%:*} from byte ${piece#*:}"
	done
	fetch /facts >"$work/facts"
	shows "$work/facts" '^write.root=Read-only file system' "$1: and cannot write there"
	scripts/vm/down.sh "$work/vm"
}
compressed lz4hc lz4
compressed zstd zstd
printf x | dd of="$VM_VOLUME" bs=1 seek=1050000 conv=notrunc status=none
boot "$dir/disk.img"
refused "one byte of a compressed one differs" '/rampart/container.erofs: digest differs: the plan says fsverity-sha256:'

# A file system that is followed by nothing is as large as its file.
parts large
echo "$conf_head" | sed 's/^recipe.*/&\nstorage = volume/' >"$dir/image.conf"
truncate -s 640M "$dir/container.erofs"
from_conf
VM_VOLUME=$dir/volume.img
MEMORY=512 boot "$dir/disk.img"
refused "too little memory" 'what is on the volume needs [0-9]+ MiB of memory and [0-9]+ MiB are free; give the machine [0-9]+ MiB more'
finish
