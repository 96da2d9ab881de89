#!/bin/sh
# SPDX-License-Identifier: MIT
# Machines with the parts that clouds give theirs, as far as QEMU has them: Google's (an old chipset, a TPM behind TIS, one
# address without a subnet, short packets), which boots the image that is made for it; and Amazon's (an NVMe disk, a TPM
# behind CRB, and in it the bank sha384 alone), with qemu's image, since QEMU has no card that the one for Amazon has a driver
# of. Golden values are those of a reference that one boot recorded. The clouds'
# own firmware is not there: no real machine was seen.
# Needs: make golden IMAGE=test.
# seen: gce: its image boots on QEMU's machine with such a chipset, TPM and network
# seen: aws: qemu's image boots on QEMU's machine with such a disk, TPM and the bank sha384 alone, and a verifier accepts its quote
set -eu
cd "$(dirname "$0")/../.."
. tests/boot/lib.sh
network=
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; [ -z "$network" ] || kill "$network" 2>/dev/null || :; rm -rf "$work"' EXIT

# machine NAME IMAGE BANK: boots it on the machine as it was declared.
machine()
{
	image=build/$2
	scripts/vm/platform.sh "$work/platform.json" >"$work/platform.log" 2>&1 || sed 's/^/# /' "$work/platform.log"
	golden=$work/golden.json
	build/bin/rampart predict --disk "$image/disk.img" --plan "$image/plan" --platform "$work/platform.json" \
		--banks "$3" >"$golden" || :
	VM_NETDEV=$netdev KEEP=1 boot "$image/disk.img"
	explain
	is "$verdict" 0 "$1: every PCR has its golden value"
	is "$(jq -r '.shape | "\(.machine) \(.tpm) \(.disk)"' "$work/platform.json")" "$VM_MACHINE ${VM_TPM#tpm-} $VM_DISK@4" \
		"and the reference says of which parts"
}

VM_MACHINE=pc-i440fx-10.0 VM_TPM=tpm-tis VM_DISK=virtio-blk-pci BANKS=sha256
export VM_MACHINE VM_TPM VM_DISK BANKS
netdev="stream,server=off,addr.type=unix,addr.path=$work/line"
start_network
make --no-print-directory -f scripts/build.mk image IMAGE=test MACHINE=gce >"$work/made" 2>&1 || sed 's/^/# /' "$work/made"
machine gce test-gce sha256
shows "$console" '^rampart: ADDRESS eth0 10\.128\.0\.5/32$' "gce: it has the one address that it was given"
tries=0
until grep -q '^open 10.128.0.5, segments of 1420$' "$work/said" || [ $tries -ge 600 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
is "$(sed -n 2p "$work/said")" "open 10.128.0.5, segments of 1420" "and is open, to packets as short as there"
scripts/vm/down.sh "$work/vm"

VM_MACHINE=pc-q35-10.0 VM_TPM=tpm-crb VM_DISK=nvme BANKS=sha384
netdev=
machine aws test sha384
is "$(jq -r '.pcrs | keys | join(" ")' "$golden")" sha384 "aws: its golden values are in no other bank"
is "$(sed -n 's/^rampart: pcr \([a-z0-9]*\) 0 .*/\1/p' "$console" | tr -d '\r')" sha384 "nor are those of its TPM"
is "$(fetch /)" ok "and it serves"
# judge GOLDEN: what a verifier says of it by these, in $work/verified; $code.
judge()
{
	code=0
	build/bin/rampart verify "https://127.0.0.1:$PORT" --golden "$1" --roots "$work/vm/ek-ca.pem" >"$work/verified" 2>&1 || code=$?
}
judge "$golden"
[ $code -eq 0 ] || sed 's/^/# /' "$work/verified"
is $code 0 "a verifier accepts it by them"
judge build/test/golden.json
is $code 1 "and not by values in sha256"
shows "$work/verified" 'the machine has no bank sha256' "... since it cannot show any"
finish
