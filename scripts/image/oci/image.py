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

from blobs import DIGEST, Refused, check, digest_of, show
from forms import refuse_form

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
# What a layer is packed with is told by its bytes: tools label it wrongly, and the digests hold.
LAYERS = re.compile(
    r"(application/vnd\.(oci\.image\.layer\.(nondistributable\.)?v1\.tar"
    r"|docker\.image\.rootfs\.(foreign\.)?diff\.tar)([+.](gzip|zstd))?)?\Z"
)
FOREIGN = re.compile(r"nondistributable|\.foreign\.")


@dataclass
class Layer:
    name: str  # for messages: "layer 0 (sha256:...)"
    part: object
    digest: str  # that its bytes were compared with; None: with none
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
        value = json.loads(data.decode("utf-8"), object_pairs_hook=once)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # "\ud800" is half a character
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
    """As os/architecture, in the words that containerd makes of others'."""
    os = member(value, "os", str, where, "unknown").lower()
    architecture = member(value, "architecture", str, where, "unknown").lower()
    return f"{os}/{'amd64' if architecture in ('x86_64', 'x86-64') else architecture}"


def is_config(descriptor, where):
    return member(descriptor, "mediaType", str, where, "") in {"", *CONFIGS}


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
            media, digest, _ = describe(descriptor, where)
            if not media and blob_of(self.store, digest):
                media = self.kind_of(descriptor)
            if media in INDEXES:
                self.inner(descriptor, depth)
            elif media in MANIFESTS:
                self.manifest(descriptor, where)
            else:  # image-index.md: no reason to fail, if something else will do
                self.other.add(f'unknown media type "{show(media)}"')

    def kind_of(self, descriptor):
        """Media type of what a descriptor without one describes."""
        value = parse(read_blob(self.store, descriptor, "manifest"), dict, "manifest")
        for key, kinds in (("manifests", INDEXES), ("layers", MANIFESTS)):
            if key in value:
                return min(kinds)
        return ""

    def absent(self, what, digest):
        """An archive of one platform may name the others', which are not in it."""
        if blob_of(self.store, digest):
            return False
        self.other.add(f"{what} {digest} (which is not in it)")
        return True

    def inner(self, descriptor, depth):
        if not self.absent("index", descriptor["digest"]):
            inner = read_blob(self.store, descriptor, "index")
            self.index(parse(inner, dict, "index"), "index", depth + 1)

    def manifest(self, descriptor, where):
        platform = member(descriptor, "platform", dict, where)
        digest = descriptor["digest"]
        if platform is None:
            if self.absent("manifest", digest):
                return
            text = read_blob(self.store, descriptor, "manifest")
            manifest = parse(text, dict, f"manifest {digest}")
            config = member(manifest, "config", dict, f"manifest {digest}", {})
            if not is_config(config, "configuration"):
                self.other.add(unknown_config(config))
                return
            text = read_blob(self.store, config, "configuration")
            platform = parse(text, dict, "configuration")
        name = platform_of(platform, where)
        variant = member(platform, "variant", str, where) or "v1"
        if name != PLATFORM:
            self.other.add(show(name))
        elif not self.absent(name, digest):
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
    name = platform_of(config, "configuration")
    if name != PLATFORM:
        raise Refused(f"configuration: for {show(name)}; {PLATFORM} is needed")


def open_layer(store, descriptor, i, diff_id):
    media, digest, size = describe(descriptor, f"layer {i}")
    name = f"layer {i} ({digest})"
    if not LAYERS.match(media):
        known = "tar, tar+gzip and tar+zstd are known"
        raise Refused(f"{name}: unknown media type \"{show(media)}\"; {known}")
    part = blob_of(store, digest)
    if part is None and (descriptor.get("urls") or FOREIGN.search(media)):
        raise Refused(f"{name}: a foreign layer, kept elsewhere; put its bytes into the image")
    try:
        check(part, digest, size)
    except Refused as error:
        raise Refused(f"{name}: {error}") from None
    return Layer(name, part, digest, diff_id)


def read_oci(store):
    # Who has an index has a layout: umoci wants this file too, skopeo and podman do without.
    if layout := store.open("oci-layout"):
        layout = parse(read_small(layout, "oci-layout"), dict, "oci-layout")
        if layout.get("imageLayoutVersion") != "1.0.0":
            raise Refused("oci-layout: another version than 1.0.0")
    chooser = Chooser(store)
    index = parse(read_small(store.open("index.json"), "index.json"), dict, "index.json")
    chooser.index(index, "index.json", 0)
    descriptor = chooser.choose()
    text = read_blob(store, descriptor, "manifest")
    where = f"manifest {descriptor['digest']}"
    manifest = parse(text, dict, where)
    media = member(manifest, "mediaType", str, where, descriptor.get("mediaType") or min(MANIFESTS))
    if manifest.get("schemaVersion") != 2 or media not in MANIFESTS:
        raise Refused(f"{where}: not an image manifest of schema 2")
    if "manifests" in manifest:
        raise Refused(f"{where}: a manifest with manifests in it")
    config_descriptor = member(manifest, "config", dict, where, {})
    if not is_config(config_descriptor, where):
        raise Refused(f"{where}: {unknown_config(config_descriptor)}")
    config_text = read_blob(store, config_descriptor, "configuration")
    config = parse(config_text, dict, "configuration")
    check_platform(config)
    layers = listed(manifest, "layers", dict, where)
    if len(layers) > LAYERS_MAX:
        raise Refused(f"{where}: more than {LAYERS_MAX} layers")
    ids = diff_ids_of(config, len(layers))
    return Image(text, config_text, [open_layer(store, d, i, ids[i]) for i, d in enumerate(layers)])


def docker_config(store, name):
    """Text of the configuration and where it is from. Most tools name it by its digest, not Jib."""
    text = read_small(store.open(name), f"manifest.json: the configuration {show(name)}")
    named = re.search(r"(?:^|/|sha256:)([0-9a-f]{64})(?:\.json)?\Z", name)
    where = "configuration " + (f"sha256:{named[1]}" if named else digest_of(store.open(name)))
    try:
        check(store.open(name), where.partition(" ")[2], None)
    except Refused as error:
        raise Refused(f"{where}: {error}") from None
    return text, where


def read_docker(store):
    """manifest.json names a configuration, and that one the layers by their digests."""
    text = read_small(store.open("manifest.json"), "manifest.json")
    images = parse(text, (list, dict), "manifest.json")
    if isinstance(images, dict):
        raise Refused(
            "manifest.json is a registry's manifest, as skopeo writes it for dir:; make a layout of"
            " it: skopeo copy dir:THIS oci:LAYOUT:latest"
        )
    if len(images) != 1 or not isinstance(images[0], dict):
        raise Refused(f"manifest.json: {len(images)} images; one is needed, so save it alone")
    config_text, where = docker_config(store, member(images[0], "Config", str, "manifest.json", ""))
    config = parse(config_text, dict, where)
    # Of images that have none, Docker supposes that they are for its own machine.
    for key, value in zip(("os", "architecture"), PLATFORM.split("/")):
        config[key] = config.get(key) or value
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
    if store.open("index.json"):
        read = read_oci
    elif store.open("manifest.json"):
        read = read_docker
    else:
        refuse_form(store)
    store.check()
    return read(store)
