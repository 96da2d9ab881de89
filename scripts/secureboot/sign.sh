#!/bin/sh
# SPDX-License-Identifier: MIT
# sign.sh KEYS IN.efi OUT.efi: signs an EFI program with KEYS/db.key for machines that have KEYS/db.pem. The signature says
# no time, so that the same key and program give the same bytes. Where KEYS has no db.key, but the signature that somebody who
# has it made of this program (public.sh), named as OUT is, with .p7, that one is put on it. Whether it is one of this
# program, `rampart predict --secure-boot` says. Runs inside the toolbox.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 3 ] || die "usage: sign.sh KEYS IN.efi OUT.efi"
trap 'rm -f "$3.tmp" "$3.log"' EXIT
signature=$1/$(basename "$3" .efi).p7
if [ ! -e "$1/db.key" ] && [ -r "$signature" ]; then
	cp "$2" "$3.tmp"
	sbattach --attach "$signature" "$3.tmp" >"$3.log" 2>&1 || die "$signature: sbattach: $(tail -n 1 "$3.log")"
	mv "$3.tmp" "$3"
	exit 0
fi
for file in "$1/db.key" "$1/db.pem"; do
	[ -r "$file" ] || die "$file: cannot be read; make keys makes such a folder"
done
faketime -f '2000-01-01 00:00:00' sbsign --key "$1/db.key" --cert "$1/db.pem" --output "$3.tmp" "$2" >"$3.log" 2>&1 ||
	die "$2: sbsign: $(tail -n 1 "$3.log")"
sbverify --cert "$1/db.pem" "$3.tmp" >"$3.log" 2>&1 || die "$2: sbverify: $(tail -n 1 "$3.log")"
mv "$3.tmp" "$3"
