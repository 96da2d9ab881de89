#!/bin/sh
# SPDX-License-Identifier: MIT
# The console's other end is the host's. One that types XOFF, or stops reading, stops nothing: the machine
# boots, serves, supervises, and says later how many lines were lost.
set -eu
. tests/boot/lib.sh
vm=$work/vm
reader=
trap 'scripts/vm/down.sh "$vm" >/dev/null 2>&1 || :; [ -z "$reader" ] || kill "$reader" 2>/dev/null || :; rm -rf "$work"' EXIT

# serves: whether the gateway answers for the container, within 4 minutes.
serves()
{
	tries=0
	until fetch / --max-time 5 >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 240 ] || return 1
		sleep 1
	done
}

# boot.sh is told of SERVING by nobody: it comes back when the machine has ended, or is ended here. With three banks
# there is more to say in the stage ready than there is room for where lines wait.
mkdir "$vm"
VM_CONSOLE="socket,path=$work/line,server=on,wait=on"
export VM_CONSOLE
python3 tests/boot/console.py "$work/line" "$work/log" "$work/go" &
reader=$!
BANKS=sha256,sha384,sha512 BOOT_DEADLINE=1000 WAIT_FOR=' is never said' scripts/vm/boot.sh build/test/disk.img "$vm" >"$work/boot.out" 2>&1 &
machine=$!

serves && result 0 "the machine serves, though its console is not read" || result 1 "the machine serves, though its console is not read"
tr -d '\r' <"$work/log" >"$work/console"
shows "$work/console" '^rampart: stage seal' "what the host typed stopped nothing"
is "$(grep -c '^rampart: SERVING' "$work/console" || :)" 0 "and the console is held since the stage ready"
: >"$work/go"
tries=0
until grep -aq 'lines are lost' "$work/log" || [ $tries -ge 600 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
tr -d '\r' <"$work/log" >"$work/console"
shows "$work/console" '^rampart: the console was stopped: [0-9]+ lines are lost$' "a host that reads on is told how many lines were lost"
is "$(sed -n '/^rampart: stage ready/,$p' "$work/console" | grep -avc '^rampart: ')" 0 "and no line is cut or mixed with another"
serves && result 0 "the machine goes on" || result 1 "the machine goes on"
kill -0 "$machine" && result 0 "and has not ended" || result 1 "and has not ended"
scripts/vm/down.sh "$vm"
wait "$machine" || :
finish
