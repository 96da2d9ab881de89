# SPDX-License-Identifier: MIT
"""
provenance.intoto.json: an in-toto Statement v1 with SLSA's provenance v1. Subjects are all files of the
release but this one; dependencies are the source tree, every line of both locks, and the models. There is no
time and no invocation in it: whoever builds the same gets the same statement.

Source: in-toto Attestation Framework v1, "Statement" and "ResourceDescriptor"; SLSA 1.0, "Provenance".
"""
from inputs import digest_of, urn

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = urn("rampart-release/1")
BUILDER = urn("rampart-builder/1")


def dependencies(release):
    tree = digest_of(release.join("source.tar"))
    result = [{"name": "source.tar", "digest": {"sha256": tree}}]
    for lock in release.locks:
        for line in lock:
            result.append(
                {
                    "name": f"{line.lock}: {line.name}",
                    "uri": line.purl,
                    "digest": {"sha256": line.sha256},
                    "annotations": {"file": line.file.rpartition("/")[2]},
                }
            )
    for payload in release.golden["payloads"]:
        algorithm, _, value = payload.get("digest", "").partition(":")
        if algorithm == "sha256":
            result.append({"name": f"model {payload['name']}", "digest": {"sha256": value}})
    return result


def statement(release):
    subjects = [{"name": name, "digest": {"sha256": value}} for name, value in release.files()]
    return {
        "_type": STATEMENT,
        "subject": subjects,
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": release.asked,
                "internalParameters": {"machine": release.kind},  # asked for, or that of image.conf
                "resolvedDependencies": dependencies(release),
            },
            "runDetails": {"builder": {"id": BUILDER}},
        },
    }


def write(release):
    release.write_json("provenance.intoto.json", statement(release))
