#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart check: a release of a small disk made here, signed by ssh-keygen and minisign, and every way of
# tampering with it. The command runs without anything but the folder, as whoever got it would.
set -u
# shellcheck source=tests/cli/small.sh
. "$(dirname "$0")/../small.sh"

mkdir good
small_plan "model.00 a.gguf sha256:60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 5" >good/plan
small_platform >good/platform.json
small_disk good/rampart.efi
mv disk.img good
"$rampart" predict --disk good/disk.img --plan good/plan --platform good/platform.json >good/golden.json
mkdir good/words
echo "what will run" >good/words/plan.txt
echo "f 755 0 /init" >good/files.txt

ssh-keygen -q -t ed25519 -N '' -C alice -f alice
ssh-keygen -q -t ecdsa -N '' -C bob -f bob
minisign -G -W -p carol.pub -s carol >log 2>&1 || cat log
list() # FOLDER: its sha256sums, as anybody would make them
{
	(cd "$1" && find . -type f ! -name 'sha256sums*' ! -name '*.sig' ! -name '*.minisig' -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum >sha256sums)
}
sign() # FOLDER: its golden values and its list, by alice and carol
{
	rm -f "$1"/*.sig "$1"/*.minisig
	for file in golden:golden.json golden:golden-cd.json golden:golden-network.json release:sha256sums; do
		path=$1/${file#*:}
		[ -f "$path" ] || continue
		ssh-keygen -q -Y sign -f alice -n "rampart-${file%:*}" <"$path" >"$path.alice.sig"
		minisign -S -s carol -x "$path.carol.minisig" -m "$path" -t "rampart-${file%:*} demo 1.2" >log 2>&1 || cat log
	done
}
policy() # THRESHOLD [RULE]
{
	printf '{"schema": "rampart-policy/1", "threshold": %s, "signers": [{"name": "alice", "key": "%s"},
		{"name": "bob", "key": "%s"}, {"name": "carol", "key": "%s"}]%s}\n' \
		"$1" "$(cat alice.pub)" "$(cat bob.pub)" "$(tail -n 1 carol.pub)" "${2:+, $2}" >policy.json
}
check() # FOLDER [OPTION...]: exit code, and the verdict or the error
{
	folder=$1
	shift
	env -i "$rampart" check "$folder" --policy policy.json "$@" >out 2>err
	code=$?
	echo "$code $(tail -n 1 out)$(cat err)"
}
list good
sign good
policy 2

# What is right.
is "$(check good)" "0 holds" "a release that two of three signed holds"
is "$(sed -n 's/ \+.*//p' out | sort | uniq -c | tr -s ' ' | tr '\n' ,)" " 1 golden, 13 holds, 1 image, 1 platform, 1 release, 5 skipped," \
	"each check has its line, and what is not asked for is skipped"
is "$(sed -n 's/^image *//p; s/^release by *//p; s/^golden by *//p' out | tr '\n' '|')" "demo 1.2|alice, carol|alice, carol|" \
	"it says what was released, and by whom"
check good --json >/dev/null
is "$(jq -r '"\(.schema) \(.verdict) \(.image.name) \(.release_signers | join(",")) \(.golden_signers | join(",")) \(.checks | length)"' out)" \
	"rampart-check/1 holds demo alice,carol alice,carol 18" "JSON says the same"
"$rampart" check good >out
is "$? $(tail -n 1 out)" "2 cannot tell: release.signers: no policy names signers, so nobody vouches for this release" \
	"without signers it is whole, and nobody vouches for it"
"$rampart" check good --json >out.json
is "$(jq -r '"\(.verdict): \(.reason)"' out.json)" "unsure: release.signers: no policy names signers, so nobody vouches for this release" \
	"so in JSON, the check's name included"
is "$(grep -c '^holds' out)" 11 "everything else is checked all the same"
(cd good && "$rampart" check . --policy ../policy.json >../out)
is "$? $(tail -n 1 out)" "0 holds" "a release may be checked from inside"

# Golden values that accept an instance configuration follow from the image just so.
cp -r good configured
sed -i "s/^container /config.allow mtu\nconfig.source fw_cfg\n&/; s/^port /module.00 qemu_fw_cfg $digest 8\n&/" configured/plan
echo 'mtu = 1400' >config
for accepts in '--config config' '--any-config mtu'; do
	# shellcheck disable=SC2086 # two words
	"$rampart" predict --disk good/disk.img --plan configured/plan --platform good/platform.json $accepts >configured/golden.json
	list configured
	sign configured
	is "$(check configured)" "0 holds" "a release whose golden values are of $accepts"
done
sed -i '/^config/d' configured/plan
list configured
sign configured
is "$(check configured)" "2 cannot tell: golden.predicted: golden values could not be computed, for the reason on standard errorrampart check: configured/plan: the plan does not allow what is accepted" \
	"and not one that accepts what the plan does not allow"

tampered() # WHY SENTENCE: of the folder t, which is then made anew
{
	is "$(check t)" "1 does not hold: $1" "$2"
	rm -rf t
	cp -r good t
}
cp -r good t

# For which machines it is, which no check depends on.
says() # KIND: a provenance that was asked for nothing, of an image for this kind
{
	jq -n --arg kind "$1" '{predicate: {buildDefinition: {externalParameters:
		{image: "demo", debug: false, volume: false, memory_mib: 512, cpus: 1, model: false}, internalParameters: {machine: $kind}}}}'
}
says metal >good.p
is "$(check good)$(grep -c '^machine' out)" "0 holds0" "a release that does not say for which machines it is"
says metal >t/provenance.intoto.json
list t
sign t
is "$(check t) $(sed -n 's/^machine  *//p' out)" "0 holds metal" "and one that does"
check t --json >/dev/null
is "$(jq -r .machine out)" metal "also in JSON"
says 'me
tal' >t/provenance.intoto.json
list t
sign t
is "$(check t)$(grep -c '^machine' out)" "0 holds0" "which is no kind of machine is not shown as one"
jq 'del(.predicate.buildDefinition.internalParameters) | .predicate.buildDefinition.externalParameters.machine = "gce"' good.p >t/provenance.intoto.json
list t
sign t
is "$(check t) $(sed -n 's/^machine  *//p' out)" "0 holds gce" "one that was asked for, if that is all it says"
rm -rf t
cp -r good t

# Files.
printf x >>t/files.txt
tampered "release.digests: files.txt: its bytes are not those listed, but sha256:$( (cat good/files.txt; printf x) | sha256sum | cut -d' ' -f1)" \
	"a file that was changed"
rm t/words/plan.txt
tampered "release.files: words/plan.txt: listed, and not there" "a file that is missing"
touch t/words/more
tampered "release.files: words/more: not listed in sha256sums" "a file too many"
touch t/sha256sums.txt
tampered "release.files: sha256sums.txt: not listed in sha256sums" "which a signature is not, and nothing else"
ln -s ../alice t/link
tampered "release.files: link: neither a file nor a folder (links are neither)" "a link"
mv t/plan plan && ln -s ../plan t/plan
tampered "release.files: plan: neither a file nor a folder (links are neither)" "also in place of a file"
mkfifo t/fifo
tampered "release.files: fifo: neither a file nor a folder (links are neither)" "a pipe, which would never end"
rm t/sha256sums
tampered "release.list: sha256sums: No such file or directory" "no list"
rm t/sha256sums && mkdir t/sha256sums
tampered "release.list: sha256sums: Is a directory" "a folder in place of the list"

# Without the right to read everything, as anybody but root.
unreadable() # FILE WHY SENTENCE
{
	chmod 000 "t/$1"
	env -i setpriv --bounding-set=-dac_override,-dac_read_search "$rampart" check t --policy policy.json >out 2>&1
	is "$? $(tail -n 1 out)" "2 cannot tell: $2" "$3"
	rm -rf t
	cp -r good t
}
unreadable files.txt "release.digests: files.txt: Permission denied" "that a file cannot be read does not say that it is wrong"
unreadable words "release.files: words: Permission denied" "nor that a folder cannot"
unreadable sha256sums "release.list: sha256sums: Permission denied" "nor that the list cannot"

# The list, signed as it is: these are refused whoever signed them.
listed() # SED-SCRIPT WHY SENTENCE
{
	sed "$1" good/sha256sums >t/sha256sums
	sign t
	tampered "release.list: $2" "$3"
}
listed '/golden.json/d' "sha256sums: golden.json is not listed" "a list without golden values"
listed '2{p;}' "sha256sums:3: a file that is listed twice" "a file listed twice"
listed '1{h;d;};2{G;}' "sha256sums:2: a name that is not behind the one before it" "a list that is not sorted"
listed 's,  files.txt,  ../files.txt,' "sha256sums:2: a name that is not below the folder: absolute, or with an empty, \".\" or \"..\" part" \
	"a path that leads out"
listed 's,  files.txt,  /etc/passwd,' "sha256sums:2: a name that is not below the folder: absolute, or with an empty, \".\" or \"..\" part" \
	"an absolute path"
listed 's,  words/plan,  words/./plan,' "sha256sums:7: a name that is not below the folder: absolute, or with an empty, \".\" or \"..\" part" \
	"a path with two spellings"
listed '1s/^./G/' "sha256sums:1: not 64 hex digits, two spaces and a name" "a digest that is none"
listed '1s/  / /' "sha256sums:1: not 64 hex digits, two spaces and a name" "one space"
head -c -40 good/sha256sums >t/sha256sums
sign t
tampered "release.list: sha256sums:7: not 64 hex digits, two spaces and a name" "a list cut short"
head -c -5 good/sha256sums >t/sha256sums
sign t
tampered "release.files: words/plan.txt: not listed in sha256sums" "or in its last name"
sed 's/  / */;s/$/\r/' good/sha256sums >t/sha256sums
sign t
is "$(check t)" "0 holds" "a list as sha256sum -b writes it and another system keeps it is one"

# Signatures.
sed 's/^\(.\)\(.\)/\2\1/' good/sha256sums >t/sha256sums
is "$(check t | cut -d: -f1-2) $(grep -c 'the signature is not one of these bytes' out)" "1 does not hold: release.digests 1" "a list that was changed is not the signed one"
rm -rf t && cp -r good t
rm t/sha256sums.carol.minisig
tampered "release.signers: sha256sums: signed by alice, and 2 are needed; missing: bob, carol" "too few signers of the list"
cp t/sha256sums.alice.sig t/sha256sums.other.sig && rm t/sha256sums.carol.minisig
tampered "release.signers: sha256sums: signed by alice, and 2 are needed; missing: bob, carol" "one signer twice"
rm t/golden.json.alice.sig
tampered "policy.signers: golden.json: signed by carol, and 2 are needed; missing: alice, bob" "too few of the golden values"
ssh-keygen -q -Y sign -f alice -n rampart-golden <t/sha256sums >t/sha256sums.alice.sig
tampered "release.signers: sha256sums: signed by carol, and 2 are needed; missing: alice, bob; t/sha256sums.alice.sig: an SSH signature for \"rampart-golden\", and not for \"rampart-release\"" \
	"a signature for golden values under the list"
minisign -S -s carol -x t/sha256sums.carol.minisig -m t/sha256sums -t 'rampart-golden demo' >log 2>&1
tampered "release.signers: sha256sums: signed by alice, and 2 are needed; missing: bob, carol; t/sha256sums.carol.minisig: a minisign signature whose trusted comment does not begin with \"rampart-release\"" \
	"so with minisign"

# Golden values that are not what the release leads to, signed by people who did not look.
golden() # JQ-FILTER WHY SENTENCE
{
	jq "$1" good/golden.json >t/golden.json
	list t
	sign t
	tampered "$2" "$3"
}
leads="is not what disk.img, plan and platform.json lead to"
golden .image.disk_sha256=\"$ones\" "golden.predicted: golden.json: image.disk_sha256 $leads" "another disk image"
golden .image.uki_sha256=\"$ones\" "golden.predicted: golden.json: image.uki_sha256 $leads" "another UKI"
golden '.image.version="9"' "golden.predicted: golden.json: image.version $leads" "another version"
golden '.platform.shape.cpus=4' "golden.predicted: golden.json: platform.shape.cpus $leads" "another shape"
golden 'del(.payloads)' "golden.predicted: golden.json: payloads $leads" "payloads left out"
golden '.more=1' "golden.predicted: golden.json: the form or a further key $leads" "a key too many"
golden .pcrs.sha256.\"4\".value=\"$ones\" "golden.form: golden.json: a PCR value that is not the replay of the events" "a value that no events lead to"
jq -c . good/golden.json >t/golden.json
list t
sign t
tampered "golden.predicted: golden.json: the form or a further key $leads" "another form"
"$rampart" predict --disk good/disk.img --plan good/plan --platform good/platform.json --banks sha256 >t/golden.json
list t
sign t
is "$(check t)" "0 holds" "golden values of one bank of the platform are right too"
rm -rf t && cp -r good t
sed 's/limit.pids 16/limit.pids 17/' good/plan >t/plan
list t
sign t
is "$(check t | cut -d' ' -f1-7)" "1 does not hold: golden.predicted: golden.json: pcrs.sha256.8.value" "another plan than the values are of"
rm -rf t && cp -r good t
head -c 4096 good/rampart.efi >t/rampart.efi
list t
sign t
tampered "golden.predicted: rampart.efi is another than the one in disk.img" "another UKI beside the disk"
head -c 4096 good/disk.img >t/disk.img
list t
sign t
is "$(check t | cut -d: -f1-2)" "2 cannot tell: golden.predicted" "a disk that is none: it could not be told"
is "$(wc -l <err) $(cut -d: -f1-2 err)" "1 rampart check: t/disk.img" "with the reason"
rm -rf t && cp -r good t

# Golden values of machines that boot a CD, or the UKI from the network: each of its own reference, and signed.
cp -r good media
python3 -I -B "$top/scripts/image/formats" iso media/disk.img media/disk.iso
for medium in cd network; do
	small_platform | sed "s/\"cpus\": 2/&, \"boot\": \"$medium\"/" >media/platform-$medium.json
done
"$rampart" predict --medium cd --disk media/disk.iso --plan media/plan --platform media/platform-cd.json >media/golden-cd.json
"$rampart" predict --medium network --disk media/disk.img --plan media/plan --platform media/platform-network.json >media/golden-network.json
list media
sign media
is "$(check media) $(sed -n 's/^holds  *golden.\(cd\|network\)  *\(.*\)/\1 \2/p' out | tr '\n' '|')" \
	"0 holds cd what disk.iso, plan and platform-cd.json lead to|network what disk.img, plan and platform-network.json lead to|" \
	"a release for a CD and for the network"
is "$(check good) $(grep -Ec '^skipped +golden.(cd|network) +the release has none$' out)" "0 holds 2" "which others need not be"
wrong() # MEDIUM WHY SENTENCE: of the folder t, which is then made anew; of alice's and carol's list
{
	list t
	for key in alice carol; do rm t/sha256sums.$key.*; done
	ssh-keygen -q -Y sign -f alice -n rampart-release <t/sha256sums >t/sha256sums.alice.sig
	minisign -S -s carol -x t/sha256sums.carol.minisig -m t/sha256sums -t rampart-release >log 2>&1 || cat log
	is "$(check t)" "1 does not hold: golden.$1: $2" "$3"
	rm -rf t
	cp -r media t
}
rm -rf t && cp -r media t
cp t/golden.json t/golden-cd.json
sign t
wrong cd "golden-cd.json: image.disk_sha256 is not what disk.iso, plan and platform-cd.json lead to" "those of the disk are none of the CD"
"$rampart" predict --medium cd --disk t/disk.img --plan t/plan --platform t/platform-network.json >t/golden-network.json
sign t
wrong network "golden-network.json: pcrs.sha256.4.value is not what disk.img, plan and platform-network.json lead to" "nor those of the CD any of the network"
printf x >>t/disk.iso
wrong cd "golden-cd.json: image.disk_sha256 is not what disk.iso, plan and platform-cd.json lead to" "another CD"
rm t/golden-cd.json.alice.sig
wrong cd "golden-cd.json: golden-cd.json: signed by carol, and 2 are needed; missing: alice, bob" "too few signers"
ssh-keygen -q -Y sign -f alice -n rampart-golden <t/golden-network.json >t/golden-cd.json.alice.sig
is "$(check t | cut -d: -f1-2) $(tail -n 1 out | grep -c 'golden-cd.json.alice.sig: the signature is not one of these bytes')" "1 does not hold: golden.cd 1" "a signature of others"
rm -rf t && cp -r media t
echo '{}' >t/golden-network.json
sign t
wrong network 'golden-network.json: "schema" is not "rampart-golden/1" or "rampart-golden/2"' "what are none"
policy 2 "\"revoked\": [\"sha256:$(sha256sum <media/golden-cd.json | cut -d' ' -f1)\"]"
is "$(check media)" "1 does not hold: golden.cd: golden-cd.json: these golden values are revoked" "revoked ones"
policy 2 '"platforms": ["test-platform"]'
is "$(check media)" "0 holds" "and which machines a client accepts is not asked of them"
policy 2
rm t/disk.iso
list t
sign t
is "$(check t | cut -d: -f1-2) $(cut -d: -f1-3 err)" "2 cannot tell: golden.cd rampart check: t/disk.iso: No such file or directory" "a CD that is not there: it could not be told"
rm -rf t && cp -r good t

# Policies.
policy 2 '"minimum_version": "1.3"'
tampered "policy.version: version 1.2 is not accepted: the policy wants 1.3 or later" "a release that is too old"
policy 2 '"images": ["llm"]'
tampered "policy.image: image demo is not accepted" "of another image"
policy 2 "\"revoked\": [\"sha256:$(sha256sum <good/disk.img | cut -d' ' -f1)\"]"
tampered "policy.revoked: the disk image is revoked" "a revoked disk image"
policy 2 "\"revoked\": [\"sha256:$(sha256sum <good/golden.json | cut -d' ' -f1)\"]"
tampered "policy.revoked: these golden values are revoked" "revoked golden values"
policy 2 "\"revoked\": [\"sha256:$(tail -n 1 carol.pub | base64 -d | sha256sum | cut -d' ' -f1)\"]"
tampered "release.signers: sha256sums: signed by alice, and 2 are needed; missing: bob, carol; t/sha256sums.carol.minisig: the key of carol that it is by is revoked" \
	"a revoked key"
policy 4
is "$(check good)" "2 rampart check: policy.json: threshold: more than there are signers (3)" "a policy that cannot be is an error"
is "$("$rampart" check none 2>&1)" "rampart check: none: not a folder" "so is a folder that is not there"
policy 2
"$rampart" check good --policy policy.json >/dev/full 2>err
is "$? $(head -n 1 err)" "2 rampart check: cannot write to standard output" "and a result that cannot be written"
finish
