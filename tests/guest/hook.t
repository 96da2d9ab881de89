#!/bin/sh
# SPDX-License-Identifier: MIT
# udhcpc's hook: what it hands over, and what it refuses. guest/dhcp has it behind its walls.
set -eu
hook=${HOOK:-build/guest/udhcpc-hook}
n=0
failed=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT

result() # OK NAME
{
	n=$((n + 1))
	[ "$1" -eq 0 ] || { failed=1; printf 'not '; }
	echo "ok $n - $2"
}

# Runs the hook; prints what it hands over, in hex.
run() # EVENT [VARIABLE=VALUE...]
{
	event=$1
	shift
	(env -i "$@" "$hook" "$event" 5>"$out" 2>/dev/null) || return 1
	od -An -v -tx1 "$out" | tr -d ' \n'
}

hands() # NAME EXPECTED EVENT [VARIABLE=VALUE...]
{
	name=$1
	expected=$2
	shift 2
	status=0
	got=$(run "$@") || status=$?
	[ "$got" = "$expected" ] && [ "$status" -eq 0 ] && { result 0 "$name"; return; }
	result 1 "$name"
	printf 'status %s, got:\n%s\nexpected:\n%s\n' "$status" "$got" "$expected" | sed 's/^/#   /'
}

refuses() # NAME [VARIABLE=VALUE...]
{
	name=$1
	shift
	status=0
	run bound "$@" >/dev/null || status=$?
	got=$(od -An -v -tx1 "$out")
	[ -z "$got" ] && [ "$status" -eq 1 ] && { result 0 "refuses $name"; return; }
	result 1 "refuses $name"
	printf 'status %s, got:\n%s\n' "$status" "$got" | sed 's/^/#   /'
}

good="ip=10.0.2.15 subnet=255.255.255.0"
# shellcheck disable=SC2086 # words on purpose
{
	hands "bound: address, mask and router" 0a00020fffffff000a000202 bound $good router=10.0.2.2
	hands "bound: without a router" 0a00020fffffff0000000000 bound $good
	hands "renew: the same" 0a00020fffffff0000000000 renew $good
	hands "bound: a host address" 0a800005ffffffff0a800001 \
		bound ip=10.128.0.5 subnet=255.255.255.255 router=10.128.0.1
	hands "bound: of several routers the first counts" 0a00020fffffff000a000202 \
		bound $good "router=10.0.2.2 10.0.2.3"
	hands "deconfig: nothing" "" deconfig $good
	hands "nak: nothing" "" nak $good

	refuses "no address" subnet=255.255.255.0
	refuses "no mask" ip=10.0.2.15
	for ip in 10.0.2 10.0.2.256 010.0.2.15 0x0a.0.2.15 167772687 10.0.2.15/24 "10.0.2.15 " \
		10.0.2.15.1 "" 0.0.0.0 0.1.2.3 127.0.0.1 224.0.0.1 240.0.0.1 255.255.255.255; do
		refuses "the address \"$ip\"" "ip=$ip" subnet=255.255.255.0
	done
	for mask in 0.0.0.0 255.0.255.0 255.255.255.1 24 0.255.255.255; do
		refuses "the mask $mask" ip=10.0.2.15 "subnet=$mask"
	done
	for router in 0.0.0.0 127.0.0.1 224.0.0.1 10.0.2.15 router "" " 10.0.2.2" "10.0.2.2,10.0.2.3"; do
		refuses "the router \"$router\"" $good "router=$router"
	done
}
echo "1..$n"
exit $failed
