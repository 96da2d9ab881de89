# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What a release of images/test is put together from, without touching one that may be in build/test.

copy_tree() # FOLDER: the source tree without its repository and what is built
{
	mkdir "$1"
	tar -c --exclude=./build --exclude=./.git . | tar -x -C "$1"
}

release_parts() # FOLDER: all that scripts/release/release.sh wants of images/test, but source.tar
{
	mkdir "$1"
	for part in disk.img rampart.efi golden.json plan files.txt cmdline kernel platform; do
		cp "build/test/$part" "$1/"
	done
	for form in containerdisk.tar gce.tar.gz qcow2 vhd; do
		python3 -I -B scripts/image/formats "${form%%.*}" "$1/disk.img" "$1/disk.$form"
	done
	build/bin/rampart plan images/test --explain >"$1/plan.txt"
	export IMAGE=test DEBUG='' VOLUME='' MODEL='' MEMORY=1024 CPUS=2
}
