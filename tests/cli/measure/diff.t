#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart diff on golden values whose PCRs are found by sha256sum: what moved, by which event.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
own_folder
zero=0000000000000000000000000000000000000000000000000000000000000000

digest() { printf '%s' "$1" | sha256sum | cut -d' ' -f1; }
extend() { perl -e 'print pack("H*", join("", @ARGV))' "$1" "$2" | sha256sum | cut -d' ' -f1; }

# golden <EVENTS: a line each, "pcr type hashed what".
golden()
{
	cat >events
	printf '{"schema": "rampart-golden/1", "image": {"name": "small", "version": "1", "debug": false, "disk_sha256": "%s"},' "$(digest "$(cat events)")"
	printf '"platform": {"name": "here", "shape": {"cpus": 2}}, "payloads": [], "pcrs": {"sha256": {'
	for pcr in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		value=$zero
		while read -r n _ hashed _; do
			[ "$n" != $pcr ] || value=$(extend "$value" "$(digest "$hashed")")
		done <events
		printf '"%s": {"value": "%s", "from": "image"}, ' $pcr "$value"
	done
	printf '"15": {"value": null, "from": "identity"}}}, "events": ['
	before=
	while read -r n type hashed what; do
		printf '%s{"pcr": %s, "type": "%s", "sha256": "%s", "what": "%s"}' "$before" "$n" "$type" "$(digest "$hashed")" "$what"
		before=', '
	done <events
	printf ']}\n'
}
diff_() # ARGUMENT...: code and last line
{
	"$rampart" diff "$@" >out 2>err
	echo "$? $(cat out err | tail -n 1)"
}
cat >lines <<'END'
4 EV_EFI_BOOT_SERVICES_APPLICATION loader EFI/BOOT/BOOTX64.EFI
4 EV_EFI_BOOT_SERVICES_APPLICATION uki EFI/Linux/rampart.efi
11 EV_IPL linux .linux
11 EV_IPL initrd .initrd
13 rampart/1 container rampart/1 container test
END
golden <lines >old.json
is "$(diff_ old.json old.json)" "0 same" "the same values are the same"
is "$(grep -c ' same$' out) $(grep -c MOVED out)" "16 0" "each PCR is in the table"

sed 's/ uki / uki2 /; s/ initrd / initrd2 /' lines | golden >new.json
is "$(diff_ old.json new.json)" "1 moved: PCR 4, 11" "another initrd moves two PCRs"
is "$(sed -n 's/^PCR \([0-9]*\) .* MOVED$/\1/p' out | tr '\n' ' ')" "4 11 " "the table says which"
is "$(grep '^PCR .* event' out)" 'PCR 4: changed event EV_EFI_BOOT_SERVICES_APPLICATION "EFI/Linux/rampart.efi"
PCR 11: changed event EV_IPL ".initrd"' "and the events that did it are named, and no others"
is "$(sed -n 's/^  \(old\|new\) sha256 //p' out | tr '\n' ' ')" \
	"$(digest uki) $(digest uki2) $(digest initrd) $(digest initrd2) " "with both digests"
is "$(grep -c '^image disk_sha256: ' out) $(grep -cE '^(image|platform) ' out)" "1 1" "what is said of the image is compared"
sed 's|container rampart/1 container test|container2 rampart/1 container other|' lines | golden >container.json
is "$(diff_ old.json container.json) $(grep -c "^  new sha256 $(digest container2) \"rampart/1 container other\"$" out)" \
	"1 moved: PCR 13 1" "an event that says something else is quoted"

{ cat lines; echo "12 EV_IPL addon addon.efi"; } | golden >more.json
is "$(diff_ old.json more.json; grep '^PCR 12:' out)" '1 moved: PCR 12
PCR 12: new event EV_IPL "addon.efi"' "an event more is new"
is "$(diff_ more.json old.json; grep '^PCR 12:' out)" '1 moved: PCR 12
PCR 12: gone event EV_IPL "addon.efi"' "the other way round it is gone"
for n in 1 2 3 4 5 6 7 8 9; do echo "14 rampart/1 model$n model $n"; done | golden >many.json
is "$(diff_ old.json many.json; grep -c '^PCR 14:' out; grep -c '^  and perhaps others of PCR 14$' out)" '1 moved: PCR 4, 11, 13, 14
8
1' "more than eight of one PCR are not hidden"

is "$(diff_ old.json new.json --json | cut -d' ' -f1; jq -c '[.schema, .verdict, (.pcrs | length), [.pcrs[] | select(.same | not) | .pcr],
	[.differences[] | [.pcr, .kind, .type, .old_what, .new_what]], [.described[] | .object + " " + .name]]' out)" \
	'1
["rampart-diff/1","moved",16,[4,11],[[4,"changed","EV_EFI_BOOT_SERVICES_APPLICATION","EFI/Linux/rampart.efi","EFI/Linux/rampart.efi"],[11,"changed","EV_IPL",".initrd",".initrd"]],["image disk_sha256"]]' \
	"--json says the same"
is "$(diff_ old.json more.json --json >/dev/null; jq -c '.differences[0] | [.kind, .old, .old_what, .new_what]' out)" \
	'["new",null,null,"addon.efi"]' "and null for an event that is not there"

jq '.platform.name = "there" | .image.debug = true | .image.more = [1]' old.json >said.json
is "$(diff_ old.json said.json; grep -E '^(image|platform) ' out)" '0 same
image debug: false -> true
image more: none -> [1]
platform name: "here" -> "there"' "what is only said moves no value"
jq '.events[0].type = "EV_IPL"' old.json >type.json
is "$(diff_ old.json type.json; grep -c "^  new sha256 $(digest loader) \"" out)" "0 same
0" "a type, which nobody hashes, moves none either"
jq '.events[0].sha256 = .events[1].sha256' old.json >replay.json
unsure() # SENTENCE PATTERN ARGUMENT...
{
	sentence=$1
	pattern=$2
	shift 2
	"$rampart" diff "$@" >out 2>err
	is "$? $(wc -c <out) $(wc -l <err) $(grep -c -- "$pattern" err)" "2 0 1 1" "$sentence"
}
unsure "values that are not the replay of their events are refused" "replay.json: .*not the replay" old.json replay.json
sed 's/addon.efi/add\\u001b[2Jon/' more.json >escape.json
diff_ old.json escape.json >/dev/null
is "$(grep '^PCR 12:' out)" 'PCR 12: new event EV_IPL "add?[2Jon"' "no control character reaches a terminal"
jq '.events = [] | .pcrs.sha256 |= map_values(.value = if .value then "'"$zero"'" else null end)' old.json >empty.json
jq '.pcrs.sha384 = (.pcrs.sha256 | map_values(.value = if .value then "'"$zero$zero"'"[:96] else null end))' empty.json >two.json
is "$(diff_ empty.json two.json | cut -c 1-15)" "1 moved: PCR 0," "a bank that only one of them has has moved"
unsure "one file is a usage error" "see: rampart diff --help" old.json
head -c 300 old.json >cut.json
unsure "a file cut short is refused" "cut.json:[0-9]*: not JSON" old.json cut.json
unsure "a file that is not there is named" "none.json" old.json none.json
finish
