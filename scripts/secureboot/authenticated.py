# SPDX-License-Identifier: MIT
"""authenticated.py NAME LIST.esl SIGNER OUT.auth: what a machine without keys takes as its variable NAME: the signature
list, signed with SIGNER.key, whose certificate is SIGNER.pem.

UEFI Specification 2.10, section 8.2.2 "Using the EFI_VARIABLE_AUTHENTICATION_2 descriptor": time, WIN_CERTIFICATE_UEFI_GUID
with a PKCS #7 SignedData, the data. The signature covers name, GUID, attributes, time and data. The time only has to grow
from one writing to the next, so the first one is fixed.
"""

import struct
import subprocess
import sys
import uuid

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c").bytes_le
DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f").bytes_le
PKCS7 = uuid.UUID("4aafd29d-68df-49ee-8aa9-347d375665a7").bytes_le
# Non-volatile, for boot services, for the running system, authenticated by time.
ATTRIBUTES = 0x01 | 0x02 | 0x04 | 0x20
TIME = struct.pack("<HBBBBBBIhBB", 2000, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)
REVISION, TYPE_EFI_GUID = 0x0200, 0x0EF1


def enter(der):
    """What is inside the first element of der, and what follows it."""
    length, at = der[1], 2
    if length & 0x80:
        at += length & 0x7F
        length = int.from_bytes(der[2:at], "big")
    return der[at:at + length], der[at + length:]


def signed_data(content, signer):
    message = subprocess.run(
        ["openssl", "smime", "-sign", "-binary", "-noattr", "-md", "sha256", "-outform", "DER",
         "-signer", signer + ".pem", "-inkey", signer + ".key"],
        input=content, stdout=subprocess.PIPE, check=True).stdout
    # ContentInfo { type, [0] SignedData }: firmware wants the latter alone.
    _, tagged = enter(enter(message)[0])
    return enter(tagged)[0]


def main(name, path, signer, out):
    with open(path, "rb") as file:
        data = file.read()
    guid = GLOBAL if name in ("PK", "KEK") else DATABASE
    content = name.encode("utf-16-le") + guid + struct.pack("<I", ATTRIBUTES) + TIME + data
    signature = signed_data(content, signer)
    with open(out, "wb") as file:
        file.write(TIME + struct.pack("<IHH", 24 + len(signature), REVISION, TYPE_EFI_GUID) + PKCS7 + signature + data)


main(*sys.argv[1:])
