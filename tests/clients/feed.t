#!/bin/sh
# SPDX-License-Identifier: MIT
# `rampart connect` with a feed, from the first release to the end of it, with a stream open all the while: the clock of connect is
# set from outside (libfaketime), the machines and their certificates have the real one.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/clients/lib.sh
. tests/clients/lib.sh
# shellcheck source=tests/lib/feedroot.sh
. tests/lib/feedroot.sh
json='Content-Type: application/json'
feed=$work/feed

at() # DAYS: that many from now, as faketime and date have it
{
	date -u -d "@$((begin + $1 * 86400))" '+%Y-%m-%d %H:%M:%S'
}
iso()
{
	date -u -d "@$((begin + $1 * 86400))" +%Y-%m-%dT%H:%M:%SZ
}
make_feed() # DAYS ARGUMENT...
{
	day=$(at "$1")
	shift
	in_feed faketime "$day" python3 scripts/feed/feed.py "$@"
}
set_clock() # DAYS
{
	echo "@$(at "$1")" >"$work/clock.new"
	mv "$work/clock.new" "$work/clock"
}
says() # WORDS SENTENCE: a line of connect begins so, sooner or later
{
	wait_for "$work/connect.err" "rampart connect: $1" $connect >"$work/said"
	result $? "$2"
}
opens() # a stream, whose process is then in $stream
{
	curl -sSN -o "$work/stream" -H "$json" -d '{"stream":true,"messages":[{"role":"user","content":"forever"}]}' "$url/v1/chat/completions" 2>/dev/null &
	stream=$!
	running="$running $stream"
	i=0
	until [ -s "$work/stream" ]; do
		i=$((i + 1))
		[ $i -lt 600 ] || return 1
		sleep 0.1
	done
}

machine a
a=$pid a_port=$port
begin=$(date +%s) # its certificates are valid from then on
for key in root targets online; do ssh-keygen -q -t ed25519 -N '' -f "$work/$key"; done
keys="--targets $work/targets --online $work/online"
mkdir "$work/release1" "$work/release2"
cp "$work/a/golden.json" "$work/release1"
in_feed python3 tests/cli/feed/next.py "$work/a/golden.json" "$work/release2/golden.json"
# shellcheck disable=SC2086 # words
make_feed 0 init "$feed" --root "$work/root" $keys
# shellcheck disable=SC2086
make_feed 0 add "$feed" "$work/release1" $keys --not-before "$(iso -1)" --not-after "$(iso 20)" >"$work/added"
set_clock 0
env LD_PRELOAD="$feed_box/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1" FAKETIME_TIMESTAMP_FILE="$work/clock" FAKETIME_NO_CACHE=1 \
	DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_FAKE_MONOTONIC=1 XDG_STATE_HOME="$work/state" build/host/rampart connect --port 0 --refresh 5 --interval 86400 --record="$work/history" \
	--feed "$feed" --root "$feed/metadata/1.root.json" --roots "$work/a/roots.pem" "https://127.0.0.1:$a_port" \
	>"$work/connect" 2>"$work/connect.err" &
connect=$!
running="$running $connect"
url=$(wait_for "$work/connect" "listening on " $connect) || { echo "Bail out! no connect"; exit 1; }
is "$(curl -sS "$url/v1/models" | jq -r '.data[0].id')" echo "a machine of release 1, by the feed"
is "$(jq -r '[.verdict, .machine, .version, .feed, .release] | @text' "$work/history" | head -n 1)" "[\"holds\",\"127.0.0.1:$a_port\",\"1.2\",2,1]" \
	"its proof is a line of the history, with the version of the feed and the number of the release"
opens
result $? "a stream"

# ---- release 2 comes, while the stream is open ----
# shellcheck disable=SC2086
make_feed 5 add "$feed" "$work/release2" $keys --not-before "$(iso 4)" --not-after "$(iso 200)" >"$work/added"
set_clock 5
says "feed: test 1.3 (release 2, test/1.3/golden.json) is new: valid from $(iso 4) until $(iso 200)" "release 2: a line says so"
says 'feed: PCR 4 changed: EV_EFI_BOOT_SERVICES_APPLICATION' "and by which event it differs"
kill -0 $stream
result $? "the stream goes on"
before=$(wc -c <"$work/stream")
i=0
until [ "$(wc -c <"$work/stream")" -gt "$before" ]; do
	i=$((i + 1))
	[ $i -lt 100 ] || break
	sleep 0.1
done
at_least "$(wc -c <"$work/stream")" "$((before + 1))" "and has more to say"
is "$(curl -sS "$url/v1/models" | jq -r '.data[0].id')" echo "release 1 is still answered"

# ---- nobody renews ----
set_clock 13
says "--feed $feed: timestamp version 3 ended" "an expired timestamp is refused"
says "1 connections cut: the golden values of their proof have ended" "and what is held ends with it"
wait $stream
is "$(curl -sS -o "$work/refused" -w '%{http_code}' "$url/v1/models"; grep -c 'policy.current: release 1 of test ended' "$work/refused")" 5021 "requests are refused, with the reason"

# ---- it is renewed ----
# shellcheck disable=SC2086
make_feed 13 refresh "$feed" --online "$work/online"
i=0
until [ "$(curl -sS "$url/v1/models" 2>/dev/null | jq -r '.data[0].id' 2>/dev/null)" = echo ] || [ $i -eq 900 ]; do
	i=$((i + 1))
	sleep 0.2
done
is "$(curl -sS "$url/v1/models" | jq -r '.data[0].id')" echo "after the next look all goes on"
opens
result $? "another stream"

# ---- release 1 is revoked ----
# shellcheck disable=SC2086
make_feed 14 revoke "$feed" test/1.2 $keys >"$work/revoked"
set_clock 14
says "feed: test 1.2 (release 1, test/1.2/golden.json) is named no longer, and accepted no longer" "release 1 is revoked: a line says so"
wait $stream
result 0 "and its stream is cut"
is "$(curl -sS -o "$work/refused" -w '%{http_code}' "$url/v1/models"; grep -c 'golden.values: PCR 4 differ' "$work/refused")" 5021 "its machine is refused"
kill $connect
wait $connect
is $? 0 "SIGTERM ends it well"
build/host/rampart history "$work/history" >"$work/lines"
is "$?:$(grep -c holds "$work/lines"):$(grep -c fails "$work/lines")" "0:$(grep -c '"verdict":"holds"' "$work/history"):$(grep -c '"verdict":"fails"' "$work/history")" \
	"the history of it all holds"
is "$(jq -r 'select(.verdict == "fails").code' "$work/history" | sort -u | tr '\n' ' ')" "golden.values policy.current " "with what was refused, and why"
is "$(jq -r 'select(.verdict == "holds").feed' "$work/history" | sort -un | head -n 1)" 2 "and from which state of the feed on"
build/host/rampart history "$work/history" --at "$(date -u -d "@$((begin + 13 * 86400))" +%Y-%m-%d)" >"$work/lines"
at_least "$(wc -l <"$work/lines")" 1 "a day of it is found again"
kill_machine "$a"
finish
