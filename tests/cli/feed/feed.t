#!/bin/sh
# SPDX-License-Identifier: MIT
# A feed over a year, with another clock: made by scripts/feed, read by rampart and by python-tuf's own client; and one that
# python-tuf makes by itself. The machine is that of tests/fuzz/machine, whose certificates are valid from July 2026 to July 2027.
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
preload=$feed_box/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1
day=2026-08-01

feed() # ARGUMENT...: scripts/feed/feed.py on that day
{
	in_feed faketime -f "$day 12:00:00" python3 scripts/feed/feed.py "$@"
}
verify() # CLIENT [OPTION...]: the last line, of this client on that day
{
	client=$1
	shift
	env LD_PRELOAD="$preload" FAKETIME="$day 12:00:00" XDG_STATE_HOME="$dir/$client" build/host/rampart verify \
		--evidence $machine/evidence.json --roots $machine/root.der --root "$dir/root.json" "$@" >"$dir/out" 2>"$dir/err"
	echo "$? $(tail -n 1 "$dir/out")$(cat "$dir/err")"
}
looks() # CLIENT WANT SENTENCE [OPTION...]: the line begins or, after a *, has WANT
{
	client=$1 want=$2 sentence=$3
	shift 3
	got=$(verify "$client" --feed "$dir/feed" "$@")
	# shellcheck disable=SC2254 # a pattern
	case $got in
	$want*) result 0 "$sentence" ;;
	*)
		result 1 "$sentence"
		echo "# got \"$got\", expected \"$want\""
		;;
	esac
}
online="--online $dir/keys/online"
keys="--targets $dir/keys/targets $online"

mkdir "$dir/keys" "$dir/release1" "$dir/release2"
for key in root1 root2 root3 targets targets2 online online2 other; do ssh-keygen -q -t ed25519 -N '' -f "$dir/keys/$key"; done
cp $machine/golden.json "$dir/release1"
in_feed python3 tests/cli/feed/next.py $machine/golden.json "$dir/release2/golden.json"
digest=$(sha256sum <"$dir/release1/golden.json" | cut -c 1-64)
digest2=$(sha256sum <"$dir/release2/golden.json" | cut -c 1-64)

# ---- August: a feed, its first release ----
# shellcheck disable=SC2086 # words
feed init "$dir/feed" --root "$dir/keys/root1" --root "$dir/keys/root2" --root "$dir/keys/root3" --root-threshold 2 $keys
result $? "a feed is made"
cp "$dir/feed/metadata/1.root.json" "$dir/root.json"
looks a "2 *names no golden.json" "without a release it has nothing to accept"
# shellcheck disable=SC2086
is "$(feed add "$dir/feed" "$dir/release" $keys --not-before 2026-08-01 --not-after 2026-12-01 2>&1)" \
	"feed: $dir/release/golden.json: No such file or directory; the folder of a release is wanted" "a release that is not there"
# shellcheck disable=SC2086
is "$(feed add "$dir/feed" "$dir/release1" $keys --not-before 2026-08-01 --not-after 2026-12-01)" \
	"test/1.2/golden.json: release 1, from 2026-08-01T00:00:00Z until 2026-12-01T00:00:00Z" "release 1"
looks a "0 holds" "a machine of release 1 holds"
is "$(grep '^until' "$dir/out")" "until      2026-08-08T12:00:00Z, when its timestamp ends" "and until when is said"
is "$(verify a --feed "$dir/feed" --record="$dir/history" | cut -c 1-7; jq -c '[.feed, .release, .golden]' "$dir/history")" "0 holds
[2,1,\"$digest\"]" "the history has the version of the feed and the number of the release"
env LD_PRELOAD="$preload" FAKETIME="$day 12:00:00" XDG_STATE_HOME="$dir/a" build/host/rampart report --evidence $machine/evidence.json \
	--roots $machine/root.der --root "$dir/root.json" --feed "$dir/feed" >"$dir/page" 2>"$dir/err"
is "$? $(grep -o 'Holds until</dt><dd>[^<]*<span class="soft small">[^,]*' "$dir/page")" \
	'0 Holds until</dt><dd>2026-08-08T12:00:00Z<span class="soft small">when its timestamp ends' "and the page says it, too"
is "$(verify a --feed "$dir/feed" --json >/dev/null; jq -r '[.until, .until_why, .golden.sha256] | @text' "$dir/out")" \
	"[1786190400,\"timestamp\",\"$digest\"]" "in JSON as well"
env LD_PRELOAD="$preload" FAKETIME="$day 12:00:00" XDG_STATE_HOME="$dir/a" build/host/rampart report --evidence $machine/evidence.json \
	--roots $machine/root.der --feed "$dir/feed" --root "$dir/root.json" >"$dir/page.html" 2>"$dir/err"
is "$? $(sed -n 's/^<pre>\(.*\)<\/pre>$/\1/p' "$dir/page.html")" \
	"0 rampart verify --evidence $machine/evidence.json --feed $dir/feed --root $dir/root.json --roots $machine/root.der --at 2026-08-01T12:00:00Z --explain" \
	"a report tells how to repeat the check, with the feed"
is "$(in_feed faketime -f "$day 12:00:00" python3 tests/cli/feed/reader.py "$dir/feed" "$dir/root.json" "$dir/py" test/1.2/golden.json)" "$digest 1" \
	"python-tuf's client reads the same"
cp -r "$dir/feed" "$dir/old"
looks other "2 *root: not an object of \"signed\" and \"signatures\"" "a root that is no root is no pin" --root $machine/golden.json

current() # RELEASE: what `rampart check` finds of it
{
	env LD_PRELOAD="$preload" FAKETIME="$day 12:00:00" XDG_STATE_HOME="$dir/a" build/host/rampart check "$1" --feed "$dir/feed" \
		--root "$dir/root.json" --json 2>/dev/null | jq -r '.checks[] | select(.id == "policy.current").outcome'
}
is "$(current "$dir/release1") $(current "$dir/release2")" "holds fails" "check says whether the feed names a release"

# ---- offline, and a mirror that stands still ----
day=2026-08-06
mv "$dir/feed" "$dir/away"
python3 - "$dir/port" "$dir" <<'END' &
import functools, http.server, sys
class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=sys.argv[2]))
with open(sys.argv[1] + ".part", "w") as file:
    file.write(str(server.server_port))
import os
os.rename(sys.argv[1] + ".part", sys.argv[1])
server.serve_forever()
END
server=$!
i=0
until [ -s "$dir/port" ]; do i=$((i + 1)); [ $i -lt 300 ] || { echo "Bail out! no server"; exit 1; }; sleep 0.1; done
port=$(cat "$dir/port")
is "$(verify a --feed "http://127.0.0.1:9/feed" | sed 's/rampart verify: warning.*//')" "0 holds" "five days without a network: what is held is valid"
is "$(grep -c 'warning.*cannot connect.*what was kept of it is used' "$dir/err")" 1 "with a warning"
mv "$dir/away" "$dir/feed"
is "$(verify h --feed "http://127.0.0.1:$port/feed")" "0 holds" "over http"
day=2026-08-09
looks a "2 *timestamp version 2 ended at 2026-08-08T12:00:00Z: the feed is stale" "nobody refreshed: an expired timestamp is refused"
is "$(verify a --feed "http://127.0.0.1:9/feed" | grep -c 'cannot connect.*and what was kept does not do: timestamp version 2 ended')" 1 "nor is it held any longer"
# shellcheck disable=SC2086
feed refresh "$dir/feed" $online
result $? "one command"
looks a "0 holds" "and it goes on"

# ---- September: release 2 beside release 1; the timestamp's key is stolen ----
day=2026-09-15
# shellcheck disable=SC2086
is "$(feed add "$dir/feed" "$dir/release2" $keys --not-before 2026-09-10 --not-after 2027-07-01)" \
	"test/1.3/golden.json: release 2, from 2026-09-10T00:00:00Z until 2027-07-01T00:00:00Z" "release 2 gets the next counter"
looks month "0 holds" "a client that is new"
looks a "0 holds" "a client that was away for a month"
is "$(jq -c .images.test "$dir"/a/rampart/feeds/*/releases.json)" '{"accepted":[1,2],"highest":2}' "both are accepted while they overlap"
is "$(in_feed faketime -f "$day 12:00:00" python3 tests/cli/feed/reader.py "$dir/feed" "$dir/root.json" "$dir/py" test/1.3/golden.json)" "$digest2 2" "python-tuf's client has it, too"
mv "$dir/feed" "$dir/good"
cp -r "$dir/old" "$dir/feed"
looks a "2 *timestamp version 2 is shown, and version 4 was accepted before" "a mirror that was rolled back is refused"
# Its thief signs what was there before, with a higher number: what the key of the timestamp alone can do.
in_feed faketime -f "$day 12:00:00" python3 - "$dir/feed" "$dir/keys/online" <<'END'
import sys
sys.path.insert(0, "scripts/feed")
import feed
stolen = feed.Feed(sys.argv[1])
stolen.timestamp.signed.version = 98
stolen.save_online(feed.load_keys([sys.argv[2]]), 7)
END
looks a "2 *says targets.json is of version 2, and it was 3 before" "the thief of the online key cannot go back either"
rm -r "$dir/feed"
mv "$dir/good" "$dir/feed"

# ---- October: the root's keys are others, and the online key ----
day=2026-10-15
# shellcheck disable=SC2086
feed rotate "$dir/feed" --root "$dir/keys/root1" --new-root "$dir/keys/other" --online "$dir/keys/online2" 2>"$dir/why"
is "$? $(cut -c 1-48 "$dir/why")" "1 feed: root: 1 of the 2 signatures that root 1 as" "a root that clients would refuse is not written"
# shellcheck disable=SC2086
feed rotate "$dir/feed" --root "$dir/keys/root1" --root "$dir/keys/root3" --new-root "$dir/keys/root3" --new-root "$dir/keys/other" \
	--online "$dir/keys/online2" >/dev/null
result $? "a new root"
looks a "0 holds" "is followed from the pinned one"
looks late "0 holds" "also by a client that is new"
is "$(in_feed faketime -f "$day 12:00:00" python3 tests/cli/feed/reader.py "$dir/feed" "$dir/root.json" "$dir/py" test/1.2/golden.json)" "$digest 1" "and by python-tuf's"
# shellcheck disable=SC2086
feed refresh "$dir/feed" $online 2>"$dir/why"
is "$? $(cut -c 1-53 "$dir/why")" "1 feed: timestamp: 0 of the 1 signatures that root 2 as" "the old online key is worth nothing"
online="--online $dir/keys/online2"
keys="--targets $dir/keys/targets $online"

# ---- December: release 1 has ended ----
day=2026-12-02
# shellcheck disable=SC2086
feed refresh "$dir/feed" $online
looks a "1 does not hold: policy.current: release 1 of test ended at 2026-12-01T00:00:00Z (not_after)" "release 1 ended by its date"
is "$(jq -c .images.test "$dir"/a/rampart/feeds/*/releases.json)" '{"accepted":[2],"highest":2}' "and is not accepted any more"
# shellcheck disable=SC2086
feed add "$dir/feed" "$dir/release1" $keys --not-before 2026-08-01 --not-after 2027-07-01 >/dev/null
looks a "1 does not hold: policy.current: release 1 of test comes after release 2, which was accepted before" "nor when it is prolonged afterwards, though it is signed"

# Whoever pins a newer root of the same feed is no new client of it.
cp "$dir/root.json" "$dir/root1.json"
cp "$dir/feed/metadata/2.root.json" "$dir/root.json"
looks a "1 does not hold: policy.current: release 1 of test comes after release 2, which was accepted before" "a newer root that is pinned forgets nothing"
is "$(find "$dir/a/rampart/feeds" -name releases.json | wc -l) $(find "$dir/a/rampart/feeds" -name first.root.json | wc -l)" "1 1" "what was kept is where it was"
mv "$dir/feed/metadata/1.root.json" "$dir/away"
looks a "1 does not hold: policy.current: release 1 of test comes after release 2, which was accepted before" "and the older root is asked for once"
is "$(verify a --feed "http://127.0.0.1:9/feed" | sed 's/rampart verify: warning.*//')" \
	"1 does not hold: policy.current: release 1 of test comes after release 2, which was accepted before, and was not valid beside it without a break" "without a network, too"
mv "$dir/away" "$dir/feed/metadata/1.root.json"
looks newer "0 holds" "a new client that pins it is one"
cp "$dir/root1.json" "$dir/root.json"

# ---- March: release 2 is revoked ----
day=2027-03-01
# shellcheck disable=SC2086
feed revoke "$dir/feed" test/1.3 $keys >/dev/null
result $? "release 2 is revoked"
looks late "0 holds" "a client that saw both without a break keeps release 1"
is "$(jq -c .images.test "$dir"/late/rampart/feeds/*/releases.json)" '{"accepted":[1],"highest":2}' "and release 2 is gone"
# shellcheck disable=SC2086
feed add "$dir/feed" "$dir/release2" $keys --release 1 --not-before 2026-08-01 --not-after 2027-07-01 >"$dir/why" 2>&1
is "$? $(cat "$dir/why")" "1 feed: release 1 of test: 2 was there before, and clients refuse to go back" "a counter never goes back"

# Golden values may say which release they are of; a client refuses a feed that says another (unit/test-feed).
numbered() # RELEASE [OPTION...]: what is said when values of this release are added to a copy
{
	rm -rf "$dir/numbered" "$dir/release3"
	cp -r "$dir/feed" "$dir/numbered"
	mkdir "$dir/release3"
	jq ".image.version = \"1.4\" | .image.release = $1" "$dir/release2/golden.json" >"$dir/release3/golden.json"
	shift
	# shellcheck disable=SC2086
	feed add "$dir/numbered" "$dir/release3" $keys --not-before 2026-08-01 --not-after 2027-07-01 "$@" 2>&1 | sed 's/, from .*//'
}
is "$(numbered 7)" "test/1.4/golden.json: release 7" "golden values that say their release are added as that"
is "$(numbered 7 --release 7)" "test/1.4/golden.json: release 7" "and so they are when it is said again"
is "$(numbered 7 --release 8)" "feed: $dir/release3/golden.json: it is release 7 by its own word, and --release says 8" "as no other"
cp "$dir/release1/golden.json" "$dir/release3/golden-cd.json"
# shellcheck disable=SC2086
is "$(feed add "$dir/numbered" "$dir/release3" $keys --not-before 2026-08-01 --not-after 2027-07-01 2>&1)" \
	"feed: $dir/release3/golden-cd.json: not of the same image, version and release as golden.json" "golden values of a CD are of the same release"
is "$(numbered 2)" "feed: release 2 of test: 2 was there before, and clients refuse to go back" "and not if it is an old one"
is "$(numbered 0)" "feed: $dir/release3/golden.json: image.release is not a number from 1, as a feed counts: 0" "or none that a feed has"

# ---- keys that ssh-agent holds ----
day=2027-05-01
eval "$(ssh-agent -a "$dir/agent")" >/dev/null
ssh-add -q "$dir/keys/targets" "$dir/keys/online2" 2>/dev/null
in_feed env SSH_AUTH_SOCK="$dir/agent" faketime -f "$day 12:00:00" python3 scripts/feed/feed.py renew "$dir/feed" --targets "$dir/keys/targets.pub" --online "$dir/keys/online2.pub"
result $? "ssh-agent signs"
kill "$SSH_AGENT_PID"
looks late "0 holds" "and rampart accepts it"

# ---- a log beside it ----
openssl genpkey -algorithm ed25519 -out "$dir/keys/log.pem"
jq -n --arg key "$(build/host/rampart tlog key example.org/log --key "$dir/keys/log.pem")" '{schema: "rampart-policy/1", log: {$key}}' >"$dir/policy.json"
looks logs "1 does not hold: policy.log: test/1.2/golden.json:" "a policy that names a log wants a proof" --policy "$dir/policy.json"
scripts/release/log.sh "$dir/release1" "$dir/log" "$dir/keys/log.pem" example.org/log >/dev/null
# shellcheck disable=SC2086
feed add "$dir/feed" "$dir/release1" --targets "$dir/keys/targets" --online "$dir/keys/online2" --not-before 2026-08-01 --not-after 2027-07-01 >/dev/null
looks logs "0 holds" "which the feed has" --policy "$dir/policy.json"
is "$(head -n 2 "$dir"/logs/rampart/logs/* | tr '\n' ' ')" "rampart-log-seen/1 1 " "what was seen of the log is kept"
rm -r "$dir/log"
cp "$dir/release2/golden.json" "$dir/forged.json"
mkdir "$dir/fork"
cp "$dir/release1/golden.json" "$dir/fork/"
mkdir "$dir/log"
build/host/rampart tlog add "$dir/log" "$dir/forged.json" --key "$dir/keys/log.pem" --origin example.org/log >/dev/null
scripts/release/log.sh "$dir/fork" "$dir/log" "$dir/keys/log.pem" >/dev/null
# shellcheck disable=SC2086
feed add "$dir/feed" "$dir/fork" --targets "$dir/keys/targets" --online "$dir/keys/online2" --not-before 2026-08-01 --not-after 2027-07-01 >/dev/null
verify logs --feed "$dir/feed" --policy "$dir/policy.json" --json >/dev/null
is "$(jq -r '.checks[] | select(.id == "policy.log").code' "$dir/out")" policy.log.fork "a log that shows this client another tree is refused"

# ---- a repository without a line of ours ----
day=2027-05-10
for kind in consistent plain; do
	in_feed faketime -f "$day 11:00:00" python3 tests/cli/feed/plain.py "$dir/$kind" $machine/golden.json --$kind
	is "$(verify $kind --feed "http://127.0.0.1:$port/$kind" --root "$dir/$kind/root.json")" "0 holds" "python-tuf's own, $kind: two of three, and a rotation"
done
finish
