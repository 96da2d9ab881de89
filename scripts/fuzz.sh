#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz.sh SECONDS [TARGET]: lets each fuzz target, or this one, make up inputs for so long, from its
# corpus and from what it found the last time (build/fuzz/found). Runs inside the toolbox. libFuzzer's
# own progress is shown on a terminal, else kept in build/fuzz/log. Exit code 1 if an input failed:
# it is in build/fuzz/crash, and belongs into tests/fuzz/corpus with the fix.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
[ $# -ge 1 ] && [ $# -le 2 ] || die "usage: fuzz.sh SECONDS [TARGET]"
trap 'exit 130' INT TERM
seconds=$1
case $seconds in '' | *[!0-9]*) die "SECONDS=$seconds: not a number" ;; esac
all=$(find tests/fuzz/corpus -mindepth 1 -maxdepth 1 -type d -exec basename {} \; | sort)
targets=${2:-$all}
failed=0

for target in $targets; do
	[ -x "build/fuzz/$target" ] && [ -d "tests/fuzz/corpus/$target" ] ||
		die "TARGET=$target: no target with a corpus in tests/fuzz"
	mkdir -p "build/fuzz/found/$target" build/fuzz/crash build/fuzz/log
	set -- "build/fuzz/$target" -max_total_time="$seconds" -timeout=30 \
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
		echo "$target: nothing found in $seconds seconds"
	else
		echo "$target: an input failed, see build/fuzz/crash/$target-*"
		[ -t 2 ] || tail -n 40 "$log"
		failed=1
	fi
done
exit "$failed"
