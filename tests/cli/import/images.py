# SPDX-License-Identifier: MIT
"""
Container images for the import tests, made by hand so that they can be wrong.

    images.py good FORM OUT     a good image; FORM: gzip, zstd, tar, frames (several gzip members, zstd frames)
    images.py user NAME OUT     one whose user is NAME
    images.py stripped OUT      one with setuid files, attributes and device nodes
    images.py choices OUT       the good one among others, in a nested index
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
ROOT = (folder("etc"), item("etc/passwd", PASSWD), item("a", b"a"))
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


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
