#!/bin/sh
# SPDX-License-Identifier: MIT
# start.sh [RESULTS]: times the start of the test image's container by Rampart's launcher beside `crun run`
# of the same files, in one guest, in turns (tests/bench/start.c). Runs on the host after
# `make image IMAGE=test`; crun comes from the root of scripts/probe.lock. crun's bundle has the same
# namespaces, mounts and masks, but no control group, seccomp or Landlock. Appends "start.ours MS"
# and "start.crun MS", the medians, to RESULTS.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
if [ "${1:-}" != --inside ]; then
	cd "$(dirname "$0")/../.."
	RAMPART_TOP=$PWD
	results=${1:-build/bench/start.results}
	out=build/bench/start
	mkdir -p $out
	# shellcheck disable=SC2016 # the inner shell expands
	ENTER_BOX=probe scripts/toolbox/enter.sh sh -euc '
		libraries=$(ldd /usr/bin/crun | grep -o "/[^ ]*\.so[^ ]*")
		for file in /usr/bin/crun $libraries; do
			cp -L "$file" "$0"
			echo "file $file $0/${file##*/} 0755 0 0"
		done >"$0/files"' $out
	exec scripts/toolbox/enter.sh tests/bench/start.sh --inside $out "$results"
fi

out=$2
results=$3
# shellcheck source=tests/boot/lib.sh
. tests/boot/lib.sh
gcc -std=gnu11 -Wall -Wextra -Werror -O2 -static -I. -o "$out/start" tests/bench/start.c
parts start
plan_set debug 1
cat >"$dir/config.json" <<'END'
{"ociVersion": "1.0.0", "hostname": "test", "root": {"path": "/rampart/root", "readonly": true},
 "process": {"terminal": false, "user": {"uid": 1000, "gid": 1000}, "args": ["/httpd", "8080"],
  "env": ["PATH=/bin"], "cwd": "/", "noNewPrivileges": true},
 "mounts": [
  {"destination": "/proc", "type": "proc", "source": "proc"},
  {"destination": "/dev", "type": "tmpfs", "source": "dev", "options": ["nosuid", "mode=755", "size=64k"]},
  {"destination": "/tmp", "type": "tmpfs", "source": "tmp", "options": ["nosuid", "nodev", "size=4m"]}],
 "linux": {"namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"},
   {"type": "mount"}, {"type": "cgroup"}],
  "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
   "/proc/timer_stats", "/proc/sched_debug"],
  "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]}}
END
# The bench for a shell.
sed "s|^file /bin/busybox .*|file /bin/busybox $out/start 0755 0 0|" initramfs/manifest.debug >"$dir/manifest.debug"
sed "s|^include \${DEBUG}|include $dir/manifest.debug|" "$dir/manifest" >"$dir/manifest.new"
{
	for folder in /bundle /usr /usr/bin /lib /lib/x86_64-linux-gnu /lib64; do echo "dir $folder 0755 0 0"; done
	echo "file /bundle/config.json $dir/config.json 0444 0 0"
	cat "$out/files"
} >"$dir/added"
sed "/^dir \/rampart 0755/e cat $dir/added" "$dir/manifest.new" >"$dir/manifest"
make_initramfs
make_disk
WAIT_FOR='^start: (done|FAILED)|^rampart: FAILED' boot "$dir/disk.img"
grep '^start [0-9]' "$console" >"$out/rounds" || die "$(grep -a 'FAILED' "$console" || echo 'no round was measured')"
median() # FIELD
{
	cut -d' ' -f"$1" "$out/rounds" | sort -n | sed -n "$((($(wc -l <"$out/rounds") + 1) / 2))p"
}
ours=$(median 2)
crun=$(median 3)
step START "container: $ours ms, crun run $crun ms, ratio $(awk -v a="$ours" -v b="$crun" 'BEGIN { printf "%.2f", a / b }')"
printf 'start.ours %s\nstart.crun %s\n' "$ours" "$crun" >>"$results"
