#!/bin/sh
# SPDX-License-Identifier: MIT
# public.sh KEYS OUT SIGNED.efi...: the folder OUT, with all that may be known of KEYS (keys.sh): what machines take as their
# keys, and of each SIGNED.efi the signature, NAME.p7. With OUT as its KEYS, sign.sh makes the same SIGNED.efi of the
# program that was signed, without db.key. Runs inside the toolbox.
#
#   PK, KEK, db    .auth, .der, .esl as they are in KEYS
#   dbx            .esl, if KEYS has one, and .auth, which is made where KEYS has none. It is for a machine in setup mode, which
#                  does not ask who signed it (UEFI Specification 2.10, section 8.2.2), so that db.key may, which is here
#
# Files are taken by these names alone, and each is looked at, so that no private key can be among them.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -ge 3 ] || die "usage: public.sh KEYS OUT SIGNED.efi..."
keys=$1
out=$2
shift 2
new=$out.new
rm -rf "$new"
trap 'rm -rf "$new" "$new.log"' EXIT
umask 022
mkdir "$new"

for name in PK KEK db; do
	for file in "$name.auth" "$name.der" "$name.esl"; do
		[ -r "$keys/$file" ] || die "$keys/$file: cannot be read; make keys makes such a folder"
		cat "$keys/$file" >"$new/$file"
	done
	openssl x509 -inform DER -in "$new/$name.der" -noout 2>"$new.log" || die "$keys/$name.der: not a certificate in DER"
done
if [ -e "$keys/dbx.esl" ]; then
	cat "$keys/dbx.esl" >"$new/dbx.esl"
	if [ -e "$keys/dbx.auth" ]; then
		cat "$keys/dbx.auth" >"$new/dbx.auth"
	else
		python3 -I -B -X utf8 scripts/secureboot/authenticated.py dbx "$new/dbx.esl" "$keys/db" "$new/dbx.auth" 2>"$new.log" ||
			die "$keys/dbx.esl: $(tail -n 1 "$new.log")"
	fi
fi
# What a machine takes from the disk is what its golden values are of.
for auth in "$new"/*.auth; do
	esl=${auth%.auth}.esl
	tail -c "$(stat -c %s "$esl")" "$auth" | cmp -s - "$esl" ||
		die "$keys/${auth##*/}: does not have the signature lists of ${esl##*/}; sign them anew"
done
for signed; do
	name=${signed##*/}
	sbattach --detach "$new/${name%.efi}.p7" "$signed" >"$new.log" 2>&1 || die "$signed: sbattach: $(tail -n 1 "$new.log")"
done
rm -rf "$out"
mv -T "$new" "$out"
