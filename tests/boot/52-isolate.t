#!/bin/sh
# SPDX-License-Identifier: MIT
# A container for each client: what one leaves no other finds, and it is not in the machine's memory any more; when
# all have a client, others wait, then are refused; a bomb in one touches no other.
set -eu
. tests/boot/lib.sh
KEEP=1
export KEEP
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

parts isolate
sed -i 's/^image .*/gateway.concurrency 2 1\n&\nisolate connection 3/' "$dir/plan"
make_initramfs
make_disk
boot "$dir/disk.img" -qmp "unix:$work/qmp.sock,server=on,wait=off"
is "$status" 0 "the machine comes up"

canary=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n' | tr 0-9a-f g-v)
is "$(fetch /keep --data-binary "$canary")" kept "a client leaves something in its container's memory"
is "$(fetch "/store?$canary")" stored "and in its scratch"
found=
for i in 1 2 3 4; do
	found="$found $(fetch /kept) $(fetch /stored)"
done
is "$found" " nothing nothing nothing nothing nothing nothing nothing nothing" "no other client finds it"
tests/boot/qemu.py memory "$work/qmp.sock" "$work/ram"
tests/boot/qemu.py find "$work/ram" "$canary" >"$work/copies"
rm "$work/ram"
is "$(wc -l <"$work/copies")" 0 "nor is it anywhere in the machine's memory"

# began FILE: there is something in it, within a minute.
began()
{
	tries=0
	until [ -s "$1" ] || [ $tries -ge 600 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}

# late I: asks, and has written the code of the answer to code.I then.
late()
{
	fetch /kept -o "$work/late.$1" -D "$work/head.$1" -w '%{http_code}' >"$work/code.$1.new"
	mv "$work/code.$1.new" "$work/code.$1"
}

# Two are served until they leave; of two more one waits, and the other is refused.
for i in 1 2; do
	curl -sSkN "https://127.0.0.1:$PORT/hold" -o "$work/hold.$i" &
	eval "hold$i=\$!"
	began "$work/hold.$i"
done
late 1 &
late1=$!
late 2 &
late2=$!
tries=0
until [ -s "$work/code.1" ] || [ -s "$work/code.2" ] || [ $tries -ge 600 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
refused=1
[ -s "$work/code.1" ] || refused=2
case $(cat "$work/code.$refused") in
429 | 503) result 0 "when all containers have a client, and one waits, who comes is refused" ;;
*) result 1 "when all containers have a client, and one waits, who comes is refused" ;;
esac
shows "$work/head.$refused" '^retry-after: 1' "and told when to ask again"
is "$([ -s "$work/code.$((3 - refused))" ] || echo waits)" waits "the other waits"
# shellcheck disable=SC2154 # set above
kill "$hold1" "$hold2"
wait "$late1" "$late2"
is "$(cat "$work/code.$((3 - refused))" "$work/late.$((3 - refused))")" "200nothing" "and is served when they have left"

fetch /stream -N -o "$work/beside" &
beside=$!
began "$work/beside"
fetch /memory >/dev/null 2>&1 || :
fetch /exit >/dev/null 2>&1 || :
fetch /attack >/dev/null 2>&1 || :
wait "$beside" && is "$(grep -c '^line' "$work/beside")" 10 "an answer goes on while others' containers end"
curl -sSk "https://127.0.0.1:$PORT/bomb" -o "$work/bomb" &
bomb=$!
alone=$(fetch /forks)
is "$alone $(fetch /forks)" "62 62" "a fork bomb in one leaves others all their processes"
is "$(kill -0 "$bomb" 2>/dev/null && echo going)" going "while it goes off"
kill "$bomb"
wait "$bomb" || :
is "$(fetch /kept)" nothing "and when its client has left the machine serves"
tr -d '\r' <"$work/vm/console.log" >"$console"
is "$(grep -cE '^rampart: (RESTART|FAILED)' "$console" || :)" 0 "nobody is told that a container ended"
finish
