# SPDX-License-Identifier: MIT
"""
A fixed VHD: the disk, and 512 bytes that describe it. Identifier and time are constants. Source: Virtual Hard Disk
Image Format Specification, version 1.0, "Hard Disk Footer Format", and its appendix "CHS Calculation".
"""
import shutil
import struct
import uuid

MIB = 1 << 20  # Azure takes whole ones only
IDENTIFIER = uuid.UUID("52414d50-4152-5400-8000-000000000003")
# Readers take the size of this creator's disks from the footer; those of others some count in cylinders, which cuts
# the end off.
CREATOR = b"win "
NO_OFFSET = (1 << 64) - 1


def geometry(sectors):
    sectors = min(sectors, 65535 * 16 * 255)
    if sectors >= 65535 * 16 * 63:
        return sectors // 255 // 16, 16, 255
    per_track, tracks = 17, sectors // 17
    heads = max((tracks + 1023) // 1024, 4)
    if tracks >= heads * 1024 or heads > 16:
        per_track, heads, tracks = 31, 16, sectors // 31
    if tracks >= heads * 1024:
        per_track, heads, tracks = 63, 16, sectors // 63
    return tracks // heads, heads, per_track


def footer(size, checksum=0):
    cylinders, heads, sectors = geometry(size // 512)
    data = struct.pack(">8sIIQI", b"conectix", 2, 0x00010000, NO_OFFSET, 0)
    data += struct.pack(">4sI4sQQ", CREATOR, 0x00010000, b"Wi2k", size, size)
    data += struct.pack(">HBBII", cylinders, heads, sectors, 2, checksum)
    return (data + IDENTIFIER.bytes).ljust(512, b"\0")


def write(disk, size, out):
    shutil.copyfileobj(disk, out)
    size = -(-size // MIB) * MIB
    out.seek(size)
    out.write(footer(size, ~sum(footer(size)) & 0xFFFFFFFF))
