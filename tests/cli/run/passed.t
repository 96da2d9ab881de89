#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/run with PASSED: what passed is run again when it would see other files, and what failed or skipped always.
set -eu
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
own_folder
mkdir -p tests/cli build/host measure
cp "$top/tests/run" "$top/tests/passed.sh" tests/
: >measure/a.c

says() # FILE LINE...: a test that prints these
{
	file=$1
	shift
	{ echo '#!/bin/sh' && printf "echo '%s'\n" "$@"; } >"$file"
	chmod +x "$file"
}
says tests/cli/any.t "ok 1 - any" "1..1"
says build/host/test-one "ok 1 - one" "1..1"
says build/host/test-skip "ok 1 - none # SKIP not here" "1..1"
says build/host/test-bad "not ok 1 - bad" "1..1"

ran() # [NAME=VALUE...]: how many checks ran
{
	env MUST_RUN='' AGAIN='' PASSED=build/passed "$@" tests/run tests/cli build/host/test-one build/host/test-skip build/host/test-bad 2>&1 | tail -n 1
}
is "$(ran)" "2 passed, 1 failed, 1 skipped" "all run at first"
is "$(ran)" "0 passed, 1 failed, 1 skipped" "then what failed or skipped"
is "$(ran AGAIN=1)" "2 passed, 1 failed, 1 skipped" "and all, when asked to"
echo 'int other;' >measure/a.c
is "$(ran)" "1 passed, 1 failed, 1 skipped" "a source that is changed: what may look at it, not a program that has it in itself"
echo data >measure/data
is "$(ran)" "2 passed, 1 failed, 1 skipped" "data that are changed: both"
says build/host/test-one "not ok 1 - one" "1..1"
is "$(ran)" "1 passed, 2 failed, 1 skipped" "a program that is changed, and fails now"
is "$(ran)" "0 passed, 2 failed, 1 skipped" "fails again"
finish
