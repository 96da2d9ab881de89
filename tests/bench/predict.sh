#!/bin/sh
# SPDX-License-Identifier: MIT
# predict.sh NAME RESULTS: times `rampart predict` of build/NAME beside `openssl dgst -sha256` over
# the bytes that a boot of it hashes, each as often as the boot does, in one file. Runs in the
# toolbox. Appends "predict.NAME.bytes N" and lines of wall and CPU ms, ours first, then openssl's.
set -eu
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
dir=build/$1
results=$2
work=build/bench/hashed
rm -rf $work
mkdir -p $work
trap 'rm -rf $work' EXIT

for section in linux osrel cmdline initrd uname sbat; do
	objcopy --dump-section ".$section=$work/$section" "$dir/rampart.efi" $work/copy
	printf '.%s\0' "$section" >>$work/names
done
{
	# PCR 4: three programs, by the firmware.
	cat /usr/lib/systemd/boot/efi/systemd-bootx64.efi "$dir/rampart.efi" $work/linux
	# PCR 5 and 11: loader.conf; names and contents of the sections, by the stub.
	cat images/loader.conf $work/names
	for section in linux osrel cmdline initrd uname sbat; do cat $work/$section; done
	# PCR 9: the command line in UTF-16, the initrd with what the stub adds to it.
	cat $work/cmdline $work/cmdline $work/initrd $work/osrel
	# PCR 8, 13, 14, by init.
	cat "$dir/plan"
	awk -v dir="$dir" '$1 == "file" { sub(/^\$\{OUT\}/, dir, $3); print $3 }' "$dir/payload" | xargs cat
} >$work/all

bytes=$(stat -c %s $work/all)
echo "predict.$1.bytes $bytes" >>"$results"
# Few megabytes take few milliseconds, which other work disturbs easily.
python3 tests/bench/pair.py $((bytes < 50000000 ? 101 : 21)) \
	"build/bin/rampart predict --disk $dir/disk.img --plan $dir/plan --platform $(cat "$dir/platform")" \
	"openssl dgst -sha256 $work/all" >$work/times
read -r wall cpu wall_peer cpu_peer <$work/times
step PREDICT "$1: $wall ms ($cpu CPU), openssl $wall_peer ms ($cpu_peer CPU), $((bytes / 1000)) kB"
for what in "wall $wall" "cpu $cpu" "openssl-wall $wall_peer" "openssl-cpu $cpu_peer"; do
	echo "predict.$1.$what"
done >>"$results"
