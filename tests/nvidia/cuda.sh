#!/bin/sh
# SPDX-License-Identifier: MIT
# cuda.sh [PROGRAM [ARGUMENT...]]: runs a CUDA program of this machine (default: tests/nvidia/cuda.c, compiled) under the
# filter of system calls and the Landlock of an image that passes NVIDIA's nodes, and prints which calls these
# refused, with their ioctls' numbers: what is to be compared with initramfs/seccomp/container-nvidia.list.
# For a machine with a GPU, a driver, strace, and a compiler if no program is given; needs build/bin/rampart.
# NOT YET SEEN ON A REAL GPU. What it cannot show: a /proc and a /sys like the container's, and its device filter.
# Exit code: the program's; 2 if this machine has no such GPU or tool.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
die()
{
	echo "cuda.sh: $*" >&2
	exit 2
}

nodes=
for node in nvidia0 nvidiactl nvidia-uvm nvidia-uvm-tools; do
	[ ! -c "/dev/$node" ] || nodes="$nodes $node"
done
case $nodes in *nvidia0*) ;; *) die "there is no /dev/nvidia0 here: a machine with a GPU of NVIDIA's and its driver is needed" ;; esac
command -v strace >/dev/null || die "strace is missing"
[ -x build/bin/rampart ] || die "build/bin/rampart is missing; make image makes it"
if [ $# -eq 0 ]; then
	cc -O1 -o "$work/cuda" tests/nvidia/cuda.c -ldl || die "tests/nvidia/cuda.c cannot be compiled"
	set -- "$work/cuda"
fi

cat >"$work/image.conf" <<END
format = 1
[image]
name = cuda
version = 1
[container]
layout = none
port = 1
entrypoint = /cuda
[devices]
pass = $nodes
[world]
proc = comm
[limits]
memory = 16 GiB
pids = 1000
END
echo '{"architecture":"amd64","os":"linux","config":{}}' >"$work/oci.json"
# As little of EROFS as is looked at: the superblock's magic.
head -c 4096 /dev/zero >"$work/c.erofs"
printf '\342\341\365\340' | dd of="$work/c.erofs" bs=1 seek=1024 conv=notrunc status=none

status=0
strace -f -qq -X raw -e 'trace=!execve' -e status=failed -o "$work/trace" build/bin/rampart plan "$work/image.conf" \
	--oci-config "$work/oci.json" --container "$work/c.erofs" --try -- "$@" || status=$?
echo "refused (how often, call, for ioctl its number, error):"
# ENOSYS 38, ENOTTY 25, EPERM 1, EACCES 13, EINVAL of prctl and splice 22, families and options of sockets.
sed -nE -e 's/^[0-9]+ +ioctl\([^,]*, (0x[0-9a-f]+|[0-9]+).* = -1 (ENOTTY|EPERM|EACCES).*/ioctl \1 \2/p' \
	-e 's/^[0-9]+ +([a-z0-9_]+)\(.* = -1 (ENOSYS|EPERM|EACCES|EAFNOSUPPORT|EPROTONOSUPPORT|ENOPROTOOPT).*/\1 \2/p' \
	-e 's/^[0-9]+ +(prctl)\((0x[0-9a-f]+).* = -1 (EINVAL).*/\1 \2 \3/p' "$work/trace" |
	sort | uniq -c | sort -rn
echo "the program ended with $status"
exit "$status"
