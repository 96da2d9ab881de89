#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart predict --secure-boot: PCR 7 and 4 of machines with keys of one's own, against hashlib and pesign; what such a
# machine does not start has no golden values. Keys, signatures and variable stores are made by scripts/secureboot.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
top=$PWD
here=$top/tests/cli/measure
efi=/usr/lib/systemd/boot/efi
own_folder
export MTOOLSRC=/dev/null MTOOLS_SKIP_CHECK=1

unhex()
{
	perl -ne 's/\s//g; print pack("H*", $_)'
}
make_keys() # FOLDER
{
	mkdir "$1"
	(cd "$top" && scripts/secureboot/make-keys.sh) | tar -xf - -C "$1"
}
make_keys keys
make_keys others
is "$(cd keys && echo ./*)" "./KEK.auth ./KEK.der ./KEK.esl ./KEK.key ./KEK.pem ./PK.auth ./PK.der ./PK.esl ./PK.key ./PK.pem ./db.auth ./db.der ./db.esl ./db.key ./db.pem" \
	"keys: three pairs, and what firmware takes of them"
is "$(stat -c %a keys/db.key)" 600 "nobody else may read a private one"
for name in PK KEK db; do
	size=$(stat -c %s keys/$name.esl)
	tail -c "$size" keys/$name.auth | cmp -s - keys/$name.esl
	result $? "$name.auth has the signature list that $name.esl is"
done
cat >authenticated.py <<'END_OF_PYTHON'
import struct, sys
name, guid, attributes = sys.argv[1], bytes.fromhex(sys.argv[2]), int(sys.argv[3], 0)
auth = open(f"keys/{name}.auth", "rb").read()
length = struct.unpack_from("<I", auth, 16)[0]
signed, data = auth[40:16 + length], auth[16 + length:]
def element(tag, inside):
    return bytes([tag, 0x82]) + struct.pack(">H", len(inside)) + inside
open("p7", "wb").write(element(0x30, bytes.fromhex("06092a864886f70d010702") + element(0xa0, signed)))
open("content", "wb").write(name.encode("utf-16-le") + guid + struct.pack("<I", attributes) + auth[:16] + data)
END_OF_PYTHON
signed_by() # NAME SIGNER GUID ATTRIBUTES
{
	python3 authenticated.py "$1" "$3" "$4"
	openssl smime -verify -binary -inform DER -in p7 -content content -CAfile "keys/$2.pem" -purpose any -out /dev/null 2>/dev/null
}
global=61dfe48bca93d211aa0d00e098032b8c
database=cbb219d73a3d9645a3bcdad00e67656f
signed_by PK PK $global 0x27 && signed_by KEK PK $global 0x27 && signed_by db KEK $database 0x27
result $? "each is signed by the one above it, with the attributes that systemd-boot writes it with"
signed_by db PK $database 0x27 || signed_by db KEK $database 0x67 || signed_by db KEK $global 0x27
is "$?" 4 "and by nobody else, nor for other attributes or names"
openssl verify -CAfile keys/PK.pem -partial_chain keys/PK.pem >/dev/null 2>&1
result $? "PK is signed by itself"
(cd "$top" && scripts/secureboot/keys.sh "$top/keys-of-a-test" >/dev/null 2>"$dir/err")
is "$? $(grep -c 'in the source tree' err) $(ls -d "$top/keys-of-a-test" 2>/dev/null)" "1 1 " "no keys are made in the source tree"
(cd "$top" && scripts/secureboot/keys.sh "$dir/keys" >/dev/null 2>"$dir/err")
is "$? $(grep -c 'never replaced' err)" "1 1" "nor over others"

cat >plan <<'END_OF_PLAN'
rampart-plan/1
arg.00 /server
container sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 4096
debug 0
image demo
limit.cpu 0
limit.files 64
limit.memory 1048576
limit.pids 16
port 8080
restart never
restart.max 0
restart.window 600
scratch 0
seccomp.container sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 8
seccomp.dialer sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 8
seccomp.gateway sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 8
seccomp.launcher sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 8
seccomp.quoter sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 8
seccomp.udhcpc sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 8
version 1.2
workdir /
END_OF_PLAN
ones=1111111111111111111111111111111111111111111111111111111111111111
half=${ones%????????????????????????????????}
cat >platform.json <<END_OF_PLATFORM
{"schema": "rampart-platform/1", "name": "test-platform", "shape": {"cpus": 2}, "banks": ["sha256", "sha384"],
 "events": [{"pcr": 0, "type": "EV_S_CRTM_VERSION", "sha256": "$ones", "sha384": "$ones$half", "what": "1"},
  {"pcr": 7, "type": "EV_EFI_VARIABLE_DRIVER_CONFIG", "sha256": "$ones", "sha384": "$ones$half", "what": "PK"}]}
END_OF_PLATFORM

# Any EFI program can stand for the kernel. A length that signing has to fill up to a multiple of 8.
head -c 5003 /dev/urandom >initrd
echo quiet >cmdline
printf 'ID=demo\n' >os-release
printf 'timeout 0\n' >loader.conf
ukify build --linux=$efi/systemd-bootx64.efi --initrd=initrd --cmdline=@cmdline --os-release=@os-release \
	--uname=6.12.0 --stub=$efi/linuxx64.efi.stub --output=uki.efi >/dev/null 2>log || cat log
printf x >>uki.efi
cp $efi/systemd-bootx64.efi loader.efi
sign() # KEYS IN OUT
{
	(cd "$top" && scripts/secureboot/sign.sh "$dir/$1" "$dir/$2" "$dir/$3")
}
disk() # OUT LOADER UKI [ESP/PATH=FILE...]
{
	out=$dir/$1
	loader=$dir/$2
	uki=$dir/$3
	shift 3
	(cd "$top" && BOOT_LOADER=$loader scripts/image/disk.sh "$out" "$uki" "$dir/loader.conf" "$@") || echo "Bail out! no disk"
}
predict() # DISK [KEYS] [OPTION...]
{
	disk=$1
	keys=${2:-}
	shift 2
	"$rampart" predict --disk "$disk" --plan plan --platform platform.json ${keys:+--secure-boot "$keys"} "$@"
}
value() # FILE PCR [BANK]
{
	jq -r ".pcrs.${3:-sha256}[\"$2\"].value" "$1"
}
sign keys loader.efi loader.signed.efi
sign keys uki.efi uki.signed.efi
result $? "both are signed"
sign keys uki.efi again.efi
same uki.signed.efi again.efi "the same key signs to the same bytes"
disk signed.img loader.signed.efi uki.signed.efi
predict signed.img keys >golden.json
result $? "a signed disk is predicted"
python3 "$here/secureboot.py" keys keys/db.der >want
is "$(value golden.json 7) $(value golden.json 7 sha384)" "$(sed 's/.* //' want | tr '\n' ' ' | sed 's/ $//')" \
	"PCR 7 is that of hashlib, in both banks: five variables, separator, one authority"
is "$(jq -c '[.events[] | select(.pcr == 7) | .type]' golden.json)" \
	'["EV_EFI_VARIABLE_DRIVER_CONFIG","EV_EFI_VARIABLE_DRIVER_CONFIG","EV_EFI_VARIABLE_DRIVER_CONFIG","EV_EFI_VARIABLE_DRIVER_CONFIG","EV_EFI_VARIABLE_DRIVER_CONFIG","EV_SEPARATOR","EV_EFI_VARIABLE_AUTHORITY"]' \
	"in the place of what the platform measured without keys"
hashes=$(for file in loader.signed.efi uki.signed.efi; do pesign --hash --in "$file" --digest_type sha256 | sed 's/.*hash: *//; s/ .*//'; done | tr '\n' ' ')
is "$(jq -r '.events[] | select(.pcr == 4 and .type == "EV_EFI_BOOT_SERVICES_APPLICATION") | .sha256' golden.json | tr '\n' ' ')" "$hashes" \
	"PCR 4 has loader and UKI, as pesign hashes them, and no kernel"
predict signed.img "" >plain.json
is "$(jq -n --slurpfile a golden.json --slurpfile b plain.json '[range(16) | tostring | select($a[0].pcrs.sha256[.] != $b[0].pcrs.sha256[.])] | join(" ")' -r)" \
	"4 7" "without Secure Boot the same disk has another PCR 4 and 7, and nothing else"
is "$(value plain.json 7)" "$(printf '%064d%s' 0 "$ones" | unhex | sha256sum | cut -d' ' -f1)" "and PCR 7 is the platform's then"

refuses() # SENTENCE PATTERN DISK KEYS
{
	predict "$3" "$4" >out 2>err
	is "$? $(wc -c <out) $(wc -l <err) $(grep -c -- "$2" err)" "2 0 1 1" "$1"
	grep -q -- "$2" err || sed 's/^/# /' err
}
disk unsigned.img loader.efi uki.signed.efi
refuses "a loader that is not signed is refused" "EFI/BOOT/BOOTX64.EFI: not signed by" unsigned.img keys
disk unsigned.img loader.signed.efi uki.efi
refuses "a UKI that is not signed is refused" "EFI/Linux/rampart.efi: not signed by" unsigned.img keys
refuses "keys of others are no reason to start it" "EFI/BOOT/BOOTX64.EFI: not signed by" signed.img others
sign others uki.efi uki.others.efi
disk others.img loader.signed.efi uki.others.efi
refuses "a UKI that others signed is refused" "EFI/Linux/rampart.efi: not signed by" others.img keys
# A signature is over one program: that of another stands on this one.
size=$(stat -c %s loader.efi)
python3 - <<'END_OF_PYTHON'
import struct
uki, loader = open("uki.signed.efi", "rb").read(), open("loader.signed.efi", "rb").read()
def table(image):
    pe = struct.unpack_from("<I", image, 60)[0]
    return pe + 24 + 112 + 4 * 8
at, other = table(uki), table(loader)
off, old = struct.unpack_from("<II", uki, at)
start, length = struct.unpack_from("<II", loader, other)
open("swapped.efi", "wb").write(uki[:at] + struct.pack("<II", off, length) + uki[at + 8:off] + loader[start:start + length])
changed = bytearray(uki)
changed[off - 100] ^= 1
open("changed.efi", "wb").write(changed)
END_OF_PYTHON
disk swapped.img loader.signed.efi swapped.efi
refuses "the signature of another program is refused" "EFI/Linux/rampart.efi: not signed by" swapped.img keys
disk changed.img loader.signed.efi changed.efi
refuses "so is one whose program was changed" "EFI/Linux/rampart.efi: not signed by" changed.img keys

# Two certificates in db: an event for each that is used, in the order of use. Or a hash instead of one.
mkdir two
cp keys/*.esl two
cp keys/*.der two
cp others/db.der two/db2.der
cat keys/db.esl others/db.esl >two/db.esl
predict others.img two >two.json
python3 "$here/secureboot.py" two keys/db.der others/db.der >want
is "$(value two.json 7)" "$(sed -n 's/sha256 //p' want)" "loader and UKI of two signers are two authorities"
predict signed.img two >two.json
python3 "$here/secureboot.py" two keys/db.der >want
is "$(value two.json 7)" "$(sed -n 's/sha256 //p' want)" "of one that signed both, one"
# From the network the firmware starts the UKI alone, and the loader on the disk is nobody's business.
predict others.img two --medium network >network.json
python3 "$here/secureboot.py" two others/db.der >want
is "$(value network.json 7)" "$(sed -n 's/sha256 //p' want)" "from the network, the UKI's signer is the one authority"
is "$(jq -r '.events[] | select(.pcr == 4 and .type == "EV_EFI_BOOT_SERVICES_APPLICATION") | .sha256' network.json)" \
	"$(pesign --hash --in uki.others.efi --digest_type sha256 | sed 's/.*hash: *//; s/ .*//')" "and the UKI is all that PCR 4 has"
disk unsigned.img loader.efi uki.signed.efi
predict unsigned.img keys --medium network >network.json
is "$? $(value network.json 7)" "0 $(value golden.json 7)" "so a loader that is not signed keeps nothing from booting"
predict signed.img keys --medium cd >cd.json
is "$(value cd.json 4) $(value cd.json 7)" "$(value golden.json 4) $(value golden.json 7)" "from a CD both are as from the disk"
mkdir hash
cp keys/*.esl hash
cp uki.efi even.efi # firmware and pesign agree on files whose length is a multiple of 8
truncate -s %8 even.efi
pesign --hash --in even.efi --digest_type sha256 | sed 's/.*hash: *//; s/ .*//' | unhex >uki.hash
(cat keys/db.esl; printf '2616c4c14c509240aca941f9369343284c0000000000000030000000504d4152524100548000000000000020' | unhex; cat uki.hash) >hash/db.esl
disk hash.img loader.signed.efi even.efi
predict hash.img hash >hash.json
is "$(jq -r '[.events[] | select(.type == "EV_EFI_VARIABLE_AUTHORITY")] | length' hash.json)" 2 "a program whose hash is in db needs no signature"
is "$(jq -r '[.events[] | select(.type == "EV_EFI_VARIABLE_AUTHORITY")][1].sha256' hash.json)" \
	"$( (printf 'cbb219d73a3d9645a3bcdad00e67656f0200000000000000300000000000000064006200504d4152524100548000000000000020' | unhex; cat uki.hash) | sha256sum | cut -d' ' -f1)" \
	"and its authority is that hash with its owner"
mkdir revoked
cp keys/*.esl keys/*.der revoked
cp others/db.esl revoked/dbx.esl
predict signed.img revoked >revoked.json
python3 "$here/secureboot.py" revoked keys/db.der >want
is "$(value revoked.json 7)" "$(sed -n 's/sha256 //p' want)" "dbx is measured too"
code=0
"$rampart" diff revoked.json golden.json --json >moved || code=$?
is "$code $(jq -c '[.differences[] | select(.bank == "sha256") | [.pcr, .kind, .old_what, .new_what]]' moved)" "1 [[7,\"changed\",\"dbx\",\"dbx\"]]" \
	"so a machine that has an older one differs, in this event alone"

# Variables that are none.
for name in PK KEK db; do
	rm -rf bad
	cp -r keys bad
	: >bad/$name.esl
	refuses "an empty $name is refused" "bad/$name.esl: no signature list" signed.img bad
	head -c 40 keys/$name.esl >bad/$name.esl
	refuses "a $name cut short is refused" "bad/$name.esl: not EFI signature lists" signed.img bad
	rm bad/$name.esl
	refuses "a $name that is not there is refused" "bad/$name.esl: No such file" signed.img bad
done
rm -rf bad
cp -r keys bad
(head -c 44 keys/db.esl; head -c 1000 /dev/zero) | head -c "$(stat -c %s keys/db.esl)" >bad/db.esl
refuses "a db whose certificate is none is refused" "BOOTX64.EFI: its signature, or a certificate of db" signed.img bad

# What may be known of the keys, and of what they signed: whoever has it signs no other program, but makes the same files again.
mkdir with-dbx
cp keys/* with-dbx
cp others/db.esl with-dbx/dbx.esl
cp loader.signed.efi boot.efi
cp uki.signed.efi rampart.efi
public() # KEYS OUT
{
	(cd "$top" && scripts/secureboot/public.sh "$dir/$1" "$dir/$2" "$dir/boot.efi" "$dir/rampart.efi")
}
public with-dbx public
is "$? $(cd public && echo *)" "0 KEK.auth KEK.der KEK.esl PK.auth PK.der PK.esl boot.p7 db.auth db.der db.esl dbx.auth dbx.esl rampart.p7" \
	"the public halves of keys, dbx, and two signatures"
is "$(python3 - <<'END_OF_PYTHON'
import glob, subprocess
secret = []
for key in glob.glob("keys/*.key"):
    text = subprocess.run(["openssl", "rsa", "-in", key, "-noout", "-text"], capture_output=True, text=True, check=True).stdout
    for part in ("privateExponent", "prime1", "prime2"):
        block = text.split(part + ":\n")[1].split("\n" + ("exponent" if part == "prime2" else "prime"))[0]
        secret.append(bytes.fromhex("".join(block.split()).replace(":", ""))[1:])
public = b"".join(open(file, "rb").read() for file in glob.glob("public/*"))
print(len(secret), [s in public for s in secret].count(True), b"PRIVATE KEY" in public)
END_OF_PYTHON
)" "9 0 False" "and nothing of a private one"
mkdir again
for name in loader:boot uki:rampart; do
	sign public "${name%:*}.efi" "again/${name#*:}.efi"
	same "${name%:*}.signed.efi" "again/${name#*:}.efi" "with the signature, ${name%:*} becomes the signed one, byte by byte"
done
(cat uki.efi; printf y) >another.efi
sign public another.efi again/rampart.efi
disk foreign.img loader.signed.efi again/rampart.efi
refuses "on another program it is worth nothing" "EFI/Linux/rampart.efi: not signed by" foreign.img keys
sign public loader.efi again/other.efi 2>err
is "$? $(grep -c 'public/db.key: cannot be read' err)" "1 1" "and there is none for what was not signed"
signed_by() # NAME SIGNER GUID ATTRIBUTES, of public
{
	sed 's,keys/,public/,' authenticated.py >public.py
	python3 public.py "$1" "$3" "$4"
	openssl smime -verify -binary -inform DER -in p7 -content content -CAfile "keys/$2.pem" -purpose any -out /dev/null 2>/dev/null
}
tail -c "$(stat -c %s others/db.esl)" public/dbx.auth | cmp -s - others/db.esl && signed_by dbx db $database 0x27
result $? "dbx.auth has the list of dbx.esl, signed"
public public again
diff -r public again
result $? "from the public half comes the same again"
broken() # SENTENCE PATTERN: public.sh refuses the folder bad, which is then anew
{
	public bad none 2>err
	is "$? $(grep -c -- "$2" err) $(ls -d none* 2>/dev/null)" "1 1 " "$1"
	rm -rf bad
	cp -r with-dbx bad
}
rm -rf bad
cp -r with-dbx bad
cp keys/PK.key bad/db.der
broken "a private key in a certificate's place is refused" "bad/db.der: not a certificate"
openssl rsa -in keys/db.key -outform DER -out bad/db.der 2>/dev/null
broken "also as DER" "bad/db.der: not a certificate"
cp others/KEK.esl bad/KEK.esl
broken "a signed list of others than those that are measured is refused" "bad/KEK.auth: does not have the signature lists of KEK.esl"
cp public/dbx.auth bad/dbx.auth
cp keys/db.esl bad/dbx.esl
broken "so is a dbx.auth that is too old" "bad/dbx.auth: does not have the signature lists of dbx.esl"
rm bad/PK.auth
broken "one that is not there is told" "bad/PK.auth: cannot be read"

# What a machine without keys takes from the disk.
auto=loader/keys/auto
disk enrol.img loader.signed.efi uki.signed.efi $auto/PK.auth="$dir/keys/PK.auth" $auto/KEK.auth="$dir/keys/KEK.auth" $auto/db.auth="$dir/keys/db.auth" \
	$auto/dbx.auth="$dir/public/dbx.auth"
predict enrol.img keys >enrol.json
is "$(value enrol.json 7) $(value enrol.json 4)" "$(value golden.json 7) $(value golden.json 4)" "keys on the disk do nothing to a machine that has its own"
is "$(grep -ac 'PRIVATE KEY' enrol.img)" 0 "and none of them is a private one"
refuses "to one without they would" "loader/keys: a file whose effect" enrol.img ""
disk more.img loader.signed.efi uki.signed.efi $auto/PK.auth="$dir/keys/PK.auth" $auto/x.auth="$dir/keys/db.auth"
refuses "and nothing else may lie there" "$auto/x.auth: a file whose effect" more.img keys

# Where the platform's reference leaves PCR 7 open, keys close it.
"$rampart" predict --disk signed.img --plan plan --platform "$top/measure/platforms/gce-plain.json" --secure-boot keys >gce.json
python3 "$here/secureboot.py" keys keys/db.der >want
is "$(jq -c '[.schema, .pcrs.sha256["7"].value, .pcrs.sha384["7"].value]' gce.json)" \
	"[\"rampart-golden/2\",\"$(sed -n 's/sha256 //p' want)\",\"$(sed -n 's/sha384 //p' want)\"]" "on Compute Engine PCR 7 has one value with keys of one's own"
"$rampart" predict --disk signed.img --plan plan --platform "$top/measure/platforms/azure.json" --secure-boot keys >azure.json
is "$(jq -c '[.pcrs.sha256["7"].value, (.rules | has("7"))]' azure.json)" "[\"$(sed -n 's/sha256 //p' want)\",false]" "on Azure it is checked at all"

# The variable store, read by virt-firmware.
# shellcheck source=tests/lib/box.sh
. "$top/tests/lib/box.sh"
modules=$(box_root firmware)/usr/lib/python3/dist-packages
if [ -d "$modules/virt" ]; then
	(cd "$top" && scripts/secureboot/varstore.sh "$dir/revoked" "$dir/vars.fd" "$dir/vars.aws") >log 2>&1
	result $? "a variable store is made"
	export PYTHONPATH="$modules"
	for form in fd aws; do
		python3 -B -m virt.firmware.vars --loglevel error -i vars.$form --output-json vars.json
		for name in PK KEK db dbx; do
			jq -r ".variables[] | select(.name == \"$name\") | .data" vars.json | unhex >found
			same "revoked/$name.esl" found "vars.$form: $name is $name.esl"
		done
	done
	(cd "$top" && scripts/secureboot/varstore.sh "$dir/revoked" "$dir/vars2.fd" "$dir/vars2.aws") >log 2>&1
	same vars.fd vars2.fd "the same keys give the same store"
	same vars.aws vars2.aws "and the same form of AWS's"
else
	result 0 "a variable store is made # SKIP the root of scripts/firmware.lock is not there: scripts/toolbox/toolbox.sh firmware"
fi
finish
