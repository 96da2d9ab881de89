#!/bin/sh
# SPDX-License-Identifier: MIT
# sign.sh RELEASE KEY...: signs the release in the folder RELEASE with each private key. KEY is
#   a key of OpenSSH (ed25519 or ecdsa)  golden.json.NAME.sig (and golden-cd.json's and golden-network.json's, if they are
#                                        there), namespace rampart-golden, and
#                                        sha256sums.NAME.sig, namespace rampart-release
#   a secret key of minisign             golden.json.NAME.minisig and sha256sums.NAME.minisig, whose
#                                        trusted comments are these words
#   a PEM of ML-DSA-65 (OpenSSL 3.5)     golden.json.NAME.sig and sha256sums.NAME.sig, whose contexts
#                                        are these words
# Each also signs corim.cbor, where there is one: corim.cbor.NAME.cose, a COSE_Sign1. NAME is the key file's name, without an ending .key. The keys are only read by this machine's ssh-keygen and
# minisign, or the toolbox's where it has none; by openssl and for the CoRIM only the toolbox's. A release that does not match its sha256sums is not
# signed. Either all signatures appear or none. Passwords are asked for on the terminal.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -ge 2 ] || die "usage: sign.sh RELEASE KEY..."
find_paths
release=$1
shift
for file in golden.json sha256sums; do
	[ -f "$release/$file" ] || die "$release/$file: no such file; make release makes a release"
done
(cd "$release" && sha256sum --check --strict --quiet sha256sums >/dev/null 2>&1) ||
	die "$release: does not match its sha256sums, so it is not signed; run: sha256sum --check sha256sums"

mkdir -p "$RAMPART_TOP/build"
work=$(mktemp -d "$RAMPART_TOP/build/.sign-XXXXXX")
trap 'rm -rf "$work" "$release"/.new-signature' EXIT
trap 'exit 130' INT TERM
files=
for file in golden.json golden-cd.json golden-network.json sha256sums; do
	[ -f "$release/$file" ] || continue
	cp "$release/$file" "$work/"
	case $file in golden*) files="$files $file:golden" ;; *) files="$files $file:release" ;; esac
done
[ ! -f "$release/corim.cbor" ] || cp "$release/corim.cbor" "$work/"

# The tool in $work, with KEY's path in $SIGN_KEY: here, or in the toolbox, which shows the file at /mnt/key.
with_key() # COMMAND SCRIPT [ARGUMENT...]
{
	tool=$1
	shift
	if command -v "$tool" >/dev/null 2>&1; then
		(cd "$work" && SIGN_KEY=$key sh -euc "$@")
	else
		in_toolbox "$@"
	fi
}

in_toolbox() # SCRIPT [ARGUMENT...]
{
	ENTER_CWD=/src/build/${work##*/} SIGN_KEY=$key "$RAMPART_TOP/scripts/toolbox/enter.sh" env SIGN_KEY=/mnt/key sh -euc "$@"
}

sign_ssh() # NAME
{
	case $(with_key ssh-keygen 'ssh-keygen -l -f "$SIGN_KEY"' sh 2>/dev/null) in
	*'(ED25519)' | *'(ECDSA)') ;;
	*) die "$key: not a private key that can sign a release; one of ed25519 or ecdsa is needed" ;;
	esac
	with_key ssh-keygen 'for file in $2; do
		ssh-keygen -q -Y sign -f "$SIGN_KEY" -n "rampart-${file#*:}" <"${file%:*}" >"${file%:*}.$1.sig"
	done' sh "$1" "$files" || die "$key: ssh-keygen could not sign with it; what it says is above"
}

sign_minisign() # NAME
{
	with_key minisign 'for file in $2; do
		minisign -S -q -s "$SIGN_KEY" -t "rampart-${file#*:}" -m "${file%:*}" -x "${file%:*}.$1.minisig"
	done' sh "$1" "$files" || die "$key: minisign could not sign with it; what it says is above"
}

sign_mldsa() # NAME
{
	in_toolbox '[ "$(openssl pkey -in "$SIGN_KEY" -noout -text | head -n 1)" = "ML-DSA-65 Private-Key:" ] || exit 3
		for file in $2; do
			openssl pkeyutl -sign -rawin -inkey "$SIGN_KEY" -in "${file%:*}" -pkeyopt "context-string:rampart-${file#*:}" -out signature
			{
				echo "-----BEGIN ML-DSA-65 SIGNATURE-----"
				base64 -w 64 signature
				echo "-----END ML-DSA-65 SIGNATURE-----"
			} >"${file%:*}.$1.sig"
		done' sh "$1" "$files" && return
	[ $? -ne 3 ] || die "$key: a key in PEM that is not of ML-DSA-65; others come from ssh-keygen or minisign"
	die "$key: openssl could not sign with it; what it says is above"
}

# The same key, over the bytes that COSE says: by ssh-agent, which is there for that alone, by minisign in its old form, which
# signs the file itself, or by openssl.
sign_corim() # NAME HOW
{
	[ -f "$work/corim.cbor" ] || return 0
	in_toolbox 'cose="python3 -B /src/scripts/release/cose.py"
	case $2 in
	ssh)
		agent=$(mktemp -d)
		eval "$(ssh-agent -a "$agent/socket")" >/dev/null
		trap "kill $SSH_AGENT_PID; rm -rf $agent" EXIT
		ssh-add -q "$SIGN_KEY" 2>"$agent/words" || { cat "$agent/words" >&2; exit 1; }
		$cose agent corim.cbor "$1" >corim.cbor.new ;;
	minisign)
		$cose tbs corim.cbor "$1" EdDSA >tbs
		minisign -S -l -q -s "$SIGN_KEY" -m tbs -x tbs.signed
		sed -n 2p tbs.signed | base64 -d | tail -c 64 >signature
		$cose wrap corim.cbor "$1" EdDSA signature >corim.cbor.new ;;
	mldsa)
		$cose tbs corim.cbor "$1" ML-DSA-65 >tbs
		openssl pkeyutl -sign -rawin -inkey "$SIGN_KEY" -in tbs -out signature
		$cose wrap corim.cbor "$1" ML-DSA-65 signature >corim.cbor.new ;;
	esac
	mv corim.cbor.new "corim.cbor.$1.cose"' sh "$1" "$2" || die "$key: cannot sign the CoRIM; the reason is above"
}

seen=
for key; do
	[ -f "$key" ] && [ -r "$key" ] || die "$key: cannot read it; give the file of a private key"
	key=$(realpath "$key")
	name=${key##*/}
	name=${name%.key}
	case $name in
	[!A-Za-z0-9]* | *[!A-Za-z0-9._-]* | '') die "$key: its name becomes a part of files' names, and may" \
		"have letters, digits and ._- only; rename it" ;;
	esac
	case " $seen " in *" $name "*) die "$key: two keys are called $name; rename one" ;; esac
	seen="$seen $name"
	case $(head -n 1 "$key" | tr -d '\0') in
	'-----BEGIN OPENSSH PRIVATE KEY-----')
		sign_ssh "$name"
		sign_corim "$name" ssh
		;;
	'untrusted comment: minisign '*'secret key')
		sign_minisign "$name"
		sign_corim "$name" minisign
		;;
	'-----BEGIN PRIVATE KEY-----' | '-----BEGIN ENCRYPTED PRIVATE KEY-----')
		sign_mldsa "$name"
		sign_corim "$name" mldsa
		;;
	*) die "$key: neither a private key of OpenSSH nor a secret key of minisign, nor one of ML-DSA-65 in PEM" ;;
	esac
done

# Each is whole, and all are there, before the first one appears.
for file in "$work"/*.sig "$work"/*.minisig "$work"/*.cose; do
	[ -s "$file" ] || continue
	cp "$file" "$release/.new-signature"
	chmod 644 "$release/.new-signature"
	mv "$release/.new-signature" "$release/${file##*/}"
	step SIGNED "$release/${file##*/}"
done
