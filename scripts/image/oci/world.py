# SPDX-License-Identifier: MIT
"""
What an image needs from outside to run, and what the container's file system therefore has: its names,
the folders to work and to mount in, and who its user is.
"""
import os

from blobs import Refused, show
from output import ALGORITHMS, accounts, number
from tree import Node

LIBRARIES = "/usr/local/nvidia/lib64"  # where CUDA's own images look, by LD_LIBRARY_PATH

# There are no other names, and nobody to ask for one: glibc and musl get their answer from hosts, and a
# resolver that wants an address fails at once at one that nobody listens at.
RESOLV = b"nameserver 127.0.0.1\noptions attempts:1 timeout:1\n"


class Text:
    """Contents that are in memory, as blobs.Part has those of a layer."""

    def __init__(self, data):
        self.data = data

    def pread(self, offset, n):
        return self.data[offset : offset + n]


class Disk:
    """The same of a file of this machine."""

    def __init__(self, path):
        self.file = open(path, "rb")  # pylint: disable=consider-using-with
        self.size = os.fstat(self.file.fileno()).st_size

    def pread(self, offset, n):
        return os.pread(self.file.fileno(), n, offset)


def read_wants(path):
    """
    The lines of `rampart plan --wants`: the name of the container, folders that it needs, and how it is
    compressed; and those of gpuarchive.sh: libraries, (name, file of this machine or None, the name that
    a link leads to or None).
    """
    name, folders, libraries, algorithm = None, [], [], None
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        for line in file.read().split("\n"):
            key, _, value = line.partition(" ")
            if key == "name":
                name = value
            elif key == "folder":
                folders.append(value)
            elif key == "compress" and value in ALGORITHMS:
                algorithm = value
            elif key == "library" and " " in value:
                libraries.append((value.partition(" ")[0], value.partition(" ")[2], None))
            elif key == "link" and " " in value:
                libraries.append((value.partition(" ")[0], None, value.partition(" ")[2]))
            elif line:
                raise Refused(f"{path}: \"{show(line)}\" is not known")
    return name, folders, libraries, algorithm


def find(tree, parts):
    """The file or folder at parts, as the container would see it; None if it is not there."""
    try:
        return tree.walk(parts, inside=True)
    except Refused:
        return None


def make_folder(tree, path):
    """
    An empty folder at path, below those that are there; symbolic links are followed. Where something
    else is in the way there will be none, and `rampart plan`, which knows whose wish it is, says so.
    """
    parts = [part for part in path.split("/") if part]
    for n in range(1, len(parts) + 1):
        if find(tree, parts[:n]) or parts[n - 1] in (".", ".."):
            continue
        parent = find(tree, parts[: n - 1])
        if parent is None or parent.kind != "folder" or parts[n - 1] in parent.children:
            return
        parent.children[parts[n - 1]] = (Node("folder", 0o755, 0, 0, tree.layer), tree.layer)


def put_file(tree, name, data):
    """/etc/NAME, in the place of the image's own, as every runtime does."""
    make_folder(tree, "/etc")
    folder = find(tree, ["etc"])
    old = folder.children.get(name) if folder and folder.kind == "folder" else None
    if folder is None or folder.kind != "folder" or (old and old[0].kind == "folder"):
        return
    if old and (old[0].kind != "file" or old[0].part.pread(old[0].offset, old[0].size) != data):
        tree.notes.append((old[1], "replaced by the container's own", f"etc/{name}", ""))
    node = Node("file", 0o644, 0, 0, tree.layer)
    node.part, node.offset, node.size = Text(data), 0, len(data)
    folder.children[name] = (node, tree.layer)


def put_library(tree, name, path, target):
    """A library of the driver's, or a link to one, in the place of whatever the image has by that name there."""
    make_folder(tree, LIBRARIES)
    folder = find(tree, LIBRARIES.strip("/").split("/"))
    if folder is None or folder.kind != "folder":
        raise Refused(f"{LIBRARIES} is no folder in the image, and the driver's libraries go there")
    if name in folder.children:
        tree.notes.append((folder.children[name][1], "replaced by the driver's", f"{LIBRARIES}/{name}".strip("/"), ""))
    node = Node("file" if path else "link", 0o755 if path else 0o777, 0, 0, tree.layer)
    if path:
        node.part = Disk(path)
        node.offset, node.size = 0, node.part.size
    else:
        node.target = target
    folder.children[name] = (node, tree.layer)


def add_world(tree, name, folders, libraries, workdir):
    for library in libraries:
        put_library(tree, *library)
    for folder in [workdir, *folders]:
        if folder.startswith("/"):
            make_folder(tree, folder)
    if name:
        put_file(tree, "hosts", f"127.0.0.1\tlocalhost\n127.0.0.1\t{name}\n".encode())
        put_file(tree, "hostname", f"{name}\n".encode())
        put_file(tree, "resolv.conf", RESOLV)


def account_of(tree, uid, user):
    """(login, home) of the user in /etc/passwd; a name that was given comes before its number."""
    lines = [line for line in accounts(tree, "passwd") if number(line[2]) == uid]
    lines.sort(key=lambda line: line[0] != user.partition(":")[0])
    if not lines:
        return "", ""
    login, home = lines[0][0], lines[0][5] if len(lines[0]) > 5 else ""
    return login, home if home.startswith("/") else ""
