#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart rebuild-check, with a source.tar whose build only copies: equal, tampered, and what could not be told.
# tests/boot/85-release.t rebuilds a real one.
set -u
# shellcheck source=tests/cli/release/lib.sh
. "$(dirname "$0")/lib.sh"
rampart=$PWD/build/bin/rampart
make_keys
release=$dir/release
export TMPDIR="$dir/tmp"
mkdir "$TMPDIR"

sums() # FOLDER
{
	(cd "$1" && rm -f sha256sums && find . -type f ! -name '*sig' -printf '%P\n' | LC_ALL=C sort | xargs sha256sum) >"$dir/sums"
	mv "$dir/sums" "$1/sha256sums"
}

# What make release would leave; its build makes the same again.
mkdir -p "$dir/source/scripts/release" "$release"
cp scripts/lib.sh "$dir/source/scripts/"
cp scripts/release/sign.sh "$dir/source/scripts/release/"
zero=$(printf '%064d' 0)
{
	printf '{"schema": "rampart-golden/1", "image": {"name": "demo", "version": "1", "debug": false}, "platform": {"name": "here", "shape": {}},\n'
	printf '"pcrs": {"sha256": {"15": {"value": null, "from": "identity"}'
	for pcr in 0 1 2 3 5 6 7 8 9 10 11 12 13 14; do
		printf ', "%s": {"value": "%s", "from": "image"}' $pcr "$zero"
	done
	printf ', "4": {"value": "VALUE", "from": "image"}}},\n'
	printf '"events": [{"pcr": 4, "type": "EV_SEPARATOR", "sha256": "DIGEST", "what": "separator"}]}\n'
} >"$dir/source/golden.json"
digest=$(printf '\0\0\0\0' | sha256sum | cut -d' ' -f1)
replay() # DIGEST: PCR 4 after it, by basenc and sha256sum
{
	{ head -c 32 /dev/zero; echo "$1" | tr a-f A-F | basenc --base16 -d; } | sha256sum | cut -d' ' -f1
}
sed -i "s/DIGEST/$digest/; s/VALUE/$(replay "$digest")/" "$dir/source/golden.json"
cat >"$dir/source/Makefile" <<'END'
comma := ,
out := build/demo$(MACHINE:%=-%)$(if $(DEBUG),-debug)$(if $(VOLUME),-volume)/release
release:
	@[ '$(IMAGE) $(MEMORY) $(CPUS)' = 'demo 512 1' ] || exit 1
	@mkdir -p $(out)
	@cp golden.json $(out)/
	@[ -z "$$BREAK" ] || exit 1
	@[ -z "$$WAIT" ] || { echo >"$$WAIT"; exec sleep 600; }
	@printf '%s' '{"predicate": {"buildDefinition": {"externalParameters": {"image": "demo", $(if $(MACHINE),"machine": "$(MACHINE)"$(comma)) "debug": false,' \
		' "volume": false, "model": $(if $(MODEL),true,false), "memory_mib": 512, "cpus": 1}}}}' >$(out)/provenance.intoto.json
	@echo disk >$(out)/disk.img
	@tar -c --sort=name --mtime=@0 --owner=0 --group=0 --mode=go-w --exclude=./build . >$(out)/source.tar
	@cd $(out) && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >../sums && mv ../sums sha256sums
END
make -s -C "$dir/source" release IMAGE=demo MEMORY=512 CPUS=1
cp "$dir/source/build/demo/release"/* "$release/"
rm -r "$dir/source/build"
cp -r "$release" "$dir/good"

run "$rampart" rebuild-check "$release"
is "$code:$(tail -n 1 "$dir/words")" "0:holds: every file is equal" "a release that can be rebuilt holds"
is "$(grep -c '^equal ' "$dir/words")" 4 "each of its files is equal"
is "$(find "$TMPDIR" -mindepth 1)" "" "and nothing is left of the rebuild"
run "$rampart" rebuild-check "$release" --key "$dir/keys/alice" --key "$dir/keys/carol.key"
is "$code:$(tail -n 1 "$dir/words")" "0:holds: every file is equal; signed" "with keys it is counter-signed"
ssh-keygen -q -Y verify -f "$dir/keys/allowed" -I alice -n rampart-golden -s "$release/golden.json.alice.sig" \
	<"$release/golden.json" >/dev/null
result $? "ssh-keygen accepts the signature"
minisign -V -q -p "$dir/keys/carol.pub" -m "$release/sha256sums" -x "$release/sha256sums.carol.minisig"
result $? "minisign too"
run "$rampart" rebuild-check "$release" --into "$dir/kept"
is "$code:$(find "$dir/kept" -maxdepth 1 -mindepth 1 -printf '%f\n' | sort | tr '\n' ' ')" "0:log source " "--into keeps the rebuild"
run "$rampart" rebuild-check "$release" --into "$dir/kept"
fails "--into wants a new or empty folder" "a new or empty folder is needed"

# For another kind of machine than that of image.conf.
make -s -C "$dir/source" release IMAGE=demo MACHINE=gce MEMORY=512 CPUS=1
cp -r "$dir/source/build/demo-gce/release" "$dir/gce"
rm -r "$dir/source/build"
run "$rampart" rebuild-check "$dir/gce"
is "$code:$(tail -n 1 "$dir/words")" "0:holds: every file is equal" "a release for a kind of machine is rebuilt for that"
sed -i 's/"machine": "gce"/"machine": "x y"/' "$dir/gce/provenance.intoto.json"
sums "$dir/gce"
run "$rampart" rebuild-check "$dir/gce"
fails "a kind that is no name is none" "says something impossible about what was built"

# With the golden values of other media.
mv "$dir/source/Makefile" "$dir/disk.mk"
sed -e 's/ .debug": false/ "format": "$(FORMAT)", "platform": "$(PLATFORM)",&/' \
	-e 's/.*golden.json $(out).*/&\n\t@[ "$(FORMAT) $(PLATFORM)" = "iso netboot ovmf-1+2" ]/' "$dir/disk.mk" >"$dir/source/Makefile"
make -s -C "$dir/source" release IMAGE=demo MEMORY=512 CPUS=1 FORMAT="iso netboot" PLATFORM=ovmf-1+2
cp -r "$dir/source/build/demo/release" "$dir/media"
rm -r "$dir/source/build"
run env FORMAT=raw PLATFORM=qemu "$rampart" rebuild-check "$dir/media"
is "$code:$(tail -n 1 "$dir/words")" "0:holds: every file is equal" "a release for a CD and for the network, of another platform, is rebuilt as that"
sed -i 's/iso netboot/iso raw/' "$dir/media/provenance.intoto.json"
sums "$dir/media"
run "$rampart" rebuild-check "$dir/media"
fails "a form that no release is asked for is none" "says something impossible about what was built"
mv "$dir/disk.mk" "$dir/source/Makefile"

# For Secure Boot, with room for updates: what is signed is built without the key, and has the release's signatures put on it.
efi=/usr/lib/systemd/boot/efi/systemd-bootx64.efi
mkdir "$dir/boot-keys"
scripts/secureboot/make-keys.sh | tar -xf - -C "$dir/boot-keys"
cp $efi "$dir/source/boot"
(cat $efi; printf 'uki     ') >"$dir/source/rampart"
for name in boot rampart; do scripts/secureboot/sign.sh "$dir/boot-keys" "$dir/source/$name" "$dir/$name.efi"; done
scripts/secureboot/public.sh "$dir/boot-keys" "$dir/public" "$dir/boot.efi" "$dir/rampart.efi"
mv "$dir/source/Makefile" "$dir/plain.mk"
cp "$dir/plain.mk" "$dir/source/"
cat >"$dir/source/Makefile" <<'END'
include plain.mk
out := build/demo-secureboot-updates/release
.DEFAULT_GOAL := release
release: signed
.PHONY: signed
signed:
	@[ '$(UPDATES)' = 24 ] && [ ! -e '$(SECURE_BOOT)/db.key' ] || exit 1
	@mkdir -p $(out)
	@for name in boot rampart; do cp $$name $(out)/../$$name.efi && \
		sbattach --attach $(SECURE_BOOT)/$$name.p7 $(out)/../$$name.efi >/dev/null 2>&1 || exit 1; done
	@cp -r $(SECURE_BOOT)/ $(out)/secure-boot
	@cp $(out)/../rampart.efi $(out)/
	@! [ -e ends ]
END
sed -i 's/"cpus": 1}/"cpus": 1, "secure_boot": true, "updates_mib": 24}/' "$dir/source/plain.mk"
build_signed() # FOLDER: the release of $dir/source, with these keys
{
	rm -rf "$1" "$dir/source/build"
	make -s -C "$dir/source" release IMAGE=demo MEMORY=512 CPUS=1 UPDATES=24 SECURE_BOOT="$dir/public"
	cp -r "$dir/source/build/demo-secureboot-updates/release" "$1"
	rm -r "$dir/source/build"
}
build_signed "$dir/signed"
run env SECURE_BOOT=/nowhere UPDATES=1 "$rampart" rebuild-check "$dir/signed"
is "$code:$(tail -n 1 "$dir/words")" \
	"0:holds: every file is equal; boot loader and UKI were built without signatures, and the release's own put on them" \
	"a release for Secure Boot is rebuilt without its keys, and the verdict says how"
digest_of() # FILE: without its signature
{
	pesign --hash --in "$1" --digest_type sha256 | cut -d' ' -f1
}
is "$(grep '^signed' "$dir/words")" \
	"signed     boot.efi: Authenticode sha256 $(digest_of "$dir/source/boot"); the release's signature is of this program
signed     rampart.efi: Authenticode sha256 $(digest_of "$dir/source/rampart"); the release's signature is of this program" \
	"with the digest of each program, which is that of the unsigned one"
is "$(grep -c '^equal  *secure-boot/' "$dir/words") $(grep -c '^equal  *rampart.efi$' "$dir/words")" "11 1" "every file is compared, the signed one as well"
is "$(find "$TMPDIR" -mindepth 1; find "$dir/signed/secure-boot" -type f | wc -l)" 11 "nothing is left of the rebuild, and nothing is gone of the release"
run "$rampart" rebuild-check "$dir/signed" --key "$dir/keys/alice"
is "$code:$(tail -n 1 "$dir/words" | sed 's/.*;//')" "0: signed" "it is counter-signed as any other"

# One whose source builds to something else than was signed; that build goes on, or ends there.
cp -r "$dir/signed" "$dir/foreign"
printf 'another ' >>"$dir/source/rampart"
other=$(digest_of "$dir/source/rampart")
for ends in '' ends; do
	[ -z "$ends" ] || touch "$dir/source/ends"
	(cd "$dir/source" && tar -c --sort=name --mtime=@0 --owner=0 --group=0 --mode=go-w --exclude=./build .) >"$dir/foreign/source.tar"
	rm -f "$dir/foreign"/*sig
	sums "$dir/foreign"
	run "$rampart" rebuild-check "$dir/foreign" --key "$dir/keys/alice"
	is "$code:$(grep '^different  rampart.efi' "$dir/words" | head -n 1):$(tail -n 1 "$dir/words" | cut -d\; -f1)" \
		"1:different  rampart.efi: Authenticode sha256 $other; the release's signature is not of this program:does not hold: the rebuilt files differ" \
		"what the source does not build to does not hold${ends:+, also if its build ends there}"
done
is "$(find "$dir/foreign" -name '*sig')" "" "and is not signed"
cp -r "$dir/signed" "$dir/half"
rm -r "$dir/half/secure-boot"
sums "$dir/half"
run "$rampart" rebuild-check "$dir/half"
fails "one that lacks the public half of its keys cannot be built" "secure-boot: No such file or directory; without the public half of its keys, and its signatures"
rm -rf "${TMPDIR:?}"/*
sed -i 's/"updates_mib": 24/"updates_mib": -1/' "$dir/signed/provenance.intoto.json"
sums "$dir/signed"
run "$rampart" rebuild-check "$dir/signed"
fails "room that cannot be is none" "says something impossible about what was built"

rm "$release"/*sig
echo tampered >"$release/disk.img"
run "$rampart" rebuild-check "$release" --key "$dir/keys/alice"
is "$code:$(head -n 1 "$dir/words")" "1:disk.img: its bytes are not those listed, but sha256:$(echo tampered | sha256sum | cut -d' ' -f1)" "a tampered file is named, before anything is built"
sums "$release"
run "$rampart" rebuild-check "$release" --key "$dir/keys/alice"
is "$code:$(grep '^different' "$dir/words")" "1:different  disk.img: from byte 0 on; the release's has 9 bytes, the rebuilt one 5" \
	"with sums to match, the rebuild shows it"
is "$(find "$release" -name '*sig')" "" "and nothing is signed"

rm -r "$release" && cp -r "$dir/good" "$release"
other=$(echo other | sha256sum | cut -d' ' -f1)
sed -i "s/$digest/$other/; s/$(replay "$digest")/$(replay "$other")/" "$release/golden.json"
sums "$release"
run "$rampart" rebuild-check "$release"
is "$code:$(sed -n '/^PCR/,/rebuilt/p' "$dir/words")" "1:PCR 4: changed event EV_SEPARATOR \"separator\"
  release sha256 $other
  rebuilt sha256 $digest" "golden values that differ are told event by event"

rm -r "$release" && cp -r "$dir/good" "$release"
echo more >"$release/more"
run "$rampart" rebuild-check "$release"
is "$code:$(head -n 1 "$dir/words")" "1:more: not listed in sha256sums" "a file that is not listed is named"
sums "$release"
run "$rampart" rebuild-check "$release"
is "$code:$(grep '^missing' "$dir/words")" "1:missing    more: only the release has it" "one that a rebuild does not make as well"
rm "$release/more" "$release/disk.img"
sums "$release"
run "$rampart" rebuild-check "$release"
is "$code:$(grep '^missing' "$dir/words")" "1:missing    disk.img: the release does not have it" "and one that only a rebuild makes"

rm -r "$release" && cp -r "$dir/good" "$release"
BREAK=1 run "$rampart" rebuild-check "$release"
fails "a build that fails tells nothing" "the build failed (exit code 2)"
rm -rf "${TMPDIR:?}"/*
mkfifo "$dir/waiting"
WAIT=$dir/waiting "$rampart" rebuild-check "$release" >"$dir/words" 2>&1 &
rebuilding=$!
read -r _ <"$dir/waiting"
kill -TERM $rebuilding
wait $rebuilding && code=0 || code=$?
is "$code:$(tail -n 1 "$dir/words")" "143:rampart rebuild-check: the build was interrupted" "one that is interrupted says so"
is "$(find "$TMPDIR" -mindepth 1)" "" "and leaves nothing"
sed -i 's/"image": "demo"/"image": "..\/demo"/' "$release/provenance.intoto.json"
sums "$release"
run "$rampart" rebuild-check "$release"
fails "an image's name that is a path is refused" "says something impossible"
cp "$dir/good/provenance.intoto.json" "$release/"
sed -i 's/"model": false/"model": true/' "$release/provenance.intoto.json"
sums "$release"
run env -u MODEL "$rampart" rebuild-check "$release"
fails "one that was made with a model wants it" "give it: MODEL=/PATH"
for bad in '../x' '/x' 'a//b' './x'; do
	rm -r "$release" && cp -r "$dir/good" "$release"
	{ echo "$digest  $bad"; cat "$dir/good/sha256sums"; } >"$release/sha256sums"
	run "$rampart" rebuild-check "$release"
	fails "the path \"$bad\" in sha256sums is refused" "sha256sums:1: a name that is not below the folder"
done
run "$rampart" rebuild-check "$dir/tmp"
fails "a folder without sums is no release" "sha256sums: No such file"
run "$rampart" rebuild-check "$dir/good" --key "$dir/none"
fails "a key that is not there is said at once" "none: No such file"
finish
