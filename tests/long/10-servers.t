#!/bin/sh
# SPDX-License-Identifier: MIT
# Servers as Debian has them, in one container on a payload volume, each with the keys of image.conf that it needs
# (tests/servers/NAME.conf): each boots, serves through the gateway, and answers 10,000 requests while its workers
# end and are replaced. Needs the root of scripts/servers.lock, `make golden IMAGE=test` and time. SERVERS="NAME..."
# runs these alone.
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
MEMORY=6144
KEEP=1
BOOT_DEADLINE=900
export MEMORY KEEP BOOT_DEADLINE
REQUESTS=${REQUESTS:-10000}

# The container, once: an import of more than a gigabyte.
made=build/servers
tests/servers/import.sh servers

serve() # NAME
{
	dir=$work/$1
	mkdir -p "$dir/seccomp"
	cp images/loader.conf initramfs/cmdline initramfs/manifest build/test/os-release "$dir"
	cp "tests/servers/$1.conf" "$dir/image.conf"
	ln -s "$PWD/$made/container.erofs" "$dir/container.erofs"
	CONTAINER=$made from_conf
	VM_VOLUME=$dir/volume.img
	export VM_VOLUME
	boot "$dir/disk.img"
	shows "$console" '^rampart: SERVING' "$1 serves"
	is "$(fetch /)" "it is served" "$1 answers"
	is "$(python3 tests/servers/ask.py "$PORT" "$REQUESTS" "it is served")" "$REQUESTS" "$1 answers $REQUESTS requests"
	tr -d '\r' <"$work/vm/console.log" >"$console"
	is "$(grep -c '^rampart: RESTART' "$console")" 0 "$1 needs no restart of its container"
}

finds() # PATH WANT SENTENCE
{
	is "$(fetch "$1" --max-time 1800 | tail -n 1)" "$2" "$3"
}

ends()
{
	scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :
	rm -f "$dir/volume.img"
}

for server in ${SERVERS:-nginx caddy node python torch tomcat}; do
	serve "$server"
	case $server in
	python)
		finds /child "it is served" "asyncio starts a program"
		finds /pool 285 "multiprocessing starts workers anew"
		finds /user www-data "getpass finds its user"
		;;
	tomcat)
		finds /child.jsp "it is served" "Tomcat compiles a page, which starts a program"
		;;
	torch)
		finds /loader 4950 "a DataLoader has workers"
		finds /gloo 42 "gloo finds its interface"
		finds /compiled 16 "what g++ made in its scratch is loaded and called"
		finds /compile 12 "torch.compile makes a function anew"
		;;
	esac
	ends
done
finish
