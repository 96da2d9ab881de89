#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart predict: golden values of disks made here, against pesign, pefile, hashlib (reference.py),
# systemd-measure and sha256sum; and disks that it must refuse. Nothing boots: tests/boot does that.
# seen: azure: golden values have both forms of PCR 4, and say that there may be no log
# seen: aws: the KMS condition of PCR 4, 7 and 12 is printed
set -u
# shellcheck source=tests/cli/small.sh
. "$(dirname "$0")/../small.sh"
here=$top/tests/cli/measure

small_plan "model.00 a.gguf sha256:60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 5" \
	"model.01 b.gguf sha256:fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13 6 volume" >plan
small_platform >platform.json
# FAT16; FAT32 is made below.
small_disk uki.efi

predict() { "$rampart" predict --disk "$1" --plan plan --platform platform.json; }
values() { jq -r '.pcrs | to_entries[] | .key as $b | .value | to_entries[] | "\($b) \(.key) \(.value.value)"'; }
image_values() { values | grep -E ' (4|5|9|11) ' | sort; }

predict disk.img >golden.json
result $? "a disk of disk.sh is predicted"
python3 "$here/reference.py" disk disk.img $efi/systemd-bootx64.efi uki.efi loader.conf sha256 sha384 | sort >want
image_values <golden.json >got
same want got "PCR 4, 5, 9 and 11 are those of pesign, pefile and hashlib, in both banks"
objcopy -O binary --only-section=.sbat uki.efi sbat
printf 6.12.0 >"uname"
/usr/lib/systemd/systemd-measure calculate --linux=$efi/systemd-bootx64.efi --initrd=initrd --cmdline=cmdline \
	--osrel=os-release --uname=uname --sbat=sbat --bank=sha256 --phase=: >measured 2>/dev/null
is "$(jq -r '.pcrs.sha256["11"].value' golden.json)" "$(sed -n 's/^11:sha256=//p' measured)" \
	"PCR 11 is that of systemd-measure"
is "$(jq -r '.image | "\(.name) \(.version) \(.debug) \(.disk_sha256) \(.uki_sha256)"' golden.json)" \
	"demo 1.2 false $(sha256sum <disk.img | cut -d' ' -f1) $(sha256sum <uki.efi | cut -d' ' -f1)" \
	"the image is named by the plan, disk and UKI by sha256sum"

# Init's events: lines of text, hashed by sha256sum.
extend() # VALUE LINE
{
	digest=$(printf '%s\n' "$2" | sha256sum | cut -d' ' -f1)
	perl -e 'print pack("H*", join("", @ARGV))' "$1" "$digest" | sha256sum | cut -d' ' -f1
}
zero=0000000000000000000000000000000000000000000000000000000000000000
none=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
ready="rampart/1 ready ready sha256:$none"
pcr8=$(extend $zero "rampart/1 plan plan sha256:$(sha256sum <plan | cut -d' ' -f1) size=$(wc -c <plan)")
pcr8=$(extend "$(extend "$pcr8" "rampart/1 config none sha256:$none size=0")" "$ready")
pcr13=$(extend $zero "rampart/1 container demo sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 size=4096")
pcr14=$(extend $zero "rampart/1 model a.gguf sha256:60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 size=5")
pcr14=$(extend "$pcr14" "rampart/1 model b.gguf sha256:fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13 size=6")
is "$(jq -r '.pcrs.sha256 | .["8"].value, .["13"].value, .["14"].value' golden.json | tr '\n' ' ')" \
	"$pcr8 $(extend "$pcr13" "$ready") $(extend "$pcr14" "$ready") " "PCR 8, 13 and 14 are the plan's lines and ready"
is "$(jq -c '.pcrs.sha256 | [.["10"], .["12"], .["15"]]' golden.json)" \
	"[{\"value\":\"$zero\",\"from\":\"constant\"},{\"value\":\"$zero\",\"from\":\"constant\"},{\"value\":null,\"from\":\"identity\"}]" \
	"PCR 10 and 12 stay zero, 15 is open"
is "$(jq -c '[.schema, .platform, (.pcrs | keys), (.pcrs.sha256 | keys_unsorted | join(","))]' golden.json)" \
	'["rampart-golden/1",{"name":"test-platform","shape":{"cpus":2}},["sha256","sha384"],"0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"]' \
	"schema, platform and all PCRs are there"
is "$(jq -c '.payloads[] | [.kind, .name, .size, .storage]' golden.json | tr -d '\n')" \
	'["container","demo",4096,null]["model","a.gguf",5,"embedded"]["model","b.gguf",6,"volume"]' \
	"payloads are listed, and where models are"
replayed=$(jq -r '[.events[] | select(.pcr == 4)] | .[].sha256' golden.json | {
	value=$zero
	while read -r digest; do
		value=$(perl -e 'print pack("H*", join("", @ARGV))' "$value" "$digest" | sha256sum | cut -d' ' -f1)
	done
	echo "$value"
})
is "$replayed" "$(jq -r '.pcrs.sha256["4"].value' golden.json)" "a PCR is the replay of its events"
mkdir elsewhere
cp disk.img plan platform.json elsewhere/
(cd elsewhere && TZ=Asia/Tokyo predict "$PWD/disk.img") >again.json
same golden.json again.json "no path, no time: the same bytes from another folder"
"$rampart" predict --disk disk.img --plan plan --platform platform.json --banks sha256 |
	jq -c '[(.pcrs | keys), (.events | map(has("sha384")) | any)]' >got
is "$(cat got)" '[["sha256"],false]' "--banks leaves the others out"

# Every section that the stub knows, on FAT32, the UKI in pieces under another name.
printf 'ID=main\n' >profile
printf 'microcode' >ucode
printf '{}' >pcrsig
printf 'key' >pcrpkey
printf 'BM' >splash
ukify build --linux=$efi/systemd-bootx64.efi --initrd=initrd --cmdline=@cmdline --os-release=@os-release \
	--uname=6.12.0 --microcode=ucode --splash=splash --pcrpkey=pcrpkey --section=.pcrsig:@pcrsig \
	--profile=@profile --stub=$efi/linuxx64.efi.stub --output=full.efi >/dev/null 2>log || cat log
fat32() # OUT UKI NAME: fragments of other files lie between the UKI's
{
	rm -f "$1" part
	truncate -s 40M "$1"
	sgdisk --clear --new=1:2048:79872 --typecode=1:ef00 "$1" >/dev/null
	truncate -s "$(((79872 - 2048 + 1) * 512))" part
	mkfs.vfat -F 32 -s 1 part >/dev/null
	mmd -i part ::EFI ::EFI/BOOT ::EFI/Linux ::loader
	mcopy -i part $efi/systemd-bootx64.efi ::EFI/BOOT/BOOTX64.EFI
	mcopy -i part initrd ::first
	mcopy -i part initrd ::second
	mdel -i part ::first
	mcopy -i part "$2" "::EFI/Linux/$3"
	mcopy -i part loader.conf ::loader/loader.conf
	mdel -i part ::second
	dd if=part of="$1" bs=512 seek=2048 conv=notrunc status=none
}
fat32 full.img full.efi "Another name-1.efi"
predict full.img >full.json
result $? "a FAT32 disk whose UKI lies in pieces is predicted"
python3 "$here/reference.py" disk full.img $efi/systemd-bootx64.efi full.efi loader.conf sha256 sha384 | sort >want
image_values <full.json >got
same want got "with every section of the stub, PCR 4, 5, 9 and 11 are those of the second implementation"
jq -e '[.events[].what] | any(startswith("EFI/Linux/Another name-1.efi .pcrpkey"))' full.json >/dev/null
result $? "events name the file"

# The same image from other media.
(cd "$top" && python3 -I -B -X utf8 scripts/image/formats iso "$dir/disk.img" "$dir/disk.iso")
for medium in cd network; do
	from=disk.img
	[ $medium = network ] || from=disk.iso
	"$rampart" predict --medium $medium --disk $from --plan plan --platform platform.json >$medium.json
	result $? "--medium $medium is predicted"
	python3 "$here/reference.py" $medium $from $efi/systemd-bootx64.efi uki.efi loader.conf sha256 sha384 | sort >want
	image_values <$medium.json >got
	same want got "PCR 4, 5, 9 and 11 are those of the second implementation"
	is "$(jq -r '.image | "\(.disk_sha256) \(.uki_sha256)"' $medium.json)" \
		"$(sha256sum <$from | cut -d' ' -f1) $(sha256sum <uki.efi | cut -d' ' -f1)" "the file and its UKI are named"
done
"$rampart" predict --medium disk --disk disk.img --plan plan --platform platform.json >again.json
same golden.json again.json "--medium disk is what is meant without it"
predict disk.iso | jq -S 'del(.image.disk_sha256)' >got
jq -S 'del(.image.disk_sha256)' golden.json >want
same want got "and the CD's file is such a disk"

# What differs changes the PCRs that say so, and only those.
changed() # OLD NEW: the PCRs that differ
{
	jq -r -n --slurpfile a "$1" --slurpfile b "$2" '[range(16) | tostring |
		select($a[0].pcrs.sha256[.].value != $b[0].pcrs.sha256[.].value)] | join(" ")'
}
printf 'timeout 1\n' >other.conf
(cd "$top" && scripts/image/disk.sh "$dir/conf.img" "$dir/uki.efi" "$dir/other.conf" >/dev/null 2>&1)
predict conf.img >conf.json
is "$(changed golden.json cd.json), $(changed golden.json network.json)" "5, 4 5" \
	"a CD changes PCR 5, the network 4 and 5"
is "$(changed golden.json conf.json)" "5" "another loader.conf changes PCR 5"
sed 's/^port 8080/port 8081/' plan >elsewhere/plan
(cd elsewhere && predict disk.img) >port.json
is "$(changed golden.json port.json)" "8" "another plan alone changes PCR 8"
cp disk.img bits.img
sgdisk --disk-guid=11111111-2222-3333-4444-555555555555 bits.img >/dev/null
predict bits.img >bits.json
is "$(changed golden.json bits.json)" "5" "another disk GUID changes PCR 5"

refuses() # SENTENCE PATTERN DISK [ARGUMENT...]: exit code 2, no output, one line
{
	sentence=$1
	pattern=$2
	disk=$3
	shift 3
	"$rampart" predict --disk "$disk" --plan plan --platform platform.json "$@" >out 2>err
	is "$? $(wc -c <out) $(wc -l <err) $(grep -c -- "$pattern" err)" "2 0 1 1" "$sentence"
	grep -q -- "$pattern" err || sed 's/^/# /' err
}
with() # PATH: a disk with one more file
{
	cp disk.img with.img
	folder=
	for part in $(dirname "$1" | tr / ' '); do
		folder=$folder/$part
		[ "$part" = . ] || mmd -i with.img@@1M "::$folder" >mmd.log 2>&1 || :
	done
	mcopy -i with.img@@1M loader.conf "::$1" || echo "Bail out! cannot add $1"
}
for path in loader/credentials/x.cred EFI/Linux/rampart.efi.extra.d/x.addon.efi loader/addons/x.addon.efi \
	loader/entries/x.conf loader/keys/auto/db.auth loader/random-seed EFI/systemd/drivers/x.efi \
	EFI/BOOT/other.efi shellx64.efi EFI/Linux/second; do
	with "$path"
	refuses "a disk with $path is refused" "a file whose effect on the boot is not predicted" with.img
done
with EFI/Linux/second.efi
refuses "a disk with two UKIs is refused" "EFI/Linux: exactly one UKI" with.img
head -c 1000000 disk.img >short.img
refuses "a disk cut short is refused" "short.img: at byte 544: the disk ends before" short.img
: >empty.img
refuses "an empty disk is refused" "empty.img: at byte 512: no GPT" empty.img
cp disk.img bad.img
printf 'X' | dd of=bad.img bs=1 seek=600 conv=notrunc status=none
refuses "a damaged partition table is refused" "wrong CRC" bad.img
(cd "$top" && scripts/image/disk.sh "$dir/nouki.img" "$efi/systemd-bootx64.efi" "$dir/loader.conf" >/dev/null 2>&1)
refuses "a UKI that is none is refused" "EFI/Linux/rampart.efi: .*no .linux section" nouki.img
refuses "a missing disk is named" "none.img: No such file" none.img
refuses "an unknown bank is refused" "unknown bank" disk.img --banks sha257
refuses "a bank that the platform lacks is refused" "no bank sha512" disk.img --banks sha512
refuses "another medium is refused" "--medium tape: not disk, cd or network" disk.img --medium tape
refuses "a release wants a reference of the second edition" "is not rampart-platform/2" disk.img --release 7

# References of the second edition: where images go, what may come or not, what is left open.
second() # REFERENCE [ARGUMENT...]
{
	reference=$1
	shift
	"$rampart" predict --disk disk.img --plan plan --platform "$top/measure/platforms/$reference.json" "$@"
}
second gce-plain --release 7 >gce.json
result $? "a reference of the second edition is taken"
is "$(jq -c '[.schema, .image.release, (.pcrs | keys), .rules["1"].unchecked == .pcrs.sha384["1"].unchecked]' gce.json)" \
	'["rampart-golden/2",7,["sha256","sha384"],true]' "golden values are of it, name the release, and have both banks"
is "$(changed golden.json gce.json | tr -d '\n')" "0 1 2 3 5 6 7" "the image's values are the same, but of PCR 5"
is "$(jq -r '.pcrs.sha256["5"].values[0]' gce.json) $(jq -r '.pcrs.sha256["5"].values | length' gce.json)" \
	"$(jq -r '.pcrs.sha256["5"].value' golden.json) 3" "which has the values of leaving boot services at once, and after one and two failures"
is "$(jq -c '.pcrs.sha256["7"]' gce.json)" '{"value":null,"from":"platform","by":"events"}' "PCR 7 goes by events"
second gce-tdx >tdx.json
is "$(jq -c '[.events[] | select(.type == "EV_EFI_BOOT_SERVICES_APPLICATION" or .type == "EV_EFI_GPT_EVENT") | .pcr] | unique' tdx.json)" "[2]" \
	"where a firmware measures images into PCR 2, they are expected there"
chain=$(jq -r '[.events[] | select(.type == "EV_EFI_BOOT_SERVICES_APPLICATION" or .type == "EV_EFI_GPT_EVENT")] | .[].sha256' golden.json)
value=$(for digest in df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119 $(jq -r '[.events[] |
	select(.type == "EV_EFI_GPT_EVENT")] | .[].sha256' golden.json) $(echo "$chain" | grep -v "$(jq -r '[.events[] | select(.type == "EV_EFI_GPT_EVENT")] |
	.[].sha256' golden.json)"); do echo "$digest"; done | python3 -c 'import hashlib, sys
value = b"\0" * 32
for line in sys.stdin:
    value = hashlib.sha256(value + bytes.fromhex(line.strip())).digest()
print(value.hex())')
is "$(jq -r '.pcrs.sha256["2"].value' tdx.json)" "$value" "PCR 2 is separator, partition table, images"
is "$(jq -r '.pcrs.sha256["4"].value' tdx.json)" "7a94ffe8a7729a566d3d3c577fcb4b6b1e671f31540375f80eae6382ab785e35" \
	"and PCR 4 what it is on such machines"
second azure >azure.json
is "$(jq -c '[.log, (.pcrs.sha256["4"].values | length), (.rules | keys)]' azure.json)" '["may be absent",2,["0","1","2","6","7"]]' \
	"a machine without a log has values: two of PCR 4"
is "$(jq -r '.pcrs.sha256["4"].values[1]' azure.json)" "$(jq -r '.pcrs.sha256["4"].value' golden.json)" "one of them with the call that others log"
second aws-nitro >aws.json
is "$(jq -c '[.pcrs.sha256["0"].values, .pcrs.sha384["0"].values]' aws.json)" \
	'[["737f767a12f54e70eecbc8684011323ae2fe2dd9f90785577969d7a2013e8c12"],["6e901b16932f6e036747d7a57696e4a2cc864008ebc016826ca1d7bd42ab5ac8286ccf49cde6c0284cbc4b63d978a2ec"]]' \
	"values in both banks"
second aws-sev-snp >snp.json
is "$(jq -c '[.pcrs.sha256["0"].values, .pcrs.sha384["0"].values]' snp.json)" \
	'[["d6df855358f5b10f06f0fab3f408ad26cd165a2949bad69e2cc75692529e662a"],[]]' "a value that is known in one bank only"

# The condition for AWS KMS. PCR 4 from the events, by hashlib: it starts as on every NitroTPM, 12 is zero.
second aws-nitro --aws-kms >kms.json 2>err
result $? "--aws-kms prints a condition"
is "$(jq -c '[keys, (.StringEqualsIgnoreCase | keys)]' kms.json)" \
	'[["StringEqualsIgnoreCase"],["kms:RecipientAttestation:NitroTPMPCR12","kms:RecipientAttestation:NitroTPMPCR4"]]' \
	"of PCR 4 and 12"
is "$(grep -c 'PCR 7 has not one value' err)" 1 "and says that PCR 7 is left out"
jq -r '.events[] | select(.pcr == 4) | .sha384' aws.json | python3 -c 'import hashlib, sys
value, start = bytes(48), None
for n, line in enumerate(sys.stdin):
    value = hashlib.sha384(value + bytes.fromhex(line.strip())).digest()
    start = value.hex() if n == 1 else start
print(start, value.hex())' >chain
is "$(cut -d' ' -f1 chain)" \
	"70bc457e087464760a8927d6312248dc117663410914ff8b1e42fd5dc91e16f5fe3f15ca64372d3e47af8b4c53b01df9" \
	"PCR 4 starts with the action and the separator of a NitroTPM"
is "$(jq -r '.StringEqualsIgnoreCase | .["kms:RecipientAttestation:NitroTPMPCR4"], .["kms:RecipientAttestation:NitroTPMPCR12"]' kms.json | tr '\n' ' ')" \
	"$(cut -d' ' -f2 chain) $(printf %096d 0) " "and has the images; PCR 12 is zero"
jq '.rules |= del(.["7"]) | .events += [{"pcr": 7, "type": "EV_SEPARATOR", "sha256": "df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119",
	"sha384": "394341b7182cd227c5c6b07ef8000cdfd86136c4292b8e576573ad7ed9ae41019f5818b4b971c9effc60e1ad9f1289f0", "what": "00000000"}]' \
	"$top/measure/platforms/aws-nitro.json" >seven.json
"$rampart" predict --disk disk.img --plan plan --platform seven.json --aws-kms 2>err |
	jq -r '.StringEqualsIgnoreCase["kms:RecipientAttestation:NitroTPMPCR7"]' >got
is "$(cat got err)" "518923b0f955d08da077c96aaba522b9decede61c599cea6c41889cfbea4ae4d50529d96fe4d1afdafb65e7f95bf23c4" \
	"where the platform has a value, PCR 7 is there too"
"$rampart" predict --disk disk.img --plan plan --platform seven.json --banks sha256 --aws-kms >kms.json 2>err
is "$(jq -c '.StringEqualsIgnoreCase | length' kms.json) $(grep -c 'left out' err)" "0 3" "without the bank sha384 there is nothing to say"
for bad in -1 4294967296 x ""; do
	"$rampart" predict --disk disk.img --plan plan --platform "$top/measure/platforms/azure.json" --release "$bad" >out 2>err
	is "$? $(wc -c <out) $(grep -c -- --release err)" "2 0 1" "--release \"$bad\" is a usage error"
done
jq '.rules["4"] = {"unchecked": "why not"}' "$top/measure/platforms/azure.json" >platform.json
refuses "a reference cannot leave PCR 4 unchecked" "that the firmware alone does not decide" disk.img
jq '.boot.images_pcr = 9' "$top/measure/platforms/azure.json" >platform.json
refuses "nor have images anywhere" "not a PCR that a firmware measures images into" disk.img
jq '.boot.images_pcr = 2' "$top/measure/platforms/azure.json" >platform.json
refuses "nor leave the PCR unchecked where images are measured" "a rule for the PCR where images are measured" disk.img
jq '.log = "whatever"' "$top/measure/platforms/azure.json" >platform.json
refuses "\"log\" has one word" "is not \"may be absent\"" disk.img

cat >platform.json <<END
{"schema": "rampart-platform/1", "name": "test-platform", "shape": {}, "banks": ["sha256"],
 "events": [{"pcr": 4, "type": "EV_S_CRTM_VERSION", "sha256": "$ones", "what": "1"}]}
END
refuses "a platform that decides PCR 4 is refused" "that the firmware alone does not decide" disk.img
finish
