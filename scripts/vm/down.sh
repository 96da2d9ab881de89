#!/bin/sh
# SPDX-License-Identifier: MIT
# down.sh STATEDIR [asked]: ends the VM that up.sh, or boot.sh with KEEP=1, left running. None is no error. With
# "asked" (make down) a line says which one was ended, or that there was none, and which others up.sh left running.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 1 ] || [ "$#-${2:-}" = 2-asked ] || die "usage: down.sh STATEDIR [asked]"

running() # FILE: whether it has the id of a process of a VM, $pid then
{
	[ -s "$1" ] || return 1
	read -r pid <"$1"
	# The process id may have been reused since; the command line tells.
	{ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -q -e boot.sh -e "$(dirname "$1")"
}

# gone PID: when it is, with all its threads, its port is free. With gigabytes of memory that takes its time.
gone()
{
	tries=0
	while [ $tries -lt 300 ]; do
		set -- "$1" /proc/"$1"/task/*
		[ $# -gt 2 ] || grep -qs '^State:.[^ZX]' "/proc/$1/status" || break
		tries=$((tries + 1))
		sleep 0.1
	done
}

ended=
if [ -d "$1" ]; then
	state=$(cd "$1" && pwd -P)
	# up.pid, on the host, is the toolbox's own process: the toolbox and all that is in it end with it.
	for name in up qemu swtpm; do
		if running "$state/$name.pid" && kill -9 "$pid" 2>/dev/null; then
			ended=yes
			gone "$pid"
		fi
		rm -f "$state/$name.pid"
	done
	rm -f "$state/tpm.sock"
fi
[ $# -eq 2 ] || exit 0
if [ -n "$ended" ]; then
	step DOWN "$1"
	exit 0
fi
others=
for file in "$(dirname "$(dirname "$1")")"/*/"$(basename "$1")/up.pid"; do
	if running "$file"; then
		state=$(dirname "$file")
		others="${others:-, but}${others:+;} in $state: make down IMAGE=$(basename "$(dirname "$state")")"
	fi
done
echo "down.sh: $1: no machine runs there$others" >&2
