#!/bin/sh
# SPDX-License-Identifier: MIT
# The probe with everything opened that an image may ask for: what comes through is what was asked for, and
# nothing else.
set -eu
. tests/boot/lib.sh
PORT=18463
export PORT
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

parts opened
cat images/probe/image.conf - >"$dir/image.conf" <<END
shm = 1 MiB
writable = 16 MiB
scratch /scratch = 1 MiB exec
[world]
loopback = any
netlink = route
proc = comm
sys = cpu
END
sed -i 's,^scratch = .*,& exec,; s,model/model.txt,images/probe/&,' "$dir/image.conf"
sed -i "s,^file = ,&$PWD/," "$dir/image.conf"
build/bin/rampart plan "$dir/image.conf" --wants >"$dir/wants"
WANTS=$dir/wants scripts/image/import.sh build/probe/oci "$dir/container.erofs" "$dir/config.json" \
	"$dir/manifest.json" "$dir/files" "$dir/user" "$dir/notes" "$dir/account"
build/bin/rampart plan "$dir/image.conf" --oci-config "$dir/config.json" --oci-user "$dir/user" \
	--oci-account "$dir/account" --oci-files "$dir/files" --container "$dir/container.erofs" \
	--payload "$dir/payload" --filters "$dir/seccomp" >"$dir/plan"
make_initramfs
make_disk
KEEP=1 boot "$dir/disk.img"
shows "$console" '^rampart: SERVING' "the probe is served, with everything opened"
fetch /report --max-time 200 >"$work/report" || :
if [ -n "${PROBE_REPORT:-}" ]; then cp "$work/report" "$PROBE_REPORT"; fi
shows "$work/report" '^# [0-9]+ attempts: ' "it reports to its end"
# Of loopback, netlink, scratch that is executed, and a writable root, in this order.
printf '%s\n' listen-elsewhere listen-privileged netlink-route exec-scratch map-exec-scratch mounts-noexec \
	write-root mkdir-root chmod-root touch-root truncate-file rename-file | sort >"$work/want"
sed -n 's/ LEAK .*//p' "$work/report" | sort >"$work/got"
same "$work/want" "$work/got" "what comes through is what was opened"
finish
