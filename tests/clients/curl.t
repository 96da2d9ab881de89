#!/bin/sh
# SPDX-License-Identifier: MIT
# curl through `rampart connect`, to machines with the guest's own gateway and quoter, and swtpm: one of them is
# killed and replaced by one that booted another image, during a stream of requests.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/clients/lib.sh
. tests/clients/lib.sh
json='Content-Type: application/json'

machine a
a=$pid a_port=$port
machine b
b=$pid b_port=$port
same "$work/a/golden.json" "$work/b/golden.json" "two machines of one image"
# shellcheck disable=SC2046 # words
start_connect --interval 86400 --log "$work/proofs" $(trust a b) "https://127.0.0.1:$a_port" "https://127.0.0.1:$b_port"
wait_for "$work/connect.err" "rampart connect: another machine answers" $connect >"$work/news"
is "$(grep -c '"trust"\|verified' "$work/connect")" 1 "each proves itself, with a credential that its TPM opens"

# ---- what clients of OpenAI's interface send ----
is "$(curl -sS "$url/v1/models" | jq -r '.data[0].id')" echo "GET /v1/models"
is "$(curl -sS -H "$json" -d '{"messages":[{"role":"user","content":"one two"}]}' "$url/v1/chat/completions" |
	jq -r '.choices[0].message.content')" "one two" "a chat"
is "$(curl -sSN -H "$json" -d '{"stream":true,"messages":[{"role":"user","content":"one two"}]}' "$url/v1/chat/completions" |
	grep -c '^data: ')" 4 "a stream, event by event"
is "$(curl -sS -H "$json" -d '{"input":"abc"}' "$url/v1/embeddings" | jq '.data[0].embedding | length')" 26 "embeddings"
is "$(curl -sS -H "$json" -d '{"input":"abc","model":"none"}' -w ' %{http_code}' "$url/v1/embeddings" | grep -c 'not_supported_error.* 501$')" 1 \
	"or the error for them"
is "$(curl -sS -o "$work/props" -w '%{http_code} ' "$url/props"; jq -r '.error | keys | join(" ")' "$work/props")" "404 code message type" "what the plan does not name is not there"
head -c 100000 /dev/zero | tr '\0' x >"$work/long"
is "$(jq -Rs '{messages:[{role:"user",content:.}]}' "$work/long" | curl -sS -H "$json" -H 'Expect: 100-continue' -d @- "$url/v1/chat/completions" |
	jq -r '.choices[0].message.content' | wc -c)" 100001 "a long prompt, which waits to be asked for"
is "$(curl -sS -H "$json" -H 'Transfer-Encoding: chunked' -d '{"messages":[{"role":"user","content":"chunks"}]}' "$url/v1/chat/completions" |
	jq -r '.choices[0].message.content')" chunks "one in chunks"
is "$(curl -sS "$url/v1/models" "$url/v1/models" "$url/v1/models" -o /dev/null -o /dev/null -o /dev/null -w '%{num_connects} ')" \
	"1 0 0 " "several requests on a connection"
curl -sSN --max-time 1 -o "$work/forever" -H "$json" -d '{"stream":true,"messages":[{"role":"user","content":"forever"}]}' \
	"$url/v1/chat/completions" 2>/dev/null
is "$? $(grep -c '^data: ' "$work/forever" | sed 's/[1-9][0-9]*/some/')" "28 some" "a stream that is left"
is_cut a b
result $? "ends in the container, too"

# ---- a stream of requests, while b is killed and replaced ----
before=$(asked b)
is "$(stream_of 20 | sort | uniq -c | tr -d ' \n')" 20200 "both machines serve"
at_least "$(($(asked b) - before))" 5 "in turn"
stream_of 120 >"$work/codes" &
stream=$!
sleep 0.3
kill_machine "$b"
wait_for "$work/connect.err" "rampart connect: 127.0.0.1:$b_port set aside: cannot tell" $connect >"$work/why"
result $? "b is killed: a line says that it is set aside"
machine wrong --wrong --port "$b_port"
wait_for "$work/connect.err" "rampart connect: 127.0.0.1:$b_port set aside: the machine is not the one it should be" $connect >"$work/why"
result $? "another image in its place: a line says so"
wait $stream
is "$(wc -l <"$work/codes")" 120 "all requests have an end"
at_least "$(grep -c 200 "$work/codes")" 116 "answered are all but those that b had, four at most"
is "$(sort -u "$work/codes" | grep -v -e 200 -e 000)" "" "whose connections broke: none is refused"
is "$(stream_of 20 | sort | uniq -c | tr -d ' \n')" 20200 "a answers all"
is "$(asked wrong)" 0 "no request reached the other image"
is "$(jq -r 'select(.verdict == "fails") | .reason' "$work/proofs" | sort -u | cut -c 1-59)" \
	"the machine is not the one it should be: golden.values: PCR" "the log has the proof that failed, with its reason"
is "$(jq -r 'select(.verdict == "holds") | .address' "$work/proofs" | sort -u | wc -l)" 2 "and those that held, of both machines"

# ---- its end, and a socket that is handed over ----
kill $connect
wait $connect
is $? 0 "SIGTERM ends it well"
free=$(free_port)
# shellcheck disable=SC2046 # words
systemd-socket-activate -l "127.0.0.1:$free" build/bin/rampart connect $(trust a) "https://127.0.0.1:$a_port" >"$work/activated" 2>&1 &
running="$running $!"
i=0
until got=$(curl -sS "http://127.0.0.1:$free/v1/models" 2>/dev/null); do
	i=$((i + 1))
	[ $i -lt 100 ] || break
	sleep 0.1
done
is "$(echo "$got" | jq -r '.data[0].id')" echo "systemd's socket starts it, and the request that did so is answered"
kill_machine "$a"
finish
