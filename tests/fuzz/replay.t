#!/bin/sh
# SPDX-License-Identifier: MIT
# Every fuzz target gets its corpus once more, and what VECTORS has of its kind; nothing is made up, so
# the same happens each time. `make fuzz` makes up new inputs.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# An input that takes as long hangs.
replay() # TARGET SENTENCE FILE...
{
	target=$1 sentence=$2
	shift 2
	status=0
	"build/fuzz/$target" -timeout=30 -artifact_prefix="$out/" "$@" >"$out/log" 2>&1 || status=$?
	result "$status" "$target: $sentence"
	[ "$status" -eq 0 ] || tail -n 30 "$out/log" | sed 's/^/# /'
}

for source in tests/fuzz/*.c; do
	target=$(basename "$source" .c)
	[ "$target" != seeds ] || continue
	replay "$target" "every input of its corpus passes" "tests/fuzz/corpus/$target"/*
done
if [ -d /mnt/vectors ]; then
	replay firmware-log "so do logs of real machines" /mnt/vectors/eventlogs/*
	replay certificates "so do certificates of real machines" /mnt/vectors/evidence/*/*.crt
else
	result 0 "logs and certificates of real machines pass # SKIP no VECTORS"
fi
finish
