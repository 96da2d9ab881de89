# SPDX-License-Identifier: MIT
"""
eventlog.py GOLDEN FIRMWARE USERSPACE EXTENDS: writes what a machine with these golden values would have: a
firmware log (TCG PC Client Platform Firmware Profile, crypto agile) with the digests of all events but init's, the rest as a log of systemd's form, and
lines "PCR:sha256=DIGEST" for tpm2_pcrextend.
"""
import json
import struct
import sys

NO_ACTION, COMPACT_HASH = 0x3, 0xC  # of the second one nobody reads the data
SHA256 = 0xB
INIT = "rampart/1"


def header():
    data = b"Spec ID Event03\0" + struct.pack("<I4BI2HB", 0, 0, 2, 0, 2, 1, SHA256, 32, 0)
    return struct.pack("<II20sI", 0, NO_ACTION, b"", len(data)) + data


def record(event):
    data = event["what"].encode()
    digest = bytes.fromhex(event["sha256"])
    return struct.pack("<IIIH32sI", event["pcr"], COMPACT_HASH, 1, SHA256, digest, len(data)) + data


def main(golden, firmware, userspace, extends):
    with open(golden, encoding="utf-8") as file:
        events = json.load(file)["events"]
    with open(firmware, "wb") as file:
        file.write(header() + b"".join(record(e) for e in events if e["type"] != INIT))
    with open(userspace, "w", encoding="utf-8") as file:
        for e in events:
            if e["type"] == INIT:
                digests = [{"hashAlg": "sha256", "digest": e["sha256"]}]
                content = {"eventType": "phase", "string": e["what"]}
                line = {"pcr": e["pcr"], "digests": digests, "content_type": "systemd", "content": content}
                file.write("\x1e" + json.dumps(line) + "\n")
    with open(extends, "w", encoding="ascii") as file:
        file.writelines(f"{e['pcr']}:sha256={e['sha256']}\n" for e in events)


main(*sys.argv[1:])
