# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# machine.sh: what the machine of tests/fuzz/machine says, for commands that judge it. Source it in place of tap.sh; the test is then in
# a folder of its own with golden.json, evidence.json and root.der. Sets $machine, and what own_folder sets.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
own_folder
machine=$top/tests/fuzz/machine
cp "$machine/golden.json" "$machine/evidence.json" "$machine/root.der" .
