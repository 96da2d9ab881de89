#!/bin/sh
# SPDX-License-Identifier: MIT
# sign.sh: signatures that ssh-keygen and minisign accept, and what is not signed.
set -u
# shellcheck source=tests/cli/release/lib.sh
. "$(dirname "$0")/lib.sh"
make_keys
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

rm "$release"/*sig
ssh-keygen -q -t rsa -b 2048 -N '' -f "$dir/keys/rsa"
run scripts/release/sign.sh "$release" "$dir/keys/alice" "$dir/keys/rsa"
fails "an RSA key is refused" "rsa: not a private key that can sign a release; one of ed25519 or ecdsa is needed"
is "$(signatures)" "" "and then nobody's signature is there"
run scripts/release/sign.sh "$release" "$dir/keys/alice.pub"
fails "a public key is refused" "neither a private key of OpenSSH nor a secret key of minisign"
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
