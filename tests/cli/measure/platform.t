#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart platform --log, and golden values of the second edition: what logs of real machines (VECTORS) and a log of our own
# stack become, that golden values made with it accept just that log, and which files are refused. goldens.py computes
# every value a second time.
# seen: gce: public logs of earlier firmware become references, or are refused with the reason
# seen: gce-tdx: the public log of one holds, and with another image it does not
# seen: kubevirt: a public log of a KVM machine with an older OVMF of the same maker becomes a reference that holds
# seen: metal: public logs of servers become references that hold, or are refused with the reason
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
rampart=$PWD/build/bin/rampart
here=$PWD/tests/cli/measure
fixture=$PWD/tests/fixtures/ovmf-q35.bin
references=$PWD/measure/platforms
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# What became of a log, on a line: exit code; banks; where images are measured; PCRs that are unchecked; what golden values
# made with it say of the log, or why there is no reference.
outcome() # LOG
{
	"$rampart" platform --log "$1" --name machine --shape kind=test >"$dir/platform" 2>"$dir/err"
	code=$?
	cp "$dir/err" "$dir/said"
	if [ $code -ne 0 ]; then
		echo "$code $(sed 's/.*: //' "$dir/err" | tail -n 1)"
		return
	fi
	"$rampart" log "$1" --json >"$dir/log"
	python3 "$here/goldens.py" "$dir/platform" "$dir/log" >"$dir/golden"
	"$rampart" explain "$dir/golden" "$1" --json >"$dir/explained" 2>"$dir/err" || :
	jq -r -s '"\(.[0].banks | join(",")) images=\(.[0].boot.images_pcr // 4) unchecked=\(.[0].rules // {} |
		[to_entries[] | select(.value.unchecked) | .key] | join(",")) \(.[1].verdict) \(.[1].reason)"' \
		"$dir/platform" "$dir/explained" 2>/dev/null | sed 's/  *$//' || cat "$dir/err"
}

# ---- our own stack ----

is "$(outcome "$fixture")" "sha256 images=4 unchecked= holds" "a log of OVMF, systemd-boot and Linux is taken event by event"
cp "$dir/golden" "$dir/own"
cp "$dir/platform" "$dir/reference"
"$rampart" platform --log "$fixture" --name machine --shape kind=test 2>/dev/null >"$dir/again"
same "$dir/reference" "$dir/again" "the same log, the same bytes"
"$rampart" platform --log "$fixture" --name machine >"$dir/noshape" 2>"$dir/err"
is "$(jq -c '[(.rules | keys), ([.events[] | select(.pcr == 1)] | length)]' "$dir/noshape")" '[["1"],0]' "without a shape PCR 1 is left unchecked"
is "$(grep -c '^PCR 1: unchecked: ' "$dir/err")" 1 "and the reason is said"
for bad in "--log $fixture" "--name a --log $fixture --shape 1" "--name a --log $fixture $fixture" "--name a"; do
	# shellcheck disable=SC2086
	"$rampart" platform $bad >"$dir/out" 2>"$dir/err"
	is "$? $(wc -c <"$dir/out") $(wc -l <"$dir/err")" "2 0 1" "usage: platform $(echo "$bad" | sed "s|$fixture|LOG|g")"
done

# ---- what golden values accept ----

holds() { "$rampart" explain "$1" "$2" --json 2>/dev/null | jq -r '"\(.verdict) \(.reason)"'; }
# A log with one event more of PCR 5: "Exit Boot Services Returned with Failure", before the pair.
python3 - "$fixture" "$dir" <<'END'
import hashlib
import struct
import sys

SIZES = {4: 20, 11: 32, 12: 48, 13: 64}
NAMES = {4: "sha1", 11: "sha256", 12: "sha384", 13: "sha512"}
log = open(sys.argv[1], "rb").read()


def records(at):
    while at < len(log):
        pcr, kind, count = struct.unpack_from("<III", log, at)
        end, algs = at + 12, []
        for _ in range(count):
            alg, = struct.unpack_from("<H", log, end)
            algs.append(alg)
            end += 2 + SIZES[alg]
        size, = struct.unpack_from("<I", log, end)
        data = log[end + 4:end + 4 + size]
        end += 4 + size
        yield at, end, pcr, kind, algs, data
        at = end


def event(pcr, kind, algs, data, digest=None):
    out = struct.pack("<III", pcr, kind, len(algs))
    for alg in algs:
        out += struct.pack("<H", alg) + hashlib.new(NAMES[alg], data if digest is None else digest).digest()
    return out + struct.pack("<I", len(data)) + data


def write(name, *parts):
    open(f"{sys.argv[2]}/{name}", "wb").write(b"".join(parts))


size, = struct.unpack_from("<I", log, 28)
first = 32 + size
failure = b"Exit Boot Services Returned with Failure"
for at, end, pcr, kind, algs, data in list(records(first)):
    if data == b"Exit Boot Services Invocation":
        for times in range(1, 4):
            write(f"failed{times}", log[:at], event(5, kind, algs, failure) * times, log[at:])
    if data.startswith(b"Calling EFI Application"):
        write("uncalled", log[:at], log[end:])
        write("called", log[:at], log[at:end] * 2, log[end:])
    if pcr == 6 and kind == 4:
        uuid = b"UUID: 12345678-1234-1234-1234-123456789abc"
        write("uuid", log[:at], event(6, 12, algs, uuid), log[at:])
        write("otheruuid", log[:at], event(6, 12, algs, uuid.replace(b"9abc", b"9abd")), log[at:])
        write("nouuid", log[:at], event(6, 12, algs, b"UUID: none"), log[at:])
        write("twouuids", log[:at], event(6, 12, algs, uuid) * 2, log[at:])
        write("liar", log[:at], event(6, 12, algs, uuid, b"something else"), log[at:])
    if pcr == 2 and kind == 4:
        write("vendor1", log[:end], event(2, 0x8401, algs, b"\0"), log[end:])
        write("driver", log[:end], event(2, 0x80000004, algs, b"\1" * 40), log[end:])
        write("calleddriver", log[:end], event(2, 0x8401, algs, b"\1" * 40), log[end:])
    if kind == 0x80000003:
        write("otherimage", log[:at], event(pcr, kind, algs, data), log[end:])
END
is "$(holds "$dir/own" "$dir/failed1")$(holds "$dir/own" "$dir/failed2")" "holds holds " "leaving boot services may fail once, and twice"
is "$(holds "$dir/own" "$dir/failed3")" "differs PCR 5: not the golden value" "three times is not accepted"
is "$(holds "$dir/own" "$dir/uncalled")" "differs PCR 4: not the golden value" "an image that is not called is not accepted"
is "$(holds "$dir/own" "$dir/otherimage")" "differs PCR 4: not the golden value" "another image is not accepted"
is "$(outcome "$dir/uncalled")" "sha256 images=4 unchecked= holds" "firmware that calls without saying so is known by its log"
is "$(holds "$dir/golden" "$fixture")" "holds " "and may say so another time: PCR 4 has two values"
is "$(outcome "$dir/called")" "1 a boot option that failed before" "a log with a boot option that failed is refused"

is "$(outcome "$dir/uuid")" "sha256 images=4 unchecked= holds" "the UUID of a machine in PCR 6 is a rule"
is "$(holds "$dir/golden" "$dir/otheruuid")" "holds " "another machine's is accepted"
for log in nouuid twouuids liar; do
	is "$(holds "$dir/golden" "$dir/$log")" "differs PCR 6: not the golden value" "but not a log with $log"
done
is "$(holds "$dir/golden" "$fixture")" "differs PCR 6: not the golden value" "nor one without"
is "$(outcome "$dir/vendor1")" "sha256 images=4 unchecked=2 holds" "an event of a vendor's own type in PCR 2 leaves that PCR unchecked"
is "$(grep -c '^PCR 2: unchecked: .*nothing measured tells a driver from these' "$dir/said")" 1 "and the reason is said"
is "$(holds "$dir/own" "$dir/driver") $(holds "$dir/own" "$dir/calleddriver")" \
	"differs PCR 2: not the golden value differs PCR 2: not the golden value" "a driver is none of an exact PCR 2, whatever a log calls it"

# ---- no image is left open ----

refused() # SENTENCE PATTERN JQ
{
	jq "$3" "$dir/own" >"$dir/bad"
	"$rampart" explain "$dir/bad" "$fixture" >"$dir/out" 2>"$dir/err"
	is "$? $(wc -c <"$dir/out") $(wc -l <"$dir/err") $(grep -c -- "$2" "$dir/err")" "2 0 1 1" "$1"
	grep -q -- "$2" "$dir/err" || sed 's/^/# /' "$dir/err"
}
for pcr in 4 5 8 9 10 11 12 13 14 15; do
	refused "PCR $pcr cannot be unchecked" "a PCR that the firmware alone does not decide" ".rules[\"$pcr\"] = {\"unchecked\": \"why not\"}"
done
refused "unchecked wants a sentence" "without a sentence" '.rules["2"] = {"unchecked": ""}'
refused "a rule beside events is refused" "with a rule and with events" '.rules["2"] = {"unchecked": "it varies"}'
refused "values are of a firmware's PCR" "a PCR that the firmware alone does not decide" '.rules["4"] = {"values": {"sha256": []}}'
refused "a program without a digest is refused" "a program whose digest is left open" \
	'.events += [{"pcr": 2, "type": "EV_EFI_BOOT_SERVICES_DRIVER", "digest": "any", "what": "any"}]'
for pcr in 0 2; do
	for by in '"digest": "any", "times": [0, 16]' '"digest": "data"' "\"digest\": \"data\", \"data\": \"$(printf '..%.0s' 1 2 3 4 5 6 7 8)\""; do
		refused "PCR $pcr is of programs: no event with $by" "a PCR of programs" \
			".events += [{\"pcr\": $pcr, \"type\": \"0x00008401\", $by, \"what\": \"of the maker\"}]"
	done
done
refused "an open event in PCR 4 is refused" "an open digest in a PCR that the image decides" \
	'.events += [{"pcr": 4, "type": "EV_EFI_ACTION", "digest": "any", "times": [0, 1], "what": "any"}]'
refused "no image at all is refused" "would accept any" '.events |= map(select(.type != "EV_EFI_BOOT_SERVICES_APPLICATION"))'
refused "an image that may be missing is none" "would accept any" \
	'.events |= map(if .type == "EV_EFI_BOOT_SERVICES_APPLICATION" then .times = [0, 1] else . end)'
refused "another value than the events' is refused" "not those of the events and rules" ".pcrs.sha256[\"4\"].value = \"$(printf '%064d' 0)\""
refused "a value more than the events' is refused" "not those of the events and rules" '.pcrs.sha256["5"].values += [.pcrs.sha256["4"].value]'
refused "an edition that is not known is refused" 'rampart-golden/1" or "rampart-golden/2' '.schema = "rampart-golden/3"'
refused "too many ways are refused" "in more ways than can be compared" \
	'.events |= map(if .pcr == 5 then .times = [0, 8] else . end)'

# ---- the references of the tree ----

for json in "$references"/*.json; do
	name=$(basename "$json" .json)
	jq -c '.events |= map(select(.pcr == 0 or .pcr == 1 or .pcr == 2 or .pcr == 3 or .pcr == 6 or .pcr == 7)) |
		{schema, events: (.events | length), name}' "$json" >"$dir/out"
	"$rampart" predict --disk /dev/null --plan /dev/null --platform "$json" >"$dir/out" 2>"$dir/err"
	is "$(grep -c "/dev/null" "$dir/err")" 1 "reference $name can be read"
	case $(jq -r .schema "$json") in
	*/2) is "$(jq -r '.note // "" | test("^(not yet seen on the real machine|from )")' "$json")" true "reference $name says what it is made of" ;;
	esac
done
# GCE's PCR 0: GCE Virtual Firmware v2 and the technology, hashed here.
gce()
{
	python3 - "$1" "$2" <<'END'
import hashlib
import sys

bank, value = sys.argv[2], b""
value = b"\0" * hashlib.new(bank).digest_size
for data in ("GCE Virtual Firmware v2\0".encode("utf-16-le"), b"GCE NonHostInfo\0" + bytes([int(sys.argv[1])]) + b"\0" * 15, b"\0" * 4):
    value = hashlib.new(bank, value + hashlib.new(bank, data).digest()).digest()
print(value.hex())
END
}
for technology in plain:0 sev:1 tdx:3 sev-snp:4; do
	for bank in sha256 sha384; do
		value=$(jq -r --arg bank $bank '[.events[] | select(.pcr == 0) | .[$bank]] | join(" ")' "$references/gce-${technology%:*}.json" |
			python3 -c 'import hashlib, sys
bank, value = sys.argv[1], b"\0" * hashlib.new(sys.argv[1]).digest_size
for digest in sys.stdin.read().split():
    value = hashlib.new(bank, value + bytes.fromhex(digest)).digest()
print(value.hex())' $bank)
		is "$value" "$(gce "${technology#*:}" $bank)" "gce-${technology%:*}: PCR 0 in $bank"
	done
done

# ---- logs of real machines ----

for vectors in "${VECTORS:-}" /mnt/vectors ../shared/vectors; do
	[ ! -d "$vectors/eventlogs" ] || break
done
if [ ! -d "$vectors/eventlogs" ]; then
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - logs of real machines # SKIP no folder of vectors (VECTORS=)"
	finish
fi
while IFS='|' read -r log want; do
	is "$(outcome "$vectors/eventlogs/$log.bin")" "$want" "$log"
done <<'END'
cos-101-amd-sev|sha256,sha384 images=4 unchecked=7 holds
crypto_agile_eventlog|1 a program of the firmware's own comes before any of a disk, which is not supported
debian-10|1 the log has neither the bank sha256 nor sha384
ebs_event_missing_eventlog|1 the log has neither the bank sha256 nor sha384
event-arch-linux|sha256 images=4 unchecked= holds
event-bootorder|sha256 images=4 unchecked= holds
event-moklisttrusted|sha256 images=4 unchecked=7 holds
event-sd-boot-fedora37|1 golden values of such a machine would accept any
gce-tdx-uki|sha256,sha384 images=2 unchecked= holds
short_no_action_eventlog|2 the first record is neither a header nor a measurement
ubuntu-2104-no-secure-boot|sha256,sha384 images=4 unchecked= differs PCR 7: not the golden value
END
is "$(find "$vectors/eventlogs" -name '*.bin' | wc -l)" 11 "each log of the folder is in this table"

# KubeVirt's machines have CentOS Stream's OVMF, which is Red Hat's. There is a log of an older one of that maker, in a machine of
# KVM whose network card has an option ROM: what is made of it takes no other firmware and no other ROM.
redhat=$vectors/eventlogs/event-moklisttrusted.bin
outcome "$redhat" >"$dir/out"
for what in 0:EV_EFI_PLATFORM_FIRMWARE_BLOB 2:EV_EFI_BOOT_SERVICES_DRIVER; do
	jq --arg type "${what#*:}" '(first(.events[] | select(.type == $type)).sha256) |= gsub("[0-9a-f]"; "0")' "$dir/platform" >"$dir/other"
	python3 "$here/goldens.py" "$dir/other" "$dir/log" >"$dir/golden"
	is "$(holds "$dir/golden" "$redhat")" "differs PCR ${what%:*}: not the golden value" "a machine of KVM with Red Hat's OVMF: no other ${what#*:}"
done

# A TDX machine of Google measures images into PCR 2: whatever is expected of PCR 4, another image must show.
tdx=$vectors/eventlogs/gce-tdx-uki.bin
outcome "$tdx" >"$dir/out"
is "$(jq -c '[.events[] | select(.type == "EV_EFI_BOOT_SERVICES_APPLICATION") | .pcr]' "$dir/golden")" "[2,2]" "gce-tdx-uki: the image is expected in PCR 2"
for jq in '.rules["2"] = {"unchecked": "it varies"} | .events |= map(select(.pcr != 2))' '.events |= map(select(.type != "EV_EFI_BOOT_SERVICES_APPLICATION"))' \
	'.events |= map(if .type == "EV_EFI_BOOT_SERVICES_APPLICATION" then del(.sha256, .sha384) | .digest = "any" else . end)'; do
	jq "$jq" "$dir/golden" >"$dir/bad"
	"$rampart" explain "$dir/bad" "$tdx" >"$dir/out" 2>"$dir/err"
	is "$? $(wc -c <"$dir/out")" "2 0" "gce-tdx-uki: $(sed 's/.*: //' "$dir/err")"
done
"$rampart" log "$tdx" --json >"$dir/log"
is "$(jq -r '.rules // {} | keys | join(",")' "$references/gce-tdx.json") $(jq -r .boot.images_pcr "$references/gce-tdx.json")" "1 2" \
	"the reference of these machines expects the image in PCR 2"
python3 "$here/goldens.py" "$references/gce-tdx.json" "$dir/log" >"$dir/golden"
is "$(holds "$dir/golden" "$tdx")" "holds " "with it, the log holds"
jq '(first(.[] | select(.type == "EV_EFI_BOOT_SERVICES_APPLICATION")).digests) |= map_values(gsub("[0-9a-f]"; "0"))' "$dir/log" >"$dir/otherlog"
python3 "$here/goldens.py" "$references/gce-tdx.json" "$dir/otherlog" >"$dir/golden"
is "$(holds "$dir/golden" "$tdx")" "differs PCR 2: not the golden value" "and with those of another image it does not"
finish
