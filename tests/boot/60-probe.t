#!/bin/sh
# SPDX-License-Identifier: MIT
# The probe runs as the container and tries every way out that we know: each must end as the probe
# expects. Then it goes off like a bomb, in every way, and the machine goes on.
set -eu
. tests/boot/lib.sh
vm=$work/vm
trap 'scripts/vm/down.sh "$vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

fetch() # PATH [CURL_OPTION...]
{
	path=$1
	shift
	curl -sSk --max-time 90 "$@" "https://127.0.0.1:$PORT$path"
}

# answers SENTENCE: the container answers again, after a while.
answers()
{
	tries=0
	until [ "$(fetch / --max-time 5 2>/dev/null)" = ok ] || [ $tries -ge 100 ]; do
		tries=$((tries + 1))
		sleep 0.2
	done
	is "$(fetch / --max-time 5 2>&1 | head -n 1)" ok "$1"
}

KEEP=1
export KEEP
boot build/probe/disk.img
is "$status" 0 "the machine comes up with the probe"
fetch /report >"$work/report" || :
if [ -n "${PROBE_REPORT:-}" ]; then cp "$work/report" "$PROBE_REPORT"; fi
shows "$work/report" '^# [0-9]+ attempts: ' "the probe reports to its end"
grep -v '^#' "$work/report" >"$work/attempts" || :
count=$(wc -l <"$work/attempts")
is "$([ "$count" -ge 60 ] && echo enough)" enough "it made at least 60 attempts ($count)"
while read -r name verdict rest; do
	is "$verdict" ok "$name: $rest"
done <"$work/attempts"

fetch /bomb/fork >"$work/fork"
shows "$work/fork" '^Resource temporarily unavailable after [0-9]+$' "a fork bomb meets limit.pids"
is "$([ "$(grep -o '[0-9]*$' "$work/fork")" -le 64 ] && echo below)" below "which the plan says is 64"
answers "the container answers after the fork bomb"
fetch /bomb/files >"$work/files"
shows "$work/files" '^(Too many open files|No file descriptors available) after [0-9]+$' "open files meet their limit"
fetch /bomb/scratch >"$work/scratch"
shows "$work/scratch" '^No space left on device after 4096$' "a full scratch meets its limit, 4096 KiB"
answers "the container answers after both"

fetch /bomb/memory >/dev/null 2>&1 || :
answers "the container answers after a memory bomb"
tr -d '\r' <"$vm/console.log" >"$console"
shows "$console" "^rampart: RESTART 1 " "since it was started again"
is "$(grep -c '^rampart: FAILED' "$console")" 0 "the machine survives it"
is "$(grep -ac 'PROBE-CANARY' "$console")" 0 "nothing that the container printed is on the console"
is "$(grep -avc '^rampart: ' "$console")" "$(sed '/^rampart: READY/,$d' "$console" | grep -avc '^rampart: ')" \
	"and nothing at all but the machine's own lines"
finish
