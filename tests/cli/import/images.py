# SPDX-License-Identifier: MIT
"""
Container images for the import tests, made by hand so that they can be wrong.

    images.py good FORM OUT     a good image; FORM: gzip, zstd, tar, frames (several gzip members, zstd frames)
    images.py user NAME OUT     one whose user is NAME
    images.py stripped OUT      one with setuid files, attributes and device nodes
    images.py choices OUT       the good one among others, in a nested index
    images.py list              the names of the bad ones: NAME<TAB>what the refusal must say
    images.py bad FOLDER        all of them, each an OCI layout at FOLDER/NAME (an archive for those named archive-...)
"""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

import zstandard

LAYER = "application/vnd.oci.image.layer.v1."
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
AMD64 = {"os": "linux", "architecture": "amd64"}


def sha(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def item(name, data=b"", kind=tarfile.REGTYPE, mode=0o644, link="", pax=None, owner=(0, 0), device=(0, 0)):
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.linkname, entry.size = kind, mode, link, len(data)
    entry.uid, entry.gid = owner
    entry.devmajor, entry.devminor = device
    entry.pax_headers = pax or {}
    entry.mtime = 1234567890
    return entry, data


def folder(name, mode=0o755, **more):
    return item(name, kind=tarfile.DIRTYPE, mode=mode, **more)


def symlink(name, target):
    return item(name, kind=tarfile.SYMTYPE, link=target, mode=0o777)


def hardlink(name, target):
    return item(name, kind=tarfile.LNKTYPE, link=target)


def tar(*items, tail=b"\0" * 1024):
    out = b""
    for entry, data in items:
        out += entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape") + data + bytes(-len(data) % 512)
    return out + tail


def pack(data, kind):
    if kind == "gzip":
        return gzip.compress(data, mtime=0)
    if kind == "zstd":
        return zstandard.ZstdCompressor().compress(data)
    return data


class Layout:
    """An OCI layout in the making. Whatever is changed before write() stays wrong."""

    def __init__(self, layers, kind="gzip", config=None, platform=None):
        self.blobs = {}
        self.packed = [pack(layer, kind) for layer in layers]
        suffix = "tar" if kind == "tar" else "tar+" + kind
        self.config = {**(platform or AMD64), "config": {"Entrypoint": ["/bin/a"], **(config or {})}}
        self.config["rootfs"] = {"type": "layers", "diff_ids": [sha(layer) for layer in layers]}
        self.layers = [self.blob(data, LAYER + suffix) for data in self.packed]
        self.layout = {"imageLayoutVersion": "1.0.0"}
        self.seal()

    def blob(self, data, media):
        self.blobs[sha(data)] = data
        return {"mediaType": media, "digest": sha(data), "size": len(data)}

    def json(self, value, media):
        return self.blob(json.dumps(value).encode(), media)

    def seal(self):
        """Manifest and index anew, from what is there."""
        self.manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.json(self.config, CONFIG),
            "layers": self.layers,
        }
        return self.point()

    def point(self):
        """The index alone anew."""
        self.index = {"schemaVersion": 2, "manifests": [self.json(self.manifest, MANIFEST)]}
        return self

    def files(self):
        yield "oci-layout", json.dumps(self.layout).encode()
        yield "index.json", json.dumps(self.index).encode()
        for digest, data in sorted(self.blobs.items()):
            yield "blobs/" + digest.replace(":", "/"), data

    def write(self, out):
        for name, data in self.files():
            os.makedirs(os.path.dirname(os.path.join(out, name)), exist_ok=True)
            with open(os.path.join(out, name), "wb") as file:
                file.write(data)


PASSWD = b"root:x:0:0:root:/root:/bin/sh\nserver:x:4242:4243::/:/bin/false\n"
GROUP = b"root:x:0:\nserver:x:4243:\nextra:x:4300:other,server\n"


def good_layers():
    bottom = tar(
        folder("./"),
        folder("./bin"),
        item("./bin/a", b"first", mode=0o755),
        hardlink("./bin/same", "./bin/a"),
        hardlink("./bin/stays", "./bin/a"),
        symlink("./bin/link", "/bin/a"),
        hardlink("./bin/link2", "./bin/link"),
        symlink("./lib", "usr/lib"),
        folder("./usr/lib"),
        item("./usr/lib/x.so", b"library" * 1000),
        folder("./etc"),
        item("./etc/passwd", PASSWD),
        item("./etc/group", GROUP),
        item("./etc/gone", b"whiteout"),
        folder("./etc/hidden"),
        item("./etc/hidden/below", b"opaque"),
        folder("./etc/hidden/deep"),
        item("./etc/hidden/deep/er", b"opaque"),
        item("./implied/parents/file", b"no entry for its folders"),
        folder("./full"),
        item("./full/of", b"files"),
        item("./" + "long/" * 40 + "n" * 120, b"long path"),
        item("./caf\u00e9", b"name in UTF-8"),
        item("./two words", b"space"),
        folder("./secret", mode=0o700, owner=(4242, 4243)),
        item("./secret/key", b"key", mode=0o600, owner=(4242, 4243)),
        item("./secret/group", b"key", mode=0o640, owner=(0, 4300)),
        item("./secret/other", b"key", mode=0o600, owner=(7, 7)),
        item("./tmp/left", b"in the way"),
    )
    top = tar(
        item("etc/hidden/new", b"comes before the whiteout"),
        folder("etc/hidden"),
        item("etc/hidden/.wh..wh..opq"),
        item("etc/.wh.gone"),
        item("etc/.wh.never"),
        item("nowhere/.wh.x"),
        folder("bin", mode=0o711),
        item("bin/a", b"second", mode=0o755),
        item("lib/y.so", b"through a relative link"),
        item("full", b"a file instead of a folder"),
        folder("again"),
        folder("again"),
        item("empty"),
        item("unpadded", b"the last block is short"),
        tail=b"",
    )
    top = top[: -512 + len("the last block is short")]
    return [bottom, top]


def good(form, out):
    config = {"User": "server", "ExposedPorts": {"8080/tcp": {}}}
    if form == "frames":
        bottom, top = good_layers()
        image = Layout([bottom, top], "tar", config)
        first = pack(bottom[:700], "gzip") + pack(bottom[700:], "gzip")
        skip = b"\x51\x2a\x4d\x18\x04\0\0\0skip"
        second = skip + pack(top[:1000], "zstd") + skip + pack(top[1000:], "zstd") + skip
        image.layers[:] = [image.blob(first, LAYER + "tar+gzip"), image.blob(second, LAYER + "tar+zstd")]
        image.seal()
    else:
        image = Layout(good_layers(), form, config)
    image.write(out)


def user(name, out):
    """An image whose configuration names this user."""
    Layout([tar(folder("etc"), item("etc/passwd", PASSWD), item("etc/group", GROUP))], config={"User": name}).write(out)


def stripped(out):
    """An image with what no container gets."""
    rights = {"SCHILY.xattr.security.capability": "\1\0\0\2", "SCHILY.xattr.user.note": "x", "SCHILY.acl.access": "user::rwx"}
    layer = tar(
        item("dev/console", kind=tarfile.CHRTYPE, device=(5, 1)),
        item("dev/null", kind=tarfile.CHRTYPE, device=(1, 3)),
        item("bin/su", b"su", mode=0o4755),
        item("bin/ping", b"ping", mode=0o755, pax=rights),
        folder("var", mode=0o2775),
    )
    Layout([layer]).write(out)


def choices(out):
    """The good image deep in an index, among others that must not be taken."""
    image = Layout(good_layers(), config={"User": "server"})
    manifest = image.index["manifests"][0]
    other = image.json({**image.manifest, "annotations": {"other": "yes"}}, MANIFEST)
    artifact = {**image.manifest, "config": image.blob(b"{}", "application/vnd.oci.empty.v1+json")}
    inner = {
        "schemaVersion": 2,
        "manifests": [
            {**other, "platform": {"os": "linux", "architecture": "arm64"}},
            {**other, "platform": {**AMD64, "variant": "v3"}},
            {**other, "platform": {"os": "unknown", "architecture": "unknown"}},
            {**manifest, "platform": AMD64},
            manifest,
            image.json(artifact, MANIFEST),
            {**other, "mediaType": "application/vnd.something.new+json"},
        ],
    }
    image.index = {"schemaVersion": 2, "manifests": [image.json(inner, INDEX)]}
    image.write(out)


BAD = {}


def bad(says):
    """The refusal of the image that the function makes contains all of says."""

    def keep(function):
        BAD[function.__name__.replace("_", "-")] = (says, function)
        return function

    return keep


def bad_entry(name, says, *items, below=()):
    """An image whose only or second layer has these entries."""
    layers = [tar(*below)] if below else []
    where = f"layer {len(layers)} (sha256:|"
    BAD[name] = (where + says, lambda: Layout([*layers, tar(*items)]))


ROOT = (folder("etc"), item("etc/passwd", PASSWD), item("a", b"a"))
bad_entry("dotdot", 'entry 0 "../evil": |leads out of the image', item("../evil", b"x"))
bad_entry("dotdot-inside", 'entry 0 "a/../../evil": |leads out of the image', item("a/../../evil", b"x"))
bad_entry("absolute", 'entry 0 "/evil": |absolute path', item("/evil", b"x"))
bad_entry("absolute-twice", 'entry 0 "//evil": |absolute path', item("//evil", b"x"))
bad_entry("link-absolute", 'entry 1 "out/evil": |leads out', symlink("out", "/tmp"), item("out/evil", b"x"))
bad_entry("link-dotdot", 'entry 1 "out/evil": |leads out', symlink("out", "../../tmp"), item("out/evil", b"x"))
bad_entry(
    "link-to-link", 'entry 3 "b/evil": |leads out', folder("d"), symlink("d/a", "../.."), symlink("b", "d/a"), item("b/evil")
)
bad_entry("link-lower", 'entry 0 "out/evil": |leads out', item("out/evil"), below=[symlink("out", "/etc")])
bad_entry("link-dangling", 'entry 1 "l/evil": |is not there', symlink("l", "none"), item("l/evil"))
bad_entry("link-circle", 'entry 2 "l/evil": |in a circle', symlink("l", "m"), symlink("m", "l"), item("l/evil"))
bad_entry("link-whiteout", 'entry 1 "out/.wh.passwd": |leads out', symlink("out", "/etc"), item("out/.wh.passwd"))
bad_entry("link-opaque", 'entry 0 "out/.wh..wh..opq": |leads out', item("out/.wh..wh..opq"), below=[symlink("out", "..")])
bad_entry("parent-file", 'entry 1 "f/x": |is a file', item("f", b"x"), item("f/x"))
bad_entry("block-device", '"disk": |a device node (8:0)', item("disk", kind=tarfile.BLKTYPE, device=(8, 0)))
bad_entry("char-device", '"dev/mem": |a device node (1:1)', item("dev/mem", kind=tarfile.CHRTYPE, device=(1, 1)))
bad_entry("device-disguised", '"dev/null": |a device node (1:1)', item("dev/null", kind=tarfile.CHRTYPE, device=(1, 1)))
bad_entry("overlay-whiteout", '"gone": |a device node (0:0)', item("gone", kind=tarfile.CHRTYPE))
bad_entry("pipe", '"p": |a named pipe', item("p", kind=tarfile.FIFOTYPE))
bad_entry("unknown-type", '"x": |of unknown type', item("x", kind=b"7"))
bad_entry("twice", 'entry 1 "./a": |given twice', item("a", b"1"), item("./a", b"2"))
bad_entry("twice-folder", '"d": |given twice', folder("d"), folder("d", mode=0o700))
bad_entry("twice-alias", 'entry 3 "l/x": |given twice', folder("d"), symlink("l", "d"), item("d/x"), item("l/x"))
bad_entry("twice-kinds", 'entry 1 "d": |given twice', item("d/x"), item("d"))
bad_entry("hardlink-dotdot", '"h": |leads out of the image', hardlink("h", "../../etc/passwd"))
bad_entry("hardlink-absolute", '"h": |is an absolute path', hardlink("h", "/etc/passwd"))
bad_entry("hardlink-missing", '"h": |is not there', hardlink("h", "none"))
bad_entry("hardlink-folder", 'entry 1 "h": |is a folder', folder("d"), hardlink("h", "d"))
bad_entry("hardlink-through", 'entry 1 "h": |leads out', symlink("l", "/etc"), hardlink("h", "l/passwd"))
bad_entry("hardlink-whiteout", 'entry 1 "h": |is not there', item(".wh.a"), hardlink("h", "a"), below=ROOT)
bad_entry("newline", '"a\\nb": |control character', item("a\nb"))
bad_entry("escape", '"a\\x1b[2Jb": |control character', item("a\x1b[2Jb"))
bad_entry("delete-char", '"a\\x7f": |control character', item("a\x7f"))
bad_entry("nul", '"a\\x00b": |control character', item("x", pax={"path": "a\0b"}))
bad_entry("target-newline", '"l": |control character', symlink("l", "a\nb"))
bad_entry("link-to-nothing", '"l": |a symbolic link to nothing', symlink("l", ""))
bad_entry("long-name", "longer than 255 bytes", item("n" * 256))
bad_entry("long-path", "longer than 4095 bytes", item("n/" * 2048 + "n"))
bad_entry("deep", "folders deep", item("n/" * 300 + "n"))
bad_entry("file-slash", '"f/": |ends with /', item("f/", b"x"))
bad_entry("root-file", '".": |the root is not a folder', item(".", b"x"))
bad_entry("owner", '"f": |impossible owner', item("f", pax={"uid": "4294967295"}))
bad_entry("whiteout-root", '".wh..": |whole image', item(".wh.."), below=ROOT)
bad_entry("whiteout-parent", '"etc/.wh...": |whole image', item("etc/.wh..."), below=ROOT)
bad_entry("whiteout-empty", '".wh.": |whole image', item(".wh."), below=ROOT)
bad_entry("whiteout-opaque-root", '".wh..wh..opq": |whole image', item(".wh..wh..opq"), below=ROOT)
bad_entry("whiteout-aufs", '".wh..wh.plnk": |unknown kind', item(".wh..wh.plnk"), below=ROOT)
bad_entry("whiteout-folder", '".wh.etc": |not an empty file', folder(".wh.etc"), below=ROOT)
bad_entry("whiteout-below", '".wh.etc/x": |below a whiteout', item(".wh.etc/x"), below=ROOT)
for place in ("dev", "proc", "sys", "tmp", "model"):
    BAD[f"mount-{place}"] = (
        f"layer 0 (sha256:|/{place} is a symbolic link",
        lambda place=place: Layout([tar(symlink(place, "proc/self/root" if place != "proc" else "proc"))]),
    )
bad_entry("mount-file", "/sys is not a folder", item("sys"))
bad_entry("mount-circle", "/proc is a symbolic link", symlink("proc", "sys"), symlink("sys", "proc"))
SPARSE = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1099511627776"}
bad_entry(
    "sparse-gnu", "|a sparse file", item("s", b"1\n0\n512\n".ljust(1024, b"\0"), pax=SPARSE)
)
bad_entry("sparse-claim", "|a sparse file", item("s", pax={"GNU.sparse.map": "0,1", "GNU.sparse.size": "1099511627776"}, data=b"x"))
bad_entry("pax-size", "not a readable tar archive", item("f", b"x", pax={"size": "1099511627776"}))


def header(**fields):
    """A tar header by hand: name, kind and size as bytes."""
    raw = bytearray(tar(item("f"), tail=b""))
    raw[124:136] = fields.get("size", bytes(raw[124:136]))
    raw[156:157] = fields.get("kind", b"0")
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


@bad("layer 0 (sha256:|not a readable tar archive")
def negative_size():
    return Layout([header(size=b"\xff" * 10 + b"\xfe\0") + bytes(2048)])


@bad("layer 0 (sha256:|")
def huge_size():
    return Layout([header(size=b"\x80" + b"\0" * 3 + b"\x7f" + b"\xff" * 7) + bytes(2048)])


@bad("layer 0 (sha256:|extended header of more than 1 MiB")
def long_name_bomb():
    return Layout([header(kind=b"L", size=b"00010000000\0") + b"n" * (8 << 20) + tar(item("x"))])


@bad("layer 0 (sha256:|too many extended headers")
def header_chain():
    return Layout([(header(kind=b"L", size=b"00000000002\0") + b"n\0".ljust(512, b"\0")) * 3000 + tar(item("x"))])


@bad("layer 0 (sha256:|PAX header for all")
def global_header():
    record = b"19 path=../../evil\n"
    return Layout([header(kind=b"g", size=b"%011o\0" % len(record)) + record.ljust(512, b"\0") + tar(item("x"))])


@bad("layer 0 (sha256:|neither another one nor the end")
def garbage_header():
    return Layout([tar(item("a", b"a"), tail=b"") + b"x" * 512 + tar(item("b", b"b"))])


@bad("layer 0 (sha256:|neither another one nor the end")
def garbage_after_end():
    return Layout([tar(item("a", b"a")) + tar(item("../b", b"b"))])


@bad("layer 0 (sha256:|not a readable tar archive")
def truncated_tar():
    return Layout([tar(item("a", b"a" * 5000))[:3000]])


@bad("layer 0 (sha256:|not a readable tar archive")
def truncated_inside_block():
    return Layout([tar(item("a", b"a" * 700), tail=b"")[: 512 + 699]])


@bad("layer 0 (sha256:|not a readable tar archive")
def no_tar():
    return Layout([b"not a tar archive at all"])


@bad("layer 0 (sha256:|a bomb")
def bomb_gzip():
    return Layout([tar(item("zeros", bytes(100 << 20)))])


@bad("layer 0 (sha256:|a bomb")
def bomb_zstd():
    return Layout([tar(item("zeros", bytes(100 << 20)))], "zstd")


@bad("layer 1 (sha256:|a bomb")
def bomb_second():
    return Layout([tar(*ROOT), tar(item("zeros", bytes(100 << 20)))])


@bad("layer 0 (sha256:|gzip data ends too early")
def truncated_gzip():
    image = Layout([tar(item("a", os.urandom(5000)))])
    image.layers[0] = image.blob(image.packed[0][:-900], LAYER + "tar+gzip")
    return image.seal()


@bad("layer 0 (sha256:|zstd data ends too early")
def truncated_zstd():
    image = Layout([tar(item("a", os.urandom(5000)))], "zstd")
    image.layers[0] = image.blob(image.packed[0][:-9], LAYER + "tar+zstd")
    return image.seal()


@bad("layer 0 (sha256:|damaged gzip data")
def trailing_gzip():
    image = Layout([tar(item("a"))])
    image.layers[0] = image.blob(image.packed[0] + b"more", LAYER + "tar+gzip")
    return image.seal()


@bad("layer 0 (sha256:|damaged gzip data")
def zstd_said_gzip():
    image = Layout([tar(item("a"))], "zstd")
    image.layers[0]["mediaType"] = LAYER + "tar+gzip"
    return image.seal()


@bad("layer 1 (sha256:|wrong digest: its bytes are sha256:")
def wrong_digest():
    image = Layout([tar(*ROOT), tar(item("a"))])
    digest = image.layers[1]["digest"]
    image.blobs[digest] = image.blobs[digest][:-1] + b"x"
    return image


@bad("layer 0 (sha256:|wrong digest: uncompressed it is sha256:")
def wrong_diff_id():
    image = Layout([tar(item("a"))])
    image.config["rootfs"]["diff_ids"][0] = sha(b"another")
    return image.seal()


@bad("rootfs.diff_ids has 0 layers, the manifest 1")
def no_diff_ids():
    image = Layout([tar(item("a"))])
    del image.config["rootfs"]
    return image.seal()


@bad("layer 0 (sha256:|wrong size: it has ")
def wrong_size():
    image = Layout([tar(item("a"))])
    image.layers[0]["size"] += 1
    return image.seal()


@bad("layer 0 (sha256:|the blob is missing")
def missing_layer():
    image = Layout([tar(item("a"))])
    del image.blobs[image.layers[0]["digest"]]
    return image


@bad("configuration sha256:|the blob is missing")
def missing_config():
    image = Layout([tar(item("a"))])
    del image.blobs[image.manifest["config"]["digest"]]
    return image


@bad("manifest sha256:|wrong digest")
def wrong_manifest():
    image = Layout([tar(item("a"))])
    digest = image.index["manifests"][0]["digest"]
    image.blobs[digest] = image.blobs[digest].replace(b'"schemaVersion": 2', b'"schemaVersion": 3')
    return image


@bad("configuration sha256:|wrong digest")
def wrong_config():
    image = Layout([tar(item("a"))])
    digest = image.manifest["config"]["digest"]
    image.blobs[digest] = image.blobs[digest].replace(b"/bin/a", b"/bin/b")
    return image


@bad("layer 0|not a sha256 or sha512 digest")
def digest_path():
    image = Layout([tar(item("a"))])
    image.layers[0]["digest"] = "sha256:../../../../../../etc/passwd"
    return image.seal()


@bad("layer 0|not a sha256 or sha512 digest")
def digest_md5():
    image = Layout([tar(item("a"))])
    image.layers[0]["digest"] = "md5:d41d8cd98f00b204e9800998ecf8427e"
    return image.seal()


@bad('layer 0 (sha256:|unknown media type "application/x-tar+xz"')
def unknown_layer():
    image = Layout([tar(item("a"))])
    image.layers[0]["mediaType"] = "application/x-tar+xz"
    return image.seal()


@bad("layer 0 (sha256:|a foreign layer")
def foreign_layer():
    image = Layout([tar(item("a"))])
    image.layers[0]["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    return image.seal()


@bad("layer 0 (sha256:|a foreign layer")
def layer_with_address():
    image = Layout([tar(item("a"))])
    image.layers[0]["urls"] = ["https://example.org/layer"]
    return image.seal()


@bad('configuration of unknown media type "application/x-config"')
def unknown_config():
    image = Layout([tar(item("a"))])
    image.manifest["config"]["mediaType"] = "application/x-config"
    return image.point()


@bad('no image for linux/amd64|unknown media type "application/x-manifest"')
def unknown_manifest():
    image = Layout([tar(item("a"))])
    image.index["manifests"][0]["mediaType"] = "application/x-manifest"
    return image


@bad("no image for linux/amd64 in it, only linux/arm64, linux/s390x")
def other_platforms():
    image = Layout([tar(item("a"))])
    one = image.index["manifests"][0]
    image.index["manifests"] = [
        {**one, "platform": {"os": "linux", "architecture": arch}} for arch in ("s390x", "arm64")
    ]
    return image


@bad("for linux/arm64; linux/amd64 is needed")
def platform_lie():
    image = Layout([tar(item("a"))], platform={"os": "linux", "architecture": "arm64"})
    image.index["manifests"][0]["platform"] = AMD64
    return image


@bad("more than one image for linux/amd64")
def two_images():
    image = Layout([tar(item("a"))])
    other = {**image.manifest, "annotations": {"a": "b"}}
    image.index["manifests"].append(image.json(other, MANIFEST))
    return image


@bad("no image for linux/amd64 in it, only nothing at all")
def no_images():
    image = Layout([])
    image.index["manifests"] = []
    return image


@bad("an index in an index, 4 times over")
def nested_indexes():
    image = Layout([tar(item("a"))])
    for _ in range(6):
        image.index = {"schemaVersion": 2, "manifests": [image.json(image.index, INDEX)]}
    return image


@bad("index sha256:|wrong digest")
def index_loop():
    """An index that names itself has a digest that it cannot have."""
    image = Layout([tar(item("a"))])
    loop = {"mediaType": INDEX, "digest": "sha256:" + "0" * 64, "size": 0}
    text = json.dumps({"schemaVersion": 2, "manifests": [loop]}).encode()
    loop["size"] = len(text) + 2
    text = json.dumps({"schemaVersion": 2, "manifests": [loop]}).encode()
    loop["size"] = len(text)
    text = json.dumps({"schemaVersion": 2, "manifests": [loop]}).encode()
    image.blobs[loop["digest"]] = text
    image.index = {"schemaVersion": 2, "manifests": [loop]}
    return image


@bad("a manifest with manifests in it")
def two_natures():
    image = Layout([tar(item("a"))])
    image.manifest["manifests"] = []
    return image.point()


@bad("not JSON: a key is there twice")
def json_twice():
    image = Layout([tar(item("a"))])
    text = json.dumps(image.manifest).encode()[:-1] + b', "layers": []}'
    image.index["manifests"] = [image.blob(text, MANIFEST)]
    return image


@bad("manifest sha256:|not JSON")
def json_deep():
    image = Layout([tar(item("a"))])
    image.index["manifests"] = [image.blob(b"[" * 200000, MANIFEST)]
    return image


@bad("manifest sha256:|larger than 4 MiB")
def json_large():
    image = Layout([tar(item("a"))])
    image.index["manifests"] = [image.blob(b" " * (5 << 20), MANIFEST)]
    return image


@bad("index.json: JSON of another shape")
def index_list():
    image = Layout([tar(item("a"))])
    image.index = []
    return image


@bad("configuration: mediaType is of another type")
def odd_media_type():
    image = Layout([tar(item("a"))])
    image.manifest["config"]["mediaType"] = ["application/vnd.oci.image.config.v1+json"]
    return image.point()


@bad("layer 0 (sha256:|a sparse file")
def sparse_old():
    return Layout([header(kind=b"S", size=b"00000000000\0") + bytes(1024)])


@bad("layer 0 (sha256:|is missing")
def docker_folder():
    """A docker-archive that was unpacked, and names files outside its folder."""
    layer = tar(item("a", b"a"))
    image = Layout([layer], "tar")
    name = image.manifest["config"]["digest"].replace(":", "/")
    entry = {"Config": "blobs/" + name, "Layers": ["blobs/../../../../../../../../../etc/passwd"]}
    image.files = lambda: [
        ("manifest.json", json.dumps([entry]).encode()),
        ("blobs/" + name, json.dumps(image.config).encode()),
    ]
    return image


@bad("oci-layout: another version than 1.0.0")
def layout_version():
    image = Layout([tar(item("a"))])
    image.layout = {"imageLayoutVersion": "2.0.0"}
    return image


@bad("configuration: its user \"nobody\" is not in its /etc/passwd")
def unknown_user():
    return Layout([tar(*ROOT)], config={"User": "nobody"})


@bad("configuration: its group \"staff\" is not in its /etc/group")
def unknown_group():
    return Layout([tar(*ROOT)], config={"User": "server:staff"})


@bad("configuration: User is of another type")
def odd_user():
    return Layout([tar(*ROOT)], config={"User": 0})


def archive(*items):
    return lambda: tar(*items)


BAD["archive-cut"] = ("not a readable tar archive", lambda: tar(item("oci-layout", b"x" * 2000))[:1500])
BAD["archive-twice"] = ("index.json is in the archive twice", archive(item("index.json", b"{}"), item("./index.json", b"{}")))
BAD["archive-of-nothing"] = ("neither an OCI layout", archive(item("a", b"a")))
BAD["archive-device"] = ("is neither a file nor a folder", archive(item("index.json", kind=tarfile.CHRTYPE, device=(1, 3))))


def docker(change):
    """A docker-archive, changed."""
    layer = tar(item("a", b"a"))
    config = json.dumps({**AMD64, "config": {}, "rootfs": {"type": "layers", "diff_ids": [sha(layer)]}}).encode()
    name = sha(config)[7:] + ".json"
    files = {name: config, "l/layer.tar": layer}
    manifest = [{"Config": name, "RepoTags": ["a:b"], "Layers": ["l/layer.tar"]}]
    change(files, manifest, name)
    return lambda: tar(item("manifest.json", json.dumps(manifest).encode()), *[item(n, d) for n, d in files.items()])


def bad_docker(name, says, change):
    BAD["archive-docker-" + name] = (says, docker(change))


bad_docker("layer", "layer 0 (sha256:|wrong digest", lambda f, m, n: f.update({"l/layer.tar": tar(item("a", b"b"))}))
bad_docker("config", "configuration sha256:|wrong digest", lambda f, m, n: f.update({n: f[n] + b" "}))
bad_docker("missing", "layer 0 (sha256:|l/layer.tar is missing", lambda f, m, n: f.pop("l/layer.tar"))
bad_docker("outside", "layer 0 (sha256:|../../etc/passwd is missing", lambda f, m, n: m[0].update(Layers=["../../etc/passwd"]))
bad_docker("two", "manifest.json: 2 images", lambda f, m, n: m.append(m[0]))
bad_docker("unnamed", "Config is not its digest", lambda f, m, n: m[0].update(Config="config.json"))
bad_docker("count", "rootfs.diff_ids has 1 layers, the manifest 2", lambda f, m, n: m[0]["Layers"].append("l/layer.tar"))


def write_bad(name, path):
    image = BAD[name][1]()
    if isinstance(image, Layout):
        image.write(path)
    else:
        with open(path, "wb") as file:
            file.write(image)


def main(what, *rest):
    if what in ("good", "user", "stripped", "choices"):
        globals()[what](*rest)
    elif what == "list":
        for name, (says, _) in BAD.items():
            print(name, says, sep="\t")
    else:  # all of them, below one folder
        for name in BAD:
            write_bad(name, os.path.join(rest[0], name))


if __name__ == "__main__":
    main(*sys.argv[1:])
