# SPDX-License-Identifier: MIT
"""Where an image's files are: a folder or an archive. All is read, nothing is unpacked here."""
import hashlib
import io
import os
import re
import stat
import tarfile
import zlib

import zstandard

CHUNK = 1 << 20
ZSTD_CHUNK = 4096  # zstd turns four bytes into 128 KiB at most: one step stays below 128 MiB
ZSTD_WINDOW_MAX = 1 << 27
HEADER_MAX = 1 << 20  # a long name or a PAX record; tarfile would read as much as the header says
MEMBERS_MAX = 100_000  # of an archive that holds blobs
TOTAL_MAX = 64 << 30  # bytes of all layers, uncompressed: more than the memory of most machines
RATIO_MAX = 200  # of one layer; text reaches 20, a container image as a whole about 3
RATIO_FREE = 64 << 20  # below this a layer may be a folder of zeros
DIGEST = re.compile(r"(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\Z")


class Refused(Exception):
    """One line: where, what, what to do."""


def show(text):
    """text without control characters and without end, for messages."""
    text = os.fsencode(text).decode("utf-8", "backslashreplace")
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= 300 else text[:200] + "..." + text[-80:]


class Part(io.RawIOBase):
    """A range of an open file, with a position of its own."""

    def __init__(self, fd, start, size):
        super().__init__()
        self.fd, self.start, self.size, self.at = fd, start, size, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self.at

    def seek(self, offset, whence=io.SEEK_SET):
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise tarfile.ReadError("an entry ends before it begins")
        self.at = base + offset
        return self.at

    def pread(self, offset, n):
        return os.pread(self.fd, max(0, min(n, self.size - offset)), self.start + offset)

    def read(self, n=-1):
        data = self.pread(self.at, self.size if n < 0 else n)
        self.at += len(data)
        return data

    def chunks(self, n=CHUNK):
        at = 0
        while data := self.pread(at, n):
            at += len(data)
            yield data


class Headers(Part):
    """What tarfile is handed: it reads headers here, never contents."""

    def read(self, n=-1):
        if n < 0 or n > HEADER_MAX:
            raise tarfile.ReadError("a name or an extended header of more than 1 MiB")
        data = super().read(n)
        # `umoci insert` leaves the last block short.
        padding = bytes(max(0, min(n - len(data), -self.size % 512 - max(0, self.at - self.size))))
        self.at += len(padding)
        return data + padding


def entries(part):
    """Each entry of a tar archive, numbered. Refuses what another reader would see otherwise."""
    n, last = 0, -1
    headers = Headers(part.fd, part.start, part.size)
    try:
        tar = tarfile.TarFile(fileobj=headers, encoding="utf-8", errors="surrogateescape")
        while entry := tar.next():
            tar.members = []
            if entry.offset <= last or tar.offset <= entry.offset or entry.size < 0:
                raise Refused(f"entry {n} has an impossible size")
            last = entry.offset
            end = entry.offset_data + entry.size
            if entry.isreg() and not entry.issparse() and end > part.size:
                raise tarfile.ReadError("unexpected end of data")
            if set(tar.pax_headers) - {"comment"}:
                raise Refused("a PAX header for all entries; readers disagree about it")
            yield entry, n
            n += 1
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise Refused(f"not a readable tar archive after {n} entries: {error}") from None
    except RecursionError:
        raise Refused(f"after {n} entries: too many extended headers in a row") from None
    # tarfile takes a damaged header for the end.
    while data := part.pread(tar.offset, CHUNK):
        if data.strip(b"\0"):
            raise Refused(f"after {n} entries there is neither another one nor the end")
        tar.offset += len(data)


def open_file(path, name):
    """A Part, or None if there is no such file."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Refused(f"{show(name)}: {error}") from None
    info = os.fstat(fd)
    if not stat.S_ISREG(info.st_mode):
        os.close(fd)
        raise Refused(f"{show(name)}: not a file")
    return Part(fd, 0, info.st_size)


class Folder:
    def __init__(self, path):
        self.path = path

    def open(self, name):
        """A Part, or None if there is no such file below this folder."""
        if name.startswith("/") or ".." in name.split("/"):
            return None
        return open_file(os.path.join(self.path, name), name)


class Archive:
    """A tar archive of blobs. Old `docker save` has symbolic links between its layers."""

    def __init__(self, part):
        self.part, self.files, self.links = part, {}, {}
        for entry, n in entries(part):
            name = os.path.normpath(entry.name)
            if n >= MEMBERS_MAX:
                raise Refused(f"more than {MEMBERS_MAX} files in the archive")
            if name in self.files or name in self.links:
                raise Refused(f"{show(name)} is in the archive twice")
            if entry.isreg() and not entry.issparse():
                self.files[name] = (entry.offset_data, entry.size)
            elif entry.issym():
                target = os.path.join(os.path.dirname(name), entry.linkname)
                self.links[name] = os.path.normpath(target)
            elif entry.islnk():
                self.links[name] = os.path.normpath(entry.linkname)
            elif not entry.isdir():
                raise Refused(f"{show(name)} in the archive is neither a file nor a folder")

    def open(self, name):
        name = os.path.normpath(name)
        place = self.files.get(self.links.get(name, name))
        return place and Part(self.part.fd, self.part.start + place[0], place[1])


def magic(part):
    head = part.pread(0, 4)
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    # A Zstandard frame, or a skippable one before it.
    if head == b"\x28\xb5\x2f\xfd" or (head[1:] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50):
        return "zstd"
    return "tar"


def gunzip(part):
    """Members follow each other in the layers of some tools."""
    unzip, data = None, b""
    for chunk in part.chunks():
        data += chunk
        while data:
            unzip = unzip or zlib.decompressobj(31)
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
    unzip = None
    for data in part.chunks(ZSTD_CHUNK):
        while data:
            unzip = unzip or make.decompressobj()
            yield unzip.decompress(data)
            data = b""
            if unzip.eof:
                data, unzip = unzip.unused_data, None
    if unzip:
        raise Refused("its zstd data ends too early")


def expand(part, kind, path, room):
    """part uncompressed as a new file at path, within room bytes."""
    stream = {"gzip": gunzip, "zstd": unzstd}[kind](part)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    size = 0
    try:
        for data in stream:
            size += len(data)
            if size > room:
                raise Refused(f"larger than the {TOTAL_MAX >> 30} GiB that all layers may have")
            if size > RATIO_FREE and size > part.size * RATIO_MAX:
                raise Refused(f"a bomb: {part.size} bytes become more than {RATIO_MAX} times as many")
            write_all(fd, data)
    except (zlib.error, zstandard.ZstdError) as error:
        raise Refused(f"damaged {kind} data: {error}") from None
    return Part(fd, 0, size)


def write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def digest_of(part, algorithm="sha256"):
    state = hashlib.new(algorithm)
    for data in part.chunks():
        state.update(data)
    return f"{algorithm}:{state.hexdigest()}"


def check(part, digest, size):
    """Compares a blob with its descriptor."""
    if part is None:
        raise Refused("the blob is missing")
    if size is not None and part.size != size:
        raise Refused(f"wrong size: it has {part.size} bytes, the manifest says {size}")
    got = digest_of(part, digest.partition(":")[0])
    if got != digest:
        raise Refused(f"wrong digest: its bytes are {got}")


def open_source(path, work):
    """The folder or archive at path. A compressed archive is expanded into work first."""
    if os.path.isdir(path):
        return Folder(path)
    part = open_file(path, path)
    if part is None:
        raise Refused("no such folder or archive; an OCI layout or a docker-archive is wanted")
    kind = magic(part)
    if kind != "tar":
        part = expand(part, kind, os.path.join(work, "archive.tar"), TOTAL_MAX)
    return Archive(part)
