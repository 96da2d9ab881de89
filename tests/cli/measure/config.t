#!/bin/sh
# SPDX-License-Identifier: MIT
# Golden values of an image that may be configured, against sha256sum: what they accept, and how `rampart diff`,
# `rampart explain` and `rampart log` show it. Nothing boots: tests/boot/48-config.t does that.
set -u
# shellcheck source=tests/cli/small.sh
. "$(dirname "$0")/../small.sh"

small_plan "config.allow address gateway" "config.source fw_cfg" \
	"module.00 qemu_fw_cfg sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 8" >plan
small_platform >platform.json
small_disk uki.efi

predict() # [OPTION...]
{
	"$rampart" predict --disk disk.img --plan plan --platform platform.json --banks sha256 "$@"
}
extend() # VALUE LINE
{
	digest=$(printf '%s\n' "$2" | sha256sum | cut -d' ' -f1)
	perl -e 'print pack("H*", join("", @ARGV))' "$1" "$digest" | sha256sum | cut -d' ' -f1
}
# PCR 8 with the config line $1.
pcr8()
{
	value=$(extend 0000000000000000000000000000000000000000000000000000000000000000 "$plan_line")
	extend "$(extend "$value" "$1")" "rampart/1 ready ready sha256:$none"
}
none=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
plan_line="rampart/1 plan plan sha256:$(sha256sum <plan | cut -d' ' -f1) size=$(wc -c <plan)"
none_line="rampart/1 config none sha256:$none size=0"
printf '# ours\ngateway=192.0.2.1\n  address = 192.0.2.17/24' >config
printf 'address = 192.0.2.17/24\ngateway = 192.0.2.1\n' >canonical
exact_line="rampart/1 config config sha256:$(sha256sum <canonical | cut -d' ' -f1) size=$(wc -c <canonical) address=192.0.2.17/24 gateway=192.0.2.1"

predict >none.json
result $? "golden values of an image that may be configured"
is "$(jq -c .config none.json)" '{"accepted":"none"}' "none is accepted if nothing is said"
is "$(jq -r '.pcrs.sha256["8"].value' none.json)" "$(pcr8 "$none_line")" "PCR 8 is that of none"
predict --config config >exact.json
is "$(jq -c .config exact.json)" '{"accepted":"exact","values":{"address":"192.0.2.17/24","gateway":"192.0.2.1"}}' "one is accepted, whatever its form"
is "$(jq -r '.pcrs.sha256["8"].value' exact.json)" "$(pcr8 "$exact_line")" "PCR 8 is that of its canonical text"
predict --any-config gateway,address >any.json
is "$(jq -c .config any.json)" '{"accepted":"any","keys":["address","gateway"]}' "any values of two keys are accepted"
is "$(jq -c '.pcrs.sha256["8"], ([.events[] | select(.pcr == 8)][1])' any.json | tr -d '\n')" \
	'{"value":null,"from":"plan"}{"pcr":8,"type":"rampart/1","what":"the machine'"'"'s own instance configuration"}' \
	"PCR 8 has no value then, and its second event no digest"
predict --any-config address >address.json
: >empty
predict --config empty >empty.json
same empty.json none.json "an empty configuration is none"

fails() # SENTENCE MESSAGE OPTION...
{
	sentence=$1
	echo "rampart predict: $2" >want
	shift 2
	predict "$@" >out 2>err
	is "$? $(wc -c <out)" "2 0" "refused: $sentence"
	head -n 1 err >got
	same want got "$sentence: its reason"
}
printf 'mtu = 1400\n' >other
fails "a key that the plan does not allow" 'other:1: mtu: the image does not allow this key' --config other
fails "such keys" '--any-config: the plan does not allow "mtu"' --any-config address,mtu
fails "no keys" '--any-config: the plan does not allow ""' --any-config ''
printf 'gateway = 192.0.2.1\n' >other
fails "a gateway alone" 'other: gateway: without an address, only a DHCP server names the router' --config other
fails "both" '--config or --any-config, not both (see: rampart predict --help)' --config config --any-config address
cp plan allows
sed -i '/^config/d' plan
fails "of an image that may not be configured" 'plan: the plan allows no instance configuration' --config config
predict >without.json
is "$(jq 'has("config")' without.json)" false "whose golden values do not speak of it"
mv allows plan

differs() # OLD NEW: code and last line
{
	"$rampart" diff "$1.json" "$2.json" >out 2>err
	echo "$? $(cat out err | tail -n 1)"
}
is "$(differs any any)" "0 same" "diff: the same"
is "$(differs any address)" "1 moved: PCR 8" "diff: other keys move PCR 8, which has no value in either"
is "$(grep '^config' out)" 'config keys: ["address","gateway"] -> ["address"]' "and it says which"
is "$(differs none exact)" "1 moved: PCR 8" "diff: another configuration"
is "$(differs none any)" "1 moved: PCR 8" "diff: one that is open"
is "$(grep '^config' out | tr '\n' ';')" 'config accepted: "none" -> "any";config keys: none -> ["address","gateway"];' "and it says so"

# The machine's runtime log as init writes it.
log() # CONFIG_LINE
{
	n=0
	for line in "$plan_line" "$1" "rampart/1 ready ready sha256:$none"; do
		printf '{"recnum":%d,"pcr":8,"digests":[{"hashAlg":"sha256","digest":"%s"}],"content_type":"rampart/1","content":"%s\\n"}\n' \
			$n "$(printf '%s\n' "$line" | sha256sum | cut -d' ' -f1)" "$line"
		n=$((n + 1))
	done
}
explained() # GOLDEN CONFIG_LINE: what is said of PCR 8
{
	log "$2" >runtime
	"$rampart" explain "$1.json" "$top/tests/fuzz/corpus/firmware-log/machine" runtime >out 2>err
	sed -n 's/^PCR 8 .* \([A-Za-z]*\)$/\1/p' out
}
is "$(explained exact "$exact_line")" equal "explain: exactly that one"
is "$(explained exact "$none_line")" DIFFERS "explain: not none"
is "$(explained any "$exact_line")" equal "explain: any"
is "$(explained any "$none_line")" equal "explain: or none"
is "$(explained address "$exact_line")" DIFFERS "explain: no other key"
is "$(explained any "$exact_line mtu=1400")" DIFFERS "explain: a line that no configuration has"
finish
