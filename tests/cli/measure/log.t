#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart log and replay: logs as odd firmware writes them (oddlogs.py, with a replay of its own), and
# what is said of an event that breaks a rule, and of a log that is cut.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
rampart=$PWD/build/bin/rampart
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 "$(dirname "$0")/oddlogs.py" "$dir" || exit 1

for want in "$dir"/*.want; do
	name=$(basename "$want" .want)
	jq -S . "$want" >"$dir/w"
	"$rampart" replay "$dir/$name.bin" --json 2>"$dir/err" | jq -S . >"$dir/g"
	same "$dir/w" "$dir/g" "replay: $name.bin has the values that it should"
	"$rampart" log "$dir/$name.bin" >"$dir/out" 2>"$dir/err"
	is "$? $(grep -c 'breaks a rule' "$dir/out")" "0 0" "log: $name.bin breaks no rule"
done

broken() # NAME EVENTS BROKEN PATTERN: both say the rule; log has so many events, and so many that break one
{
	"$rampart" replay "$dir/$1.bin" --json >"$dir/out" 2>"$dir/err"
	is "$? $(wc -c <"$dir/out") $(wc -l <"$dir/err") $(grep -c -- "$4" "$dir/err")" "2 0 1 1" \
		"replay: $1.bin is refused with the rule"
	"$rampart" log "$dir/$1.bin" >"$dir/out" 2>"$dir/err"
	is "$? $(grep -c '  PCR ' "$dir/out") $(grep -c 'breaks a rule: ' "$dir/out") $(grep -c -- "$4" "$dir/err")" \
		"2 $2 $3 1" "log: $1.bin: $2 events are shown, $3 with a rule"
	"$rampart" log "$dir/$1.bin" --json >"$dir/out" 2>"$dir/err"
	is "$? $(jq 'length' "$dir/out") $(jq '[.[] | select(.breaks)] | length' "$dir/out")" "2 $2 $3" \
		"log --json: the same"
}
broken pcrs 13 2 'pcrs.bin: at byte [0-9]*: event 10 (PCR 99, EV_ACTION): measurement into a PCR above 23 (and 1 more)'
broken late 12 1 'event 10 (PCR 0, EV_NO_ACTION): StartupLocality comes after'
broken another 12 1 'event 2 (PCR 0, EV_NO_ACTION): StartupLocality is another'
broken impossible 11 1 'event 1 (PCR 0, EV_NO_ACTION): StartupLocality is none of'
broken none 11 1 'event 1 (PCR 0, EV_NO_ACTION): StartupLocality without'
broken more 1 0 'at byte [0-9]*: record has more digests than the header has banks'
broken cut 9 0 'at byte [0-9]*: record cut short'
broken behind 10 0 'at byte [0-9]*: measurement without a digest'
"$rampart" log "$dir/pcrs.bin" >"$dir/out" 2>"$dir/err"
is "$(grep -A 1 '^ 10  PCR 99' "$dir/out" | tail -n 1)" "     breaks a rule: measurement into a PCR above 23" \
	"the rule stands below its event"

# The same of a console, whose machine may have died in the middle of it.
base64 -w 76 "$dir/cut.bin" | sed 's/^/rampart: firmware-log /' >"$dir/console"
"$rampart" log --console "$dir/console" >"$dir/out" 2>"$dir/err"
is "$? $(grep -c '  PCR ' "$dir/out") $(grep -c 'record cut short' "$dir/err")" "2 9 1" "a console's log is no other"
finish
