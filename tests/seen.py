# SPDX-License-Identifier: MIT
"""seen.py [README]: the table of measure/README.md, platform by platform, of what was seen.

Each test says what it sees of a platform, in a line "seen: PLATFORM: WHAT" of the comment at its head; what is not seen,
and where a platform's reference comes from, is said here. The table is printed, or put in the place of the one in README.
What does not fit together is one line each on standard error, and exit code 1.
"""

import fnmatch
import os
import re
import sys

TESTS = ("tests/boot", "tests/cli", "tests/guest", "tests/long", "tests/unit")
REFERENCES = "measure/platforms"
HEAD = "| platform | reference | what was seen |"
LINE = re.compile(r"^(?:#| \*|/\*) seen: ([a-z0-9-]+): (.+?)(?: \*/)?$")
NEVER = "**not yet seen on the real machine**"

# Platform: its name; where its reference is: files of measure/platforms, or how it is made; what was not seen of it.
PLATFORMS = {
    "qemu": ("QEMU q35 and i440fx, any memory and processors", "recorded by one boot, `scripts/vm/reference.sh`; `qemu-*`", ""),
    "media": ("the same, from a CD or from the network", "recorded likewise, `VM_MEDIUM=`", "a real BMC and a card's own PXE not yet"),
    "secureboot": ("the same, with Secure Boot and keys of one's own", "recorded likewise, PCR 7 from the keys", ""),
    "metal": ("servers", "made from the machine's log, `rampart platform --log`", NEVER),
    "libvirt": ("libvirt, Debian's OVMF", "`libvirt-*`, PCR 1 unchecked; or recorded ([engines](../scripts/engines/README.md))", ""),
    "openstack": ("OpenStack, Debian's OVMF", "`openstack-*`, PCR 1 unchecked; or made from a log", NEVER),
    "kubevirt": ("KubeVirt (CentOS Stream's OVMF)", "none: made from a log, `rampart platform --log`", NEVER + ", nor a log of its firmware"),
    "proxmox": ("Proxmox (its own OVMF)", "none: made from a log, `rampart platform --log`", NEVER + ", nor a log of its firmware"),
    "gce": ("Google: plain, SEV, SEV-SNP", "`gce-plain`, `gce-sev`, `gce-sev-snp`", NEVER),
    "gce-tdx": ("Google: TDX", "`gce-tdx`", NEVER),
    "aws": ("AWS: NitroTPM", "`aws-nitro`", NEVER + ", nor a log of one"),
    "aws-sev-snp": ("AWS: SEV-SNP", "`aws-sev-snp`", NEVER + "; no document of one holds until its PCR 0 in sha384 is known"),
    "azure": ("Azure: Trusted Launch, confidential", "`azure`", NEVER),
}


def is_test(path):
    """What tests/run and the build take for one."""
    if path.endswith(".t"):
        return os.access(path, os.X_OK)
    return bool(re.fullmatch(r"tests/guest/[^/]+\.c|tests/unit/test-[^/]+\.c", path))


def declared(wrong):
    """Platform: what which test sees, by the tests' names in order."""
    seen = {platform: [] for platform in PLATFORMS}
    paths = sorted(os.path.join(folder, name) for top in TESTS for folder, _, names in os.walk(top) for name in names)
    for path in paths:
        if not path.endswith((".t", ".c", ".py", ".sh")):
            continue
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                match = LINE.match(line)
                if match and not is_test(path):
                    wrong.append(f"{path}:{number}: says what is seen, and is no test that is run")
                elif match and match[1] not in seen:
                    wrong.append(f"{path}:{number}: {match[1]}: not one of {' '.join(seen)}")
                elif match:
                    seen[match[1]].append(f"{match[2]} ({path.removeprefix('tests/').rpartition('.')[0]})")
    return seen


def table(wrong):
    seen = declared(wrong)
    lines = [HEAD, "|---|---|---|"]
    named = []
    for platform, (name, reference, missing) in PLATFORMS.items():
        if not seen[platform] and not missing:
            wrong.append(f"{platform}: no test sees it, and seen.py does not say so")
        named += [word + ".json" for word in re.findall(r"`([^`/ ]+)`", reference)]
        lines.append(f"| {name} | {reference} | {'; '.join([missing] * bool(missing) + seen[platform])} |")
    files = sorted(os.listdir(REFERENCES))
    wrong += [f"{REFERENCES}/{file}: no platform has it" for file in files if not any(fnmatch.fnmatch(file, n) for n in named)]
    wrong += [f"{name}: not in {REFERENCES}" for name in named if "=" not in name and not fnmatch.filter(files, name)]
    return lines


def put(path, lines):
    with open(path, encoding="utf-8") as file:
        old = file.read().split("\n")
    begin = old.index(HEAD)
    end = begin
    while old[end].startswith("|"):
        end += 1
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(old[:begin] + lines + old[end:]))


def main(readme=None):
    wrong = []
    lines = table(wrong)
    if wrong:
        sys.exit("\n".join(wrong))
    if readme:
        put(readme, lines)
    else:
        print("\n".join(lines))


main(*sys.argv[1:])
