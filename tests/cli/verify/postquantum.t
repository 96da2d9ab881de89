#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart verify with signers whose keys are of ML-DSA-65, made and used by openssl, beside those of ssh-keygen. Evidence and golden
# values are those of tests/fuzz/machine.
set -u
# shellcheck source=tests/cli/machine.sh
. "$(dirname "$0")/../machine.sh"

ssh-keygen -q -t ed25519 -N '' -C '' -f alice
for name in quantum other; do
	openssl genpkey -algorithm ML-DSA-65 -out $name
	openssl pkey -in $name -pubout -out $name.pub
done
signature() # KEY CONTEXT: golden.json.KEY.sig
{
	openssl pkeyutl -sign -rawin -inkey "$1" -in golden.json -pkeyopt "context-string:$2" -out raw
	{
		echo "-----BEGIN ML-DSA-65 SIGNATURE-----"
		base64 -w 64 raw
		echo "-----END ML-DSA-65 SIGNATURE-----"
	} >"golden.json.$1.sig"
}
policy() # KINDS NAME=KEY...: one of each is enough
{
	kinds=$1
	shift
	for signer; do jq -n --arg name "${signer%=*}" --rawfile key "${signer#*=}.pub" '{$name, $key}'; done |
		jq -s --arg kinds "$kinds" '{schema: "rampart-policy/1", signers: ., signature_kinds: $kinds}' >policy.json
}
verify() # exit code and last line
{
	"$rampart" verify --evidence evidence.json --golden golden.json --roots root.der --at @1800000000 --policy policy.json >out 2>err
	code=$?
	echo "$code $(tail -n 1 out)$(cat err)"
}
refuses() # WHY SENTENCE
{
	got=$(verify)
	case $got in
	"1 does not hold: policy.signers: golden.json: $1"*) result 0 "$2" ;;
	*)
		result 1 "$2"
		echo "# got \"$got\""
		;;
	esac
}

policy any alice=quantum
refuses "signed by no signer, and 1 is needed; missing: alice" "without a signature"
signature quantum rampart-golden
is "$(verify)" "0 holds" "one by openssl"
is "$(grep '^signed by' out)" "signed by  alice" "whose signer is named"
signature quantum rampart-release
refuses "signed by no signer, and 1 is needed; missing: alice; golden.json.quantum.sig: by no signer's ML-DSA-65 key, of other bytes, or not for \"rampart-golden\"" "one for a release"
rm golden.json.quantum.sig
signature other rampart-golden
refuses "signed by no signer, and 1 is needed; missing: alice; golden.json.other.sig: by no signer's ML-DSA-65 key" "one by another key"
rm golden.json.other.sig
signature quantum rampart-golden
sed -i 10d golden.json.quantum.sig
refuses "signed by no signer, and 1 is needed; missing: alice; golden.json.quantum.sig: malformed ML-DSA-65 signature: not 3309 bytes" "one without a line"

# Both kinds.
signature quantum rampart-golden
ssh-keygen -q -Y sign -f alice -n rampart-golden <golden.json >golden.json.alice.sig
policy both alice=alice alice=quantum
is "$(verify)" "0 holds" "both kinds are demanded, and there"
mv golden.json.quantum.sig away
refuses "signed by no signer with post-quantum keys, and 1 is needed; missing: alice" "only a classic signature"
mv away golden.json.quantum.sig
rm golden.json.alice.sig
refuses "signed by no signer with classic keys, and 1 is needed; missing: alice" "only one of ML-DSA-65"
policy any alice=alice alice=quantum
is "$(verify)" "0 holds" "which is enough, if both are not demanded"
fingerprint=$(openssl pkey -pubin -in quantum.pub -outform DER | sha256sum | cut -c 1-64)
jq --arg key "sha256:$fingerprint" '.revoked = [$key]' policy.json >revoked
mv revoked policy.json
refuses "signed by no signer, and 1 is needed; missing: alice; golden.json.quantum.sig: the key of alice that it is by is revoked" "a key that is revoked"
policy both alice=quantum
is "$(verify)" "2 rampart verify: policy.json: signature_kinds: \"both\", and only 0 signers have a classic key (the threshold is 1)" "both kinds of one"
openssl genpkey -algorithm ed25519 -out other
openssl pkey -in other -pubout -out other.pub
policy any alice=other
is "$(verify | cut -c 1-91)" "2 rampart verify: policy.json: signers: entry 1: a key in PEM that is not of ML-DSA-65; oth" "another key in PEM"
finish
