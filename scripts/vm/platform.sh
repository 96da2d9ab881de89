#!/bin/sh
# SPDX-License-Identifier: MIT
# platform.sh OUT.json [BOOTS]: a platform reference: what the firmware of the declared machine (scripts/vm/vm.sh; with
# VOLUME=1 it has a second disk) measures on its own. Boots the firmware with an empty payload, once or BOOTS times on
# different disks, and refuses if the results differ. Runs inside the toolbox, after `make -f scripts/build.mk platform`.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
PORT=0 # any: nobody asks these machines, and several may be recorded at once
export PORT
# shellcheck source=scripts/vm/vm.sh
. "$(dirname "$0")/vm.sh"
[ $# -ge 1 ] || die "usage: platform.sh OUT.json [BOOTS]"
json=$1
boots=${2:-1}
out=build/platform-${MEMORY}m-${CPUS}c${SECURE_BOOT:+-secboot}$VM_SUFFIX
rm -rf "$out"
mkdir -p "$out"

n=0
while [ $n -lt "$boots" ]; do
	n=$((n + 1))
	# What the disks hold must make no difference.
	head -c $((n * 10000000)) /dev/zero >"$out/ballast"
	scripts/vm/reference-disk.sh "$out/parts" "$out/ballast"
	[ "$VM_MEDIUM" != cd ] || python3 -I -B -X utf8 scripts/image/formats iso "$out/parts/disk.img" "$out/parts/disk.iso"
	if [ -n "${VOLUME:-}" ]; then
		VM_VOLUME=$out/ballast
		export VM_VOLUME
	fi
	scripts/vm/boot.sh "$out/parts/$VM_IMAGE" "$out/$n"
	grep -aq '^rampart: DONE' "$out/$n/console.log" ||
		die "the reference did not come to its end; see $out/$n/console.log"
	build/bin/rampart platform "$out/$n/console.log" --name "$VM_PLATFORM" \
		--shape "$VM_SHAPE${VOLUME:+,volume=virtio-blk-pci@6}" >"$out/$n.json"
	cmp -s "$out/1.json" "$out/$n.json" ||
		die "two boots of the same machine differ: diff $out/1.json $out/$n.json"
done
mkdir -p "$(dirname "$json")"
cp "$out/1.json" "$json.tmp"
mv "$json.tmp" "$json"
