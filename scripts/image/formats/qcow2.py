# SPDX-License-Identifier: MIT
"""
qcow2, version 3, from the bytes of the disk alone: QEMU's own tools leave out what the file system of the machine says
is a hole, so their result differs from machine to machine. Source: QEMU, docs/interop/qcow2.rst.

One cluster of header, the refcount table, the refcount blocks, the L1 table, the L2 tables, then those clusters of the
disk that are not zero, in order.
"""
import struct

BITS = 16
CLUSTER = 1 << BITS
ENTRIES = CLUSTER // 8  # of 64 bits, in an L1, L2 or refcount table
COUNTS = CLUSTER // 2  # of 16 bits, in a refcount block
COPIED = 1 << 63  # "refcount is exactly one"
ZEROS = bytes(CLUSTER)


def clusters(file):
    while data := file.read(CLUSTER):
        yield data.ljust(CLUSTER, b"\0")


def table(values):
    """64-bit words, filled up to whole clusters."""
    data = struct.pack(f">{len(values)}Q", *values)
    return data.ljust(-(-len(data) // CLUSTER) * CLUSTER, b"\0")


def write(disk, size, out):
    used = [data != ZEROS for data in clusters(disk)]
    n_l2 = -(-len(used) // ENTRIES)
    n_l1 = -(-n_l2 // ENTRIES)
    n_blocks = n_table = 1
    while True:  # refcounts count the clusters that they lie in, too
        total = 1 + n_table + n_blocks + n_l1 + n_l2 + sum(used)
        if n_blocks * COUNTS >= total and n_table * ENTRIES >= n_blocks:
            break
        n_blocks = -(-total // COUNTS)
        n_table = -(-n_blocks // ENTRIES)
    blocks_at = 1 + n_table
    l1_at = blocks_at + n_blocks
    l2_at = l1_at + n_l1
    header = struct.pack(
        ">4sIQIIQIIQQIIQ", b"QFI\xfb", 3, 0, 0, BITS, size, 0, n_l2, l1_at * CLUSTER, CLUSTER, n_table, 0, 0
    ) + struct.pack(">QQQIII", 0, 0, 0, 4, 112, 0)  # no features; refcounts of 1 << 4 bits; its own length
    out.write(header.ljust(CLUSTER, b"\0"))
    out.write(table([(blocks_at + i) * CLUSTER for i in range(n_blocks)]))
    out.write((b"\0\1" * total).ljust(n_blocks * CLUSTER, b"\0"))
    out.write(table([(l2_at + i) * CLUSTER | COPIED for i in range(n_l2)]))
    at, mapping = l2_at + n_l2, []
    for is_used in used:
        mapping.append(at * CLUSTER | COPIED if is_used else 0)
        at += is_used
    out.write(table(mapping))
    disk.seek(0)
    for data, is_used in zip(clusters(disk), used):
        if is_used:
            out.write(data)
