#!/bin/sh
# SPDX-License-Identifier: MIT
# feed.sh [RESULTS]: what a feed costs its clients. Two feeds, of two releases with signatures of two signers and a proof that they
# are logged: one with ed25519 alone, one whose every role and signer has a key of ML-DSA-65 as well. Evidence is that of tests/fuzz/machine.
# Runs on the host, with build/bin/rampart and librampart. Appends lines, several of each:
#	feed.check MS       processor time of a full check, and nothing else (tests/bench/feed.c)
#	feed.check-pq MS    the same of the second feed
#	feed.refresh MS     wall time of a look over http at the first, with nothing new: what `rampart verify` takes longer with it
#	feed.bytes N        what the server sends meanwhile
# Environment: ROUNDS (default 5).
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
cd "$(dirname "$0")/../.."
out=build/bench/feed
machine=tests/fuzz/machine
if [ "${1:-}" != --feeds ] && [ "${1:-}" != --inside ]; then
	rm -rf $out
	mkdir -p $out
	scripts/toolbox/enter.sh make --no-print-directory -f scripts/build.mk build/bin/rampart build/release/librampart.a >/dev/null
	scripts/toolbox/toolbox.sh feed
	exec scripts/toolbox/enter.sh env ROUNDS="${ROUNDS:-5}" tests/bench/feed.sh --inside "${1:-$out/results}"
fi

sign() # KEY FOLDER
{
	if [ "${1%.pem}" = "$1" ]; then
		ssh-keygen -q -Y sign -f "$out/$1" -n rampart-golden <"$2/golden.json" >"$2/golden.json.$1.sig"
		return
	fi
	openssl pkeyutl -sign -rawin -inkey "$out/$1" -in "$2/golden.json" -pkeyopt context-string:rampart-golden -out $out/raw
	{
		echo "-----BEGIN ML-DSA-65 SIGNATURE-----"
		base64 -w 64 $out/raw
		echo "-----END ML-DSA-65 SIGNATURE-----"
	} >"$2/golden.json.$1.sig"
}
signer() # NAME KEY: an entry of a policy
{
	python3 -c 'import json, sys; print(json.dumps({"name": sys.argv[1], "key": open(sys.argv[2]).read()}))' "$1" "$out/$2.pub"
}
make_feed() # FEED ENDING...: with the keys KEY and KEY.ENDING
{
	feed=$out/$1
	shift
	releases=$feed.releases
	rm -rf "$releases"
	mkdir -p "$releases/1" "$releases/2"
	cp $machine/golden.json "$releases/1/"
	python3 tests/cli/feed/next.py $machine/golden.json "$releases/2/golden.json"
	root='' rest='' signers=''
	for ending in "$@"; do
		root="$root --root $out/root$ending"
		rest="$rest --targets $out/targets$ending"
		for key in alice bob; do
			signers="$signers${signers:+, }$(signer $key "$key$ending")"
			for n in 1 2; do sign "$key$ending" "$releases/$n"; done
		done
	done
	for n in 1 2; do
		build/bin/rampart tlog add $out/log "$releases/$n/golden.json" --key $out/log.pem --origin example.org/log >/dev/null
	done
	for n in 1 2; do build/bin/rampart tlog prove $out/log "$releases/$n/golden.json" --output "$releases/$n/golden.json.tlog-proof"; done
	# shellcheck disable=SC2086 # words
	python3 -B scripts/feed/feed.py init "$feed" $root $rest --online $out/online
	for n in 1 2; do
		# shellcheck disable=SC2086
		python3 -B scripts/feed/feed.py add "$feed" "$releases/$n" $rest --online $out/online --not-before 2026-01-01 --not-after 2040-01-01 >/dev/null
	done
	printf '{"schema": "rampart-policy/1", "signers": [%s], "threshold": 2, "signature_kinds": "%s", "log": {"key": "%s"}}\n' "$signers" \
		"$([ $# -gt 1 ] && echo both || echo any)" "$(build/bin/rampart tlog key example.org/log --key $out/log.pem)" >"$feed.policy"
}
if [ "$1" = --feeds ]; then
	export XDG_STATE_HOME=/tmp/state
	mkdir -p $out/log
	for key in root targets online alice bob; do
		ssh-keygen -q -t ed25519 -N '' -C '' -f $out/$key
		openssl genpkey -algorithm ML-DSA-65 -out $out/$key.pem
		openssl pkey -in $out/$key.pem -pubout -out $out/$key.pem.pub
	done
	openssl genpkey -algorithm ed25519 -out $out/log.pem
	make_feed classic ''
	make_feed both '' .pem
	exit 0
fi

results=$2
# shellcheck source=tests/lib/feedroot.sh
. tests/lib/feedroot.sh
in_feed tests/bench/feed.sh --feeds
XDG_STATE_HOME=$(realpath "$out")/state
export XDG_STATE_HOME
# The trust anchors of the machine's certificates are valid in August 2026, the feed is valid now.
verify() # OPTION...
{
	build/bin/rampart verify --evidence $machine/evidence.json --at 2026-08-01 --roots $machine/root.der "$@" >$out/said || die "$(tail -n 1 $out/said)"
}
for feed in classic both; do
	verify --feed $out/$feed --root $out/$feed/metadata/1.root.json --policy $out/$feed.policy
done
gcc -std=gnu11 -O2 -Wall -Wextra -Werror -I. -o $out/feed tests/bench/feed.c build/release/librampart.a -ljansson -lcrypto
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $out/tls.key -out $out/tls.pem -subj /CN=here -days 2 2>/dev/null
python3 -I -B tests/cli/feed/server.py $out/classic $out/tls.pem $out/tls.key $out/ports &
server=$!
trap 'kill "$server"' EXIT
tries=0
until read -r port _ 2>/dev/null <$out/ports; do
	tries=$((tries + 1))
	[ $tries -le 100 ] || die "the server does not start"
	sleep 0.1
done
sent()
{
	python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())' "http://127.0.0.1:$port/sent"
}
many() # OPTION...: milliseconds of one of 20
{
	start=$(date +%s%N)
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do verify "$@"; done
	awk -v ns=$(($(date +%s%N) - start)) 'BEGIN { printf "%.2f", ns / 2e7 }'
}
with="--feed http://127.0.0.1:$port/plain --root $out/classic/metadata/1.root.json"
# shellcheck disable=SC2086 # words
verify $with
round=0
while [ $round -lt "$ROUNDS" ]; do
	echo "feed.check $($out/feed $out/classic $out/classic/metadata/1.root.json $out/classic.policy)" >>"$results"
	echo "feed.check-pq $($out/feed $out/both $out/both/metadata/1.root.json $out/both.policy)" >>"$results"
	sent >/dev/null
	# shellcheck disable=SC2086
	verify $with
	echo "feed.bytes $(sent)" >>"$results"
	# shellcheck disable=SC2086
	with_feed=$(many $with)
	without=$(many --golden $out/classic.releases/1/golden.json --golden $out/classic.releases/2/golden.json)
	echo "feed.refresh $(awk -v a="$with_feed" -v b="$without" 'BEGIN { printf "%.2f", a - b }')" >>"$results"
	round=$((round + 1))
done
step FEED "$(sed -n 's/^feed.check //p' "$results" | tail -n 1) ms a check"
