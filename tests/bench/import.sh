#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh RESULTS: the import of a container of more than a gigabyte (tests/servers), as an OCI layout and as a
# docker-archive, beside `umoci unpack` and `mkfs.erofs` of that layout. Appends "import.layout", "import.archive" and
# "import.peers", seconds, and "import.bytes" of the archive. Runs in the toolbox; needs the root of scripts/servers.lock.
# Environment: ROUNDS (default 3).
set -eu
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
results=$1
out=build/bench/import
rm -rf $out
mkdir -p $out
trap 'rm -rf $out' EXIT
tests/servers/container.sh $out/layout
skopeo copy --quiet --insecure-policy "oci:$out/layout" "docker-archive:$out/archive.tar:server:latest"
echo "import.bytes $(stat -c %s $out/archive.tar)" >>"$results"

peers()
{
	umoci unpack --image $out/layout $out/unpacked
	mkfs.erofs --quiet $out/peers.erofs $out/unpacked/rootfs
}

timed() # NAME COMMAND...
{
	name=$1
	shift
	start=$(date +%s%N)
	"$@" >$out/log 2>&1 || { tail -n 15 $out/log >&2; die "failed: $*"; }
	took=$(awk -v ns=$(($(date +%s%N) - start)) 'BEGIN { printf "%.2f\n", ns / 1e9 }')
	step IMPORT "$name: $took s"
	echo "import.$name $took" >>"$results"
}

round=0
while [ $round -lt "${ROUNDS:-3}" ]; do
	round=$((round + 1))
	rm -rf $out/unpacked $out/*.erofs $out/config.json
	timed peers peers
	timed layout scripts/image/import.sh $out/layout $out/ours.erofs $out/config.json
	timed archive scripts/image/import.sh $out/archive.tar $out/ours.erofs $out/config.json
done
