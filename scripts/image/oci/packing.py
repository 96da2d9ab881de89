# SPDX-License-Identifier: MIT
"""
What a file's bytes are, whatever its label says, and how they are unpacked. Of the forms that are
only named, the refusal says what to do.
"""
import os
import zlib

import zstandard

from blobs import CHUNK, RATIO_FREE, RATIO_MAX, TOTAL_MAX, Archive, Folder
from blobs import Hashing, NoArchive, Part, Refused, open_file

ZSTD_CHUNK = 4096  # zstd turns four bytes into 128 KiB at most: one step stays below 128 MiB
ZSTD_WINDOW_MAX = 1 << 27
# (first bytes, name, what makes a tar of it)
FOREIGN = (
    (b"\xfd7zXZ\0", "xz", "xz -d"),
    (b"BZh", "bzip2", "bzip2 -d"),
    (b"\x04\x22\x4d\x18", "lz4", "lz4 -d"),
    (b"LZIP", "lzip", "lzip -d"),
    (b"\x5d\0\0", "lzma", "xz -d"),
    (b"\x1f\x9d", "compress", "gzip -d"),
    (b"PK\3\4", "zip", "unzip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip", "7z x"),
    (b"hsqs", "squashfs", "unsquashfs"),
    (b"#!/usr/bin/env run-singularity", "Singularity's", "apptainer build --sandbox"),
)


def magic(part):
    """gzip, zstd or tar, which is whatever else is not known to be something else."""
    head = part.pread(0, 32)
    if part.pread(257, 5) == b"ustar":
        return "tar"
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    # A Zstandard frame, or a skippable one before it.
    if head[:4] == b"\x28\xb5\x2f\xfd" or (head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50):
        return "zstd"
    for first, name, command in FOREIGN:
        if head.startswith(first):
            raise Refused(
                f"its bytes are of the form {name}; gzip, zstd and plain tar are read, so unpack it"
                f" with \"{command}\" or pack it with gzip"
            )
    return "tar"


def gunzip(part):
    """Members follow each other in the layers of some tools; zeros may follow, as for gzip(1)."""
    unzip, data, first = None, b"", True
    for chunk in part.chunks():
        data += chunk
        while data:
            if not unzip and not first:
                data = data.lstrip(b"\0")
                if not data:
                    break
            unzip, first = unzip or zlib.decompressobj(31), False
            yield unzip.decompress(data, CHUNK)
            data = unzip.unconsumed_tail
            if unzip.eof:
                data, unzip = unzip.unused_data, None
    while unzip and not unzip.eof:
        more = unzip.decompress(b"", CHUNK)
        if not more:
            break
        yield more
    if unzip and not unzip.eof:
        raise Refused("its gzip data ends too early")


def unzstd(part):
    make = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_MAX)
    unzip, out = None, bytearray()
    for data in part.chunks(ZSTD_CHUNK):
        while data:
            unzip = unzip or make.decompressobj()
            out += unzip.decompress(data)
            data = b""
            if unzip.eof:
                data, unzip = unzip.unused_data, None
        if len(out) >= CHUNK:
            yield bytes(out)
            out.clear()
    if unzip:
        raise Refused("its zstd data ends too early")
    yield bytes(out)


def write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def expand(part, kind, path, room, algorithm="sha256", progress=None):
    """part unpacked as a new file at path, within room bytes; and the digest of that."""
    stream = {"gzip": gunzip, "zstd": unzstd}[kind](part)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.unlink(path)
    size, hashing = 0, Hashing(algorithm)
    try:
        for data in stream:
            size += len(data)
            if size > room:
                raise Refused(f"larger than the {TOTAL_MAX >> 30} GiB that all layers may have")
            if size > RATIO_FREE and size > part.size * RATIO_MAX:
                times = f"become more than {RATIO_MAX} times as many"
                raise Refused(f"a bomb: {part.size} bytes {times}")
            hashing.update(data)
            write_all(fd, data)
            if progress:
                progress.at(size)
    except (zlib.error, zstandard.ZstdError) as error:
        raise Refused(f"damaged {kind} data: {error}") from None
    return Part(fd, 0, size), hashing.digest()


def open_source(path, work, progress):
    """The folder or archive at path. A compressed archive is unpacked into work first."""
    if os.path.isdir(path):
        return Folder(path)
    part = open_file(path, path)
    if part is None:
        raise Refused("no such folder or archive; an OCI layout or a docker-archive is wanted")
    if not part.size:
        raise Refused("an empty file; an OCI layout or a docker-archive is wanted")
    kind = magic(part)
    if kind != "tar":
        progress.start("unpacking the archive")
        to = os.path.join(work, "archive.tar")
        part, _ = expand(part, kind, to, TOTAL_MAX, progress=progress)
    try:
        return Archive(part)
    except NoArchive as error:
        raise Refused(f"{error}; an OCI layout or a docker-archive is wanted") from None
