#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes firmware event logs as odd firmware does, each with the PCR values that an own replay finds.

usage: oddlogs.py FOLDER      NAME.bin, and NAME.want where there are values

Source of the formats: TCG PC Client Platform Firmware Profile, "TCG_PCR_EVENT2 Structure",
"Specification ID Version Event", "Startup Locality Event".
"""
import hashlib
import json
import pathlib
import struct
import sys

BANKS = {"sha1": (4, 20), "sha256": (11, 32), "sha384": (12, 48)}
NO_ACTION, SEPARATOR, ACTION, VERSION, HCRTM = 3, 4, 5, 8, 0x80000010
SEPARATORS = [(pcr, SEPARATOR, bytes(4)) for pcr in range(8)]
PLAIN = [(0, VERSION, b"1\0.\0"), *SEPARATORS]


def locality(n, padding=b""):
    return (0, NO_ACTION, b"StartupLocality\0" + bytes([n]) + padding)


def sha1_record(pcr, kind, data):
    digest = bytes(20) if kind == NO_ACTION else hashlib.sha1(data).digest()
    return struct.pack("<II", pcr, kind) + digest + struct.pack("<I", len(data)) + data


def header(banks):
    data = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(banks))
    data += b"".join(struct.pack("<HH", *BANKS[bank]) for bank in banks) + b"\0"
    return sha1_record(0, NO_ACTION, data)


def record(banks, pcr, kind, data):
    out = struct.pack("<III", pcr, kind, len(banks))
    for bank in banks:
        number, size = BANKS[bank]
        out += struct.pack("<H", number)
        out += bytes(size) if kind == NO_ACTION else hashlib.new(bank, data).digest()
    return out + struct.pack("<I", len(data)) + data


def agile(listed, events, banks=None, rest=b""):
    return header(listed) + b"".join(record(banks or listed, *event) for event in events) + rest


def replay(banks, events, start=0):
    found = {}
    for bank in banks:
        values = {}
        for pcr, kind, data in events:
            if kind == NO_ACTION:
                continue
            old = values.get(pcr, bytes(BANKS[bank][1] - 1) + bytes([0 if pcr else start]))
            values[pcr] = hashlib.new(bank, old + hashlib.new(bank, data).digest()).digest()
        found[bank] = {str(pcr): value.hex() for pcr, value in values.items()}
    return found


def logs():
    two, three = ["sha1", "sha256"], ["sha1", "sha256", "sha384"]
    for name, padding in ("padded", bytes(30)), ("padded-ff", b"\xff" * 47), ("padded-one", b"\0"):
        yield name, agile(two, [locality(3, padding), *PLAIN]), replay(two, PLAIN, 3)
    yield "repeated", agile(two, [locality(4), locality(4, b"\0"), *PLAIN]), replay(two, PLAIN, 4)
    yield "repeated-late", agile(two, [locality(3), *PLAIN, locality(3)]), replay(two, PLAIN, 3)
    yield "fewer", agile(three, PLAIN, two), replay(two, PLAIN)
    last = (4, ACTION, b"of one bank")
    yield "fewer-once", agile(two, PLAIN, rest=record(["sha256"], *last)), replay(["sha256"], [*PLAIN, last])
    for n in 1, 3, 7, 11, 64:
        yield f"zeros-{n}", agile(two, PLAIN, rest=bytes(n)), replay(two, PLAIN)
        yield f"ones-{n}", agile(two, PLAIN, rest=b"\xff" * n), replay(two, PLAIN)
    sha1 = b"".join(sha1_record(*event) for event in [locality(3, bytes(3)), *PLAIN])
    yield "sha1", sha1, replay(["sha1"], PLAIN, 3)
    yield "sha1-ones", sha1 + b"\xff" * 32, replay(["sha1"], PLAIN, 3)
    # A hardware root's measurement is what PCR 0 starts from, whether a locality is told or not.
    root = [(0, HCRTM, b"HCRTM"), *PLAIN]
    yield "root", agile(two, root), replay(two, root, 4)
    yield "root-told", agile(two, [locality(4), *root]), replay(two, root, 4)
    yield "root-told-behind", agile(two, [root[0], locality(4), *PLAIN]), replay(two, root, 4)
    yield "root-started-from-3", agile(two, [locality(3), *root]), replay(two, root, 4)
    yield "root-elsewhere", agile(two, [(1, HCRTM, b"HCRTM"), *PLAIN]), replay(two, [(1, HCRTM, b"HCRTM"), *PLAIN])
    yield "root-late", agile(two, [*PLAIN, root[0]]), replay(two, [*PLAIN, root[0]])
    # These break rules.
    yield "pcrs", agile(two, [*PLAIN, (99, ACTION, b"x"), (5, ACTION, b"y"), (24, ACTION, b"z")]), None
    yield "late", agile(two, [*PLAIN, locality(3), (5, ACTION, b"y")]), None
    yield "another", agile(two, [locality(3), locality(0), *PLAIN]), None
    yield "impossible", agile(two, [locality(2), *PLAIN]), None
    yield "none", agile(two, [(0, NO_ACTION, b"StartupLocality\0"), *PLAIN]), None
    yield "more", agile(["sha256"], PLAIN, two), None
    yield "cut", agile(two, PLAIN)[:-5], None
    yield "behind", agile(two, PLAIN, rest=bytes(40) + b"x"), None


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, log, want in logs():
        (folder / f"{name}.bin").write_bytes(log)
        if want:
            (folder / f"{name}.want").write_text(json.dumps(want))


main()
