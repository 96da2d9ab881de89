# SPDX-License-Identifier: MIT
"""
oci SOURCE WORK [WANTS]: an image in SOURCE becomes these files in WORK, an empty folder; WANTS is what
`rampart plan --wants` says of the container's name, its folders and how it is compressed:

    erofs      its file system                    config    its configuration, as it is
    files      list of its files, unsorted        manifest  its OCI manifest, if it has one
    notes      what was left out or changed       user      uid:gid of its user, and the name
    account    two lines: that user's name in /etc/passwd, and home; empty if it is not there

oci --propose SOURCE WORK NAME PATH: an image.conf for the image in SOURCE, into WORK.

Exit code 1 and one line on stderr, if the image is refused. Nothing outside WORK is written. What
it does meanwhile is said on stdout, a line a second at most. Neither layers nor files are ever
whole in memory; beside what is given, WORK holds unpacked layers, contents and the result.

Why the layers are read here and not unpacked by umoci: umoci 0.4.7 has no zstd, makes device nodes
and setuid files, and what was checked by one reader of tar could look different to another. So one
reader, Python's tarfile, sees the layers; mkfs.erofs sees a clean stream written from the result.
"""
import json
import os
import sys
import time

from blobs import TOTAL_MAX, Archive, Refused, digest_of, entries, show
from image import member, read_image
from output import resolve_user, write_tree
from packing import expand, magic, open_source
from propose import propose
from tree import Tree
from world import account_of, add_world, read_wants


class Progress:
    """Says what is being done and how far it is."""

    def __init__(self):
        self.what, self.said = "", time.monotonic()

    def start(self, what):
        self.what = what

    def at(self, size):
        now = time.monotonic()
        if now - self.said >= 1:
            self.said = now
            print(f"{self.what}, {size >> 20} MiB", flush=True)


def plain_layer(layer, path, room, progress):
    """The layer's tar archive, compared with the digest that the configuration has of it."""
    kind, algorithm = magic(layer.part), layer.diff_id.partition(":")[0]
    if kind != "tar":
        part, got = expand(layer.part, kind, path, room, algorithm, progress)
    else:
        part, got = layer.part, layer.digest
        if part.size > room:
            raise Refused(f"larger than the {TOTAL_MAX >> 30} GiB that all layers may have")
        if got != layer.diff_id:
            got = digest_of(part, algorithm, progress)
    if got != layer.diff_id:
        says = f"the configuration says {layer.diff_id}"
        raise Refused(f"wrong digest: uncompressed it is {got}, and {says}")
    return part


def read_layers(image, work, progress):
    tree, room = Tree(), TOTAL_MAX
    for i, layer in enumerate(image.layers):
        tree.start_layer(i)
        where = layer.name
        try:
            progress.start(f"reading layer {i} of {len(image.layers)}")
            part = plain_layer(layer, os.path.join(work, f"layer-{i}.tar"), room, progress)
            room -= part.size
            if part is not layer.part:
                tree.parts.append(part)
            for entry, n in entries(part):
                where = f"{layer.name}, entry {n} \"{show(entry.name)}\""
                tree.add(entry, part)
                where = layer.name
        except Refused as error:
            raise Refused(f"{where}: {error}") from None
    tree.add_mount_points()
    return tree


def user_of(image, tree):
    config = member(json.loads(image.config), "config", dict, "configuration", {})
    text = member(config, "User", str, "configuration", "")
    try:
        uid, gids = resolve_user(tree, text)
    except Refused as error:
        raise Refused(f"configuration: {error}") from None
    login, home = account_of(tree, uid, text or "root")
    return uid, gids, f"{uid}:{gids[0]} {text or 'root'}", f"{login}\n{home}\n"


def workdir_of(image):
    config = member(json.loads(image.config), "config", dict, "configuration", {})
    return member(config, "WorkingDir", str, "configuration", "")


def save(work, name, data):
    with open(os.path.join(work, name), "wb") as file:
        file.write(data)


def main(source, work, wants=None):
    progress = Progress()
    store = open_source(source, work, progress)
    image = read_image(store)
    tree = read_layers(image, work, progress)
    if isinstance(store, Archive):
        tree.parts.append(store.part)
    uid, gids, user, account = user_of(image, tree)
    *world, algorithm = read_wants(wants) if wants else (None, [], [], None)
    add_world(tree, *world, workdir_of(image))
    write_tree(tree, work, (uid, gids), algorithm, progress)
    save(work, "config", image.config)
    if image.manifest is not None:
        save(work, "manifest", image.manifest)
    notes = ""
    for layer, what, path, detail in tree.notes:
        detail = f": {show(detail)}" if detail else ""
        notes += f"{image.layers[layer].name}: /{show(path)}: {what}{detail}\n"
    save(work, "notes", notes.encode())
    save(work, "user", (user + "\n").encode())
    save(work, "account", os.fsencode(account))


def main_propose(source, work, name, path):
    try:
        image = read_image(open_source(source, work, Progress()))
        save(work, "image.conf", os.fsencode(propose(image, name, path)))
    except Refused as error:
        raise Refused(f"{show(path)}: {error}") from None


if __name__ == "__main__":
    try:
        if sys.argv[1] == "--propose":
            main_propose(*sys.argv[2:])
        else:
            main(*sys.argv[1:])
    except Refused as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename or sys.argv[2]}: {error.strerror}")
