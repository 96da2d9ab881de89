#!/bin/sh
# SPDX-License-Identifier: MIT
# `rampart plan`: what an image may be given besides: each key is a line of the plan and words of --explain,
# and what the image's files do not allow is refused with its line.
set -u
# shellcheck source=tests/cli/plan/lib.sh
. "$(dirname "$0")/lib.sh"
printf '# netlink\ngroup netlink: for the test\nallow-if socket 0=AF_NETLINK 2=0\n' >lists/container-netlink.list
cat >files <<'END'
container/bin 0755 - dir
container/bin/server 0755 5000 00
container/etc 0755 - dir
container/etc/a 0644 1 00
container/lib 0777 - -> usr/lib
container/run 0755 - dir
container/srv 0755 - dir
container/usr 0755 - dir
container/usr/lib 0755 - dir
container/var 0755 - dir
container/var/cache 0755 - dir
container/var/run 0777 - -> /run
END

with() # LINE...: good.conf with these lines, memory and pids before them
{
	cp good.conf own.conf
	printf '%s\n' "$@" >>own.conf
}

# opens SENTENCE PLAN_LINES WORDS CONF_LINE...
opens()
{
	sentence=$1
	lines=$2
	words=$3
	shift 3
	with "$@"
	plan good.conf && cp out without && plan own.conf
	is "$(cat err)$(diff without out | sed -n 's/^> //p' | grep -v '^seccomp' | paste -sd '|')" "$lines" "$sentence: a line of the plan"
	plan own.conf --explain && grep -qF -- "$words" out
	result $? "$sentence: --explain says: $words"
	plan good.conf --explain
	! grep -qF -- "$words" out
	result $? "$sentence: and only then"
}
opens "scratch" 'scratch 16777216' '16 MiB of RAM at /tmp to write, from which nothing can be executed' 'scratch = 16 MiB'
opens "scratch that is executed" 'scratch 4096 exec' '4 KiB of RAM at /tmp to write, from which IT MAY EXECUTE WHAT IT WROTE' \
	'scratch = 4096 exec'
opens "scratch elsewhere" 'scratch.00 /run 1048576|scratch.01 /var/cache 1073741824 exec' \
	'1 GiB of RAM at /var/cache to write, from which IT MAY EXECUTE WHAT IT WROTE' \
	'scratch /var/cache = 1 GiB exec' 'scratch /run = 1 MiB'
opens "shm" 'shm 67108864' '64 MiB of RAM at /dev/shm to write' 'shm = 64 MiB'
opens "writable" 'writable 33554432' '32 MiB of RAM with a copy of its image, WHICH IT MAY CHANGE AND EXECUTE' \
	'writable = 32 MiB'
opens "loopback" 'loopback any' 'it may listen on every TCP port of it and connect to itself' '[world]' 'loopback = any'
opens "netlink" 'netlink route' 'It may ask the kernel about interfaces' '[world]' 'netlink = route'
opens "proc" 'proc comm' 'whose files IT MAY WRITE TO' '[world]' 'proc = comm'
opens "sys" 'sys cpu' 'copies of what says which processors there are' '[world]' 'sys = cpu'
opens "sys of a GPU" 'device.00 dri/renderD128|sys gpu' 'and which devices it has' \
	'[world]' 'sys = gpu' '[devices]' 'pass = dri/renderD128'
with '[world]' 'loopback = port' 'netlink = none' 'proc = read-only' 'sys = none' '[limits]' 'shm = 0' 'writable = 0' 'scratch = 0'
plan good.conf && cp out without && plan own.conf && same without out "what says the default is the default"
with '[world]' 'netlink = route'
plan good.conf && cp filters/container.bpf first && plan own.conf && ! cmp -s first filters/container.bpf
result $? "netlink has calls of its own"
plan own.conf && plan own.conf --explain && grep -q 'those of container-netlink.list' out
result $? "which --explain names"

# refused MESSAGE SENTENCE CONF_LINE...
refused()
{
	message=$1
	sentence=$2
	shift 2
	with "$@"
	cp own.conf bad.conf
	refuses "$sentence" "$message" --oci-files files
}
sed -i 's,"/srv","/",' oci.json
with 'scratch /run = 1 MiB' 'writable = 1 MiB'
plan own.conf --oci-files files
result $? "an image that can have all that"
refused "bad.conf: scratch /gone: No such file or directory in the image" "scratch where nothing is" 'scratch /gone = 1'
refused "bad.conf: scratch /etc/a: Not a directory in the image" "scratch at a file" 'scratch /etc/a = 1'
refused "bad.conf: scratch /var/run: a link in the image; write /run" "scratch at a link" 'scratch /var/run = 1'
refused "bad.conf: scratch /lib: a link in the image; write /usr/lib" "scratch at another link" 'scratch /lib = 1'
refused "bad.conf:10: writable has no room for the image: its files take 12 KiB, and there are 12 of them" \
	"a writable root without room" 'writable = 12 KiB'
refused "bad.conf:10: writable is more than the memory that it is a part of" "a writable root beyond the memory" \
	'writable = 65 MiB'
refused 'bad.conf: sys is gpu, and no device is passed, in the plan'"'"'s "sys gpu"' "sys of no GPU" '[world]' 'sys = gpu'
refused 'bad.conf: a path of scratch is below another, in the plan'"'"'s "scratch.01 /var/cache 1"' "scratch in scratch" \
	'scratch /var = 1' 'scratch /var/cache = 1'

with 'scratch /run = 1' 'scratch /var/x y = 1' 
sed -i 's,^recipe.*,&\nworkdir = /not there,' own.conf
"$rampart" plan own.conf --wants >out 2>err
printf 'name demo\nfolder /not there\nfolder /run\nfolder /var/x y\n' >want
same want out "--wants: what the container's file system must have"
for algorithm in lz4hc zstd none; do
	sed "s,^recipe.*,&\nstorage = volume\ncompress = $algorithm," good.conf >own.conf
	"$rampart" plan own.conf --wants | sed -n 's/^compress //p' >out
	is "$(cat out)" "${algorithm#none}" "--wants: and how it is compressed: $algorithm"
done
finish
