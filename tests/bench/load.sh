#!/bin/sh
# SPDX-License-Identifier: MIT
# load.sh RESULTS: times how models are loaded into RAM and proved (tests/bench/load.c) beside what the
# processor can hash (`openssl speed`, one core) and beside sha256sum and `fsverity digest`, in turns.
# Runs in the toolbox. Appends lines "load.WHAT MB_PER_SECOND", several of each, and "load.cores N".
# Environment: LOAD_MB (default 256), ROUNDS.
set -eu
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
results=$1
size=${LOAD_MB:-256}
out=build/bench/load
ram=$out/ram
mkdir -p $ram
mount -t tmpfs -o "size=$((3 * size + 64))m" tmpfs $ram # files, too: a page cache may be taken away
trap 'umount $ram' EXIT

gcc -std=gnu11 -O2 -Wall -Wextra -Werror -I. -o $out/load tests/bench/load.c \
	measure/lib/digests.c measure/lib/fsverity.c measure/lib/hash.c -lcrypto
head -c "${size}M" /dev/urandom >$ram/one
split -n 4 $ram/one $ram/part.

rate() # NAME MILLISECONDS
{
	echo "load.$1 $(awk -v mb="$size" -v ms="$2" 'BEGIN { printf "%.1f", mb * 1.048576 / ms * 1000 }')" >>"$results"
}
ours() # NAME KIND FILE...
{
	name=$1
	shift
	$out/load $ram "$@" >$out/said
	rate "$name" "$(head -n 1 $out/said)"
}
peer() # NAME COMMAND...
{
	name=$1
	shift
	start=$(date +%s%N)
	"$@" >/dev/null
	rate "$name" $((($(date +%s%N) - start) / 1000000))
}
openssl_speed()
{
	# "+F:22:sha256:…:BYTES_PER_SECOND": one number, for blocks of 16 KiB.
	openssl speed -mr -seconds 1 -bytes 16384 -evp sha256 2>/dev/null |
		sed -n 's/^+F:.*:\([0-9.]*\)$/\1/p' | awk '{ printf "load.openssl %.1f\n", $1 / 1e6 }' >>"$results"
}

echo "load.cores $(nproc)" >>"$results"
round=0
while [ $round -lt "${ROUNDS:-3}" ]; do
	openssl_speed
	ours fsverity fsverity $ram/one
	ours several sha256 $ram/part.*
	openssl_speed
	ours sha256 sha256 $ram/one
	peer sha256sum sha256sum $ram/one
	peer fsverity-tool fsverity digest $ram/one
	round=$((round + 1))
done
# What was timed was also right.
$out/load $ram sha256 $ram/one | tail -n 1 | grep -q "$(sha256sum <$ram/one | cut -d' ' -f1)" ||
	die "the digest of the loaded file is not sha256sum's"
$out/load $ram fsverity $ram/one | tail -n 1 | grep -q "$(fsverity digest --compact $ram/one)" ||
	die "the digest of the loaded file is not fsverity's"
step LOAD "$(awk '/^load\.(openssl|fsverity|several|sha256) / { n[$1]++; s[$1] += $2 } END {
	for (k in n) printf "%s %.0f MB/s  ", substr(k, 6), s[k] / n[k] }' "$results")"
