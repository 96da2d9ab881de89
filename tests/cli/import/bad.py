# SPDX-License-Identifier: MIT
"""
Container images that are wrong, or lie.

    bad.py list              their names: NAME<TAB>what the refusal must say
    bad.py bad FOLDER        all of them, each an OCI layout at FOLDER/NAME (an archive for those named archive-...)
"""
import bz2
import json
import lzma
import os
import sys
import tarfile

from images import *

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


bad_entry("dotdot", 'entry 0 "../evil": |leads out of the image', item("../evil", b"x"))
bad_entry("dotdot-inside", 'entry 0 "a/../../evil": |leads out of the image', item("a/../../evil", b"x"))
bad_entry("link-circle", 'entry 2 "l/evil": |in a circle', symlink("l", "m"), symlink("m", "l"), item("l/evil"))
bad_entry("parent-file", 'entry 1 "f/x": |is a file', item("f", b"x"), item("f/x"))
bad_entry("hardlink-dotdot", '"h": |leads out of the image', hardlink("h", "../../etc/passwd"))
bad_entry("hardlink-absolute", '"h": |etc is not there', hardlink("h", "/etc/passwd"))
bad_entry("hardlink-missing", '"h": |is not there', hardlink("h", "none"))
bad_entry("hardlink-folder", 'entry 1 "h": |is a folder', folder("d"), hardlink("h", "d"))
bad_entry("hardlink-through", 'entry 1 "h": |a symbolic link to /etc, is not there', symlink("l", "/etc"), hardlink("h", "l/passwd"))
bad_entry("hardlink-whiteout", 'entry 1 "h": |is not there', item(".wh.a"), hardlink("h", "a"), below=ROOT)
bad_entry("nul", '"a\\x00b": |zero byte', item("x", pax={"path": "a\0b"}))
bad_entry("link-to-nothing", '"l": |a symbolic link to nothing', symlink("l", ""))
bad_entry("long-name", "longer than 255 bytes", item("n" * 256))
bad_entry("long-path", "longer than 4095 bytes", item("n/" * 2048 + "n"))
bad_entry("deep", "folders deep", item("n/" * 300 + "n"))
bad_entry("deep-by-link", "folders deep", folder("n/" * 200), symlink("l", "n/" * 200), *[folder("l/" + "n/" * k) for k in range(1, 100)])
bad_entry("file-slash", '"f/": |ends with /', item("f/", b"x"))
bad_entry("root-file", '".": |the root is not a folder', item(".", b"x"))
bad_entry("whiteout-root", '".wh..": |whole image', item(".wh.."), below=ROOT)
bad_entry("whiteout-parent", '"etc/.wh...": |whole image', item("etc/.wh..."), below=ROOT)
bad_entry("whiteout-empty", '".wh.": |whole image', item(".wh."), below=ROOT)
bad_entry("whiteout-below", '".wh.etc/x": |below a whiteout', item(".wh.etc/x"), below=ROOT)
SPARSE = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1099511627776"}
bad_entry(
    "sparse-gnu", "|a sparse file of 1099511627776 bytes, of which only 512 are there", item("s", b"1\n0\n512\n".ljust(1024, b"\0"), pax=SPARSE)
)
bad_entry("sparse-claim", "|a sparse file of 1099511627776 bytes", item("s", pax={"GNU.sparse.map": "0,1", "GNU.sparse.size": "1099511627776"}, data=b"x"))
bad_entry("pax-size", "|cut off inside f", item("f", b"x", pax={"size": "1099511627776"}))


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


@bad("layer 0 (sha256:|a PAX header gives all entries one path")
def global_header():
    record = b"19 path=../../evil\n"
    return Layout([header(kind=b"g", size=b"%011o\0" % len(record)) + record.ljust(512, b"\0") + tar(item("x"))])


@bad("layer 0 (sha256:|neither another one nor the end")
def garbage_header():
    return Layout([tar(item("a", b"a"), tail=b"") + b"x" * 512 + tar(item("b", b"b"))])


@bad("layer 0 (sha256:|neither another one nor the end")
def garbage_after_end():
    return Layout([tar(item("a", b"a")) + tar(item("../b", b"b"))])


@bad("layer 0 (sha256:|cut off inside a")
def truncated_tar():
    return Layout([tar(item("a", b"a" * 5000))[:3000]])


@bad("layer 0 (sha256:|cut off inside a")
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


@bad("configuration: its user \"4294967295\" is not in its /etc/passwd")
def no_user():
    """The number that means none."""
    return Layout([tar(*ROOT)], config={"User": "4294967295"})


@bad("configuration: its group \"staff\" is not in its /etc/group")
def unknown_group():
    return Layout([tar(*ROOT)], config={"User": "server:staff"})


@bad("configuration: User is of another type")
def odd_user():
    return Layout([tar(*ROOT)], config={"User": 0})


def archive(*items):
    return lambda: tar(*items)


BAD["archive-cut"] = ("cut off inside oci-layout", lambda: tar(item("oci-layout", b"x" * 2000))[:1500])
BAD["archive-twice"] = ("index.json is in the archive twice", archive(item("index.json", b"{}"), item("./index.json", b"{}")))
BAD["archive-of-nothing"] = ("neither an OCI layout", archive(item("a", b"a")))
BAD["archive-device"] = ("x in the archive is neither a file nor a folder", archive(item("index.json", b"{}"), item("x", kind=tarfile.CHRTYPE, device=(1, 3))))


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
bad_docker("half", "manifest.json: not JSON|surrogates not allowed", lambda f, m, n: m[0].update(Layers=["\ud800"]))
bad_docker("two", "manifest.json: 2 images", lambda f, m, n: m.append(m[0]))
bad_docker("unnamed", "manifest.json: the configuration config.json is missing", lambda f, m, n: m[0].update(Config="config.json"))
bad_docker("count", "rootfs.diff_ids has 1 layers, the manifest 2", lambda f, m, n: m[0]["Layers"].append("l/layer.tar"))


bad_entry("volumes", "goes on from another archive", item("a", kind=b"M"))
bad_entry("sparse-overlap", "|impossible map", item("s", b"2\n0\n9\n4\n9\n".ljust(512, b"\0") + b"x" * 18, pax={**SPARSE, "GNU.sparse.realsize": "18"}))
bad_entry("sparse-beyond", "|impossible map", item("s", b"1\n9\n9\n".ljust(512, b"\0") + b"x" * 9, pax={**SPARSE, "GNU.sparse.realsize": "10"}))


@bad("layer 0 (sha256:|a foreign layer, kept elsewhere")
def foreign_layer():
    image = Layout([tar(item("a"))])
    image.layers[0]["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    image.blobs.pop(image.layers[0]["digest"])
    return image.seal()


@bad("layer 0 (sha256:|a foreign layer, kept elsewhere")
def layer_with_address():
    image = Layout([tar(item("a"))])
    image.layers[0]["urls"] = ["https://example.org/layer"]
    image.blobs.pop(image.layers[0]["digest"])
    return image.seal()


@bad("not JSON: Unexpected UTF-8 BOM")
def json_mark():
    """Docker's reader of JSON wants none either."""
    image = Layout([tar(item("a"))])
    image.manifest["config"] = image.blob(b"\xef\xbb\xbf" + json.dumps(image.config).encode(), CONFIG)
    return image.point()


# Half of a pair of surrogates: JSON's grammar has it, and no text that can be written.
@bad("index.json: not JSON|surrogates not allowed")
def half_media_type():
    image = Layout([tar(item("a"))])
    image.index["manifests"][0]["mediaType"] = "\ud800"
    return image


@bad("configuration: not JSON|surrogates not allowed")
def half_user():
    return Layout([tar(*ROOT)], config={"User": "\ud800"})


@bad("configuration: not JSON|surrogates not allowed")
def half_key():
    return Layout([tar(*ROOT)], config={"Labels": {"\udfff": "a"}})


@bad("no image for linux/amd64 in it, only linux/amd64 sha256:|(which is not in it)")
def manifest_gone():
    image = Layout([tar(item("a"))])
    image.index["manifests"][0]["platform"] = AMD64
    image.blobs.pop(image.index["manifests"][0]["digest"])
    return image


# What is no image, by its name and with what to do.
def as_folder(name, says, *files):
    image = Layout([])
    image.files = lambda: files
    BAD[name] = (says, lambda: image)


as_folder("form-dir", "skopeo copy dir:", ("version", b"Directory Transport Version: 1.1\n"), ("manifest.json", b'{"schemaVersion": 2}'))
as_folder("form-bundle", "an unpacked bundle", ("config.json", b"{}"), ("rootfs/bin/a", b"a"))
as_folder("form-root", "a root file system alone", ("bin/a", b"a"), ("etc/passwd", PASSWD))
as_folder("form-folder", "the image is in its folder img", ("img/index.json", b"{}"))
as_folder("form-archive", "give the archive in it, image.tar", ("image.tar", b"a"))
as_folder("form-no-index", "a layout that has lost its index.json", ("oci-layout", b"{}"), ("blobs/sha256/1", b"a"))
as_folder("form-old", "from Docker before 1.10", ("repositories", b"{}"), ("1/layer.tar", b"a"))
BAD["archive-root"] = ("a root file system alone, as docker export", archive(folder("dev"), item("dev/null", kind=tarfile.CHRTYPE), item("bin/a"), item("etc/a"), item("etc/a")))
BAD["archive-sub"] = ("the image is in its folder img", archive(item("img/oci-layout", b"{}"), item("img/index.json", b"{}")))
BAD["archive-empty"] = ("an empty file", lambda: b"")
BAD["archive-text"] = ("not a readable tar archive|an OCI layout or a docker-archive is wanted", lambda: b"hello\n" * 200)
for name, data in (("xz", lzma.compress(b"a" * 2000)), ("bzip2", bz2.compress(b"a" * 2000)), ("lz4", b"\x04\x22\x4d\x18" + bytes(600)), ("zip", b"PK\3\4" + bytes(600))):
    BAD["archive-" + name] = (f"its bytes are of the form {name}; gzip, zstd and plain tar are read", lambda data=data: data)


@bad("layer 0 (sha256:|its bytes are of the form xz; gzip, zstd")
def layer_xz():
    data = lzma.compress(tar(item("a")))
    image = Layout([tar(item("a"))])
    image.layers[0] = image.blob(data, LAYER + "tar")
    return image.seal()


def write_bad(name, path):
    image = BAD[name][1]()
    if isinstance(image, Layout):
        image.write(path)
    else:
        with open(path, "wb") as file:
            file.write(image)


if __name__ == "__main__":
    if sys.argv[1] == "list":
        for name, (says, _) in BAD.items():
            print(name, says, sep="\t")
    else:
        for name in BAD:
            write_bad(name, os.path.join(sys.argv[2], name))
