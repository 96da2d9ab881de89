# SPDX-License-Identifier: MIT
"""A second implementation of logs, from their specifications alone: RFC 8032, RFC 6962 and, of c2sp.org,
signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles and tlog-proof. Every hash and signature is made here.

tlog.py vkey NAME TYPE SEED            the verifier key of a seed, 64 hex digits
tlog.py pem SEED                       the seed as a private key that OpenSSL reads
tlog.py make LOG ORIGIN SEED ENTRY...  writes a log whose leaves are these files
tlog.py check LOG VKEY                 reads a log, every tile of it
tlog.py prove LOG INDEX [leaves]       a proof, with the hashes of all leaves if they are wanted
tlog.py verify PROOF ENTRY VKEY [WITNESS VKEY...]
tlog.py cosign CHECKPOINT NAME SEED TIME   the line of a witness
"""

import base64
import hashlib
import os
import struct
import sys

# ---- RFC 8032, section 5.1 "Ed25519ph, Ed25519ctx, and Ed25519" ----
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        raise ValueError("not a point")
    return P - x if x & 1 != sign else x


BY = 4 * pow(5, -1, P) % P
BASE = (recover_x(BY, 0), BY, 1, recover_x(BY, 0) * BY % P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def mul(s, p):
    q = (0, 1, 1, 0)
    while s:
        if s & 1:
            q = add(q, p)
        p, s = add(p, p), s >> 1
    return q


def compress(p):
    z = pow(p[2], -1, P)
    return (p[1] * z % P | (p[0] * z % P & 1) << 255).to_bytes(32, "little")


def decompress(data):
    n = int.from_bytes(data, "little")
    y = n & (1 << 255) - 1
    x = recover_x(y, n >> 255)
    return (x, y, 1, x * y % P)


def hint(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


def expand(seed):
    h = hashlib.sha512(seed).digest()
    return int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254, h[32:]


def public(seed):
    return compress(mul(expand(seed)[0], BASE))


def sign(seed, message):
    a, prefix = expand(seed)
    r = hint(prefix, message)
    point = compress(mul(r, BASE))
    return point + ((r + hint(point, public(seed), message) * a) % L).to_bytes(32, "little")


def holds(key, message, signature):
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    left = mul(s, BASE)
    right = add(decompress(signature[:32]), mul(hint(signature[:32], key, message), decompress(key)))
    return compress(left) == compress(right)


# ---- signed-note, tlog-cosignature ----
def key_id(name, kind, key):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


def vkey(name, kind, key):
    return f"{name}+{key_id(name, kind, key).hex()}+{base64.b64encode(bytes([kind]) + key).decode()}"


def read_vkey(text):
    name, ident, data = text.split("+", 2)
    data = base64.b64decode(data, validate=True)
    assert key_id(name, data[0], data[1:]).hex() == ident
    return name, data[0], data[1:]


def cosigned(time, text):
    return f"cosignature/v1\ntime {time}\n".encode() + text


def line(name, ident, signature):
    return f"\u2014 {name} {base64.b64encode(ident + signature).decode()}\n".encode()


def verify_note(note, keys):
    """Its text, if each of the keys signed it."""
    text, signatures = note.rsplit(b"\n\n", 1)
    text += b"\n"
    for name, kind, key in keys:
        found = False
        for row in signatures.decode().splitlines():
            dash, who, data = row.split(" ")
            data = base64.b64decode(data, validate=True)
            assert dash == "\u2014"
            if who != name or data[:4] != key_id(name, kind, key):
                continue
            message, signature = text, data[4:]
            if kind == 4:
                message, signature = cosigned(struct.unpack(">Q", data[4:12])[0], text), data[12:]
            assert holds(key, message, signature), f"{name}: not its signature"
            found = True
        assert found, f"{name}: did not sign"
    return text


# ---- RFC 6962, section 2.1 ----
def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split(n):
    return 1 << (n - 1).bit_length() - 1


def mth(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(mth(leaves[:k]), mth(leaves[k:]))


def path(m, leaves):
    if len(leaves) <= 1:
        return []
    k = split(len(leaves))
    if m < k:
        return path(m, leaves[:k]) + [mth(leaves[k:])]
    return path(m - k, leaves[k:]) + [mth(leaves[:k])]


def climb(leaf, index, size, steps):
    """RFC 9162, section 2.1.3.2, as it is written there."""
    assert index < size
    fn, sn, r = index, size - 1, leaf
    for p in steps:
        assert sn != 0
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r


# ---- tlog-checkpoint, tlog-tiles ----
def checkpoint(origin, leaves, seed):
    text = f"{origin}\n{len(leaves)}\n{base64.b64encode(mth(leaves)).decode()}\n".encode()
    return text + b"\n" + line(origin, key_id(origin, 1, public(seed)), sign(seed, text))


def read_checkpoint(text):
    lines = text.decode().split("\n")
    assert str(int(lines[1])) == lines[1]
    return lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)


def tile_path(log, level, n, width):
    digits = f"{n:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    name = "/".join(["x" + p for p in parts[:-1]] + parts[-1:])
    return os.path.join(log, "tile", str(level), name + (f".p/{width}" if width < 256 else ""))


def tiles(leaves):
    """(level, N, the tile's hashes) of all tiles."""
    level = 0
    while len(leaves) >> 8 * level:
        span = 256**level
        hashes = [mth(leaves[i * span : (i + 1) * span]) for i in range(len(leaves) // span)]
        for n in range(-(-len(hashes) // 256)):
            yield level, n, hashes[256 * n : 256 * n + 256]
        level += 1


def write(name, data):
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "wb") as file:
        file.write(data)


def read(name):
    with open(name, "rb") as file:
        return file.read()


def make(log, origin, seed, entries):
    leaves = [leaf_hash(e) for e in entries]
    for n in range(-(-len(entries) // 256)):
        bundle = entries[256 * n : 256 * n + 256]
        data = b"".join(struct.pack(">H", len(e)) + e for e in bundle)
        write(tile_path(log, "entries", n, len(bundle)), data)
    for level, n, hashes in tiles(leaves):
        write(tile_path(log, level, n, len(hashes)), b"".join(hashes))
    write(os.path.join(log, "checkpoint"), checkpoint(origin, leaves, seed))


def load(log, keys):
    note = read(os.path.join(log, "checkpoint"))
    origin, size, root = read_checkpoint(verify_note(note, keys))
    entries = []
    for n in range(-(-size // 256)):
        width = min(256, size - 256 * n)
        data = read(tile_path(log, "entries", n, width))
        for _ in range(width):
            (length,) = struct.unpack(">H", data[:2])
            entries.append(data[2 : 2 + length])
            data = data[2 + length :]
        assert not data
    leaves = [leaf_hash(e) for e in entries]
    assert mth(leaves) == root, "another root"
    for level, n, hashes in tiles(leaves):
        assert read(tile_path(log, level, n, len(hashes))) == b"".join(hashes), (level, n)
    return note, origin, leaves


# ---- tlog-proof ----
def prove(note, leaves, index, extra):
    rows = ["c2sp.org/tlog-proof@v1"]
    if extra is not None:
        rows.append("extra " + base64.b64encode(extra).decode())
    rows.append(f"index {index}")
    rows += [base64.b64encode(h).decode() for h in path(index, leaves)]
    return "\n".join(rows).encode() + b"\n\n" + note


def verify(proof, entry, keys):
    head, note = proof.split(b"\n\n", 1)
    rows = head.decode().split("\n")
    assert rows.pop(0) == "c2sp.org/tlog-proof@v1"
    if rows[0].startswith("extra "):
        base64.b64decode(rows.pop(0)[6:], validate=True)
    index = int(rows.pop(0).removeprefix("index "))
    steps = [base64.b64decode(row, validate=True) for row in rows]
    origin, size, root = read_checkpoint(verify_note(note, keys))
    assert origin == keys[0][0]
    assert climb(leaf_hash(entry), index, size, steps) == root, "not in this tree"


def main(what, *rest):
    if what == "vkey":
        print(vkey(rest[0], int(rest[1]), public(bytes.fromhex(rest[2]))))
    elif what == "pem":  # RFC 8410, section 7
        der = bytes.fromhex("302e020100300506032b657004220420" + rest[0])
        print("-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(der).decode() + "\n-----END PRIVATE KEY-----")
    elif what == "make":
        make(rest[0], rest[1], bytes.fromhex(rest[2]), [read(name) for name in rest[3:]])
    elif what == "check":
        print(len(load(rest[0], [read_vkey(rest[1])])[2]))
    elif what == "prove":
        note, _, leaves = load(rest[0], [])
        extra = b"".join(leaves) if len(rest) > 2 else None
        sys.stdout.buffer.write(prove(note, leaves, int(rest[1]), extra))
    elif what == "verify":
        verify(read(rest[0]), read(rest[1]), [read_vkey(key) for key in rest[2:]])
    elif what == "cosign":
        text = read(rest[0]).rsplit(b"\n\n", 1)[0] + b"\n"
        seed, time = bytes.fromhex(rest[2]), int(rest[3])
        signature = struct.pack(">Q", time) + sign(seed, cosigned(time, text))
        sys.stdout.buffer.write(line(rest[1], key_id(rest[1], 4, public(seed)), signature))


if __name__ == "__main__":
    main(*sys.argv[1:])
