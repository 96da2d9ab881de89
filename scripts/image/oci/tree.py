# SPDX-License-Identifier: MIT
"""
Layers laid over each other, as a tree in memory: no name of an image ever reaches a file system
here. Contents stay in their layers, by position.

Source: OCI Image Format Specification 1.1 (layer.md: whiteouts, opaque whiteouts, file types). What
it leaves open is done as Docker does it, whose images these are: names and links are resolved
inside the image, the last of several entries of one name counts, a PAX header for all does not.
"""
import tarfile

from blobs import TOTAL_MAX, RATIO_FREE, RATIO_MAX, Refused, segments, show

ENTRIES_MAX = 1_000_000  # of all layers; a full desktop has half as many files
DEPTH_MAX = 256
NAME_MAX = 255
PATH_MAX = 4095
LINKS_MAX = 40  # symbolic links on the way to one file, as in the kernel
WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
AUFS = ".wh..wh."  # files of aufs about itself, which old images of Docker have
XATTRS = ("SCHILY.xattr.", "LIBARCHIVE.xattr.", "SCHILY.acl.")
MOUNTED_ON = ("dev", "model", "proc", "sys", "tmp")  # by the launcher
FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE)
SPECIAL = {
    tarfile.CHRTYPE: "device node",
    tarfile.BLKTYPE: "device node",
    tarfile.FIFOTYPE: "named pipe",
}
# Vendors' types that are no files of their own.
LABEL, DUMPED_FOLDER, CONTINUED, ACCESS_LIST = b"V", b"D", b"M", b"A"


class Node:
    """
    An inode: a folder has children, a file places in a layer, a symbolic link a target. One that is
    special is in the tree, where other names and whiteouts find it, but not in what is made of it.
    """

    __slots__ = (
        *("kind", "mode", "uid", "gid", "layer"),
        *("children", "part", "offset", "size", "map", "target", "shared"),
    )

    def __init__(self, kind, mode, uid, gid, layer):
        self.kind, self.mode, self.uid, self.gid, self.layer = kind, mode, uid, gid, layer
        # name -> (Node, number of the layer that put it there)
        self.children = {} if kind == "folder" else None
        self.part, self.offset, self.size, self.target = None, 0, 0, None
        self.map = None  # of a sparse file, as blobs.segments() has it
        self.shared = False  # has, or had, several names


def split(path, what="its name"):
    """
    The components of a path inside the image: from its root if it starts with a slash, and without
    ".." and what stands before it, as Docker cleans names.
    """
    if "\0" in path:
        raise Refused(f"{what} has a zero byte in it")
    parts = []
    for part in path.split("/"):
        if part == ".." and not parts:
            raise Refused(f"{what} leads out of the image with \"..\"")
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    if len(path.encode("utf-8", "surrogateescape")) > PATH_MAX:
        raise Refused(f"{what} is longer than {PATH_MAX} bytes")
    for part in parts:
        mark = len(WHITEOUT) if part.startswith(WHITEOUT) else 0  # of a name that may be as long
        if len(part.encode("utf-8", "surrogateescape")) > NAME_MAX + mark:
            raise Refused(f"{what} has a component longer than {NAME_MAX} bytes")
    return parts


def owner(number):
    """As chown(2) takes it: 32 bits of it, and all of them set mean that it stays root's."""
    number &= 2**32 - 1
    return 0 if number == 2**32 - 1 else number


class Tree:
    def __init__(self):
        self.root = Node("folder", 0o755, 0, 0, 0)
        self.layer = 0
        self.n = 0
        self.depth = 0  # of the folder that walk() found last, wherever links led
        self.sparse = 0  # bytes of files that are mostly holes
        self.notes = []  # (layer, what, path, detail): left out or changed
        self.parts = []  # where layers were unpacked for it

    def start_layer(self, number):
        self.layer = number

    def release(self):
        """No file's contents can be read any more."""
        for part in self.parts:
            part.release()

    def note(self, what, path, detail=""):
        self.notes.append((self.layer, what, path, detail))

    def walk(self, parts, make=False, inside=False):
        """
        The folder at parts. Symbolic links on the way are followed as in the container: an absolute
        one starts at the image's root, and above that there is nothing. make: folders that are not
        there are made, below links too, and a file of a lower layer gives way to one, as the layer
        wants it. inside: it may be a file.
        """
        stack, todo, link, links = [self.root], list(reversed(parts)), None, 0
        while todo:
            name = todo.pop()
            if name in ("", "."):
                continue
            if name == "..":
                stack = stack[:-1] or stack
                continue
            found = stack[-1].children.get(name)
            if found and make and not link and found[0].kind in ("file", "special"):
                found = None if found[1] != self.layer else found
            if found is None:
                stack.append(self.make_folder(stack, name, make, link))
                continue
            node = found[0]
            if node.kind == "folder":
                stack.append(node)
                continue
            if node.kind != "link" and not (inside and not todo):
                raise Refused(f"its parent {show(name)} is a file")
            if node.kind != "link":
                return node
            links += 1
            link = f"{show(name)}, a symbolic link to {show(node.target)},"
            if links > LINKS_MAX:
                raise Refused(f"its parent {link} leads in a circle")
            if node.target.startswith("/"):
                stack = [self.root]
            todo.extend(reversed(node.target.split("/")))
        self.depth = len(stack)
        return stack[-1]

    def make_folder(self, stack, name, make, link):
        if not make:
            raise Refused(f"its parent {link or show(name)} is not there")
        if len(stack) >= DEPTH_MAX:
            raise Refused(f"more than {DEPTH_MAX} folders deep")
        if len(name.encode("utf-8", "surrogateescape")) > NAME_MAX:
            raise Refused(f"its parent {link} has a component longer than {NAME_MAX} bytes")
        node = Node("folder", 0o755, 0, 0, self.layer)
        stack[-1].children[name] = (node, self.layer)
        return node

    def add(self, entry, part):
        """One entry of the current layer."""
        self.n += 1
        if self.n > ENTRIES_MAX:
            raise Refused(f"more than {ENTRIES_MAX} entries in all layers")
        if entry.type == LABEL:
            return
        if entry.type == CONTINUED:
            raise Refused("goes on from another archive; pack it as one")
        parts = split(entry.name)
        if entry.type == ACCESS_LIST:
            self.note("attribute dropped", "/".join(parts), "access list of Solaris")
            return
        if parts and parts[0].startswith(AUFS) and parts[0] != OPAQUE:
            return  # Docker does not look at them either
        for name in parts[:-1]:
            if name.startswith(WHITEOUT):
                raise Refused("below a whiteout")
        if not parts:
            if not entry.isdir():
                raise Refused("the root is not a folder")
        elif parts[-1].startswith(WHITEOUT):
            self.whiteout(parts)
        else:
            self.put(entry, parts, part)

    def put(self, entry, parts, part):
        name, path = parts[-1], "/".join(parts)
        if entry.isdir() or entry.type == DUMPED_FOLDER:
            self.put_folder(entry, self.walk(parts[:-1], make=True), name, path)
            return
        # What has no contents has none in any reader.
        if entry.size and (entry.issym() or entry.islnk() or entry.type in SPECIAL):
            raise Refused("contents where there can be none")
        if entry.issym():
            node = self.owned("link", entry, path, 0)
            node.mode, node.target = 0o777, self.checked_target(entry.linkname)
        elif entry.islnk():
            node = self.linked(entry)
        elif entry.type in SPECIAL:
            node = Node("special", 0, 0, 0, self.layer)
            self.note(f"{SPECIAL[entry.type]} left out", path)
        else:
            node = self.file(entry, path, part)
        self.walk(parts[:-1], make=True).children[name] = (node, self.layer)

    def file(self, entry, path, part):
        if entry.name.endswith("/"):
            raise Refused("a file whose name ends with /")
        if entry.type not in FILES:  # POSIX.1 pax, "ustar Interchange Format": as a file, then
            self.note(f"of unknown type {entry.type!r}, taken for a file", path)
        node = self.owned("file", entry, path, 0o777)
        node.part, node.offset, node.size = part, entry.offset_data, entry.size
        if entry.issparse():
            node.map = segments(entry)
            stored = sum(size for _, _, size in node.map)
            self.sparse += node.size
            if node.size > RATIO_FREE and node.size > stored * RATIO_MAX:
                what = f"a sparse file of {node.size} bytes"
                raise Refused(f"{what}, of which only {stored} are there")
            if self.sparse > TOTAL_MAX:
                raise Refused(f"sparse files larger than the {TOTAL_MAX >> 30} GiB of all layers")
        return node

    def put_folder(self, entry, parent, name, path):
        node = self.owned("folder", entry, path, 0o1777)
        old = parent.children.get(name)
        if old and old[0].kind == "folder":
            node.children = old[0].children
            old[0].mode, old[0].uid, old[0].gid = node.mode, node.uid, node.gid
            node = old[0]
        elif self.depth > DEPTH_MAX:
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
        return Node(kind, entry.mode & keep, owner(entry.uid), owner(entry.gid), self.layer)

    @staticmethod
    def checked_target(target):
        if not target:
            raise Refused("a symbolic link to nothing")
        if "\0" in target:
            raise Refused("the target of the symbolic link has a zero byte in it")
        if len(target.encode("utf-8", "surrogateescape")) > PATH_MAX:
            raise Refused(f"the target of the symbolic link is longer than {PATH_MAX} bytes")
        return target

    def linked(self, entry):
        parts = split(entry.linkname, f"the target of the hard link, {show(entry.linkname)},")
        found = self.walk(parts[:-1]).children.get(parts[-1]) if parts else None
        if not found or found[0].kind == "folder":
            what = "is a folder" if found or not parts else "is not there"
            raise Refused(f"the target of the hard link, {show(entry.linkname)}, {what}")
        found[0].shared = True
        return found[0]

    def hide(self, parent, name):
        """Takes away what lower layers put at name. True if this layer put something there."""
        node, layer = parent.children[name]
        keep = layer == self.layer
        if node.kind == "folder":
            for child in list(node.children):
                keep |= self.hide(node, child)
        if not keep:
            del parent.children[name]
        elif layer != self.layer:  # not the one that is gone: no entry describes it
            node.mode, node.uid, node.gid = 0o755, 0, 0
            parent.children[name] = (node, self.layer)
        return keep

    def whiteout(self, parts):
        """
        It hides what lower layers have at exactly this name, so no link is followed on the way;
        what its own layer puts there stays, wherever in the layer that comes.
        """
        rest, parent = parts[-1][len(WHITEOUT) :], self.root
        if rest in ("", ".", ".."):
            raise Refused("a whiteout of the whole image")
        for name in parts[:-1]:
            found = parent.children.get(name)
            if found and found[0].kind == "link":
                self.note("whiteout below a symbolic link hides nothing", "/".join(parts))
            if not found or found[0].kind != "folder":
                return
            parent = found[0]
        for name in list(parent.children):
            if parts[-1] == OPAQUE or name == rest:
                self.hide(parent, name)

    def add_mount_points(self):
        """The empty folders that the launcher mounts on, in the place of whatever else is there."""
        for name in MOUNTED_ON:
            node, layer = self.root.children.get(name, (None, 0))
            if node and node.kind != "folder":
                was = f"a symbolic link to {node.target}" if node.kind == "link" else "not a folder"
                what = "made a folder, for the launcher mounts there"
                self.notes.append((layer, what, name, was))
            if not node or node.kind != "folder":
                node = Node("folder", 0o755, 0, 0, layer)
            node.mode, node.uid, node.gid = 0o755, 0, 0
            self.root.children[name] = (node, layer)
