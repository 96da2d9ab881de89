#!/bin/sh
# SPDX-License-Identifier: MIT
# A disk that is larger than its partition table says, as clouds and USB sticks have it: the table is measured, and the
# disk's end is not.
set -eu
. tests/boot/lib.sh

python3 -I -B -X utf8 scripts/image/formats gce build/test/disk.img "$work/disk.tar.gz"
tar -xzf "$work/disk.tar.gz" -C "$work"
is "$(stat -c %s "$work/disk.raw")" 1073741824 "the disk that Compute Engine gets has a whole GiB"
build/bin/rampart predict --disk "$work/disk.raw" --plan build/test/plan --platform "$(cat build/test/platform)" >"$work/padded.json"
is "$(jq -c .pcrs "$work/padded.json")" "$(jq -c .pcrs "$golden")" "the values that are computed for it are those of the small one"
boot "$work/disk.raw"
shows "$console" '^rampart: SERVING' "it boots"
explain
is "$verdict" 0 "and every PCR has its golden value"
finish
