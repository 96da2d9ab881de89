#!/bin/sh
# SPDX-License-Identifier: MIT
# `make repro`, interrupted: neither of its two builds, each in a session of its own, goes on.
# The real repro.sh, in a small tree whose builds hold a lock until they are ended.
set -eu
. tests/cli/tap.sh
work=$PWD/build/repro-interrupt-test
trap 'rm -rf "$work"' EXIT
export RAMPART_CACHE="$work/cache" WORK="$work"

# interrupt SIGNAL: $code of repro.sh, which got it when both builds were at work; its words in $work/words.
interrupt()
{
	rm -rf "$work"
	mkdir -p "$work/cache/files" "$work/tree/scripts/repro" "$work/tree/scripts/toolbox"
	cp scripts/lib.sh "$work/tree/scripts"
	cp scripts/repro/repro.sh "$work/tree/scripts/repro"
	printf '#!/bin/sh\nexit 0\n' >"$work/tree/scripts/toolbox/toolbox.sh"
	printf '#!/bin/sh\nexec sh "$WORK/build" second\n' >"$work/tree/scripts/toolbox/enter.sh"
	chmod +x "$work/tree/scripts/toolbox/toolbox.sh" "$work/tree/scripts/toolbox/enter.sh"
	printf 'golden:\n\t@sh "$$WORK/build" first\n' >"$work/tree/Makefile"
	printf 'exec flock "$WORK/$1.lock" sh -c ": >$WORK/$1.started; sleep 600"\n' >"$work/build"
	# A shell's background command would not hear SIGINT; env gives it back.
	env --default-signal="$1" "$work/tree/scripts/repro/repro.sh" >"$work/words" 2>&1 &
	repro=$!
	until [ -e "$work/first.started" ] && [ -e "$work/second.started" ]; do
		kill -0 $repro 2>/dev/null || break
		sleep 0.1
	done
	kill -s "$1" $repro
	code=0
	wait $repro || code=$?
}

for signal in TERM INT HUP; do
	interrupt $signal
	is "$code" 130 "SIG$signal: repro.sh says that it was interrupted"
	for build in first second; do
		code=0
		flock -w 60 "$work/$build.lock" true || code=$?
		is "$code" 0 "SIG$signal: the $build build has ended"
	done
done
finish
