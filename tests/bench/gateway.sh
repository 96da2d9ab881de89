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
#	gateway.bytes.NAME       bytes of TCP for each of them
# and all of these, but for handshakes, with names ruled and nginx-ruled: both judge each request by the same
# rules, of which a raw relay has none. Events also for NAME padded (to 512 bytes) and paced (to a clock of 50 ms).
#	gateway.peak             KiB of memory that the gateway's process had at most, after all that: one of the attacks
#	                         is 12,000 connections that stay
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

start_ours() # NAME LINES: sets NAME_port, and NAME_pids to the gateway and its dialer
{
	: >"$out/$1.said"
	taskset -c 0 $out/world "$2" >"$out/$1.said" &
	tries=0
	until read -r word port gateway dialer <"$out/$1.said" && [ "$word" = serving ]; do
		tries=$((tries + 1))
		[ $tries -le 100 ] || die "the gateway does not start: $(cat "$out/$1.said")"
		sleep 0.1
	done
	eval "$1_port=$port $1_pids='$gateway $dialer'"
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
	taskset -c 1 wrk -t 1 -c "$1" -d "${TURN_SECONDS}s" -H "Authorization: Bearer $token" "$2" >$out/wrk
	! grep -E 'Socket errors|Non-2xx' $out/wrk >&2 || die "$2: not every answer was good"
	awk -v scale="$3" '/^Requests\/sec:/ { printf "%.2f", $2 * scale }' $out/wrk
}

events() # NAME KIND PORT [TOKEN]
{
	name=$1
	shift
	of_one=$(taskset -c 1 $out/client "$1" "$2" 200 ${3:+"$3"})
	printf 'gateway.token.%s %s\ngateway.bytes.%s %s\n' "$name" "${of_one% *}" "$name" "${of_one#* }" >>"$results"
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
	case $name in
	*ruled) events "$name" tokens "$port" "$token" ;;
	*)
		measure handshakes taskset -c 1 $out/client handshakes "$port" 32 "$TURN_SECONDS"
		events "$name" tokens "$port"
		;;
	esac
}

# nginx.conf has the same token and rules.
token=bench-token-of-no-secret
rules="gateway.allow.00 GET /
gateway.allow.01 GET /large
gateway.allow.02 GET /stream
gateway.body 131072
gateway.key.00 alice sha256:$(printf %s "$token" | sha256sum | cut -c 1-64)
gateway.rate 1000000/s
"
taskset -c 1 $out/upstream 8080 &
start_ours ours ""
start_ours ruled "$rules"
start_ours padded "gateway.padding 512
"
start_ours paced "gateway.pace 50
gateway.padding 512
"
start_nginx
round=0
# shellcheck disable=SC2086,SC2154 # words; what start_ours sets
while [ $round -lt "$ROUNDS" ]; do
	events plain plain 8080
	take_turn ours "$ours_port" $ours_pids
	take_turn nginx 8443 "$nginx_worker"
	take_turn ruled "$ruled_port" $ruled_pids
	take_turn nginx-ruled 8444 "$nginx_worker"
	events padded tokens "$padded_port"
	events paced tokens "$paced_port"
	round=$((round + 1))
done
taskset -c 1 $out/attack "$ours_port" keys connects hellos pipeline idle held >$out/attacks
awk '{ print "gateway.attack." $1, $4 }' $out/attacks >>"$results"
# shellcheck disable=SC2154 # start_ours sets it
awk '$1 == "VmHWM:" { print "gateway.peak", $2 }' "/proc/${ours_pids% *}/status" >>"$results"
step ATTACKED "one client, beside one that attacks, waits: $(awk '{ printf "%s %.2f x  ", $1, $4 }' $out/attacks)"
step GATEWAY "beside nginx, for the same processor time: $(awk '/-cpu\./ { split($1, key, "."); sum[key[2], key[3]] += $2; seen[key[2]] }
	END { for (k in seen) printf "%s %.2f x  ", substr(k, 1, length(k) - 4), sum[k, "ours"] / sum[k, "nginx"]
	print "; with rules requests", sum["requests-cpu", "ruled"] / sum["requests-cpu", "nginx-ruled"], "x" }' "$results")"
