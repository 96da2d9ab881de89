#!/bin/sh
# SPDX-License-Identifier: MIT
# A release of the test image: systemd-pcrlock finds its components in the log of a machine that booted it; somebody
# who has nothing but the folder rebuilds it to the same bytes, from the cache, and counter-signs.
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
finish
