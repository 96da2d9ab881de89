#!/bin/sh
# SPDX-License-Identifier: MIT
# enter.sh [--net] COMMAND...: runs COMMAND in the toolbox, which is made first if need be.
# Its world: the source tree at /src (where it starts), the cache at /cache, a fresh /tmp, a read-only
# root, a /dev of the usual nodes (/dev/kvm and /dev/fuse when there are), own mount, pid, ipc, uts and
# network namespaces with only loopback, and a fixed environment. --net keeps this machine's network.
# Exit code and Ctrl-C pass through; nothing stays mounted, since the namespace goes with it.
# Environment: ENTER_BOX (another root than toolbox), ENTER_CWD (another folder than /src),
# ENTER_ENV (NAME=VALUE words, added to the fixed environment: another clock, for `make repro`),
# MODEL, SIGN_KEY (files that are shown, read-only, as /mnt/model.gguf and /mnt/key), SECURE_BOOT (a folder, as /mnt/secure-boot), LAYOUT (a container, a file or a
# folder, shown as /mnt/layout; COMMAND has that as its LAYOUT, and the name as LAYOUT_NAME), VECTORS (a folder of test data, shown as
# /mnt/vectors when it is there), MUST_RUN (passed on).
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"

make_dev()
{
	mount -t tmpfs -o nosuid,mode=755 tmpfs dev
	for node in null zero full random urandom tty kvm fuse; do
		[ ! -c /dev/$node ] || { : >dev/$node && mount --bind /dev/$node dev/$node; }
	done
	mkdir dev/pts dev/shm
	mount -t devpts -o nosuid,noexec,newinstance,ptmxmode=666 devpts dev/pts
	mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs dev/shm
	ln -s pts/ptmx dev/ptmx
	ln -s /proc/self/fd dev/fd
	ln -s /proc/self/fd/0 dev/stdin
	ln -s /proc/self/fd/1 dev/stdout
	ln -s /proc/self/fd/2 dev/stderr
}

show() # PATH FOLDER_OR_FILE: at that place below /mnt, read-only
{
	if [ -d "$1" ]; then mkdir "mnt/$2"; else : >"mnt/$2"; fi
	mount --bind "$1" "mnt/$2"
	mount -o remount,bind,ro "mnt/$2"
}

# In the new namespaces, as PID 1 with root's rights over them.
inside() # ROOT NET COMMAND...
{
	root=$1
	net=$2
	shift 2
	mount --make-rprivate /
	mount --bind "$root" "$root"
	cd "$root"
	mount --bind "$RAMPART_TOP" src
	mount --rbind "$RAMPART_CACHE" cache # a cache may have other mounts in it, which a user namespace must keep
	mount -t proc -o nosuid,nodev,noexec proc proc
	for dir in tmp var/tmp run mnt; do mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs $dir; done
	make_dev
	[ -z "${VECTORS:-}" ] || show "$VECTORS" vectors
	[ -z "${MODEL:-}" ] || show "$MODEL" model.gguf
	[ -z "${SIGN_KEY:-}" ] || show "$SIGN_KEY" key
	[ -z "${SECURE_BOOT:-}" ] || show "$SECURE_BOOT" secure-boot
	[ -z "${LAYOUT:-}" ] || show "$LAYOUT" layout
	if [ -z "$net" ]; then
		for file in etc/resolv.conf etc/hosts; do
			[ ! -e /$file ] || mount --bind /$file $file
		done
	fi
	hostname rampart
	mount -o remount,bind,ro .
	# pivot_root rather than chroot alone: a process in a chroot may not make user namespaces.
	pivot_root . . 2>/dev/null && umount -l .
	# This shell stays as PID 1, so that COMMAND gets signals as any program does.
	# shellcheck disable=SC2016,SC2086 # the inner script expands for itself; $ENTER_ENV is words
	chroot . /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp TERM="${TERM:-dumb}" \
		LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0 MUST_RUN="${MUST_RUN:-}" \
		LAYOUT="${LAYOUT:+/mnt/layout}" LAYOUT_NAME="${LAYOUT:-}" ${ENTER_ENV:-} /bin/sh -euc '
			[ -z "$1" ] || ip link set lo up
			cd "$2"
			shift 2
			exec "$@"' sh "$net" "${ENTER_CWD:-/src}" "$@"
}

outside() # [--net] COMMAND...
{
	net=--net
	[ "${1:-}" != --net ] || { net=; shift; }
	[ $# -ne 0 ] || die "what shall run? $0 [--net] COMMAND..."
	need_host mount mount
	"$RAMPART_TOP/scripts/toolbox/toolbox.sh" "${ENTER_BOX:-toolbox}"
	prefix=$(root_prefix)
	[ -z "${MODEL:-}" ] || [ -r "$MODEL" ] ||
		die "MODEL=$MODEL: cannot read it; give the path of a GGUF file"
	VECTORS=${VECTORS:-$RAMPART_TOP/../shared/vectors}
	[ -d "$VECTORS" ] || VECTORS=
	[ -z "$VECTORS" ] || VECTORS=$(realpath "$VECTORS")
	[ -z "${MODEL:-}" ] || MODEL=$(realpath "$MODEL")
	[ -z "${LAYOUT:-}" ] || [ -r "$LAYOUT" ] || die "LAYOUT=$LAYOUT: cannot read it; give a layout or an archive"
	[ -z "${LAYOUT:-}" ] || LAYOUT=$(realpath "$LAYOUT")
	[ -z "${SECURE_BOOT:-}" ] || [ -r "$SECURE_BOOT/db.key" ] || [ -r "$SECURE_BOOT/rampart.p7" ] ||
		die "SECURE_BOOT=$SECURE_BOOT: cannot read db.key there; make keys makes such a folder (a release has one with rampart.p7 instead)"
	[ -z "${SECURE_BOOT:-}" ] || SECURE_BOOT=$(realpath "$SECURE_BOOT")
	export RAMPART_CACHE VECTORS MODEL SIGN_KEY="${SIGN_KEY:-}" LAYOUT="${LAYOUT:-}" SECURE_BOOT="${SECURE_BOOT:-}"
	umask 022
	# shellcheck disable=SC2086 # $prefix and $net are words
	exec $prefix unshare --mount --pid --fork --kill-child --uts --ipc $net \
		"$RAMPART_TOP/scripts/toolbox/enter.sh" --inside "$(box_path "${ENTER_BOX:-toolbox}")" "$net" "$@"
}

find_paths
if [ "${1:-}" = --inside ]; then
	shift
	inside "$@"
	exit $?
fi
outside "$@"
