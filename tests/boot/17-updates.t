#!/bin/sh
# SPDX-License-Identifier: MIT
# Two slots on one disk: a new UKI that is started and accepted; one that fails, after which the good one is started, with
# the values that it always has; and an old disk, which a verifier's minimum version tells.
set -eu
. tests/boot/lib.sh

lacks() # REGEX SENTENCE: no line of the console matches
{
	! grep -Eq -- "$1" "$console" && result 0 "$2" || result 1 "$2"
}

vm=$work/vm
trap 'scripts/vm/down.sh "$vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
VM_DISK_KEEPS=1
export VM_DISK_KEEPS
platform=$(cat build/test/platform)

# release VERSION: $dir, the image with this version
release()
{
	parts "$1"
	plan_set version "$1"
	sed -i "s/^\(IMAGE_VERSION\|VERSION_ID\)=.*/\1=$1/" "$dir/os-release"
	make_initramfs
	sed -i '/^default /d' "$dir/loader.conf"
	scripts/image/uki.sh build/pkg/linux/bzImage "$dir/initramfs.cpio.zst" "$dir/cmdline" "$dir/os-release" \
		"$(cat build/pkg/linux/uname)" "$dir/rampart.efi"
}
predict() # DISK VERSION [UKI]
{
	build/bin/rampart predict --disk "$1" --plan "$work/$2/plan" --platform "$platform" ${3:+--uki "$3"}
}

release 0.1
disk=$work/disk.img
SLOT_MIB=12 scripts/image/disk.sh "$disk" "$dir/rampart.efi" "$dir/loader.conf"
cp "$disk" "$work/old.img"
predict "$disk" 0.1 >"$work/0.1.json"
release 0.2
SLOT_MIB=12 scripts/image/disk.sh "$work/new.img" "$dir/rampart.efi" "$dir/loader.conf"
predict "$work/new.img" 0.2 >"$work/0.2.json"

build/bin/rampart update "$disk" "$dir/rampart.efi" >"$work/out"
shows "$work/out" '^EFI/Linux/rampart2\+3.efi: test 0.2, .*started next' "the new one is on the disk"
predict "$disk" 0.2 rampart2+3.efi >"$work/slot.json"
is "$(jq -c .pcrs "$work/slot.json")" "$(jq -c .pcrs "$work/0.2.json")" "its values are those of a disk that never had another"
boot "$disk"
shows "$console" '^rampart: SERVING' "it boots"
golden=$work/0.2.json
explain
is "$verdict" 0 "and every PCR has its value"
[ "$verdict" = 0 ] || sed 's/^/# /' "$work/explained"
golden=$work/0.1.json
explain
is "$verdict" 1 "which is not the old one's"
build/bin/rampart update "$disk" >"$work/out"
shows "$work/out" 'rampart2\+2-1.efi: test 0.2, 2 boots left, 1 done; is started next' "the boot was counted"
build/bin/rampart update "$disk" --accept >"$work/out"
shows "$work/out" 'rampart2.efi: test 0.2, accepted; is started next' "it is accepted"

# One whose kernel finds no init: it panics, and the machine powers off.
release 0.3
echo broken >"$dir/evil"
printf 'dir /dev 0755 0 0\n' >"$dir/manifest"
make_initramfs
scripts/image/uki.sh build/pkg/linux/bzImage "$dir/initramfs.cpio.zst" "$dir/cmdline" "$dir/os-release" \
	"$(cat build/pkg/linux/uname)" "$dir/rampart.efi"
build/bin/rampart update "$disk" "$dir/rampart.efi" --tries 1 >"$work/out"
shows "$work/out" '^EFI/Linux/rampart3\+1.efi: test 0.3, .*started next' "a broken one is on the disk"
boot "$disk"
lacks '^rampart: SERVING' "it does not come up"
build/bin/rampart update "$disk" >"$work/out"
shows "$work/out" 'rampart3\+0-1.efi: test 0.3, 0 boots left, 1 done$' "that was its one try"
boot "$disk"
shows "$console" '^rampart: SERVING' "the next boot is of the good one"
golden=$work/0.2.json
explain
is "$verdict" 0 "and nothing in its PCRs tells of the one that failed"
[ "$verdict" = 0 ] || sed 's/^/# /' "$work/explained"

# The host puts the old disk back.
KEEP=1 boot "$work/old.img"
printf '{"schema": "rampart-policy/1", "minimum_version": "0.2"}\n' >"$work/policy.json"
verify() # [ARGUMENT...]
{
	code=0
	build/bin/rampart verify "https://127.0.0.1:$PORT" --golden "$work/0.1.json" --golden "$work/0.2.json" --roots "$vm/ek-ca.pem" \
		"$@" >"$work/verified" 2>&1 || code=$?
}
verify
is "$code" 0 "a machine that was rolled back is one that was golden once"
verify --policy "$work/policy.json"
is "$code" 1 "with a minimum version it is refused"
shows "$work/verified" '^fails +policy.version .*0\.1' "and the verdict says that the version is the reason"
finish
