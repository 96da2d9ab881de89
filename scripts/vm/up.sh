#!/bin/sh
# SPDX-License-Identifier: MIT
# up.sh DISK STATEDIR: boots DISK and leaves it running, with its port on this machine's 127.0.0.1.
# Runs on the host; the VM runs in a toolbox that keeps the host's network. PORT, MEMORY, CPUS and
# ACCEL as in scripts/vm/vm.sh. scripts/vm/down.sh STATEDIR ends it. Both paths lie in the source tree.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 2 ] || die "usage: up.sh DISK STATEDIR"
find_paths
cd "$RAMPART_TOP"
disk=$1
state=$2
PORT=${PORT:-8443}
deadline=${BOOT_DEADLINE:-120}

"$RAMPART_TOP/scripts/vm/down.sh" "$state"
make_dir "$state"
rm -f "$state/console.log"
step BOOT "$disk"
setsid scripts/toolbox/enter.sh --net env PORT="$PORT" MEMORY="${MEMORY:-1024}" CPUS="${CPUS:-2}" \
	ACCEL="${ACCEL:-tcg}" BOOT_DEADLINE=1000000000 scripts/vm/boot.sh "$disk" "$state" \
	>"$state/up.log" 2>&1 </dev/null &
pid=$!
echo "$pid" >"$state/up.pid"

tries=0
until grep -aEqs '^rampart: (SERVING|FAILED)' "$state/console.log"; do
	kill -0 "$pid" 2>/dev/null || { cat "$state/up.log" >&2; die "$disk: the VM ended; see $state"; }
	tries=$((tries + 1))
	[ "$tries" -le $((deadline * 10)) ] || die "$disk: does not serve after $deadline s; see $state"
	sleep 0.1
done
if grep -a '^rampart: FAILED' "$state/console.log" >&2; then
	die "$disk: the machine powered off"
fi
step UP "https://127.0.0.1:$PORT (make down IMAGE=$(basename "$(dirname "$state")") ends it)"
golden=$(dirname "$disk")/golden.json
if [ ! -f "$golden" ]; then
	echo "There is no $golden to verify it by; make golden makes it"
	exit 0
fi
debug=
! grep -q '"debug": true' "$golden" || debug=' --debug'
cat <<END
Verify it, and talk to it:
  build/bin/rampart verify https://127.0.0.1:$PORT --golden $golden --roots $state/ek-ca.pem$debug
  build/bin/rampart connect https://127.0.0.1:$PORT --golden $golden --roots $state/ek-ca.pem$debug
END
