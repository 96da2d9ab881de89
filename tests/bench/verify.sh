#!/bin/sh
# SPDX-License-Identifier: MIT
# verify.sh RESULTS: times the verification of one machine's evidence by librampart (tests/bench/verify.c)
# beside tpm2_checkquote (signature and nonce) and tpm2_eventlog (the firmware's log), and nothing else.
# Boots images/test once for the evidence. Runs in the toolbox. Appends "verify.ours N" (a second, one
# core) and "verify.tools MS" (both processes, one after the other), several of each. Environment: ROUNDS.
set -eu
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
results=$1
out=build/bench/verify
vm=$out/vm
PORT=${PORT:-18482}
export PORT
rm -rf $out
mkdir -p $out
trap 'scripts/vm/down.sh $vm >/dev/null 2>&1 || :' EXIT
trap 'exit 130' INT TERM

KEEP=1 WAIT_FOR='^rampart: (SERVING|FAILED)' scripts/vm/boot.sh build/test/disk.img $vm
build/bin/rampart verify "https://127.0.0.1:$PORT" --golden build/test/golden.json --roots $vm/ek-ca.pem \
	--save $out/evidence.json >$out/verified || die "the machine does not hold: $(tail -n 1 $out/verified)"
scripts/vm/down.sh $vm

member() # JQ_PATH FILE
{
	jq -r "$1" $out/evidence.json | base64 -d >"$out/$2"
}
member .quote quote
member .signature signature
member .firmware_log firmware.log
# The AK as a PEM file: the last 68 bytes of a P-256 TPMT_PUBLIC are both coordinates with their sizes.
member .ak.public ak
{
	printf '\060\131\060\023\006\007\052\206\110\316\075\002\001\006\010\052\206\110\316\075\003\001\007\003\102\000\004'
	tail -c 66 $out/ak | head -c 32
	tail -c 32 $out/ak
} >$out/ak.der
openssl pkey -pubin -inform DER -in $out/ak.der -out $out/ak.pem
extra=$(tpm2_print -t TPMS_ATTEST $out/quote | sed -n 's/^extraData: //p')

tools()
{
	tpm2_checkquote -u $out/ak.pem -m $out/quote -s $out/signature -q "$extra" >$out/checkquote &&
		tpm2_eventlog $out/firmware.log >$out/eventlog 2>$out/eventlog.words
}
gcc -std=gnu11 -O2 -Wall -Wextra -Werror -I. -o $out/verify tests/bench/verify.c build/release/librampart.a -ljansson -lcrypto
round=0
while [ $round -lt "${ROUNDS:-3}" ]; do
	$out/verify $out/evidence.json build/test/golden.json $vm/ek-ca.pem >$out/said
	[ "$(sed 1d $out/said)" = ak.trust ] || die "more than an activation is missing: $(sed 1d $out/said | tr '\n' ' ')"
	echo "verify.ours $(head -n 1 $out/said)" >>"$results"
	start=$(date +%s%N)
	for _ in 1 2 3 4 5 6 7 8 9 10; do tools || die "tpm2_checkquote or tpm2_eventlog failed"; done
	echo "verify.tools $(awk -v ns=$(($(date +%s%N) - start)) 'BEGIN { printf "%.2f", ns / 1e7 }')" >>"$results"
	round=$((round + 1))
done
step VERIFY "$(head -n 1 $out/said) a second and core"
