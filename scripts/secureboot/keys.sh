#!/bin/sh
# SPDX-License-Identifier: MIT
# keys.sh FOLDER: makes the keys of a machine with Secure Boot, in a folder that is not there yet: for each of PK, KEK and
# db the private NAME.key, its certificate NAME.pem and NAME.der, the variable's content NAME.esl, and that signed for a
# machine without keys, NAME.auth. Runs on the host; the keys are made in the toolbox, where nothing of them stays.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 1 ] && [ -n "$1" ] || die "usage: keys.sh FOLDER"
find_paths
folder=$(realpath -m "$1")
case $folder/ in
"$RAMPART_TOP"/*) die "$folder: in the source tree, where private keys do not belong; name another folder: SECURE_BOOT=" ;;
esac
[ ! -e "$folder" ] || die "$folder: is there already; keys are never replaced"
umask 077
mkdir -p "$(dirname "$folder")"
tmp=$(mktemp -d "$folder.new-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
SECURE_BOOT='' "$RAMPART_TOP/scripts/toolbox/enter.sh" scripts/secureboot/make-keys.sh >"$tmp/keys.tar"
tar -xf "$tmp/keys.tar" -C "$tmp"
rm "$tmp/keys.tar"
[ -s "$tmp/db.key" ] || die "$folder: no keys were made"
mv -T "$tmp" "$folder"
step KEYS "$folder: whoever has db.key can sign for these machines; keep PK.key and KEK.key elsewhere"
