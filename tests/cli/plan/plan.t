#!/bin/sh
# SPDX-License-Identifier: MIT
# `rampart plan`: golden text, and what it says about every mistake. Hashes come from sha256sum.
set -u
# shellcheck source=tests/cli/plan/lib.sh
. "$(dirname "$0")/lib.sh"
one=$(printf %s first | sha256sum | cut -d ' ' -f 1)
two=$(printf %s second | sha256sum | cut -d ' ' -f 1)
cat >full.conf <<END
# a comment; with a semicolon
; another
format = 1

[image]
name = demo-2
version = 1

[model model.gguf]
file = model.gguf
digest = sha256:$(sha model.gguf)

[model second.gguf]
file = $dir/model.gguf
digest = sha256:$(sha model.gguf)

[container]
layout = ../container
entrypoint = /bin/other --flag
args = --port  8080
arg = two words, "quoted"
args = --last
env = MODE=fast
env = NEW=1
workdir = /tmp
port = 9090

[limits]
memory = 1GiB
pids = 32
cpu = 150 %
scratch = 4096
files = 512

[restart]
policy = always
max = 3
window = 60

[gateway]
allow = POST /v1/*
allow = GET  /health
body = 4 MiB
key = bob   sha256:$two
key = alice sha256:$one
rate = 600/m
concurrency = 4
metrics = on
pace = 50ms
padding = 512
status = on
upgrade = websocket /v1/live

[seccomp]
allow = personality mlock
allow = clone3
END

filters() # the plan's four lines, by sha256sum
{
	for role in container dialer gateway launcher quoter udhcpc; do
		echo "seccomp.$role sha256:$(sha filters/$role.bpf) $(stat -c %s filters/$role.bpf)"
	done
}

plan good.conf
result $? "a small definition compiles"
cat >want <<END
rampart-plan/1
arg.00 /bin/server
arg.01 --default
container sha256:$(sha c.erofs) 4096
debug 0
env.00 PATH=/bin
env.01 MODE=slow
image demo
limit.cpu 0
limit.files 4096
limit.memory 67108864
limit.pids 32
port 8080
restart on-failure
restart.max 5
restart.window 600
scratch 0
$(filters)
version 1.2~rc1
workdir /srv
END
same want out "what the definition leaves out comes from the container"

echo '65534:65534 nobody' >user
plan full.conf --debug --oci-manifest oci.json --oci-user user --payload payload
result $? "a definition with every key compiles"
cat >want <<END
rampart-plan/1
arg.00 /bin/other
arg.01 --flag
arg.02 --port
arg.03 8080
arg.04 two words, "quoted"
arg.05 --last
container sha256:$(sha c.erofs) 4096
container.manifest sha256:$(sha oci.json)
container.user 65534:65534 nobody
debug 1
env.00 PATH=/bin
env.01 MODE=fast
env.02 NEW=1
gateway.allow.00 GET /health
gateway.allow.01 POST /v1/*
gateway.body 4194304
gateway.concurrency 4 64
gateway.key.00 alice sha256:$one
gateway.key.01 bob sha256:$two
gateway.metrics 1
gateway.pace 50
gateway.padding 512
gateway.rate 600/m
gateway.status 1
gateway.upgrade.00 websocket /v1/live
image demo-2
limit.cpu 150
limit.files 512
limit.memory 1073741824
limit.pids 32
model.00 model.gguf sha256:$(sha model.gguf) 7
model.01 second.gguf sha256:$(sha model.gguf) 7
port 9090
restart always
restart.max 3
restart.window 60
scratch 4096
seccomp.allow clone3 mlock personality
$(filters)
version 1
workdir /tmp
END
same want out "every key of the definition is in the plan"
echo 'file /rampart/container.erofs ${OUT}/container.erofs 0444 0 0' >want
cat >>want <<END
file /rampart/model/model.gguf model.gguf 0444 0 0
file /rampart/model/second.gguf $dir/model.gguf 0444 0 0
END
same want payload "--payload lists the files that were hashed"

# ---- filters ----

plan good.conf && cp filters/container.bpf container.real && plan good.conf --debug
is "$(stat -c %s filters/container.bpf) $(python3 - container.real filters/container.bpf <<'END'
import struct, sys
real, debug = ([struct.unpack_from("=HBBI", data, at) for at in range(0, len(data), 8)] for data in
               (open(name, "rb").read() for name in sys.argv[1:]))
RET, ERRNO, NOTIFY = 6, 0x00050000, 0x7fc00000
for a, b in zip(real, debug):
    if a[0] == RET and a[3] & 0xffff0000 == ERRNO:
        a = (*a[:3], a[3] & 0xffff | NOTIFY)
    assert a == b, (a, b)
print(sum(b[0] == RET and b[3] & 0xffff0000 == NOTIFY for b in debug))
END
)" "$(stat -c %s container.real) 2" "a debug image's filter asks, with the error, where a real one's fails, and else is the same"
is "$(sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/\2 \1/p' /usr/include/x86_64-linux-gnu/asm/unistd_64.h |
	sort | comm -23 - "$(sort filters/calls >calls && echo calls)")" "" "filters/calls has the names of the kernel's header"
plan good.conf
for role in container dialer; do cp filters/$role.bpf $role.first; done
is "$(($(stat -c %s container.first) % 8))" 0 "a filter is whole instructions"
plan full.conf && same dialer.first filters/dialer.bpf "what an image allows is its container's alone"
! cmp -s container.first filters/container.bpf
result $? "and changes its container's filter"
plan good.conf && same container.first filters/container.bpf "the same list gives the same bytes"
sed -n '4,$p; 1,3p' lists/container.list | sed '1i group all: again' >shuffled && cp lists/container.list kept &&
	cp shuffled lists/container.list
plan good.conf && [ "$(stat -c %s filters/container.bpf)" = "$(stat -c %s container.first)" ]
result $? "another order of the lines gives a filter of the same size"
mv kept lists/container.list

bad_list() # MESSAGE LINE
{
	cp lists/gateway.list kept
	echo "$2" >>lists/gateway.list
	plan good.conf
	[ $? = 2 ] && [ ! -s out ] && [ "$(cat err)" = "rampart plan: lists/gateway.list:4: $1" ]
	result $? "a list's line is refused: $2"
	mv kept lists/gateway.list
}
bad_list 'x86-64 has no system call "opne"' "allow opne"
bad_list 'x86-64 has no system call "socketcall"' "allow socketcall"
bad_list '"alow" is not group, allow, refuse, kill or one of them with -other' "alow read"
bad_list 'no line with comparisons says what the other cases are of' "allow-other ioctl"
bad_list 'read: line 3 names it, too, and one of them in every case' "refuse EPERM read"
bad_list 'read: line 3 names it, too, and one of them in every case' "allow-if read 0=1"
bad_list 'names no system call' "kill"
bad_list 'comparisons belong to exactly one system call' "kill open close 0=1"
bad_list 'comparisons belong to exactly one system call' "kill-other open close"
bad_list 'a default stands once, before every group of the first list' "default refuse ENOSYS"
bad_list 'refuse needs an error such as EPERM, not "EOFTEN"' "refuse-other EOFTEN ioctl"
bad_list 'comparisons need allow-if' "allow socket 0=AF_INET"
bad_list '"AF_INTE" is neither a number nor a name known here' "allow-if socket 0=AF_INTE"
bad_list '"6=1" is not N=VALUE or N&MASK=VALUE with N 0 to 5' "allow-if socket 6=1"
bad_list 'comparisons belong to exactly one system call' "allow-if socket"
bad_list 'comparisons belong to exactly one system call' "allow-if socket bind 0=1"
bad_list 'names no system call' "allow"
bad_list 'refuse needs an error such as EPERM, not "EOFTEN"' "refuse EOFTEN bind"
# others LINE...: into the gateway's list; an other line needs such as it can turn around.
others()
{
	cp lists/gateway.list kept
	printf '%s\n' "$@" >>lists/gateway.list
	plan good.conf
	status=$?
	mv kept lists/gateway.list
	return $status
}
others 'allow-if ioctl 1=5' 'allow-if ioctl 1=7' 'refuse-other ENOPROTOOPT ioctl'
result $? "refuse-other: every other case of lines that name a number each"
others 'refuse EPERM ioctl 1=5 2=0' 'refuse EPERM ioctl 1=5 2=4294967295' 'allow-other ioctl'
result $? "allow-other: of two arguments"
others 'allow-if ioctl 1&0xff=5' 'kill-other ioctl 0=1' 'refuse-other EPERM ioctl'
result $? "refuse-other: after a mask, and what another such line has left"
others 'refuse-other EPERM ioctl' 'allow-if ioctl 1=5'
result $? "refuse-other: before the lines that it is about"
others 'allow-if ioctl 1=0x100000000' 'refuse-other EPERM ioctl'
[ $? = 2 ] && grep -qF 'more than 32 bits, of a call with an -other line' err
result $? "an other line is refused beside a number of more than 32 bits"
others 'allow-if ioctl 0&0x55555555=0' 'refuse-other EPERM ioctl' 'allow-if ioctl 1&0x55555555=0' 'allow-if ioctl 2&0x55555555=0'
[ $? = 2 ] && grep -qF 'the other cases are more than 1024' err
result $? "cases without end are refused"

others 'allow-if ioctl 1&0xff00=0x6400' 'allow-if ioctl 1=5' 'refuse EPERM ioctl 1=0x6405'
[ $? = 2 ] && grep -qF 'lists/gateway.list:6: line 4 says something else of some of its cases' err
result $? "two lines that contradict each other are refused"
others 'allow-if ioctl 1&0xff00=0x6400' 'allow-if ioctl 1=0x6405' 'refuse EPERM ioctl 1=0x6505'
result $? "lines that agree, or never meet, are none"

# default LINE: as the gateway's list's second line.
default()
{
	cp lists/gateway.list kept
	sed -i "2i $1" lists/gateway.list
	plan good.conf
	status=$?
	mv kept lists/gateway.list
	return $status
}
plan good.conf && cp filters/gateway.bpf gateway.first
default 'default refuse ENOSYS' && ! cmp -s gateway.first filters/gateway.bpf
result $? "a list may refuse what it does not name"
for line in 'default kill' 'default refuse' 'default allow'; do
	default "$line"
	[ $? = 2 ] && grep -qF 'lists/gateway.list:2: ' err
	result $? "no default: $line"
done
default 'default refuse ENOSYS EPERM'
[ $? = 2 ] && grep -qF 'lists/gateway.list:2: more than one error: "EPERM"' err
result $? "a default is one error"
sed -i '2i default refuse ENOSYS' lists/container-dri.list
printf '[devices]\npass = dri/renderD128\nmodules = x\n' | cat good.conf - >dri.conf
plan dri.conf
[ $? = 2 ] && grep -qF 'lists/container-dri.list:2: a default stands once' err
result $? "a second list has no default"
sed -i 2d lists/container-dri.list
sed -i '/^group/d' lists/launcher.list && plan good.conf
is "$(cat err)" 'rampart plan: lists/launcher.list:2: no "group NAME: REASON" before it' "a list gives reasons"
rm lists/launcher.list && plan good.conf
is "$(cat err)" 'rampart plan: lists/launcher.list: No such file or directory' "a list that is missing"
cp lists/dialer.list lists/launcher.list

# ---- in words ----
sed 's/^max = 3/max = unlimited/' full.conf >unlimited.conf
plan unlimited.conf --explain && grep -q 'as often as it ends' out
result $? "--explain says that restarts have no limit"
plan full.conf --explain
for words in '/bin/other --flag --port 8080' '150 % of one' '4 KiB of RAM at /tmp' '32, threads' '512 a process' \
	'and these: clone3 mlock personality' 'in any way, it is started again' 'at most 3 times' '1 GiB, scratch' \
	'goes nowhere' 'TCP port 9090' 'allowed     GET /health' 'POST /v1/\* (all below)' '4 MiB at most' \
	'upgrades    websocket /v1/live' 'alice, bob' '600 a minute on a connection, and with the keys of one name' \
	'4 in the container, 64 more wait' 'sees sums at' 'sees the TLS key, and how much is loaded' 'a multiple of 512 bytes' 'one record each 50 ms'; do
	grep -q -- "$words" out
	result $? "--explain says: $words"
done
plan good.conf --explain && grep -q 'every other one of HTTP/1' out && grep -q 'of any size' out &&
	grep -q 'metrics     none' out && grep -q 'status      none' out && grep -q 'show how long' out && grep -q 'upgrades    none' out && grep -q 'keys        none' out && grep -q 'as fast as they come' out
result $? "--explain says that every request may pass"
printf '[gateway]\nraw = on\n' | cat good.conf - >raw.conf
plan raw.conf && grep -qx 'gateway.raw 1' out && plan raw.conf --explain && grep -q '  RAW: ' out
result $? "--explain says what raw means"
sed 's/^body.*/raw = on/' full.conf >both.conf
plan both.conf
is "$(cat err)" "rampart plan: both.conf: gateway.raw beside rules, which it would go round, in the plan's \"gateway.raw 1\"" \
	"raw is refused beside rules"
printf '[gateway]\nkey = alice the-token-itself\n' | cat good.conf - >token.conf
plan token.conf
[ $? = 2 ] && ! grep -q the-token err && grep -q ': key: give a name and the hash of the token' err
result $? "a token in place of its hash is refused, and not repeated"
printf '[gateway]\npace = 50\n' | cat good.conf - >pace.conf
plan pace.conf
is "$(cat err)" 'rampart plan: pace.conf:11: pace = 50: give milliseconds, such as 50ms' "a distance in time has a unit"
printf '[gateway]\npace = 50ms\n' | cat good.conf - >pace.conf
plan pace.conf
[ $? = 2 ] && grep -q ': gateway.pace without a gateway.padding of 64 or more' err
result $? "and needs records of one length"
printf '[gateway]\nqueue = 4\n' | cat good.conf - >queue.conf
plan queue.conf
is "$(cat err)" 'rampart plan: queue.conf: [gateway] has a "queue" but no "concurrency"' "who waits waits for something"
# isolated LINES: the definition with these of [container] and of other sections
isolated()
{
	sed "s|^recipe.*|&\nisolate = connection\n$1|" good.conf >isolate.conf
	plan isolate.conf
}
isolated '' && grep -qx 'isolate connection 4' out && grep -qx 'gateway.concurrency 4 64' out
result $? "isolate: four containers, and as many requests at once, if nothing is said"
isolated 'pool = 8' && printf '[gateway]\nconcurrency = 3\nqueue = 9\n' >>isolate.conf && plan isolate.conf &&
	grep -qx 'isolate connection 8' out && grep -qx 'gateway.concurrency 3 9' out
result $? "isolate: some that are started ahead may be more than requests at once"
isolated 'pool = 2' && printf '[gateway]\nqueue = 9\n' >>isolate.conf && plan isolate.conf &&
	grep -qx 'gateway.concurrency 2 9' out
result $? "isolate: a queue without concurrency"
plan isolate.conf --explain && grep -q 'one of 2, started ahead' out && grep -q '128 MiB for all 2 of them' out &&
	grep -q '^When one ends before any has had a client' out
result $? "--explain says what isolate means, what is shared, and what all of them take"
plan good.conf --explain && grep -q 'isolation   none: one container serves all' out
result $? "--explain says what its absence means"
printf '[container]\npool = 2\n' | cat good.conf - >pool.conf
plan pool.conf
is "$(cat err)" 'rampart plan: pool.conf: [container] has a "pool" but no "isolate"' "pool needs isolate"
isolated 'pool = 65'
is "$(cat err)" 'rampart plan: isolate.conf: [container] pool: at most 64' "a pool has an end"
isolated '' && printf '[gateway]\nconcurrency = 5\n' >>isolate.conf
plan isolate.conf
is "$(cat err)" 'rampart plan: isolate.conf: [gateway] concurrency: at most as many as [container] pool' \
	"as many requests as containers"
isolated '' && printf '[gateway]\nraw = on\n' >>isolate.conf
plan isolate.conf
is "$(cat err)" 'rampart plan: isolate.conf: [gateway] raw = on: not with [container] isolate = connection' \
	"what is raw cannot wait for a container"
plan full.conf --explain
grep -qx "  container   4 KiB, sha256:$(sha c.erofs)" out
result $? "--explain says of which bytes the container is"
grep -qx "  model       7 bytes, sha256:$(sha model.gguf)" out && grep -qx ' *which it finds at /model/second.gguf' out
result $? "--explain says of which bytes a model is, and where it is"
! grep -q 'Modules of the kernel' out
result $? "--explain says nothing of modules where there are none"
echo '33:33 www-data' >user
: >empty
plan full.conf --explain --oci-user user && grep -q 'The image names 33:33 www-data ' out
result $? "--explain says whose files are the container's"
plan full.conf --oci-manifest empty && ! grep -q '^container.manifest' out
result $? "--oci-manifest: an empty file is none"
plan full.conf --explain --debug && grep -q 'THIS IS A DEBUG IMAGE' out
result $? "--explain says what debug means"
mkdir -p images/demo build/demo && cp good.conf images/demo/image.conf && cp c.erofs build/demo/container.erofs &&
	cp oci.json build/demo/container.config.json && cp oci.json build/demo/container.manifest.json &&
	cp user build/demo/container.user && printf 'www-data\n/var/www\n' >build/demo/container.account &&
	printf 'container/srv 0755 - dir\ncontainer/bin 0755 - dir\ncontainer/bin/server 0755 1 00\n' \
		>build/demo/container.files.txt
plan good.conf --oci-manifest oci.json --oci-user user --oci-account build/demo/container.account \
	--oci-files build/demo/container.files.txt && cp out want
"$rampart" plan images/demo/ --profiles lists >out 2>err
same want out "a folder stands for its definition and for what was built from it"
rm build/demo/container.config.json
"$rampart" plan images/demo/ --profiles lists >out 2>err
is "$? $(cat err)" "2 rampart plan: build/demo/container.config.json is not there: the image was not built yet (make image)" \
	"one of which nothing was built says so"
"$rampart" plan images/dmeo --explain >out 2>err
is "$? $(cat err)" "2 rampart plan: images/dmeo: No such file or directory" "one that is not there is named"

printf 'other weights' >other.gguf
sed '/^\[model second/,/^digest/d' full.conf >one.conf
plan one.conf --model other.gguf --payload payload
result $? "--model replaces the model"
grep -qx "model.00 model.gguf sha256:$(sha other.gguf) 13" out
result $? "--model: the name in the guest stays, digest and size are the file's"
grep -qx 'file /rampart/model/model.gguf other.gguf 0444 0 0' payload
result $? "--model: its file goes into the initramfs"

sed 's/^entrypoint.*//; s/^args.*//; s/^arg .*//' full.conf >cmd.conf
plan cmd.conf && grep -qx 'arg.01 --default' out
result $? "without arguments of its own the container's stay"
printf 'args = --mine\n' >>good.conf
sed 's/^args.*//; s/^recipe.*/&\nargs = --mine/' good.conf >args.conf
plan args.conf && grep -qx 'arg.01 --mine' out && ! grep -q default out
result $? "args replace the container's arguments, not its program"
sed -i '/^args/d' good.conf

echo nobody >user
plan good.conf --oci-user user
[ $? = 2 ] && grep -qF 'not "<uid>:<gid> <name>", in the plan'"'"'s "container.user nobody"' err
result $? "--oci-user: another line is refused"
printf '1:1 x\nport 1\n' >user
plan good.conf --oci-user user
[ $? = 2 ] && grep -qF -e '--oci-user: user: not one line' err
result $? "--oci-user: two lines are refused"
plan good.conf --oci-user none
[ $? = 2 ] && grep -qF -e '--oci-user: none: No such file' err
result $? "--oci-user: a missing file is refused"

sed 's|^layout = .*|layout = ./container|' full.conf >near.conf && mkdir container
"$rampart" plan near.conf --source >out 2>err && [ "$(cat out)" = "layout ./container" ]
result $? "--source: a layout, relative to the definition"
mkdir sub && cp good.conf sub/image.conf
"$rampart" plan sub/image.conf --source >out 2>err
[ $? = 2 ] && grep -q 'sub/recipe.sh: No such file or directory; a file outside of the source tree must be copied' err
result $? "--source: a recipe that is not there"
mkdir sub/recipe.sh
"$rampart" plan sub/image.conf --source >out 2>err
[ $? = 2 ] && grep -q 'sub/recipe.sh: Is a directory; ' err
result $? "--source: a folder is no recipe"
rmdir sub/recipe.sh
printf '#!/bin/sh\n' >sub/recipe.sh && chmod +x sub/recipe.sh
(cat sub/image.conf && printf '[model m]\nfile = model\ndigest = sha256:00\n') >sub/model.conf
mkdir sub/model
"$rampart" plan sub/model.conf --source >out 2>err
[ $? = 2 ] && grep -q 'sub/model.conf:[0-9]*: sub/model: Is a directory; ' err
result $? "--source: nor is it a model"
"$rampart" plan sub/image.conf --source >out 2>err && [ "$(cat out)" = "recipe sub/recipe.sh" ]
result $? "--source: a recipe, relative to the definition"

edit() # SED_SCRIPT: of good.conf into bad.conf
{
	sed "$1" good.conf >bad.conf
}

edit 's/^memory/memroy/'
refuses "misspelt key" 'bad.conf:8: unknown key "memroy"; the nearest known key is "memory" in [limits]'
edit 's/^recipe.*/&\npids = 1/'
refuses "key of another section" 'bad.conf:7: unknown key "pids"; the nearest known key is "pids" in [limits]'
edit 's/^\[limits\]/[limit]/'
refuses "misspelt section" 'bad.conf:7: unknown section [limit]; the nearest known one is [limits]'
edit 's/^name.*/&\nname = again/'
refuses "repeated key" 'bad.conf:4: "name" was given before'
edit '/^format/d'
refuses "no format" 'bad.conf: no "format = 1" at its top'
edit 's/^format.*/format = 2/'
refuses "another format" 'bad.conf:1: format = 2: this rampart reads format 1'
edit 's/^version.*//'
refuses "missing key" 'bad.conf: [image] has no "version"'
edit 's/^name.*/name =/'
refuses "empty value" 'bad.conf:3: "name" has no value'
edit 's/^name.*/name demo/'
refuses "no equals sign" 'bad.conf:3: neither "key = value" nor [section]'
edit 's/^name.*/name = Demo/'
refuses "name against the rules" "bad.conf: image is not a name of at most 63 [a-z0-9-], in the plan's \"image Demo\""
edit 's/^recipe.*//'
refuses "no container" 'bad.conf: [container] needs either "recipe" or "layout"'
edit 's/^recipe.*/&\nlayout = x/'
refuses "two containers" 'bad.conf: [container] needs either "recipe" or "layout"'
edit 's/^memory.*/memory = 64 MB/'
refuses "unknown unit" 'bad.conf:8: memory = 64 MB: the unit is KiB, MiB, GiB or nothing for bytes'
edit 's/^memory.*/memory = much/'
refuses "not a number" 'bad.conf:8: memory = much: not a number'
edit 's/^memory.*/memory = 9999999999999 GiB/'
refuses "number too large" 'bad.conf:8: memory = 9999999999999 GiB: too large'
edit 's/^pids.*/pids = 0/'
refuses "no processes" 'bad.conf:9: pids = 0: must be more than 0'
edit 's/^pids.*/&\ncpu = 2/'
refuses "cpu without unit" 'bad.conf:10: cpu = 2: give percent of one CPU, such as 150 %, or none'
edit 's/^recipe.*/&\nargs = "two words"/'
refuses "quotes in args" 'bad.conf:7: quotes mean nothing here; put an argument with spaces or quotes on a line of its own: arg = ...'
edit 's/^recipe.*/& ; made here/'
refuses "comment after a value" 'bad.conf:6: a comment needs a line of its own'
edit 's/^version.*/&\n continued/'
refuses "continued line" 'bad.conf:5: begins with a space; keys, sections and comments begin their line'
edit "s/^version.*/version = 1$(printf '\303\251')/"
refuses "not ASCII" "bad.conf: not printable ASCII, in the plan's \"version 1$(printf '\303\251')\""
edit "s/^version.*/version = 1$(printf '\351')/"
refuses "no text" 'bad.conf:4: a character that is no text (ASCII or UTF-8)'
edit "s/^version.*/version = 1$(printf '\033')[2J/"
refuses "a control character" 'bad.conf:4: a character that is no text (ASCII or UTF-8)'
edit 's/^recipe.*/&\nport = 70000/'
refuses "port too large" "bad.conf: number too large, in the plan's \"port 70000\""
edit 's/^recipe.*/&\nenv = PATH/'
refuses "environment without value" 'bad.conf:7: env = PATH: give NAME=VALUE'
edit 's/^recipe.*/&\nworkdir = srv/'
refuses "relative workdir" 'bad.conf:7: workdir = srv: not an absolute path'
printf '[restart]\npolicy = often\n' | cat good.conf - >bad.conf
refuses "unknown restart policy" "bad.conf: restart is not never, on-failure or always, in the plan's \"restart often\""
printf '[restart]\npolicy = always\nmax = unlimited\n' | cat good.conf - >bad.conf
plan bad.conf
is "$(grep ^restart out | tr '\n' ' ')" 'restart always restart.max unlimited restart.window 600 ' "restarts without limit"
printf '[restart]\npolicy = never\nmax = 1\n' | cat good.conf - >bad.conf
refuses "restarts that never are" \
	"bad.conf: restart.max is 0 if and only if restart is never, in the plan's \"restart.max 1\""
printf '[seccomp]\nallow = opne\n' | cat good.conf - >bad.conf
refuses "unknown system call" 'bad.conf: [seccomp] allow: x86-64 has no system call "opne"'
printf '[seccomp]\nallow = mlock mlock\n' | cat good.conf - >bad.conf
refuses "system call named twice" 'bad.conf: [seccomp] allow: mlock is named twice'
printf 'a\0b\n' >bad.conf
refuses "binary file" 'bad.conf: not a text file'

cp good.conf bad.conf
oci() # NAME MESSAGE JSON
{
	cp oci.json oci.keep
	printf '%s' "$3" >oci.json
	refuses "$1" "$2"
	mv oci.keep oci.json
}
head='"os":"linux","architecture":"amd64"'
oci "no JSON" "--oci-config: oci.json: line 1: '[' or '{' expected near end of file" ""
oci "another platform" "--oci-config: oci.json: the container is for linux/arm64; linux/amd64 is needed" \
	'{"os":"linux","architecture":"arm64"}'
oci "another kind of JSON" "--oci-config: oci.json: not an OCI image configuration: no os or architecture" '{}'
oci "a list that is none" "--oci-config: oci.json: config.Env is not a list" "{$head,\"config\":{\"Env\":1}}"
oci "a list of other things" "--oci-config: oci.json: config.Cmd[1] is not a string" "{$head,\"config\":{\"Cmd\":[\"a\",1]}}"
oci "a repeated JSON key" "--oci-config: oci.json: line 1: duplicate object key near '\"os\"'" "{$head,\"os\":1}"
oci "no program" 'bad.conf: the container names no program; set "entrypoint" in [container]' "{$head}"
oci "relative program" 'bad.conf: the image'\''s program python: not an absolute path, and there are no --oci-files to find it in' \
	"{$head,\"config\":{\"Entrypoint\":[\"python\"]}}"
oci "two ports" 'bad.conf: the container does not expose exactly one TCP port; set "port" in [container]' \
	"{$head,\"config\":{\"Cmd\":[\"/x\"],\"ExposedPorts\":{\"1/tcp\":{},\"2\":{}}}}"

cp c.erofs erofs.keep
printf 'short' >c.erofs
refuses "container of another format" '--container: c.erofs: not an EROFS file system'
mv erofs.keep c.erofs
"$rampart" plan good.conf >out 2>err
[ $? = 2 ] && grep -q -e '--oci-config and --container are needed' err
result $? "missing options are named"

finish
