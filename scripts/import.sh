#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh OCI_LAYOUT OUT.erofs OUT.config.json [OUT.manifest.json [OUT.files.txt]]
#
# Turns the one image of an OCI layout into a read-only EROFS file system and copies its manifest
# and its configuration out. Runs inside the toolbox. skopeo and umoci compare every blob with its
# digest. The same layers give the same bytes: no times, no owner names, no UUID, no order of the
# folder. The empty folders that the launcher mounts on are added.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
[ $# -ge 3 ] || die "usage: import.sh OCI_LAYOUT OUT.erofs OUT.config.json [OUT.manifest.json [OUT.files.txt]]"
layout=$1
erofs=$2
config=$3
manifest=${4:-}
files=${5:-}
top=$(dirname "$0")
export TZ=UTC LC_ALL=C
umask 022

[ -d "$layout" ] || die "$layout: no such folder; an OCI image layout is wanted (a recipe makes one)"
for file in oci-layout index.json; do
	[ -f "$layout/$file" ] || die "$layout: not an OCI image layout: it has no $file"
done

work=$erofs.import
rm -rf "$work"
trap 'chmod -R u+rwX "$work" 2>/dev/null || :; rm -rf "$work" "$erofs.tmp" "$config.tmp"' EXIT
mkdir -p "$work"

# A copy with one image of this platform under one known tag, whatever the index holds.
skopeo --insecure-policy --override-os linux --override-arch amd64 \
	copy --quiet "oci:$layout" "oci:$work/oci:image" 2>"$work/errors" ||
	die "$layout: not one readable image: $(sed -n '$ { s/.*msg="*//; s/"*$//; p; }' "$work/errors")"
umoci unpack --image "$work/oci:image" "$work/bundle" >/dev/null 2>"$work/errors" ||
	die "$layout: cannot unpack: $(tail -n 1 "$work/errors")"

root=$work/bundle/rootfs
for dir in dev model proc sys tmp; do
	[ ! -L "$root/$dir" ] || die "$layout: /$dir is a symbolic link; the launcher mounts there, so make it a folder"
	[ ! -e "$root/$dir" ] || [ -d "$root/$dir" ] || die "$layout: /$dir is not a folder; the launcher mounts there"
	mkdir -p "$root/$dir"
	chmod 755 "$root/$dir"
done
chmod 755 "$root"

# Uncompressed: the initramfs is compressed as a whole, and pages are read straight from it.
mkfs.erofs --quiet -b4096 -T0 -Uclear -x-1 "$erofs.tmp" "$root" >"$work/errors" 2>&1 ||
	die "$layout: mkfs.erofs: $(tail -n 1 "$work/errors")"

blob() # DIGEST
{
	echo "$work/oci/blobs/$(echo "$1" | tr : /)"
}
manifest_blob=$(blob "$(jq -r '.manifests[0].digest' "$work/oci/index.json")")
cp "$(blob "$(jq -r '.config.digest' "$manifest_blob")")" "$config.tmp"
[ -z "$manifest" ] || { cp "$manifest_blob" "$manifest.tmp"; mv "$manifest.tmp" "$manifest"; }
[ -z "$files" ] || { "$top/files.sh" container "$root" >"$files.tmp"; mv "$files.tmp" "$files"; }
mv "$config.tmp" "$config"
mv "$erofs.tmp" "$erofs"
