# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by the boot tests: source it from the top of the tree, inside the toolbox. Images are put
# together from the parts of build/test by the same scripts that made it, so a test differs from the
# real image in what it changes and nothing else. Needs: make image golden IMAGE=test.
. tests/cli/tap.sh
golden=build/test/golden.json
# Of 127.0.0.1, led to the machine: each test has its own, after its number, since they run side by side.
PORT=${0##*/}
PORT=184${PORT%%-*}
export PORT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# parts NAME: $dir, with the parts of the test image, to be changed before assemble.
parts()
{
	dir=$work/$1
	mkdir -p "$dir"
	cp -r build/test/seccomp "$dir"
	cp build/test/plan build/test/payload build/test/container.erofs build/test/os-release \
		images/loader.conf initramfs/cmdline initramfs/manifest "$dir"
}

# plan_set KEY VALUE: one line of $dir/plan.
plan_set()
{
	grep -q "^$1 " "$dir/plan" || echo "# $dir/plan has no $1" >&2
	sed -i "s|^$1 .*|$1 $2|" "$dir/plan"
}

# described FILE: digest and size as the plan writes them.
described()
{
	echo "sha256:$(sha256sum <"$1" | cut -d' ' -f1) $(stat -c %s "$1")"
}

make_initramfs()
{
	GUEST=build/guest PKG=build/pkg OUT=$dir DEBUG=/dev/null \
		scripts/image/initramfs.sh "$dir/manifest" "$dir/initramfs.cpio.zst"
}

# make_disk [ESP/PATH=FILE...]: $dir/disk.img from $dir/initramfs.cpio.zst and the rest.
# With the kernel KERNEL, a package.
# shellcheck disable=SC2120 # further files are optional
make_disk()
{
	scripts/image/uki.sh "build/pkg/${KERNEL:-linux}/bzImage" "$dir/initramfs.cpio.zst" "$dir/cmdline" \
		"$dir/os-release" "$(cat "build/pkg/${KERNEL:-linux}/uname")" "$dir/rampart.efi"
	scripts/image/disk.sh "$dir/disk.img" "$dir/rampart.efi" "$dir/loader.conf" "$@"
}

# What every image.conf of these tests says, before the sections that a test adds.
# shellcheck disable=SC2034 # for those who source this
conf_head='format = 1
[image]
name = test
version = 0.1
[container]
recipe = recipe.sh
port = 8080
[limits]
memory = 64 MiB
pids = 64
[restart]
policy = never'

# from_conf: all of $dir from $dir/image.conf, with $dir/container.erofs and what $CONTAINER (default: build/test)
# has of its image: plan, disk and, if it has one, volume; by the same commands as scripts/image.mk.
# MODULES: a folder of modules in the place of the kernel's own. ON_KERNEL: another kernel than the image's own.
from_conf()
{
	oci=${CONTAINER:-build/test}/container
	KERNEL=${ON_KERNEL:-$(build/bin/rampart plan "$dir/image.conf" --kernel --container "$dir/container.erofs")}
	build/bin/rampart plan "$dir/image.conf" --oci-config "$oci.config.json" --oci-user "$oci.user" \
		--oci-account "$oci.account" --oci-files "$oci.files.txt" \
		--container "$dir/container.erofs" --modules "${MODULES:-build/pkg/$KERNEL/modules}" \
		--payload "$dir/payload" --filters "$dir/seccomp" >"$dir/plan"
	! grep -q ' volume$' "$dir/plan" || build/bin/rampart volume "$dir/image.conf" --container "$dir/container.erofs" \
		--output "$dir/volume.img"
	make_initramfs
	make_disk
}

# boot DISK [QEMU_OPTION...]: boots until the machine serves or powers off. $console, $status.
boot()
{
	disk=$1
	shift
	rm -rf "$work/vm"
	status=0
	WAIT_FOR=${WAIT_FOR:-'^rampart: (SERVING|FAILED)'} scripts/vm/boot.sh "$disk" "$work/vm" "$@" \
		>"$work/boot.out" 2>&1 || status=$?
	tr -d '\r' <"$work/vm/console.log" >"$work/console"
	console=$work/console
	[ "$status" = 0 ] || sed 's/^/# /' "$work/boot.out"
}

# await REGEX: until a line of the machine that boot left running matches, at most 60 s; $console is new.
await()
{
	tries=0
	until tr -d '\r' <"$work/vm/console.log" >"$console" && grep -aEq -- "$1" "$console"; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || break
		sleep 0.1
	done
}

# start_network: one with a DHCP server as a cloud's (dhcp.py), on the socket $work/line; $network is its process, $work/said
# what it hears.
# shellcheck disable=SC2034
start_network()
{
	python3 tests/boot/dhcp.py "$work/line" >"$work/said" &
	network=$!
	tries=0
	until [ -S "$work/line" ] || [ $tries -ge 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}

# fetch PATH [CURL_OPTION...]: from the container, through the gateway; whose key it is, boot/80 asks.
fetch()
{
	path=$1
	shift
	curl -sSk --max-time 60 "$@" "https://127.0.0.1:$PORT$path"
}

# explain: what the command says of the last boot, in $work/explained; $verdict is its exit code.
# shellcheck disable=SC2034
explain()
{
	verdict=0
	build/bin/rampart explain "$golden" --console "$console" >"$work/explained" 2>&1 || verdict=$?
}

# shows FILE REGEX SENTENCE
shows()
{
	if grep -Eq -- "$2" "$1"; then
		result 0 "$3"
	else
		result 1 "$3"
		echo "# nothing matches: $2"
		tail -n 40 "$1" | cut -c1-200 | sed 's/^/# /'
	fi
}

# refused WHAT REGEX: the machine that was booted has powered off in the stage, and for the reason, that REGEX begins with.
# WAIT_FOR must be something that is never said.
refused()
{
	is "$status" 0 "$1: the machine powers off"
	shows "$console" "^rampart: FAILED stage=$2" "$1: with its own reason"
	is "$(grep -c '^rampart: SERVING' "$console")" 0 "$1: never serves"
}
