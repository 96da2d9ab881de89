# SPDX-License-Identifier: MIT
"""From the tree to EROFS, by way of a clean tar stream to mkfs.erofs; its list; its user."""
import fcntl
import hashlib
import os
import re
import subprocess
import tarfile

from blobs import CHUNK, Hashing, Refused, show
from tree import PATH_MAX

OWNER = 100000  # UID_CONTAINER of initramfs/common/confine.h: the one user that a container has
ID_MAX = 2**32 - 1
ACCOUNTS_MAX = 1 << 20  # bytes of /etc/passwd and of /etc/group

# By the name in image.conf, at a level above which twice the time saves next to nothing.
ALGORITHMS = {"lz4hc": "-zlz4hc,level=9", "zstd": "-zzstd,level=6"}
WORKERS_MAX = 8
THREADED_MAX = 256 << 20  # bytes of the largest file, if several threads compress


def accounts(tree, name):
    """The lines of /etc/NAME, split at colons, as the container would see the file."""
    try:
        node = tree.walk(["etc", name], inside=True)
    except Refused:
        return []
    if node.kind != "file":
        return []
    if node.size > ACCOUNTS_MAX:
        raise Refused(f"/etc/{name} is larger than {ACCOUNTS_MAX >> 20} MiB")
    text = node.part.pread(node.offset, 0 if node.map else node.size)
    text = text.decode("utf-8", "surrogateescape")
    return [line.split(":") for line in text.split("\n") if line.count(":") >= 3]


def number(text):
    """An id: the kernel has 32 bits of it, and the last one means none."""
    value = int(text) if re.fullmatch(r"[0-9]{1,10}", text) else ID_MAX
    return value if value < ID_MAX else None


def find(lines, name, what, file):
    """The numeric id of name, which may be one already."""
    if number(name) is not None:
        return number(name)
    for line in lines:
        if line[0] == name and number(line[2]) is not None:
            return number(line[2])
    if name == "root":
        return 0
    raise Refused(f"its {what} \"{show(name)}\" is not in its {file}")


def resolve_user(tree, text):
    """(uid, set of gids) of the configuration's User: user, uid, user:group, ...; empty is root."""
    user, colon, group = text.partition(":")
    if any(not 32 < ord(c) < 127 for c in text):
        raise Refused(f"its user \"{show(text)}\" is no name")
    passwd, groups = accounts(tree, "passwd"), accounts(tree, "group")
    uid = find(passwd, user or "0", "user", "/etc/passwd")
    if colon:  # config.md: a group that is given replaces the supplementary ones
        return uid, [find(groups, group or "0", "group", "/etc/group")]
    mine = [line for line in passwd if number(line[2]) == uid]
    if number(user) is None:
        mine = [line for line in mine if line[0] == user]
    gids = [number(mine[0][3]) or 0] if mine else [0]
    names = {line[0] for line in mine[:1]}
    for line in groups:
        if number(line[2]) is not None and names & set(line[3].split(",")):
            gids.append(number(line[2]))
    return uid, gids


def paths(folder, prefix=b""):
    """(path, node) of everything, sorted by bytes."""
    for name in sorted(folder.children, key=os.fsencode):
        path = prefix + os.fsencode(name)
        node = folder.children[name][0]
        if node.kind == "special":
            continue
        yield path, node
        if node.kind == "folder":
            yield from paths(node, path + b"/")


def listed(text):
    """bytes as one word of a list: what is no printable UTF-8, blanks and backslashes in octal."""
    words = text.decode("utf-8", "surrogateescape")
    plain = (c.isprintable() and c not in " \\" for c in words)
    return b"".join(
        os.fsencode(c) if good else b"".join(b"\\%03o" % byte for byte in os.fsencode(c))
        for c, good in zip(words, plain)
    )


class Writer:
    """Feeds a program with the tree as a tar stream and writes the list of its files."""

    def __init__(self, pipe, list_file, uid, gids, progress):
        self.pipe, self.list, self.uid, self.gids = pipe, list_file, uid, set(gids)
        self.progress, self.first, self.done = progress, {}, 0

    def header(self, path, node, kind, size=0, target=""):
        info = tarfile.TarInfo(os.fsdecode(path))
        info.type, info.mode, info.size, info.linkname = kind, node.mode, size, target
        info.uid = OWNER if node.uid == self.uid else 0
        info.gid = OWNER if node.gid in self.gids else 0
        self.pipe.write(info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))

    def zeros(self, state, n):
        while n:
            data = bytes(min(n, CHUNK))
            state.update(data)
            self.pipe.write(data)
            n -= len(data)

    def contents(self, node):
        """Writes them, with the holes of a sparse file, and returns their digest."""
        state = hashlib.sha256() if node.size < CHUNK else Hashing()
        at = 0
        for place, offset, left in node.map or ((0, node.offset, node.size),):
            self.zeros(state, place - at)
            at = place + left
            while left:
                data = node.part.pread(offset, min(left, CHUNK))
                if not data:
                    raise Refused("its layer has changed while it was read")
                state.update(data)
                self.pipe.write(data)
                left, offset = left - len(data), offset + len(data)
                self.done += len(data)
                self.progress.at(self.done)
        self.zeros(state, node.size - at)
        self.pipe.write(bytes(-node.size % 512))
        return state.hexdigest()

    def put(self, path, node):
        if len(path) > PATH_MAX:
            raise Refused(f"{show(os.fsdecode(path))}: longer than {PATH_MAX} bytes")
        if node.kind == "folder":
            self.header(path, node, tarfile.DIRTYPE)
            tail = b"- dir"
        elif node in self.first:
            first, tail = self.first[node]
            self.header(path, node, tarfile.LNKTYPE, target=first)
        elif node.kind == "link":
            self.header(path, node, tarfile.SYMTYPE, target=node.target)
            tail = b"- -> " + listed(os.fsencode(node.target))
        else:
            self.header(path, node, tarfile.REGTYPE, node.size)
            tail = b"%d %s" % (node.size, self.contents(node).encode())
        if node.shared:
            self.first.setdefault(node, (os.fsdecode(path), tail))
        self.list.write(b"container/%s %04o %s\n" % (listed(path), node.mode, tail))


def compression(algorithm, tree):
    """
    The options with which mkfs.erofs compresses, a cluster of 64 KiB at a time; none for None. Its
    threads cut a file into pieces and keep them in memory until the last one is compressed. So they
    are few, and if there is a large file, none: then it is written as it is compressed. Either way
    gives other bytes, but always the same ones for the same files, whatever the number of threads.
    """
    if algorithm is None:
        return []
    threads = min(len(os.sched_getaffinity(0)), WORKERS_MAX)
    if max(node.size for _, node in paths(tree.root)) > THREADED_MAX:
        threads = 0
    return [ALGORITHMS[algorithm], "-C65536", "-Eztailpacking", f"--workers={threads}"]


def wait(mkfs, out, progress):
    """
    Until it has ended; says how much it writes meanwhile. The contents are still in out, beyond a
    hole, so what counts is what comes to them.
    """
    first = None
    while True:
        try:
            return mkfs.wait(1)
        except subprocess.TimeoutExpired:
            size = 512 * os.stat(out).st_blocks if os.path.exists(out) else 0
            first = size if first is None else first
            progress.at(size - first)


def make_erofs(out, options, write, release, progress):
    """
    Has mkfs.erofs make the file system at out of what write() puts into its pipe. No times, no UUID,
    no attributes. It keeps the contents in a file of its own until it has all of them, which belongs
    beside out: /tmp may be memory. Then release() lets go of where they came from, so that there
    are never more than two of each on the disk.
    """
    command = ["mkfs.erofs", "--quiet", "-b4096", "-T0", "-Uclear", "-x-1", *options, "--tar=f", out]
    pipe, where = subprocess.PIPE, {**os.environ, "TMPDIR": os.path.dirname(out)}
    with subprocess.Popen(
        command, stdin=pipe, stderr=pipe, stdout=subprocess.DEVNULL, env=where, bufsize=CHUNK
    ) as mkfs:
        try:
            fcntl.fcntl(mkfs.stdin, fcntl.F_SETPIPE_SZ, CHUNK)
            write(mkfs.stdin)
            release()
            mkfs.stdin.write(bytes(1024))
            mkfs.stdin.close()
            if options:
                progress.start("compressing")
                wait(mkfs, out, progress)
        except BrokenPipeError:
            pass
        except Refused:
            mkfs.kill()
            raise
        words = mkfs.stderr.read().decode("utf-8", "replace").strip().split("\n")
    if mkfs.returncode:
        raise Refused(f"mkfs.erofs: {words[-1] or f'ended with {mkfs.returncode}'}")


def write_tree(tree, work, user, algorithm, progress):
    """
    The file system of tree, and the unsorted list of its files, into work. user is (uid, gids); algorithm a
    name of ALGORITHMS, or None. Ends its layers.
    """

    def write(pipe):
        writer = Writer(pipe, list_file, *user, progress)
        writer.header(b".", tree.root, tarfile.DIRTYPE)
        for path, node in paths(tree.root):
            writer.put(path, node)

    progress.start("writing the file system")
    with open(os.path.join(work, "files"), "wb") as list_file:
        out = os.path.join(work, "erofs")
        make_erofs(out, compression(algorithm, tree), write, tree.release, progress)
