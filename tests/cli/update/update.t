#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart update: a second UKI beside the good one, on a disk that mtools reads; what is there at every moment at which it
# can be cut off; what it refuses. Nothing boots: tests/boot/17-updates.t does that.
set -u
# shellcheck source=tests/cli/small.sh
. "$(dirname "$0")/../small.sh"

uki() # OUT VERSION [IMAGE]
{
	printf 'ID=rampart\nIMAGE_ID=%s\nIMAGE_VERSION=%s\n' "${3:-demo}" "$2" >os-release
	head -c 300007 /dev/urandom >initrd
	ukify build --linux=$efi/systemd-bootx64.efi --initrd=initrd --cmdline=quiet --os-release=@os-release --uname=6.12.0 \
		--stub=$efi/linuxx64.efi.stub --output="$1" >/dev/null 2>log || cat log
}
printf 'timeout menu-disabled\n' >loader.conf
make_disk() # OUT UKI SLOT_MIB
{
	(cd "$top" && SLOT_MIB=$3 scripts/image/disk.sh "$dir/$1" "$dir/$2" "$dir/loader.conf")
}
uki one.efi 1.9
uki two.efi 1.10
uki three.efi 1.10
uki old.efi 1.8
uki word.efi 1.10rc1
uki other.efi 2.0 another
make_disk disk.img one.efi 2
listing() # DISK: names in EFI/Linux
{
	mdir -b -i "$1@@1M" ::EFI/Linux | sed 's|.*/||' | sort | tr '\n' ' '
}
holds() # DISK NAME FILE SENTENCE
{
	mcopy -n -o -i "$1@@1M" "::EFI/Linux/$2" found
	same "$3" found "$4"
}
makes() # SENTENCE PATTERN [ARGUMENT...]: exit code 0, and a line of what is there
{
	sentence=$1
	pattern=$2
	shift 2
	"$rampart" update "$@" >out 2>err
	is "$? $(grep -cx -- "$pattern" out)" "0 1" "$sentence"
	[ ! -s err ] || sed 's/^/# /' err
}
refuses() # SENTENCE PATTERN [ARGUMENT...]: exit code 2, one line, and the disk is as it was
{
	sentence=$1
	pattern=$2
	shift 2
	cp disk.img before.img
	"$rampart" update "$@" >out 2>err
	is "$? $(wc -c <out) $(wc -l <err) $(grep -c -- "$pattern" err)" "2 0 1 1" "$sentence"
	grep -q -- "$pattern" err || sed 's/^/# /' err
	cmp -s before.img disk.img || result 1 "$sentence: and nothing is written"
}

# The size, and so the partition table, is a function of the slots' alone.
make_disk other.img two.efi 2
cmp -s -n 20480 disk.img other.img
result $? "disks for updates have one partition table, whatever is on them"
(cd "$top" && SLOT_MIB=1 scripts/image/disk.sh "$dir/no.img" /usr/share/OVMF/OVMF_CODE_4M.fd "$dir/loader.conf" >/dev/null 2>"$dir/err")
is "$? $(grep -c 'larger than a slot of 1 MiB' err)" "1 1" "a UKI that is larger than a slot is refused"

makes "a disk as it was made" "EFI/Linux/rampart.efi: demo 1.9, accepted; is started next" disk.img
refuses "an older version is refused, since it would not be started" "version 1.8 is older than 1.9" disk.img old.efi
refuses "so is another image" "not of one image" disk.img other.efi
refuses "and a version whose order is not sure" "no version of digits and dots" disk.img word.efi
refuses "what is no UKI is refused" "no .linux section" disk.img $efi/systemd-bootx64.efi
refuses "a UKI that is not there is named" "none.efi: No such file" disk.img none.efi
refuses "with nothing new there is nothing to accept" "nothing to accept" disk.img --accept
for tries in 0 1000 x "" -1; do
	refuses "--tries \"$tries\" is a usage error" "--tries" disk.img two.efi --tries "$tries"
done
refuses "--tries is for a UKI" "are for a UKI" disk.img --tries 2
refuses "a disk is needed" "a disk is needed"
refuses "what is no disk is named" "one.efi: no GPT\|one.efi: .*GPT" one.efi two.efi

makes "a newer one is written beside it" "EFI/Linux/rampart2+3.efi: demo 1.10, 3 boots left, 0 done; is started next" disk.img two.efi
is "$(listing disk.img)" "rampart.efi rampart2+3.efi " "both are on the disk"
holds disk.img rampart.efi one.efi "the good one as it was"
holds disk.img rampart2+3.efi two.efi "the new one whole"
cp disk.img updated.img
refuses "one that was never started cannot be accepted" "was never started" disk.img --accept
makes "a third takes the place of the one that is not accepted" "EFI/Linux/rampart3+5.efi: demo 1.10, 5 boots left, 0 done; is started next" \
	disk.img three.efi --tries 5
is "$(listing disk.img)" "rampart.efi rampart3+5.efi " "two are on the disk again"
holds disk.img rampart.efi one.efi "the good one is still the same"

# What systemd-boot does to names.
mren -i disk.img@@1M ::EFI/Linux/rampart3+5.efi ::EFI/Linux/rampart3+0-5.efi
makes "one that failed each time is no longer started" "EFI/Linux/rampart.efi: demo 1.9, accepted; is started next" disk.img
mren -i disk.img@@1M ::EFI/Linux/rampart3+0-5.efi ::EFI/Linux/rampart3+4-1.efi
makes "one that was started can be accepted" "EFI/Linux/rampart3.efi: demo 1.10, accepted; is started next" disk.img --accept
is "$(listing disk.img)" "rampart.efi rampart3.efi " "and its boots are no longer counted"
mren -i disk.img@@1M ::EFI/Linux/rampart3.efi ::EFI/Linux/x.efi
mren -i disk.img@@1M ::EFI/Linux/x.efi ::EFI/Linux/RAMPART3.EFI
makes "whoever wrote its name in capitals" "EFI/Linux/rampart3.efi: demo 1.10, accepted; is started next" disk.img
makes "then the older one goes" "EFI/Linux/rampart4+3.efi: demo 1.10, 3 boots left, 0 done; is started next" disk.img two.efi
is "$(listing disk.img | tr '[:upper:]' '[:lower:]')" "rampart3.efi rampart4+3.efi " "and the one that is accepted stays"

# Cut off after each of its steps: the good one is there and is the only one with a name, until all is done.
mkdir cut
for tool in mcopy mren mdel; do
	cat >cut/$tool <<END_OF_TOOL
#!/bin/sh
n=\$(cat $dir/steps)
[ "\$n" -gt 0 ] || { kill -9 \$PPID; exit 1; }
echo \$((n - 1)) >$dir/steps
exec /usr/bin/$tool "\$@"
END_OF_TOOL
done
chmod +x cut/*
for steps in 0 1 2; do
	cp updated.img cut.img
	echo $steps >steps
	PATH=$dir/cut:$PATH "$rampart" update cut.img three.efi >out 2>err
	is "$?" 137 "the update is cut off after $steps steps"
	is "$(listing cut.img | tr ' ' '\n' | grep 'efi$' | grep -cv '^rampart2+3.efi$')" 1 "no other slot is there but the good one"
	holds cut.img rampart.efi one.efi "which is whole"
	"$rampart" update cut.img three.efi >out 2>err
	is "$? $(listing cut.img)" "0 rampart.efi $([ $steps = 0 ] && echo rampart3+3.efi || echo rampart2+3.efi) " "another try makes it"
	holds cut.img "$(listing cut.img | cut -d' ' -f2)" three.efi "with what was to be written"
done
cp updated.img cut.img
cat >cut/mcopy <<END_OF_TOOL
#!/bin/sh
/usr/bin/mcopy "\$@"
printf X | dd of=$dir/cut.img bs=1 seek=\$((\$(grep -abo "\$(head -c 16 $dir/mark)" $dir/cut.img | tail -n 1 | cut -d: -f1))) conv=notrunc status=none
END_OF_TOOL
echo 9 >steps
uki marked.efi 1.11
printf 'MARKMARKMARKMARK' >mark
cp marked.efi plain.efi
python3 -c 'import sys
data = bytearray(open("marked.efi", "rb").read()); data[-5000:-4984] = b"MARKMARKMARKMARK"; open("marked.efi", "wb").write(data)'
PATH=$dir/cut:$PATH "$rampart" update cut.img marked.efi >out 2>err
is "$? $(grep -c 'what was written is not what is there; rampart.efi is kept' err)" "2 1" "what the disk does not keep gets no name"
is "$(listing cut.img)" "rampart.efi rampart.new " "so that it is not started"
PATH=/nowhere "$rampart" update updated.img three.efi >out 2>err
is "$? $(grep -c 'install mtools' err)" "2 1" "without mtools it says what to install"

# With Secure Boot.
mkdir keys
(cd "$top" && scripts/secureboot/make-keys.sh) | tar -xf - -C keys
refuses "a UKI that a machine with these keys does not start is refused" "not signed by a key of keys/db.esl" \
	disk.img three.efi --secure-boot keys
(cd "$top" && scripts/secureboot/sign.sh "$dir/keys" "$dir/three.efi" "$dir/signed.efi")
makes "one that it does is written" "EFI/Linux/rampart5+3.efi: demo 1.10, 3 boots left, 0 done; is started next" \
	disk.img signed.efi --secure-boot keys

# Disks that others have changed.
cp disk.img kept.img
mcopy -i disk.img@@1M one.efi ::EFI/Linux/x.efi
refuses "a UKI that is no slot's is named" "EFI/Linux/x.efi: not named like a slot" disk.img two.efi
cp kept.img disk.img
mcopy -i disk.img@@1M one.efi ::EFI/Linux/rampart9.efi
refuses "a third slot is refused" "more than 2 slots" disk.img two.efi
cp kept.img disk.img
mren -i disk.img@@1M ::EFI/Linux/rampart3.efi ::EFI/Linux/rampart3+1-1.efi
refuses "without one that is accepted nothing is written" "no slot is accepted" disk.img two.efi
head -c 3000000 kept.img >disk.img
refuses "a disk cut short is refused" "the disk ends before" disk.img two.efi
finish
