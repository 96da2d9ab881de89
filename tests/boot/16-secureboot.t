#!/bin/sh
# SPDX-License-Identifier: MIT
# Secure Boot with keys of one's own: the values that are computed from keys and disk are the values in the TPM; a machine
# without keys takes those on the disk; what is not signed, or otherwise, does not boot or does not hold.
# seen: secureboot: signed disks boot on OVMF with SMM and have the values that the keys lead to; others do not
set -eu
. tests/boot/lib.sh

lacks() # REGEX SENTENCE: no line of the console matches
{
	! grep -Eq -- "$1" "$console" && result 0 "$2" || result 1 "$2"
}

# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
modules=$(box_root firmware)/usr/lib/python3/dist-packages
[ -d "$modules/virt" ] || {
	echo "1..0 # SKIP the root of scripts/firmware.lock is not there: scripts/toolbox/toolbox.sh firmware"
	exit 0
}
# A firmware with SMM is slower here.
BOOT_DEADLINE=${BOOT_DEADLINE:-300}
export BOOT_DEADLINE
efi=/usr/lib/systemd/boot/efi/systemd-bootx64.efi

make_keys() # FOLDER
{
	mkdir -p "$1"
	scripts/secureboot/make-keys.sh | tar -xf - -C "$1"
}
make_keys "$work/keys"
make_keys "$work/others"

# signed_disk NAME LOADER_KEYS UKI_KEYS MACHINE_KEYS [ESP/PATH=FILE...]: $dir/disk.img, each part signed by keys, or "none";
# the machine has the last ones.
signed_disk()
{
	parts "$1"
	loader=$2
	uki=$3
	machine=$4
	shift 4
	cp build/test/initramfs.cpio.zst "$dir"
	sed -i 's/^secure-boot-enroll .*/secure-boot-enroll force/' "$dir/loader.conf"
	scripts/image/uki.sh build/pkg/linux/bzImage "$dir/initramfs.cpio.zst" "$dir/cmdline" "$dir/os-release" \
		"$(cat build/pkg/linux/uname)" "$dir/rampart.efi"
	cp $efi "$dir/loader.efi"
	[ "$loader" = none ] || scripts/secureboot/sign.sh "$work/$loader" $efi "$dir/loader.efi"
	if [ "$uki" != none ]; then
		scripts/secureboot/sign.sh "$work/$uki" "$dir/rampart.efi" "$dir/signed.efi"
		mv "$dir/signed.efi" "$dir/rampart.efi"
	fi
	BOOT_LOADER=$dir/loader.efi scripts/image/disk.sh "$dir/disk.img" "$dir/rampart.efi" "$dir/loader.conf" "$@"
	scripts/secureboot/varstore.sh "$work/$machine" "$dir/secure-boot.fd"
}

platform=$(SECURE_BOOT=1 scripts/vm/reference.sh | tail -n 1)
signed_disk signed keys keys keys
golden=$dir/golden.json
build/bin/rampart predict --disk "$dir/disk.img" --plan build/test/plan --platform "$platform" --secure-boot "$work/keys" >"$golden"
boot "$dir/disk.img"
shows "$console" '^rampart: SERVING' "the machine starts what is signed"
explain
is "$verdict" 0 "every PCR has the value that was computed from its keys and its disk"
[ "$verdict" = 0 ] || sed 's/^/# /' "$work/explained"
sed -n 's/^rampart: firmware-log //p' "$console" | base64 -d >"$work/firmware.log"
tpm2_eventlog "$work/firmware.log" >"$work/eventlog" 2>/dev/null || :
is "$(sed -n '/^pcrs:/,$p' "$work/eventlog" | sed -n '/sha256/,/sha/s/^ *7 *: 0x\([0-9a-f]*\)$/\1/p')" \
	"$(jq -r '.pcrs.sha256["7"].value' "$golden")" "tpm2_eventlog replays the log to that PCR 7"
python3 tests/cli/measure/secureboot.py "$work/keys" "$work/keys/db.der" >"$work/want"
is "$(sed -n 's/^rampart: pcr sha256 7 tpm=\([0-9a-f]*\).*/\1/p' "$console")" "$(sed -n 's/^sha256 //p' "$work/want")" \
	"and hashlib computes it"
is "$(grep -c 'EventType: EV_EFI_BOOT_SERVICES_APPLICATION' "$work/eventlog")" 2 "loader and UKI are measured, the kernel in it is not"

# A machine without keys: it takes those on the disk, the list of what is revoked as well, and starts anew.
cp -r "$work/keys" "$work/revoking"
cp "$work/others/db.esl" "$work/revoking/dbx.esl"
scripts/secureboot/public.sh "$work/revoking" "$work/public" "$dir/loader.efi" "$dir/rampart.efi"
auto=loader/keys/auto
signed_disk enrol keys keys keys $auto/PK.auth="$work/public/PK.auth" $auto/KEK.auth="$work/public/KEK.auth" \
	$auto/db.auth="$work/public/db.auth" $auto/dbx.auth="$work/public/dbx.auth"
mv "$dir/secure-boot.fd" "$work/prepared.fd"
build/bin/rampart predict --disk "$dir/disk.img" --plan build/test/plan --platform "$platform" --secure-boot "$work/public" >"$dir/golden.json"
SECURE_BOOT=1 boot "$dir/disk.img"
lacks '^rampart: ' "a machine without keys does not start the image before it has them"
status=0
SECURE_BOOT=1 KEEP_TPM=1 WAIT_FOR='^rampart: (SERVING|FAILED)' scripts/vm/boot.sh "$dir/disk.img" "$work/vm" >"$work/boot.out" 2>&1 || status=$?
tr -d '\r' <"$work/vm/console.log" >"$console"
[ "$status" = 0 ] || sed 's/^/# /' "$work/boot.out"
shows "$console" '^rampart: SERVING' "then it starts it"
golden=$dir/golden.json
explain
is "$verdict" 0 "and has the values of one whose keys were there before"
[ "$verdict" = 0 ] || sed 's/^/# /' "$work/explained"
golden=$work/signed/golden.json

# Others' keys, on machine and disk: all of it is right there, and PCR 7 says whose it is.
signed_disk others others others others
boot "$dir/disk.img"
shows "$console" '^rampart: SERVING' "a machine of others starts what they signed"
explain
is "$verdict" 1 "it does not hold"
shows "$work/explained" '^PCR 7 .*DIFFERS$' "for PCR 7"
is "$(grep -c '^PCR .*DIFFERS$' "$work/explained")" 1 "and for nothing else: what is signed is the same"

WAIT_FOR='[Aa]ccess [Dd]enied|^rampart: '
export WAIT_FOR
signed_disk loader none keys keys
boot "$dir/disk.img"
shows "$console" 'Access Denied' "a loader that is not signed is not started"
lacks '^rampart: ' "nor is what it would have started"
signed_disk uki keys none keys
boot "$dir/disk.img"
shows "$console" '[Aa]ccess denied' "a UKI that is not signed is not started"
lacks '^rampart: ' "and nothing else instead"
signed_disk foreign keys others keys
boot "$dir/disk.img"
shows "$console" '[Aa]ccess denied' "nor is one that others signed"
finish
