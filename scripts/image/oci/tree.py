# SPDX-License-Identifier: MIT
"""
Layers laid over each other, as a tree in memory: no name of an image ever reaches a file system
here. Contents stay in their layers, by position.

Source: OCI Image Format Specification 1.1 (layer.md: whiteouts, opaque whiteouts, file types).
"""
import tarfile

from blobs import Refused, show

ENTRIES_MAX = 1_000_000  # of all layers; a full desktop has half as many files
DEPTH_MAX = 256
NAME_MAX = 255
PATH_MAX = 4095
LINKS_MAX = 40  # symbolic links on the way to one file, as in the kernel
WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
XATTRS = ("SCHILY.xattr.", "LIBARCHIVE.xattr.", "SCHILY.acl.")
MOUNTED_ON = ("dev", "model", "proc", "sys", "tmp")  # by the launcher
# The nodes that debootstrap and mmdebstrap leave in /dev, where the launcher mounts its own.
DEV_NODES = {
    "dev/console": (5, 1),
    "dev/full": (1, 7),
    "dev/null": (1, 3),
    "dev/ptmx": (5, 2),
    "dev/random": (1, 8),
    "dev/tty": (5, 0),
    "dev/urandom": (1, 9),
    "dev/zero": (1, 5),
}


class Node:
    """An inode: a folder has children, a file a place in a layer, a symbolic link a target."""

    __slots__ = (
        *("kind", "mode", "uid", "gid", "layer"),
        *("children", "part", "offset", "size", "target"),
    )

    def __init__(self, kind, mode, uid, gid, layer):
        self.kind, self.mode, self.uid, self.gid, self.layer = kind, mode, uid, gid, layer
        # name -> (Node, number of the layer that put it there)
        self.children = {} if kind == "folder" else None
        self.part, self.offset, self.size, self.target = None, 0, 0, None


def split(path, what="its name"):
    """The components of a path inside the image."""
    if "\0" in path or any(ord(c) < 32 or ord(c) == 127 for c in path):
        raise Refused(f"{what} has a control character in it")
    if path.startswith("/"):
        raise Refused(f"{what} is an absolute path")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Refused(f"{what} leads out of the image with \"..\"")
    if len(path.encode("utf-8", "surrogateescape")) > PATH_MAX:
        raise Refused(f"{what} is longer than {PATH_MAX} bytes")
    for part in parts:
        if len(part.encode("utf-8", "surrogateescape")) > NAME_MAX:
            raise Refused(f"{what} has a component longer than {NAME_MAX} bytes")
    return parts


class Tree:
    def __init__(self):
        self.root = Node("folder", 0o755, 0, 0, 0)
        self.layer = 0
        self.given = {}  # (id of a folder, name) -> entry: names that this layer gave already
        self.n = 0
        self.notes = []  # (what, path, detail): left out or changed

    def start_layer(self, number):
        self.layer, self.given = number, {}

    def note(self, what, path, detail=""):
        self.notes.append((self.layer, what, path, detail))

    def walk(self, parts, make=False, inside=False):
        """
        The folder, or with make the folder to be, at parts. Symbolic links on the way are followed
        as the container would, but for an entry of a layer only those that are relative: the others
        name a place on whatever machine reads them. inside: the container's view, any will do.
        """
        stack, todo, link, links = [self.root], list(reversed(parts)), None, 0
        while todo:
            name = todo.pop()
            if name in ("", "."):
                continue
            if name == "..":
                if len(stack) == 1 and not inside:
                    raise Refused(f"its parent {link} leads out of the image")
                stack = stack[:-1] or stack
                continue
            found = stack[-1].children.get(name)
            if found is None:
                stack.append(self.make_folder(stack, name, make and not link, link))
                continue
            node = found[0]
            if node.kind == "folder":
                stack.append(node)
                continue
            if node.kind == "file" and not (inside and not todo):
                raise Refused(f"its parent {show(name)} is a file")
            if node.kind == "file":
                return node
            links += 1
            link = f"{show(name)}, a symbolic link to {show(node.target)},"
            if links > LINKS_MAX:
                raise Refused(f"its parent {link} leads in a circle")
            if node.target.startswith("/"):
                if not inside:
                    raise Refused(f"its parent {link} leads out of the image")
                stack = [self.root]
            todo.extend(reversed(node.target.split("/")))
        return stack[-1]

    def make_folder(self, stack, name, make, link):
        if not make:
            raise Refused(f"its parent {link or show(name)} is not there")
        if len(stack) >= DEPTH_MAX:
            raise Refused(f"more than {DEPTH_MAX} folders deep")
        node = Node("folder", 0o755, 0, 0, self.layer)
        stack[-1].children[name] = (node, self.layer)
        return node

    def add(self, entry, part):
        """One entry of the current layer."""
        self.n += 1
        if self.n > ENTRIES_MAX:
            raise Refused(f"more than {ENTRIES_MAX} entries in all layers")
        parts = split(entry.name)
        for name in parts[:-1]:
            if name.startswith(WHITEOUT):
                raise Refused("below a whiteout")
        if not parts:
            if not entry.isdir():
                raise Refused("the root is not a folder")
            return
        if parts[-1].startswith(WHITEOUT):
            self.whiteout(entry, parts)
            return
        if not 0 <= entry.uid < 2**32 - 1 or not 0 <= entry.gid < 2**32 - 1:
            raise Refused(f"impossible owner {entry.uid}:{entry.gid}")
        parent = self.walk(parts[:-1], make=True)
        if self.repeated(entry, parent, parts[-1]):
            return
        self.put(entry, parent, parts, part)

    def repeated(self, entry, parent, name):
        """A folder may be given twice, if alike; anything else would depend on who reads it."""
        before = self.given.setdefault((id(parent), name), entry)
        if before is entry:
            return False
        for field in ("type", "mode", "uid", "gid"):
            if not entry.isdir() or getattr(entry, field) != getattr(before, field):
                raise Refused("given twice in this layer")
        return True

    def put(self, entry, parent, parts, part):
        name, path = parts[-1], "/".join(parts)
        extra = set(entry.pax_headers)
        if entry.issparse() or any(key.startswith("GNU.sparse") for key in extra):
            raise Refused("a sparse file; pack it without tar's --sparse")
        if entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE):
            if entry.name.endswith("/"):
                raise Refused("a file whose name ends with /")
            node = self.owned("file", entry, path, 0o777)
            node.part, node.offset, node.size = part, entry.offset_data, entry.size
        elif entry.isdir():
            self.put_folder(entry, parent, name, path)
            return
        elif entry.size:
            raise Refused("contents where there can be none")
        elif entry.issym():
            node = self.owned("link", entry, path, 0)
            node.mode, node.target = 0o777, self.checked_target(entry.linkname)
        elif entry.islnk():
            node = self.linked(entry)
        elif entry.ischr() and DEV_NODES.get(path) == (entry.devmajor, entry.devminor):
            self.note("device node left out", path)
            return
        elif entry.ischr() or entry.isblk():
            device = f"{entry.devmajor}:{entry.devminor}"
            raise Refused(f"a device node ({device}); remove it from the image")
        elif entry.isfifo():
            raise Refused("a named pipe; remove it from the image")
        else:
            raise Refused(f"of unknown type {entry.type!r}")
        self.check_replaced(parent, name)
        parent.children[name] = (node, self.layer)

    def put_folder(self, entry, parent, name, path):
        node = self.owned("folder", entry, path, 0o1777)
        old = parent.children.get(name)
        if old and old[0].kind == "folder":
            node.children = old[0].children
            old[0].mode, old[0].uid, old[0].gid = node.mode, node.uid, node.gid
            node = old[0]
        elif len(path.split("/")) > DEPTH_MAX:
            raise Refused(f"more than {DEPTH_MAX} folders deep")
        parent.children[name] = (node, self.layer)

    def owned(self, kind, entry, path, keep):
        if kind != "link" and entry.mode & 0o6000:
            self.note("setuid or setgid removed", path, f"mode {entry.mode & 0o7777:04o}")
        for key in sorted(entry.pax_headers):
            if key.startswith(XATTRS):
                name = key.partition(".")[2].removeprefix("xattr.")
                what = "file capabilities" if name == "security.capability" else "attribute"
                self.note(f"{what} dropped", path, show(name))
        return Node(kind, entry.mode & keep, entry.uid, entry.gid, self.layer)

    @staticmethod
    def checked_target(target):
        if not target:
            raise Refused("a symbolic link to nothing")
        if any(ord(c) < 32 or ord(c) == 127 for c in target):
            raise Refused("the target of the symbolic link has a control character in it")
        if len(target.encode("utf-8", "surrogateescape")) > PATH_MAX:
            raise Refused(f"the target of the symbolic link is longer than {PATH_MAX} bytes")
        return target

    def linked(self, entry):
        parts = split(entry.linkname, f"the target of the hard link, {show(entry.linkname)},")
        found = self.walk(parts[:-1]).children.get(parts[-1]) if parts else None
        if not found or found[0].kind == "folder":
            what = "is a folder" if found or not parts else "is not there"
            raise Refused(f"the target of the hard link, {show(entry.linkname)}, {what}")
        return found[0]

    def check_replaced(self, parent, name):
        old = parent.children.get(name)
        if old and old[0].kind == "folder" and self.hide(parent, name):
            raise Refused("given twice in this layer, as a folder too")

    def hide(self, parent, name):
        """Takes away what lower layers put at name. True if this layer put something there."""
        node, layer = parent.children[name]
        keep = layer == self.layer
        if node.kind == "folder":
            for child in list(node.children):
                keep |= self.hide(node, child)
        if not keep:
            del parent.children[name]
        return keep

    def whiteout(self, entry, parts):
        rest = parts[-1][len(WHITEOUT) :]
        if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or entry.size:
            raise Refused("a whiteout that is not an empty file")
        if rest in ("", ".", "..") or (parts[-1] == OPAQUE and len(parts) == 1):
            raise Refused("a whiteout of the whole image")
        if rest.startswith(WHITEOUT) and parts[-1] != OPAQUE:
            raise Refused("a whiteout of unknown kind")
        try:
            parent = self.walk(parts[:-1])
        except Refused as error:
            if "is not there" in str(error):
                return  # nothing to hide
            raise
        for name in list(parent.children):
            if parts[-1] == OPAQUE or name == rest:
                self.hide(parent, name)

    def add_mount_points(self):
        """(layer, path, why) of a mount point that is none, or None."""
        for name in MOUNTED_ON:
            found = self.root.children.get(name)
            if found and found[0].kind != "folder":
                what = "a symbolic link" if found[0].kind == "link" else "not a folder"
                return found[1], name, f"{what}; the launcher mounts there, so make it a folder"
        for name in MOUNTED_ON:
            found = self.root.children.get(name)
            node = found[0] if found else Node("folder", 0, 0, 0, 0)
            node.mode, node.uid, node.gid = 0o755, 0, 0
            self.root.children[name] = (node, node.layer)
        return None
