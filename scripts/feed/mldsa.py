# SPDX-License-Identifier: MIT
"""Keys of ML-DSA-65 (FIPS 204) for python-tuf, by the openssl of this root. TUF names no type for them, so type and scheme are
named by us, "rampart-ml-dsa-65": keyval.public is the key's 1952 bytes in hex, a signature 3309 bytes in hex, without a context.
Other clients of TUF do not know the type, and refuse a root that names such a key."""

import hashlib
import subprocess
import tempfile

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import KEY_FOR_TYPE_AND_SCHEME, Key, Signature, Signer

NAME = "rampart-ml-dsa-65"
# The DER of a public key up to its 1952 bytes (RFC 9881).
HEAD = bytes.fromhex("308207b2300b0609608648016503040312038207a100")


def openssl(*arguments):
    """What it prints; None if it fails."""
    done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


class MldsaKey(Key):
    @classmethod
    def from_dict(cls, keyid, key_dict):
        keytype, scheme, keyval = cls._from_dict(key_dict)
        bytes.fromhex(keyval["public"])
        return cls(keyid, keytype, scheme, keyval, key_dict)

    def to_dict(self):
        return self._to_dict()

    def verify_signature(self, signature, data):
        with tempfile.NamedTemporaryFile() as key, tempfile.NamedTemporaryFile() as sig, tempfile.NamedTemporaryFile() as text:
            for file, content in (key, HEAD + bytes.fromhex(self.keyval["public"])), (sig, bytes.fromhex(signature.signature)), (text, data):
                file.write(content)
                file.flush()
            if openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", key.name, "-sigfile", sig.name, "-in", text.name) is None:
                raise UnverifiedSignatureError(f"not a signature of {NAME} by {self.keyid}")


class MldsaSigner(Signer):
    def __init__(self, path, public):
        self.path = path
        self.key = MldsaKey(hashlib.sha256(public).hexdigest(), NAME, NAME, {"public": public.hex()})

    @property
    def public_key(self):
        return self.key

    @classmethod
    def from_priv_key_uri(cls, priv_key_uri, public_key, secrets_handler=None):
        raise NotImplementedError("by its file only")

    def sign(self, payload):
        with tempfile.NamedTemporaryFile() as text:
            text.write(payload)
            text.flush()
            signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", text.name)
        if signature is None:
            raise OSError(0, "openssl does not sign with it", self.path)
        return Signature(self.key.keyid, signature.hex())


def load(path):
    """The signer of a private key in PEM without a passphrase; None if it is none of ML-DSA-65."""
    der = openssl("pkey", "-in", path, "-passin", "pass:", "-pubout", "-outform", "DER")
    return MldsaSigner(path, der[len(HEAD):]) if der and der.startswith(HEAD) else None


KEY_FOR_TYPE_AND_SCHEME[(NAME, NAME)] = MldsaKey
