#!/bin/sh
# SPDX-License-Identifier: MIT
# `rampart volume`: the disk as sgdisk and dd see it, the same bytes each time, and what is refused.
set -u
# shellcheck source=tests/cli/plan/lib.sh
. "$(dirname "$0")/../plan/lib.sh"
type=52414D50-4152-5400-8000-000000000010
uuid='[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}' # of version 8

# Sizes: less than a megabyte, one, a byte more, and 300 with data at its start, inside and at its end.
mkdir parts
printf 'first part' >parts/b.bin
head -c 1048576 /dev/zero | tr '\0' x >parts/a.bin
head -c 1048577 /dev/zero | tr '\0' y >c.gguf
cp c.gguf same.gguf
printf start >big.gguf
printf inside | dd of=big.gguf bs=1 seek=157286000 conv=notrunc status=none
printf end | dd of=big.gguf bs=1 seek=314572000 conv=notrunc status=none
truncate -s 314572801 big.gguf
model() # NAME FILE...: its lines, with digests of fs-verity
{
	echo "[model $1]"
	shift
	for file; do printf 'file = %s\ndigest = %s\n' "$file" "$(fsv "$file")"; done
}
{
	cat good.conf
	model tiny.gguf c.gguf
	echo "storage = volume"
	model embedded.gguf model.gguf
	model big.gguf big.gguf
	echo "storage = volume"
	model llm parts/b.bin parts/a.bin
	echo "storage = volume"
	printf '[model same.gguf]\nfile = same.gguf\ndigest = sha256:%s\nstorage = volume\n' "$(sha same.gguf)"
	model tiny-2.gguf same.gguf
	echo "storage = volume"
} >image.conf

volume() # CONF [OPTION...]
{
	conf=$1
	shift
	"$rampart" volume "$conf" --output out.img "$@" >out 2>err
}

partitions() # IMAGE: of each its name, type, identifier, first sector and number of sectors
{
	sgdisk -i 1 -i 2 -i 3 -i 4 -i 5 -i 6 -i 7 "$1" | awk -F ': ' '
		/^Partition GUID code/ { type = substr($2, 1, 36) }
		/^Partition unique GUID/ { guid = $2 }
		/^First sector/ { first = $2 + 0 }
		/^Partition size/ { sectors = $2 + 0 }
		/^Partition name/ { print $2, type, guid, first, sectors }'
}

names() # IMAGE: on one line
{
	partitions "$1" | cut -d' ' -f1 | tr '\n' ' '
}

volume image.conf
result $? "a volume is made"
is "$(cat out err; echo out.img*)" out.img "and nothing is printed or left behind"
sgdisk -v out.img >verdict
grep -q '^No problems found' verdict && ! grep -Eiq 'caution|warning' verdict
result $? "its partition tables are sound"
cat >want <<END
'big.gguf' $type
'llm/a.bin' $type
'llm/b.bin' $type
'same.gguf' $type
'tiny-2.gguf' $type
'tiny.gguf' $type
END
partitions out.img >table
cut -d' ' -f1,2 table >got
same want got "one partition for each file on it, named after it, in order, of our type"
printf '%s\n' big.gguf parts/a.bin parts/b.bin same.gguf same.gguf c.gguf | paste -d' ' - table >rows
while read -r file name _ guid first sectors; do
	size=$(stat -c %s "$file")
	end=$((first * 512 + size))
	is $((first % 2048)) 0 "$name begins at a megabyte"
	is "$sectors" $(((size + 1048575) / 1048576 << 11)) "$name is whole megabytes"
	cmp -s -n "$size" -i $((first * 512)):0 out.img "$file"
	result $? "$name begins with its file"
	cmp -s -n $(((first + sectors) * 512 - end)) -i $end:0 out.img /dev/zero
	result $? "$name has zeros after it"
	echo "$guid" >>guids
done <rows
is "$(($(stat -c %s out.img) > 314572800 && $(stat -c '%b * %B' out.img) < 16777216))" 1 \
	"what is zero in a file is a hole in the volume"
sgdisk -p out.img | sed -n 's/^Disk identifier (GUID): //p' >>guids
is "$(grep -Ecx "$uuid" guids)" 7 "every identifier is a UUID of version 8"
is "$(sort -u guids | wc -l)" 7 "and no two are the same, even of the same bytes under two names"
rm out.img big.gguf

# The same files elsewhere, later, for others. What does not concern them changes nothing.
sed '/^\[model big/,/^storage/d' image.conf >small.conf
volume small.conf && mv out.img small.img
mkdir -p deeper/folder
cp -r parts ./[cms]*.gguf deeper/folder
cp small.conf deeper/folder/image.conf
find deeper -exec touch -d 2001-02-03 {} +
head -c 3000000 /dev/urandom >deeper/again.tmp
(cd deeper && umask 077 && TZ=Asia/Tokyo "$rampart" volume folder --output again) >out 2>err
result $? "IMAGE_CONF may be the folder that holds it"
same small.img deeper/again "the same files give the same bytes, in another folder and at another time"
for file in nvme virtio_blk; do
	echo $file >$file.ko
	echo $file >>order
done
plan small.conf --modules . && sed -n "s/^model... \([^ ]*\) .* volume\$/'\1'/p" out | tr '\n' ' ' >want
is "$(names small.img)" "$(cat want)" "the plan names the same partitions"
sed '/^name = /s/demo/other/; /^version/s/1.2/3/; /^memory/s/64/65/' small.conf >other.conf
volume other.conf && same small.img out.img "and in another image"
sed 's/tiny.gguf/tinz.gguf/' small.conf >other.conf
volume other.conf
sgdisk -p small.img | grep identifier >want
sgdisk -p out.img | grep identifier >got
[ -s want ] && [ -s got ] && ! cmp -s want got
result $? "another name gives another disk identifier"

# ---- options ----
volume small.conf --all
is "$(names out.img)" "'embedded.gguf' 'llm/a.bin' 'llm/b.bin' 'same.gguf' 'tiny-2.gguf' 'tiny.gguf' " \
	"--all: every model is on it"
cmp -s -n 7 -i 1048576:0 out.img model.gguf
result $? "--all: with its bytes"
model one.gguf model.gguf | cat good.conf - >one.conf
printf 'other weights' >other.gguf
volume one.conf --all --model other.gguf
is "$(names out.img)" "'one.gguf' " "--model: its name stays"
cmp -s -n 13 -i 1048576:0 out.img other.gguf
result $? "--model: and the bytes are the other file's"
long=$(printf '%036d' 0)
model "$long" model.gguf | cat good.conf - >long.conf
volume long.conf --all && sgdisk -v out.img | grep -q '^No problems found'
result $? "a name of 36 characters fits"
is "$(names out.img)" "'$long' " "and is the partition's name"

# ---- what is refused leaves everything as it was ----
mv small.img out.img
cp out.img before
refuses_volume() # SENTENCE MESSAGE [OPTION...]: of bad.conf
{
	sentence=$1
	echo "rampart volume: $2" >want
	shift 2
	volume bad.conf "$@"
	[ $? = 2 ] && [ ! -s out ]
	result $? "$sentence: exit code 2, nothing printed"
	same want err "$sentence: one line says it"
	cmp -s before out.img && [ ! -e out.img.tmp ]
	result $? "$sentence: the volume of before is still there, and no other file"
}
zeros=$(printf '%064d' 0)
sed "s/^digest = sha256.*/digest = sha256:$zeros/" small.conf >bad.conf
refuses_volume "wrong digest" \
	"bad.conf:24: same.gguf is sha256:$(sha same.gguf), and the digest given is another: sha256:$zeros"
sed "12s/.*/digest = fsverity-sha256:$zeros/" small.conf >bad.conf
refuses_volume "wrong digest of fs-verity" \
	"bad.conf:11: c.gguf is $(fsv c.gguf), and the digest given is another: fsverity-sha256:$zeros"
sed '11s/.*/file = gone/' small.conf >bad.conf
refuses_volume "missing file" 'bad.conf:11: gone: No such file or directory'
cp one.conf bad.conf
refuses_volume "no model on a volume" 'bad.conf: neither a model with storage = volume (--all puts every model there) nor a container with it'
cp good.conf bad.conf
refuses_volume "no model at all" 'bad.conf: neither a model with storage = volume (--all puts every model there) nor a container with it' --all
cp small.conf bad.conf
refuses_volume "--model with several" '--model replaces the one model of an image; bad.conf names 6' --model other.gguf
sed "s/$long/0$long/" long.conf >bad.conf
refuses_volume "name of 37 characters" \
	"bad.conf:11: 0$long: longer than the 36 characters of a partition's name; give the model or the file a shorter one" \
	--all
folder=$(printf '%031d' 0)
model "$folder" parts/a.bin parts/b.bin | sed 's/\]/&\nstorage = volume/' | cat good.conf - >bad.conf
refuses_volume "name of 37 characters with its folder's" \
	"bad.conf:12: $folder/a.bin: longer than the 36 characters of a partition's name; give the model or the file a shorter one"
: >empty
model void empty | cat one.conf - >bad.conf
refuses_volume "empty file" "bad.conf:14: empty: empty" --all
mkdir other && cp parts/a.bin other
model m parts/a.bin other/a.bin | cat one.conf - >bad.conf
refuses_volume "two files of one name" "bad.conf:16: m/a.bin: another file has this name" --all
model "m n" model.gguf | cat one.conf - >bad.conf
refuses_volume "name with a space" "bad.conf:14: m n: no space can be in a partition's name" --all
cp small.conf bad.conf
(trap '' XFSZ && ulimit -f 1000 && volume bad.conf)
[ $? = 2 ] && [ "$(cat err)" = "rampart volume: out.img: File too large" ] && cmp -s before out.img && [ ! -e out.img.tmp ]
result $? "a file system that does not take it: the volume of before is still there, and no other file"
refuses_output() # SENTENCE OUTPUT MESSAGE
{
	"$rampart" volume small.conf --output "$2" >out 2>err
	[ $? = 2 ] && [ "$(cat err)" = "rampart volume: $3" ]
	result $? "$1"
}
refuses_output "a device is no output" /dev/null \
	"/dev/null: not a regular file; write to one, then copy it to the disk"
refuses_output "a folder is no output" parts "parts: not a regular file; write to one, then copy it to the disk"
refuses_output "a folder that is not there" none/out.img "none/out.img.tmp: No such file or directory"
[ -c /dev/null ] && [ -d parts ] && [ ! -e none ]
result $? "and all are as they were"
"$rampart" volume small.conf >out 2>err
[ $? = 2 ] && [ "$(cat err)" = "rampart volume: an image.conf and --output are needed (see: rampart volume --help)" ]
result $? "an output is needed"
finish
