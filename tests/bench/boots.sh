#!/bin/sh
# SPDX-License-Identifier: MIT
# boots.sh RESULTS: boots images/test, the bare init and the peers in turn, and appends lines
# "NAME.what value" to RESULTS, several of each: uki (bytes), cpu (s of the QEMU process until the
# machine says READY), uptime (ms of the guest's clock, at READY), taken (KiB of its RAM that are
# not available, at READY). Runs in the toolbox. MEMORY and CPUS as in scripts/vm/vm.sh.
# Environment: ROUNDS (default 3), PEERS (default "busybox trimmed mkosi").
set -eu
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
results=$1
out=build/bench
image=build/test
cr=$(printf '\r')
mkdir -p $out

make_disk() # NAME UKI
{
	scripts/image/disk.sh "$out/$1.img" "$2" images/loader.conf
	echo "$1.uki $(stat -L -c %s "$2")" >>"$results"
}

# Rampart's own kernel and command line, with an init that only says that it runs.
make_bare()
{
	build/pkg/musl/bin/musl-gcc -std=gnu11 -Os -static -s -o $out/bare-init tests/bench/bare-init.c
	printf '%s\n' 'dir /dev 0755 0 0' 'nod /dev/console 0600 0 0 c 5 1' 'dir /proc 0555 0 0' \
		"file /init $out/bare-init 0755 0 0" >$out/bare.manifest
	scripts/image/initramfs.sh $out/bare.manifest $out/bare.cpio.zst
	scripts/image/uki.sh build/pkg/linux/bzImage $out/bare.cpio.zst initramfs/cmdline $image/os-release \
		"$(cat build/pkg/linux/uname)" $out/bare.efi
}

# -no-shutdown: a machine that powers off is still there to be asked for its CPU time.
boot() # NAME
{
	state=$out/vm
	BOOT_DEADLINE=900 WAIT_FOR='READY uptime_ms=|rampart: FAILED' KEEP=1 \
		scripts/vm/boot.sh "$out/$1.img" $state -no-shutdown
	cpu=$(awk -v tick="$(getconf CLK_TCK)" '{ print ($14 + $15) / tick }' "/proc/$(cat $state/qemu.pid)/stat")
	# Seen is not yet written to its end.
	tries=0
	until ready=$(sed -n "/READY .*$cr\$/{s/.*READY //;s/$cr//;p;q}" $state/console.log) && [ -n "$ready" ]; do
		tries=$((tries + 1))
		[ $tries -le 100 ] || die "$1: does not come up; see $state/console.log"
		sleep 0.1
	done
	scripts/vm/down.sh $state
	step BOOT "$1: $cpu CPU s, $ready"
	{
		echo "$1.cpu $cpu"
		for word in $ready; do
			case $word in
			uptime_ms=*) echo "$1.uptime ${word#*=}" ;;
			available_kib=*) echo "$1.taken $((${MEMORY:-1024} * 1024 - ${word#*=}))" ;;
			esac
		done
	} >>"$results"
}

make_bare
make_disk rampart $image/rampart.efi
make_disk bare $out/bare.efi
peers=${PEERS-busybox trimmed mkosi}
for peer in $peers; do
	make_disk "$peer" "build/pkg/peers/$peer.efi"
done

# In turn, and the two that are compared most closely twice a round: other work on this machine
# then falls on all of them alike.
round=0
while [ $round -lt "${ROUNDS:-3}" ]; do
	for name in rampart bare rampart bare $peers; do boot "$name"; done
	round=$((round + 1))
done
