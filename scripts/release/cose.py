# SPDX-License-Identifier: MIT
"""
corim.cbor, signed: a COSE_Sign1 (RFC 9052, 4.2) whose payload it is, in one of two ways.

cose.py agent CORIM NAME            with the key that ssh-agent holds first, ed25519 or P-256
cose.py tbs CORIM NAME ALGORITHM    prints the bytes that another program has to sign (RFC 9052, 4.4) ...
cose.py wrap CORIM NAME ALGORITHM SIGNATURE   ... and takes the file of the signature; ALGORITHM is EdDSA or ML-DSA-65

The result is written to standard output. NAME is the signer's name in it, which is a hint: whose key it is has to be known. Deterministic
encoding (RFC 8949, 4.2.1). Source: draft-ietf-rats-corim-11, section 4.2 "Signed CoRIM".
"""
import os
import socket
import struct
import sys

import cbor2

ALGORITHMS = {"EdDSA": -8, "ES256": -7, "ML-DSA-65": -49}  # registry "COSE Algorithms"
SIGN1 = 18  # CBOR tag
ALG, CONTENT_TYPE, CORIM_META = 1, 3, 8
SIGNER, SIGNER_NAME = 0, 0


class Refused(Exception):
    """One line: where, what, what to do."""


def headers(name, algorithm):
    meta = cbor2.dumps({SIGNER: {SIGNER_NAME: name}}, canonical=True)
    return cbor2.dumps({ALG: ALGORITHMS[algorithm], CONTENT_TYPE: "application/rim+cbor", CORIM_META: meta}, canonical=True)


def to_be_signed(corim, name, algorithm):
    return cbor2.dumps(["Signature1", headers(name, algorithm), b"", corim], canonical=True)


def wrap(corim, name, algorithm, signature):
    return cbor2.dumps(cbor2.CBORTag(SIGN1, [headers(name, algorithm), {}, corim, signature]), canonical=True)


# ---- ssh-agent: it signs the very bytes that it gets, draft-ietf-sshm-ssh-agent, "Signing operations" ----


def text(data):
    return struct.pack(">I", len(data)) + data


def take(data):
    """The first string of it, and what follows."""
    length = struct.unpack(">I", data[:4])[0]
    return data[4 : 4 + length], data[4 + length :]


def ask(request):
    with socket.socket(socket.AF_UNIX) as agent:
        agent.connect(os.environ["SSH_AUTH_SOCK"])
        agent.sendall(text(request))
        stream = agent.makefile("rb")
        return stream.read(struct.unpack(">I", stream.read(4))[0])


def sign_by_agent(corim, name):
    identities = ask(b"\x0b")
    if identities[:1] != b"\x0c" or identities[1:5] == bytes(4):
        raise Refused("ssh-agent holds no key")
    blob, _ = take(identities[5:])
    kind = take(blob)[0].decode()
    if kind not in ("ssh-ed25519", "ecdsa-sha2-nistp256"):
        raise Refused(f"a key of type {kind}; a CoRIM is signed by ed25519 or ecdsa of 256 bits")
    algorithm = "EdDSA" if kind == "ssh-ed25519" else "ES256"
    answer = ask(b"\x0d" + text(blob) + text(to_be_signed(corim, name, algorithm)) + bytes(4))
    if answer[:1] != b"\x0e":
        raise Refused("ssh-agent does not sign")
    signature = take(take(take(answer[1:])[0])[1])[0]  # of the answer the one string, of which the second is it
    if algorithm == "ES256":
        r, rest = take(signature)
        signature = b"".join(int.from_bytes(number, "big").to_bytes(32, "big") for number in (r, take(rest)[0]))
    return wrap(corim, name, algorithm, signature)


def main(command, path, name, algorithm=None, signature=None):
    with open(path, "rb") as file:
        corim = file.read()
    if command == "agent":
        result = sign_by_agent(corim, name)
    elif command == "tbs":
        result = to_be_signed(corim, name, algorithm)
    else:
        with open(signature, "rb") as file:
            result = wrap(corim, name, algorithm, file.read())
    sys.stdout.buffer.write(result)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as error:
        sys.exit(str(error))
