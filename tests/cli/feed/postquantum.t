#!/bin/sh
# SPDX-License-Identifier: MIT
# A feed whose root, targets and timestamp are signed by ed25519 and by ML-DSA-65, both of which it wants: made by scripts/feed,
# read by rampart, and by python-tuf's client once it has the key's class. The machine is that of tests/fuzz/machine.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
# shellcheck source=tests/lib/feedroot.sh
. tests/lib/feedroot.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
machine=tests/fuzz/machine

feed() # ARGUMENT...
{
	in_feed python3 scripts/feed/feed.py "$@"
}
verify() # FEED: exit code and last line, of a client that is new
{
	rm -rf "$dir/state"
	XDG_STATE_HOME="$dir/state" build/host/rampart verify --evidence $machine/evidence.json --at 2026-08-01 --roots $machine/root.der \
		--feed "$1" --root "$dir/root.json" >"$dir/out" 2>"$dir/err"
	echo "$? $(tail -n 1 "$dir/out")$(cat "$dir/err")"
}
reader() # OPTION...: python-tuf's own client
{
	rm -rf "$dir/py"
	in_feed python3 tests/cli/feed/reader.py "$dir/feed" "$dir/root.json" "$dir/py" test/1.2/golden.json "$@" 2>"$dir/why"
}
changed() # FILE JQ: a copy of the feed in which this one is another; the files that speak of it do not matter, it comes first
{
	rm -rf "$dir/changed"
	cp -r "$dir/feed" "$dir/changed"
	jq -c "$2" "$dir/feed/metadata/$1" >"$dir/changed/metadata/$1"
}

mkdir "$dir/keys" "$dir/release"
cp $machine/golden.json "$dir/release/"
for key in root targets online; do
	ssh-keygen -q -t ed25519 -N '' -f "$dir/keys/$key"
	openssl genpkey -algorithm ML-DSA-65 -out "$dir/keys/$key.pem"
done
keys="--targets $dir/keys/targets --targets $dir/keys/targets.pem --online $dir/keys/online"
# shellcheck disable=SC2086 # words
feed init "$dir/feed" --root "$dir/keys/root" --root "$dir/keys/root.pem" $keys
result $? "a feed with keys of both kinds"
cp "$dir/feed/metadata/1.root.json" "$dir/root.json"
# shellcheck disable=SC2086
feed add "$dir/feed" "$dir/release" $keys --not-before 2026-07-01 --not-after 2040-01-01 >"$dir/added"
is "$(verify "$dir/feed")" "0 holds" "is read by rampart"
is "$(jq -r '.signed.keys[] | .keytype' "$dir/root.json" | sort | uniq -c | tr -s ' \n' ' ')" " 3 ed25519 2 rampart-ml-dsa-65 " "the type of its keys is named"
is "$(reader --mldsa)" "$(sha256sum <$machine/golden.json | cut -c 1-64) 1" "python-tuf's client reads it with the key's class"
reader >/dev/null
is "$? $(grep -c 'Unsupported public key rampart-ml-dsa-65' "$dir/why")" "1 1" "and refuses a root with such keys without it"

# What each kind alone is worth: nothing, where both have to sign.
pq=$(jq -r '.signed.keys | to_entries[] | select(.value.keytype == "rampart-ml-dsa-65").key' "$dir/root.json")
old=$(cat "$dir/root.json")
for kind in classic post-quantum; do
	pick=$([ $kind = classic ] && echo not || echo .)
	jq -c --arg pq "$pq" ".signatures |= map(select((.keyid as \$id | \$pq | split(\"\n\") | index(\$id)) | $pick))" "$dir/feed/metadata/1.root.json" >"$dir/root.json"
	is "$(verify "$dir/feed")" "2 rampart verify: --feed $dir/feed: root version 1: 1 of the 2 signatures that root version 1 asks for: it is not by the holders of the feed's keys, do not use it" \
		"a root with its $kind signature alone"
done
echo "$old" >"$dir/root.json"
# shellcheck disable=SC2086
feed renew "$dir/feed" --targets "$dir/keys/targets" --online "$dir/keys/online" 2>"$dir/why"
is "$? $(cat "$dir/why")" "1 feed: targets: 1 of the 2 signatures that root 1 asks for: give more keys, or the right ones" "targets by one kind are not written"
openssl genpkey -algorithm ML-DSA-65 -out "$dir/keys/wrong.pem"
feed renew "$dir/feed" --targets "$dir/keys/targets" --targets "$dir/keys/wrong.pem" --online "$dir/keys/online" 2>"$dir/why"
is "$? $(cat "$dir/why")" "1 feed: targets: 1 of the 2 signatures that root 1 asks for: give more keys, or the right ones" "nor by another key of ML-DSA-65"

# The timestamp as well, from the next root on.
feed rotate "$dir/feed" --root "$dir/keys/root" --root "$dir/keys/root.pem" --online "$dir/keys/online.pem" >"$dir/added"
result $? "an online key of ML-DSA-65"
is "$(verify "$dir/feed")" "0 holds" "is followed from the pinned root"
is "$([ "$(wc -c <"$dir/feed/metadata/timestamp.json")" -lt 8192 ] && echo short)" short "and its timestamp is below 8 KB"
changed timestamp.json '.signatures[0].sig |= .[:-2]'
is "$(verify "$dir/changed" | cut -d: -f3-4)" " timestamp version 3: 0 of the 1 signatures that root version 2 asks for" "a signature without its last byte"
changed timestamp.json '.signatures[0].sig |= .[2:] + "00"'
is "$(verify "$dir/changed" | cut -d: -f3-4)" " timestamp version 3: 0 of the 1 signatures that root version 2 asks for" "or with other bytes"
finish
