#!/bin/sh
# SPDX-License-Identifier: MIT
# `rampart plan`: models, payload volumes, devices and modules of the kernel. Hashes come from
# sha256sum and from `fsverity digest`.
set -u
# shellcheck source=tests/cli/plan/lib.sh
. "$(dirname "$0")/lib.sh"
mkdir parts lib other
printf 'first part' >parts/b.bin
head -c 600000 /dev/zero | tr '\0' x >a.bin
cp a.bin other/a.bin
: >empty
printf 'other weights' >other.gguf

model() # NAME FILE...: its lines, with digests of fs-verity
{
	echo "[model $1]"
	shift
	for file; do printf 'file = %s\ndigest = %s\n' "$file" "$(fsv "$file")"; done
}
model model.gguf model.gguf | cat good.conf - >one.conf
model second.gguf model.gguf | cat one.conf - >two.conf
cat good.conf - >many.conf <<END
$(model small.gguf model.gguf)
[model llm]
file = parts/b.bin
digest = sha256:$(sha parts/b.bin)
file = $dir/a.bin
digest = $(fsv a.bin)
[model llm-2]
file = a.bin
digest = sha256:$(sha a.bin)
file = model.gguf
digest = $(fsv model.gguf)
END
models() # SUFFIX: the plan's lines
{
	cat <<END
model.00 llm-2/a.bin sha256:$(sha a.bin) 600000$1
model.01 llm-2/model.gguf $(fsv model.gguf) 7$1
model.02 llm/a.bin $(fsv a.bin) 600000$1
model.03 llm/b.bin sha256:$(sha parts/b.bin) 10$1
model.04 small.gguf $(fsv model.gguf) 7$1
END
}
plan many.conf --payload payload
result $? "models of several files compile"
models "" >want
grep '^model' out >got
same want got "several files: sorted by name, each with its digest"
cat >want <<'END'
file /rampart/container.erofs ${OUT}/container.erofs 0444 0 0
END
cat >>want <<END
dir /rampart/model/llm-2 0755 0 0
file /rampart/model/llm-2/a.bin a.bin 0444 0 0
file /rampart/model/llm-2/model.gguf model.gguf 0444 0 0
dir /rampart/model/llm 0755 0 0
file /rampart/model/llm/a.bin $dir/a.bin 0444 0 0
file /rampart/model/llm/b.bin parts/b.bin 0444 0 0
file /rampart/model/small.gguf model.gguf 0444 0 0
END
same want payload "--payload: a folder for each model of several, before its files"

# A kernel's modules, as initramfs/packages/linux/build.sh puts them down.
for name in base bus gpu gpu-2 nvme nvme-core virtio_blk; do
	printf 'module %s' $name >lib/$name.ko
done
cat >lib/order <<'END'
base
base bus
base bus gpu
gpu-2
base nvme-core nvme
nvme-core
virtio_blk
END
module() # NUMBER NAME [SUFFIX]: the plan's line
{
	echo "module.$1 $2 sha256:$(sha lib/"$2".ko) $(stat -c %s lib/"$2".ko)${3:-}"
}
plan many.conf --volume --modules lib --payload payload
result $? "--volume compiles"
{
	models " volume"
	module 00 base " volume"
	module 01 nvme-core " volume"
	module 02 nvme " volume"
	module 03 virtio_blk " volume"
} >want
grep '^mod' out >got
same want got "--volume: every model is on one, and modules that read it come along"
cat >want <<'END'
file /rampart/container.erofs ${OUT}/container.erofs 0444 0 0
dir /rampart/modules 0755 0 0
file /rampart/modules/base.ko lib/base.ko 0444 0 0
file /rampart/modules/nvme-core.ko lib/nvme-core.ko 0444 0 0
file /rampart/modules/nvme.ko lib/nvme.ko 0444 0 0
file /rampart/modules/virtio_blk.ko lib/virtio_blk.ko 0444 0 0
END
same want payload "--volume: the initramfs has the modules and no model"
plan good.conf --volume --payload payload && ! grep -q '^mod' out && [ "$(wc -l <payload)" = 1 ]
result $? "--volume: means nothing without a model"

# The container there.
sed 's/^recipe.*/&\nstorage = volume/' many.conf >there.conf
plan there.conf --modules lib --payload payload --memory bytes
result $? "a container on a volume compiles"
is "$(grep '^container ' out)" "container $(fsv c.erofs) $(stat -c %s c.erofs) volume" "with fs-verity's digest"
is "$(grep -c '^module' out)" 4 "modules that read it come along"
! grep -q container payload
result $? "the initramfs has it not"
is "$(cat bytes)" 2097152 "--memory counts it"
"$rampart" plan there.conf --oci-config oci.json --container c.erofs --profiles lists --modules lib --explain >words
grep -q 'from a payload volume' words
result $? "--explain says where it is"
"$rampart" volume there.conf --container c.erofs --output there.img >out 2>err
result $? "a volume of the container alone is made"
is "$(sgdisk -i 1 there.img | sed -n 's/^Partition name: //p')" "'container.erofs'" "its partition has its name"
cmp -n "$(stat -c %s c.erofs)" -i 1048576:0 there.img c.erofs
result $? "and its bytes"
"$rampart" volume there.conf --output there.img >out 2>err
is "$?:$(grep -c 'container is needed' err)" 2:1 "without it, that is said"
model container.erofs model.gguf | cat there.conf - >clash.conf
echo "storage = volume" >>clash.conf
plan clash.conf --modules lib
is "$?:$(grep -c "the name of the container's partition" err)" 2:1 "no model takes its name"

sed 's/^\[model llm\]/&\nstorage = volume/' many.conf >volume.conf
cat >>volume.conf <<'END'
[devices]
pass = dri/renderD129
modules = gpu gpu-2
pass = dri/renderD128
END
plan volume.conf --modules lib --payload payload
result $? "storage = volume and devices compile"
{
	printf 'device.00 dri/renderD128\ndevice.01 dri/renderD129\n'
	models "" | sed '/ llm\//s/$/ volume/'
	module 00 base
	module 01 bus
	module 02 gpu
	module 03 gpu-2
	module 04 nvme-core " volume"
	module 05 nvme " volume"
	module 06 virtio_blk " volume"
} >want
grep -e '^mod' -e '^dev' out >got
same want got "modules: dependencies first, shared ones once and kept, only those of volumes marked"
! grep -q ' /rampart/model/llm[ /]' payload && grep -q ' /rampart/model/llm-2/a.bin ' payload &&
	grep -q ' /rampart/modules/gpu-2.ko lib/gpu-2.ko ' payload
result $? "--payload: what is not on the volume, and modules"
plan volume.conf --modules lib --memory bytes --os-release os-release
is "$(cat bytes)" "$(($(grep -c '^model.* volume$' out) * 2097152))" "--memory: each model in whole pages of 2 MiB"
printf '[gateway]\nstatus = on\n' | cat volume.conf - >status.conf
plan status.conf --modules lib --memory bytes
is "$(cat bytes)" "$((($(grep -c '^model.* volume$' out) + 16) * 2097152))" "and what strangers may take meanwhile"
plan volume.conf --modules lib --os-release os-release
name=$(sed -n 's/^image //p' out)
version=$(sed -n 's/^version //p' out)
printf '%s\n' ID=rampart NAME=Rampart "PRETTY_NAME=\"Rampart $name $version\"" "IMAGE_ID=$name" "IMAGE_VERSION=$version" \
	"VERSION_ID=$version" >want
same want os-release "--os-release: the image's name and version"
plan volume.conf --modules lib --debug --os-release os-release
is "$(grep -c -- "$name-debug" os-release)" 2 "of a debug image it says so"
plan volume.conf --modules lib --memory none/bytes || :
is "$(cat err)" "rampart plan: none/bytes: No such file or directory" "a file that cannot be written is named"
plan volume.conf --modules lib
cp out first
sed 's/^modules.*/modules = gpu/; s/^pass = dri.renderD128/&\nmodules = gpu-2/' volume.conf >twice.conf
plan twice.conf --modules lib && same first out "modules: named on one line or on two"

# What drivers are told and given.
mkdir -p fw/nvidia/1.2
echo one >fw/nvidia/1.2/gsp.bin
echo two >other.bin
cat good.conf - >driver.conf <<'END'
[devices]
pass = nvidia0 nvidiactl kfd
modules = bus verbose=2 gpu
modules = level=0x1;k=v gpu-2
firmware = amd/a.bin=other.bin
END
sed -i 's/^modules = level/modules = gpu level/' driver.conf
plan driver.conf --modules lib --firmware fw --payload payload
result $? "parameters and firmware compile"
{
	echo "firmware.00 amd/a.bin sha256:$(sha other.bin) 4"
	echo "firmware.01 nvidia/1.2/gsp.bin sha256:$(sha fw/nvidia/1.2/gsp.bin) 4"
	module 00 base
	module 01 bus " verbose=2"
	module 02 gpu " level=0x1;k=v"
	module 03 gpu-2
} >want
grep -e '^mod' -e '^firm' out >got
same want got "parameters stand behind their module, firmware by its path"
mkdir -p images/gpu build/gpu/vendor build/pkg/linux-amd
cp driver.conf images/gpu/image.conf && cp other.bin images/gpu/ && cp c.erofs build/gpu/container.erofs
for name in config manifest; do cp oci.json build/gpu/container.$name.json; done
echo '33:33 www-data' >build/gpu/container.user
printf 'www-data\n/var/www\n' >build/gpu/container.account
printf 'container/srv 0755 - dir\ncontainer/bin 0755 - dir\ncontainer/bin/server 0755 1 00\n' >build/gpu/container.files.txt
cp -r lib build/gpu/modules && cp -r fw build/gpu/vendor/firmware
"$rampart" plan images/gpu --profiles lists 2>err | grep -e '^mod' -e '^firm' >got
same want got "a folder has its own drivers and firmware, where they were built"
mv build/gpu/modules build/pkg/linux-amd/ && rm -r build/gpu/vendor
"$rampart" plan images/gpu --profiles lists 2>err | grep -e '^mod' -e '^firm' >got
sed '/^firmware.01/d' want | diff - got >/dev/null
result $? "and else the modules of its kernel"
grep firmware payload >got
cat >want <<'END'
dir /rampart/firmware 0755 0 0
dir /rampart/firmware/amd 0755 0 0
file /rampart/firmware/amd/a.bin other.bin 0444 0 0
dir /rampart/firmware/nvidia 0755 0 0
dir /rampart/firmware/nvidia/1.2 0755 0 0
file /rampart/firmware/nvidia/1.2/gsp.bin fw/nvidia/1.2/gsp.bin 0444 0 0
END
same want got "--payload: firmware with its folders"
plan driver.conf --modules lib --firmware fw --explain
for words in 'told level=0x1;k=v' '^  nvidia/1.2/gsp.bin$' 'container-nvidia.list: .* by$' 'container-kfd.list' \
	'FROM WHICH IT MAY RUN WHAT IT WROTE' 'driver/nvidia' ', urandom, kfd, nvidia0, nvidiactl; no disk'; do
	grep -q -- "$words" out
	result $? "--explain says: $words"
done
! grep -q "kfd's topology" out
result $? "--explain: nothing of /sys that the image does not ask for"
printf '[world]\nsys = gpu\n' | cat driver.conf - >seen.conf
plan seen.conf --modules lib --firmware fw --explain && grep -q "kfd's topology" out
result $? "--explain says what ROCm finds in /sys"
plan driver.conf --modules lib --firmware fw --explain
! grep -q 'container-dri.list' out
result $? "and nothing of what is not passed"
sed 's/^modules = bus verbose=2 gpu/modules = verbose=2 bus/' driver.conf >bad.conf
refuses "parameter of no module" 'bad.conf: [devices] modules: verbose=2: no module before it' --modules lib
sed 's/verbose=2/verbose=(2)/' driver.conf >bad.conf
refuses "parameter with another character" \
	"bad.conf: a module's parameter has no value of [A-Za-z0-9_.,:;=+/-], in the plan's \"module.01 bus sha256:$(sha lib/bus.ko) $(stat -c %s lib/bus.ko) verbose=(2)\"" \
	--modules lib
sed "s/verbose=2/verbose=$(printf '%0248d' 0)/" driver.conf >bad.conf
refuses "parameters that are too long" 'bad.conf: [devices] modules: parameters of bus: over 255 characters' --modules lib
sed 's/^firmware.*/firmware = amd/' driver.conf >bad.conf
refuses "firmware without a file" "bad.conf:$(grep -n '^firmware' bad.conf | cut -d: -f1): firmware = amd: give PATH=FILE"
sed 's/^firmware.*/firmware = amd=none/' driver.conf >bad.conf
refuses "firmware that is missing" "bad.conf:$(grep -n '^firmware' bad.conf | cut -d: -f1): none: No such file or directory" \
	--modules lib
sed 's,^firmware.*,firmware = ../amd=other.bin,' driver.conf >bad.conf
refuses "firmware that leads out" \
	"bad.conf: firmware is not a path of at most 127 [A-Za-z0-9._+/-], whose parts do not start with a dot, in the plan's \"firmware.00 ../amd sha256:$(sha other.bin) 4\"" \
	--modules lib
cp driver.conf bad.conf
refuses "no folder of firmware" '--firmware: gone: No such file or directory' --modules lib --firmware gone

sed '/^pass/d' volume.conf >without.conf
plan without.conf --modules lib
is "$(grep '^seccomp' first out | cut -d: -f2- | cut -d' ' -f1,2 | sort | uniq -u | cut -d' ' -f1 | uniq)" seccomp.container \
	"devices bring calls of their own, to the container's filter alone"
plan volume.conf --modules lib --explain
for words in 'container-dri.list: the ioctls of DRM' \
	 ', urandom, dri/renderD128, dri/renderD129; no disk' "  gpu         10 bytes, sha256:$(sha lib/gpu.ko)" \
	"600000 bytes, $(fsv a.bin)" 'which it finds at /model/llm/a.bin; from a payload volume' \
	'which it finds at /model/llm-2/a.bin$'; do
	grep -q -- "$words" out
	result $? "--explain says: $words"
done
is "$(grep -c 'removed when the payload volume has been read' out)" 3 "--explain says which modules are removed"

kernel() # WANT SENTENCE CONF [OPTION...]
{
	want=$1
	sentence=$2
	shift 2
	is "$("$rampart" plan "$@" --kernel 2>&1)" "$want" "--kernel: $sentence"
}
# A definition, its container's size in bytes, and what is said.
sized() # WANT SENTENCE CONF SIZE
{
	cp c.erofs sized.erofs
	truncate -s "$4" sized.erofs
	kernel "$1" "$2" "$3" --container sized.erofs
}
storage() # WORD: good.conf with it
{
	sed "s/^recipe.*/&\nstorage = $1/" good.conf
}
storage volume >on-volume.conf
storage embedded >embedded.conf
sized linux "the plain one for a container of 64 MiB" good.conf 67108864
sized linux-devices "one with modules for a container of a byte more" good.conf 67108865
sized linux "the plain one for one that is embedded, of any size" embedded.conf 67108865
sized linux-devices "one with modules for a container on a volume" on-volume.conf 4096

kernel linux "the plain one for a container" good.conf --container c.erofs
kernel linux "the plain one for models in the image" many.conf --container c.erofs
kernel linux-devices "one with modules for a model on a volume" volume.conf --container c.erofs
kernel linux-devices "one with modules for --volume" many.conf --container c.erofs --volume
kernel linux "the plain one for --volume without a model" good.conf --container c.erofs --volume
printf '[devices]\npass = dri/renderD128\n' | cat good.conf - >device.conf
kernel linux-devices "one with modules for a device" device.conf --container c.erofs
printf '[devices]\nmodules = gpu\n' | cat good.conf - >module.conf
kernel linux-devices "one with modules for a module" module.conf --container c.erofs
printf '[devices]\npass = kfd\n' | cat good.conf - >kfd.conf
kernel linux-amd "one with AMD's driver for its computing" kfd.conf --container c.erofs
printf '[devices]\npass = dri/renderD128\nmodules = amdgpu\n' | cat good.conf - >amdgpu.conf
kernel linux-amd "or for its render node" amdgpu.conf --container c.erofs
printf '[devices]\nmodules = amdgpu_more\n' | cat good.conf - >more.conf
kernel linux-devices "not for a module that begins the same" more.conf --container c.erofs
mkdir -p images/demo build/demo && cp device.conf images/demo/image.conf && cp c.erofs build/demo/container.erofs
kernel linux-devices "of a folder" images/demo
for part in config manifest; do cp oci.json build/demo/container.$part.json; done
echo 65534:65534 nobody >build/demo/container.user
printf 'nobody\n/\n' >build/demo/container.account
printf 'container/srv 0755 - dir\ncontainer/bin 0755 - dir\ncontainer/bin/server 0755 1 00\n' >build/demo/container.files.txt
for at in linux-devices: linux-amd:amdgpu; do
	printf '[devices]\nmodules = %s none\n' "${at#*:}" | cat good.conf - >images/demo/image.conf
	mkdir -p "build/pkg/${at%:*}/modules" && echo amdgpu >"build/pkg/${at%:*}/modules/order"
	"$rampart" plan images/demo --profiles lists >out 2>err
	is "$(cat err)" "rampart plan: build/pkg/${at%:*}/modules/order: the kernel has no module \"none\"" \
		"a folder's modules are those of its kernel, ${at%:*}"
done

sed 's/^digest.*/&\nstorage = volume/' one.conf >replace.conf
plan replace.conf --modules lib --model other.gguf &&
	grep -qx "model.00 model.gguf sha256:$(sha other.gguf) 13 volume" out
result $? "--model: with a sha256, on the volume that the definition says"

zeros=$(printf '%064d' 0)
sed "s/^digest.*/digest = sha256:$zeros/" one.conf >bad.conf
refuses "wrong digest" \
	"bad.conf:11: model.gguf is sha256:$(sha model.gguf), and the digest given is another: sha256:$zeros"
sed "s/^digest.*/digest = fsverity-sha256:$zeros/" one.conf >bad.conf
refuses "wrong digest of fs-verity" \
	"bad.conf:11: model.gguf is $(fsv model.gguf), and the digest given is another: fsverity-sha256:$zeros"
sed "s/^digest.*/digest = fsverity-sha256:$(sha model.gguf)/" one.conf >bad.conf
refuses "digest of the bytes as one of fs-verity" \
	"bad.conf:11: model.gguf is $(fsv model.gguf), and the digest given is another: fsverity-sha256:$(sha model.gguf)"
sed 's/^digest.*/digest = sha256:00/' one.conf >bad.conf
refuses "no digest" 'bad.conf:11: sha256:00: digest is not 64 lower-case hex digits'
sed "s/^digest.*/digest = sha512:$zeros/" one.conf >bad.conf
refuses "digest of another kind" "bad.conf:11: sha512:$zeros: digest does not start with \"sha256:\""
sed "17s/.*/digest = fsverity-sha256:$zeros/" many.conf >bad.conf
refuses "one wrong digest of many" \
	"bad.conf:16: $dir/a.bin is $(fsv a.bin), and the digest given is another: fsverity-sha256:$zeros"
sed 's/^file =.*/file = gone.gguf/' one.conf >bad.conf
refuses "missing model" 'bad.conf:11: gone.gguf: No such file or directory'
sed 's/^file =.*/file = parts/' one.conf >bad.conf
refuses "model that is a folder" 'bad.conf:11: parts: not a file'
sed 's/^file =.*/file = my weights/' one.conf >bad.conf
refuses "path with a space" "bad.conf:11: my weights: a path with spaces cannot stand in the initramfs's manifest; link the file to another name"
sed '/^file =/d' one.conf >bad.conf
refuses "digest without file" 'bad.conf:11: "digest" must follow its "file"'
sed '/^file =/d; /^digest =/d' one.conf >bad.conf
refuses "model without file" 'bad.conf:10: [model model.gguf] has no "file"'
sed '/^digest = sha/d' many.conf >bad.conf
refuses "file without digest" 'bad.conf:15: the file before this one has no "digest"'
sed 's/^\[model second/[model model/' two.conf >bad.conf
refuses "model given twice" 'bad.conf:13: [model model.gguf] was given before'
sed 's/^\[model model.gguf/[model .hidden/' one.conf >bad.conf
refuses "model name against the rules" "bad.conf: model name is not at most 127 [A-Za-z0-9._-], or two such with a slash between, in the plan's \"model.00 .hidden $(fsv model.gguf) 7\""
cp two.conf bad.conf
refuses "--model with two models" '--model replaces the one model of an image; bad.conf names 2' --model other.gguf

cp many.conf bad.conf
refuses "--model with a model of several files" '--model replaces the one model of an image; bad.conf names 5' \
	--model other.gguf
model llm a.bin other/a.bin | cat good.conf - >bad.conf
refuses "two files of one name in a model" \
	"bad.conf: model names are not sorted, or one appears twice, in the plan's \"model.01 llm/a.bin $(fsv a.bin) 600000\""
{ model llm a.bin; model llm/x model.gguf; } | cat good.conf - >bad.conf
refuses "file and folder of one name" \
	"bad.conf: a model of several files has the name of a file, in the plan's \"model.01 llm/x $(fsv model.gguf) 7\""
{ model llm/a a.bin; model llm/x model.gguf; echo "storage = volume"; } | cat good.conf - >bad.conf
refuses "model partly on a volume" \
	"bad.conf: a model is partly on a volume, in the plan's \"model.01 llm/x $(fsv model.gguf) 7 volume\"" --modules lib
long=$(printf '%037d' 0)
{ model "$long" model.gguf; echo "storage = volume"; } | cat good.conf - >bad.conf
refuses "name too long for a partition" \
	"bad.conf: name does not fit the 36 characters of a partition's, in the plan's \"model.00 $long $(fsv model.gguf) 7 volume\"" \
	--modules lib
sed "s/$long/$(printf '%036d' 0)/" bad.conf >fits.conf && plan fits.conf --modules lib
result $? "a name of 36 characters fits"
model void empty | cat good.conf - >bad.conf
refuses "empty file on a volume" \
	"bad.conf: a file on a volume is empty, in the plan's \"model.00 void $(fsv empty) 0 volume\"" --volume --modules lib
plan bad.conf && grep -qx "model.00 void $(fsv empty) 0" out
result $? "an empty file is fine in the initramfs"

cp module.conf bad.conf
refuses "no modules folder" 'bad.conf: needs modules of the kernel: --modules DIR (see: rampart plan --help)'
refuses "missing modules folder" '--modules: none/order: No such file or directory' --modules none
cp many.conf bad.conf
refuses "no modules for a volume" 'bad.conf: needs modules of the kernel: --modules DIR (see: rampart plan --help)' \
	--volume
sed 's/= gpu/= pu/' module.conf >bad.conf
refuses "unknown module" 'lib/order: the kernel has no module "pu"' --modules lib
sed 's/= gpu/= gpu vme/' module.conf >bad.conf
refuses "unknown module after a known one" 'lib/order: the kernel has no module "vme"' --modules lib
cp module.conf bad.conf
mv lib/bus.ko kept
refuses "module without its file" '--modules: lib/bus.ko: No such file or directory' --modules lib
mv kept lib/bus.ko
refuses "payload that cannot be written" "none/payload: No such file or directory" --modules lib --payload none/payload
sed 's/dri.renderD128/tpm0/' device.conf >bad.conf
refuses "device that leads out" \
	"bad.conf: no device that a container may have: dri/renderD<number>, kfd, nvidia0 to nvidia15, nvidiactl, nvidia-uvm, nvidia-uvm-tools, in the plan's \"device.00 tpm0\""
sed 's/^pass.*/&\n&/' device.conf >bad.conf
refuses "device twice" "bad.conf: device appears twice, in the plan's \"device.01 dri/renderD128\""
sed "s,^pass.*,$(seq -s '\n' -f 'pass = dri/renderD%g' 25)," device.conf >bad.conf
refuses "too many devices" 'more than 24 of device for the container'
{ echo base && seq 33 | sed 's/^/m/'; } | tr '\n' ' ' | sed 's/ $/\n/' >lib/order
for n in $(seq 33); do : >"lib/m$n.ko"; done
sed 's/= gpu/= m33/' module.conf >bad.conf
refuses "too many modules" 'more than 32 modules of the kernel' --modules lib
finish
