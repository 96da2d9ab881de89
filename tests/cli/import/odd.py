# SPDX-License-Identifier: MIT
"""
odd.py FOLDER: images as tools really make them, which are no reason to refuse. Each is an OCI layout at FOLDER/NAME,
or an archive, with the list of its files at FOLDER/NAME.want, and at FOLDER/NAME.peer why umoci 0.4.7 is of another
mind; without that, it must unpack the same files. The lists are what containers-storage (Debian 13's, vfs) has of
them too, where it takes them: storage.sh asks it.
"""
import json
import os
import sys
import tarfile

from images import *

ODD = {}
MOUNTED = ("dev", "model", "proc", "sys", "tmp")


def word(text):
    return "".join(c if 32 < ord(c) < 127 and c != "\\" else "".join(f"\\{b:03o}" for b in os.fsencode(c)) for c in text)


def f(name, data, mode=0o644):
    return f"container/{word(name)} {mode:04o} {len(data)} {sha(data)[7:]}"


def d(name, mode=0o755):
    return f"container/{word(name)} {mode:04o} - dir"


def s(name, target):
    return f"container/{word(name)} 0777 - -> {word(target)}"


def odd(*want, peer=None):
    """What the function makes has these files, and the folders that are mounted on."""

    def keep(function):
        ODD[function.__name__.replace("_", "-")] = (function, want, peer)
        return function

    return keep


def layers(name, stack, *want, peer=None, **config):
    """An image of these layers, each a list of entries or bytes."""
    made = [tar(*layer) if isinstance(layer, list) else layer for layer in stack]
    ODD[name] = (lambda: Layout(made, config=config), want, peer)


BASE = [folder("./bin"), item("./bin/a", b"first", mode=0o755), folder("./etc"), item("./etc/passwd", PASSWD)]
HAS_BASE = (d("bin"), f("bin/a", b"first", 0o755), d("etc"), f("etc/passwd", PASSWD))
NEW = b"new"
OLD = b"old"

# Names from the root of the image, as nix, Bazel and kaniko write them.
layers(
    "absolute",
    [[folder("/nix"), item("/nix/a", OLD), symlink("/bin", "/nix"), folder("/"), item("./b", NEW), item("//c", NEW)]],
    *(d("nix"), f("nix/a", OLD), s("bin", "/nix"), f("b", NEW), f("c", NEW)),
)
layers("dots", [[folder("a"), item("a/../b", NEW), item("./a/./c", OLD)]], d("a"), f("b", NEW), f("a/c", OLD))
layers(
    "hardlink-lower",
    [[item("a", OLD)], [hardlink("b", "a"), folder("d"), hardlink("d/c", "/a"), hardlink("/d/e", "./a")]],
    *(f("a", OLD), f("b", OLD), d("d"), f("d/c", OLD), f("d/e", OLD)),
)
layers("hardlink-link", [[symlink("l", "/d"), folder("d"), item("d/a", OLD), hardlink("b", "l/a")]],
       *(s("l", "/d"), d("d"), f("d/a", OLD), f("b", OLD)))

# Files below links: inside the image, whatever they lead to.
RUN = [folder("run"), folder("var"), symlink("var/run", "/run")]
layers("parent-absolute", [RUN, [folder("var"), folder("var/run/ko"), item("var/run/ko/HEAD", NEW)]],
       *(d("run"), d("run/ko"), f("run/ko/HEAD", NEW), d("var"), s("var/run", "/run")))
layers("parent-relative", [[folder("run"), folder("var"), symlink("var/run", "../run")], [item("var/run/ko/HEAD", NEW)]],
       *(d("run"), d("run/ko"), f("run/ko/HEAD", NEW), d("var"), s("var/run", "../run")))
layers("parent-dangling", [[folder("var"), symlink("var/run", "../run/../run")], [item("var/run/ko/HEAD", NEW)]],
       *(d("run"), d("run/ko"), f("run/ko/HEAD", NEW), d("var"), s("var/run", "../run/../run")))
layers("parent-above", [[symlink("l", "../../../../etc")], [item("l/passwd", PASSWD)]],
       *(s("l", "../../../../etc"), d("etc"), f("etc/passwd", PASSWD)))
layers("parent-chain", [[symlink("a", "/b"), symlink("b", "c/.."), folder("c")], [item("a/x", NEW)]],
       *(s("a", "/b"), s("b", "c/.."), d("c"), f("x", NEW)))
layers("parent-lower-file", [[item("a", OLD)], [item("a/b", NEW)]], d("a"), f("a/b", NEW),
       peer="fails; as overlayfs shows it")

# Whiteouts hide lower layers alone, at exactly their own name, wherever they come.
WIDE = [folder("d", mode=0o700), item("d/old", OLD), folder("d/e", mode=0o700), item("d/e/old", OLD), item("f", OLD)]
layers("whiteout-first", [WIDE, [item(".wh.d"), item("d/new", NEW), item(".wh.f"), item("f", NEW)]],
       *(d("d"), f("d/new", NEW), f("f", NEW)))
layers("whiteout-last", [WIDE, [item("d/new", NEW), item(".wh.d"), item("f", NEW), item(".wh.f")]],
       *(d("d"), f("d/new", NEW), f("f", NEW)), peer="leaves the folder the mode of the one that is gone")
layers("opaque-last", [WIDE, [folder("d", mode=0o711), item("d/new", NEW), item("d/.wh..wh..opq")]],
       *(d("d", 0o711), f("d/new", NEW), f("f", OLD)))
layers("opaque-root", [WIDE, [item("new", NEW), item(".wh..wh..opq")]], f("new", NEW))
layers("whiteout-below-one", [WIDE, [item("d/e/.wh.old"), item("d/.wh.e"), item(".wh.d")]], f("f", OLD))
layers("whiteout-folder", [WIDE, [folder(".wh.d"), item(".wh.f", b"with contents")]])
TARGET = [folder("target"), item("target/keep", OLD), symlink("link", "target")]
KEPT = (d("target"), f("target/keep", OLD))
for name, first, target in (("first", True, "target"), ("after", False, "/target")):
    opaque, new = item("link/.wh..wh..opq"), folder("link")
    layers(f"opaque-link-{name}", [[*TARGET[:2], symlink("link", target)], [*([opaque, new] if first else [new, opaque]), item("link/new", NEW)]],
           *(d("link"), f("link/new", NEW)), *KEPT, peer=first and "empties what the link leads to" or None)
layers("whiteout-link", [TARGET, [item("link/.wh.keep")]], *KEPT, s("link", "target"), peer="removes it through the link")
layers("whiteout-long", [[item("n" * 255, OLD)], [item(".wh." + "n" * 255)]])
layers("whiteout-of-link", [TARGET, [item(".wh.link")]], *KEPT)
layers("aufs", [[item(".wh..wh.aufs"), folder(".wh..wh.plnk"), item(".wh..wh.plnk/1.2", OLD), item("a", NEW)]], f("a", NEW),
       peer="keeps what is below .wh..wh.plnk")

# Names that come twice: the last one counts.
layers("twice", [[item("a", OLD), item("./a", NEW, mode=0o755)]], f("a", NEW, 0o755))
layers("twice-folder", [[folder("d"), item("d/a", OLD), folder("d/", mode=0o700), folder("./d", mode=0o710)]],
       *(d("d", 0o710), f("d/a", OLD)))
layers("twice-kinds", [[item("d/x", OLD), item("d", NEW), symlink("l", "none"), item("l", OLD), item("e", OLD), folder("e"), item("e/x", NEW)]],
       *(f("d", NEW), f("l", OLD), d("e"), f("e/x", NEW)))
layers("twice-alias", [[folder("d"), symlink("l", "d"), item("d/x", OLD), item("l/x", NEW)]], d("d"), f("d/x", NEW), s("l", "d"))
layers("twice-layer", [BASE, BASE], *HAS_BASE)

# What is no file of a container.
NODES = [
    folder("dev"),
    item("dev/fuse", kind=tarfile.CHRTYPE, device=(10, 229)),
    hardlink("dev/again", "dev/fuse"),
    item("disk", kind=tarfile.BLKTYPE, device=(8, 0)),
    item("run/initctl", kind=tarfile.FIFOTYPE),
    item("gone", kind=tarfile.CHRTYPE),
]
layers("nodes", [[item("gone", OLD), item("stays", OLD)], NODES], f("stays", OLD), d("run"), peer="makes them: nodes")
layers("mounted-on", [[symlink("tmp", "var/tmp"), symlink("proc", "/proc/self/root"), symlink("sys", "proc"), item("model", OLD), folder("var/tmp", mode=0o1777)]],
       *(d("var"), d("var/tmp", 0o1777)), peer="keeps the links")
layers("owners", [[item("a", NEW, pax={"uid": "4294967295"}), item("b", NEW, pax={"uid": "99999999999"}), item("c", NEW, owner=(1000680000, 4294967294))]],
       *(f("a", NEW), f("b", NEW), f("c", NEW)), peer="cannot chown to these")

# Entries of kinds and headers that others write.
def raw(name, data=b"", **fields):
    """An entry whose header is made by hand: fields of position are (offset, bytes)."""
    entry, _ = item(name)
    head = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    for at, value in [(124, b"%011o\0" % len(data)), *fields.values(), (148, b" " * 8)]:
        head[at : at + len(value)] = value
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + data + bytes(-len(data) % 512)


END = bytes(1024)
layers("contiguous", [raw("a", NEW, kind=(156, b"7")) + END], f("a", NEW), peer="unknown typeflag")
layers("vendor", [raw("a", NEW) + raw("b", OLD, kind=(156, b"Z")) + raw("acl", b"user::rw-", kind=(156, b"A")) + END], f("a", NEW), f("b", OLD),
       peer="unknown typeflag")
layers("label", [raw("label", kind=(156, b"V")) + raw("a", NEW) + END], f("a", NEW), peer="unknown typeflag")
layers("dumped", [raw("d/", b"Ya\0\0", kind=(156, b"D")) + raw("d/a", NEW) + END], d("d", 0o644), f("d/a", NEW), peer="unknown typeflag")
layers("old-folder", [raw("d/", kind=(156, b"\0")) + raw("a", NEW, kind=(156, b"\0")) + END], d("d", 0o644), f("a", NEW))
layers("owner-negative", [raw("a", NEW, uid=(108, b"\xff" * 7 + b"\xfe")) + END], f("a", NEW))
layers("latin1", [raw("x", NEW, named=(0, b"caf\xe9\0")) + END], f("caf\udce9", NEW))
WORDS = {"comment": "deadbeef", "mtime": "0", "uid": "4242", "SCHILY.xattr.user.note": "x"}
layers("global-header", [tarfile.TarInfo.create_pax_global_header(WORDS) + tar(*BASE)], *HAS_BASE, peer="unknown typeflag")
VENDORS = {"LIBARCHIVE.creationtime": "1", "RHT.security.selinux": "x", "SCHILY.fflags": "x", "comment": "c", "mtime": "-1.5", "ctime": "99999999999"}
layers("pax-vendors", [[item("a", NEW, pax=VENDORS)]], f("a", NEW))
HOLES = b"one" + bytes(8189) + b"two" + bytes(997)
SPARSE = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s", "GNU.sparse.realsize": str(len(HOLES))}
layers("sparse-pax", [[item("GNUSparseFile.0/s", b"3\n0\n3\n8192\n3\n9192\n0\n".ljust(512, b"\0") + b"onetwo", pax=SPARSE), item("a", NEW)]],
       *(f("s", HOLES), f("a", NEW)))
places = b"".join(b"%011o\0" % n for n in (0, 3, 8192, 3))
layers("sparse-gnu", [raw("s", b"onetwo", kind=(156, b"S"), map=(386, places), real=(483, b"%011o\0" % len(HOLES))) + raw("a", NEW) + END],
       *(f("s", HOLES), f("a", NEW)), peer="unknown typeflag")

# Names with anything in them.
NAMES = ["a\nb", "a\tb", "a\x1b[2Jb", "a\x7f", "a\\040b", "two words", "caf\u00e9", "zero\u200bwidth", "x\\x2d"]
layers("names", [[*[item(name, NEW) for name in NAMES], symlink("l", "a\nb \\")]],
       *[f(name, NEW).replace("\\303\\251", "\u00e9") for name in NAMES], s("l", "a\nb \\"))


# What is around the layers.
@odd(*HAS_BASE, peer="believes the label")
def label_gzip():
    image = Layout([tar(*BASE)], "tar")
    image.layers[0]["mediaType"] = LAYER + "tar+gzip"
    return image.seal()


@odd(*HAS_BASE, peer="believes the label")
def label_tar():
    image = Layout([tar(*BASE)], "zstd")
    image.layers[0]["mediaType"] = LAYER + "tar"
    return image.seal()


@odd(*HAS_BASE, peer="wants media types")
def unlabelled():
    """Descriptors that say nothing but digest and size."""
    image = Layout([tar(*BASE)])
    del image.layers[0]["mediaType"]
    image.seal()
    del image.manifest["config"]["mediaType"]
    del image.manifest["mediaType"]
    image.point()
    image.index = {"schemaVersion": 2, "manifests": [image.json(image.index, INDEX)]}
    del image.index["manifests"][0]["mediaType"]
    return image


@odd(*HAS_BASE, peer="wants each layer's own media type")
def foreign_here():
    """Foreign layers, whose bytes are in the image all the same."""
    image = Layout([tar(*BASE)])
    image.layers[0]["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    image.layers[0]["urls"] = ["https://example.org/layer"]
    return image.seal()


@odd(*HAS_BASE, peer="gzip: invalid header")
def gzip_zeros():
    data = pack(tar(*BASE), "gzip") + bytes(700)
    image = Layout([tar(*BASE)])
    image.layers[:] = [image.blob(data, LAYER + "tar+gzip")]
    return image.seal()


for form in ("tar", "gzip", "zstd"):
    ODD["empty-" + form] = (
        lambda form=form: Layout([tar(*BASE), b"", END, bytes(10240)], form),
        HAS_BASE,
        form == "zstd" and "knows no zstd" or None,
    )


@odd(*HAS_BASE, peer="takes the first manifest")
def not_there():
    """An index that names the images of other platforms, and an index, without having them."""
    image = Layout([tar(*BASE)])
    gone = {"mediaType": MANIFEST, "digest": sha(b"gone"), "size": 4}
    arm = {**gone, "platform": {"os": "linux", "architecture": "arm64"}}
    v3 = {**gone, "digest": sha(b"v3"), "platform": {**AMD64, "variant": "v3"}}
    image.index["manifests"] += [gone, arm, v3, {**gone, "mediaType": INDEX}, {"digest": sha(b"no"), "size": 2}]
    return image


@odd(*HAS_BASE, peer="unsupported OS: Linux")
def platform_words():
    image = Layout([tar(*BASE)], platform={"os": "Linux", "architecture": "x86_64"})
    image.index["manifests"][0]["platform"] = {"os": "linux", "architecture": "AMD64"}
    return image


@odd(*HAS_BASE, peer="wants oci-layout")
def no_layout_file():
    image = Layout([tar(*BASE)])
    image.files = lambda: [(name, data) for name, data in Layout.files(image) if name != "oci-layout"]
    return image


def docker(name, config="{}.json", layer="l/layer.tar", form="tar", dot="", bare=False):
    data = tar(*BASE)
    platform = {} if bare else AMD64
    text = json.dumps({**platform, "config": {}, "rootfs": {"type": "layers", "diff_ids": [sha(data)]}}).encode()
    config = config.format(sha(text)[7:])
    manifest = json.dumps([{"Config": config, "RepoTags": None, "Layers": [layer]}]).encode()
    made = tar(folder(dot or "./"), item(dot + layer, pack(data, form)), item(dot + config, text), item(dot + "manifest.json", manifest))
    ODD[name + ".tar"] = (lambda: made, HAS_BASE, "reads no archives")


docker("docker-jib", config="config.json", layer="layer.tar.gz", form="gzip")
docker("docker-dots", dot="./")
docker("docker-absolute", dot="/")
docker("docker-crane", config="sha256:{}", layer="0.tar.gz", form="gzip")
docker("docker-zstd", layer="l.tar", form="zstd")
docker("docker-old", bare=True)


def main(out):
    for name, (make, want, peer) in ODD.items():
        image, path = make(), os.path.join(out, name)
        if isinstance(image, Layout):
            image.write(path)
        else:
            with open(path, "wb") as file:
                file.write(image)
        mounted = [d(place) for place in MOUNTED]
        with open(path + ".want", "wb") as file:
            file.writelines(sorted(os.fsencode(line + "\n") for line in {*want, *mounted}))
        if peer:
            with open(path + ".peer", "w", encoding="utf-8") as file:
                file.write(peer + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
