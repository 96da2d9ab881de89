#!/bin/sh
# SPDX-License-Identifier: MIT
# Real clients through `rampart connect`, to the guest's own gateway: the openai package and the AI SDK under Node, and
# two that press hard, wrk and h2load. Needs the root of scripts/clients.lock and the files of scripts/modules.lock.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/clients/lib.sh
. tests/clients/lib.sh

app=$work/app
node_modules "$app" || exit 1
cp tests/clients/node/*.mjs "$app"

machine a
# shellcheck disable=SC2046 # words
start_connect $(trust a) "https://127.0.0.1:$port"

# Their lines of TAP become ours; one that ends early is a failure.
node() # SCRIPT LINES
{
	in_box clients node "$app/$1" "$url" >"$work/node" 2>"$work/node.err"
	is "$? $(grep -c '^ok\|^not ok' "$work/node")" "0 $2" "$1 comes to its end" || :
	[ ! -s "$work/node.err" ] || sed 's/^/# /' "$work/node.err" | head -n 20
	sed 's/^\(ok\|not ok\) [0-9]* - /\1 /' "$work/node" >"$work/lines"
	while read -r outcome name; do
		case $outcome in
		ok) result 0 "$name" ;;
		*) result 1 "${name#ok }" ;;
		esac
	done <"$work/lines"
}
node openai.mjs 10
is_cut a
result $? "a stream that Node aborts ends in the container"
: >"$work/a/events"
node aisdk.mjs 5
is_cut a
result $? "so does the AI SDK's"

# Connections that stay, each with a proof of its own, and many requests on them.
in_box clients wrk -t 2 -c 16 -d 5 "$url/v1/models" >"$work/wrk"
is "$? $(grep -cE 'Non-2xx|Socket errors' "$work/wrk")" "0 0" "wrk: every answer is good"
at_least "$(awk '/requests in/ { print $1 }' "$work/wrk")" 100 "and there are many"
sed 's/^/# /' "$work/wrk"
in_box clients h2load --h1 -n 2000 -c 16 -m 1 "$url/v1/models" >"$work/h2load" 2>&1
is "$(sed -n 's/^requests: .* \([0-9]*\) succeeded, \([0-9]*\) failed, .*/\1 \2/p' "$work/h2load")" "2000 0" "h2load: 2,000 of 2,000 requests"
in_box clients h2load -n 10 -c 1 "$url/v1/models" >"$work/h2" 2>&1
is "$(sed -n 's/^requests: .* \([0-9]*\) succeeded, .*/\1/p' "$work/h2")" 0 "HTTP/2 without TLS is not spoken, and refused"
is "$(curl -sS "$url/v1/models" | jq -r '.data[0].id')" echo "after all that, connect serves"
kill $connect
wait $connect
is $? 0 "and ends well"
is "$(grep -v -e '^rampart connect: refused: the request is not HTTP/1.1' "$work/connect.err")" "" "without a word of its own"
finish
