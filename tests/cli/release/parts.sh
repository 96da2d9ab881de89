# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What a release of images/test is put together from, without touching one that may be in build/test.

copy_tree() # FOLDER: the source tree without its repository and what is built
{
	mkdir "$1"
	tar -c --exclude=./build --exclude=./.git . | tar -x -C "$1"
}

disk_forms() # FOLDER: its disk.img in every form
{
	for form in containerdisk.tar gce.tar.gz iso qcow2 vhd; do
		python3 -I -B scripts/image/formats "${form%%.*}" "$1/disk.img" "$1/disk.$form"
	done
}

release_parts() # FOLDER: all that scripts/release/release.sh wants of images/test, but source.tar
{
	mkdir "$1"
	for part in disk.img rampart.efi golden.json plan files.txt cmdline kernel platform; do
		cp "build/test/$part" "$1/"
	done
	disk_forms "$1"
	build/bin/rampart plan images/test --explain >"$1/plan.txt"
	export IMAGE=test DEBUG='' VOLUME='' MODEL='' MEMORY=1024 CPUS=2
}

# signed_parts FOLDER KEYS: the same for IMAGE=test SECURE_BOOT=KEYS UPDATES=24, as scripts/image.mk makes it; of the platform
# REFERENCE, or that of build/test.
signed_parts()
{
	release_parts "$1"
	[ -z "${REFERENCE:-}" ] || echo "$REFERENCE" >"$1/platform"
	scripts/secureboot/sign.sh "$2" build/test/rampart.efi "$1/rampart.efi"
	scripts/secureboot/sign.sh "$2" /usr/lib/systemd/boot/efi/systemd-bootx64.efi "$1/boot.efi"
	scripts/secureboot/public.sh "$2" "$1/secure-boot" "$1/boot.efi" "$1/rampart.efi"
	scripts/secureboot/varstore.sh "$2" "$1/secure-boot.fd" "$1/secure-boot.aws" 2>"$1/log"
	sed -e '/^default /d' -e 's/^secure-boot-enroll .*/secure-boot-enroll force/' images/loader.conf >"$1/loader.conf"
	# shellcheck disable=SC2046 # words without spaces
	SLOT_MIB=24 BOOT_LOADER=$1/boot.efi scripts/image/disk.sh "$1/disk.img" "$1/rampart.efi" "$1/loader.conf" \
		$(for auth in "$1"/secure-boot/*.auth; do echo "loader/keys/auto/${auth##*/}=$auth"; done)
	sort "$1/disk.img.files.txt" build/test/initramfs.files.txt build/test/container.files.txt >"$1/files.txt"
	build/bin/rampart predict --disk "$1/disk.img" --plan "$1/plan" --platform "$(cat "$1/platform")" --secure-boot "$2" >"$1/golden.json"
	disk_forms "$1"
}
