#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine proves itself to `rampart verify` and `rampart connect`, and whoever stands in its place does not.
set -eu
. tests/boot/lib.sh
vm=$work/vm
proxy=
middle=
trap 'kill $proxy $middle 2>/dev/null || :; scripts/vm/down.sh "$vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
url=https://127.0.0.1:$PORT

# verify [ARGUMENT...]: what it says in $work/verified; $code.
verify()
{
	code=0
	build/bin/rampart verify "$@" >"$work/verified" 2>&1 || code=$?
}

# refused BY: the last verify did not hold, and the check BY is the reason.
refused()
{
	is "$code" 1 "$2"
	shows "$work/verified" "^fails +$1 " "... for $1"
}

# wait_for FILE SED: until sed -n prints something of FILE, at most 60 s; $found.
wait_for()
{
	tries=0
	until found=$(sed -n "$2" "$1" 2>/dev/null) && [ -n "$found" ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || break
		sleep 0.1
	done
}

KEEP=1
export KEEP
boot build/test/disk.img
is "$status" 0 "the machine comes up"
roots=$vm/ek-ca.pem
explain
is "$verdict" 0 "its console has the golden values"
shows "$work/explained" '^PCR 15 .*as logged' "and in PCR 15 what its log says"

verify "$url" --golden "$golden" --roots "$roots" --save "$work/evidence.json"
is "$code" 0 "the machine proves itself"
sed 's/^/# /' "$work/verified"
is "$(grep -Ec '^PCR [0-9]+ .* equal$' "$work/verified")" 16 "by sixteen PCRs"
shows "$work/verified" 'trusted by activation$' "of a TPM that opened a credential"
key=$(sed -n 's/^TLS key *sha256://p' "$work/verified")
openssl s_client -connect "127.0.0.1:$PORT" </dev/null 2>/dev/null >"$work/handshake" || :
is "$(openssl x509 -in "$work/handshake" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)" \
	"$key" "which has measured the key that any TLS client sees"
shows "$work/handshake" 'X25519MLKEM768' "the key exchange is the hybrid one"
verify "$url" --golden "$golden" --roots "$roots" --json
is "$(jq -r '.verdict + " " + .trust' "$work/verified")" "holds activation" "as JSON as well"
verify "$url" --golden build/probe/golden.json --golden "$golden" --roots "$roots"
is "$code" 0 "one of several golden values is enough"

# The evidence itself.
is "$(jq -r .schema "$work/evidence.json")" rampart-evidence/1 "evidence was kept"
jq -r .firmware_log "$work/evidence.json" | base64 -d >"$work/firmware.log"
sed -n 's/^rampart: firmware-log //p' "$console" | base64 -d >"$work/console.firmware.log"
same "$work/firmware.log" "$work/console.firmware.log" "the firmware's log in it is the one on the console"
jq -r .runtime_log "$work/evidence.json" | base64 -d >"$work/runtime.log"
sed -n 's/^rampart: runtime-log //p' "$console" >"$work/console.runtime.log"
same "$work/runtime.log" "$work/console.runtime.log" "so is the runtime log"

# What is not the machine.
verify "$url" --golden build/probe/golden.json --roots "$roots"
refused golden.values "another image's golden values are not this machine's"
verify "$url" --golden build/probe/golden.json --roots "$roots" --explain
shows "$work/verified" '^PCR 8: changed event rampart/1' "and --explain names the event"
mkdir "$work/other"
scripts/vm/vtpm.sh "$work/other"
verify "$url" --golden "$golden" --roots "$work/other/ek-ca.pem"
refused ek.certificate "a TPM of another maker is not believed"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/middle.key" -out "$work/middle.pem" \
	-subj /CN=rampart -days 2 2>/dev/null
python3 tests/attack/middle.py "$work/middle.pem" "$work/middle.key" "$work/middle.port" "$PORT" &
middle=$!
wait_for "$work/middle.port" p
verify "https://127.0.0.1:$found" --golden "$golden" --roots "$roots"
refused connection.key "a man in the middle cannot show the machine's evidence for his own key"
shows "$work/verified" '^fails +connection.channel ' "nor for his connection"
code=0
build/bin/rampart connect "https://127.0.0.1:$found" --golden "$golden" --roots "$roots" --port 0 >"$work/connect.out" 2>&1 || code=$?
is "$code" 1 "connect does not even open its port for him"

kill $middle
rm "$work/middle.port"
python3 tests/attack/middle.py "$work/middle.pem" "$work/middle.key" "$work/middle.port" "$PORT" /activate &
middle=$!
wait_for "$work/middle.port" p
verify "https://127.0.0.1:$found" --golden "$golden" --roots "$roots"
shows "$work/verified" 'the TPM opened no credential: ' "whoever keeps credentials from the TPM is told from one that opens none"
build/bin/rampart connect "https://127.0.0.1:$found" --golden "$golden" --roots "$roots" --port 0 >"$work/connect.out" 2>&1 && code=0 || code=$?
is "$code" 1 "connect opens no port to it"
shows "$work/connect.out" 'not the one it should be: connection\.key: .*; the TPM opened no credential: ' "connect says both"

# The proxy.
build/bin/rampart connect "$url" --golden "$golden" --roots "$roots" --port 0 >"$work/connect.out" 2>"$work/connect.err" &
proxy=$!
wait_for "$work/connect.out" 's/^listening on //p'
local_url=$found
is "$(curl -sS --max-time 60 "$local_url/")" ok "a program that knows nothing of it talks to the container through connect"
head -c 300000 /dev/urandom | base64 >"$work/body"
curl -sS --max-time 60 --data-binary "@$work/body" -o "$work/echo" "$local_url/echo"
same "$work/body" "$work/echo" "400 kB come back unchanged"
is "$(curl -sS --max-time 60 "$local_url/stream" | wc -l)" 10 "a stream arrives"
is "$(curl -s --max-time 60 -H 'Origin: https://evil.example' -o "$work/answer" -w '%{http_code}' "$local_url/")" 403 \
	"a web page of another origin may not ask"
is "$(curl -s --max-time 60 -H 'Host: evil.example' -o "$work/answer" -w '%{http_code}' "$local_url/")" 403 \
	"nor one under a name that it leads here"

# A TPM that goes away ends attestation, and the machine with it.
read -r tpm <"$vm/swtpm.pid"
kill -9 "$tpm"
verify "$url" --golden "$golden" --roots "$roots"
is "$code" 2 "without its TPM it proves nothing"
await '^rampart: FAILED'
shows "$console" '^rampart: FAILED stage=run reason=quoter: TPM failed' "and powers off"
is "$(curl -s --max-time 60 -o "$work/answer" -w '%{http_code}' "$local_url/")" 502 "connect then refuses"
shows "$work/answer" '"error":"rampart connect: cannot tell: ' "and says why"
finish
