#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: the probe under Rampart, crun and podman, each as it comes, in one table.
# Writes images/probe/RESULTS.md and prints its summary. Runs in the toolbox, from /src, started by `make probe`, which has
# built the probe image and the root of scripts/probe.lock. The peers run on Debian's own kernel in
# a machine of the same shape (scripts/vm/vm.sh), since that is where their defaults are meant to hold.
# Environment: PROBE_REPORT (a report that tests/boot/60-probe.t kept, instead of booting anew).
set -eu
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
RAMPART_TOP=$PWD RAMPART_CACHE=/cache # what box_path goes by
out=build/peers-probe
here=tests/bench/probe
box=$(box_path probe)
image=build/probe/oci
[ -d "$box" ] || die "$box: not there; run: make probe"
[ -d "$image" ] || die "$image: not there; run: make image IMAGE=probe"
rm -rf "$out"
mkdir -p "$out/add/bundle" "$out/add/dev" "$out/add/mnt" "$out/add/proc" "$out/add/sys"

step PEERS "an initramfs of $(basename "$box")"
umoci unpack --image "$image" "$out/unpacked" >"$out/unpack.log" 2>&1 || die "$image: see $out/unpack.log"
mv "$out/unpacked/rootfs" "$out/add/bundle/rootfs"
cp -R "$image" "$out/add/image"
cp $here/init.sh "$out/add/init"
{
	(cd "$box" && find . -xdev \( -path ./boot -o -path ./usr/share/perl -o -path ./usr/share/zoneinfo \
		-o -path ./usr/libexec/podman/podman-testing -o -path ./dev -o -path ./proc -o -path ./sys \) -prune \
		-o -print | LC_ALL=C sort | cpio --quiet -o -H newc)
	(cd "$out/add" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
} | zstd -q -T0 -3 -o "$out/initrd"

step PEERS "crun and podman, on Debian's kernel"
MEMORY=3072 BOOT_DEADLINE=900 WAIT_FOR='^PEERS done' scripts/vm/boot.sh build/probe/disk.img "$out/vm" \
	-kernel "$box"/boot/vmlinuz-* -initrd "$out/initrd" \
	-append "console=ttyS0 quiet rdinit=/init panic=-1 no_timer_check" \
	-chardev "file,id=results,path=$PWD/$out/results" -serial chardev:results
tr -d '\r' <"$out/results" >"$out/lines"
for who in alone crun podman; do
	sed -n "s/^$who //p" "$out/lines" >"$out/$who"
	grep -q '^# .* attempts' "$out/$who" || die "$who: no whole report; see $out/results and $out/vm/console.log"
done

report=${PROBE_REPORT:-$out/rampart}
if [ -z "${PROBE_REPORT:-}" ]; then
	step PEERS "Rampart"
	PORT=18461 KEEP=1 WAIT_FOR='^rampart: (SERVING|FAILED)' scripts/vm/boot.sh build/probe/disk.img "$out/rampart-vm"
	curl -sSk --max-time 90 "https://127.0.0.1:18461/report" >"$report" || :
	scripts/vm/down.sh "$out/rampart-vm"
fi
grep -q '^# .* attempts' "$report" || die "Rampart: no whole report; see $report"
sed -n 's/^version //p' "$out/lines" >"$out/versions"
"$out/add/bundle/rootfs/probe" list >"$out/list"
python3 -I $here/table.py "$out/list" "$report" "$out/crun" "$out/podman" "$out/alone" "$out/versions" \
	>images/probe/RESULTS.md.tmp
mv images/probe/RESULTS.md.tmp images/probe/RESULTS.md
sed -n '/^| attempts/,/^$/p' images/probe/RESULTS.md
