# SPDX-License-Identifier: MIT
"""
A container image whose only file is the disk, as qcow2: what KubeVirt calls a containerDisk. An OCI image layout in one
tar, which skopeo pushes ("oci-archive:"). Sources: KubeVirt user guide, "containerDisk Workflow Example" (below /disk,
user 107); OCI Image Format Specification 1.1, "OCI Image Layout", "Image Manifest", "Image Configuration".
"""
import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile

import qcow2

QEMU_USER = 107
TYPE = "application/vnd.oci.image."


class Hashed:
    """A file that is written once, and its sha256."""

    def __init__(self, file):
        self.file, self.hash, self.size = file, hashlib.sha256(), 0

    def write(self, data):
        self.hash.update(data)
        self.size += len(data)
        return self.file.write(data)

    def flush(self):
        self.file.flush()

    def described(self, media):
        return {"mediaType": TYPE + media, "digest": self.digest(), "size": self.size}

    def digest(self):
        return "sha256:" + self.hash.hexdigest()


def put(tar, name, size, content, user=0, mode=0o644):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.uid, entry.gid = size, mode, user, user
    tar.addfile(entry, content)


def write_layer(disk, size, place, out):
    with tempfile.TemporaryFile(dir=place) as image, tarfile.open(fileobj=out, mode="w|", format=tarfile.USTAR_FORMAT) as tar:
        qcow2.write(disk, size, image)
        length = image.tell()
        image.seek(0)
        folder = tarfile.TarInfo("disk")
        folder.type, folder.mode, folder.uid, folder.gid = tarfile.DIRTYPE, 0o555, QEMU_USER, QEMU_USER
        tar.addfile(folder)
        put(tar, "disk/disk.qcow2", length, image, QEMU_USER, 0o440)


def blob(value):
    """JSON, in a form without choices."""
    data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    file = Hashed(io.BytesIO())
    file.write(data)
    return file


def write(disk, size, out):
    place = os.path.dirname(out.name)
    packed = Hashed(tempfile.TemporaryFile(dir=place))
    with packed.file, gzip.GzipFile("", "wb", 9, packed, mtime=0) as compressed:
        layer = Hashed(compressed)
        write_layer(disk, size, place, layer)
        compressed.close()
        config = blob({
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [layer.digest()]},
        })
        manifest = blob({
            "schemaVersion": 2,
            "mediaType": TYPE + "manifest.v1+json",
            "config": config.described("config.v1+json"),
            "layers": [packed.described("layer.v1.tar+gzip")],
        })
        index = blob({"schemaVersion": 2, "manifests": [manifest.described("manifest.v1+json")]})
        files = {"blobs/sha256/" + f.hash.hexdigest(): f for f in (config, manifest, packed)}
        files |= {"index.json": index, "oci-layout": blob({"imageLayoutVersion": "1.0.0"})}
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, file in sorted(files.items()):
                file.file.seek(0)
                put(tar, name, file.size, file.file)
