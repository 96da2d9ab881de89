#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart verify with signers in its policy: golden values count only if ssh-keygen's and minisign's
# signatures over them do. Evidence and golden values are those of tests/fuzz/machine.
set -u
# shellcheck source=tests/cli/machine.sh
. "$(dirname "$0")/../machine.sh"

for key in ed25519:alice ecdsa:bob ed25519:mallory rsa:rsa; do
	ssh-keygen -q -t "${key%:*}" -N '' -C "${key#*:}@example" -f "${key#*:}"
done
for name in carol dave; do
	minisign -G -W -p $name.pub -s $name >log 2>&1 || cat log
done
ssh() # SIGNER FILE [NAMESPACE [OPTION...]]: FILE.SIGNER.sig
{
	who=$1 file=$2 space=${3:-rampart-golden}
	shift 2
	[ $# -eq 0 ] || shift
	ssh-keygen -q -Y sign -f "$who" -n "$space" "$@" <"$file" >"$file.$who.sig"
}
mini() # SIGNER FILE [COMMENT [OPTION...]]: FILE.SIGNER.minisig
{
	who=$1 file=$2 comment=${3:-rampart-golden test 1.2}
	shift 2
	[ $# -eq 0 ] || shift
	minisign -S "$@" -s "$who" -x "$file.$who.minisig" -m "$file" -t "$comment" >log 2>&1 || cat log
}
line() # SIGNER: the key as a policy has it
{
	tail -n 1 "$1.pub"
}
policy() # SIGNERS THRESHOLD [RULE]: SIGNERS are names, or name=key's name
{
	list=
	for signer in $1; do
		list="$list${list:+, }{\"name\": \"${signer%=*}\", \"key\": \"$(line "${signer#*=}")\"}"
	done
	printf '{"schema": "rampart-policy/1", "signers": [%s], "threshold": %s%s}\n' "$list" "$2" "${3:+, $3}"
}
verify() # [OPTION...]: exit code and last line
{
	"$rampart" verify --evidence evidence.json --golden golden.json --roots root.der --at @1800000000 "$@" >out 2>err
	code=$?
	echo "$code $(tail -n 1 out)$(cat err)"
}
accepts() # SENTENCE [OPTION...]
{
	sentence=$1
	shift
	is "$(verify --policy policy.json "$@")" "0 holds" "$sentence"
}
refuses() # WHY SENTENCE [OPTION...]
{
	why=$1 sentence=$2
	shift 2
	got=$(verify --policy policy.json "$@")
	case $got in
	"1 does not hold: policy.signers: golden.json: "*"$why"*) result 0 "$sentence" ;;
	*) is "$got" "$why" "$sentence" ;;
	esac
}
unsign()
{
	rm -f golden.json.*
}

# Who signs.
is "$(verify)" "0 holds" "without signers golden values need no signature"
policy alice 1 >policy.json
refuses "signed by no signer, and 1 is needed; missing: alice" "with signers they do"
ssh alice golden.json
accepts "an SSH signature of a signer is one (ed25519)"
is "$(grep '^signed by' out)" "signed by  alice" "and the report names who signed"
"$rampart" verify --evidence evidence.json --golden golden.json --roots root.der --at @1800000000 --policy policy.json --json >json
is "$(jq -c '.golden.signers, (.checks[] | select(.id == "policy.signers") | .text)' json | tr '\n' ' ')" \
	'["alice"] "golden.json: signed by alice" ' "so does its JSON"
"$rampart" report --evidence evidence.json --golden golden.json --roots root.der --at @1800000000 --policy policy.json >page
grep -q 'Golden values signed by</dt><dd><strong>alice</strong>' page
result $? "and its page"
ssh alice golden.json rampart-golden -O hashalg=sha256
accepts "one over the SHA-256 of the file is one too"
unsign
policy bob 1 >policy.json
ssh bob golden.json
accepts "so is one of ECDSA P-256"
mv golden.json.bob.sig golden.json.sig
accepts "whatever it is called: golden.json.sig"
mv golden.json.sig elsewhere
refuses "missing: bob" "it is looked for beside the golden values"
accepts "or where --signature says" --signature elsewhere
is "$(verify --signature elsewhere | cut -d: -f1-2)" "2 rampart verify: --signature has no effect without --policy FILE with \"signers\" (see" "which needs signers"
unsign
policy carol 1 >policy.json
mini carol golden.json
accepts "a minisign signature of a signer is one"
mini carol golden.json rampart-golden -l
accepts "so is a legacy one, with a comment of one word"
mv golden.json.carol.minisig golden.json.minisig
accepts "whatever it is called: golden.json.minisig"

# Several.
unsign
policy "alice bob carol" 2 >policy.json
ssh alice golden.json
refuses "signed by alice, and 2 are needed; missing: bob, carol" "one signature is not two"
ssh alice golden.json rampart-golden -O hashalg=sha256 && cp golden.json.alice.sig golden.json.again.sig
ssh alice golden.json
refuses "signed by alice, and 2 are needed; missing: bob, carol" "nor are two of one signer"
mini carol golden.json
accepts "two signers are two"
is "$(grep '^signed by' out)" "signed by  alice, carol" "both are named"
unsign
policy "alice alice=dave bob" 2 >policy.json
ssh alice golden.json
mini dave golden.json
refuses "signed by alice, and 2 are needed; missing: bob" "a signer with two keys counts once"
ssh bob golden.json
accepts "and another makes two"
ssh mallory golden.json
echo nonsense >golden.json.sig
accepts "signatures that do not count take nothing away"

# Tampering.
unsign
policy alice 1 >policy.json
ssh mallory golden.json
refuses "golden.json.mallory.sig: by a key of no signer, sha256:$(cut -d' ' -f2 mallory.pub | base64 -d | sha256sum | cut -d' ' -f1)" \
	"an unknown signer is none"
unsign
mini dave golden.json
refuses "golden.json.dave.minisig: by a key of no signer" "nor is one of minisign"
unsign
ssh rsa golden.json
refuses "golden.json.rsa.sig: an RSA key; only ssh-ed25519 and ecdsa-sha2-nistp256 keys are supported" "an RSA key is refused"
unsign
ssh alice golden.json rampart-release
refuses "golden.json.alice.sig: an SSH signature for \"rampart-release\", and not for \"rampart-golden\"" \
	"a signature for something else is none"
unsign
ssh alice golden.json
printf '\n' >>golden.json
refuses "golden.json.alice.sig: the signature is not one of these bytes" "one byte more is another file"
cp "$machine/golden.json" golden.json
cp golden.json.alice.sig good
head -c 200 good >golden.json.alice.sig
refuses "golden.json.alice.sig: malformed SSH signature: no armor around it, or it is cut short" "a signature cut short is none"
sed '4s/A/B/' good >golden.json.alice.sig
cmp -s good golden.json.alice.sig && sed '4s/[a-z]/Q/' good >golden.json.alice.sig
refuses "golden.json.alice.sig: " "nor is one with another byte"
head -c 100000 /dev/zero | tr '\0' A | cat good - >golden.json.alice.sig
refuses "golden.json.alice.sig: an SSH signature of more than 8192 bytes" "nor a huge one"
head -c 2000000 /dev/zero >golden.json.alice.sig
is "$(verify --policy policy.json)" "2 rampart verify: golden.json.alice.sig: File too large" "and one that is larger still is not even read"
unsign
policy carol 1 >policy.json
mini carol golden.json "made by carol"
refuses "golden.json.carol.minisig: a minisign signature whose trusted comment does not begin with \"rampart-golden\"" \
	"a minisign signature must say what it is for"
mini carol golden.json "rampart-golden-not"
refuses "does not begin with \"rampart-golden\"" "in a whole word"
mini carol golden.json
sed '3s/1\.2/9.9/' golden.json.carol.minisig >changed
mv changed golden.json.carol.minisig
refuses "golden.json.carol.minisig: its trusted comment is not the one that was signed" "its comment is signed"
mini carol golden.json
sed -n 1,3p golden.json.carol.minisig >changed
mv changed golden.json.carol.minisig
refuses "golden.json.carol.minisig: malformed minisign signature: its fourth and last line is no signature" "whole or not at all"
unsign
policy "alice bob" 1 >policy.json
sed 's/"1.2"/"1.3"/' "$machine/golden.json" >golden.json
cp "$machine/golden.json" original.json
ssh alice original.json
cp original.json.alice.sig golden.json.alice.sig
refuses "the signature is not one of these bytes" "golden values with another version are not the signed ones"

# Revoked, old.
cp "$machine/golden.json" golden.json
unsign
ssh alice golden.json
mini carol golden.json
revoke() # DIGEST
{
	policy "alice carol" 1 "\"revoked\": [\"sha256:$1\"]" >policy.json
}
jq '.image.disk_sha256 = "'"$(printf disk | sha256sum | cut -d' ' -f1)"'" | .image.uki_sha256 = "'"$(printf uki | sha256sum | cut -d' ' -f1)"'"' \
	"$machine/golden.json" >golden.json
unsign
ssh alice golden.json
mini carol golden.json
revoke "$(printf other | sha256sum | cut -d' ' -f1)"
accepts "what is not revoked is accepted"
revoke "$(cut -d' ' -f2 alice.pub | base64 -d | sha256sum | cut -d' ' -f1)"
accepts "with an SSH key revoked, the other's signature counts"
is "$(grep '^signed by' out)" "signed by  carol" "and only that"
rm golden.json.carol.minisig
refuses "golden.json.alice.sig: the key of alice that it is by is revoked" "alone it is not enough"
unsign
mini carol golden.json
revoke "$(tail -n 1 carol.pub | base64 -d | sha256sum | cut -d' ' -f1)"
refuses "golden.json.carol.minisig: the key of carol that it is by is revoked" "so with a minisign key"
ssh alice golden.json
revoke "$(sha256sum <golden.json | cut -d' ' -f1)"
is "$(verify --policy policy.json)" "1 does not hold: policy.revoked: these golden values are revoked" "revoked golden values are refused"
revoke "$(printf disk | sha256sum | cut -d' ' -f1)"
is "$(verify --policy policy.json)" "1 does not hold: policy.revoked: the disk image is revoked" "so is a revoked disk image"
revoke "$(printf uki | sha256sum | cut -d' ' -f1)"
is "$(verify --policy policy.json)" "1 does not hold: policy.revoked: the UKI is revoked" "so is a revoked UKI"
printf '{"schema": "rampart-policy/1", "revoked": ["sha256:%s"]}' "$(printf uki | sha256sum | cut -d' ' -f1)" >policy.json
is "$(verify --policy policy.json)" "1 does not hold: policy.revoked: the UKI is revoked" "without signers too"
policy alice 1 '"minimum_version": "1.3"' >policy.json
is "$(verify --policy policy.json)" "1 does not hold: policy.version: version 1.2 is not accepted: the policy wants 1.3 or later" "what is too old is refused, whoever signed it"

# Of several golden values, each needs its own.
cp golden.json other.json
policy alice 1 >policy.json
unsign
ssh alice other.json
refuses "missing: alice" "another file's signature is none"
is "$("$rampart" verify --evidence evidence.json --golden golden.json --golden other.json --roots root.der --at @1800000000 --policy policy.json | sed -n 's/^image //p' | tr -s ' ')" \
	" test 1.2, as in other.json" "of two that match, the signed one counts"

# Policies that cannot be.
bad() # WHY SENTENCE
{
	is "$(verify --policy policy.json)" "2 rampart verify: policy.json: $1" "$2"
}
policy "alice bob" 3 >policy.json
bad "threshold: more than there are signers (2)" "a threshold above the number of signers"
policy "alice alice=bob" 2 >policy.json
bad "threshold: more than there are signers (1)" "where a name is one signer"
policy "alice bob=alice" 1 >policy.json
bad 'signers: entry 2: the same key as that of "alice"' "one key of two signers"
policy alice 0 >policy.json
bad "threshold: not a whole number from 1 on" "a threshold of nobody"
policy rsa 1 >policy.json
bad "signers: entry 1: an RSA key; only ssh-ed25519 and ecdsa-sha2-nistp256 keys are supported" "an RSA key"
finish
