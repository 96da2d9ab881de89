#!/bin/sh
# SPDX-License-Identifier: MIT
# sh run.sh SECONDS RUNS [TARGET]: lets each fuzz target, or this one, make up inputs for so long or so many
# (0: without a limit), from its corpus and from what it found the last time (build/fuzz/found). Runs
# inside the toolbox. libFuzzer's own figures are shown on a terminal, else kept in build/fuzz/log. Exit
# code 1 if an input failed: it is in build/fuzz/crash, and belongs into tests/fuzz/corpus with the fix.
set -eu
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
[ $# -ge 2 ] && [ $# -le 3 ] || die "usage: run.sh SECONDS RUNS [TARGET]"
trap 'exit 130' INT TERM
seconds=$1
runs=$2
case $seconds in '' | *[!0-9]*) die "SECONDS=$seconds: not a number" ;; esac
case $runs in '' | *[!0-9]*) die "RUNS=$runs: not a number" ;; esac
[ "$seconds" -ne 0 ] || [ "$runs" -ne 0 ] || die "SECONDS=0 RUNS=0: would never end; give one of them"
all=$(find tests/fuzz/corpus -mindepth 1 -maxdepth 1 -type d -exec basename {} \; | sort)
targets=${3:-$all}
failed=0
# Of freed memory the last 8 MB are kept from use, which are those of hundreds of runs. With AddressSanitizer's
# own 256 MB no allocation finds its memory in a cache, and runs take three times as long.
export ASAN_OPTIONS=quarantine_size_mb=8

for target in $targets; do
	[ -x "build/fuzz/$target" ] && [ -d "tests/fuzz/corpus/$target" ] ||
		die "TARGET=$target: no target with a corpus in tests/fuzz"
	mkdir -p "build/fuzz/found/$target" build/fuzz/crash build/fuzz/log
	set -- "build/fuzz/$target" -max_total_time="$seconds" -timeout=30 -runs="$([ "$runs" -ne 0 ] && echo "$runs" || echo -1)" \
		-artifact_prefix="build/fuzz/crash/$target-" -print_final_stats=1 \
		"build/fuzz/found/$target" "tests/fuzz/corpus/$target"
	log=build/fuzz/log/$target
	status=0
	if [ -t 2 ]; then
		"$@" || status=$?
	else
		"$@" 2>"$log" || status=$?
	fi
	if [ "$status" -eq 0 ]; then
		[ -t 2 ] || echo "$target: nothing found in $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs"
	else
		echo "$target: an input failed, see build/fuzz/crash/$target-*"
		[ -t 2 ] || tail -n 40 "$log"
		failed=1
	fi
done
exit "$failed"
