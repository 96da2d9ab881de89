#!/bin/sh
# SPDX-License-Identifier: MIT
# A network as Google has it, and short leases: the machine takes another address with the second, renews
# that with the third, and is open to somebody far away each time, behind a router that is in no subnet of its own.
# seen: gce: a machine takes and renews leases as they are there
set -eu
. tests/boot/lib.sh
network=
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; [ -z "$network" ] || kill "$network" 2>/dev/null || :; rm -rf "$work"' EXIT
KEEP=1
VM_NETDEV="stream,server=off,addr.type=unix,addr.path=$work/line"
export KEEP VM_NETDEV
start_network
boot build/test/disk.img
shows "$console" '^rampart: ADDRESS eth0 10\.128\.0\.5/32$' "the machine has the one address that it was given"
shows "$console" '^rampart: SERVING port=443$' "and serves"
tries=0
until [ "$(grep -c open "$work/said")" = 3 ] || [ $tries -ge 3000 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
is "$(cat "$work/said")" "lease 10.128.0.5, asked for 0.0.0.0
open 10.128.0.5, segments of 1420
lease 10.128.0.6, asked for 10.128.0.5
open 10.128.0.6, segments of 1420
lease 10.128.0.6, asked for 10.128.0.6
open 10.128.0.6, segments of 1420" "it asks again for what it has, takes what it gets, and is open each time"
tr -d '\r' <"$work/vm/console.log" >"$console"
shows "$console" '^rampart: ADDRESS eth0 10\.128\.0\.6/32$' "the console says of the other address"
is "$(grep -c '^rampart: \(ADDRESS\|RENEWAL\|FAILED\)' "$console")" 2 "and says no more of it"
finish
