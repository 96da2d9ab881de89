#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart explain, platform and log on a console put together here: the firmware's log of a real boot of
# this stack, runtime records, and PCR values found by tpm2_eventlog and sha256sum.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
log=$PWD/tests/fixtures/ovmf-q35.bin
pcrs=$PWD/tests/fixtures/ovmf-q35.pcrs
own_folder
zero=0000000000000000000000000000000000000000000000000000000000000000
none=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

line_digest() { printf '%s\n' "$1" | sha256sum | cut -d' ' -f1; }
extend() { perl -e 'print pack("H*", join("", @ARGV))' "$1" "$2" | sha256sum | cut -d' ' -f1; }

# Init's records: PCR and line.
cat >lines <<END
8 rampart/1 plan plan sha256:1111111111111111111111111111111111111111111111111111111111111111 size=429
8 rampart/1 config none sha256:$none size=0
13 rampart/1 container demo sha256:2222222222222222222222222222222222222222222222222222222222222222 size=53248
8 rampart/1 ready ready sha256:$none
13 rampart/1 ready ready sha256:$none
14 rampart/1 ready ready sha256:$none
15 rampart/1 ready ready sha256:$none
END
records() # <lines
{
	number=0
	while read -r pcr line; do
		printf '{"recnum":%s,"pcr":%s,"digests":[{"hashAlg":"sha256","digest":"%s"}],"content_type":"rampart/1","content":"%s\\n"}\n' \
			$number "$pcr" "$(line_digest "$line")" "$line"
		number=$((number + 1))
	done
}
# The PCR values after both logs: "0 <hex>" a line.
pcr_values() # <lines
{
	cat >these
	for pcr in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		value=$(awk -v n=$pcr '$1 == "sha256" && $2 == n { print $3 }' "$pcrs")
		value=${value:-$zero}
		while read -r n line; do
			[ "$n" != $pcr ] || value=$(extend "$value" "$(line_digest "$line")")
		done <these
		echo "$pcr $value"
	done
}
# A console as a serial port gives it: other text around, CR LF.
console() # VALUES_FILE LOG LINES_FILE
{
	printf 'BdsDxe: starting Boot0001\n\033[0mEFI stub: Loaded initrd\n'
	echo "rampart: stage plan"
	echo "rampart: READY uptime_ms=1234"
	while read -r pcr value; do
		echo "rampart: pcr sha256 $pcr tpm=$value sysfs=$value"
	done <"$1"
	base64 -w 76 "$2" | sed 's/^/rampart: firmware-log /'
	records <"$3" | sed 's/^/rampart: runtime-log /'
	echo "rampart: SERVING port=443"
}
pcr_values <lines >values
console values "$log" lines | sed 's/$/\r/' >good.log

# Golden values: the same events under another name, values from `values`.
"$rampart" log --console good.log --json >events.json
{
	echo '{"schema": "rampart-golden/1", "image": {"name": "demo", "version": "1", "debug": false}, "platform": {"name": "here", "shape": {}}, "pcrs": {"sha256": {'
	while read -r pcr value; do
		[ "$pcr" = 15 ] && echo '"15": {"value": null, "from": "identity"}' ||
			echo "\"$pcr\": {\"value\": \"$value\", \"from\": \"image\"},"
	done <values
	echo '}}, "payloads": [], "events": '
	jq '[.[] | select(.type != "EV_NO_ACTION" and .pcr != 15) |
		{pcr, type, sha256: .digests.sha256, what: "golden \(.what)"}]' events.json
	echo '}'
} >golden.json

explain() # ARGUMENT...: code and last line of the output
{
	"$rampart" explain "$@" >out 2>err
	echo "$? $(cat out err | tail -n 1)"
}
is "$(explain golden.json --console good.log)" "0 holds" "a machine that is what was predicted holds"
is "$(grep -c ' equal$' out)" 15 "every PCR with a golden value is equal"
is "$(grep '^PCR 15' out | grep -c 'as logged$')" 1 "PCR 15 is what the log says"
is "$(explain golden.json "$log")" "1 does not hold: PCR 8, 13, 14: not the golden value" \
	"the firmware's log alone lacks what init measures"
records <lines >runtime
is "$(explain golden.json "$log" runtime)" "0 holds" "both logs as files replay to the golden values"
grep -q "no TPM was read" out
result $? "but it is said that no TPM was read"
is "$(explain golden.json --console good.log --json; jq -r '.verdict + " " + (.pcrs | length | tostring)' out)" \
	"0 }
holds 16" "--json says the same"

# One line of the plan differs.
sed 's/^8 rampart.1 plan.*/8 rampart\/1 plan plan sha256:3333333333333333333333333333333333333333333333333333333333333333 size=430/' lines >lines2
pcr_values <lines2 >values2
console values2 "$log" lines2 >plan.log
is "$(explain golden.json --console plan.log)" "1 does not hold: PCR 8: not the golden value" "another plan does not hold"
is "$(grep -c '^PCR .* event' out) $(grep -c '^PCR 8: changed event rampart/1 "golden rampart/1 plan plan' out)" "1 1" \
	"the one event that differs is named"
is "$(sed -n 's/^  expected sha256 //p; s/^  got      sha256 //p' out | tr '\n' ' ')" \
	"$(line_digest "$(sed -n '1s/^8 //p' lines)") $(line_digest "$(sed -n '1s/^8 //p' lines2)") " \
	"with what was expected and what was got"
grep -q 'in the log: event 0 of the runtime log, rampart/1 "rampart/1 plan plan sha256:3333' out
result $? "and what the log has in its place"

# An event more, and one less.
{ head -n 2 lines; echo "12 rampart/1 error network sha256:$none"; tail -n +3 lines; } >lines3
pcr_values <lines3 >values3
console values3 "$log" lines3 >extra.log
is "$(explain golden.json --console extra.log)" "1 does not hold: PCR 12: not the golden value" "an event more does not hold"
grep -q '^PCR 12: extra event rampart/1 "rampart/1 error network' out
result $? "it is named as extra"
grep -v ' config ' lines >lines4
pcr_values <lines4 >values4
console values4 "$log" lines4 >less.log
is "$(explain golden.json --console less.log)" "1 does not hold: PCR 8: not the golden value" "an event less does not hold"
grep -q '^PCR 8: missing event rampart/1 "golden rampart/1 config none' out
result $? "it is named as missing"

# The TPM and the logs.
sed 's/^15 .*/15 '"$none"'/' values >values5
console values5 "$log" lines >lie.log
is "$(explain golden.json --console lie.log)" "1 does not hold: PCR 15: the log does not explain the TPM" \
	"PCR 15 that is not the replay of the log does not hold"
sed "s/pcr sha256 3 tpm=[0-9a-f]*/pcr sha256 3 tpm=$none/" good.log >disagree.log
is "$(explain golden.json --console disagree.log | cut -c 1-68)" \
	"1 does not hold: PCR 3: the TPM and the kernel's files disagree; PCR" "two readings that disagree do not hold"
grep -v runtime-log good.log >noruntime.log
is "$(explain golden.json --console noruntime.log)" \
	"1 does not hold: PCR 8, 13, 14, 15: the log does not explain the TPM" "a log that lacks records does not hold"
grep -v 'firmware-log\|runtime-log' good.log >nolog.log
is "$(explain golden.json --console nolog.log)" "2 cannot tell: PCR 15: no log to check it against" "without any log it cannot tell"

unsure() # SENTENCE PATTERN ARGUMENT...: exit code 2, one line of error, no output
{
	sentence=$1
	pattern=$2
	shift 2
	"$rampart" "$@" >out 2>err
	is "$? $(wc -c <out) $(wc -l <err) $(grep -c -- "$pattern" err)" "2 0 1 1" "$sentence"
}
grep -v 'pcr sha256 9 ' good.log >missing.log
unsure "a PCR that was not printed is not guessed" 'missing.log: no "rampart: pcr sha256 9' explain golden.json --console missing.log
sed 's/ tpm=[0-9a-f]*//' good.log >sysfs.log
unsure "neither is one that only the kernel read" 'no "rampart: pcr sha256 0' explain golden.json --console sysfs.log
printf 'rampart: stage model\r\nrampart: FAILED stage=model reason=digest differs\r\n' >failed.log
unsure "a machine that stopped says why" "the machine stopped: stage=model reason=digest differs" explain golden.json --console failed.log
{ cat good.log; grep 'pcr sha256 4 ' good.log; } >twice.log
unsure "a PCR printed twice is refused" "twice.log: line [0-9]*: malformed" explain golden.json --console twice.log
sed 's/pcr sha256 4 tpm=./pcr sha256 4 tpm=/' good.log >hex.log
unsure "a value cut short is refused" "hex.log: line 9: malformed" explain golden.json --console hex.log
sed '0,/firmware-log /s/firmware-log ./firmware-log !/' good.log >base64.log
unsure "a damaged base64 line is refused" "base64.log: line [0-9]*: malformed" explain golden.json --console base64.log
sed '/firmware-log/{x;s/^/x/;/^xxx$/{x;d};x}' good.log >gap.log
unsure "a lost line of the log is noticed" "gap.log: at byte" explain golden.json --console gap.log
sed 's/runtime-log {"recnum":1/runtime-log {"recnum":2/' good.log >recnum.log
unsure "a lost record is noticed" 'record 1: "recnum"' explain golden.json --console recnum.log
unsure "a console and a log at once are a usage error" "see: rampart explain --help" explain golden.json "$log" --console good.log
unsure "golden values alone are a usage error" "see: rampart explain --help" explain golden.json
sed 's/"value": "0101/"value": "0102/' golden.json >wrong.json
unsure "golden values that are not the replay of their events are refused" "not the replay" explain wrong.json --console good.log
jq 'del(.pcrs.sha256["7"])' golden.json >seven.json
unsure "golden values without PCR 7 are refused" "exactly the PCRs 0 to 15" explain seven.json --console good.log
jq '.pcrs.sha256["4"].value = null' golden.json >null.json
unsure "no other PCR than 15 may be open" "not the replay" explain null.json --console good.log
jq '.schema = "rampart-golden/3"' golden.json >schema.json
unsure "another schema is refused" "rampart-golden/1" explain schema.json --console good.log
jq '.pcrs.sha512 = .pcrs.sha256' golden.json >bank.json
unsure "a bank without digests is refused" "without a digest of each bank" explain bank.json --console good.log
head -c 500 golden.json >cut.json
unsure "golden values cut short are refused" "cut.json:[0-9]*: not JSON" explain cut.json --console good.log

# platform: the firmware's part of the same console.
grep -v runtime-log good.log | sed 's/ tpm=[0-9a-f]*//' >platform.log
"$rampart" platform platform.log --name some-machine --shape memory_mib=1024,cpus=2,machine=pc-q35-10.0 >platform.json
is "$? $(jq -c '[.schema, .name, .shape, .banks]' platform.json)" \
	'0 ["rampart-platform/1","some-machine",{"memory_mib":1024,"cpus":2,"machine":"pc-q35-10.0"},["sha256"]]' \
	"platform: a reference is made"
is "$(jq -c '[.events[].pcr] | unique' platform.json)" "[0,1,2,3,6,7]" "platform: of the firmware's own PCRs only"
for pcr in 0 1 7; do
	value=$zero
	for digest in $(jq -r ".events[] | select(.pcr == $pcr) | .sha256" platform.json); do
		value=$(extend "$value" "$digest")
	done
	is "$value" "$(awk -v n=$pcr '$1 == "sha256" && $2 == n { print $3 }' "$pcrs")" "platform: its events lead to PCR $pcr"
done
sed "s/pcr sha256 1 sysfs=[0-9a-f]*/pcr sha256 1 sysfs=$none/" platform.log >other.log
"$rampart" platform other.log --name n --shape a=1 >out 2>err
is "$? $(wc -c <out) $(grep -c 'PCR 1 (sha256): the log does not lead to what the TPM holds' err)" "1 0 1" \
	"platform: a log that does not explain the TPM is refused"
unsure "platform: without a log it is refused" 'no "rampart: firmware-log" lines' platform nolog.log --name n --shape a=1
grep -v 'rampart: pcr' platform.log >nopcr.log
unsure "platform: without PCR lines it is refused" "no value of PCR 0 (sha256) printed" platform nopcr.log --name n --shape a=1
unsure "platform: a shape that is none is a usage error" "KEY=VALUE" platform platform.log --name n --shape memory

# log: what events say, in words.
"$rampart" log "$log" | grep PCR >words
for want in '  0  PCR 0   EV_NO_ACTION  Spec ID Event03' ' 14  PCR 1   EV_EFI_VARIABLE_BOOT  BootOrder 0001 0000 0002' \
	' 15  PCR 1   EV_EFI_VARIABLE_BOOT  Boot0001: UEFI Misc Device' \
	' 26  PCR 5   EV_EFI_GPT_EVENT  disk 11111111-2222-3333-4444-555555555555, 1 partitions: "esp"' \
	' 28  PCR 5   EV_EVENT_TAG  systemd-boot: loader.conf (tag 0xf5bc582a)' \
	' 29  PCR 4   EV_EFI_BOOT_SERVICES_APPLICATION  12903936 bytes, 2.1 1.1 4.1 \EFI\Linux\rampart.efi' \
	' 30  PCR 11  EV_IPL  .linux' ' 46  PCR 5   EV_EFI_ACTION  Exit Boot Services Returned with Success'; do
	is "$(grep -cxF -- "$want" words)" 1 "log: $want"
done
is "$("$rampart" log --console good.log | grep -c PCR)" "$((47 + $(wc -l <lines)))" "log: both logs of a console"
is "$(jq -r '.[1] | .number, .offset, .pcr, .type, .data' events.json | tr '\n' ' ')" \
	"1 65 0 EV_S_CRTM_VERSION 32003000320035002e00300032002d0038002b0064006500620031003300750031000000 " \
	"log: --json has the bytes"
finish
