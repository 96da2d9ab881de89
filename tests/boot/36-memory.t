#!/bin/sh
# SPDX-License-Identifier: MIT
# Memory outlives a reset, and a host chooses what starts after one. So when a request has been answered and
# its connection is closed, prompt and answer are nowhere in the machine but where the container keeps them;
# and what a container kept is gone when it has ended.
set -eu
. tests/boot/lib.sh
KEEP=1
export KEEP
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

word() # 32 letters that are nowhere yet
{
	od -An -N16 -tx1 /dev/urandom | tr -d ' \n' | tr 0-9a-f g-v
}

# copies WORD WANT SENTENCE: how often it is in the machine's memory; where, is told if it is not WANT.
copies()
{
	tests/boot/qemu.py memory "$work/qmp.sock" "$work/ram"
	tests/boot/qemu.py find "$work/ram" "$1" >"$work/found"
	rm "$work/ram"
	is "$(wc -l <"$work/found")" "$2" "$3"
	[ "$(wc -l <"$work/found")" = "$2" ] || sed 's/^/# /' "$work/found"
}

# When this is answered, the gateway has seen the end of the connection before.
turned()
{
	fetch "/.well-known/rampart/evidence?nonce=$(head -c 32 /dev/zero | base64 -w0 | tr +/ -_ | tr -d =)" >/dev/null
}

parts production
plan_set restart always
plan_set restart.max 3
make_initramfs
make_disk
boot "$dir/disk.img" -qmp "unix:$work/qmp.sock,server=on,wait=off"
is "$status" 0 "the machine comes up"

prompt=$(word)
is "$(fetch /echo --data-binary "prompt $prompt")" "prompt $prompt" "a prompt is answered with itself"
turned
copies "$prompt" 0 "when its connection is closed, neither is anywhere in memory"

{
	word
	head -c 300000 /dev/zero | tr '\0' x
	word
} >"$work/long"
fetch /echo --data-binary "@$work/long" -o "$work/long.answer"
same "$work/long" "$work/long.answer" "so is a long one"
turned
copies "$(head -c 32 "$work/long")" 0 "of its beginning nothing is left"
copies "$(tail -c 32 "$work/long")" 0 "of its end nothing is left"

kept=$(word)
is "$(fetch /keep --data-binary "$kept")" kept "the container keeps a prompt"
turned
copies "$kept" 1 "it has the only copy"
fetch /end >/dev/null 2>&1 || :
await '^rampart: RESTART 1 '
shows "$console" '^rampart: RESTART 1 ' "it ends, and another begins"
copies "$kept" 0 "and the copy is gone"
finish
