#!/bin/sh
# SPDX-License-Identifier: MIT
# The guest's programs, started by somebody else than the machine's boot: each ends with a reason.
set -eu
guest=${GUEST:-build/guest}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
failed=0

is() # GOT EXPECTED NAME
{
	n=$((n + 1))
	[ "$1" = "$2" ] && { echo "ok $n - $3"; return; }
	failed=1
	printf 'not ok %s - %s\n#   got "%s"\n#   expected "%s"\n' "$n" "$3" "$1" "$2"
}

status=0
"$guest/init" >"$dir/out" 2>&1 || status=$?
is "$status $(cat "$dir/out")" "2 rampart init: only the kernel starts this, as PID 1" \
	"init: refuses to be another process than PID 1"

# launch PLAN: the launcher as init starts it; sets status and what it reported
launch()
{
	status=0
	"$guest/container" 3<"$1" 4>"$dir/report" 5</dev/null >/dev/null 2>&1 || status=$?
	reported=$(cat "$dir/report")
}

: >"$dir/plan"
launch "$dir/plan"
is "$status $reported" "1 last line has no newline: Bad message" "launcher: an empty plan"

printf 'rampart-plan/2\n' >"$dir/plan"
launch "$dir/plan"
is "$status $reported" '1 another version than "rampart-plan/1": Not supported' \
	"launcher: a plan of another version"

head -c 65537 /dev/zero >"$dir/plan"
launch "$dir/plan"
is "$status $reported" "1 larger than a plan may be: File too large" "launcher: a plan that is too large"

for program in init container gateway quoter cloud udhcpc-hook refusals; do
	readelf -lW "$guest/$program" >"$dir/headers"
	is "$(grep -cE 'INTERP|DYNAMIC' "$dir/headers" || :)" 0 "$program: needs no loader"
	is "$(grep -c 'GNU_STACK.* RW ' "$dir/headers")" 1 "$program: its stack is not executable"
done

echo "1..$n"
exit $failed
