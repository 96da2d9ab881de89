#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart verify --from-source: from a machine's evidence to the source of its golden values, which the feed has beside them. The
# machine is that of tests/fuzz/machine; the build of its release only copies its golden values. tests/boot/85-release.t
# builds a real one.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
# shellcheck source=tests/lib/feedroot.sh
. tests/lib/feedroot.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
machine=tests/fuzz/machine
export TMPDIR="$dir/tmp" RAMPART_CACHE="$dir/cache"
mkdir -p "$TMPDIR" "$RAMPART_CACHE/toolbox/toolbox-0" "$RAMPART_CACHE/pkg/linux-0" "$dir/keys"

feed() # ARGUMENT...
{
	in_feed env -u TMPDIR python3 scripts/feed/feed.py "$@"
}
verify() # FEED [OPTION...]: the exit code and the last line; all words in $dir/out and $dir/err
{
	place=$1
	shift
	rm -rf "$dir/state"
	XDG_STATE_HOME="$dir/state" build/host/rampart verify --evidence $machine/evidence.json --at 2026-08-01 --roots $machine/root.der \
		--feed "$place" --root "$dir/root.json" --from-source "$@" >"$dir/out" 2>"$dir/err"
	echo "$? $(tail -n 1 "$dir/out")"
}
sums() # FOLDER
{
	(cd "$1" && rm -f sha256sums && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum) >"$dir/sums"
	mv "$dir/sums" "$1/sha256sums"
}
in_word() # TEXT
{
	grep -c -F -e "$1" "$dir/err"
}

# What make release would leave; its build makes the same again.
source=$dir/source
release=$dir/release
mkdir "$source"
cp $machine/golden.json "$source/"
cat >"$source/Makefile" <<'END'
out := build/test/release
release:
	@[ '$(IMAGE) $(MEMORY) $(CPUS)' = 'test 512 1' ] || exit 1
	@mkdir -p $(out)
	@cp golden.json $(out)/
	@[ ! -e broken ] || { echo broken; exit 1; }
	@printf '%s' '{"predicate": {"buildDefinition": {"externalParameters": {"image": "test", "debug": false,' \
		' "volume": false, "model": false, "memory_mib": 512, "cpus": 1}}}}' >$(out)/provenance.intoto.json
	@echo disk >$(out)/disk.img
	@tar -c --sort=name --mtime=@0 --owner=0 --group=0 --mode=go-w --exclude=./build . >$(out)/source.tar
	@cd $(out) && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >../sums && mv ../sums sha256sums
END
build() # FOLDER: a release of $source
{
	make -s -C "$source" release IMAGE=test MEMORY=512 CPUS=1
	cp -r "$source/build/test/release" "$1"
	rm -r "$source/build"
}
build "$release"

for key in root targets online; do ssh-keygen -q -t ed25519 -N '' -f "$dir/keys/$key"; done
keys="--targets $dir/keys/targets --online $dir/keys/online"
dates="--not-before 2026-07-01 --not-after 2040-01-01"
new_feed() # FOLDER RELEASE [OPTION...]: a feed by these keys, whose root is the same
{
	rm -rf "$1"
	if [ -d "$dir/empty" ]; then
		cp -r "$dir/empty" "$1"
	else
		# shellcheck disable=SC2086 # words
		feed init "$1" --root "$dir/keys/root" $keys
		cp "$1/metadata/1.root.json" "$dir/root.json"
		cp -r "$1" "$dir/empty"
	fi
	place=$1 folder=$2
	shift 2
	# shellcheck disable=SC2086
	feed add "$place" "$folder" $keys $dates "$@" >"$dir/added"
	rm -rf "$dir/state"
}

# ---- it holds ----
new_feed "$dir/feed" "$release"
is "$(find "$dir/feed/targets/test/1.2" -type f -printf '%f\n' | cut -d. -f2- | sort | tr '\n' ' ')" "golden.json provenance.intoto.json sha256sums source.tar " \
	"the feed has what speaks for a release, and its source"
is "$(verify "$dir/feed")" "0 holds: the machine runs what this source builds to: every file is equal" "evidence, golden values, source: one verdict"
bytes=$(cat "$release/golden.json" "$release/provenance.intoto.json" "$release/sha256sums" "$release/source.tar" | wc -c)
is "$(in_word "from source: gets 4 files, $bytes bytes, from $dir/feed: test/1.2/sha256sums, test/1.2/golden.json, test/1.2/provenance.intoto.json, test/1.2/source.tar")" 1 \
	"what is downloaded is said"
is "$(in_word 'then builds, which takes a few minutes')" 1 "and how long it takes"
is "$(sed -n '/from source: gets/=; /^rebuilding test/=' "$dir/err" | tr '\n' ' ')" "1 3 " "before anything of it begins"
is "$(grep '^equal' "$dir/out" | tr -s ' ' | tr '\n' ' ')" "equal disk.img equal golden.json equal provenance.intoto.json equal source.tar " \
	"every file is compared, those as well that are not downloaded"
is "$(find "$TMPDIR" -mindepth 1)" "" "and nothing is left"
is "$(verify "$dir/feed" --record="$dir/history"; grep -c '"verdict":"holds"' "$dir/history")" \
	"0 holds: the machine runs what this source builds to: every file is equal
1" "it is the verdict of the history, too"
rm -r "$RAMPART_CACHE/pkg"
is "$(PATH=$PATH:$dir verify "$dir/feed" | cut -c 1-7; in_word 'about an hour')" "0 holds
1" "with an empty cache it takes longer, which is said"
new_feed "$dir/whole" "$release" --whole
is "$(find "$dir/whole/targets/test/1.2" -type f -printf '%f\n' | cut -d. -f2- | sort | tr '\n' ' ')" "disk.img golden.json provenance.intoto.json sha256sums source.tar " \
	"a feed may have the whole release"
is "$(verify "$dir/whole" | cut -c 1-7)" "0 holds" "and then it is as good"

# ---- one for Secure Boot ----
mkdir "$dir/boot-keys"
scripts/secureboot/make-keys.sh | tar -xf - -C "$dir/boot-keys"
rm "$dir/boot-keys"/*.key "$dir/boot-keys"/*.pem
touch "$dir/boot-keys/rampart.p7" "$dir/boot-keys/boot.p7"
cp "$source/Makefile" "$dir/plain.mk"
sed -i -e 's/^out := .*/out := build\/test-secureboot\/release/' -e 's/"cpus": 1}/"cpus": 1, "secure_boot": true}/' \
	-e 's/^	@cp golden.json.*/&\n	@rm -rf $(out)\/secure-boot; cp -r $(SECURE_BOOT)\/ $(out)\/secure-boot/' "$source/Makefile"
make -s -C "$source" release IMAGE=test MEMORY=512 CPUS=1 SECURE_BOOT="$dir/boot-keys"
cp -r "$source/build/test-secureboot/release" "$dir/signed"
rm -r "$source/build"
mv "$dir/plain.mk" "$source/Makefile"
new_feed "$dir/signed-feed" "$dir/signed"
is "$(find "$dir/signed-feed/targets/test/1.2/secure-boot" -type f -printf '%f\n' | cut -d. -f2- | sort | tr '\n' ' ')" \
	"$(find "$dir/boot-keys" -type f -printf '%f\n' | sort | tr '\n' ' ')" "of a release for Secure Boot the feed has what a build needs of its keys"
is "$(verify "$dir/signed-feed")" "0 holds: the machine runs what this source builds to: every file is equal; boot loader and UKI were built without signatures, and the release's own put on them" \
	"and it is built with that"
is "$(grep -c 'from source: gets 15 files' "$dir/err"; grep -c '^equal  *secure-boot/' "$dir/out"; find "$TMPDIR" -mindepth 1)" "1
11" "which is got, compared and removed"
rm -rf "$dir/signed-feed/targets/test/1.2/secure-boot"
is "$(verify "$dir/signed-feed" | cut -c 1-13; in_word '.auth is not there: the mirror is not whole')" "2 cannot tell
1" "or missed"

# ---- a machine that booted from CD ----
in_feed python3 tests/cli/feed/next.py $machine/golden.json "$dir/next.json"
cp "$source/Makefile" "$dir/plain.mk"
jq '.image.version = "1.2"' "$dir/next.json" >"$source/golden.json"
cp $machine/golden.json "$source/golden-cd.json"
sed -i 's/^	@cp golden.json.*/	@cp golden.json golden-cd.json $(out)\//' "$source/Makefile"
build "$dir/cd"
new_feed "$dir/cd-feed" "$dir/cd"
is "$(verify "$dir/cd-feed" | cut -c 1-7; in_word 'gets 5 files'; in_word ', test/1.2/golden-cd.json')" "0 holds
1
1" "the feed names its golden values, too, and its source makes them"
is "$(jq -c '.signed.targets | with_entries(select(.value.custom)) | map_values(.custom.release)' "$dir/cd-feed/metadata/2.targets.json")" \
	'{"test/1.2/golden-cd.json":1,"test/1.2/golden.json":1}' "under one number"
mkdir "$dir/disk-alone"
cp "$dir/cd/golden.json" "$dir/disk-alone/"
# shellcheck disable=SC2086
is "$(feed add "$dir/cd-feed" "$dir/disk-alone" $keys $dates 2>&1)" \
	"feed: $dir/disk-alone: without golden-cd.json, which the feed has of this version; revoke test/1.2 first" \
	"a release is not changed without those of its media"
# shellcheck disable=SC2086
is "$(feed revoke "$dir/cd-feed" test/1.2/golden.json $keys | tr '\n' ' ')" "test/1.2/golden-cd.json: revoked test/1.2/golden.json: revoked " \
	"nor taken back without them"
sed -i '/ golden-cd\.json$/d' "$dir/cd/sha256sums"
new_feed "$dir/cd-feed" "$dir/cd"
is "$(verify "$dir/cd-feed")" "1 does not hold: its golden values are not what their source builds to: the release is not what its sha256sums says" "values that the sums of the release do not list are not its own"
mv "$dir/plain.mk" "$source/Makefile"
cp $machine/golden.json "$source/"
rm "$source/golden-cd.json"

# ---- what cannot be told ----
mkdir "$dir/bare"
cp "$release/golden.json" "$dir/bare/"
new_feed "$dir/nosource" "$dir/bare"
is "$(verify "$dir/nosource" | cut -c 1-13; in_word 'does not name test/1.2/sha256sums: this release is there without its source')" "2 cannot tell
1" "a release without its source"
mkdir "$dir/other"
cp "$dir/next.json" "$dir/other/golden.json"
new_feed "$dir/foreign" "$dir/other"
is "$(verify "$dir/foreign" --golden $machine/golden.json | cut -c 1-13; in_word 'the golden values that match are not of the feed')" "2 cannot tell
1" "golden values that the feed does not name"
is "$(find "$TMPDIR" -mindepth 1)" "" "neither downloads anything"
cp -r "$dir/feed" "$dir/changed"
tar=$(find "$dir/changed/targets" -name "*.source.tar")
printf 'X' | dd of="$tar" bs=1 seek=1000 conv=notrunc status=none
is "$(verify "$dir/changed" | cut -c 1-13; in_word 'source.tar has another sha256 than its metadata says')" "2 cannot tell
1" "a source that a mirror changed is not used"
is "$(grep -c '^rebuilding' "$dir/err"; find "$TMPDIR" -mindepth 1)" 0 "and nothing is built"
rm "$tar"
is "$(verify "$dir/changed" | cut -c 1-13; in_word 'source.tar is not there: the mirror is not whole')" "2 cannot tell
1" "nor one that is gone"
is "$(build/host/rampart verify --evidence x --golden x --roots x --from-source 2>&1 | grep -c 'takes the source from a feed')" 1 "it wants a feed"
is "$(verify "$dir/feed" --json | cut -c 1-2; in_word 'no --json')" "2 
1" "it is for people"
rm -rf "$dir/state"
# shellcheck disable=SC2016 # the inner shell expands for itself
is "$(unshare --mount sh -c 'mount -t tmpfs -o size=1m tmpfs "$TMPDIR" && exec "$@"' sh env XDG_STATE_HOME="$dir/state" build/host/rampart verify \
	--evidence $machine/evidence.json --at 2026-08-01 --roots $machine/root.der --feed "$dir/feed" --root "$dir/root.json" --from-source 2>&1 >/dev/null |
	cut -d: -f1-3)" "rampart verify: $TMPDIR: no disk space" "without room nothing begins"
rm -r "$RAMPART_CACHE/toolbox"
mkdir "$dir/bin"
for tool in make git tar; do ln -s "$(command -v $tool)" "$dir/bin/"; done
is "$(PATH=$dir/bin XDG_STATE_HOME=$dir/state "$PWD/build/host/rampart" verify --evidence $machine/evidence.json --at 2026-08-01 --roots $machine/root.der \
	--feed "$dir/feed" --root "$dir/root.json" --from-source 2>&1 >/dev/null)" \
	"$([ -x /usr/sbin/mmdebstrap ] || echo "rampart verify: a rebuild needs mmdebstrap, which is not in PATH; install it, or rebuild on another machine: rampart rebuild-check")" \
	"without a toolbox mmdebstrap is needed"
mkdir -p "$RAMPART_CACHE/toolbox/toolbox-0"

# ---- it does not hold ----
sed -i 's/echo disk/echo another disk/' "$source/Makefile"
build "$dir/third"
cp "$release/disk.img" "$dir/third/disk.img"
sums "$dir/third"
new_feed "$dir/feed" "$dir/third"
is "$(verify "$dir/feed" | sed "s|$TMPDIR/rampart-rebuild-.*|FOLDER|")" \
	"1 does not hold: its golden values are not what their source builds to: the rebuilt files differ; they are in FOLDER" "a disk that the source does not build to"
is "$(grep '^different' "$dir/out")" "different  disk.img: the release's has sha256 $(sha256sum <"$dir/third/disk.img" | cut -c 1-64), the rebuilt one $(echo another disk | sha256sum | cut -c 1-64)" \
	"is named by both digests"
rm -rf "${TMPDIR:?}"/*
# The mirror's keeper gives golden values the source of something else.
cp "$dir/next.json" "$source/golden.json"
build "$dir/fourth"
cp $machine/golden.json "$dir/fourth/golden.json"
sums "$dir/fourth"
new_feed "$dir/feed" "$dir/fourth"
is "$(verify "$dir/feed" | cut -c 1-60)" "1 does not hold: its golden values are not what their source" "a source of other golden values"
is "$(grep -c '^PCR 4: changed event EV_EFI_BOOT_SERVICES_APPLICATION' "$dir/out")" 1 "the event that differs is named"
rm -rf "${TMPDIR:?}"/*
touch "$source/broken"
(cd "$source" && tar -c --sort=name --mtime=@0 --owner=0 --group=0 --mode=go-w . >"$dir/fourth/source.tar")
sums "$dir/fourth"
new_feed "$dir/feed" "$dir/fourth"
is "$(verify "$dir/feed" | cut -c 1-13; in_word 'the build failed (exit code 2)')" "2 cannot tell
1" "a build that fails tells nothing"
rm -rf "$dir/state"
XDG_STATE_HOME="$dir/state" build/host/rampart verify --evidence $machine/evidence.json --at 2026-08-01 --golden "$dir/other/golden.json" --roots $machine/root.der \
	--feed "$dir/foreign" --root "$dir/root.json" --from-source >"$dir/out" 2>"$dir/err"
is "$? $(tail -n 1 "$dir/out" | cut -c 1-28) $(grep -c 'from source' "$dir/err")" "1 does not hold: golden.values 0" "a machine that does not hold is refused before"
finish
