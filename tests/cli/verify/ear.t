#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart verify --ear, --jwt-key and --cmw: results and evidence in the forms of RATS, judged by the rules of
# their specifications (ear.py) and, if signed, by openssl. Evidence is that of tests/fuzz/machine.
set -u
# shellcheck source=tests/cli/machine.sh
. "$(dirname "$0")/../machine.sh"
second=$top/tests/cli/verify/ear.py
printf '{"schema": "rampart-policy/1", "images": ["other"]}' >policy.json
openssl genpkey -algorithm ed25519 -out ed25519.pem 2>/dev/null
openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out p256.pem 2>/dev/null
openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-384 -out p384.pem 2>/dev/null
openssl req -x509 -newkey ed25519 -nodes -keyout other.key -subj /CN=other -days 1 -out other.pem 2>/dev/null
verify() # [OPTION...]
{
	"$rampart" verify --evidence evidence.json --golden golden.json --at @1800000000 "$@" >out 2>err
	echo "$? $(cat err)"
}
judge() # [jwt]
{
	python3 -I "$second" "$@" <out
}

is "$(verify --roots root.der --ear)$(judge)" "0 affirming 2 3 2" "a machine that holds is affirmed"
is "$(jq -r '.iat, ."ear.verifier-id".build' out | tr '\n' ' ')" "1800000000 sha256:$(sha256sum <"$rampart" | cut -d' ' -f1) " \
	"at the time of the verdict, by this program"
is "$(verify --roots root.der --policy policy.json --ear)$(judge)" "1 contraindicated 96 3 2" "one that the policy does not accept is not"
is "$(verify --roots other.pem --ear)$(judge)" "1 contraindicated 2 3 99" "nor one whose TPM nobody vouches for"
for kind in ed25519:EdDSA p256:ES256; do
	key=${kind%:*}
	is "$(verify --roots root.der --jwt-key "$key.pem")$(judge jwt)" "0 affirming 2 3 2" "a JWT of $key says the same"
	is "$(cat alg)" "${kind#*:}" "it names its algorithm"
	openssl pkey -in "$key.pem" -pubout -out "$key.pub" 2>/dev/null
	[ "$key" = p256 ] && set -- -digest sha256 || set --
	openssl pkeyutl -verify -pubin -inkey "$key.pub" -rawin "$@" -in input -sigfile signature >/dev/null 2>&1
	result $? "and openssl finds its signature good"
	printf x >>input
	! openssl pkeyutl -verify -pubin -inkey "$key.pub" -rawin "$@" -in input -sigfile signature >/dev/null 2>&1
	result $? "of just these bytes"
done
is "$(verify --roots root.der --jwt-key p384.pem)" "2 rampart verify: p384.pem: no private key of P-256 or Ed25519 in PEM" "another kind of key signs nothing"
is "$(verify --roots root.der --ear --json | cut -d'(' -f1)" "2 rampart verify: --json or --ear, and not both " "one form at a time"

verify --roots root.der --cmw cmw.json >/dev/null
is "$(jq -r 'length, .[0], .[2]' cmw.json | tr '\n' ' ')" "3 application/vnd.rampart.evidence+json 4 " "evidence as a CMW: type, value, and bit 2 for evidence"
python3 -I -c '
import base64, json
value = json.load(open("cmw.json"))[1]
assert "=" not in value
data = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
assert data == open("evidence.json", "rb").read()'
result $? "whose value is the evidence, byte for byte"
is "$(verify --roots root.der --cmw cmw.json)" "2 rampart verify: --save cmw.json: File exists" "a file that is there is not replaced"
finish
