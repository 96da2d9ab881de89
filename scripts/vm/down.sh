#!/bin/sh
# SPDX-License-Identifier: MIT
# down.sh STATEDIR: ends the VM that up.sh, or boot.sh with KEEP=1, left running. None is no error.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 1 ] || die "usage: down.sh STATEDIR"

[ -d "$1" ] || exit 0
state=$(cd "$1" && pwd -P)

# up.pid, on the host, is the toolbox's own process: the toolbox and all that is in it end with it.
for name in up qemu swtpm; do
	file=$state/$name.pid
	[ -s "$file" ] || continue
	read -r pid <"$file"
	# The process id may have been reused since; the command line tells.
	if { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -q -e boot.sh -e "$state"; then
		kill -9 "$pid" 2>/dev/null || :
	fi
	rm -f "$file"
done
rm -f "$state/tpm.sock"
