#!/bin/sh
# SPDX-License-Identifier: MIT
# Whose golden values an image gets: those of the platform that is named, or that machines of its kind have, or of QEMU's.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh

reference() # PLATFORM KIND: exit code, and the file or the error
{
	code=0
	said=$(PLATFORM=$1 KIND=$2 MEMORY=1024 CPUS=2 scripts/vm/reference.sh 2>&1) || code=$?
	echo "$code ${said#measure/platforms/}"
}
qemu=$(basename measure/platforms/qemu-q35-ovmf-*-1024m-2c.json)
is "$(reference '' azure)" "0 azure.json" "an image for Azure has Azure's"
is "$(reference '' gce)" "0 gce-plain.json" "one for Google a plain machine's"
is "$(reference '' aws)" "0 aws-nitro.json" "one for AWS a NitroTPM's"
is "$(reference '' qemu)" "0 $qemu" "one for QEMU that of its machine"
is "$(reference '' metal)" "0 $qemu" "and one for servers, of which each has its own, too"
is "$(reference gce-tdx gce)" "0 gce-tdx.json" "another may be named"
is "$(reference qemu gce)" "0 $qemu" "QEMU's as well"
is "$(reference gce gce | sed 's/;.*//')" "1 reference.sh: PLATFORM=gce: there is no measure/platforms/gce.json" "one that is not there is an error"
is "$(reference ../platforms/azure gce | sed 's/;.*//')" "1 reference.sh: PLATFORM=../platforms/azure: there is no measure/platforms/../platforms/azure.json" \
	"so is one that is elsewhere"
# What a release is told of, which is nothing where nothing was asked for.
media() # FORMAT
{
	make -n -f scripts/build.mk release IMAGE=test FORMAT="$1" MEMORY=1024 CPUS=2 2>/dev/null | grep -o "MEDIA='[^']*'" | tail -n 1
}
is "$(media '') $(media qcow2) $(media iso) $(media 'netboot iso')" "MEDIA='' MEDIA='' MEDIA='cd' MEDIA='cd network'" \
	"golden values of other media are for a release that is asked for them"
asks() # MAKE_ARGUMENT...: what the build in the toolbox is asked for
{
	make -n "$@" 2>/dev/null | grep -o "scripts/build.mk IMAGE=test .* PLATFORM='[^']*'" | grep -o "'[^']*'$" | head -n 1
}
is "$(asks golden IMAGE=test MACHINE=gce PLATFORM=gce-sev) $(asks golden IMAGE=test MACHINE=gce) $(asks up IMAGE=test MACHINE=gce)" \
	"'gce-sev' '' 'qemu'" "make hands it over, and make up has QEMU's, which it boots"
# The form of a disk that a cloud takes is that of the machine that the image is for, wherever that is said.
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
ln -s "$PWD/Makefile" "$PWD/scripts" "$tree/"
mkdir -p "$tree/images/own"
printf '[machine]\r\nkind\t= azure\r\n[model kind]\nkind = gce\n' >"$tree/images/own/image.conf"
form() # MAKE_ARGUMENT...
{
	make -n -C "$tree" image IMAGE=own "$@" 2>/dev/null | grep -o "FORMAT='[^']*'" | head -n 1
}
is "$(form) $(form MACHINE=gce) $(form MACHINE=qemu) $(form FORMAT=raw)" "FORMAT='vhd' FORMAT='gce' FORMAT='' FORMAT='raw'" \
	"the disk has the form that the image's kind of machine takes, or the one that is asked for"
finish
