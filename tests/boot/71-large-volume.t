#!/bin/sh
# SPDX-License-Identifier: MIT
# A payload volume of more than 4 GiB, past every 32-bit number, on a machine of 5.5 GiB: too little for
# a second copy of it.
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

# Mostly holes, so that it costs this machine little, with random bytes here and there.
scatter() # FILE SIZE OFFSET...
{
	file=$1
	truncate -s "$2" "$file"
	shift 2
	for offset; do
		head -c 4096 /dev/urandom | dd of="$file" bs=1M oflag=seek_bytes seek="$offset" conv=notrunc status=none
	done
}

parts large
scatter "$dir/large.gguf" 4831838413 0 2147483000 4294967000 4831830000
scatter "$dir/other.gguf" 104857600 52428800
cat >"$dir/image.conf" <<END
$conf_head
[model large.gguf]
file = $dir/large.gguf
digest = fsverity-sha256:$(fsverity digest --compact "$dir/large.gguf")
storage = volume
[model other.gguf]
file = $dir/other.gguf
digest = sha256:$(sha256sum <"$dir/other.gguf" | cut -d' ' -f1)
storage = volume
END
from_conf
is "$([ "$(stat -c %s "$dir/volume.img")" -gt 4294967296 ] && echo larger)" larger "the volume is larger than 4 GiB"
is "$([ "$(du -m "$dir/volume.img" | cut -f1)" -lt 512 ] && echo sparse)" sparse "its holes are holes"
sgdisk -v "$dir/volume.img" >"$work/sgdisk"
shows "$work/sgdisk" 'No problems found' "and another tool finds nothing wrong with it"
build/bin/rampart predict --disk "$dir/disk.img" --plan "$dir/plan" --platform "$(cat build/test-volume/platform)" \
	>"$dir/golden.json"

MEMORY=5632 BOOT_DEADLINE=900 KEEP=1 boot "$dir/disk.img"
is "$status" 0 "the machine comes up"
shows "$console" '^rampart: SERVING' "and serves"
golden=$dir/golden.json
explain
is "$(grep -Ec '^PCR (4|5|8|9|11|13|14) .* equal$' "$work/explained")" 7 \
	"with its golden values, but for the firmware's, which tell the RAM's size"
for offset in 0 2147483000 4294967000 4831830000; do
	fetch "/model/large.gguf?$offset" -o "$work/piece" || :
	dd if="$dir/large.gguf" bs=1M iflag=skip_bytes,count_bytes skip="$offset" count=1M status=none of="$work/want"
	is "$(sha256sum <"$work/piece")" "$(sha256sum <"$work/want")" "the container reads what lies at $offset"
done
sed -n 's/^rampart: READY/# &/p' "$console"
finish
