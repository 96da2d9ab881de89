#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh IMAGE OUT.erofs OUT.config.json
#     [OUT.manifest.json [OUT.files.txt [OUT.user [OUT.notes [OUT.account]]]]]
#
# Turns one container image into a read-only EROFS file system and copies its configuration and its
# manifest out (a docker-archive has none: then OUT.manifest.json is empty). IMAGE is an OCI layout, as
# a folder or a tar archive, or a docker-archive; layers are tar, tar+gzip or tar+zstd. Runs inside
# the toolbox.
#
# Every blob is compared with its digest, layers also uncompressed. A hostile or damaged image is
# refused with one line that names layer and entry; scripts/image/oci reads it, and writes nothing but its
# own work folder. The same layers give the same bytes: times, UUIDs, the order of the archive and its
# compression do not matter. What a container cannot have anyway is removed and reported: setuid and setgid
# bits, extended attributes and file capabilities, device nodes and named pipes. Files of the image's user
# belong to the one user that the container runs as, and all others to root: OUT.user has the user's
# numbers and name, OUT.account its login and home in /etc/passwd. The empty folders that the launcher
# mounts on are added, and the working directory, if it is missing. WANTS, a variable, may name what
# `rampart plan --wants` has printed: more such folders, how the file system is compressed, and the
# container's name, for an /etc/hosts, /etc/hostname and /etc/resolv.conf of its own.
#
# Memory does not grow with the image's contents: some 60 MB, and up to 512 MiB to compress. The disk of
# OUT.erofs holds, beside it, a second copy of them while it is made.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -ge 3 ] || die "usage: import.sh IMAGE OUT.erofs OUT.config.json" \
	"[OUT.manifest.json [OUT.files.txt [OUT.user [OUT.notes [OUT.account]]]]]"
image=$1
erofs=$2
work=$erofs.import
umask 022

rm -rf "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$work"
read_image()
{
	# Memory for pieces of a MiB is kept, not given back and zeroed anew for each: a third of the time.
	MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=268435456 \
		python3 -I -B -X utf8 "$(dirname "$0")/oci" "$image" "$work" ${WANTS:+"$WANTS"} 2>"$work/errors"
}
with_progress OCI "$erofs" "$work/log" read_image || die "$image: $(tail -n 1 "$work/errors")"
LC_ALL=C sort -S 64M -T "$work" -o "$work/files" "$work/files"

# At most a screenful; OUT.notes has them all.
notes=$(wc -l <"$work/notes")
sed -n '1,20s/^/  import: /p' "$work/notes" >&2
[ "$notes" -le 20 ] || echo "  import: and $((notes - 20)) more${7:+: see $7}" >&2

[ -e "$work/manifest" ] || : >"$work/manifest"
shift
for name in config manifest files user notes account; do
	shift
	[ $# -gt 0 ] || break
	mv "$work/$name" "$1"
done
mv "$work/erofs" "$erofs"
