#!/bin/sh
# SPDX-License-Identifier: MIT
# Ordinary programs under the container's filter and Landlock (`rampart plan --try`): what images start with,
# and what they do there. None is killed, and each does its work, or says what it could not in its own words.
# Then attacks, each of which kills and is named.
set -u
# shellcheck source=tests/cli/plan/lib.sh
. "$(dirname "$0")/lib.sh"
lists=$OLDPWD/initramfs/seccomp
unset LD_PRELOAD
scratch=$(mktemp -d /tmp/try.XXXXXX)
trap 'rm -rf "$dir" "$scratch"' EXIT
cat >try.conf <<END
format = 1
[image]
name = try
version = 1
[container]
recipe = recipe.sh
port = 18497
[limits]
scratch = 16 MiB
END
export HOME="$scratch" TMPDIR="$scratch"

# behind PROGRAM...: under the walls, from scratch.
behind()
{
	(cd "$scratch" && exec "$rampart" plan "$dir/try.conf" --oci-config "$dir/oci.json" --container "$dir/c.erofs" \
		--profiles "$lists" --try -- timeout 60 "$@")
}

# runs NAME PROGRAM...: it exits with 0.
runs()
{
	name=$1
	shift
	behind "$@" >"$dir/out" 2>"$dir/err" </dev/null
	code=$?
	result $code "$name runs"
	[ $code = 0 ] || sed 's/^/# /' "$dir/out" "$dir/err"
}

# has NAME WANT: ran, and the last one printed just that.
has()
{
	is "$(cat "$dir/out")" "$2" "$1"
}

python() # NAME, and a program on standard input
{
	cat >"$scratch/program.py"
	runs "$1" python3 "$scratch/program.py"
}

"$rampart" plan try.conf --oci-config oci.json --container c.erofs --profiles "$lists" --try -- true 2>err
result $? "a program runs behind the walls"
is "$(cat err)" "" "whole walls: this kernel has what they need"

# ---- the walls are there ----
outside=$(mktemp -d /var/tmp/try.XXXXXX)
echo kept >"$outside/kept"
behind sh -c "echo gone >$outside/kept" 2>/dev/null
is "$? $(cat "$outside/kept")" "2 kept" "outside of scratch nothing is written"
rm -r "$outside"
python "a server on the plan's port, and no other" <<'END'
import errno, socket
socket.create_server(("127.0.0.1", 18497)).close()
try:
    socket.create_server(("127.0.0.1", 18498))
    raise SystemExit("another port was bound")
except OSError as error:
    assert error.errno == errno.EACCES, error
END

runs "a program that uses its devices" sh -c 'echo x >/dev/null; head -c 4 /dev/urandom /dev/zero >/dev/null; ! echo x >/dev/full'
python "no other device is opened" <<'END'
import errno, os
try:
    os.open("/dev/ptmx", os.O_RDWR)
    raise SystemExit("came through")
except OSError as error:
    assert error.errno in (errno.EACCES, errno.ENOENT), error
END

# ---- where a wall cannot be built, it says so ----
cat >"$dir/without.py" <<'END'
"""without.py NUMBER ERROR PROGRAM...: on a kernel where this call fails with this error."""
import ctypes, os, struct, sys
code = struct.pack("<HBBIHBBIHBBIHBBI", 0x20, 0, 0, 0, 0x15, 0, 1, int(sys.argv[1]),
                   0x06, 0, 0, 0x50000 | int(sys.argv[2]), 0x06, 0, 0, 0x7fff0000)
room = ctypes.create_string_buffer(code, len(code))
program = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(room)))
libc = ctypes.CDLL(None)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
    raise SystemExit("no filter")
os.execvp(sys.argv[3], sys.argv[3:])
END
python3 without.py 444 38 "$rampart" plan try.conf --oci-config oci.json --container c.erofs --profiles "$lists" --try \
	-- echo ran >out 2>err
is "$? $(cat out) $(grep -c "this kernel's Landlock cannot do it" err) $(wc -l <err)" "0 ran 1 1" \
	"a kernel without Landlock is named, and the program runs under the filter"
python3 without.py 101 1 "$rampart" plan try.conf --oci-config oci.json --container c.erofs --profiles "$lists" --try \
	-- sh -c 'echo ran; kill -SYS $$' >out 2>err
is "$? $(cat out) $(grep -c "cannot follow it, to name what kills it" err)" "159 ran 1" \
	"so is one that may not follow it"

# What is refused, by name, with the error that the program got.
cat >"$scratch/refused.py" <<'END'
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
for number, error in ((435, errno.ENOSYS), (435, errno.ENOSYS), (312, errno.ENOSYS), (9999, errno.ENOSYS)):
    assert libc.syscall(number, 0, 0) == -1 and ctypes.get_errno() == error, (number, ctypes.get_errno())
pid = os.fork()
if not pid:
    libc.syscall(435, 0, 0)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
END
for option in "" --refused; do
	# shellcheck disable=SC2086 # none or one
	"$rampart" plan try.conf --oci-config oci.json --container c.erofs --profiles "$lists" --try $option \
		-- python3 "$scratch/refused.py" >out 2>"err$option"
	is "$? $(cat out)" "0 " "a program that is refused calls gets the same errors${option:+, with $option}"
done
is "$(cat err)" "" "without --refused nothing is said"
grep -q 'the filter refused clone3 (call 435) with ENOSYS, 3 times$' err--refused
result $? "with it a call is named, how often in all processes"
grep -q 'the filter refused kcmp (call 312) with ENOSYS, 1 times$' err--refused
result $? "and another one"
grep -q 'the filter refused a call without a name (call 9999) with ENOSYS, 1 times$' err--refused
result $? "also one that nobody knows"
"$rampart" plan try.conf --oci-config oci.json --container c.erofs --profiles "$lists" --refused >out 2>err
is "$? $(wc -c <out) $(head -n 1 err)" "2 0 rampart plan: --refused is for --try (see: rampart plan --help)" "it is for --try"
python3 without.py 101 1 "$rampart" plan try.conf --oci-config oci.json --container c.erofs --profiles "$lists" --try --refused \
	-- python3 "$scratch/refused.py" >out 2>err
is "$? $(grep -c "cannot follow it" err)" "0 1" "where nobody can follow, the program gets the filter's own errors"
cat try.conf - >dri.conf <<'END'
[devices]
pass = dri/renderD128
END
printf 'import errno, fcntl\nfor want, call in ((errno.EBADF, 0xc0406400), (errno.ENOTTY, 0x540f)):\n\ttry:\n' >"$scratch/drm.py"
printf '\t\tfcntl.ioctl(0, call, bytes(64))\n\texcept OSError as error:\n\t\tassert error.errno == want, error\n' >>"$scratch/drm.py"
"$rampart" plan dri.conf --oci-config oci.json --container c.erofs --profiles "$lists" --try \
	-- python3 "$scratch/drm.py" 2>err <&-
is "$? $(grep -c '/dev/dri/renderD128 is not here; without it' err)" "0 1" \
	"an image's device that is not here is named, and its filter has the ioctls"

# ---- shells and what scripts are made of ----
echo text >"$scratch/a"
runs "bash" bash -c 'echo $((6 * 7))' && has "bash computes" 42
printf '#!/bin/bash\nset -euo pipefail\ncat <(echo one) | { read -r word; echo "$word" two; }\nset -m\nsleep 0 &\nwait -n\n' \
	>"$scratch/entrypoint.sh"
runs "an entrypoint of bash, with pipes, jobs and a substitution" bash "$scratch/entrypoint.sh"
has "it comes to its end" "one two"
runs "bash, interactive" bash --norc -ic 'trap "echo trapped" USR1; kill -USR1 $$; jobs'
runs "dash" sh -c 'printf "b\na\n" | sort | head -n 1; (exit 3) || :' && has "a pipe of dash" a
runs "cp" cp a b
runs "cp -r, of folders" cp -r --preserve=mode,timestamps /etc/apt "$scratch/tree"
runs "mv" mv b c
runs "install" install -m 755 -D a d/e/f
runs "ln, touch, chmod, rm" sh -c 'ln -s a l; touch -d @0 a; chmod 600 a; mkdir -p x/y; rm -r x l'
runs "mkfifo" mkfifo pipe
behind sh -c 'echo through >pipe & cat pipe' >"$dir/out" && has "a named pipe" through
runs "sync, of all and of a file" sh -c 'sync; sync a; sync -f a'
runs "dd, truncate, fallocate" sh -c 'dd if=/dev/zero of=z bs=4k count=2 conv=fsync; truncate -s 1M z; fallocate -l 8192 z'
runs "ls -l, stat, df, du, id" sh -c 'ls -la; stat a; df .; du -s .; id; uname -a; nproc'
runs "tail -f" sh -c 'timeout 1 tail -f a; [ $? = 124 ]'
runs "ps, top, free, uptime" sh -c 'ps -ef; top -bn1; free; uptime'
runs "setpriv" setpriv --dump
runs "nice, ionice, taskset, flock, timeout, nohup, stdbuf" \
	sh -c 'nice -n 5 true; ionice true; taskset -c 0 true; flock a true; nohup true; stdbuf -o0 true'
runs "tty, stty, on no terminal" sh -c '! tty && ! stty -a 2>&1 | grep -v ioctl && ! test -t 0'
runs "tar, gzip, xz, zstd" sh -c 'tar cf t.tar a; gzip -k t.tar; xz -kT2 t.tar; zstd -q t.tar; rm t.tar; tar --no-same-owner -xf t.tar.gz'
runs "find, xargs, sed -i, awk, sort -u" \
	sh -c 'find . -type f | xargs -P 2 -n 1 wc -c; sed -i s/t/T/ a; awk "BEGIN { system(\"true\") }"; sort -u --parallel=2 a'
runs "rsync" rsync -a d/ d2/
runs "getent, hostname" sh -c 'getent passwd root; getent hosts localhost || :; hostname || :'
runs "openssl" openssl rand -hex 4
runs "jq" sh -c 'echo "{\"a\": [1, 2]}" | jq -c .a'
runs "git" sh -c 'git init -q g && cd g && git -c user.name=n -c user.email=e commit -q --allow-empty -m first && git gc -q && git status -s'
runs "a C program, compiled" sh -c 'printf "int main(void) { return 0; }\n" >m.c && gcc -pipe -o m m.c && cp m m2'
runs "make" sh -c 'printf "all: x y\nx y:\n\techo \$@ >\$@\n" >Makefile && make -s -j2 && cat x y'
runs "perl, with processes and a pipe" perl -e 'open(my $p, "-|", "echo", "from a child") or die; print <$p>; wait; fork // die; exit 0'
runs "curl" sh -c 'curl -s --max-time 5 http://127.0.0.1:1/; [ $? = 7 ]'
runs "skopeo, a program in Go" sh -c 'skopeo --version && skopeo inspect --raw dir:/nowhere; [ $? != 159 ]'
mkdir "$scratch/bin"
printf '#!/bin/sh\necho "{\\"Username\\":\\"u\\",\\"Secret\\":\\"s\\"}"\n' >"$scratch/bin/docker-credential-x"
chmod +x "$scratch/bin/docker-credential-x"
echo '{"credHelpers": {"127.0.0.1:1": "x"}}' >"$scratch/auth.json"
runs "skopeo, which starts a helper" sh -c "PATH=\$PATH:$scratch/bin; cp /bin/true .
	skopeo inspect --authfile auth.json --tls-verify=false docker://127.0.0.1:1/x 2>said; [ \$? = 1 ]"

# ---- Python ----
python "python: subprocess, by pidfd and by pipe" <<'END'
import asyncio, os, subprocess
assert subprocess.run(["echo", "hi"], stdout=subprocess.PIPE, check=True).stdout == b"hi\n"
async def main():
    p = await asyncio.create_subprocess_exec("true")
    assert await p.wait() == 0
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 18497)
    server.close()
    await asyncio.to_thread(sum, [1, 2])
asyncio.run(main())
os.close(os.pidfd_open(os.getpid()))
END
python "python: multiprocessing, forked and spawned, and threads" <<'END'
import concurrent.futures, multiprocessing
def double(pipe):
    pipe.send(2 * pipe.recv())
if __name__ == "__main__":
    for how in ("fork", "forkserver", "spawn"):
        context = multiprocessing.get_context(how)
        here, there = context.Pipe()
        process = context.Process(target=double, args=(there,))
        process.start()
        here.send(4)
        assert here.recv() == 8, how
        process.join()
        assert process.exitcode == 0, how
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(abs, range(9))) == 36
END
python "python: an HTTP server and its client's refusal" <<'END'
import errno, http.server, threading, urllib.request
s = http.server.ThreadingHTTPServer(("127.0.0.1", 18497), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=s.serve_forever, daemon=True).start()
try:
    urllib.request.urlopen("http://127.0.0.1:18497/", timeout=5)
except OSError as error:
    assert error.reason.errno == errno.EACCES, error # the container connects nowhere
s.shutdown()
END
python "python: files" <<'END'
import fcntl, mmap, os, pathlib, shutil, sqlite3, tempfile
with tempfile.TemporaryDirectory() as d:
    p = pathlib.Path(d, "a")
    p.write_text("x")
    shutil.copy2(p, p.with_name("b"))
    shutil.copytree("/etc/alternatives", p.with_name("tree"), symlinks=True)
    os.mkfifo(p.with_name("f"))
    os.sync()
    with open(p, "r+b") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        os.posix_fallocate(f.fileno(), 0, 4096)
        mmap.mmap(f.fileno(), 0).flush()
    c = sqlite3.connect(str(p.with_name("db")))
    c.execute("pragma journal_mode=wal")
    c.execute("create table t(a)")
    c.commit()
tempfile.TemporaryFile().write(b"x")
END
# What is only asked for, by the error that libraries expect.
python "python: what fails, fails softly" <<'END'
import ctypes, errno, fcntl, os, signal, socket, termios
libc = ctypes.CDLL(None, use_errno=True)
def soft(want, what, *args):
    try:
        what(*args)
    except OSError as error:
        assert error.errno == want, (what, args, error)
    else:
        raise SystemExit(f"{what} {args} came through")
def call(want, number, *args):
    ctypes.set_errno(0)
    assert libc.syscall(number, *args) == -1, number
    assert ctypes.get_errno() == want, (number, os.strerror(ctypes.get_errno()))
soft(errno.EPROTONOSUPPORT, socket.socket, socket.AF_INET, socket.SOCK_STREAM, 262)
soft(errno.EPROTONOSUPPORT, socket.socket, socket.AF_INET, socket.SOCK_STREAM, 132)
for family in (socket.AF_INET6, socket.AF_NETLINK, socket.AF_VSOCK, socket.AF_PACKET, socket.AF_BLUETOOTH):
    soft(errno.EAFNOSUPPORT, socket.socket, family, socket.SOCK_RAW)
soft(errno.ESOCKTNOSUPPORT, socket.socket, socket.AF_INET, socket.SOCK_RAW, 1)
soft(errno.EAFNOSUPPORT, socket.if_nameindex)
soft(errno.ENOTTY, os.tcgetpgrp, os.open("/dev/null", os.O_RDWR))
soft(errno.ENOTTY, fcntl.ioctl, os.open("/tmp", os.O_RDONLY), 0x40049409, 0)
soft(errno.EPERM, os.mknod, "node", 0o020600, os.makedev(1, 3))
soft(errno.EPERM, os.chroot, "/tmp")
soft(errno.ENOSYS, os.memfd_create, "x")
soft(errno.ENOTSUP, os.getxattr, "/tmp", "user.x")
soft(errno.EPERM, socket.sethostname, "x")
soft(errno.EINVAL, os.splice, 0, 1, 1)
for number in (29, 64, 68, 206, 240, 253, 312, 317, 330, 425, 444, 447, 449, 451, 9999):
    call(errno.ENOSYS, number, 0, 0, 0, 0, 0, 0)
r, w = os.pipe()
fcntl.ioctl(r, 0x5452, bytes(4)) # FIOASYNC, off
assert not os.isatty(r)
signal.pidfd_send_signal(os.pidfd_open(os.getpid()), 0)
END

# ---- attacks ----
printf '#include <stdlib.h>\n#include <unistd.h>\nint main(int n, char **v) { return !n || syscall(atol(v[1]), atol(v[2]), 0, 0, 0, 0, 0); }\n' \
	>"$scratch/call.c"
gcc -o "$scratch/call" "$scratch/call.c"
attack() # NAME NUMBER [ARGUMENT]
{
	"$rampart" plan try.conf --oci-config oci.json --container c.erofs --profiles "$lists" --try \
		-- "$scratch/call" "$2" "${3:-0}" 2>err
	is "$? $(sed -n "s/.*the filter killed process [0-9]* for \([a-z_0-9]*\) (call $2, .*/\1/p" err)" "159 $1" "$1 kills, and is named"
}
while read -r name number argument; do
	attack "$name" "$number" "$argument"
done <<'END'
ptrace 101
process_vm_readv 310
process_vm_writev 311
pidfd_getfd 438
bpf 321
perf_event_open 298
userfaultfd 323
keyctl 250
add_key 248
request_key 249
mount 165
umount2 166
pivot_root 155
fsopen 430
fsconfig 431
fsmount 432
fspick 433
open_tree 428
move_mount 429
mount_setattr 442
open_by_handle_at 304
unshare 272
setns 308
clone 56 268435473
init_module 175
finit_module 313
delete_module 176
kexec_load 246
kexec_file_load 320
reboot 169
END
"$rampart" plan try.conf --oci-config oci.json --container c.erofs --profiles "$lists" --try \
	-- "$scratch/call" $((0x40000000 + 39)) 0 2>err
is "$? $(grep -c 'for a call of another interface than x86-64' err)" "159 1" "getpid as x32 kills, too"
behind bash -c './call 101 0; echo "after: $?"' >"$dir/out" 2>"$dir/err"
is "$(cat "$dir/out")" "after: 159" "it kills the one that asked, and its parent goes on"
behind false
is $? 1 "the exit code is the program's"
behind sh -c 'kill -TERM $$'
is $? 143 "and 128 and the signal's number, if one ended it"
{ cat try.conf; echo 'scratch /not/here = 1 MiB'; } >folder.conf
"$rampart" plan folder.conf --oci-config oci.json --container c.erofs --profiles "$lists" --try -- true 2>err
is "$? $(grep -c '/not/here is not here; without it' err)" "0 1" "a folder of scratch that is not here is named"
"$rampart" plan try.conf --oci-config oci.json --container c.erofs --profiles "$lists" --try 2>err
is "$? $(grep -c 'needs a program' err)" "2 1" "without a program there is nothing to try"
finish
