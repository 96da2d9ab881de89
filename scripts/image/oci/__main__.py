# SPDX-License-Identifier: MIT
"""
oci SOURCE WORK [WANTS]: an image in SOURCE becomes these files in WORK, an empty folder; WANTS is what
`rampart plan --wants` says of the container's name and folders:

    erofs      its file system                    config    its configuration, as it is
    files      list of its files                  manifest  its OCI manifest, if it has one
    notes      what was left out or changed       user      uid:gid of its user, and the name
    account    two lines: that user's name in /etc/passwd, and home; empty if it is not there

Exit code 1 and one line on stderr, if the image is refused. Nothing outside WORK is written.

Why the layers are read here and not unpacked by umoci: umoci 0.4.7 has no zstd, makes device nodes
and setuid files, and what was checked by one reader of tar could look different to another. So one
reader, Python's tarfile, sees the layers; mkfs.erofs sees a clean stream written from the result.
"""
import json
import os
import sys

from blobs import TOTAL_MAX, Refused, digest_of, entries, expand, magic, open_source, show
from image import member, read_image
from output import resolve_user, write_erofs
from tree import Tree
from world import account_of, add_world, read_wants


def plain_layer(layer, path, room):
    """The layer's tar archive, compared with the digest that the configuration has of it."""
    kind = layer.kind or magic(layer.part)
    part = layer.part if kind == "tar" else expand(layer.part, kind, path, room)
    if part.size > room:
        raise Refused(f"larger than the {TOTAL_MAX >> 30} GiB that all layers may have")
    got = digest_of(part, layer.diff_id.partition(":")[0])
    if got != layer.diff_id:
        says = f"the configuration says {layer.diff_id}"
        raise Refused(f"wrong digest: uncompressed it is {got}, and {says}")
    return part


def read_layers(image, work):
    tree, room = Tree(), TOTAL_MAX
    for i, layer in enumerate(image.layers):
        tree.start_layer(i)
        where = layer.name
        try:
            part = plain_layer(layer, os.path.join(work, f"layer-{i}.tar"), room)
            room -= part.size
            for entry, n in entries(part):
                where = f"{layer.name}, entry {n} \"{show(entry.name)}\""
                tree.add(entry, part)
                where = layer.name
        except Refused as error:
            raise Refused(f"{where}: {error}") from None
    wrong = tree.add_mount_points()
    if wrong:
        raise Refused(f"{image.layers[wrong[0]].name}: /{wrong[1]} is {wrong[2]}")
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
    image = read_image(open_source(source, work))
    tree = read_layers(image, work)
    uid, gids, user, account = user_of(image, tree)
    add_world(tree, read_wants(wants) if wants else (None, []), workdir_of(image))
    save(work, "files", write_erofs(tree, os.path.join(work, "erofs"), uid, gids))
    save(work, "config", image.config)
    if image.manifest is not None:
        save(work, "manifest", image.manifest)
    notes = ""
    for layer, what, path, detail in tree.notes:
        notes += f"{image.layers[layer].name}: /{show(path)}: {what}{detail and ': ' + detail}\n"
    save(work, "notes", notes.encode())
    save(work, "user", (user + "\n").encode())
    save(work, "account", os.fsencode(account))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename or sys.argv[2]}: {error.strerror}")
