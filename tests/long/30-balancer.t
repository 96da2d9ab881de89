#!/bin/sh
# SPDX-License-Identifier: MIT
# haproxy in mode tcp before two machines, and `rampart connect` to its one address: one machine is killed, and
# replaced by one that booted another image, during a stream of requests. Needs the root of scripts/clients.lock.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/clients/lib.sh
. tests/clients/lib.sh

machine a
a_port=$port
machine b
b=$pid b_port=$port
front=$(free_port)
# The example as it is, but for addresses. Without health checks: a machine that is gone takes its turn, and so does one
# that is not what it was.
sed -e "s/bind :443/bind 127.0.0.1:$front/" -e "s/192.0.2.1:443/127.0.0.1:$a_port/" -e "s/192.0.2.2:443/127.0.0.1:$b_port/" \
	scripts/engines/haproxy.cfg >"$work/haproxy.cfg"
is "$(grep -c 127.0.0.1 "$work/haproxy.cfg")" 3 "the example has a place for each address"
in_box clients haproxy -D -p "$work/haproxy.pid" -f "$work/haproxy.cfg" || { echo "Bail out! no haproxy"; exit 1; }
running="$running $(cat "$work/haproxy.pid")"
# shellcheck disable=SC2046 # words
start_connect --log "$work/proofs" $(trust a b) "https://127.0.0.1:$front"
is "$(stream_of 40 | sort | uniq -c | tr -d ' \n')" 40200 "two machines behind one address serve"
at_least "$(asked a)" 10 "one of them"
at_least "$(asked b)" 10 "and the other"
is "$(grep -c 'another machine answers' "$work/connect.err")" 1 "that there is a second key is told once"
is "$(grep -c . "$work/connect.err")" 1 "and that they take turns is not"

stream_of 160 >"$work/codes" &
stream=$!
sleep 0.3
kill_machine "$b"
wait_for "$work/connect.err" "rampart connect: 127.0.0.1:$front set aside: cannot tell" $connect >"$work/why"
result $? "one is killed: a line says so"
machine wrong --wrong --port "$b_port"
wait $stream
stream_of 60 >>"$work/codes"
is "$(wc -l <"$work/codes")" 220 "all requests have an end"
at_least "$(grep -c 200 "$work/codes")" 216 "answered are all but those that were with it, four at most"
is "$(sort -u "$work/codes" | grep -v -e 200 -e 000)" "" "whose connections broke: none is refused"
grep -q "127.0.0.1:$front set aside: the machine is not the one it should be: golden.values" "$work/connect.err"
result $? "that another image is in its place is told"
is "$(asked wrong)" 0 "no request reached it"
is "$(stream_of 40 | sort | uniq -c | tr -d ' \n')" 40200 "the healthy one answers all"
is "$(asked wrong)" 0 "and the other still none"
is "$(jq -r 'select(.verdict == "fails") | .identity' "$work/proofs" | sort -u | wc -l)" 1 "one key was refused"
at_least 10 "$(jq -r 'select(.verdict == "fails") | .identity' "$work/proofs" | wc -l)" "which is known, and asked only now and then"
kill $connect
wait $connect
is $? 0 "connect ends well"
finish
