# SPDX-License-Identifier: MIT
"""compress.py KIND OUT: OCI layouts for compress.t: files, and large, with one file beyond what threads compress."""
import hashlib
import sys
from tarfile import LNKTYPE

from images import Layout, folder, item, symlink, tar

LARGE = (256 << 20) + 5  # bytes: a little more than THREADED_MAX of scripts/image/oci/output.py
HERE = 2 << 20  # of which are in the layer; the others are a hole


def noise(size):
    return hashlib.shake_128(b"%d" % size).digest(size)


def text(size):
    return b"".join(b"%d: %s\n" % (n, noise(5).hex().encode()) for n in range(size // 16))[:size]


HOLES = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "large", "GNU.sparse.realsize": str(LARGE)}

KINDS = {
    # Of every size that compression treats in its own way: none, less than a block, a cluster, and a thread's piece.
    "files": lambda: Layout(
        [
            tar(
                folder("d"),
                item("d/empty"),
                item("d/byte", b"x"),
                item("d/block", text(4096)),
                item("d/text", text(300_001), owner=(7, 7)),
                item("d/zeros", bytes(1 << 20)),
                item("d/noise", noise(1_000_003), mode=0o755),
                item("d/mixed", noise(70_000) + text(3 << 20) + noise(70_000)),
                item("d/pieces", text(17 << 20)),
                item("d/same", kind=LNKTYPE, link="d/text"),
                symlink("link", "d/text"),
            )
        ],
        config={"User": "7"},
    ),
    "large": lambda: Layout(
        [tar(item("GNUSparseFile.0/large", (b"1\n0\n%d\n" % HERE).ljust(512, b"\0") + text(HERE), pax=HOLES), item("a", b"a"))], kind="tar"
    ),
}

if __name__ == "__main__":
    KINDS[sys.argv[1]]().write(sys.argv[2])
