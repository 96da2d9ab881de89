#!/bin/sh
# SPDX-License-Identifier: MIT
# What strangers send ends at most what they sent it to: the machine stays, and serves the next client.
# Nor does the llm image tell one client what another wrote.
set -eu
. tests/boot/lib.sh
KEEP=1
export KEEP
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
attack=tests/boot/strangers.py

# serves PATH SENTENCE: within two minutes.
serves()
{
	tries=0
	until [ "$(fetch "$1" -o /dev/null -w '%{http_code}' 2>/dev/null)" = 200 ] || [ $tries -ge 240 ]; do
		tries=$((tries + 1))
		sleep 0.5
	done
	result "$([ $tries -lt 240 ]; echo $?)" "$2"
}

# lives: no word of an end, and of restarts no more than that there were some.
lives()
{
	tr -d '\r' <"$work/vm/console.log" >"$console"
	is "$(grep -cE '^rampart: FAILED|Kernel panic' "$console")" 0 "$1: the machine is not powered off"
	is "$(grep '^rampart: RESTART' "$console" | grep -vcE '^rampart: RESTART [0-9]+ container: ended$')" 0 \
		"$1: it says of no restart why"
}

# restarts N: as many have been said, at last.
restarts()
{
	await "^rampart: RESTART $1 "
	is "$(grep -c '^rampart: RESTART' "$console")" "$1" "${2:-restart $1}"
}

# Half-sent requests, and somebody who comes while they are held.
half_sent()
{
	mkfifo "$work/go"
	python3 $attack half "$PORT" 90 <"$work/go" >"$work/held" &
	exec 8>"$work/go"
	tries=0
	until grep -q held "$work/held" || [ $tries -ge 600 ]; do
		tries=$((tries + 1))
		sleep 0.2
	done
	"$@"
	exec 8>&-
	wait
	rm "$work/go"
}

parts test
plan_set restart always
plan_set restart.max unlimited
make_initramfs
make_disk
boot "$dir/disk.img"
half_sent true
serves / "test: after half-sent requests another client is served"
for i in 1 2 3 4 5 6 7; do
	serves / "test: it serves before end $i"
	fetch /exit >/dev/null 2>&1 || :
	[ "$i" -lt 5 ] || python3 $attack wait "$PORT" 150 >"$work/codes" # while nobody is there to dial
	restarts "$i" "test: after end $i there is a restart"
done
shows "$work/codes" '503:' "test: who asks meanwhile is told so"
serves / "test: it serves after more ends than any limit had, and after floods of questions to no dialer"
lives test
scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :

# Of a machine with little memory, they may not take the last of it.
parts small
plan_set restart always
plan_set restart.max unlimited
plan_set limit.files 100000
make_initramfs
make_disk
MEMORY=128 boot "$dir/disk.img"
serves / "small: a machine with 128 MiB serves, whatever its kernel gives a process"
fetch /world >"$work/world"
is "$(sed -n 's/^limits\.Max open files  *\([0-9]*\)  *\([0-9]*\) .*/\1 \2/p' "$work/world")" "100000 100000" \
	"small: with as many open files as the plan says"
python3 $attack part "$PORT" 3000 | sed 's/^/# connections taken: /'
serves / "small: after thousands of connections with a part of a record in each it serves"
lives small
is "$(grep -c '^rampart: RESTART' "$console")" 0 "small: and its container has not ended"
scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :

boot build/llm/disk.img
serves /v1/models "llm: it serves"
half_sent serves /v1/models "llm: while half-sent requests are held, another client is served"
is "$(python3 $attack bomb "$PORT" 1 9000000 | tr -d '0-9')" "" "llm: a bomb of 9 MB is answered"
serves /v1/models "llm: after it another client is served"
python3 $attack bomb "$PORT" 30 120000 >"$work/codes"
sed 's/^/# /' "$work/codes"
serves /v1/models "llm: and after 30 small ones"
lives llm
is "$(grep -c '^rampart: RESTART' "$console")" 0 "llm: and none of that ended the container"
result "$(python3 tests/boot/two-clients.py "$PORT" >"$work/clients"; echo $?)" \
	"llm: a client learns nothing of another"
sed 's/^/# /' "$work/clients"
scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :

# With too few threads, as it had: what nobody has thought of yet is like that.
dir=$work/few
mkdir "$dir"
cp -r build/llm/seccomp build/llm/plan build/llm/payload build/llm/container.erofs build/llm/os-release \
	images/loader.conf initramfs/cmdline initramfs/manifest "$dir"
plan_set limit.pids 16
make_initramfs
make_disk
boot "$dir/disk.img"
serves /v1/models "llm with 16 threads: it serves"
python3 $attack ask "$PORT" 20 >"$work/asked"
restarts 1 "llm with 16 threads: requests end it, and it is started again"
serves /v1/models "llm with 16 threads: another client is served"
result "$(python3 tests/boot/two-clients.py "$PORT" >"$work/clients"; echo $?)" \
	"llm with 16 threads: and learns nothing of another"
grep '^not ok' "$work/clients" | sed 's/^/# /' || :
lives "llm with 16 threads"
finish
