#!/bin/sh
# SPDX-License-Identifier: MIT
# layout.sh ROOTFS OUT_LAYOUT [UMOCI_CONFIG_OPTION...]: packs a folder as an OCI image layout with
# one layer. For the recipes in images/. The same files give the same manifest digest: every time
# is 1970, every owner is root, modes are 0755 (folders, programs) and 0644.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -ge 2 ] || die "usage: layout.sh ROOTFS OUT_LAYOUT [UMOCI_CONFIG_OPTION...]"
rootfs=$1
out=$2
shift 2
[ -d "$rootfs" ] || die "$rootfs: no such folder"
export TZ=UTC LC_ALL=C
epoch=1970-01-01T00:00:00Z
image=$out.tmp:latest

rm -rf "$out" "$out.tmp" "$out.rootfs"
trap 'rm -rf "$out.tmp" "$out.rootfs"' EXIT
umask 022
mkdir -p "$(dirname "$out")"
cp -R "$rootfs" "$out.rootfs"
chmod -R u=rwX,go=rX "$out.rootfs"
find "$out.rootfs" -exec touch -h -d @0 {} +

umoci init --layout "$out.tmp"
umoci new --image "$image"
umoci insert --history.created="$epoch" --history.created_by="$(basename "$0")" \
	--image "$image" "$out.rootfs" /
umoci config --created="$epoch" --history.created="$epoch" --history.created_by="$(basename "$0")" \
	--image "$image" "$@"
umoci gc --layout "$out.tmp"
mv "$out.tmp" "$out"
