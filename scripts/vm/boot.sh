#!/bin/sh
# SPDX-License-Identifier: MIT
# boot.sh DISK STATEDIR [QEMU_OPTION...]: boots DISK once under QEMU with a fresh vTPM. Runs inside
# the toolbox. The console is in STATEDIR/console.log, QEMU's and swtpm's own words in *.log beside,
# and what the TPM's EK certificate leads to in STATEDIR/ek-ca.pem (scripts/vm/vtpm.sh).
# Returns 0 when QEMU has ended or WAIT_FOR has been seen, 1 when it could not start or was too slow.
# A file secure-boot.fd beside DISK holds the variables of a machine with Secure Boot, which boots it then.
# scripts/vm/vm.sh declares the machine and the variables that change it. Further variables:
#   BOOT_DEADLINE=120        seconds until the boot counts as hung
#   WAIT_FOR=REGEX           (grep -E) return once a console line matches, and end the VM, unless
#   KEEP=1                   leaves it running; scripts/vm/down.sh STATEDIR ends it
#   BOOT_KILL_TPM_AT=REGEX   kills the TPM once a console line matches
#   NO_TPM=1                 a machine without a TPM
#   KEEP_TPM=1               keeps the TPM state and boot variables that STATEDIR holds already
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -ge 2 ] || die "usage: boot.sh DISK STATEDIR [QEMU_OPTION...]"
disk=$1
keys=$(dirname "$disk")/secure-boot.fd
if [ -f "$keys" ]; then
	SECURE_BOOT=1
	OVMF_VARS=${OVMF_VARS:-$keys}
fi
# shellcheck source=scripts/vm/vm.sh
. "$(dirname "$0")/vm.sh"
[ -r "$disk" ] || die "$disk: no such disk image; make image builds one"
make_dir "$2"
state=$(cd "$2" && pwd -P)
shift 2
deadline=${BOOT_DEADLINE:-120}
# Beside the disk, if make image built it: the firmware could not say clearly that memory is short.
need=$(cat "$(dirname "$disk")/memory" 2>/dev/null || echo 0)
[ "$MEMORY" -ge "$need" ] ||
	die "$disk: needs $need MiB of RAM to boot, and MEMORY=$MEMORY; give the machine more, or put its models on a volume"
console=$state/console.log
# sun_path has 108 bytes; QEMU's own message for it does not say what to do.
[ ${#state} -lt 96 ] || die "$state: path too long for the TPM's socket; use a shorter one"

qemu_pid=
swtpm_pid=
end_vm()
{
	for pid in $qemu_pid $swtpm_pid; do
		kill -9 "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || :
	done
	rm -f "$state/tpm.sock" "$state/qemu.pid" "$state/swtpm.pid"
}
trap end_vm EXIT
trap 'exit 130' INT TERM

alive()
{
	kill -0 "$1" 2>/dev/null
}

seen()
{
	tr -d '\r' <"$console" | grep -aEq -- "$1"
}

failed() # WHY FILE
{
	tail -n 15 "$2" | tr -d '\r' | sed 's/^/  | /' >&2
	die "$1 (above: the end of $2)"
}

# A new TPM for each boot, with only the wanted banks.
start_tpm()
{
	if [ -z "${KEEP_TPM:-}" ] || [ ! -d "$state/tpm" ]; then
		BANKS=$BANKS scripts/vm/vtpm.sh "$state"
	fi
	swtpm socket --tpm2 --tpmstate "dir=$state/tpm" --ctrl "type=unixio,path=$state/tpm.sock" \
		--terminate >>"$state/swtpm.log" 2>&1 &
	swtpm_pid=$!
	echo "$swtpm_pid" >"$state/swtpm.pid"
	tries=0
	while [ ! -S "$state/tpm.sock" ]; do
		alive "$swtpm_pid" || failed "swtpm ended at once" "$state/swtpm.log"
		tries=$((tries + 1))
		[ "$tries" -le 200 ] || failed "swtpm made no socket in 10 s" "$state/swtpm.log"
		sleep 0.05
	done
}

if [ -z "${KEEP_TPM:-}" ] || [ ! -s "$state/vars.fd" ]; then
	rm -f "$state/vars.fd"
	cat "$OVMF_VARS" >"$state/vars.fd" # not cp: the template may be read-only
fi
rm -f "$state/tpm.sock"
: >"$console"
: >"$state/swtpm.log"
[ -n "${NO_TPM:-}" ] || start_tpm

(vm_qemu "$disk" "$state" "$@") >"$state/qemu.log" 2>&1 </dev/null &
qemu_pid=$!
echo "$qemu_pid" >"$state/qemu.pid"

kill_at=${BOOT_KILL_TPM_AT:-}
polls=0
while alive "$qemu_pid"; do
	if [ -n "$kill_at" ] && seen "$kill_at"; then
		kill -9 "$swtpm_pid"
		kill_at=
	fi
	if [ -n "${WAIT_FOR:-}" ] && seen "$WAIT_FOR"; then
		[ -z "${KEEP:-}" ] || trap - EXIT
		exit 0
	fi
	polls=$((polls + 1))
	[ "$polls" -le $((deadline * 10)) ] || failed "no end after $deadline s" "$console"
	sleep 0.1
done
status=0
wait "$qemu_pid" || status=$?
qemu_pid=
! grep -qs 'host forwarding rule' "$state/qemu.log" ||
	die "PORT=$PORT: another program has this port of 127.0.0.1, or it is none; give another one (make down IMAGE=NAME ends a machine of make up)"
[ "$status" -eq 0 ] || failed "QEMU ended with status $status" "$state/qemu.log"
