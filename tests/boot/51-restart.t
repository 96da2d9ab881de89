#!/bin/sh
# SPDX-License-Identifier: MIT
# The container ends, in several ways: it is started again from the same bytes as often as the plan
# says, and what it says and does never leaves the machine.
set -eu
. tests/boot/lib.sh
KEEP=1
export KEEP
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
canary='canary-7f3c91' # images/test/httpd.c

# serves WHEN: within a minute the gateway answers again, and then two at once.
serves()
{
	tries=0
	until [ "$(fetch / 2>/dev/null)" = ok ] || [ $tries -ge 300 ]; do
		tries=$((tries + 1))
		sleep 0.2
	done
	for i in 1 2; do
		fetch /stream -o "$work/stream.$i" &
	done
	wait
	is "$(cat "$work/stream.1" "$work/stream.2" | wc -l)" 20 "$1: two requests at once are answered"
}

parts production
plan_set restart on-failure
plan_set restart.max 4
make_initramfs
make_disk
boot "$dir/disk.img" -object "filter-dump,id=dump,netdev=net,file=$work/net.pcap"
is "$(fetch /say)" said "the container says something"
is "$(fetch /forks)" 62 "it makes processes up to its limit, and no more"
serves "after a fork bomb"
fetch /memory >/dev/null 2>&1 || :
await '^rampart: RESTART 1 container: ended$'
shows "$console" '^rampart: RESTART 1 container: ended$' "a memory bomb ends the container, and it is started again"
serves "after a memory bomb"
fetch /bomb -o "$work/bomb" &
bomb=$!
fetch /stream -o "$work/meanwhile.1" &
first=$!
fetch /stream -o "$work/meanwhile.2"
wait "$first"
is "$(cat "$work/meanwhile.1" "$work/meanwhile.2" | grep -c '^line')" 20 \
	"in the restarted container two requests at once are answered"
is "$(kill -0 "$bomb" 2>/dev/null && echo going)" going "while a fork bomb goes off in it, again and again"
wait "$bomb" || :
is "$(cat "$work/bomb")" "50 times" "which ends, too"
fetch /exit >/dev/null 2>&1 || :
await '^rampart: RESTART 2 '
shows "$console" '^rampart: RESTART 2 container: ended$' "so it is when it fails"
serves "after a failure"
fetch /attack >/dev/null 2>&1 || :
await '^rampart: RESTART 3 '
shows "$console" '^rampart: RESTART 3 container: ended$' "and when the filter kills it, which nobody is told once it has served"
serves "after an attack"
is "$(grep -c '^rampart: (READY|SERVING)' -E "$console")" 2 "machine and gateway are those of before"
fetch /exit >/dev/null 2>&1 || :
await '^rampart: RESTART 4 '
serves "after the last restart that the plan allows"
fetch /exit >/dev/null 2>&1 || :
await '^rampart: FAILED .*ended$'
shows "$console" '^rampart: FAILED stage=run reason=container: ended$' \
	"after one more the machine powers off, and says no more than that"
scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :
is "$(grep -c "$canary" "$work/vm/console.log")" 0 "what it says, and its name, never reach the console"
sed '1,/^rampart: READY/d; /^rampart: FAILED/,$d' "$console" >"$work/meanwhile" # then: reboot: Power down
is "$(grep -vc '^rampart: ' "$work/meanwhile")" 0 "nobody but init writes there"
shows "$work/net.pcap" 'http/1\.1' "the network was watched: a client's hello is in it"
is "$(grep -ac "$canary" "$work/net.pcap")" 0 "nor do they reach the network"

parts debug
plan_set debug 1
plan_set restart always
plan_set restart.max 2
printf '%s ignore_loglevel\n' "$(cat "$dir/cmdline")" >"$dir/cmdline.new"
mv "$dir/cmdline.new" "$dir/cmdline"
GUEST=build/guest PKG=build/pkg OUT=$dir DEBUG=initramfs/manifest.debug \
	scripts/image/initramfs.sh "$dir/manifest" "$dir/initramfs.cpio.zst"
make_disk
boot "$dir/disk.img"
fetch /attack >/dev/null 2>&1 || :
await '^rampart: RESTART 1 '
shows "$console" '^rampart: RESTART 1 container: killed for a call that the filter kills$' \
	"debug: an attack kills the container, and the reason says so"
shows "$console" '^killed: httpd: ptrace \(call 101\)$' "debug: program and call are named"
serves "debug: after the attack"
is "$(fetch /say)" said "debug: the container says something"
await "$canary"
is "$(grep -c "^httpd says: $canary" "$console")" 2 "debug: what it says is on the console"
fetch /end >/dev/null 2>&1 || :
await '^rampart: RESTART 2 '
shows "$console" '^rampart: RESTART 2 container: exited with status 0$' \
	"debug: how it ended, too; always means also without a failure"
serves "debug: after its end"
is "$(grep "$canary" "$console" | grep -c '^\[')" 0 "debug: the kernel's log has nothing of it"
finish
