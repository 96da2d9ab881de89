# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What tests with real clients share: machines (tests/guest/hosted.c) whose container is openai_server.py, and
# `rampart connect` before them. To be sourced from the root of the tree. Needs root, as in the toolbox.
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
work=$(mktemp -d)
running=
end()
{
	# shellcheck disable=SC2086 # a list of process numbers
	[ -z "$running" ] || kill $running 2>/dev/null || :
	wait
	rm -rf "$work"
}
trap end EXIT
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root for network namespaces"; exit 0; }

# The paths of images/llm, as its plan has them.
cat >"$work/rules" <<'RULES'
gateway.allow.00 GET /v1/models
gateway.allow.01 POST /v1/chat/completions
gateway.allow.02 POST /v1/completions
gateway.allow.03 POST /v1/embeddings
gateway.body 131072
RULES

# Waits until a line of FILE begins with WORDS, and prints the rest of that line; fails if PID ends, or time does.
wait_for() # FILE WORDS PID
{
	i=0
	until line=$(grep -m 1 -- "^$2" "$1" 2>/dev/null); do
		i=$((i + 1))
		[ $i -lt 1200 ] && kill -0 "$3" 2>/dev/null || { sed 's/^/# /' "$1"* >&2; return 1; }
		sleep 0.1
	done
	echo "${line#"$2"}"
}

# A machine in $work/NAME, whose port is then in $port and its process in $pid.
machine() # NAME [--wrong] [--port PORT]
{
	name=$1
	shift
	mkdir -p "$work/$name"
	: >"$work/$name/events"
	build/host/hosted --rules "$work/rules" "$@" "$work/$name" tests/clients/openai_server.py "$work/$name/events" \
		>"$work/$name/out" 2>"$work/$name/out.err" &
	pid=$!
	running="$running $pid"
	# shellcheck disable=SC2034 # the caller's
	port=$(wait_for "$work/$name/out" "port " $pid) || { echo "Bail out! no machine"; exit 1; }
}

# connect to URLS, whose own URL is then in $url and its process in $connect.
start_connect() # [OPTION...] URL...
{
	build/bin/rampart connect --port 0 "$@" >"$work/connect" 2>"$work/connect.err" &
	connect=$!
	running="$running $connect"
	url=$(wait_for "$work/connect" "listening on " $connect) || { echo "Bail out! no connect"; exit 1; }
}

at_least() # GOT LEAST SENTENCE
{
	if [ "$1" -ge "$2" ]; then
		result 0 "$3"
	else
		result 1 "$3"
		echo "# got $1, expected $2 or more"
	fi
}

# A machine that is gone from one moment to the next, with its TPM and its container.
kill_machine() # PID
{
	kill -9 "$1"
	wait "$1" 2>/dev/null || :
}

# How many requests a machine's container has seen.
asked() # NAME
{
	grep -c asked "$work/$1/events" || :
}

# Whether the container of one of them sees a client leave its stream.
is_cut() # NAME...
{
	i=0
	until for name; do grep cut "$work/$name/events"; done | grep -q .; do
		i=$((i + 1))
		[ $i -lt 600 ] || return 1
		sleep 0.1
	done
}

# N requests, four at once: a line each, of the status, "000" for a connection that broke.
stream_of() # N
{
	seq "$1" | xargs -P 4 -I @ curl -sS -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json' \
		-d '{"messages":[{"role":"user","content":"request @"}]}' "$url/v1/chat/completions" 2>/dev/null
}

# A free port.
free_port()
{
	python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

trust() # NAME...: the options that accept these machines
{
	for name; do printf -- '--golden %s --roots %s ' "$work/$name/golden.json" "$work/$name/roots.pem"; done
}
