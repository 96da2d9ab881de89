#!/bin/sh
# SPDX-License-Identifier: MIT
# udhcpc's hook: what it sets, and what it refuses. Each case runs in a network namespace of its own.
set -eu
hook=${HOOK:-build/guest/udhcpc-hook}
n=0
failed=0

result() # OK NAME
{
	n=$((n + 1))
	[ "$1" -eq 0 ] || { failed=1; printf 'not '; }
	echo "ok $n - $2"
}

# Runs the hook with eth0 present; prints its addresses and routes.
run() # EVENT [VARIABLE=VALUE...]
{
	event=$1
	shift
	# shellcheck disable=SC2016 # the inner script expands for itself
	unshare --net sh -euc '
		hook=$1 event=$2
		shift 2
		ip link add eth0 type veth peer name peer
		ip link set peer up
		ip link set eth0 up
		status=0
		env -i PATH="$PATH" "$@" "$hook" "$event" 2>/dev/null || status=$?
		ip -4 -o addr show dev eth0 | sed "s/ *brd.*//; s/.*inet/inet/; s/ *scope.*//"
		ip -4 route show | sed "s/ *$//"
		exit $status' sh "$hook" "$event" "$@"
}

sets() # NAME EXPECTED EVENT [VARIABLE=VALUE...]
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
	got=$(run bound "$@") || status=$?
	[ -z "$got" ] && [ "$status" -eq 1 ] && { result 0 "refuses $name"; return; }
	result 1 "refuses $name"
	printf 'status %s, got:\n%s\n' "$status" "$got" | sed 's/^/#   /'
}

if ! unshare --net ip link add eth0 type veth peer name peer 2>/dev/null; then
	echo "1..0 # SKIP cannot make a pair of interfaces in a network namespace here"
	exit 0
fi

good="interface=eth0 ip=10.0.2.15 subnet=255.255.255.0"
# shellcheck disable=SC2086 # words on purpose
{
	sets "bound: address, mask and default route" \
		"inet 10.0.2.15/24
default via 10.0.2.2 dev eth0
10.0.2.0/24 dev eth0 proto kernel scope link src 10.0.2.15" bound $good router=10.0.2.2
	sets "bound: without a router there is no default route" \
		"inet 10.0.2.15/24
10.0.2.0/24 dev eth0 proto kernel scope link src 10.0.2.15" bound $good
	sets "renew: the same" \
		"inet 10.0.2.15/24
10.0.2.0/24 dev eth0 proto kernel scope link src 10.0.2.15" renew $good
	sets "bound: a host address reaches its router over the link" \
		"inet 10.128.0.5/32
default via 10.128.0.1 dev eth0
10.128.0.1 dev eth0 scope link" \
		bound interface=eth0 ip=10.128.0.5 subnet=255.255.255.255 router=10.128.0.1
	sets "bound: of several routers the first counts" \
		"inet 10.0.2.15/24
default via 10.0.2.2 dev eth0
10.0.2.0/24 dev eth0 proto kernel scope link src 10.0.2.15" \
		bound $good "router=10.0.2.2 10.0.2.3"
	sets "deconfig: touches nothing" "" deconfig $good
	sets "nak: touches nothing" "" nak $good

	refuses "no address" interface=eth0 subnet=255.255.255.0
	refuses "no mask" interface=eth0 ip=10.0.2.15
	refuses "no interface" ip=10.0.2.15 subnet=255.255.255.0
	refuses "an interface name with a slash" interface=../eth0 ip=10.0.2.15 subnet=255.255.255.0
	refuses "an interface name that is too long" interface=eth0eth0eth0eth0 ip=10.0.2.15 \
		subnet=255.255.255.0
	for ip in 10.0.2 10.0.2.256 010.0.2.15 0x0a.0.2.15 167772687 10.0.2.15/24 "10.0.2.15 " \
		10.0.2.15.1 "" 0.0.0.0 0.1.2.3 127.0.0.1 224.0.0.1 240.0.0.1 255.255.255.255; do
		refuses "the address \"$ip\"" interface=eth0 "ip=$ip" subnet=255.255.255.0
	done
	for mask in 0.0.0.0 255.0.255.0 255.255.255.1 24 0.255.255.255; do
		refuses "the mask $mask" interface=eth0 ip=10.0.2.15 "subnet=$mask"
	done
	for router in 0.0.0.0 127.0.0.1 224.0.0.1 10.0.2.15 router "" " 10.0.2.2" "10.0.2.2,10.0.2.3"; do
		refuses "the router \"$router\"" $good "router=$router"
	done
}
echo "1..$n"
exit $failed
