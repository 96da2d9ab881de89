#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/engines/libvirt.xml under libvirt, with its own firmware and vTPM: a platform reference is recorded there as
# scripts/engines/README.md says, and golden values made with it hold. Needs the root of scripts/engines.lock.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root, as the toolbox's"; exit 0; }
work=$(mktemp -d)
running=
# shellcheck disable=SC2317 # the trap calls it
end()
{
	touch "$work/reference/stop" "$work/test/stop"
	# shellcheck disable=SC2086 # a list of process numbers
	[ -z "$running" ] || wait $running
	rm -rf "$work"
}
mkdir "$work/reference" "$work/test"
trap end EXIT
port=18440

sed "s,DISK,$work/disk.img,; s,LOG,$work/console.log," scripts/engines/libvirt.xml >"$work/filled.xml"
in_box engines virt-xml-validate "$work/filled.xml" domain >"$work/valid" 2>&1
is "$?" 0 "libvirt's own schema accepts the example"

# The example with this machine's processor, its places filled in, and a network card that a port of here leads to.
# DISK FOLDER
domain()
{
	sed -e 's/<domain type="kvm">/<domain type="qemu" xmlns:qemu="http:\/\/libvirt.org\/schemas\/domain\/qemu\/1.0">/' \
		-e 's/<cpu mode="host-passthrough"[^>]*>/<cpu mode="maximum"\/>/' \
		-e "s,DISK,$1,; s,LOG,$2/console.log," \
		-e '/<interface /,/<\/interface>/d' \
		-e 's,</domain>,<qemu:commandline><qemu:arg value="-netdev"/>\
<qemu:arg value="user\,id=net\,hostfwd=tcp:127.0.0.1:'$port'-:443"/><qemu:arg value="-device"/>\
<qemu:arg value="virtio-net-pci\,netdev=net\,bus=pcie.0\,addr=0x10\,romfile="/></qemu:commandline></domain>,' \
		scripts/engines/libvirt.xml >"$2/domain.xml"
}
# Starts it, and waits for a line of its console. DISK FOLDER REGEX
run()
{
	domain "$1" "$2"
	in_box engines tests/long/libvirt.sh "$2/domain.xml" "$2" >"$2/out.log" 2>&1 &
	pid=$!
	running="$running $pid"
	i=0
	until tr -d '\r' 2>/dev/null <"$2/console.log" | grep -aEq -- "$3"; do
		i=$((i + 1))
		if [ $i -gt 3000 ] || ! kill -0 $pid 2>/dev/null; then
			tail -n 5 "$2"/*.log | sed 's/^/# /'
			return 1
		fi
		sleep 0.1
	done
}

scripts/vm/reference-disk.sh "$work/parts" >"$work/disk.log" 2>&1
run "$work/parts/disk.img" "$work/reference" '^rampart: DONE'
is "$?" 0 "the empty payload boots"
touch "$work/reference/stop"
wait "$pid"
build/bin/rampart platform "$work/reference/console.log" --name libvirt-q35 --shape memory_mib=1024,cpus=2 >"$work/platform.json"
is "$?" 0 "what its firmware measured becomes a platform reference"
build/bin/rampart predict --disk build/test/disk.img --plan build/test/plan --platform "$work/platform.json" >"$work/golden.json"
is "$?" 0 "with which golden values are computed"
is "$(cmp -s "$work/golden.json" build/test/golden.json && echo same)" "" "that are not those of the declared machine"

run "$PWD/build/test/disk.img" "$work/test" '^rampart: (SERVING|FAILED)'
is "$?" 0 "the image boots"
build/bin/rampart verify "https://127.0.0.1:$port" --golden "$work/golden.json" --roots "$work/test/roots.pem" >"$work/verdict" 2>&1
is "$?" 0 "and the machine holds"
sed 's/^/# /' "$work/verdict" | tail -n 3
build/bin/rampart verify "https://127.0.0.1:$port" --golden build/test/golden.json --roots "$work/test/roots.pem" >"$work/verdict" 2>&1
is "$?" 1 "the declared machine's values are not its values"
is "$(curl -sk --max-time 60 "https://127.0.0.1:$port/")" ok "its container answers"
finish
