# SPDX-License-Identifier: MIT
"""
From an OCI layout or a docker-archive to one image for linux/amd64: its manifest, its configuration
and its layers, each compared with its digest before it is looked into.

Source: OCI Image Format Specification 1.1 (image-layout.md, image-index.md, manifest.md,
config.md); for docker-archive, what `docker save` and skopeo write.
"""
import json
import re
from dataclasses import dataclass

from blobs import DIGEST, Refused, check, show

JSON_MAX = 4 << 20  # a configuration with a long history is tens of KiB
LAYERS_MAX = 512  # Docker stops at 127
NESTING_MAX = 4
MANIFESTS_MAX = 1000
PLATFORM = "linux/amd64"

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."
INDEXES = {OCI + "index.v1+json", DOCKER + "distribution.manifest.list.v2+json"}
MANIFESTS = {OCI + "manifest.v1+json", DOCKER + "distribution.manifest.v2+json"}
CONFIGS = {OCI + "config.v1+json", DOCKER + "container.image.v1+json"}
LAYERS = {
    OCI + "layer.v1.tar": "tar",
    OCI + "layer.v1.tar+gzip": "gzip",
    OCI + "layer.v1.tar+zstd": "zstd",
    DOCKER + "image.rootfs.diff.tar": "tar",
    DOCKER + "image.rootfs.diff.tar.gzip": "gzip",
    DOCKER + "image.rootfs.diff.tar.zstd": "zstd",
}
FOREIGN = re.compile(r"nondistributable|\.foreign\.")


@dataclass
class Layer:
    name: str  # for messages: "layer 0 (sha256:...)"
    part: object
    kind: str  # tar, gzip, zstd; None: whatever it looks like
    diff_id: str


@dataclass
class Image:
    manifest: bytes  # None for a docker-archive, which has none
    config: bytes
    layers: list


def once(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is there twice")
    return result


def parse(data, kind, where):
    """JSON text as a value of this type."""
    try:
        value = json.loads(data, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{where}: not JSON: {error}") from None
    if not isinstance(value, kind):
        raise Refused(f"{where}: JSON of another shape")
    return value


def read_small(part, where):
    if part is None:
        raise Refused(f"{where} is missing")
    if part.size > JSON_MAX:
        raise Refused(f"{where}: larger than {JSON_MAX >> 20} MiB")
    return part.pread(0, JSON_MAX)


def member(value, key, kind, where, default=None):
    """value[key], which must be of this type; absent and null are the default."""
    found = value.get(key)
    if found is None:
        return default
    if not isinstance(found, kind) or isinstance(found, bool):
        raise Refused(f"{where}: {key} is of another type")
    return found


def listed(value, key, kind, where):
    found = member(value, key, list, where, [])
    if not all(isinstance(item, kind) for item in found):
        raise Refused(f"{where}: {key} has something else in it")
    return found


def describe(descriptor, where):
    """(media type, digest, size) of a descriptor."""
    media = member(descriptor, "mediaType", str, where, "")
    digest = member(descriptor, "digest", str, where, "")
    size = member(descriptor, "size", int, where, -1)
    if not DIGEST.match(digest):
        raise Refused(f"{where}: not a sha256 or sha512 digest: \"{show(digest)}\"")
    if size < 0:
        raise Refused(f"{where}: no size")
    return media, digest, size


def blob_of(store, digest):
    return store.open("blobs/" + digest.replace(":", "/"))


def read_blob(store, descriptor, what):
    """Text of a blob, compared with its descriptor."""
    _, digest, size = describe(descriptor, what)
    where = f"{what} {digest}"
    try:
        part = blob_of(store, digest)
        if part is not None and part.size > JSON_MAX:
            raise Refused(f"larger than {JSON_MAX >> 20} MiB")
        check(part, digest, size)
    except Refused as error:
        raise Refused(f"{where}: {error}") from None
    return part.pread(0, size)


def platform_of(value, where):
    os = member(value, "os", str, where, "unknown")
    return f"{os}/{member(value, 'architecture', str, where, 'unknown')}"


def unknown_config(descriptor):
    return f"configuration of unknown media type \"{show(str(descriptor.get('mediaType')))}\""


class Chooser:
    """Walks the index, and those in it, to the manifests of this platform."""

    def __init__(self, store):
        self.store, self.found, self.other, self.n = store, {}, set(), 0

    def index(self, index, where, depth):
        if depth > NESTING_MAX:
            raise Refused(f"{where}: an index in an index, {NESTING_MAX} times over")
        if "layers" in index:
            raise Refused(f"{where}: an index with layers in it")
        for descriptor in listed(index, "manifests", dict, where):
            self.n += 1
            if self.n > MANIFESTS_MAX:
                raise Refused(f"{where}: more than {MANIFESTS_MAX} manifests")
            media = describe(descriptor, where)[0]
            if media in INDEXES:
                inner = read_blob(self.store, descriptor, "index")
                self.index(parse(inner, dict, "index"), "index", depth + 1)
            elif media in MANIFESTS:
                self.manifest(descriptor, where)
            else:  # image-index.md: no reason to fail, if something else will do
                self.other.add(f'unknown media type "{show(media)}"')

    def manifest(self, descriptor, where):
        platform = member(descriptor, "platform", dict, where)
        digest = descriptor["digest"]
        if platform is None:
            text = read_blob(self.store, descriptor, "manifest")
            manifest = parse(text, dict, f"manifest {digest}")
            config = member(manifest, "config", dict, f"manifest {digest}", {})
            if member(config, "mediaType", str, "configuration") not in CONFIGS:
                self.other.add(unknown_config(config))
                return
            text = read_blob(self.store, config, "configuration")
            platform = parse(text, dict, "configuration")
        name = platform_of(platform, where)
        variant = member(platform, "variant", str, where) or "v1"
        if name != PLATFORM:
            self.other.add(name)
        else:
            self.found.setdefault(digest, (variant != "v1", descriptor))

    def choose(self):
        if not self.found:
            there = ", ".join(sorted(self.other)) or "nothing at all"
            raise Refused(f"no image for {PLATFORM} in it, only {there}")
        plain = [d for special, d in self.found.values() if not special]
        rest = plain or [d for _, d in self.found.values()]
        if len(rest) > 1:
            digests = ", ".join(sorted(d["digest"] for d in rest))
            raise Refused(f"more than one image for {PLATFORM} in it; leave only one: {digests}")
        return rest[0]


def diff_ids_of(config, n):
    rootfs = member(config, "rootfs", dict, "configuration", {})
    ids = listed(rootfs, "diff_ids", str, "configuration")
    if len(ids) != n:
        raise Refused(f"configuration: rootfs.diff_ids has {len(ids)} layers, the manifest {n}")
    for digest in ids:
        if not DIGEST.match(digest):
            raise Refused(f"configuration: rootfs.diff_ids: not a digest: \"{show(digest)}\"")
    return ids


def check_platform(config):
    if platform_of(config, "configuration") != PLATFORM:
        raise Refused(f"configuration: for {show(platform_of(config, ''))}; {PLATFORM} is needed")


def open_layer(store, descriptor, i, diff_id):
    media, digest, size = describe(descriptor, f"layer {i}")
    name = f"layer {i} ({digest})"
    if descriptor.get("urls") or FOREIGN.search(media):
        raise Refused(f"{name}: a foreign layer, kept elsewhere; put its bytes into the image")
    if media not in LAYERS:
        known = "tar, tar+gzip and tar+zstd are known"
        raise Refused(f"{name}: unknown media type \"{show(media)}\"; {known}")
    try:
        part = blob_of(store, digest)
        check(part, digest, size)
    except Refused as error:
        raise Refused(f"{name}: {error}") from None
    return Layer(name, part, LAYERS[media], diff_id)


def read_oci(store):
    layout = parse(read_small(store.open("oci-layout"), "oci-layout"), dict, "oci-layout")
    if layout.get("imageLayoutVersion") != "1.0.0":
        raise Refused("oci-layout: another version than 1.0.0")
    chooser = Chooser(store)
    index = parse(read_small(store.open("index.json"), "index.json"), dict, "index.json")
    chooser.index(index, "index.json", 0)
    descriptor = chooser.choose()
    text = read_blob(store, descriptor, "manifest")
    where = f"manifest {descriptor['digest']}"
    manifest = parse(text, dict, where)
    media = member(manifest, "mediaType", str, where, descriptor["mediaType"])
    if manifest.get("schemaVersion") != 2 or media not in MANIFESTS:
        raise Refused(f"{where}: not an image manifest of schema 2")
    if "manifests" in manifest:
        raise Refused(f"{where}: a manifest with manifests in it")
    config_descriptor = member(manifest, "config", dict, where, {})
    if member(config_descriptor, "mediaType", str, where) not in CONFIGS:
        raise Refused(f"{where}: {unknown_config(config_descriptor)}")
    config_text = read_blob(store, config_descriptor, "configuration")
    config = parse(config_text, dict, "configuration")
    check_platform(config)
    layers = listed(manifest, "layers", dict, where)
    if len(layers) > LAYERS_MAX:
        raise Refused(f"{where}: more than {LAYERS_MAX} layers")
    ids = diff_ids_of(config, len(layers))
    return Image(text, config_text, [open_layer(store, d, i, ids[i]) for i, d in enumerate(layers)])


def read_docker(store):
    """manifest.json names a configuration by its digest; that one names the layers by theirs."""
    images = parse(read_small(store.open("manifest.json"), "manifest.json"), list, "manifest.json")
    if len(images) != 1 or not isinstance(images[0], dict):
        raise Refused(f"manifest.json: {len(images)} images; one is needed")
    name = member(images[0], "Config", str, "manifest.json", "")
    named = re.search(r"(?:^|/|sha256:)([0-9a-f]{64})(?:\.json)?\Z", name)
    if not named:
        raise Refused(f"manifest.json: the name of Config is not its digest: \"{show(name)}\"")
    where = f"configuration sha256:{named[1]}"
    config_text = read_small(store.open(name), where)
    try:
        check(store.open(name), "sha256:" + named[1], None)
    except Refused as error:
        raise Refused(f"{where}: {error}") from None
    config = parse(config_text, dict, where)
    check_platform(config)
    names = listed(images[0], "Layers", str, "manifest.json")
    if len(names) > LAYERS_MAX:
        raise Refused(f"manifest.json: more than {LAYERS_MAX} layers")
    layers = []
    for i, digest in enumerate(diff_ids_of(config, len(names))):
        part = store.open(names[i])
        if part is None:
            raise Refused(f"layer {i} ({digest}): {show(names[i])} is missing")
        layers.append(Layer(f"layer {i} ({digest})", part, None, digest))
    return Image(None, config_text, layers)


def read_image(store):
    """Newer archives are both; then the OCI layout is the one with more digests."""
    if store.open("index.json") or store.open("oci-layout"):
        return read_oci(store)
    if store.open("manifest.json"):
        return read_docker(store)
    raise Refused("neither an OCI layout (no index.json) nor a docker-archive (no manifest.json)")
