# SPDX-License-Identifier: MIT
"""Where an image's files are: a folder or an archive, and its entries. Nothing is unpacked."""
import hashlib
import io
import os
import re
import stat
import tarfile
from concurrent.futures import ThreadPoolExecutor

CHUNK = 1 << 20
HEADER_MAX = 1 << 20  # of one entry: long names, records, maps; tarfile would read all of it
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


class NoArchive(Refused):
    """What was taken for a tar archive is none."""


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

    def release(self):
        """Ends the open file, and so all its ranges."""
        os.close(self.fd)

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

    left = HEADER_MAX

    def read(self, n=-1):
        if n < 0 or n > self.left:
            raise tarfile.ReadError("a name or an extended header of more than 1 MiB")
        data = super().read(n)
        # `umoci insert` leaves the last block short.
        padding = bytes(max(0, min(n - len(data), -self.size % 512 - max(0, self.at - self.size))))
        self.at += len(padding)
        self.left -= n
        return data + padding


class ForAll(dict):
    """
    PAX records for all entries that follow. Docker, and Go's archive/tar below it, read over them;
    other readers obey. So none is kept, and those that would change a file for others are refused.
    """

    def __setitem__(self, key, value):
        if key in ("path", "linkpath", "size") or key.startswith("GNU.sparse."):
            raise Refused(f"a PAX header gives all entries one {key}; readers disagree about it")


def segments(entry):
    """Where in the archive the bytes of a file are: (place in the file, offset, size), in order."""
    if not entry.issparse():
        return ((0, entry.offset_data, entry.size),)
    found, offset, end = [], entry.offset_data, 0
    for place, size in entry.sparse:
        if not size:  # where no data is, or the rest of a table
            continue
        if place < end or size < 0 or place + size > entry.size:
            raise Refused(f"{show(entry.name)}: a sparse file with an impossible map")
        found.append((place, offset, size))
        offset, end = offset + size, place + size
    return tuple(found)


def check_sizes(entry, part):
    if entry.size < 0:
        raise Refused("an entry has an impossible size")
    if entry.type in tarfile.SUPPORTED_TYPES and not entry.isreg():
        return
    for _, offset, size in segments(entry):
        if offset + size > part.size:
            raise Refused(
                f"the archive is cut off inside {show(entry.name)}: it has {part.size} bytes, and"
                f" that ends at {offset + size}; copy it anew"
            )


def entries(part):
    """Each entry of a tar archive, numbered. Refuses what another reader would see otherwise."""
    n, last = 0, -1
    if not part.size:  # an empty layer, as some tools write it
        return
    headers = Headers(part.fd, part.start, part.size)
    try:
        tar = tarfile.TarFile(
            fileobj=headers, encoding="utf-8", errors="surrogateescape", pax_headers=ForAll()
        )
        while entry := tar.next():
            tar.members = []
            headers.left = HEADER_MAX
            if entry.offset <= last or tar.offset <= entry.offset:
                raise Refused(f"entry {n} has an impossible size")
            last = entry.offset
            check_sizes(entry, part)
            yield entry, n
            n += 1
    except (tarfile.TarError, ValueError, OverflowError) as error:
        refusal = Refused if n else NoArchive
        raise refusal(f"not a readable tar archive after {n} entries: {error}") from None
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

    def names(self):
        """What is in it, and in its folders."""
        found = set()
        for name in os.listdir(self.path):
            found.add(name)
            path = os.path.join(self.path, name)
            if os.path.isdir(path) and os.access(path, os.R_OK):
                found.update(f"{name}/{below}" for below in os.listdir(path))
        return found

    def check(self):
        pass


class Archive:
    """A tar archive of blobs. Old `docker save` has symbolic links between its layers."""

    def __init__(self, part):
        self.part, self.files, self.links, self.others, self.odd = part, {}, {}, set(), None
        for entry, n in entries(part):
            if n >= MEMBERS_MAX:
                self.odd = f"more than {MEMBERS_MAX} files in the archive"
                break
            name = os.path.normpath(entry.name).lstrip("/")
            if name in self.files or name in self.links:
                self.odd = self.odd or f"{show(name)} is in the archive twice"
            elif entry.isreg() and not entry.issparse():
                self.files[name] = (entry.offset_data, entry.size)
            elif entry.issym():
                target = os.path.join(os.path.dirname(name), entry.linkname)
                self.links[name] = os.path.normpath(target)
            elif entry.islnk():
                self.links[name] = os.path.normpath(entry.linkname).lstrip("/")
            else:
                self.others.add(name)
                if not entry.isdir():
                    what = "is neither a file nor a folder"
                    self.odd = self.odd or f"{show(name)} in the archive {what}"

    def open(self, name):
        name = os.path.normpath(name)
        place = self.files.get(self.links.get(name, name))
        return place and Part(self.part.fd, self.part.start + place[0], place[1])

    def names(self):
        return {*self.files, *self.links, *self.others}

    def check(self):
        """Once it is known to be an image: whether another reader would see the same one."""
        if self.odd:
            raise Refused(self.odd)


class Hashing:
    """A digest of what is given in pieces, made while the next one is fetched."""

    def __init__(self, algorithm="sha256"):
        self.algorithm, self.state, self.last = algorithm, hashlib.new(algorithm), None
        self.pool = ThreadPoolExecutor(1)

    def update(self, data):
        self.wait()
        self.last = self.pool.submit(self.state.update, data)

    def wait(self):
        if self.last:
            self.last.result()
            self.last = None

    def hexdigest(self):
        self.wait()
        self.pool.shutdown()
        return self.state.hexdigest()

    def digest(self):
        return f"{self.algorithm}:{self.hexdigest()}"


def digest_of(part, algorithm="sha256", progress=None):
    hashing, size = Hashing(algorithm), 0
    for data in part.chunks():
        hashing.update(data)
        size += len(data)
        if progress:
            progress.at(size)
    return hashing.digest()


def check(part, digest, size):
    """Compares a blob with its descriptor."""
    if part is None:
        raise Refused("the blob is missing")
    if size is not None and part.size != size:
        raise Refused(f"wrong size: it has {part.size} bytes, the manifest says {size}")
    got = digest_of(part, digest.partition(":")[0])
    if got != digest:
        raise Refused(f"wrong digest: its bytes are {got}")


