# SPDX-License-Identifier: MIT
"""
The disk as a CD that UEFI firmware starts, such as a server's BMC lends it, and still the disk: a volume of ISO 9660 lies
in the gap between its partition table and its partition, whose catalog names that partition, where it is, as what to
start. So a CD has the very bytes of the disk, and on a USB stick it is the disk, with its partition table untouched. The
volume is empty: firmware reads the partition. systemd-repart makes such disks from version 258 on (--el-torito=); xorriso
makes partition tables of its own, whose measurement then differs.

Sources: ECMA-119, 3rd edition, sections 8.4 (primary volume descriptor), 9.1 (directory record), 9.4 (path table); "El
Torito" Bootable CD-ROM Format Specification 1.0; UEFI Specification 2.10, section 13.3.2.1 (platform 0xEF; a sector count
of 0: to the end of the CD) and 5.3 (GPT).
"""
import shutil
import struct

BLOCK = 2048
DESCRIPTORS, CATALOG, ROOT, PATHS = 16, 19, 20, 21  # of the first block each; there are two path tables
END = 23
ESP = bytes.fromhex("28732ac11ff8d211ba4b00a0c93ec93b")


def both(form, value):
    """A number in both orders of bytes."""
    return struct.pack("<" + form, value) + struct.pack(">" + form, value)


def directory(name):
    """The record of the root, under one of its two names; without a time."""
    return struct.pack("BB", 34, 0) + both("I", ROOT) + both("I", BLOCK) + bytes(7) + b"\2\0\0" + both("H", 1) + b"\1" + name


def primary(blocks):
    no_time = b"0" * 16 + b"\0"
    return (
        b"\1CD001\1\0" + b" " * 32 + b"RAMPART".ljust(32) + bytes(8) + both("I", blocks) + bytes(32)
        + both("H", 1) + both("H", 1) + both("H", BLOCK) + both("I", 10)
        + struct.pack("<II", PATHS, 0) + struct.pack(">II", PATHS + 1, 0)
        + directory(b"\0") + b" " * (4 * 128 + 3 * 37) + 4 * no_time + b"\1"
    )


def catalog(start):
    entry = b"\1\xef\0\0" + b"RAMPART".ljust(24, b"\0") + b"\0\0\x55\xaa"
    checksum = -sum(struct.unpack("<16H", entry)) & 0xFFFF
    return entry[:28] + struct.pack("<H", checksum) + entry[30:] + struct.pack("<BBHBBHI", 0x88, 0, 0, 0, 0, 0, start)


def volume(blocks, start):
    """The blocks from DESCRIPTORS to END."""
    return b"".join(block.ljust(BLOCK, b"\0") for block in (
        primary(blocks),
        b"\0CD001\1" + b"EL TORITO SPECIFICATION".ljust(64, b"\0") + struct.pack("<I", CATALOG),
        b"\xffCD001\1",
        catalog(start),
        directory(b"\0") + directory(b"\1"),
        struct.pack("<BBIHBB", 1, 0, ROOT, 1, 0, 0),
        struct.pack(">BBIHBB", 1, 0, ROOT, 1, 0, 0),
    ))


def partition(disk):
    """Where the EFI partition starts, in blocks; it is the first of the table, which ends before the volume."""
    disk.seek(2 * 512)
    kind, first = struct.unpack("<16s16xQ", disk.read(40))
    disk.seek(DESCRIPTORS * BLOCK)
    gap = disk.read((END - DESCRIPTORS) * BLOCK)
    if kind != ESP or first % 4 or first // 4 < END or any(gap):
        raise OSError(0, "no disk whose EFI partition a CD could start", disk.name)
    disk.seek(0)
    return first // 4


def write(disk, size, out):
    start = partition(disk)
    shutil.copyfileobj(disk, out)
    blocks = -(-size // BLOCK)
    out.truncate(blocks * BLOCK)
    out.seek(DESCRIPTORS * BLOCK)
    out.write(volume(blocks, start))
