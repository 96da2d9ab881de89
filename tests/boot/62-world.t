#!/bin/sh
# SPDX-License-Identifier: MIT
# What the container finds in its machine: whom its image names, names, descriptors, folders. Then the same
# image with everything that an image may ask for: each is there, and no right comes with it.
set -eu
. tests/boot/lib.sh
PORT=18462
export PORT
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

is_fact() # KEY WANT SENTENCE
{
	is "$(sed -n "s,^$1[=:][[:space:]]*,,p" "$work/world" | head -n 1)" "$2" "$3"
}

no_rights()
{
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		is_fact "status\.$set" 0000000000000000 "no capability: $set"
	done
}

# The image of the test, with more folders, and a plan of $dir/image.conf.
image()
{
	build/bin/rampart plan "$dir/image.conf" --wants >"$dir/wants"
	WANTS=$dir/wants scripts/image/import.sh build/test/oci "$dir/container.erofs" "$dir/config.json" \
		"$dir/manifest.json" "$dir/files" "$dir/user" "$dir/notes" "$dir/account"
	build/bin/rampart plan "$dir/image.conf" --oci-config "$dir/config.json" --oci-user "$dir/user" \
		--oci-account "$dir/account" --oci-files "$dir/files" --container "$dir/container.erofs" \
		--payload "$dir/payload" --filters "$dir/seccomp" >"$dir/plan"
	make_initramfs
	make_disk
}

KEEP=1 boot build/test/disk.img
shows "$console" '^rampart: SERVING' "the test image is served"
fetch /world >"$work/world"
is_fact id "65534:65534 groups=0" "it is whom its image names"
no_rights
is_fact host test "its host name"
is_fact name.localhost 127.0.0.1 "localhost"
is_fact name.test 127.0.0.1 "its own name"
is_fact env.HOME / "HOME"
is_fact env.HOSTNAME test "HOSTNAME"
for name in stdin stdout stderr fd/1; do is_fact "open\./dev/$name" yes "/dev/$name"; done
is_fact write./tmp yes "scratch is written to"
is_fact code./tmp "Operation not permitted" "and is no code"
for folder in / /etc /dev /sys; do is_fact "write\.$folder" "Read-only file system" "$folder is read-only"; done
is_fact write.comm "Read-only file system" "/proc is read-only"
is_fact bind.80 "Permission denied" "no port but its own"
is_fact netlink "Address family not supported by protocol" "no netlink"
is_fact sys "" "no /sys"
scripts/vm/down.sh "$work/vm"

parts open
cat >"$dir/image.conf" <<END
format = 1
[image]
name = test
version = 0.1
[container]
layout = oci
port = 80
entrypoint = httpd 80
env = PATH=/bin:/
workdir = /srv/made
[limits]
memory = 64 MiB
pids = 64
scratch /scratch = 1 MiB exec
shm = 1 MiB
writable = 16 MiB
[world]
loopback = any
netlink = route
proc = comm
sys = cpu
[restart]
policy = never
END
image
KEEP=1 boot "$dir/disk.img"
shows "$console" '^rampart: SERVING' "the same image, with everything opened, is served at port 80"
fetch /world >"$work/world"
no_rights
is_fact cwd /srv/made "its working directory was made"
is_fact write./scratch yes "scratch elsewhere is written to"
is_fact code./scratch yes "and is code"
is_fact write./dev/shm yes "shm is written to"
is_fact code./dev/shm "Operation not permitted" "and is no code"
is_fact write./etc "Permission denied" "its root can be written to, where its user may"
is_fact write./dev "Read-only file system" "/dev stays read-only"
is_fact connect.80 yes "it connects to itself"
is_fact netlink yes "it asks for interfaces"
is_fact write.comm yes "it names its threads"
is_fact 'open\./proc/sys/kernel/hostname' "Permission denied" "and changes no setting"
is_fact sys devices "its /sys has processors"
shows "$work/world" '^cpus\.0' "as many as the machine"
fetch /facts >"$work/facts"
shows "$work/facts" '^masked=0$' "what is masked in /proc stays masked"
is "$(sed -n 's/^interfaces=//p' "$work/facts")" "(unreadable)" "there is no network in its /sys"
finish
