# SPDX-License-Identifier: MIT
"""From the tree to EROFS, by way of a clean tar stream to mkfs.erofs; its list; its user."""
import hashlib
import os
import re
import subprocess
import tarfile

from blobs import CHUNK, Refused, show
from tree import PATH_MAX

OWNER = 100000  # UID_CONTAINER of initramfs/common/confine.h: the one user that a container has
ACCOUNTS_MAX = 1 << 20  # bytes of /etc/passwd and of /etc/group


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
    text = node.part.pread(node.offset, node.size).decode("utf-8", "surrogateescape")
    return [line.split(":") for line in text.split("\n") if line.count(":") >= 3]


def number(text):
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


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
        yield path, node
        if node.kind == "folder":
            yield from paths(node, path + b"/")


class Writer:
    """Feeds a program with the tree as a tar stream and keeps the list of its files."""

    def __init__(self, pipe, uid, gids):
        self.pipe, self.uid, self.gids, self.lines, self.first = pipe, uid, set(gids), [], {}

    def header(self, path, node, kind, size=0, target=""):
        info = tarfile.TarInfo(os.fsdecode(path))
        info.type, info.mode, info.size, info.linkname = kind, node.mode, size, target
        info.uid = OWNER if node.uid == self.uid else 0
        info.gid = OWNER if node.gid in self.gids else 0
        self.pipe.write(info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))

    def contents(self, node):
        state, left, at = hashlib.sha256(), node.size, node.offset
        while left:
            data = node.part.pread(at, min(left, CHUNK))
            if not data:
                raise Refused("its layer has changed while it was read")
            state.update(data)
            self.pipe.write(data)
            left, at = left - len(data), at + len(data)
        self.pipe.write(bytes(-node.size % 512))
        return state.hexdigest()

    def put(self, path, node):
        if len(path) > PATH_MAX:
            raise Refused(f"{show(os.fsdecode(path))}: longer than {PATH_MAX} bytes")
        if node.kind == "folder":
            self.header(path, node, tarfile.DIRTYPE)
            tail = "- dir"
        elif node in self.first:
            first, tail = self.first[node]
            self.header(path, node, tarfile.LNKTYPE, target=first)
        elif node.kind == "link":
            self.header(path, node, tarfile.SYMTYPE, target=node.target)
            tail = "- -> " + node.target
            self.first[node] = os.fsdecode(path), tail
        else:
            self.header(path, node, tarfile.REGTYPE, node.size)
            tail = f"{node.size} {self.contents(node)}"
            self.first[node] = os.fsdecode(path), tail
        name = path.replace(b" ", b"\\040")
        self.lines.append(b"container/%s %04o %s\n" % (name, node.mode, os.fsencode(tail)))


def write_erofs(tree, out, uid, gids):
    """
    Makes the file system at out and returns the list of its files. Uncompressed: the initramfs is
    compressed as a whole, and pages are read straight from it. No times, no UUID, no attributes.
    """
    command = ["mkfs.erofs", "--quiet", "-b4096", "-T0", "-Uclear", "-x-1", "--tar=f", out]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stderr=pipe, stdout=subprocess.DEVNULL) as mkfs:
        writer = Writer(mkfs.stdin, uid, gids)
        try:
            writer.header(b".", tree.root, tarfile.DIRTYPE)
            for path, node in paths(tree.root):
                writer.put(path, node)
            mkfs.stdin.write(bytes(1024))
            mkfs.stdin.close()
        except BrokenPipeError:
            pass
        except Refused:
            mkfs.kill()
            raise
        words = mkfs.stderr.read().decode("utf-8", "replace").strip().split("\n")
    if mkfs.returncode:
        raise Refused(f"mkfs.erofs: {words[-1] or f'ended with {mkfs.returncode}'}")
    return b"".join(sorted(writer.lines))
