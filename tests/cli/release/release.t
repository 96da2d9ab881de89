#!/bin/sh
# SPDX-License-Identifier: MIT
# A release of images/test: the same bytes under any circumstances, each format read again by its own tool or by its
# public rules, and the same values in all of them.
set -u
# shellcheck source=tests/cli/release/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/release/parts.sh
. tests/cli/release/parts.sh
here=$PWD/tests/cli/release
for file in disk.img golden.json plan files.txt kernel; do
	if [ ! -f "build/test/$file" ]; then
		echo "1..0 # SKIP build/test/$file is not there; make golden IMAGE=test builds it"
		exit 0
	fi
done

# ---- the source tree ----
copy_tree "$dir/tree"
"$dir/tree/scripts/release/source.sh" "$dir/tree/build/1.tar"
result $? "a tree without a repository gives its archive"
copy_tree "$dir/elsewhere"
find "$dir/elsewhere" -exec touch -d 2001-02-03 {} +
(umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 faketime '2031-05-05 05:05:05' "$dir/elsewhere/scripts/release/source.sh" \
	"$dir/elsewhere/build/2.tar")
same "$dir/tree/build/1.tar" "$dir/elsewhere/build/2.tar" "at another place and time, under another umask: the same bytes"
tar -tf "$dir/tree/build/1.tar" >"$dir/list"
is "$(grep -cE '^\./(build|\.git)(/|$)' "$dir/list") $(grep -cx ./scripts/release/source.sh "$dir/list")" "0 1" \
	"it has the tree, and nothing that is built"
(
	cd "$dir/elsewhere" || exit 1
	git init -q . && git add -A && git -c user.name=a -c user.email=a@b commit -qm all
	scripts/release/source.sh "$dir/3.tar"
)
same "$dir/tree/build/1.tar" "$dir/3.tar" "so does a repository's last commit"
echo change >>"$dir/elsewhere/README.md"
run "$dir/elsewhere/scripts/release/source.sh" "$dir/4.tar"
fails "a change that is not committed is refused" "README.md: not committed"
is "$(find "$dir" -maxdepth 1 -name '4.tar*')" "" "and leaves nothing behind"

# What is published stays public: a key beside the sources, which a repository would call not committed, or that is in one.
make_keys
openssl genpkey -algorithm ML-DSA-65 -out "$dir/keys/erin.key"
for key in alice bob carol.key erin.key; do
	cp "$dir/keys/$key" "$dir/tree/images/test/secret"
	run "$dir/tree/scripts/release/source.sh" "$dir/5.tar"
	fails "a private key in the tree is refused ($key)" "images/test/secret: a private key"
done
rm "$dir/tree/images/test/secret"
cp "$dir/keys/alice.pub" "$dir/tree/images/test/known"
run "$dir/tree/scripts/release/source.sh" "$dir/5.tar"
is "$code" 0 "a public one is not"
(
	cd "$dir/elsewhere" || exit 1
	git checkout -q README.md && cp "$dir/keys/alice" README.md && git -c user.name=a -c user.email=a@b commit -qam key
)
rm "$dir/5.tar"
run "$dir/elsewhere/scripts/release/source.sh" "$dir/5.tar"
fails "nor is one taken that was committed" "README.md: a private key"
is "$(find "$dir" -maxdepth 1 -name '5.tar*')" "" "and nothing is left of it"

# ---- the folder ----
build=$dir/build
release_parts "$build"
cp "$dir/tree/build/1.tar" "$build/source.tar"
run scripts/release/release.sh "$build"
is "$code:$(cat "$dir/words")" 0: "it is put together without a word"
release=$build/release
cp -r "$release" "$dir/first"
echo signature >"$release/golden.json.someone.sig"
run scripts/release/release.sh "$build"
is "$code:$(cat "$dir/words"):$(cat "$release/golden.json.someone.sig")" "0:  SAME    $release:signature" \
	"the same again leaves it, with its signatures"
mv "$release" "$dir/kept"
mkdir -m 700 "$dir/deep"
mv "$build" "$dir/deep/"
build=$dir/deep/build
release=$build/release
(umask 077 && TZ=America/Lima LC_ALL=C.UTF-8 HOME=/nowhere USER=nobody \
	faketime '2031-05-05 05:05:05' scripts/release/release.sh "$build")
diff -r "$dir/first" "$release" >"$dir/diff"
is "$?:$(cat "$dir/diff")" 0: "elsewhere, later, under another umask: the same bytes"
is "$(find "$release" -type f ! -perm 644)" "" "that everybody may read"
(cd "$release" && sha256sum --check --strict --status sha256sums)
result $? "sha256sums holds"
(cd "$release" && find . -type f ! -name sha256sums -printf '%P\n' | LC_ALL=C sort) >"$dir/want"
cut -c67- "$release/sha256sums" >"$dir/got"
same "$dir/want" "$dir/got" "and names every other file, in order"
cat >"$dir/want" <<'END'
REBUILD.md
UPLOAD.md
cmdline
corim.cbor
disk.img
files.txt
formats.txt
golden.json
kernel.config
keylime/mb_refstate.json
keylime/tpm_policy.json
pcrlock.d/200-firmware.pcrlock
pcrlock.d/300-loader.pcrlock
pcrlock.d/600-uki.pcrlock
pcrlock.d/750-rampart.pcrlock
plan
plan.txt
platform.json
provenance.intoto.json
rampart.efi
sbom.spdx.json
source.tar
sources.lock
toolbox.lock
END
same "$dir/want" "$dir/got" "these are all"
cp "$dir/want" "$dir/all"
sed 's/\\//g' measure/man/rampart-release.5.scd >"$dir/page"
while read -r file; do
	grep -qF "_${file}_" "$dir/page" || echo "$file"
done <"$dir/want" >"$dir/unknown"
is "$(cat "$dir/unknown")" "" "rampart-release(5) describes each"
grep -rlF -e "$dir" -e /src "$release" --include='*.json' --include='*.md' --include='*.txt' >"$dir/got"
is "$(cat "$dir/got")" "" "none has a path or a name of this machine"
mv "$build/platform" "$build/hidden"
run scripts/release/release.sh "$build"
fails "a part that is missing is an error" "platform: no such file; make golden makes it"
diff -r "$dir/first" "$release" >/dev/null && [ ! -e "$release.new" ]
result $? "and what was there stays, with nothing half made beside it"
mv "$build/hidden" "$build/platform"

(cd "$build" && stat -c '%n %s' disk.containerdisk.tar disk.gce.tar.gz disk.img disk.iso disk.qcow2 disk.vhd | while read -r file size; do
	echo "$file $size $(sha256sum <"$file" | cut -d' ' -f1)"
done) >"$dir/want"
same "$dir/want" "$release/formats.txt" "formats.txt has the disk in every form"
sed -n 's/^| [a-z0-9]* | \(disk[^ ]*\) | \([0-9]*\) | \([0-9a-f]*\) |$/\1 \2 \3/p' "$release/UPLOAD.md" >"$dir/got"
same "$dir/want" "$dir/got" "and so has UPLOAD.md"

# ---- formats ----
for pair in pcrlock:pcrlock.d/200-firmware.pcrlock pcrlock:pcrlock.d/300-loader.pcrlock \
	pcrlock:pcrlock.d/600-uki.pcrlock pcrlock:pcrlock.d/750-rampart.pcrlock \
	keylime-tpm-policy:keylime/tpm_policy.json keylime-mb-refstate:keylime/mb_refstate.json \
	spdx-2.3:sbom.spdx.json slsa-provenance-1:provenance.intoto.json; do
	is "$(python3 -I "$here/schema.py" "${pair%%:*}" "$release/${pair#*:}" 2>&1)" "" "${pair#*:} is as its schema says"
done
golden=$release/golden.json

# systemd-pcrlock itself. That a wrong component is refused is tried with one digit changed.
# shellcheck source=tests/cli/release/pcrlock.sh
. tests/cli/release/pcrlock.sh
pcrlock_start "$golden" "$dir"
result $? "a TPM is extended with all events"
trap 'kill $swtpm 2>/dev/null; rm -rf "$dir"' EXIT
pcrlock_golden "$golden" >"$dir/want"
pcrlock_predict "$release/pcrlock.d" >"$dir/got"
same "$dir/want" "$dir/got" "systemd-pcrlock predicts exactly the golden values, all of PCR 0 to 14"
cp -r "$release/pcrlock.d" "$dir/wrong.d"
digest=$(jq -r '.records[-1].digests[0].digest' "$dir/wrong.d/600-uki.pcrlock")
sed -i "s/$digest/$(echo "$digest" | tr 0-9a-f 1-9a-f0)/" "$dir/wrong.d/600-uki.pcrlock"
is "$(pcrlock_predict "$dir/wrong.d" | grep -c '^5 ')" 0 "and knows a component that is not in the log"
kill "$swtpm"

jq -r 'to_entries[] | "\(.key) \(.value | join(","))"' "$release/keylime/tpm_policy.json" | sort -n >"$dir/got"
grep -v '^10 ' "$dir/want" >"$dir/want.keylime"
same "$dir/want.keylime" "$dir/got" "Keylime's policy has the same values, all but PCR 10, which it keeps for IMA"
state=$release/keylime/mb_refstate.json
for program in EFI/BOOT/BOOTX64.EFI:shim_authcode_sha256 EFI/Linux/rampart.efi:grub_authcode_sha256; do
	is "$(jq -r ".kernels[0].${program#*:}" "$state")" "0x$(pesign --hash --in "$(
		case $program in
		*BOOTX64*) echo /usr/lib/systemd/boot/efi/systemd-bootx64.efi ;;
		*) echo "$release/rampart.efi" ;;
		esac
	)" --digest-type sha256 | cut -d' ' -f1)" "${program#*:} is the Authenticode hash of ${program%%:*}, says pesign"
done
kernel=/cache/pkg/$(cat "$build/kernel")
is "$(jq -r '.kernels[0].vmlinuz_plain_sha256' "$state")" "0x$(sha256sum <"$kernel/bzImage" | cut -d' ' -f1)" \
	"vmlinuz_plain_sha256 is the sha256 of the kernel"
is "$(jq -r '.kernels[0].initrd_plain_sha256' "$state")" "0x$(objcopy -O binary --only-section=.initrd \
	"$release/rampart.efi" /dev/stdout | sha256sum | cut -d' ' -f1)" "initrd_plain_sha256 that of the initrd"
cmdline=$(tr '\n' ' ' <"$release/cmdline" | sed 's/ *$//')
is "$(python3 -c 'import json, re, sys
print(bool(re.fullmatch(json.load(open(sys.argv[1]))["kernels"][0]["kernel_cmdline"], sys.argv[2])))' "$state" "$cmdline")" \
	True "kernel_cmdline matches the command line"

python3 -I "$here/corim.py" "$release/corim.cbor" >"$dir/corim"
result $? "corim.cbor keeps the rules of the draft"
sed -n 's/^pcr \([0-9]*\) 1 /\1 /p' "$dir/corim" | sort -n >"$dir/got"
same "$dir/want" "$dir/got" "its integrity registers are the golden values"
is "$(grep -v '^pcr' "$dir/corim")" "disk.img 1 $(sha256sum <"$release/disk.img" | cut -d' ' -f1)
rampart.efi 1 $(sha256sum <"$release/rampart.efi" | cut -d' ' -f1)" "and it has the digests of disk and UKI"
head -c -1 "$release/corim.cbor" >"$dir/short.cbor"
python3 -I "$here/corim.py" "$dir/short.cbor" >/dev/null 2>&1
is $? 1 "one that is cut short is refused"

# ---- SBOM and provenance ----
sbom=$release/sbom.spdx.json
contained() # SBOM
{
	jq -r '. as $all | .relationships[] | select(.relationshipType == "CONTAINS") | .relatedSpdxElement as $id |
		$all.packages[] | select(.SPDXID == $id) | .name' "$1" | sort | tr '\n' ' '
}
is "$(contained "$sbom")" "busybox libgcc linux model.txt musl openssl rampart systemd-boot systemd-stub test tpm2-tss " \
	"the SBOM has every part of the image"
is "$(jq -r '[.relationships[] | .spdxElementId, .relatedSpdxElement] - ([.packages[].SPDXID] + [.files[].SPDXID] +
	["SPDXRef-DOCUMENT"]) | length' "$sbom")" 0 "its relationships name what is there"
is "$(jq -r '[.packages[].SPDXID] | length == (unique | length)' "$sbom")" true "and each identifier is given once"
jq -r '.packages[] | select(.primaryPackagePurpose == "ARCHIVE") | "\(.checksums[0].checksumValue) \(.packageFileName)"' \
	"$sbom" | while read -r sum file; do
	grep -hE " $sum( |\$)" "$release/sources.lock" "$release/toolbox.lock" | grep -qF "/$file" || echo "$file"
done >"$dir/got"
is "$(cat "$dir/got")" "" "every source has the hash that the lock pins"
is "$(jq '[.packages[] | select(.primaryPackagePurpose == "ARCHIVE")] | length > 7' "$sbom")" true "and there are some"
sed 's/container\/httpd/container\/llama-server/' "$build/files.txt" >"$dir/files"
cp "$dir/files" "$build/files.txt"
mkdir "$dir/other"
cp -r "$build" "$dir/other/"
LAYOUT=/mnt/layout scripts/release/release.sh "$dir/other/build" >/dev/null
is "$(grep -c "with a container from outside" "$release/REBUILD.md" "$dir/other/build/release/REBUILD.md" | sed 's/.*://' | tr '\n' ' ')" \
	"0 1 " "who rebuilds one with a container from outside of the tree is told that it is needed"
is "$(grep -o 'must have the digest sha256:[0-9a-f]*' "$dir/other/build/release/REBUILD.md" | cut -d: -f2)" \
	"$(sed -n 's/^container sha256:\([0-9a-f]*\) .*/\1/p' "$build/plan")" "... and by which digest"
jq '(.payloads[] | select(.kind == "container")) |= (.digest = "fsverity-sha256:" + .sha256 | del(.sha256))' "$golden" >"$dir/other/build/golden.json"
LAYOUT=/mnt/layout run scripts/release/release.sh "$dir/other/build"
is "$code:$(grep -o 'must have the digest fsverity-sha256:[0-9a-f]*' "$dir/other/build/release/REBUILD.md" | cut -d: -f2)" \
	"0:$(sed -n 's/^container sha256:\([0-9a-f]*\) .*/\1/p' "$build/plan")" "... which is another where it lies on a volume"
cp "$golden" "$dir/other/build/golden.json"
is "$(contained "$dir/other/build/release/sbom.spdx.json" | tr ' ' '\n' | grep -cE '^(llama.cpp|glibc|libstdc\+\+)$')" 3 \
	"an image with llama-server has it, and what is linked into it"

is "$(grep -c "GPU_" "$release/REBUILD.md")" 0 "nothing is asked for that the build did not have"
echo "initramfs/rampart/modules/nvidia.ko 0644 1 00" >>"$dir/other/build/files.txt"
echo "container/usr/local/nvidia/lib64/libcuda.so.1.2 0644 1 00" >>"$dir/other/build/files.txt"
run scripts/release/release.sh "$dir/other/build"
sources() # COMPONENT: name and sha256 of what it was made from
{
	jq -r --arg name "$1" '. as $all | (.packages[] | select(.name == $name) | .SPDXID) as $id | .relationships[] |
		select(.relationshipType == "GENERATED_FROM" and .spdxElementId == $id) | .relatedSpdxElement as $from |
		$all.packages[] | select(.SPDXID == $from) | "\(.name) \(.checksums[0].checksumValue)"' "$dir/other/build/release/sbom.spdx.json"
}
is "$(sources nvidia-open)" "$(awk '$1 == "nvidia-open-kernel-source" { print $1, $5 }' scripts/sources.lock)" \
	"an image with NVIDIA's driver has the pinned source of it"
is "$code:$(sources nvidia-driver)" "0:" "and of NVIDIA's libraries nothing is known"
one=$(echo source | sha256sum | cut -c1-64)
two=$(echo archive | sha256sum | cut -c1-64)
GPU_SOURCE=$one GPU_ARCHIVE=$two run scripts/release/release.sh "$dir/other/build"
is "$code:$(sources nvidia-open) $(sources nvidia-driver)" "0:GPU_SOURCE $one GPU_ARCHIVE $two" \
	"or what the build was given, by its digest"
is "$(grep -o 'GPU_[A-Z]*_SHA256=[0-9a-f]*' "$dir/other/build/release/REBUILD.md" | tr '\n' ' ')" \
	"GPU_SOURCE_SHA256=$one GPU_ARCHIVE_SHA256=$two " "which a rebuild is told that it needs"

provenance=$release/provenance.intoto.json
jq -r '.subject[] | "\(.digest.sha256)  \(.name)"' "$provenance" >"$dir/got"
grep -v ' provenance.intoto.json$' "$release/sha256sums" >"$dir/want"
same "$dir/want" "$dir/got" "the provenance is about every other file"
jq -r '.predicate.buildDefinition.resolvedDependencies[] | select(.annotations) | .digest.sha256' "$provenance" | sort -u >"$dir/got"
grep -hv '^#' "$release/sources.lock" "$release/toolbox.lock" | grep -oE '\b[0-9a-f]{64}\b' | sort -u >"$dir/want"
same "$dir/want" "$dir/got" "and names every line of the locks"
is "$(jq -c '.predicate.buildDefinition.externalParameters' "$provenance")" \
	'{"image":"test","debug":false,"volume":false,"memory_mib":1024,"cpus":2,"model":false}' "and what was asked for"
rm -r "$dir/other/build/release"
MACHINE=gce DEBUG=1 PLATFORM=gce-sev scripts/release/release.sh "$dir/other/build"
other=$dir/other/build/release
is "$(jq -r '.predicate.buildDefinition | .externalParameters.machine, .internalParameters.machine' "$other/provenance.intoto.json" | tr '\n' ' ')" \
	"gce gce " "a kind of machine, too"
is "$(jq -r '.predicate.buildDefinition.internalParameters.machine' "$provenance")" qemu "else that of image.conf"
is "$(jq -r '.predicate.buildDefinition.externalParameters.platform' "$other/provenance.intoto.json")" gce-sev "and a platform"
is "$(grep -o 'release IMAGE=.*' "$other/REBUILD.md" | head -n 1)" \
	"release IMAGE=test MACHINE=gce DEBUG=1 PLATFORM=gce-sev MEMORY=1024 CPUS=2" "with which it is built again"
is "$(grep -c 'build/test-gce-debug/release' "$other/REBUILD.md" | sed 's/^[1-9].*/some/')" some "in the folder of its name"
is "$(grep -c 'make image IMAGE=test MACHINE=gce DEBUG=1' "$other/UPLOAD.md" | sed 's/^[1-9].*/some/')" some "... in every form"

# ---- with the golden values of a CD and of the network ----
mkdir "$dir/media"
cp -r "$build" "$dir/media/"
rm -r "$dir/media/build/release"
for medium in cd network; do
	jq --arg medium $medium '.shape.boot = $medium' "$(cat "$build/platform")" >"$dir/$medium-platform.json"
	echo "$dir/$medium-platform.json" >"$dir/media/build/platform-$medium"
	disk=disk.img
	[ $medium != cd ] || disk=disk.iso
	build/bin/rampart predict --medium $medium --disk "$build/$disk" --plan "$build/plan" --platform "$dir/$medium-platform.json" \
		>"$dir/media/build/golden-$medium.json"
done
MEDIA="cd network" run scripts/release/release.sh "$dir/media/build"
is "$code:$(cat "$dir/words")" 0: "a release for a CD and for the network is put together"
media=$dir/media/build/release
cut -c67- "$media/sha256sums" | LC_ALL=C comm -13 "$dir/all" - >"$dir/got"
printf '%s\n' disk.iso golden-cd.json golden-network.json platform-cd.json platform-network.json >"$dir/want"
same "$dir/want" "$dir/got" "it has these as well"
while read -r file; do
	grep -qF "_${file}_" "$dir/page" || echo "$file"
done <"$dir/want" >"$dir/unknown"
is "$(cat "$dir/unknown")" "" "rampart-release(5) describes each of them"
is "$(jq -r '.predicate.buildDefinition.externalParameters.format' "$media/provenance.intoto.json")" "iso netboot" "it says what was asked for"
is "$(grep -c 'release IMAGE=test FORMAT="iso netboot" MEMORY=1024' "$media/REBUILD.md")" 1 "with which it is built again"
is "$(grep -o 'golden-[a-z]*.json' "$media/UPLOAD.md" | sort -u | tr '\n' ' ')" "golden-cd.json golden-network.json " "and UPLOAD.md says whose they are"
is "$(build/bin/rampart check "$media" | grep -E '^[a-z]+ +golden\.' | tr -s ' ' | cut -d' ' -f1,2 | tr '\n' ' ')" \
	"holds golden.form holds golden.predicted holds golden.cd holds golden.network " "rampart check finds them right"
rm "$dir/media/build/golden-cd.json"
MEDIA="cd network" run scripts/release/release.sh "$dir/media/build"
fails "one that is missing is an error" "golden-cd.json: no such file; make golden FORMAT= makes it"

# ---- of a disk that is signed, and has room for updates ----
# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
modules=$(box_root firmware)/usr/lib/python3/dist-packages
if [ ! -d "$modules/virt" ]; then
	result 0 "a signed disk is released # SKIP the root of scripts/firmware.lock is not there: scripts/toolbox/toolbox.sh firmware"
	finish
fi
mkdir "$dir/boot-keys"
scripts/secureboot/make-keys.sh | tar -xf - -C "$dir/boot-keys"
cp "$dir/boot-keys/KEK.esl" "$dir/boot-keys/dbx.esl"
signed=$dir/signed/release
signed_parts "$dir/signed" "$dir/boot-keys"
cp "$dir/tree/build/1.tar" "$dir/signed/source.tar"
SECURE_BOOT=1 UPDATES=24 run scripts/release/release.sh "$dir/signed"
is "$code:$(cat "$dir/words")" 0: "a signed disk with room for updates is released"
is "$(jq -c '.predicate.buildDefinition.externalParameters' "$signed/provenance.intoto.json")" \
	'{"image":"test","debug":false,"volume":false,"memory_mib":1024,"cpus":2,"model":false,"secure_boot":true,"updates_mib":24}' \
	"and says what it was made with"
cut -c67- "$signed/sha256sums" | grep -E '^(secure-boot|keylime)' >"$dir/got"
cat >"$dir/want" <<'END'
keylime/tpm_policy.json
secure-boot.aws
secure-boot.fd
secure-boot/KEK.auth
secure-boot/KEK.der
secure-boot/KEK.esl
secure-boot/PK.auth
secure-boot/PK.der
secure-boot/PK.esl
secure-boot/boot.p7
secure-boot/db.auth
secure-boot/db.der
secure-boot/db.esl
secure-boot/dbx.auth
secure-boot/dbx.esl
secure-boot/rampart.p7
END
same "$dir/want" "$dir/got" "with what machines and clouds want of the keys, and the signatures"
while read -r file; do
	grep -qF "_${file}_" "$dir/page" || echo "$file"
done <"$dir/want" >"$dir/unknown"
is "$(cat "$dir/unknown")" "" "rampart-release(5) describes each"
for key in PK KEK db; do
	openssl rsa -in "$dir/boot-keys/$key.key" -outform DER -out "$dir/secret" 2>/dev/null
	python3 - "$dir/secret" "$signed" <<'END_OF_PYTHON'
import os, re, sys
secret = open(sys.argv[1], "rb").read()
for folder, _, names in os.walk(sys.argv[2]):
    for name in names:
        data = open(os.path.join(folder, name), "rb").read()
        if any(secret[at:at + 40] in data for at in range(320, len(secret) - 40, 40)) or re.search(b"(?m)^-----BEGIN ([A-Z]+ )*PRIVATE KEY-----", data):
            print(name)
END_OF_PYTHON
done >"$dir/got"
is "$(cat "$dir/got")" "" "and nothing of a private key, in no file"
sed -n 's/^| \(secure-boot[^ ]*\) | \([0-9]*\) | .*/\2 \1/p' "$signed/UPLOAD.md" >"$dir/got"
(cd "$signed" && stat -c '%s %n' secure-boot.aws secure-boot.fd secure-boot/*) >"$dir/want"
same "$dir/want" "$dir/got" "UPLOAD.md lists them with their sizes"
for words in '--platform-key-file=secure-boot/PK.der --key-exchange-key-file=secure-boot/KEK.der' '--signature-database-file=secure-boot/db.der' \
	'--image=test --shielded-vtpm --shielded-secure-boot' '--forbidden-database-file=secure-boot/dbx.esl' '--uefi-data "$(cat secure-boot.aws)"' \
	'give it writable' '--enable-secure-boot true' 'base64 -w0 secure-boot/PK.der' 'rampart update DISK rampart.efi --secure-boot secure-boot' \
	'make image IMAGE=test SECURE_BOOT="$RELEASE/secure-boot" UPDATES=24 FORMAT=NAME'; do
	grep -qF -e "$words" "$signed/UPLOAD.md" || echo "$words"
done >"$dir/got"
is "$(cat "$dir/got")" "" "its commands name them"
is "$(grep -cE 'no-shielded|secure-boot false|nothing here is signed with' "$signed/UPLOAD.md"; grep -c 'secure-boot/' "$release/UPLOAD.md")" "0
0" "and do so in no other release"
# What `az rest` sends, as a shell makes it of these lines.
(cd "$signed" && sed -n "/--body '{/,/}'\$/p" UPLOAD.md | sed "1s/.*--body /printf %s /" | sh) >"$dir/body"
is "$(jq -r '.properties.securityProfile.uefiSettings | .signatureTemplateNames[], (.additionalSignatures | .pk, .kek[], .db[] | .value[])' "$dir/body")" \
	"NoSignatureTemplate
$(for key in PK KEK db; do base64 -w0 "$signed/secure-boot/$key.der"; echo; done)" "Azure is sent the three certificates"
is "$(sed -n 's/^    make -C .* \(release IMAGE=.*\)/\1/p' "$signed/REBUILD.md")" \
	'release IMAGE=test SECURE_BOOT="$RELEASE/secure-boot" UPDATES=24 MEMORY=1024 CPUS=2' "REBUILD.md says how it is built without the private keys"
is "$(grep -c 'build/test-secureboot-updates/release$' "$signed/REBUILD.md") $(grep -c 'secure-boot' "$release/REBUILD.md")" "1 0" "and where it is then"
is "$(jq -r '.events[] | select(.what | startswith("EFI/Linux/")) | select(.pcr == 4) | .sha256' "$signed/golden.json")" \
	"$(pesign --hash --in build/test/rampart.efi --digest_type sha256 | cut -d' ' -f1)" "the digest without a signature is that of the unsigned UKI, as it says"

pcrlock_start "$signed/golden.json" "$dir"
trap 'kill $swtpm 2>/dev/null; rm -rf "$dir"' EXIT
pcrlock_golden "$signed/golden.json" >"$dir/want"
pcrlock_predict "$signed/pcrlock.d" >"$dir/got"
same "$dir/want" "$dir/got" "systemd-pcrlock predicts its golden values"
kill "$swtpm"

# Whoever has the release has all that it takes to make it again.
signed_parts "$dir/again" "$signed/secure-boot"
cp "$dir/tree/build/1.tar" "$dir/again/source.tar"
SECURE_BOOT=1 UPDATES=24 run scripts/release/release.sh "$dir/again"
diff -r "$signed" "$dir/again/release" >"$dir/diff"
is "$code:$(cat "$dir/diff")" 0: "from its own public half comes the same release, byte by byte"
rm -r "$dir/again/secure-boot"
SECURE_BOOT=1 UPDATES=24 run scripts/release/release.sh "$dir/again"
fails "one without its keys is an error" "secure-boot: no such file"

checked() # FOLDER: what `rampart check` finds of the values
{
	build/bin/rampart check "$1" >"$dir/words" 2>&1
	sed -n 's/^[a-z]* *golden.predicted  *//p' "$dir/words"
}
is "$(checked "$signed")" "what disk.img, plan, platform.json and the keys in secure-boot lead to" "rampart check takes its keys"
is "$(sed -n '/^machine /p; /^signed /p; /^updates /p' "$dir/words")" "machine    qemu
signed     for Secure Boot, with the keys in secure-boot
updates    the disk has room for two UKIs of 24 MiB" "and says for which machines it is"
build/bin/rampart check "$signed" --json >"$dir/check.json"
is "$(jq -c '[.machine, .secure_boot, .updates_mib]' "$dir/check.json")" '["qemu",true,24]' "in JSON, too"
build/bin/rampart check "$dir/kept" --json >"$dir/check.json"
is "$(jq -c '[.machine, .secure_boot, .updates_mib]' "$dir/check.json")" '["qemu",false,null]' "of a plain one that it is none"
cp -r "$signed" "$dir/changed"
cp "$dir/boot-keys/db.esl" "$dir/changed/secure-boot/dbx.esl"
listed() # FOLDER
{
	(cd "$1" && rm sha256sums && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum) >"$dir/sums"
	mv "$dir/sums" "$1/sha256sums"
}
listed "$dir/changed"
is "$(checked "$dir/changed")" \
	"golden.json: pcrs.sha256.7.value is not what disk.img, plan, platform.json and the keys in secure-boot lead to" "keys that are not those of the values are found"
rm -r "$dir/changed/secure-boot"
listed "$dir/changed"
is "$(checked "$dir/changed") $(grep -c 'loader/keys: a file whose effect' "$dir/words")" \
	"golden values could not be computed, for the reason on standard error 1" "one that lost them is not computed, for what is on its disk"

# Golden values of one bank that is not sha256, as a cloud may have no other.
rm -rf "$other"
build/bin/rampart predict --disk build/test/disk.img --plan build/test/plan --platform measure/platforms/aws-nitro.json --banks sha384 \
	>"$dir/other/build/golden.json"
echo measure/platforms/aws-nitro.json >"$dir/other/build/platform"
run scripts/release/release.sh "$dir/other/build"
is "$code:$(cat "$dir/words")" 0: "golden values of sha384 alone are released, too"
sha384()
{
	jq -r '.pcrs.sha384 | to_entries[] | select(.value.value) | "\(.key) \(.value.value)"' "$other/golden.json" | sort -n
}
sha384 >"$dir/want"
sed -n 's/^| \([0-9]*\) | \([0-9a-f]\{96\}\) | .*/\1 \2/p' "$other/REBUILD.md" >"$dir/got"
same "$dir/want" "$dir/got" "REBUILD.md has the values"
is "$(grep -c '^| PCR | sha384 | from |$' "$other/REBUILD.md")" 1 "and says of which bank"
jq -r 'to_entries[] | select(.value | length == 1) | "\(.key) \(.value[0])"' "$other/keylime/tpm_policy.json" | sort -n >"$dir/got"
jq -r '.pcrs.sha384 | to_entries[] | (.value.value // (.value.values | select(length == 1) | .[0])) as $v | select($v) | "\(.key) \($v)"' \
	"$other/golden.json" | grep -v '^1[05] ' | sort -n >"$dir/want"
same "$dir/want" "$dir/got" "so does Keylime's policy"
is "$(jq -r '.records[].digests[].hashAlg' "$other"/pcrlock.d/*.pcrlock | sort -u)" sha384 "and the components of systemd-pcrlock"
finish
