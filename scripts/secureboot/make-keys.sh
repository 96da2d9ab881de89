#!/bin/sh
# SPDX-License-Identifier: MIT
# make-keys.sh: writes a tar of new keys to standard output; keys.sh says which. Runs inside the toolbox.
#
# RSA with 2048 bits and SHA-256 is what every firmware takes (UEFI Specification 2.10, section 32.3.6). Certificates do
# not end within a machine's life, since firmware does not look at dates.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
authenticated=$PWD/scripts/secureboot/authenticated.py
owner=52414d50-4152-5400-8000-000000000020
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
umask 077
for name in PK KEK db; do
	openssl req -new -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -subj "/CN=Rampart $name/" \
		-keyout "$name.key" -out "$name.pem" 2>log || die "openssl: $(tail -n 1 log)"
	openssl x509 -in "$name.pem" -outform DER -out "$name.der"
	sbsiglist --owner "$owner" --type x509 --output "$name.esl" "$name.der"
done
# Each is signed by the one above it, and PK by itself.
for pair in PK/PK KEK/PK db/KEK; do
	name=${pair%/*} by=${pair#*/}
	python3 -I -B -X utf8 "$authenticated" "$name" "$name.esl" "$by" "$name.auth" 2>log ||
		die "$name.auth: $(tail -n 1 log)"
done
rm -f log
tar -cf - ./*
