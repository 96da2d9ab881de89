#!/bin/sh
# SPDX-License-Identifier: MIT
# The processor is the host's choice: one that lacks what the walls lean on, or that the kernel calls
# vulnerable, ends the boot with its name. One with two threads a core is fine, and the container has the
# cores that it runs on to itself.
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
usual=max,-erms,-fsrm,-fsrs # scripts/vm/vm.sh

# refused CPU_MODEL REASON
refused()
{
	CPU_MODEL=$1 WAIT_FOR=' is never said' boot build/test/disk.img # only the end of the machine ends the wait
	is "$status" 0 "$1: the machine powers off"
	shows "$console" "^rampart: FAILED stage=lockdown reason=$2" "$1: naming it"
	is "$(grep -c '^rampart: SERVING' "$console")" 0 "$1: never serves"
}
for flag in smep smap; do
	refused "$usual,-$flag" "the processor has no $flag, or the host hides it; "
done
# Without the microcode's MD_CLEAR, which TCG does not have.
refused "Skylake-Client,-erms" 'the processor leaks \([a-z_]+: "Vulnerable'

CPUS=2,threads=2 boot build/test/disk.img
shows "$console" '^rampart: SERVING' "two threads of one core: the container takes the core for itself, and is served"
finish
