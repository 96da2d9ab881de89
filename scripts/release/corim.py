# SPDX-License-Identifier: MIT
"""
corim.cbor: a Concise Reference Integrity Manifest, not signed, with one CoMID. Its reference triple says of
the environment {vendor, model} = {Rampart, the image}: the PCRs as integrity registers, the disk and
the UKI by digest, the version and whether it is a debug image. Encoded deterministically (RFC 8949, 4.2.1).

Source: draft-ietf-rats-corim-11, Appendix A "Base CoRIM CDDL". A signed one (cose.py) has these
bytes as its payload.
"""
import cbor2

from inputs import urn

# Named Information Hash Algorithm Registry; names where it has no number.
ALGORITHMS = {"sha1": "sha-1", "sha256": 1, "sha384": 7, "sha512": 8}
UNSIGNED, COMID = 501, 506  # CBOR tags
# Keys of maps, as the CDDL numbers them.
CORIM_ID, CORIM_TAGS, CORIM_ENTITIES = 0, 1, 5
COMID_IDENTITY, COMID_ENTITIES, COMID_TRIPLES = 1, 2, 4
ENTITY_NAME, ENTITY_ROLE = 0, 2
CREATOR, MANIFEST_CREATOR = 1, 1
REFERENCE = 0
CLASS, VENDOR, MODEL = 0, 1, 2
KEY, VALUES = 0, 1
VERSION, DIGESTS, FLAGS, NAME, REGISTERS = 0, 2, 3, 11, 14
IS_DEBUG = 3


def digest(bank, value):
    return [ALGORITHMS[bank], bytes.fromhex(value)]


def registers(release):
    result = {}
    for bank in release.banks:
        for pcr, entry in release.golden["pcrs"][bank].items():
            if entry["value"] is not None:  # PCR 15 differs with every boot; others may have a rule
                result.setdefault(int(pcr), []).append(digest(bank, entry["value"]))
    return result


def measurements(release):
    image = release.image
    about = {VERSION: {0: image["version"]}, FLAGS: {IS_DEBUG: image["debug"]}, NAME: image["name"]}
    return [
        {KEY: "image", VALUES: about},
        {KEY: "disk.img", VALUES: {DIGESTS: [digest("sha256", image["disk_sha256"])]}},
        {KEY: "rampart.efi", VALUES: {DIGESTS: [digest("sha256", image["uki_sha256"])]}},
        {KEY: "pcrs", VALUES: {REGISTERS: registers(release), NAME: release.golden["platform"]["name"]}},
    ]


def manifest(release):
    """The same golden values have the same identifiers; others never do."""
    name = "corim " + dict(release.files())["golden.json"]
    environment = {CLASS: {VENDOR: "Rampart", MODEL: release.image["name"]}}
    comid = {
        COMID_IDENTITY: {0: urn(name + " comid")},
        COMID_ENTITIES: [{ENTITY_NAME: "Rampart", ENTITY_ROLE: [CREATOR]}],
        COMID_TRIPLES: {REFERENCE: [[environment, measurements(release)]]},
    }
    corim = {
        CORIM_ID: urn(name),
        CORIM_TAGS: [cbor2.CBORTag(COMID, cbor2.dumps(comid, canonical=True))],
        CORIM_ENTITIES: [{ENTITY_NAME: "Rampart", ENTITY_ROLE: [MANIFEST_CREATOR]}],
    }
    return cbor2.dumps(cbor2.CBORTag(UNSIGNED, corim), canonical=True)


def write(release):
    data = manifest(release)
    with open(release.join("corim.cbor"), "xb") as file:
        file.write(data)
