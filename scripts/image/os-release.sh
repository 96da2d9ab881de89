#!/bin/sh
# SPDX-License-Identifier: MIT
# os-release.sh PLAN: prints the os-release of the image that PLAN is for. systemd-boot takes the
# name in its (hidden) menu from it; PCR 11 and PCR 9 hold it.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 1 ] || die "usage: os-release.sh PLAN"
[ -f "$1" ] || die "$1: no such file"
value() # KEY
{
	sed -n "s/^$1 //p" "$PLAN"
}
PLAN=$1
image=$(value image)
version=$(value version)
[ -n "$image" ] || die "$PLAN: not a plan: no image in it"
[ -n "$version" ] || die "$PLAN: not a plan: no version in it"
[ "$(value debug)" = 0 ] || image=$image-debug
cat <<END
ID=rampart
NAME=Rampart
PRETTY_NAME="Rampart $image $version"
IMAGE_ID=$image
IMAGE_VERSION=$version
VERSION_ID=$version
END
