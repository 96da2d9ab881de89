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

# ADDRESS MASK SECONDS MTU ROUTES..., eight digits each, as the hook hands them over
lease()
{
	printf %s%s%s%s "$1" "$2" "$3" "$4"
	shift 4
	printf %08x $(($# / 3))
	printf %s "$@"
}

good="ip=10.0.2.15 subnet=255.255.255.0"
none=00000000
ones=ffffffff
# shellcheck disable=SC2086 # words on purpose
{
	hands "bound: address, mask and router" "$(lease 0a00020f ffffff00 $none $none $none $none 0a000202)" \
		bound $good router=10.0.2.2
	hands "bound: without a router" "$(lease 0a00020f ffffff00 $none $none)" bound $good
	hands "renew: the same" "$(lease 0a00020f ffffff00 $none $none)" renew $good
	hands "bound: a host address" "$(lease 0a800005 $ones $none $none $none $none 0a800001)" \
		bound ip=10.128.0.5 subnet=255.255.255.255 router=10.128.0.1
	hands "bound: of several routers the first counts" "$(lease 0a00020f ffffff00 $none $none $none $none 0a000202)" \
		bound $good "router=10.0.2.2 10.0.2.3"
	hands "bound: time and MTU" "$(lease 0a00020f ffffff00 00015180 000005b4)" bound $good lease=86400 mtu=1460
	hands "bound: a time without end" "$(lease 0a00020f ffffff00 $ones $none)" bound $good lease=4294967295
	hands "bound: routes, in their order, and no router beside them" \
		"$(lease 0a00020f ffffff00 $none $none 0a800001 $ones $none $none $none 0a800001 0a000000 ff000000 0a800001)" bound $good \
		router=127.0.0.1 "staticroutes=10.128.0.1/32 0.0.0.0 0.0.0.0/0 10.128.0.1 10.1.2.3/8 10.128.0.1"
	hands "bound: a route to where nothing is sent is left out" "$(lease 0a00020f ffffff00 $none $none $none $none 0a000202)" \
		bound $good "staticroutes=224.0.0.0/4 10.0.2.2 127.0.0.0/8 10.0.2.2 0.0.0.0/0 10.0.2.2"
	for mtu in 1280 9001 9216; do
		hands "bound: an MTU of $mtu" "$(lease 0a00020f ffffff00 $none "$(printf %08x $mtu)")" bound $good mtu=$mtu
	done
	for mtu in 576 1279 9217 65535 0 "" -1460 +1460 0x5b4 " 1460" "1460 1460" 99999999999; do
		hands "bound: \"$mtu\" is no MTU, and the lease is taken without one" "$(lease 0a00020f ffffff00 $none $none)" \
			bound $good "mtu=$mtu"
	done
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
	for seconds in "" -1 4294967296 18446744073709551615 1h "60 60"; do
		refuses "the time \"$seconds\"" $good "lease=$seconds"
	done
	for routes in "" " " 0.0.0.0/0 "0.0.0.0/0 " "0.0.0.0/0  10.0.2.2" "0.0.0.0 10.0.2.2" "0.0.0.0/ 10.0.2.2" \
		"0.0.0.0/33 10.0.2.2" "0.0.0.0/-1 10.0.2.2" "0.0.0.0/4294967296 10.0.2.2" "0.0.0.0/0 10.0.2.2 " \
		"0.0.0.0/0 10.0.2.2 10.0.0.0/8" "0.0.0.0/0 127.0.0.1" "0.0.0.0/0 10.0.2.15" "0.0.0.0/0 224.0.0.1" \
		"0.0.0.0/0 010.0.2.2" "0/0 10.0.2.2" "10.0.0.0/8/8 10.0.2.2" "224.0.0.0/4 10.0.2"; do
		refuses "the routes \"$routes\"" $good "staticroutes=$routes"
	done
	many=
	all=
	for i in $(seq 51); do
		many="$many${many:+ }10.$i.0.0/16 10.0.2.2"
		all="$all $(printf 0a%02x0000 "$i") ffff0000 0a000202"
	done
	hands "bound: as many routes as one option holds" "$(lease 0a00020f ffffff00 $none $none $all)" \
		bound $good "staticroutes=$many"
	refuses "more of them" $good "staticroutes=$many 10.52.0.0/16 10.0.2.2"
}
echo "1..$n"
exit $failed
