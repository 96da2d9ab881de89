#!/bin/sh
# SPDX-License-Identifier: MIT
# release.sh BUILD_DIR: puts the folder BUILD_DIR/release together, from what `make golden` left in BUILD_DIR
# and BUILD_DIR/source.tar (scripts/release/source.sh). Runs inside the toolbox, from /src. The folder appears whole or not
# at all. One that is there already and has the same files stays, with its signatures.
# Environment, as it was for the build: IMAGE, DEBUG, VOLUME, MODEL, SECURE_BOOT (empty or not), MACHINE, UPDATES (or empty),
# MEMORY, CPUS, PLATFORM (or empty), MEDIA (of "cd network", those that it has golden values of), GPU_SOURCE, GPU_ARCHIVE (a
# sha256, or empty). With SECURE_BOOT what may be known of its keys is in BUILD_DIR/secure-boot (scripts/secureboot/public.sh).
# rampart-release(5) describes the folder.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 1 ] || die "usage: release.sh BUILD_DIR"
build=$1
release=$build/release
new=$build/release.new
umask 022
forms="disk.containerdisk.tar disk.gce.tar.gz disk.img disk.iso disk.qcow2 disk.vhd"
for file in $forms rampart.efi golden.json plan plan.txt files.txt cmdline kernel platform; do
	[ -f "$build/$file" ] || die "$build/$file: no such file; make golden makes it"
done
signed=
media=
for medium in ${MEDIA:-}; do
	[ "$medium" != cd ] || media="$media disk.iso"
	media="$media golden-$medium.json"
	for file in "golden-$medium.json" "platform-$medium"; do
		[ -f "$build/$file" ] || die "$build/$file: no such file; make golden FORMAT= makes it"
	done
done
[ -z "${SECURE_BOOT:-}" ] || signed="secure-boot secure-boot.aws secure-boot.fd"
for part in $signed; do
	[ -e "$build/$part" ] || die "$build/$part: no such file; make golden SECURE_BOOT= makes it"
done
[ -f "$build/source.tar" ] || die "$build/source.tar: no such file; make release makes it"
kernel=/cache/pkg/$(cat "$build/kernel")

rm -rf "$new"
trap 'rm -rf "$new"' EXIT
trap 'exit 130' INT TERM
mkdir "$new"
for file in disk.img rampart.efi golden.json plan plan.txt files.txt cmdline source.tar $media; do
	cp --sparse=always "$build/$file" "$new/$file"
done
for file in $forms; do
	echo "$file $(stat -c %s "$build/$file") $(sha256sum <"$build/$file" | cut -d' ' -f1)"
done >"$new/formats.txt"
for part in $signed; do cp -r "$build/$part" "$new/"; done
[ ! -f "$build/volume.img" ] || cp --sparse=always "$build/volume.img" "$new/volume.img"
cp "$(cat "$build/platform")" "$new/platform.json"
for medium in ${MEDIA:-}; do cp "$(cat "$build/platform-$medium")" "$new/platform-$medium.json"; done
cp "$kernel/config" "$new/kernel.config"
cp scripts/toolbox.lock scripts/sources.lock "$new/"
kind=$(build/bin/rampart plan "images/$IMAGE" --kind ${MACHINE:+--machine "$MACHINE"})
python3 -I -B -X utf8 "$(dirname "$0")" "$new" "$IMAGE" "$DEBUG" "$VOLUME" "$MEMORY" "$CPUS" "$MODEL" "${MACHINE:-}" "$kind" \
	"${SECURE_BOOT:-}" "${UPDATES:-}" "${MEDIA:-}" "${PLATFORM:-}" 2>"$build/release.log" || die "$(tail -n 1 "$build/release.log")"
(cd "$new" && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum) >"$build/release.sums"
mv "$build/release.sums" "$new/sha256sums"
find "$new" -type f -exec chmod 644 {} +

if cmp -s "$new/sha256sums" "$release/sha256sums" &&
	(cd "$release" && sha256sum --check --status sha256sums 2>/dev/null); then
	step SAME "$release"
	exit 0
fi
rm -rf "$release.old"
[ ! -e "$release" ] || mv -T "$release" "$release.old"
mv -T "$new" "$release"
rm -rf "$release.old"
