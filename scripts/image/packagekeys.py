# SPDX-License-Identifier: MIT
"""packagekeys.py DIR...: the keys of packages, as package.sh describes them.

Prints a line for each DIR and everything that it depends on, dependencies first, each once:
DIR NAME NAME-KEY, and "missing" if the cache has no such folder. Runs in the toolbox, from /src.
"""

import hashlib
import os
import sys

CACHE = "/cache/pkg"
LOCK = "scripts/sources.lock"
ALWAYS = ["scripts/toolbox.lock", "scripts/image/package-build.sh"]


def die(message):
    sys.exit(f"package.sh: {message}")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def files_below(path):
    if not os.path.exists(path):
        die(f"{path}: named in a pin, not there")
    if os.path.isfile(path):
        return [path]
    return [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]


class Pin:
    def __init__(self, folder):
        for name in ("pin", "build.sh"):
            if not os.path.isfile(f"{folder}/{name}"):
                die(f"{folder}: not a package: it has no {name}")
        self.folder = folder
        self.words = {"name": [], "source": [], "depends": [], "input": []}
        for line in read(f"{folder}/pin").decode().splitlines():
            word, _, rest = line.partition(" ")
            self.words.get(word, []).extend(rest.split())
        self.name = (self.words["name"] or [os.path.basename(folder)])[0]

    def files(self):
        """One line for each file: sha256 and path; and before it one more if it is executable."""
        paths = [p for root in ALWAYS + [self.folder] + self.words["input"] for p in files_below(root)]
        for path in sorted(paths, key=os.fsencode):
            if os.path.islink(path):  # what it leads to is a file of its own
                continue
            if os.access(path, os.X_OK):
                yield f"x {path}\n"
            yield f"{hashlib.sha256(read(path)).hexdigest()}  {path}\n"

    def sources(self):
        lines = [line for line in read(LOCK).decode().splitlines() if line.split(" ")[0] in self.words["source"]]
        for source in self.words["source"]:
            if not any(line.startswith(source + " ") for line in lines):
                die(f"{self.folder}/pin: {LOCK} has no source {source}")
        return "".join(line + "\n" for line in lines)


def add_keys(keys, folder):
    """Fills keys, by folder and in the order of a build, with name and NAME-KEY."""
    if folder in keys:
        return
    pin = Pin(folder)
    for dependency in pin.words["depends"]:
        add_keys(keys, dependency)
    text = "".join(pin.files()) + pin.sources()
    text += "".join(keys[dependency][1] + "\n" for dependency in pin.words["depends"])
    keys[folder] = (pin.name, f"{pin.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}")


def main():
    keys = {}
    for folder in sys.argv[1:]:
        add_keys(keys, folder.rstrip("/"))
    for folder, (name, key) in keys.items():
        print(folder, name, key, *([] if os.path.isdir(f"{CACHE}/{key}") else ["missing"]))


main()
