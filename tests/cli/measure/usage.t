#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart on its own: help, unknown commands, exit codes.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
rampart=$PWD/build/bin/rampart

out=$("$rampart" help)
is "$? $(echo "$out" | head -n 1)" "0 usage: rampart COMMAND [ARGUMENT...]" "help lists the commands"
for command in $(echo "$out" | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	out=$("$rampart" "$command" --help)
	is "$? $(echo "$out" | head -n 1 | cut -d' ' -f1-3)" "0 usage: rampart $command" "$command has a help of its own"
	err=$("$rampart" "$command" --no-such-option 2>&1 >/dev/null)
	is "$? $(echo "$err" | wc -l) $(echo "$err" | cut -d: -f1)" "2 1 rampart $command" "$command refuses an unknown option in one line"
done
err=$("$rampart" 2>&1 >/dev/null)
is "$? $(echo "$err" | head -n 1)" "2 usage: rampart COMMAND [ARGUMENT...]" "no command is a usage error"
is "$("$rampart" --version; echo $?)" "rampart $(sed -n 's/^Version: //p' measure/rampart.pc.in)
0" "the version is that of the library"
is "$("$rampart" --version 2>&1 >/dev/full | cut -d: -f1); $("$rampart" help | grep -c -e '^ *rampart --version$')" "rampart --version; 1" \
	"which has to be written, and help names it"
err=$("$rampart" exlpain 2>&1 >/dev/null)
is "$? $err" '2 rampart: no command "exlpain"; the nearest is "explain" (see: rampart help)' "an unknown command is one, and what was meant is named"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo '{' >"$dir/golden.json"
echo nonsense >"$dir/roots.pem"
err=$("$rampart" verify 127.0.0.1:1 --golden "$dir/golden.json" --roots "$dir/roots.pem" 2>&1 >/dev/null)
is "$? ${err%%not JSON*}" "2 rampart verify: $dir/golden.json:2: " "verify names a broken file once, with its line"
finish
