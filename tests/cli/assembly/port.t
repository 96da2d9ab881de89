#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/vm/boot.sh says in one line that the machine cannot have the port that it should have on 127.0.0.1.
set -eu
cd "$(dirname "$0")/../../.."
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || :; rm -rf "$dir"' EXIT
truncate -s 1M "$dir/disk.img"

refused() # PORT SENTENCE
{
	PORT=$1 NO_TPM=1 BOOT_DEADLINE=20 scripts/vm/boot.sh "$dir/disk.img" "$dir/vm" >"$dir/out" 2>&1 && code=0 || code=$?
	is "$code $(wc -l <"$dir/out") $(cut -d';' -f1 "$dir/out")" \
		"1 1 boot.sh: PORT=$1: another program has this port of 127.0.0.1, or it is none" "$2"
}
python3 -I -c 'import socket, time
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
time.sleep(600)' >"$dir/port" &
server=$!
until [ -s "$dir/port" ]; do
	sleep 0.05
done
refused "$(cat "$dir/port")" "a port that is taken"
refused 99999 "a number that is no port"
finish
