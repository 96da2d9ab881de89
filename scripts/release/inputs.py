# SPDX-License-Identifier: MIT
"""What the exports are made from: the files of a release, read once, and names that never change."""
import configparser
import fnmatch
import hashlib
import json
import os
import uuid
from dataclasses import dataclass

# Names of ours, as URIs without a host: urn:uuid of a name in this space (RFC 9562, version 5).
PROJECT = uuid.UUID("5c0f8a3e-6d0b-4b1e-9a52-52414d504152")
# A release has no time of its own. Formats that want one get the first second that FAT can tell.
EPOCH = "1980-01-01T00:00:00Z"


# Files of whoever builds: the environment has their sha256 (scripts/image/gpu.sh).
GPU_FILES = ("GPU_SOURCE", "GPU_ARCHIVE")


def given(names):
    """Which of these were given, each with its sha256."""
    return [(name, os.environ[name]) for name in names if os.environ.get(name)]


class Refused(Exception):
    """One line: where, what, what to do."""


def urn(name):
    return f"urn:uuid:{uuid.uuid5(PROJECT, name)}"


def digest_of(path, algorithm="sha256"):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


@dataclass
class Pinned:
    """A line of a lock: one file that the build unpacks."""

    name: str
    version: str
    file: str
    sha256: str
    lock: str
    npm: bool = False

    @property
    def purl(self):
        """A package URL (purl-spec): Debian's pool path tells binary from source packages."""
        escape = str.maketrans({"+": "%2B", "~": "%7E", ":": "%3A"})
        version = self.version.translate(escape)
        if self.npm:
            return f"pkg:npm/{self.name}@{version}"
        name = self.name.translate(escape)
        base = os.path.basename(self.file)
        arch = base.removesuffix(".deb").rpartition("_")[2] if base.endswith(".deb") else "source"
        return f"pkg:deb/debian/{name}@{version}?arch={arch}"


def read_lock(path):
    """toolbox.lock: name version sha256 size path. sources.lock: name version suite path sha256 size."""
    result, lock = [], os.path.basename(path)
    with open(path, encoding="ascii") as file:
        for number, line in enumerate(file, 1):
            word = line.split()
            if not word or line.startswith("#"):
                continue
            if len(word) == 5:
                result.append(Pinned(word[0], word[1], word[4], word[2], lock))
            elif len(word) in (6, 7):
                result.append(Pinned(word[0], word[1], word[3], word[4], lock, word[2] == "npm"))
            else:
                raise Refused(f"{path}:{number}: not a line of a lock")
    return result


@dataclass
class Component:
    name: str
    sources: list  # of Pinned
    given: list  # of what stands in their place, see given()
    declared: str
    concluded: str
    comment: str  # or None


class Release:
    """A release folder that has everything but the exports."""

    def __init__(self, path, asked, kind):
        self.path, self.asked, self.kind = path, asked, kind
        with open(self.join("golden.json"), encoding="utf-8") as file:
            self.golden = json.load(file)
        if self.golden.get("config", {}).get("accepted") == "any":
            raise Refused("golden.json: it accepts any values of an instance configuration, which no other format can say")
        self.image = self.golden["image"]
        self.banks = sorted(self.golden["pcrs"])
        # The one that is shown to people, and given to formats that have a single one.
        self.bank = "sha256" if "sha256" in self.banks else self.banks[-1]
        self.events = [event for event in self.golden["events"] if self.has_value(event["pcr"])]
        self.locks = [read_lock(self.join(name)) for name in ("sources.lock", "toolbox.lock")]
        with open(self.join("files.txt"), encoding="utf-8", errors="surrogateescape") as file:
            self.guest_files = [line.split(" ", 1)[0] for line in file]
        self.config = configparser.ConfigParser(interpolation=None, strict=True)
        self.config.optionxform = str
        here = os.path.dirname(os.path.abspath(__file__))
        with open(os.path.join(here, "components.ini"), encoding="ascii") as file:
            self.config.read_file(file)

    @property
    def words(self):
        """What `make` was told to build, with the public half of the keys in the folder that $RELEASE is."""
        asked = self.asked
        words = [f"IMAGE={asked['image']}"] + ([f"MACHINE={asked['machine']}"] if "machine" in asked else [])
        words += [f"{name.upper()}=1" for name in ("debug", "volume") if asked[name]]
        words += ['SECURE_BOOT="$RELEASE/secure-boot"'] if "secure_boot" in asked else []
        return words + ([f"UPDATES={asked['updates_mib']}"] if "updates_mib" in asked else [])

    @property
    def formats(self):
        """Those of "iso netboot" that were asked for: it has the golden values of machines that boot such a medium."""
        return self.asked.get("format", "").split()

    @property
    def folder(self):
        """Where that is built, as the Makefile names it."""
        asked = self.asked
        folder = asked["image"] + (f"-{asked['machine']}" if "machine" in asked else "")
        folder += "-debug" * asked["debug"] + "-volume" * asked["volume"]
        return f"build/{folder}" + "-secureboot" * ("secure_boot" in asked) + "-updates" * ("updates_mib" in asked)

    def has_value(self, pcr):
        """Whether golden values say exactly one: what other formats can have of them."""
        return all(self.golden["pcrs"][bank][str(pcr)]["value"] is not None for bank in self.banks)

    def join(self, name):
        return os.path.join(self.path, name)

    def files(self):
        """Path and sha256 of every file that is there by now, sorted."""
        found = []
        for folder, _, names in os.walk(self.path):
            found += [os.path.relpath(os.path.join(folder, name), self.path) for name in names]
        return [(name, digest_of(self.join(name))) for name in sorted(found)]

    def pinned(self, name):
        found = [line for lock in self.locks for line in lock if line.name == name]
        if not found:
            raise Refused(f"components.ini: no lock has a source {name}; pin it or correct the name")
        return found

    def components(self):
        """What of others is in this image, by its list of files."""
        result = []
        for name in self.config.sections():
            section = self.config[name]
            if name.startswith("payload "):
                continue
            patterns = section["files"].split()
            if any(fnmatch.filter(self.guest_files, pattern) for pattern in patterns):
                sources = [line for word in section["sources"].split() for line in self.pinned(word)]
                declared = section["declared"]
                concluded = section.get("concluded", declared)
                files = given(section.get("given", "").split())
                result.append(Component(name, [] if files else sources, files, declared, concluded, section.get("comment")))
        return result

    def payload_licence(self, payload):
        key = payload["name"] if payload["kind"] == "container" else payload["digest"]
        section = f"payload {key}"
        return self.config[section]["declared"] if section in self.config else "NOASSERTION"

    def write_json(self, name, tree):
        self.write(name, json.dumps(tree, indent=2, ensure_ascii=False) + "\n")

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.join(name)), exist_ok=True)
        with open(self.join(name), "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
