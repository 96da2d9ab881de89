# SPDX-License-Identifier: MIT
"""
mutate.py SEED N: N good images with a few bytes of tar headers, or a few values of their JSON, changed, and
their digests right: each is either taken or refused with a reason. And the limits that a test cannot
reach in seconds, made smaller. TAP on stdout.
"""
import os
import random
import shutil
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../../scripts/image/oci")]
import images
import tree as trees
from blobs import Part, Refused, entries
from image import read_image
from packing import expand, open_source
from tree import Tree

BYTES = b"\0\n./xgLKS0125\x7f\x80\xff"
VALUES = [None, [], {}, "", 0, -1, 1.5, True, "x", [1], [[]], [{}], {"a": 1}, "a\0b", 2**70]
FIELDS = [(0, 100), (100, 148), (156, 157), (157, 257), (257, 265), (329, 345), (345, 500)]
random.seed(int(sys.argv[1]))


def change_header(layer):
    at = random.randrange(len(layer) // 512 - 1) * 512
    layer[at + random.randrange(*random.choice(FIELDS))] = random.choice(BYTES)
    layer[at + 148 : at + 156] = b" " * 8
    layer[at + 148 : at + 156] = b"%06o\0 " % sum(layer[at : at + 512])


def read_layers(layers, fd):
    tree = Tree()
    for i, layer in enumerate(layers):
        tree.start_layer(i)
        os.ftruncate(fd, 0)
        os.pwrite(fd, layer, 0)
        part = Part(fd, 0, len(layer))
        for entry, _ in entries(part):
            tree.add(entry, part)
    tree.add_mount_points()


def change_value(value):
    if isinstance(value, (dict, list)) and value and random.random() < 0.8:
        key = random.choice(list(value) if isinstance(value, dict) else range(len(value)))
        value[key] = change_value(value[key])
        return value
    return random.choice(VALUES)


def change_json(image):
    kind = random.choice(["layout", "index", "manifest", "config"])
    setattr(image, kind, change_value(getattr(image, kind)))
    if kind == "config":
        image.seal()
    elif kind == "manifest":
        image.point()


def run(what, n, once):
    taken, refused, died = 0, 0, []
    for _ in range(n):
        try:
            once()
            taken += 1
        except Refused:
            refused += 1
        except Exception:
            died.append(traceback.format_exc())
    print("not ok" if died or not taken or not refused else "ok", "-", what)
    print(f"# {taken} taken, {refused} refused, {len(died)} died")
    for text in died[:3]:
        print("# " + text.replace("\n", "\n# "))


def says(what, want, function):
    try:
        got = function() or "taken"
    except Refused as error:
        got = str(error)
    print("ok" if want in got else "not ok", "-", what)
    print(f"# {got}")


def limits(folder, fd):
    layers = [bytearray(layer) for layer in images.good_layers()]
    trees.ENTRIES_MAX = 10**6
    says("a million entries are allowed", "taken", lambda: read_layers(layers, fd))
    trees.ENTRIES_MAX = 32  # the lower layer has fewer
    says("more entries than allowed", "more than 32 entries in all layers", lambda: read_layers(layers, fd))
    for kind in ("gzip", "zstd"):
        data = images.pack(os.urandom(5000), kind)
        os.ftruncate(fd, 0)
        os.pwrite(fd, data, 0)
        part, path = Part(fd, 0, len(data)), os.path.join(folder, kind)
        says(f"{kind}: as large as allowed", "taken", lambda: expand(part, kind, path, 5000) and None)
        says(f"{kind}: larger than allowed", "larger than the 64 GiB", lambda: expand(part, kind, path + "2", 4999))


def main(n):
    folder = tempfile.mkdtemp()
    fd = os.open(os.path.join(folder, "layer"), os.O_RDWR | os.O_CREAT)

    def headers():
        layers = [bytearray(layer) for layer in images.good_layers()]
        for _ in range(random.choice([1, 1, 2, 5])):
            change_header(random.choice(layers))
        read_layers(layers, fd)

    def texts():
        image = images.Layout([images.tar(*images.ROOT)], config={"User": "server"})
        change_json(image)
        shutil.rmtree(os.path.join(folder, "oci"), ignore_errors=True)
        image.write(os.path.join(folder, "oci"))
        read_image(open_source(os.path.join(folder, "oci"), folder, None))

    run("changed tar headers are taken or refused", n, headers)
    run("changed JSON is taken or refused", n, texts)
    limits(folder, fd)
    print("1..8")
    shutil.rmtree(folder)


main(int(sys.argv[2]))
