#!/bin/sh
# SPDX-License-Identifier: MIT
# CVE-2024-29039, on verifiers that let another tool say which PCRs a quote is over. A machine that booted
# something else replays the events of golden PCRs 0-7 into its PCRs 8-15, which are everybody's to
# extend, quotes these, and shows their values as those of 0-7: the digest and the signature hold. The
# evidence is otherwise that of tests/fuzz/machine; the quotes are made with tpm2-tools and swtpm.
set -u
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
machine=tests/fuzz/machine
work=$(mktemp -d)
swtpm_pid=
trap '[ -z "$swtpm_pid" ] || kill "$swtpm_pid" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
all=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
high=8,9,10,11,12,13,14,15

start_tpm()
{
	mkdir "$work/tpm"
	swtpm socket --tpm2 --tpmstate "dir=$work/tpm" --server "type=unixio,path=$work/sock" \
		--ctrl "type=unixio,path=$work/sock.ctrl" --flags startup-clear >"$work/swtpm.log" 2>&1 &
	swtpm_pid=$!
	tries=0
	while [ ! -S "$work/sock" ] || [ ! -S "$work/sock.ctrl" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { echo "Bail out! no swtpm"; exit 1; }
		sleep 0.1
	done
	TPM2TOOLS_TCTI=swtpm:path=$work/sock
	export TPM2TOOLS_TCTI
}

boot_something_else()
{
	for pcr in 0 1 2 3 4 5 6 7; do
		tpm2_pcrextend "$pcr:sha256=$(printf 'another system %s' $pcr | sha256sum | cut -d' ' -f1)" || return 1
	done
	jq -r '.events[] | select(.pcr < 8 and .sha256) | "\(.pcr + 8) \(.sha256)"' $machine/golden.json >"$work/replay"
	while read -r pcr digest; do
		tpm2_pcrextend "$pcr:sha256=$digest" || return 1
	done <"$work/replay"
}

make_ak()
{
	tpm2_createprimary -Q -C e -G ecc256:ecdsa-sha256:null -c "$work/ak.ctx" \
		-a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign' &&
		tpm2_evictcontrol -Q -C o -c "$work/ak.ctx" 0x81010010 &&
		tpm2_flushcontext -Q -t &&
		tpm2_readpublic -Q -c 0x81010010 -f tpmt -o "$work/ak"
}

quote() # NAME PCRS: with the extraData that the fixture's quote has
{
	tpm2_quote -Q -c 0x81010010 -l "sha256:$2" -q "$extra" -m "$work/$1.quote" -s "$work/$1.signature"
}

values() # PCRS: as a JSON list
{
	tpm2_pcrread -Q "sha256:$1" -o "$work/values" || return 1
	od -An -v -tx1 -w32 "$work/values" | tr -d ' ' | jq -R . | jq -s .
}

evidence() # NAME VALUES
{
	jq --arg ak "$(base64 -w0 "$work/ak")" --arg quote "$(base64 -w0 "$work/$1.quote")" \
		--arg signature "$(base64 -w0 "$work/$1.signature")" --argjson values "$2" \
		'.ak = {public: $ak, certificates: []} | .quote = $quote | .signature = $signature | .pcrs.sha256 = $values' \
		$machine/evidence.json >"$work/$1.json"
	build/bin/rampart verify --evidence "$work/$1.json" --golden $machine/golden.json --roots $machine/root.der \
		--at 2027-01-15T08:00:00Z --json >"$work/$1.report" 2>"$work/$1.words"
	status=$?
}

outcome() # NAME CHECK
{
	jq -r --arg id "$2" '.checks[] | select(.id == $id) | .outcome' "$work/$1.report"
}

start_tpm
boot_something_else
result $? "a machine boots something else, and replays the golden events of PCR 0-7 into 8-15"
make_ak
result $? "it has an AK of the right kind"
base64 -d >"$work/fixture.quote" <<END
$(jq -r .quote $machine/evidence.json)
END
extra=$(tpm2_print -t TPMS_ATTEST "$work/fixture.quote" | sed -n 's/^extraData: //p')

quote honest $all
evidence honest "$(values $all)"
is "$status $(outcome honest quote.selection) $(outcome honest quote.signature) $(outcome honest quote.digest)" \
	"1 holds holds holds" "an honest quote of it is well formed"
is "$(outcome honest golden.values)" fails "and shows that it booted something else"

quote edited $high
golden=$(values $high)
is "$golden" "$(jq '[.pcrs.sha256[range(8) | tostring].value]' $machine/golden.json)" "PCR 8-15 show golden 0-7"
evidence edited "$(jq -n --argjson a "$golden" --argjson b "$(jq '.pcrs.sha256[8:]' $machine/evidence.json)" '$a + $b')"
is "$status $(outcome edited quote.signature)" "1 holds" "a quote over them, with golden values beside it, is rejected"
is "$(outcome edited quote.selection)" fails "for its selection"
is "$(outcome edited golden.values)" holds "and the values beside it would have been taken"

# The selection as it is signed: 3 bytes of a bitmap, behind the count, the bank and their size.
cp "$work/edited.signature" "$work/forged.signature"
od -An -v -tx1 "$work/edited.quote" | tr -d ' \n' |
	sed 's/00000001000b0300ff00/00000001000b03ffff00/' | tr a-f A-F | basenc --base16 -d >"$work/forged.quote"
is "$(cmp -l "$work/edited.quote" "$work/forged.quote" | wc -l)" 1 "the selection can be edited in the quote itself"
evidence forged "$(jq -n --argjson a "$golden" --argjson b "$(jq '.pcrs.sha256[8:]' $machine/evidence.json)" '$a + $b')"
is "$status $(outcome forged quote.selection) $(outcome forged quote.signature)" "1 holds fails" "then its signature is false"
finish
