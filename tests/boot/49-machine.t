#!/bin/sh
# SPDX-License-Identifier: MIT
# An image for bare metal: network cards of Intel, and NVMe, on a machine without a card of virtio. One of QEMU's has no
# network there, as an image for it has the drivers of no other. Drivers, and a kernel for them, take little of the RAM.
# seen: metal: QEMU's machine with e1000e or igb and a volume on NVMe boots its image
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

parts metal
cat >"$dir/image.conf" <<END
$conf_head
[machine]
kind = metal
[model small.txt]
file = $dir/small.txt
digest = sha256:$(echo small | sha256sum | cut -d' ' -f1)
storage = volume
END
echo small >"$dir/small.txt"
from_conf
build/bin/rampart predict --disk "$dir/disk.img" --plan "$dir/plan" --platform "$(cat build/test/platform)" \
	>"$dir/golden.json"
golden=$dir/golden.json
VM_VOLUME_BUS=nvme
export VM_VOLUME_BUS
for card in e1000e igb; do
	KEEP=1 VM_NIC=$card boot "$dir/disk.img"
	shows "$console" '^rampart: ADDRESS eth0 10\.0\.2\.15/24$' "$card: it has a lease"
	shows "$console" '^rampart: SERVING' "$card: and serves"
	is "$(fetch /model/small.txt)" small "$card: a model from NVMe"
	explain
	is "$(grep -Ec '^PCR (4|5|8|9|11|13|14) .* equal$' "$work/explained")" 7 "$card: the golden values hold, but for the firmware's (PCR 1)"
	scripts/vm/down.sh "$work/vm"
done
available() # KiB of RAM at READY, before the container runs
{
	sed -n 's/^rampart: READY .*available_kib=\([0-9]*\)$/\1/p' "$console"
}
with=$(available)
boot build/test/disk.img
more=$(($(available) - with))
is "$([ $more -le 6144 ] && echo little)" little "drivers take at most 6 MiB of RAM over QEMU's ($more KiB)"
VM_NIC=e1000e boot build/test/disk.img
shows "$console" '^rampart: FAILED stage=network reason=no network interface$' "an image for QEMU has no driver of that card"
finish
