# SPDX-License-Identifier: MIT
"""ear.py [JWT]: claims of an EAT Attestation Result from standard input, by the rules of draft-fv-rats-ear,
"EAT Attestation Result", and draft-ietf-rats-ar4si, "Trustworthiness Tiers". With JWT: writes header,
signing input and signature of the token to header, input, signature, the last for openssl in DER if it is ES256.
"""

import base64
import json
import sys

CLAIMS = ["instance-identity", "configuration", "executables", "file-system", "hardware", "runtime-opaque",
          "storage-opaque", "sourced-data"]
TIERS = ["affirming", "none", "warning", "contraindicated"]  # from the most trusted


def decode(text):
    assert "=" not in text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def tier(value):
    if value in (-1, 0, 1):
        return "none"
    if 2 <= value <= 31 or -32 <= value <= -2:
        return "affirming"
    if 32 <= value <= 95 or -96 <= value <= -33:
        return "warning"
    assert 96 <= value <= 127 or -128 <= value <= -97
    return "contraindicated"


def check(claims):
    assert claims["eat_profile"] == "tag:github.com,2023:veraison/ear"
    assert type(claims["iat"]) is int
    assert set(claims["ear.verifier-id"]) == {"build", "developer"}
    assert all(isinstance(v, str) and v for v in claims["ear.verifier-id"].values())
    assert claims["submods"]
    for appraisal in claims["submods"].values():
        vector = appraisal["ear.trustworthiness-vector"]
        assert vector and set(vector) <= set(CLAIMS)
        assert all(type(v) is int for v in vector.values())
        worst = max(TIERS.index(tier(v)) for v in vector.values())
        assert TIERS.index(appraisal["ear.status"]) >= worst, "a higher trust than the worst claim"
    appraisal = claims["submods"]["rampart"]
    vector = appraisal["ear.trustworthiness-vector"]
    print(appraisal["ear.status"], *(vector[c] for c in ("configuration", "executables", "hardware")))


def integer(data):
    data = data.lstrip(b"\0")
    if not data or data[0] & 0x80:
        data = b"\0" + data
    return b"\x02" + bytes([len(data)]) + data


token = sys.stdin.read()
assert token.endswith("\n") and token.count("\n") == 1
token = token[:-1]
if len(sys.argv) > 1:
    head, body, tail = token.split(".")
    header, signature = json.loads(decode(head)), decode(tail)
    assert header["typ"] == "JWT" and len(signature) == 64
    if header["alg"] == "ES256":
        numbers = integer(signature[:32]) + integer(signature[32:])
        signature = b"\x30" + bytes([len(numbers)]) + numbers
    for name, data in ("alg", header["alg"].encode()), ("input", f"{head}.{body}".encode()), ("signature", signature):
        with open(name, "wb") as file:
            file.write(data)
    token = decode(body).decode()
check(json.loads(token))
