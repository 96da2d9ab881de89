# SPDX-License-Identifier: MIT
"""
sbom.spdx.json: SPDX 2.3. The image contains components and payloads; each component was generated from its
sources, with the sha256 of the file that the lock pins. disk.img, rampart.efi and volume.img are files
with their digests. The guest's own files are not: SPDX wants their SHA-1 too, and files.txt, which has
them all with sha256, stands in the same release.

Source: SPDX Specification 2.3, clauses 6 "Document creation information", 7 "Package information",
8 "File information", 11 "Relationships between SPDX elements".
"""
import re

from inputs import EPOCH, digest_of, urn

DOCUMENT = "SPDXRef-DOCUMENT"
IMAGE = "SPDXRef-image"
OURS = "MIT"


def identifier(*words):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", "-".join(words))


def checksum(value, algorithm="SHA256"):
    return {"algorithm": algorithm, "checksumValue": value}


def package(spdx_id, name, version, declared, concluded, **more):
    return {
        "SPDXID": spdx_id,
        "name": name,
        **({"versionInfo": version} if version else {}),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": concluded,
        "licenseDeclared": declared,
        "copyrightText": "NOASSERTION",
        **more,
    }


class Document:
    def __init__(self):
        self.packages, self.files, self.relationships = {}, [], []

    def add(self, entry):
        self.packages.setdefault(entry["SPDXID"], entry)
        return entry["SPDXID"]

    def relate(self, element, kind, related):
        self.relationships.append(
            {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related}
        )


def add_component(document, component):
    element = document.add(
        package(
            identifier("component", component.name),
            component.name,
            component.sources[0].version if component.sources else None,
            component.declared,
            component.concluded,
            supplier="Organization: Rampart" if component.sources else "NOASSERTION",
            **({"comment": component.comment} if component.comment else {}),
        )
    )
    document.relate(IMAGE, "CONTAINS", element)
    for line in component.sources:
        name = line.file.rpartition("/")[2]
        source = document.add(
            package(
                identifier("source", name),
                line.name,
                line.version,
                component.declared,
                "NOASSERTION",
                packageFileName=name,
                checksums=[checksum(line.sha256)],
                primaryPackagePurpose="ARCHIVE",
                externalRefs=[
                    {
                        "referenceCategory": "PACKAGE-MANAGER",
                        "referenceType": "purl",
                        "referenceLocator": line.purl,
                    }
                ],
            )
        )
        document.relate(element, "GENERATED_FROM", source)
    for name, digest in component.given:
        source = document.add(
            package(
                identifier("given", name),
                name,
                None,
                component.declared,
                "NOASSERTION",
                checksums=[checksum(digest)],
                primaryPackagePurpose="ARCHIVE",
            )
        )
        document.relate(element, "GENERATED_FROM", source)


def add_ours(document, release):
    source = document.add(
        package(
            identifier("source", "source.tar"),
            "rampart",
            release.image["version"],
            OURS,
            OURS,
            packageFileName="source.tar",
            checksums=[checksum(digest_of(release.join("source.tar")))],
            primaryPackagePurpose="SOURCE",
        )
    )
    element = document.add(
        package(identifier("component", "rampart"), "rampart", release.image["version"], OURS, OURS)
    )
    document.relate(IMAGE, "CONTAINS", element)
    document.relate(element, "GENERATED_FROM", source)


def add_payload(document, release, payload):
    licence = release.payload_licence(payload)
    more = {}
    value = payload.get("sha256") or payload["digest"]
    if value.startswith("fsverity-"):
        more["comment"] = f"its fs-verity digest is {value}"
    else:
        more["checksums"] = [checksum(value.removeprefix("sha256:"))]
    purpose = "CONTAINER" if payload["kind"] == "container" else "OTHER"
    element = document.add(
        package(
            identifier(payload["kind"], payload["name"]),
            payload["name"],
            None,
            licence,
            licence,
            primaryPackagePurpose=purpose,
            **more,
        )
    )
    document.relate(IMAGE, "CONTAINS", element)


def add_files(document, release):
    for name, sha256 in release.files():
        if name not in ("disk.img", "rampart.efi", "volume.img"):
            continue
        element = identifier("file", name)
        sums = [checksum(digest_of(release.join(name), "sha1"), "SHA1"), checksum(sha256)]
        document.files.append(
            {
                "SPDXID": element,
                "fileName": f"./{name}",
                "fileTypes": ["BINARY"],
                "checksums": sums,
                "licenseConcluded": "NOASSERTION",
                "licenseInfoInFiles": ["NOASSERTION"],
                "copyrightText": "NOASSERTION",
            }
        )
        document.relate(element, "DISTRIBUTION_ARTIFACT", IMAGE)


def sbom(release):
    document = Document()
    image = release.image
    document.add(
        package(
            IMAGE,
            image["name"],
            image["version"],
            "NOASSERTION",
            "NOASSERTION",
            primaryPackagePurpose="OPERATING_SYSTEM",
        )
    )
    document.relate(DOCUMENT, "DESCRIBES", IMAGE)
    add_ours(document, release)
    for component in release.components():
        add_component(document, component)
    for payload in release.golden["payloads"]:
        add_payload(document, release, payload)
    add_files(document, release)
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": DOCUMENT,
        "name": f"rampart-{image['name']}-{image['version']}",
        "documentNamespace": urn("sbom " + dict(release.files())["golden.json"]),
        "creationInfo": {
            "created": EPOCH,
            "creators": ["Organization: Rampart", "Tool: rampart-release-1"],
            "comment": "The time is a constant: this document is the same whenever it is made.",
        },
        "packages": list(document.packages.values()),
        "files": document.files,
        "relationships": document.relationships,
    }


def write(release):
    release.write_json("sbom.spdx.json", sbom(release))
