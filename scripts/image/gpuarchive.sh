#!/bin/sh
# SPDX-License-Identifier: MIT
# gpuarchive.sh SHA256 DIR: takes out of NVIDIA's archive of a driver, /cache/files/SHA256 (a tar archive, compressed or not),
# what the machine and the container need and nothing else, into DIR:
#   firmware/nvidia/VERSION/gsp_*.bin   for `rampart plan --firmware`
#   wants                               lines for import.sh's WANTS: libraries, and links to them by the names that programs use
#   version, licence                    the driver's version, and the terms that come with it
# (FILES, a variable, may name another folder than /cache/files.) Files count by their names, wherever the archive has them:
# of several the one in the fewest folders, since those further in are of a part (supported-gpus/LICENSE), and of libraries one
# for x86-64, since there are those for 32 bits beside them. SHA256 may be "", which empties DIR. Prints SHA256. Runs in the
# toolbox.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 2 ] || die "usage: gpuarchive.sh SHA256 DIR"
sha=$1
dir=$2
echo "$sha"
[ ! -f "$dir/sha256" ] || [ "$(cat "$dir/sha256")" != "$sha" ] || exit 0
rm -rf "$dir"
[ -n "$sha" ] || exit 0
archive=${FILES:-/cache/files}/$sha
echo "$sha  $archive" | sha256sum --check --status 2>/dev/null || die "GPU_ARCHIVE: $archive is missing or damaged"
mkdir -p "$dir"
trap 'rm -rf "$dir/all" "$dir/names" "$dir/places"' EXIT

# The libraries that CUDA is: what a program loads them by (their SONAME), and by which other name it may.
libraries='libcuda.so 1
libnvidia-cfg.so 1
libnvidia-gpucomp.so -
libnvidia-ml.so 1
libnvidia-nvvm.so 4
libnvidia-pkcs11-openssl3.so -
libnvidia-ptxjitcompiler.so 1'

tar -tf "$archive" >"$dir/names" || die "GPU_ARCHIVE: not a tar archive"
is_wanted() # FILE NAME
{
	case $2 in *.so.*) ;; *) return 0 ;; esac
	case $(od -An -v -tx1 -N20 "$1" | tr -d ' \n') in
	7f454c460201*3e00) ;; # elf(5): 64 bits, little-endian, EM_X86_64
	*) return 1 ;;
	esac
}
take() # NAME TO
{
	awk -v name="$1" '{ n = split($0, part, "/") } part[n] == name { print n, $0 }' "$dir/names" |
		LC_ALL=C sort -k 1,1n -k 2 | cut -d ' ' -f 2- >"$dir/places"
	[ -s "$dir/places" ] || die "GPU_ARCHIVE: has no $1"
	mkdir -p "$(dirname "$2")"
	while read -r path; do
		fault="empty, or a link"
		tar -xOf "$archive" -- "$path" </dev/null >"$2"
		[ -s "$2" ] || continue
		! is_wanted "$2" "$1" || return 0
		fault="no library for x86-64"
	done <"$dir/places"
	die "GPU_ARCHIVE: $(tail -n 1 "$dir/places"): $fault"
}

version=$(sed -n 's|^\(.*/\)*libcuda\.so\.\([0-9][0-9.]*\.[0-9.]*[0-9]\)$|\2|p' "$dir/names" | sort -u)
case $version in
'') die "GPU_ARCHIVE: has no libcuda.so.VERSION" ;;
*'
'*) die "GPU_ARCHIVE: has several versions of libcuda.so" ;;
esac
echo "$version" >"$dir/version"
take LICENSE "$dir/licence"
sed -n 's|^\(.*/\)*\(gsp_[a-z0-9]*\.bin\)$|\2|p' "$dir/names" | sort -u >"$dir/all"
[ -s "$dir/all" ] || die "GPU_ARCHIVE: has no firmware, gsp_*.bin"
while read -r name; do
	take "$name" "$dir/firmware/nvidia/$version/$name"
done <"$dir/all"
echo "$libraries" | while read -r name number; do
	take "$name.$version" "$dir/lib64/$name.$version"
	echo "library $name.$version $dir/lib64/$name.$version"
	[ "$number" = - ] || echo "link $name.$number $name.$version"
done >"$dir/wants"
echo "link libcuda.so libcuda.so.1" >>"$dir/wants"
echo "$sha" >"$dir/sha256"
