#!/bin/sh
# SPDX-License-Identifier: MIT
# One change at a time, by whoever owns the disk or the machine: the PCRs differ from the golden
# ones, and explain names what was changed.
set -eu
. tests/boot/lib.sh
WAIT_FOR='^rampart: (stage run|FAILED)' # all values have been printed by then

# caught WHAT REGEX...: the last boot is refused, and each REGEX is in the explanation.
caught()
{
	what=$1
	shift
	explain
	is "$verdict" 1 "$what: refused"
	for regex; do
		shows "$work/explained" "$regex" "$what: explained by $regex"
	done
}

ssdt()
{
	cat >"$work/ssdt.asl" <<'END'
DefinitionBlock ("", "SSDT", 2, "EVIL", "EVIL", 0x00000001)
{
	Name (\EVIL, 1)
}
END
	iasl -p "$work/ssdt" "$work/ssdt.asl" >/dev/null 2>&1
}

# ---- the disk ----
parts cmdline
printf '%s evil=1\n' "$(cat "$dir/cmdline")" >"$dir/cmdline.new"
mv "$dir/cmdline.new" "$dir/cmdline"
cp build/test/initramfs.cpio.zst "$dir"
make_disk
boot "$dir/disk.img"
caught "kernel command line" 'PCR 9.*command line' 'PCR 11.*\.cmdline'

parts initramfs
echo evil >"$dir/evil"
sed -i "s|^file /rampart/complete|file /evil $dir/evil 0644 0 0\n&|" "$dir/manifest"
make_initramfs
make_disk
boot "$dir/disk.img"
caught "initramfs" 'PCR 9.*initrd' 'PCR 11.*\.initrd'

parts loader
echo "# evil" >>"$dir/loader.conf"
cp build/test/initramfs.cpio.zst "$dir"
make_disk
boot "$dir/disk.img"
caught "loader.conf" 'PCR 5.*loader\.conf'

parts plan
plan_set limit.pids 65
make_initramfs
make_disk
boot "$dir/disk.img"
caught "plan" 'PCR 8.*plan'

parts container
truncate -s +4096 "$dir/container.erofs"
plan_set container "$(described "$dir/container.erofs")"
make_initramfs
make_disk
boot "$dir/disk.img"
caught "container" 'PCR 13.*container'

parts model
echo "another model" >"$dir/model.txt"
plan_set model.00 "model.txt $(described "$dir/model.txt")"
sed -i "s|^file /rampart/model/model.txt .*|file /rampart/model/model.txt $dir/model.txt 0444 0 0|" "$dir/payload"
make_initramfs
make_disk
boot "$dir/disk.img"
caught "model" 'PCR 14.*model\.txt'

cp build/test/disk.img "$work/gpt.img"
sgdisk --disk-guid=52414d50-4152-5400-8000-0000000000ff "$work/gpt.img" >/dev/null
boot "$work/gpt.img"
caught "GPT" 'PCR 5.*(GPT|partition table)'

cp build/test/disk.img "$work/sdboot.img"
mcopy -i "$work/sdboot.img@@1M" ::EFI/BOOT/BOOTX64.EFI "$work/sdboot.efi"
LC_ALL=C sed 's/LoaderInfo: systemd-boot/LoaderInfo: systemd-b00t/' "$work/sdboot.efi" >"$work/evil.efi"
is "$(cmp -s "$work/sdboot.efi" "$work/evil.efi" || echo changed)" changed "systemd-boot: has the text to change"
mcopy -o -i "$work/sdboot.img@@1M" "$work/evil.efi" ::EFI/BOOT/BOOTX64.EFI
boot "$work/sdboot.img"
caught "systemd-boot" 'PCR 4.*BOOTX64\.EFI'

parts esp
cp build/test/initramfs.cpio.zst "$dir"
printf evil >"$work/evil.cred"
make_disk "loader/credentials/evil.cred=$work/evil.cred"
boot "$dir/disk.img"
caught "ESP credential" 'PCR 12.*credential'

ukify build --stub=/usr/lib/systemd/boot/efi/addonx64.efi.stub --efi-arch=x64 --cmdline=evil=1 \
	--output="$work/evil.addon.efi" >/dev/null 2>&1
make_disk "EFI/Linux/rampart.efi.extra.d/evil.addon.efi=$work/evil.addon.efi"
boot "$dir/disk.img"
caught "ESP addon" 'PCR 12.*evil=1'

# ---- the machine ----
MEMORY=1536 boot build/test/disk.img
caught "RAM size" 'PCR 1.*ACPI'

ssdt
boot build/test/disk.img -acpitable "file=$work/ssdt.aml"
caught "extra ACPI table" 'PCR 1.*ACPI'

boot build/test/disk.img -smbios type=11,value=io.systemd.stub.kernel-cmdline-extra=evil=1
caught "SMBIOS type 11" 'PCR 12.*evil=1' 'PCR 9.*command line'

boot build/test/disk.img -kernel build/test/rampart.efi -append "$(cat initramfs/cmdline) evil=1"
caught "-append on the UKI" 'PCR 12.*evil=1' 'PCR 9.*command line'
finish
