#!/bin/sh
# SPDX-License-Identifier: MIT
# The keystone: the values computed before the boot are the values in the TPM after it, and the
# container answers through dialer and relay.
# seen: qemu: q35 with OVMF 2025.02, booted and compared with its TPM
set -eu
. tests/boot/lib.sh
vm=$work/vm
trap 'scripts/vm/down.sh "$vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

KEEP=1
export KEEP
boot build/test/disk.img
is "$status" 0 "the machine comes up"
shows "$console" '^rampart: SERVING port=443' "the container is served"
explain
is "$verdict" 0 "every PCR has its golden value"
is "$(grep -c '^rampart: pcr sha256' "$console")" 16 "sixteen PCRs were read from the TPM"
sed -n 's/^rampart: pcr sha256 \([0-9]*\) tpm=\([0-9a-f]*\) sysfs=\([0-9a-f]*\)$/\1 \2 \3/p' "$console" >"$work/pcrs"
jq -r '.pcrs.sha256 | to_entries[] | select(.value.value) | "\(.key) \(.value.value) \(.value.value)"' "$golden" |
	sort -n >"$work/golden"
sort -n "$work/pcrs" | grep -v '^15 ' >"$work/read"
is "$(wc -l <"$work/golden")" 15 "golden.json has fifteen values"
same "$work/golden" "$work/read" "golden.json and console agree value by value, read both ways"

# The logs, replayed by another implementation, lead to the same values.
sed -n 's/^rampart: firmware-log //p' "$console" | base64 -d >"$work/firmware.log"
tpm2_eventlog "$work/firmware.log" >"$work/eventlog" 2>/dev/null || :
sed -n '/^pcrs:/,$p' "$work/eventlog" | sed -n '/sha256/,/sha/s/^ *\([0-9]*\) *: 0x\([0-9a-f]*\)$/\1 \2/p' |
	sort -n >"$work/replayed"
cut -d' ' -f1,2 "$work/pcrs" | sort -n | grep -E '^([0-7]|9|11) ' >"$work/firmware-pcrs"
is "$(wc -l <"$work/replayed")" 10 "tpm2_eventlog finds ten PCRs in the firmware's log"
same "$work/firmware-pcrs" "$work/replayed" "and replays it to the TPM's values"

is "$(fetch /)" ok "the container answers"
head -c 300000 /dev/urandom | base64 >"$work/body"
fetch /echo --data-binary "@$work/body" -o "$work/echo"
same "$work/body" "$work/echo" "400 kB go in and come back unchanged"
is "$(fetch /stream | wc -l)" 10 "a stream of ten chunks arrives"
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	fetch / -o "$work/answer.$i" &
done
wait
is "$(cat "$work"/answer.* | sort | uniq -c | tr -s ' ')" " 12 ok" "twelve clients at once are answered"

fetch /facts >"$work/facts"
is "$(grep '^net\.' "$work/facts" | grep -c ':')" 1 "the container has one network interface"
shows "$work/facts" '^net\. *lo:' "which is loopback"
for cap in CapPrm CapEff CapBnd; do
	shows "$work/facts" "^status.$cap:	0000000000000000" "it has no capabilities ($cap)"
done
shows "$work/facts" '^status.NoNewPrivs:	1' "it can gain no privileges"
shows "$work/facts" '^status.Seccomp:	2' "its system calls are filtered"
shows "$work/facts" '^write.proc=Read-only file system' "so is its /proc"
shows "$work/facts" '^masked=0$' "in which the machine's other files are empty"
shows "$work/facts" '^write.root=Read-only file system' "its root is read-only"
shows "$work/facts" '^write.model=(Read-only file system|Permission denied)' "so are the models"
shows "$work/facts" '^write.tmp=yes' "its scratch is writable"
shows "$work/facts" '^pid=1$' "it is alone in its pid namespace"
shows "$work/facts" '^cgroup\.0::/$' "and in its cgroup namespace"
shows "$work/facts" '^model=model.txt$' "it sees its model"
is "$(sed -n 's/^dev=//p' "$work/facts" | tr , '\n' | sort | tr '\n' ' ')" "fd full null random stderr stdin stdout urandom zero " \
	"it has five devices and names of its descriptors, no TPM among them"

fetch /exit >/dev/null 2>&1 || :
await '^rampart: FAILED'
shows "$console" '^rampart: FAILED stage=run reason=container: ended$' \
	"when the container ends, the machine says so and powers off"
finish
