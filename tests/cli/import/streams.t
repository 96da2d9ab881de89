#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh and an image that is larger than what the import may have: of memory it needs a small part of it, and of the disk
# no more than a second copy beside the result.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
here=$(dirname "$0")
dir=$(mktemp -d)
disk=$dir/disk
trap 'umount "$disk" 2>/dev/null; rm -rf "$dir"' EXIT
mkdir "$disk"
mount -t tmpfs -o size=320m tmpfs "$disk" 2>/dev/null || { echo "1..0 # SKIP no tmpfs can be made here"; exit 0; }

# 144 MiB in three layers, which nothing makes smaller.
python3 -I -B -c '
import os, sys
sys.path.insert(0, sys.argv[1])
from images import *
Layout([tar(item(f"part{i}", os.urandom(48 << 20))) for i in range(3)], sys.argv[3]).write(sys.argv[2])' "$here" "$dir/layout" gzip
tar -C "$dir/layout" -cf "$dir/archive.tar" .

for image in layout archive.tar; do
	# The disk holds them twice, and 32 MiB for lists. Addresses are limited to 96 MiB, which is less than memory would be.
	prlimit --as=100663296 scripts/image/import.sh "$dir/$image" "$disk/erofs" "$disk/config" "$disk/manifest" "$disk/files" \
		>/dev/null 2>"$dir/err"
	result $? "$image: less memory than it has, and twice its size of disk, are enough"
	sed 's/^/# /' "$dir/err"
	is "$(awk '$3 > 1048576 { n++ } END { print n }' "$disk/files")" 3 "$image: all of it"
	rm -f "$disk"/*
done
prlimit --as=33554432 scripts/image/import.sh "$dir/layout" "$disk/erofs" "$disk/config" >/dev/null 2>&1
result $((! $?)) "with a third of that memory it fails: it is limited"
finish
