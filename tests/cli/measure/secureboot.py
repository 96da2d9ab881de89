# SPDX-License-Identifier: MIT
"""secureboot.py KEYS [AUTHORITY.der|AUTHORITY.hash...]: PCR 7 of a machine with Secure Boot on and KEYS/*.esl as its
variables, which starts programs for these entries of db; sha256 and sha384. A second implementation: lists are written
here from the certificates KEYS/*.der and not read, but for dbx."""

import hashlib
import os
import struct
import sys
import uuid

OWNER = uuid.UUID("52414d50-4152-5400-8000-000000000020").bytes_le
GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c").bytes_le
DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f").bytes_le
X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072").bytes_le


def read(path):
    with open(path, "rb") as file:
        return file.read()


def signature_list(data):
    size = 16 + len(data)
    return X509 + struct.pack("<III", 28 + size, 0, size) + OWNER + data


def variable(guid, name, data):
    text = name.encode("utf-16-le")
    return guid + struct.pack("<QQ", len(name), len(data)) + text + data


keys, authorities = sys.argv[1], sys.argv[2:]
events = [variable(GLOBAL, "SecureBoot", b"\x01")]
for name in ("PK", "KEK", "db"):
    lists = b"".join(signature_list(read(os.path.join(keys, file))) for file in sorted(os.listdir(keys))
                     if file.startswith(name) and file.endswith(".der"))
    events.append(variable(DATABASE if name == "db" else GLOBAL, name, lists))
dbx = os.path.join(keys, "dbx.esl")
events.append(variable(DATABASE, "dbx", read(dbx) if os.path.exists(dbx) else b""))
events.append(bytes(4))
events += [variable(DATABASE, "db", OWNER + read(path)) for path in authorities]
for bank in ("sha256", "sha384"):
    value = bytes(hashlib.new(bank).digest_size)
    for event in events:
        value = hashlib.new(bank, value + hashlib.new(bank, event).digest()).digest()
    print(bank, value.hex())
