#!/bin/sh
# SPDX-License-Identifier: MIT
# platform.sh: writes measure/platforms/NAME-MEMORYm-CPUSc.json (with VOLUME=1 NAME-...c-volume.json),
# what the firmware of the declared machine (scripts/vm/vm.sh) measures on its own. Boots the firmware
# with an empty payload, twice on different disks, and refuses if the results differ. Runs
# inside the toolbox, after `make -f scripts/build.mk platform`.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=scripts/vm/vm.sh
. "$(dirname "$0")/vm.sh"
out=build/platform
name=$VM_PLATFORM
json=measure/platforms/$name-${MEMORY}m-${CPUS}c${VOLUME:+-volume}.json
rm -rf $out
mkdir -p $out

build/pkg/musl/bin/musl-gcc -std=gnu11 -Os -static -s -o $out/reference initramfs/reference/main.c
cat >$out/manifest <<END
dir /dev 0755 0 0
nod /dev/console 0600 0 0 c 5 1
dir /sys 0555 0 0
file /init $out/reference 0755 0 0
END
scripts/image/initramfs.sh $out/manifest $out/initramfs.cpio.zst
echo 'ID=rampart' >$out/os-release
scripts/image/uki.sh build/pkg/linux/bzImage $out/initramfs.cpio.zst initramfs/cmdline $out/os-release \
	"$(cat build/pkg/linux/uname)" $out/rampart.efi
scripts/image/disk.sh $out/1.img $out/rampart.efi images/loader.conf
head -c 20000000 /dev/zero >$out/ballast
scripts/image/disk.sh $out/2.img $out/rampart.efi images/loader.conf ballast=$out/ballast

for n in 1 2; do
	if [ -n "${VOLUME:-}" ]; then # any disk: its contents must make no difference
		VM_VOLUME=$out/volume.$n
		head -c ${n}0000000 /dev/zero >"$VM_VOLUME"
		export VM_VOLUME
	fi
	scripts/vm/boot.sh $out/$n.img $out/$n
	grep -aq '^rampart: DONE' $out/$n/console.log ||
		die "the reference did not come to its end; see $out/$n/console.log"
	build/bin/rampart platform $out/$n/console.log --name "$name" \
		--shape "$VM_SHAPE${VOLUME:+,volume=virtio-blk-pci@6}" >$out/$n.json
done
cmp -s $out/1.json $out/2.json ||
	die "two boots of the same machine differ: diff $out/1.json $out/2.json"
cp $out/1.json "$json.tmp"
mv "$json.tmp" "$json"
step WROTE "$json"
