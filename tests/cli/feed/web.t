#!/bin/sh
# SPDX-License-Identifier: MIT
# Feeds over http and https, from servers of every manner: the bytes that come are the same, and what is no answer is said so.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
# shellcheck source=tests/lib/feedroot.sh
. tests/lib/feedroot.sh
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$dir"' EXIT
machine=tests/fuzz/machine
mkdir "$dir/release"
cp $machine/golden.json "$dir/release/"
for key in root targets online; do ssh-keygen -q -t ed25519 -N '' -f "$dir/$key"; done
keys="--targets $dir/targets --online $dir/online"
# shellcheck disable=SC2086 # words
in_feed python3 scripts/feed/feed.py init "$dir/feed" --root "$dir/root" $keys
# shellcheck disable=SC2086
in_feed python3 scripts/feed/feed.py add "$dir/feed" "$dir/release" $keys --not-before 2026-07-01 --not-after 2040-01-01 >/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/tls.key" -out "$dir/tls.pem" -subj /CN=elsewhere -days 2 2>/dev/null
python3 -I -B tests/cli/feed/server.py "$dir/feed" "$dir/tls.pem" "$dir/tls.key" "$dir/ports" &
server=$!
i=0
until [ -s "$dir/ports" ]; do i=$((i + 1)); [ $i -lt 300 ] || { echo "Bail out! no server"; exit 1; }; sleep 0.1; done
read -r http https <"$dir/ports"

verify() # ADDRESS: exit code and last words, of a client that is new
{
	rm -rf "$dir/state"
	XDG_STATE_HOME="$dir/state" build/host/rampart verify --evidence $machine/evidence.json --at 2026-08-01 --roots $machine/root.der \
		--feed "$1" --root "$dir/feed/metadata/1.root.json" >"$dir/out" 2>"$dir/err"
	echo "$? $(tail -n 1 "$dir/out")$(sed 's/^rampart verify: --feed [^ ]* //; s/; and what was kept does not do:.*//' "$dir/err")"
}
for place in "http://127.0.0.1:$http" "https://127.0.0.1:$https"; do
	scheme=${place%%:*}
	is "$(verify "$place/plain")" "0 holds" "$scheme, with a length"
	is "$(verify "$place/chunked")" "0 holds" "$scheme, in chunks"
	is "$(verify "$place/odd")" "0 holds" "$scheme, in small chunks, with extensions and a trailer"
	is "$(verify "$place/close")" "0 holds" "$scheme, up to the end of the connection"
	is "$(verify "$place/idle")" "0 holds" "$scheme, from a server that closes what is idle"
	is "$(verify "$place/short" | sed 's/127.0.0.1: metadata.*json: //')" "2 Connection reset by peer" "$scheme, an answer that is cut short"
	is "$(verify "$place/shortchunk" | sed 's/127.0.0.1: metadata.*json: //')" "2 Connection reset by peer" "$scheme, chunks without an end"
	is "$(verify "$place/badchunk" | sed 's/127.0.0.1: metadata.*json: //')" "2 the answer is not HTTP/1.1" "$scheme, chunks without a size"
	is "$(verify "$place/endless" | sed 's/metadata.*json: //')" "2 longer than it may be" "$scheme, data without an end"
	is "$(verify "$place/moved" | cut -d' ' -f1,4-)" "2 is elsewhere (status 302): give the address that it leads to" "$scheme, a redirection"
	is "$(verify "$place/broken" | cut -d' ' -f1,4-)" "2 status 500" "$scheme, a server that fails"
	is "$(verify "$place/none" | cut -d: -f1)" "2 metadata/timestamp.json is not there" "$scheme, nothing there"
done
is "$(verify "http://127.0.0.1:$https/plain" | cut -c 1-2)" "2 " "http where https is"

# What nothing new costs.
rm -rf "$dir/state"
look() # prints the bytes that the server sent
{
	XDG_STATE_HOME="$dir/state" build/host/rampart verify --evidence $machine/evidence.json --at 2026-08-01 --roots $machine/root.der \
		--feed "http://127.0.0.1:$http/plain" --root "$dir/feed/metadata/1.root.json" >"$dir/out" 2>"$dir/err" || echo "failed"
	curl -s "http://127.0.0.1:$http/sent"
}
curl -s "http://127.0.0.1:$http/sent" >"$dir/before"
first=$(look)
again=$(look)
is "$([ "$again" -le 8192 ] && echo short)" short "a look with nothing new takes at most 8 KB"
echo "# $first bytes at first, $again bytes with nothing new"
finish
