# SPDX-License-Identifier: MIT
"""
cose.py FILE CORIM PUBLIC: reads a signed CoRIM as a stranger would: CBOR and COSE_Sign1 from their RFCs, not from a library, and
the signature by openssl with the PEM in PUBLIC. Prints the signer's name. Exit code 1 and what is wrong otherwise.
Sources: RFC 8949, section 3; RFC 9052, sections 4.2 and 4.4; RFC 9053, section 2; draft-ietf-rats-corim-11, section 4.2.
"""
import subprocess
import sys
import tempfile


def need(holds, what):
    if not holds:
        sys.exit(f"{sys.argv[1]}: {what}")


class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


def item(data, at):
    """One data item of deterministic CBOR, and where the next begins."""
    need(at < len(data), "it ends too early")
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    need(info < 28, "an indefinite length or a reserved one")
    size = 0 if info < 24 else 1 << (info - 24)
    need(at + size <= len(data), "it ends too early")
    value = int.from_bytes(data[at : at + size], "big") if size else info
    need(not size or value >= (24, 256, 1 << 16, 1 << 32)[info - 24], "a number that is not as short as can be")
    at += size
    if major == 0:
        return value, at
    if major == 1:
        return -1 - value, at
    if major in (2, 3):
        need(at + value <= len(data), "it ends too early")
        return (data[at : at + value] if major == 2 else data[at : at + value].decode()), at + value
    if major in (4, 5):
        flat = []
        for _ in range(value * (major - 3)):
            one, at = item(data, at)
            flat.append(one)
        return (flat if major == 4 else dict(zip(flat[::2], flat[1::2]))), at
    need(major == 6, "a simple value")
    inner, at = item(data, at)
    return Tag(value, inner), at


def whole(data):
    value, at = item(data, 0)
    need(at == len(data), "bytes are left after it")
    return value


def head(major, length):
    if length < 24:
        return bytes([major << 5 | length])
    for info, size in (24, 1), (25, 2), (26, 4):
        if length < 1 << (8 * size):
            return bytes([major << 5 | info]) + length.to_bytes(size, "big")
    sys.exit("too long")


def signed_bytes(protected, payload):
    """Sig_structure: ["Signature1", protected, external_aad, payload]."""
    text = b"Signature1"
    return head(4, 4) + head(3, len(text)) + text + head(2, len(protected)) + protected + head(2, 0) + head(2, len(payload)) + payload


def der_of(signature):
    """r || s as a Sequence of two Integers, which openssl wants."""
    body = b""
    for number in signature[:32], signature[32:]:
        value = int.from_bytes(number, "big")
        raw = value.to_bytes(value.bit_length() // 8 + 1, "big")
        body += b"\x02" + bytes([len(raw)]) + raw
    return b"\x30" + bytes([len(body)]) + body


def verify(algorithm, public, message, signature):
    lengths = {-8: 64, -7: 64, -49: 3309}
    need(algorithm in lengths and len(signature) == lengths[algorithm], f"algorithm {algorithm} with {len(signature)} bytes")
    if algorithm == -7:
        signature = der_of(signature)
    with tempfile.NamedTemporaryFile() as text, tempfile.NamedTemporaryFile() as sig:
        for file, data in (text, message), (sig, signature):
            file.write(data)
            file.flush()
        if algorithm == -7:
            command = ["openssl", "dgst", "-sha256", "-verify", public, "-signature", sig.name, text.name]
        else:
            command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-sigfile", sig.name, "-in", text.name]
        need(subprocess.run(command, capture_output=True, check=False).returncode == 0, "the signature is not of this key over this CoRIM")


with open(sys.argv[1], "rb") as source, open(sys.argv[2], "rb") as corim:
    root, unsigned = whole(source.read()), corim.read()
need(isinstance(root, Tag) and root.number == 18 and len(root.value) == 4, "not a COSE_Sign1")
protected, unprotected, payload, signature = root.value
headers = whole(protected)
need(headers.get(3) == "application/rim+cbor" and set(headers) == {1, 3, 8} and unprotected == {}, "not the headers of a signed CoRIM")
meta = whole(headers[8])
need(set(meta) == {0} and isinstance(meta[0].get(0), str), "not a corim-meta-map")
need(payload == unsigned and isinstance(whole(payload), Tag) and whole(payload).number == 501, "its payload is another")
verify(headers[1], sys.argv[3], signed_bytes(protected, payload), signature)
print(meta[0][0])
