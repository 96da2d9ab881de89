#!/bin/sh
# SPDX-License-Identifier: MIT
# enter.sh [--net] COMMAND...: runs COMMAND in the toolbox, which is made first if need be.
# Its world: the source tree at /src (where it starts), the cache at /cache, a fresh /tmp, a read-only
# root, a /dev of the usual nodes (/dev/kvm when there is one), own mount, pid, ipc, uts and
# network namespaces with only loopback, and a fixed environment. --net keeps this machine's network.
# Exit code and Ctrl-C pass through; nothing stays mounted, since the namespace goes with it.
# Environment: ENTER_BOX (another root than toolbox), ENTER_CWD (another folder than /src),
# MODEL (a file that is shown, read-only, as /mnt/model.gguf), VECTORS (a folder of test data, shown as
# /mnt/vectors when it is there), MUST_RUN (passed on).
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
find_paths
net=--net
[ "${1:-}" != --net ] || { net=; shift; }
[ $# -ne 0 ] || die "what shall run? $0 [--net] COMMAND..."

"$RAMPART_TOP/scripts/toolbox.sh" "${ENTER_BOX:-toolbox}"
root=$(box_path "${ENTER_BOX:-toolbox}")
prefix=$(root_prefix)
[ -z "${MODEL:-}" ] || [ -r "$MODEL" ] || die "MODEL=$MODEL: cannot read it; give the path of a GGUF file"
vectors=${VECTORS:-$RAMPART_TOP/../shared/vectors}
[ -d "$vectors" ] || vectors=
umask 022
# shellcheck disable=SC2016,SC2086 # the inner script expands for itself; $prefix is words
exec $prefix unshare --mount --pid --fork --kill-child --uts --ipc $net sh -euc '
	root=$1 src=$2 cache=$3 cwd=$4 net=$5 model=$6 vectors=$7
	shift 7
	mount --make-rprivate /
	[ -z "$model" ] || model=$(realpath "$model")
	[ -z "$vectors" ] || vectors=$(realpath "$vectors")
	mount --bind "$root" "$root"
	cd "$root"
	mount --bind "$src" src
	mount --bind "$cache" cache
	mount -t proc -o nosuid,nodev,noexec proc proc
	for d in tmp var/tmp run; do mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs $d; done
	mount -t tmpfs -o nosuid,mode=755 tmpfs dev
	for n in null zero full random urandom tty kvm; do
		[ ! -c /dev/$n ] || { : >dev/$n && mount --bind /dev/$n dev/$n; }
	done
	mkdir dev/pts dev/shm
	mount -t devpts -o nosuid,noexec,newinstance,ptmxmode=666 devpts dev/pts
	mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs dev/shm
	ln -s pts/ptmx dev/ptmx
	ln -s /proc/self/fd dev/fd
	ln -s /proc/self/fd/0 dev/stdin
	ln -s /proc/self/fd/1 dev/stdout
	ln -s /proc/self/fd/2 dev/stderr
	mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs mnt
	if [ -n "$vectors" ]; then
		mkdir mnt/vectors
		mount --bind "$vectors" mnt/vectors
		mount -o remount,bind,ro mnt/vectors
	fi
	if [ -n "$model" ]; then
		: >mnt/model.gguf
		mount --bind "$model" mnt/model.gguf
		mount -o remount,bind,ro mnt/model.gguf
	fi
	if [ -z "$net" ]; then
		for f in etc/resolv.conf etc/hosts; do [ ! -e /$f ] || mount --bind /$f $f; done
	fi
	echo rampart >proc/sys/kernel/hostname
	mount -o remount,bind,ro .
	# pivot_root rather than chroot alone: a process in a chroot may not make user namespaces.
	pivot_root . . 2>/dev/null && umount -l .
	# This shell stays as PID 1, so that COMMAND gets signals as any program does.
	chroot . /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp TERM="${TERM:-dumb}" \
		LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0 MUST_RUN="${MUST_RUN:-}" /bin/sh -euc '\''
			[ -z "$1" ] || ip link set lo up
			cd "$2"
			shift 2
			exec "$@"'\'' sh "$net" "$cwd" "$@"
	exit $?
' sh "$root" "$RAMPART_TOP" "$RAMPART_CACHE" "${ENTER_CWD:-/src}" "$net" "${MODEL:-}" "$vectors" "$@"
