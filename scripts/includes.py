# SPDX-License-Identifier: MIT
"""includes.py [TREE]: who may include whom, and that nobody includes in a circle.

A module is a .c and the .h of its name. Every include in quotes is spelled from the root of the tree, and
reaches only into the floors that FLOORS names for the folder of the file. Each break is one line on standard
output; exit code 1 if there was one.
"""

import graphlib
import os
import re
import sys

# A folder, and what its files may include besides each other: folders with all below them, or a file.
# The longest folder that a file lies in decides.
FLOORS = {
    "measure/lib": [],
    "measure/predict": ["measure/lib"],
    "measure/record": ["measure/lib", "measure/rampart.h"],
    "measure/verify": ["measure/lib", "measure/record", "measure/rampart.h"],
    "measure/cmd": ["measure"],
    "measure/rampart.h": [],
    "initramfs/cloud": ["measure/lib", "initramfs/common"],
    "initramfs/common": ["measure/lib"],
    "initramfs/container": ["measure/lib", "initramfs/common"],
    "initramfs/debug": ["measure/lib", "initramfs/common"],
    "initramfs/gateway": ["measure/lib", "initramfs/common"],
    "initramfs/init": ["measure/lib", "initramfs/common"],
    "initramfs/network": ["measure/lib", "initramfs/common"],
    "initramfs/quoter": ["measure/lib", "initramfs/common"],
    "initramfs/reference": [],
    "tests": ["measure", "initramfs"],
}
# Modules that are the inside of another, and are looked at as a part of it.
INSIDE = {
    "measure/lib/plangateway": "measure/lib/plan",
    "measure/lib/plankeys": "measure/lib/plan",
    "measure/lib/planmachine": "measure/lib/plan",
    "measure/lib/planworld": "measure/lib/plan",
    "measure/cmd/plan/confkeys": "measure/cmd/plan/imageconf",
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]*)"', re.MULTILINE)


def below(path, folder):
    return path == folder or path.startswith(folder + "/")


def files(tree):
    for top in ("initramfs", "measure", "tests"):
        for folder, folders, names in os.walk(os.path.join(tree, top)):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), tree)


def floor_of(path):
    return max((floor for floor in FLOORS if below(path, floor)), key=len, default=None)


def module_of(path):
    return INSIDE.get(path[:-2], path[:-2])


def main(tree):
    broken = []
    modules = {}
    for path in files(tree):
        floor = floor_of(path)
        if floor is None:
            if not below(path, "initramfs/packages"):
                broken.append(f"{path}: no floor is named for its folder; scripts/includes.py lists them")
            continue
        with open(os.path.join(tree, path), encoding="utf-8") as file:
            text = file.read()
        for match in INCLUDE.finditer(text):
            target = match.group(1)
            at = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
            if not os.path.isfile(os.path.join(tree, target)):
                broken.append(f'{at}: "{target}" is not a path from the root of the tree')
            elif not any(below(target, known) for known in [floor, *FLOORS[floor]]):
                broken.append(f"{at}: {floor} may not know {target}")
            else:
                modules.setdefault(module_of(path), set()).add(module_of(target))
    # A module's .c includes its own .h, which is no circle.
    for module, known in modules.items():
        known.discard(module)
    try:
        graphlib.TopologicalSorter(modules).prepare()
    except graphlib.CycleError as error:
        broken.append("a circle of includes: " + " > ".join(reversed(error.args[1])))
    for line in broken:
        print(line)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
