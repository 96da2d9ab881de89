#!/bin/sh
# SPDX-License-Identifier: MIT
# initramfs.sh, uki.sh and disk.sh: each twice under another time zone, mask and
# folder, and what is inside as other tools see it. Runs in the toolbox, from the tree.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
generator=${GEN_INIT_CPIO:-build/pkg/linux/gen_init_cpio}
if [ ! -x "$generator" ]; then
	[ -z "${MUST_RUN:-}" ] || { echo "Bail out! $generator is not built"; exit 1; }
	echo "1..0 # SKIP $generator is not built (make image)"
	exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
kernel=/usr/lib/systemd/boot/efi/systemd-bootx64.efi # any EFI program can be put into a UKI

mkdir -p "$dir/guest" "$dir/pkg/busybox" "$dir/out" "$dir/a" "$dir/b/deeper"
for file in init container gateway quoter udhcpc-hook refusals; do
	printf '%s program' $file >"$dir/guest/$file"
done
printf 'busybox' >"$dir/pkg/busybox/busybox"
printf 'busybox with a shell' >"$dir/pkg/busybox/busybox-debug"
printf 'erofs' >"$dir/out/container.erofs"
mkdir "$dir/out/seccomp"
for role in container dialer gateway launcher quoter udhcpc; do
	printf 'filter' >"$dir/out/seccomp/$role.bpf"
done
printf '0 read\n' >"$dir/out/seccomp/calls"
printf 'weights' >"$dir/weights"
printf 'rampart-plan/1\ndebug 0\nimage demo\nversion 1.2\n' >"$dir/out/plan"
printf 'ID=rampart\nIMAGE_ID=demo\nVERSION_ID=1.2\n' >"$dir/os-release"
more="$dir/some\"one's\\weights" # a name is bytes, whoever reads a list of them
printf 'more weights' >"$more"
printf 'driver' >"$dir/driver"
cat >"$dir/out/payload" <<END
dir /rampart/model/llm 0755 0 0
file /rampart/model/llm/more.bin $more 0444 0 0
file /rampart/model/model.gguf $dir/weights 0444 0 0
dir /rampart/modules 0755 0 0
file /rampart/modules/driver.ko $dir/driver 0444 0 0
END
printf 'console=ttyS0\nquiet \n' >"$dir/cmdline"
export GUEST="$dir/guest" PKG="$dir/pkg" OUT="$dir/out" DEBUG=/dev/null

assemble() # FOLDER
{
	scripts/image/initramfs.sh initramfs/manifest "$1/initramfs.cpio.zst" "$1/files.txt" &&
		scripts/image/uki.sh "$kernel" "$1/initramfs.cpio.zst" "$dir/cmdline" "$dir/os-release" 6.12.0 \
			"$1/rampart.efi" &&
		scripts/image/disk.sh "$1/disk.img" "$1/rampart.efi" images/loader.conf
}
(umask 022 && assemble "$dir/a")
result $? "all parts are made"
# Now only init differs, and then nothing differs: what is kept from before gives the same bytes.
cp "$dir/a/initramfs.cpio.zst" "$dir/first"
printf 'another program' >"$dir/guest/init"
assemble "$dir/a"
! cmp -s "$dir/first" "$dir/a/initramfs.cpio.zst"
result $? "initramfs: another init gives other bytes"
printf 'init program' >"$dir/guest/init"
assemble "$dir/a"
same "$dir/first" "$dir/a/initramfs.cpio.zst" "initramfs: the init of before gives the bytes of before"
is "$(find "$dir/a/initramfs.cpio.zst.parts" -type f | wc -l)" 4 "initramfs: only the parts of this one are kept"
find "$dir" -type f -exec touch -d 2001-02-03 {} +
(umask 077 && TZ=Asia/Tokyo && export TZ && assemble "$dir/b/deeper")
for file in initramfs.cpio.zst files.txt rampart.efi disk.img disk.img.files.txt; do
	same "$dir/a/$file" "$dir/b/deeper/$file" "$file: the same bytes twice"
done
cd "$dir/a" || exit 1

# The initramfs, as cpio sees it: four archives, one after the other.
every() # OPTIONS: cpio for each archive of standard input
{
	for _ in small gateway payload marker; do cpio --quiet "$1" 2>/dev/null; done
}
zstd -dqc initramfs.cpio.zst >archive
every -it <archive >names
is "$(head -n 1 names)" init "initramfs: /init is the first entry"
is "$(tail -n 1 names)" rampart/complete "initramfs: the completeness marker is the last entry"
every -itv <archive >long
is "$(grep -c 'Jan  1  1970' long)" "$(wc -l <names)" "initramfs: every time is zero"
mkdir root
(cd root && every -idm <../archive)
# What cpio took out, in the words of files.txt; the console's node needs no hash.
(
	cd root || exit 1
	find . -type f -exec sha256sum {} + | sed 's/ \*\./ /; s/  \./ /' | sort -k2 >../sums
)
awk '$4 ~ /^[0-9a-f]+$/ && length($4) == 64 { sub(/^initramfs/, "", $1); print $4, $1 }' files.txt |
	sort -k2 >want
same want sums "files.txt: the hash of every file in the initramfs, by sha256sum"
is "$(cat root/rampart/model/model.gguf)" weights "initramfs: the model files of the plan are in it"
is "$(cat root/rampart/model/llm/more.bin)" "more weights" "initramfs: and those in a folder"
is "$(cat root/rampart/modules/driver.ko)" driver "initramfs: and the modules of the kernel"
! grep -q 'bin/sh' names
result $? "initramfs: no shell"

# The UKI, as ukify and objcopy see it.
ukify --json=short inspect rampart.efi >uki.json
for part in .linux:$kernel .initrd:initramfs.cpio.zst .osrel:$dir/os-release; do
	want=$(sha256sum <"${part#*:}" | cut -d' ' -f1)
	jq -e --arg s "${part%%:*}" --arg h "$want" '.[$s].sha256 == $h' uki.json >/dev/null
	result $? "UKI: ${part%%:*} is the file"
done
objcopy -O binary --only-section=.cmdline rampart.efi cmdline.got
printf 'console=ttyS0 quiet' >cmdline.want
head -c "$(jq '.[".cmdline"].size' uki.json)" cmdline.got >cmdline.cut
same cmdline.want cmdline.cut "UKI: .cmdline is one line without a newline"
jq -r 'keys_unsorted[] | select(startswith("."))' uki.json | sort | tr '\n' ' ' >sections
is "$(cat sections)" ".cmdline .initrd .linux .osrel .sbat .uname " "UKI: no other section that the stub would measure"

# The disk, as sgdisk and mtools see it.
sgdisk -v disk.img | grep -q 'No problems found'
result $? "disk: the partition tables are sound"
sgdisk -p disk.img | grep -q 52414D50-4152-5400-8000-000000000001 &&
	sgdisk -i 1 disk.img | grep -q 52414D50-4152-5400-8000-000000000002
result $? "disk: its identifiers are the fixed ones"
sgdisk -i 1 disk.img | grep -q C12A7328-F81F-11D2-BA4B-00A0C93EC93B
result $? "disk: its one partition is an EFI system partition"
export MTOOLSRC=/dev/null MTOOLS_SKIP_CHECK=1
for part in EFI/BOOT/BOOTX64.EFI:$kernel EFI/Linux/rampart.efi:rampart.efi \
	loader/loader.conf:$OLDPWD/images/loader.conf; do
	mcopy -n -i disk.img@@1M "::${part%%:*}" got && cmp -s got "${part#*:}"
	result $? "disk: ${part%%:*} is the file"
	grep -qx "esp/${part%%:*} 0755 $(stat -L -c %s "${part#*:}") $(sha256sum <"${part#*:}" | cut -d' ' -f1)" \
		disk.img.files.txt
	result $? "files.txt: its hash, by sha256sum"
	rm -f got
done
is "$(wc -l <disk.img.files.txt)" "$(mdir -b -/ -i disk.img@@1M :: | grep -vc '/$')" \
	"files.txt: has every file of the disk"
is "$(mdir -/ -i disk.img@@1M :: | grep -Ec '^[^ ].* [0-9]{4}-[0-9]{2}-[0-9]{2} ')" \
	"$(mdir -/ -i disk.img@@1M :: | grep -c ' 1980-01-01 ')" "disk: every time is where FAT's time begins"
cd "$OLDPWD" || exit 1

printf 'extra' >"$dir/extra"
scripts/image/disk.sh "$dir/extra.img" "$dir/a/rampart.efi" images/loader.conf "loader/addons/x.efi=$dir/extra" &&
	[ "$(mtype -i "$dir/extra.img@@1M" ::loader/addons/x.efi)" = extra ]
result $? "disk: a further file is put where it belongs"

# The debug variant has a shell.
DEBUG=initramfs/manifest.debug scripts/image/initramfs.sh initramfs/manifest "$dir/d.zst"
zstd -dqc "$dir/d.zst" | cpio -it --quiet 2>/dev/null | grep -qx bin/sh
result $? "DEBUG=1: a shell is in the initramfs"
is "$(zstd -dqc "$dir/d.zst" | cpio -it --quiet 2>/dev/null | grep -cE '^bin/refusals(-calls)?$') $(
	zstd -dqc "$dir/a/initramfs.cpio.zst" | cpio -it --quiet 2>/dev/null | grep -c refusals)" "2 0" \
	"and who names refused calls, which no other has"

refuses() # SENTENCE MESSAGE COMMAND...
{
	sentence=$1
	message=$2
	shift 2
	"$@" >/dev/null 2>"$dir/err"
	[ $? = 1 ] && [ "$(wc -l <"$dir/err")" = 1 ] && grep -qF -e "$message" "$dir/err"
	code=$?
	result $code "$sentence"
	[ $code = 0 ] || sed 's/^/# /' "$dir/err"
	[ ! -e "$dir/x" ]
	result $? "$sentence: nothing is left behind"
}
# shellcheck disable=SC2016 # the message is meant literally
refuses "a variable that is not set" 'initramfs/manifest:22: ${DEBUG} is not set in the environment' \
	env -u DEBUG scripts/image/initramfs.sh initramfs/manifest "$dir/x"
refuses "a program that is not built" "/init: cannot read $dir/none/init" \
	env GUEST="$dir/none" scripts/image/initramfs.sh initramfs/manifest "$dir/x"
refuses "a list that is not there" "cannot read $dir/none/payload" \
	env OUT="$dir/none" scripts/image/initramfs.sh initramfs/manifest "$dir/x"
: >"$dir/empty"
refuses "an empty initramfs" "$dir/empty: missing or empty" \
	scripts/image/uki.sh "$kernel" "$dir/empty" "$dir/cmdline" "$dir/os-release" 6.12.0 "$dir/x"
refuses "a kernel that is none" "$dir/cmdline: not an EFI program" \
	scripts/image/uki.sh "$dir/cmdline" "$dir/extra" "$dir/cmdline" "$dir/os-release" 6.12.0 "$dir/x"
head -c 3000 /dev/zero | tr '\0' a >"$dir/long"
refuses "a command line that is too long" "$dir/long: longer than the kernel's 2047 bytes" \
	scripts/image/uki.sh "$kernel" "$dir/extra" "$dir/long" "$dir/os-release" 6.12.0 "$dir/x"
refuses "no UKI" "$dir/none: missing or empty; it is to be EFI/Linux/rampart.efi on the disk" \
	scripts/image/disk.sh "$dir/x" "$dir/none" images/loader.conf
refuses "a path out of the disk" "../x=$dir/extra: not ESP/PATH=FILE" \
	scripts/image/disk.sh "$dir/x" "$dir/a/rampart.efi" images/loader.conf "../x=$dir/extra"
finish
