#!/bin/sh
# SPDX-License-Identifier: MIT
# gateway.sh [RESULTS]: the guest's gateway and its dialer, as they are in the guest, beside nginx, in turns: one
# worker each, on the first processor, in front of the same small server, which shares the second one
# with the clients. Both speak TLS 1.3 with X25519MLKEM768, AES-256-GCM and a P-256 key, and resume
# nothing. Runs on the host after `make image IMAGE=test`; nginx and wrk are in the root of
# scripts/bench.lock. Appends lines, several of each, with NAME ours or nginx:
#	gateway.requests.NAME    small requests a second over 32 connections that stay
#	gateway.megabytes.NAME   megabytes a second in answers of one mebibyte over 8 connections
#	gateway.handshakes.NAME  full handshakes a second
#	gateway.WHAT-cpu.NAME    the same for a second of the processor time of the one that serves
#	gateway.token.NAME       microseconds of a streamed event from the server to the client; for NAME plain
#	                         nobody is between them
#	gateway.attack.KIND      how many times as long one client waits while another attacks (attack.c;
#	                         KIND activate is attest.sh's, since it needs a quoter)
# Environment: ROUNDS (default 5), TURN_SECONDS (3, of each measurement).
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
out=build/bench/gateway
if [ "${1:-}" != --inside ]; then
	scripts/toolbox/enter.sh tests/bench/gateway/programs.sh
	ENTER_BOX=bench exec scripts/toolbox/enter.sh env ROUNDS="${ROUNDS:-5}" \
		TURN_SECONDS="${TURN_SECONDS:-3}" tests/bench/gateway.sh --inside "${1:-$out/results}"
fi
results=$2

start_nginx()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=rampart -days 30 \
		-keyout $out/key.pem -out $out/certificate.pem 2>$out/log
	mkdir -p /var/tmp/nginx
	cp tests/bench/gateway/nginx.conf $out/
	taskset -c 0 nginx -p "$PWD/$out/" -c "$PWD/$out/nginx.conf" 2>$out/nginx.log &
	tries=0
	until nginx_worker=$(awk -v master=$! '$4 == master { print $1 }' /proc/[0-9]*/stat) && [ -n "$nginx_worker" ]; do
		tries=$((tries + 1))
		[ $tries -le 100 ] || die "nginx does not start: $(tail -n 1 $out/nginx.log)"
		sleep 0.1
	done
}

start_ours()
{
	: >$out/world.said
	taskset -c 0 $out/world >$out/world.said &
	tries=0
	until read -r word ours_port gateway dialer <$out/world.said && [ "$word" = serving ]; do
		tries=$((tries + 1))
		[ $tries -le 100 ] || die "the gateway does not start: $(cat $out/world.said)"
		sleep 0.1
	done
}

cpu() # PID...: nanoseconds of a processor that they took so far; ticks would be too coarse
{
	for pid in "$@"; do cat "/proc/$pid/schedstat"; done | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# KEY COMMAND...: COMMAND prints how many a second; of $name, whose processes are $pids.
measure()
{
	key=$1
	shift
	# shellcheck disable=SC2086 # words
	before=$(cpu $pids)
	start=$(date +%s%N)
	a_second=$("$@")
	ns=$(($(date +%s%N) - start))
	# shellcheck disable=SC2086
	used=$(($(cpu $pids) - before))
	[ -n "$a_second" ] || die "$key of $name: nothing was measured"
	awk -v key="$key" -v name="$name" -v rate="$a_second" -v ns=$ns -v used=$used 'BEGIN {
		printf "gateway.%s.%s %.1f\n", key, name, rate
		printf "gateway.%s-cpu.%s %.1f\n", key, name, rate * ns / used }' >>"$results"
}

get() # CONNECTIONS URL SCALE: answers a second, times SCALE
{
	taskset -c 1 wrk -t 1 -c "$1" -d "${TURN_SECONDS}s" "$2" >$out/wrk
	! grep -E 'Socket errors|Non-2xx' $out/wrk >&2 || die "$2: not every answer was good"
	awk -v scale="$3" '/^Requests\/sec:/ { printf "%.2f", $2 * scale }' $out/wrk
}

token() # NAME KIND PORT
{
	us=$(taskset -c 1 $out/client "$2" "$3" 200)
	echo "gateway.token.$1 $us" >>"$results"
}

# NAME PORT PROCESS...
take_turn()
{
	name=$1
	port=$2
	shift 2
	pids=$*
	measure requests get 32 "https://127.0.0.1:$port/" 1
	measure megabytes get 8 "https://127.0.0.1:$port/large" 1.048576
	measure handshakes taskset -c 1 $out/client handshakes "$port" 32 "$TURN_SECONDS"
	token "$name" tokens "$port"
}

taskset -c 1 $out/upstream 8080 &
start_ours
start_nginx
round=0
while [ $round -lt "$ROUNDS" ]; do
	token plain plain 8080
	take_turn ours "$ours_port" "$gateway" "$dialer"
	take_turn nginx 8443 "$nginx_worker"
	round=$((round + 1))
done
taskset -c 1 $out/attack "$ours_port" keys connects hellos pipeline idle held >$out/attacks
awk '{ print "gateway.attack." $1, $4 }' $out/attacks >>"$results"
step ATTACKED "one client, beside one that attacks, waits: $(awk '{ printf "%s %.2f x  ", $1, $4 }' $out/attacks)"
step GATEWAY "beside nginx, for the same processor time: $(awk '/-cpu\./ { split($1, key, "."); sum[key[2], key[3]] += $2; seen[key[2]] }
	END { for (k in seen) printf "%s %.2f x  ", substr(k, 1, length(k) - 4), sum[k, "ours"] / sum[k, "nginx"] }' "$results")"
