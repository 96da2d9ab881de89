#!/bin/sh
# SPDX-License-Identifier: MIT
# Machines of other shapes than those whose references are in the tree, q35 and i440fx, with the toolbox's build of OVMF and
# with that of scripts/ovmf.lock: one boot of the empty payload records a reference (scripts/vm/platform.sh), golden values of
# the test image are predicted with it, and a boot of that image has them. Two boots a shape and build;
# SHAPES="pc-q35-10.0:1536:3 ..." (machine, MiB, processors) takes others.
# Needs: make image golden IMAGE=test, and an hour with an emulated processor.
# seen: qemu: twelve shapes with OVMF 2025.02 and 2022.11 each, booted and compared with their TPMs
set -eu
cd "$(dirname "$0")/../.."
. tests/boot/lib.sh
shapes=${SHAPES:-pc-q35-10.0:1024:1 pc-q35-10.0:1536:3 pc-q35-10.0:2047:2 pc-q35-10.0:2048:4 pc-q35-10.0:2816:2 pc-q35-10.0:3072:5
	pc-q35-10.0:4096:2 pc-q35-10.0:5000:8 pc-i440fx-10.0:1024:2 pc-i440fx-10.0:1536:1 pc-i440fx-10.0:3072:4 pc-i440fx-10.0:4096:3}


older=$(awk '$1 == "ovmf" { print $5 }' scripts/ovmf.lock)
[ "$(sha256sum <"/cache/files/$older" | cut -d' ' -f1)" = "$older" ] ||
	{ echo "Debian 12's OVMF is not in the cache; run: scripts/toolbox/fetch.sh scripts/ovmf.lock" >&2; exit 1; }
dpkg-deb -x "/cache/files/$older" "$work/older"

# has_values SHAPE: a machine of this shape, of which nothing is known yet.
has_values()
{
	VM_MACHINE=${1%%:*} CPUS=${1##*:} MEMORY=${1#*:}
	MEMORY=${MEMORY%:*}
	export VM_MACHINE CPUS MEMORY
	began=$(date +%s)
	scripts/vm/platform.sh "$work/platform.json" >"$work/platform.log" 2>&1 || { sed 's/^/# /' "$work/platform.log"; }
	echo "# $1: recorded in $(($(date +%s) - began)) s"
	golden=$work/golden.json
	build/bin/rampart predict --disk build/test/disk.img --plan build/test/plan --platform "$work/platform.json" >"$golden" || :
	boot build/test/disk.img
	explain
	is "$verdict" 0 "$1, OVMF ${VM_FIRMWARE:-of the toolbox}: every PCR has its golden value"
	[ "$verdict" = 0 ] || sed 's/^/# /' "$work/explained"
	rm -f "$work/platform.json"
}

for shape in $shapes; do
	has_values "$shape"
done
VM_FIRMWARE=$(awk '$1 == "ovmf" { print $2 }' scripts/ovmf.lock)
OVMF_CODE=$work/older/usr/share/OVMF/OVMF_CODE_4M.fd
OVMF_VARS=$work/older/usr/share/OVMF/OVMF_VARS_4M.fd
export VM_FIRMWARE OVMF_CODE OVMF_VARS
for shape in $shapes; do
	has_values "$shape"
done
finish
