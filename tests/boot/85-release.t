#!/bin/sh
# SPDX-License-Identifier: MIT
# A release of the test image: systemd-pcrlock finds its components in the log of a machine that booted it; somebody
# who has nothing but the folder rebuilds it to the same bytes, from the cache, and counter-signs. So does somebody who has none
# of the keys that another one is signed with, whose disk and variables a machine with Secure Boot boots as they are.
set -eu
. tests/boot/lib.sh
# shellcheck source=tests/cli/release/pcrlock.sh
. tests/cli/release/pcrlock.sh
# shellcheck source=tests/cli/release/parts.sh
. tests/cli/release/parts.sh
build=$work/build
release=$build/release

copy_tree "$work/tree"
release_parts "$build"
"$work/tree/scripts/release/source.sh" "$build/source.tar"
rm -rf "$work/tree"
scripts/release/release.sh "$build"
is "$(cd "$release" && sha256sum --check --quiet sha256sums 2>&1)" "" "a release is put together"

boot build/test/disk.img
is "$status" 0 "the machine comes up"
pcrlock_start $golden "$work"
trap 'kill $swtpm 2>/dev/null || :; rm -rf "$work"' EXIT
sed -n 's/^rampart: firmware-log //p' "$console" | base64 -d >"$work/firmware"
pcrlock_golden $golden >"$work/want"
pcrlock_predict "$release/pcrlock.d" >"$work/got"
same "$work/want" "$work/got" "with the machine's own firmware log, systemd-pcrlock predicts the golden values"

mkdir "$work/elsewhere"
mv "$release" "$work/elsewhere/published"
ssh-keygen -q -t ed25519 -N '' -f "$work/stranger"
code=0
began=$(date +%s)
RAMPART_CACHE=/cache TMPDIR=$work/elsewhere build/bin/rampart rebuild-check "$work/elsewhere/published" \
	--key "$work/stranger" >"$work/words" 2>&1 || code=$?
echo "# rebuild-check with a cache: $(($(date +%s) - began)) s"
is "$code:$(tail -n 1 "$work/words")" "0:holds: every file is equal; signed" "a rebuild elsewhere gives every file again"
[ "$code" = 0 ] || { sed 's/^/# /' "$work/words"; tail -n 20 "$work"/elsewhere/rampart-rebuild-*/log | sed 's/^/# /'; }
echo "stranger $(cut -d' ' -f1,2 "$work/stranger.pub")" >"$work/allowed"
code=0
ssh-keygen -q -Y verify -f "$work/allowed" -I stranger -n rampart-golden \
	-s "$work/elsewhere/published/golden.json.stranger.sig" <$golden >/dev/null || code=$?
result "$code" "and is counter-signed"
rm -rf "$work/elsewhere/published"

# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
modules=$(box_root firmware)/usr/lib/python3/dist-packages
if [ ! -d "$modules/virt" ]; then
	result 0 "a signed release # SKIP the root of scripts/firmware.lock is not there: scripts/toolbox/toolbox.sh firmware"
	finish
fi
mkdir "$work/keys"
scripts/secureboot/make-keys.sh | tar -xf - -C "$work/keys"
cp "$work/keys/KEK.esl" "$work/keys/dbx.esl" # of a certificate that nothing here is signed by
REFERENCE=$(SECURE_BOOT=1 scripts/vm/reference.sh | tail -n 1)
signed_parts "$work/signed" "$work/keys"
mv "$build/source.tar" "$work/signed/"
SECURE_BOOT=1 UPDATES=24 scripts/release/release.sh "$work/signed"
mv "$work/signed/release" "$work/elsewhere/published"
rm -rf "$work/keys" "$work/signed"
golden=$work/elsewhere/published/golden.json
BOOT_DEADLINE=${BOOT_DEADLINE:-300}
export BOOT_DEADLINE
boot "$work/elsewhere/published/disk.img"
is "$status" 0 "a machine with the variables of a signed release boots its disk"
explain
is "$verdict" 0 "and every PCR has its value"
[ "$verdict" = 0 ] || sed 's/^/# /' "$work/explained"
code=0
began=$(date +%s)
RAMPART_CACHE=/cache TMPDIR=$work/elsewhere build/bin/rampart rebuild-check "$work/elsewhere/published" >"$work/words" 2>&1 || code=$?
echo "# rebuild-check of the signed one: $(($(date +%s) - began)) s"
is "$code:$(tail -n 1 "$work/words")" \
	"0:holds: every file is equal; boot loader and UKI were built without signatures, and the release's own put on them" \
	"without any of its keys it is rebuilt to the same bytes"
[ "$code" = 0 ] || { sed 's/^/# /' "$work/words"; tail -n 20 "$work"/elsewhere/rampart-rebuild-*/log | sed 's/^/# /'; }
finish
