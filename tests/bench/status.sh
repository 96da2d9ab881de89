#!/bin/sh
# SPDX-License-Identifier: MIT
# status.sh RESULTS: boots images/llm, which tells its status while it loads, and appends several of "status.first N",
# milliseconds on the host's clock from the guest's word that it has an address until its status was answered, and
# "status.again N", what one more answer takes: each has a TLS handshake of its own, which is slow under TCG. Runs in the toolbox. MEMORY, CPUS and PORT as in scripts/vm/vm.sh; ROUNDS.
set -eu
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
results=$1
state=build/bench/status
trap 'scripts/vm/down.sh $state >/dev/null 2>&1 || :' EXIT
rm -rf $state
round=0
while [ $round -lt "${ROUNDS:-3}" ]; do
	rm -f $state/console.log
	tests/bench/status.py "${PORT:-8443}" $state/console.log >$state.ms &
	BOOT_DEADLINE=300 WAIT_FOR='^rampart: (SERVING|FAILED)' KEEP=1 scripts/vm/boot.sh build/llm/disk.img $state
	wait $! || die "no status: see $state/console.log"
	scripts/vm/down.sh $state
	read -r first again <$state.ms
	step STATUS "$first ms after the address; one more answer $again ms"
	printf 'status.first %s\nstatus.again %s\n' "$first" "$again" >>"$results"
	round=$((round + 1))
done
