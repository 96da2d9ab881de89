#!/bin/sh
# SPDX-License-Identifier: MIT
# sign.sh: signatures that ssh-keygen, minisign and openssl accept, over golden values and sums and as COSE over the CoRIM, and what
# is not signed.
set -u
# shellcheck source=tests/cli/release/lib.sh
. "$(dirname "$0")/lib.sh"
make_keys
export RAMPART_CACHE=/cache
release=$dir/release
mkdir "$release"
echo '{"schema": "rampart-golden/1"}' >"$release/golden.json"
(cd "$release" && sha256sum golden.json >sha256sums)
signatures()
{
	(cd "$release" && find . -name '*sig*' -printf '%P ' | tr ' ' '\n' | sort | tr '\n' ' ')
}

run scripts/release/sign.sh "$release" "$dir/keys/alice" "$dir/keys/bob" "$dir/keys/carol.key"
is "$code" 0 "three keys sign"
is "$(signatures)" "golden.json.alice.sig golden.json.bob.sig golden.json.carol.minisig sha256sums.alice.sig sha256sums.bob.sig sha256sums.carol.minisig " \
	"each golden.json and sha256sums"
for name in alice bob; do
	for pair in golden.json:rampart-golden sha256sums:rampart-release; do
		file=$release/${pair%%:*}
		ssh-keygen -q -Y verify -f "$dir/keys/allowed" -I $name -n "${pair#*:}" -s "$file.$name.sig" <"$file" >/dev/null
		result $? "ssh-keygen accepts $name's of ${pair%%:*}, for ${pair#*:}"
	done
	ssh-keygen -q -Y verify -f "$dir/keys/allowed" -I $name -n rampart-release -s "$release/golden.json.$name.sig" \
		<"$release/golden.json" >/dev/null 2>&1
	is $? 255 "and not for the other purpose"
done
for pair in golden.json:rampart-golden sha256sums:rampart-release; do
	is "$(minisign -V -Q -p "$dir/keys/carol.pub" -m "$release/${pair%%:*}" -x "$release/${pair%%:*}.carol.minisig")" \
		"${pair#*:}" "minisign accepts carol's of ${pair%%:*}, with the trusted comment ${pair#*:}"
done
is "$(find "$release" -name '*sig' ! -perm 644)" "" "everybody may read them"
is "$(find build -maxdepth 1 -name '.sign-*')" "" "nothing is left of the work"

# ---- ML-DSA-65 ----
openssl genpkey -algorithm ML-DSA-65 -out "$dir/keys/erin.key"
openssl pkey -in "$dir/keys/erin.key" -pubout -out "$dir/keys/erin.pub"
run scripts/release/sign.sh "$release" "$dir/keys/erin.key"
is "$code" 0 "a key of ML-DSA-65 signs"
for pair in golden.json:rampart-golden sha256sums:rampart-release; do
	file=$release/${pair%%:*}
	is "$(sed -n '1p;$p' "$file.erin.sig" | tr '\n' ' ')" "-----BEGIN ML-DSA-65 SIGNATURE----- -----END ML-DSA-65 SIGNATURE----- " "${pair%%:*}, in armor"
	sed '1d;$d' "$file.erin.sig" | base64 -d >"$dir/raw"
	openssl pkeyutl -verify -rawin -pubin -inkey "$dir/keys/erin.pub" -sigfile "$dir/raw" -in "$file" -pkeyopt "context-string:${pair#*:}" >/dev/null
	result $? "openssl accepts it, for ${pair#*:}"
	openssl pkeyutl -verify -rawin -pubin -inkey "$dir/keys/erin.pub" -sigfile "$dir/raw" -in "$file" >/dev/null 2>&1
	is $? 1 "and not for nothing"
done

# ---- golden values of other media ----
rm "$release"/*sig
for medium in cd network; do echo "{\"medium\": \"$medium\"}" >"$release/golden-$medium.json"; done
(cd "$release" && sha256sum golden*.json >sha256sums)
run scripts/release/sign.sh "$release" "$dir/keys/alice" "$dir/keys/carol.key" "$dir/keys/erin.key"
is "$code:$(signatures)" "0:golden-cd.json.alice.sig golden-cd.json.carol.minisig golden-cd.json.erin.sig \
golden-network.json.alice.sig golden-network.json.carol.minisig golden-network.json.erin.sig \
golden.json.alice.sig golden.json.carol.minisig golden.json.erin.sig \
sha256sums.alice.sig sha256sums.carol.minisig sha256sums.erin.sig " "golden values of a CD and of the network are signed, too"
for medium in cd network; do
	file=$release/golden-$medium.json
	ssh-keygen -q -Y verify -f "$dir/keys/allowed" -I alice -n rampart-golden -s "$file.alice.sig" <"$file" >/dev/null
	result $? "ssh-keygen accepts alice's of $medium, for rampart-golden"
	is "$(minisign -V -Q -p "$dir/keys/carol.pub" -m "$file" -x "$file.carol.minisig")" rampart-golden "minisign carol's, with that comment"
	sed '1d;$d' "$file.erin.sig" | base64 -d >"$dir/raw"
	openssl pkeyutl -verify -rawin -pubin -inkey "$dir/keys/erin.pub" -sigfile "$dir/raw" -in "$file" -pkeyopt context-string:rampart-golden >/dev/null
	result $? "and openssl erin's, for that"
done
rm "$release"/golden-*

# ---- the CoRIM ----
printf '\331\001\365\241\000\144demo' >"$release/corim.cbor" # 501({0: "demo"})
(cd "$release" && sha256sum corim.cbor golden.json >sha256sums)
rm "$release"/*sig
run scripts/release/sign.sh "$release" "$dir/keys/alice" "$dir/keys/bob" "$dir/keys/carol.key" "$dir/keys/erin.key"
is "$code:$(cd "$release" && echo *.cose)" "0:corim.cbor.alice.cose corim.cbor.bob.cose corim.cbor.carol.cose corim.cbor.erin.cose" \
	"each key signs the CoRIM"
pem() # HEAD_HEX FILE: a public key in PEM, of its DER up to the key's bytes, which are in FILE
{
	{ printf '%s' "$1" | basenc --base16 -d; cat "$2"; } | openssl pkey -pubin -inform DER -pubout
}
cut -d' ' -f2 "$dir/keys/alice.pub" | base64 -d | tail -c 32 >"$dir/raw"
pem 302A300506032B6570032100 "$dir/raw" >"$dir/keys/alice.pem"
cut -d' ' -f2 "$dir/keys/bob.pub" | base64 -d | tail -c 65 >"$dir/raw"
pem 3059301306072A8648CE3D020106082A8648CE3D030107034200 "$dir/raw" >"$dir/keys/bob.pem"
tail -n 1 "$dir/keys/carol.pub" | base64 -d | tail -c 32 >"$dir/raw"
pem 302A300506032B6570032100 "$dir/raw" >"$dir/keys/carol.pem"
cp "$dir/keys/erin.pub" "$dir/keys/erin.pem"
for name in alice bob carol erin; do
	is "$(python3 -I -B tests/cli/release/cose.py "$release/corim.cbor.$name.cose" "$release/corim.cbor" "$dir/keys/$name.pem" 2>&1)" "$name" \
		"a second implementation accepts $name's"
done
is "$(python3 -I -B tests/cli/release/cose.py "$release/corim.cbor.alice.cose" "$release/corim.cbor" "$dir/keys/carol.pem" 2>&1 | sed 's/.*: //')" \
	"the signature is not of this key over this CoRIM" "and not by another key"
sed 's/demo/demi/' "$release/corim.cbor" >"$dir/other.cbor"
sed 's/demo/demi/' "$release/corim.cbor.alice.cose" >"$dir/other.cose"
is "$(python3 -I -B tests/cli/release/cose.py "$dir/other.cose" "$dir/other.cbor" "$dir/keys/alice.pem" 2>&1 | sed 's/.*: //')" \
	"the signature is not of this key over this CoRIM" "nor over another CoRIM"
is "$(find "$release" -name '*.cose' ! -perm 644)" "" "everybody may read them"
is "$(pgrep -x ssh-agent)" "" "no agent is left"
rm "$release"/*.cose
openssl genpkey -algorithm ed25519 -out "$dir/keys/classic.key"
run scripts/release/sign.sh "$release" "$dir/keys/classic.key"
fails "another key in PEM is refused" "classic.key: a key in PEM that is not of ML-DSA-65"
is "$(cd "$release" && ls)" "corim.cbor
golden.json
golden.json.alice.sig
golden.json.bob.sig
golden.json.carol.minisig
golden.json.erin.sig
sha256sums
sha256sums.alice.sig
sha256sums.bob.sig
sha256sums.carol.minisig
sha256sums.erin.sig" "and signs nothing"

rm "$release"/*sig
ssh-keygen -q -t rsa -b 2048 -N '' -f "$dir/keys/rsa"
run scripts/release/sign.sh "$release" "$dir/keys/alice" "$dir/keys/rsa"
fails "an RSA key is refused" "rsa: not a private key that can sign a release; one of ed25519 or ecdsa is needed"
is "$(signatures)" "" "and then nobody's signature is there"
run scripts/release/sign.sh "$release" "$dir/keys/alice.pub"
fails "a public key is refused" "neither a private key of OpenSSH nor a secret key of minisign, nor one of ML-DSA-65 in PEM"
run scripts/release/sign.sh "$release" "$dir/keys/nobody"
fails "a key that is not there is named" "nobody: cannot read it"
cp "$dir/keys/alice" "$dir/keys/a b"
run scripts/release/sign.sh "$release" "$dir/keys/a b"
fails "a name that could not be a file's is refused" "rename it"
mkdir "$dir/keys/other"
cp "$dir/keys/bob" "$dir/keys/other/alice"
run scripts/release/sign.sh "$release" "$dir/keys/alice" "$dir/keys/other/alice"
fails "two keys of one name are refused" "two keys are called alice"
echo tampered >>"$release/golden.json"
run scripts/release/sign.sh "$release" "$dir/keys/alice"
fails "a release that its sums do not match is not signed" "does not match its sha256sums"
is "$(signatures)" "" "and gets no signature"
finish
