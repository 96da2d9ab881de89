#!/bin/sh
# SPDX-License-Identifier: MIT
# attest.sh [RESULTS]: attestations served a second by the guest's gateway and quoter, as they are in the guest,
# with swtpm, all on the same processors as their clients. Each is asked for over a connection of its
# own, whose full handshake is in the figure. Runs on the host after `make image IMAGE=test`. Appends
# lines, several of each:
#	attest.many N         with CLIENTS clients at once, whose requests share quotes
#	attest.many-quotes N  quotes a second meanwhile
#	attest.one N          with one client, each of whose requests needs a quote of its own
#	gateway.attack.activate N  how many times as long a client waits beside credentials (attack.c)
# Environment: ROUNDS (default 5), TURN_SECONDS (3), CLIENTS (64).
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
cd "$(dirname "$0")/../.."
out=build/bench/gateway
if [ "${1:-}" != --inside ]; then
	exec scripts/toolbox/enter.sh env ROUNDS="${ROUNDS:-5}" TURN_SECONDS="${TURN_SECONDS:-3}" \
		CLIENTS="${CLIENTS:-64}" tests/bench/attest.sh --inside "${1:-$out/results}"
fi
results=$2

tests/bench/gateway/programs.sh
$out/upstream 8080 &
: >$out/attest.said
$out/quoter $out/world >$out/attest.said &
tries=0
until read -r word port _ <$out/attest.said && [ "$word" = serving ]; do
	tries=$((tries + 1))
	[ $tries -le 300 ] || die "the gateway does not serve: $(cat $out/attest.said)"
	sleep 0.1
done
round=0
while [ $round -lt "$ROUNDS" ]; do
	many=$($out/client evidence "$port" "$CLIENTS" "$TURN_SECONDS")
	one=$($out/client evidence "$port" 1 "$TURN_SECONDS")
	printf 'attest.many %s\nattest.many-quotes %s\nattest.one %s\n' "${many% *}" "${many#* }" "${one% *}" >>"$results"
	round=$((round + 1))
done
$out/attack "$port" activate >$out/attacks
awk '{ print "gateway.attack." $1, $4 }' $out/attacks >>"$results"
step ATTEST "$many a second (answers, quotes) with $CLIENTS clients, ${one% *} with one"
