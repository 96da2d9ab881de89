#!/bin/sh
# SPDX-License-Identifier: MIT
# Machines of other shapes than those whose references are in the tree, q35 and i440fx: one boot of the empty payload records
# a reference (scripts/vm/platform.sh), golden values of the test image are predicted with it, and a boot of that image has
# them. Two boots a shape; SHAPES="pc-q35-10.0:1536:3 ..." (machine, MiB, processors) takes others.
# Needs: make image golden IMAGE=test, and an hour with an emulated processor.
set -eu
cd "$(dirname "$0")/../.."
. tests/boot/lib.sh
shapes=${SHAPES:-pc-q35-10.0:1024:1 pc-q35-10.0:1536:3 pc-q35-10.0:2047:2 pc-q35-10.0:2048:4 pc-q35-10.0:2816:2 pc-q35-10.0:3072:5
	pc-q35-10.0:4096:2 pc-q35-10.0:5000:8 pc-i440fx-10.0:1024:2 pc-i440fx-10.0:1536:1 pc-i440fx-10.0:3072:4 pc-i440fx-10.0:4096:3}

for shape in $shapes; do
	VM_MACHINE=${shape%%:*} CPUS=${shape##*:} MEMORY=${shape#*:}
	MEMORY=${MEMORY%:*}
	export VM_MACHINE CPUS MEMORY
	began=$(date +%s)
	scripts/vm/platform.sh "$work/platform.json" >"$work/platform.log" 2>&1 || { sed 's/^/# /' "$work/platform.log"; }
	echo "# $shape: recorded in $(($(date +%s) - began)) s"
	golden=$work/golden.json
	build/bin/rampart predict --disk build/test/disk.img --plan build/test/plan --platform "$work/platform.json" >"$golden" || :
	boot build/test/disk.img
	explain
	is "$verdict" 0 "$shape: every PCR has its golden value"
	rm -f "$work/platform.json"
done
finish
