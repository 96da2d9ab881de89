#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart replay: what tpm2_eventlog finds in the same log, for the log of our own stack and for logs of
# real machines (VECTORS, a folder with eventlogs/).
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
rampart=$PWD/build/bin/rampart
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fixture=tests/fixtures/ovmf-q35.bin

# "sha256 4 <hex>" a line, from the two programs.
ours() { jq -r 'to_entries[] | .key as $b | .value | to_entries[] | "\($b) \(.key) \(.value)"'; }
theirs()
{
	sed -n '/^pcrs:/,$ s/^  *//p' |
		awk '/^sha/ { sub(":", ""); bank = $1; next } { sub("0x", "", $3); print bank, $1, tolower($3) }'
}
compare() # LOG SENTENCE
{
	tpm2_eventlog "$1" 2>/dev/null | theirs | sort >"$dir/want"
	"$rampart" replay "$1" --json | ours | sort >"$dir/got"
	if [ -s "$dir/want" ]; then
		same "$dir/want" "$dir/got" "$2"
	else
		result 1 "$2 (tpm2_eventlog found nothing)"
	fi
}

compare "$fixture" "a log of OVMF, systemd-boot and Linux replays as tpm2_eventlog says"
is "$("$rampart" replay - --json <"$fixture")" "$("$rampart" replay "$fixture" --json)" \
	"a log can come from standard input"
is "$("$rampart" replay "$fixture" | awk '$1 == 11 { print $2 }')" \
	"$(awk '/^sha256 11 / { print $3 }' tests/fixtures/ovmf-q35.pcrs)" "people get the same values"

fails() # SENTENCE PATTERN ARGUMENT...: exit code 2, nothing on standard output, one matching line of error
{
	sentence=$1
	pattern=$2
	shift 2
	"$rampart" "$@" >"$dir/out" 2>"$dir/err"
	code=$?
	is "$code $(wc -c <"$dir/out") $(wc -l <"$dir/err") $(grep -c -- "$pattern" "$dir/err")" "2 0 1 1" "$sentence"
}
head -c 1000 "$fixture" >"$dir/short"
fails "a log cut short is an error that says where" "short: at byte [0-9]*: record cut short" replay "$dir/short"
: >"$dir/empty"
fails "an empty file is no log" "empty: at byte 0: not an event log" replay "$dir/empty"
fails "a missing file is named" "/none: No such file" replay "$dir/none"
fails "no log is a usage error" "rampart replay --help" replay
fails "an unknown option is a usage error" 'unknown option "--jsn"' replay "$fixture" --jsn
fails "a third log is a usage error" 'unexpected argument "c"' replay a b c
fails "a firmware log after another is an error" "must come first" replay "$fixture" "$fixture"
"$rampart" replay "$fixture" --json >/dev/full 2>"$dir/err"
is "$? $(wc -l <"$dir/err")" "2 1" "a full disk is an error"
"$rampart" replay --help >"$dir/out"
is "$? $(head -n 1 "$dir/out" | cut -c 1-21)" "0 usage: rampart replay" "--help says how"

# The runtime log follows the firmware's, in every bank.
zero=0000000000000000000000000000000000000000000000000000000000000000
line='rampart/1 plan plan sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 size=0'
digest=$(printf '%s\n' "$line" | sha256sum | cut -d' ' -f1)
record() # NUMBER DIGEST
{
	printf '{"recnum":%s,"pcr":8,"digests":[{"hashAlg":"sha256","digest":"%s"}],"content_type":"rampart/1","content":"%s\\n"}\n' \
		"$1" "$2" "$line"
}
extend() { perl -e 'print pack("H*", join("", @ARGV))' "$1" "$2" | sha256sum | cut -d' ' -f1; }
record 0 "$digest" >"$dir/runtime"
record 1 "$digest" >>"$dir/runtime"
want=$(extend "$(extend $zero "$digest")" "$digest")
is "$("$rampart" replay "$fixture" "$dir/runtime" --json | jq -r '.sha256["8"]')" "$want" \
	"the runtime log extends what the firmware's log left"
is "$("$rampart" replay "$dir/runtime" --json | jq -c .)" "{\"sha256\":{\"8\":\"$want\"}}" \
	"a runtime log can stand alone"
record 1 "$digest" >"$dir/gap"
fails "a runtime log that does not begin with record 0 is refused" 'record 0: "recnum"' replay "$dir/gap"
record 0 "$zero" >"$dir/lie"
fails "a digest that is not that of the content is refused" "record 0: the digest is not" replay "$dir/lie"
head -c 100 "$dir/runtime" >"$dir/cut"
fails "a record cut short is refused" "record 0: not JSON" replay "$dir/cut"
record 0 "$digest" | sed 's/sha256","digest":"[0-9a-f]*"/sha512","digest":"'$zero$zero'"/' >"$dir/bank"
fails "a record without the active bank is refused" "record 0: " replay "$fixture" "$dir/bank"

for vectors in "${VECTORS:-}" /mnt/vectors ../shared/vectors; do
	[ ! -d "$vectors/eventlogs" ] || break
done
if [ -d "$vectors/eventlogs" ]; then
	for log in "$vectors"/eventlogs/*.bin; do
		name=$(basename "$log" .bin)
		case $name in
		short_no_action_eventlog) fails "$name: no events, no values" "at byte 0" replay "$log" ;;
		*) compare "$log" "$name: replays as tpm2_eventlog says" ;;
		esac
	done
else
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - logs of real machines # SKIP no folder of vectors (VECTORS=)"
fi
finish
