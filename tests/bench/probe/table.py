# SPDX-License-Identifier: MIT
"""table.py LIST RAMPART CRUN PODMAN ALONE VERSIONS: RESULTS.md from the probe's reports."""
import sys

WHO = ["Rampart", "crun", "podman", "no walls"]


def report(path):
    """name -> (verdict, what it got)"""
    lines = {}
    for line in open(path, encoding="utf-8"):
        words = line.rstrip("\n").split(" ", 3)
        if len(words) == 4 and words[3].startswith("got="):
            lines[words[0]] = (words[1], words[3][4:])
    return lines


def cell(result):
    if result is None:
        return "-"
    verdict, got = result
    if verdict == "LEAK":
        return "**" + got.replace("came-through", "came through") + "**"
    return got if verdict == "ok" else got + " (?)"


def summary(listed, reports):
    """By topic: how many of the attempts came through."""
    topics = {}
    for name, topic, _ in listed:
        topics.setdefault(topic, []).append(name)
    topics["all"] = [name for name, _, _ in listed]
    print("| attempts that came through | made | " + " | ".join(WHO) + " |")
    print("|---|---" + "|---" * len(WHO) + "|")
    for topic, names in topics.items():
        leaks = [sum(r.get(n, ("LEAK",))[0] == "LEAK" for n in names) for r in reports]
        print(f"| {topic} | {len(names)} | " + " | ".join(map(str, leaks)) + " |")
    print()


def main():
    listed = [line.rstrip("\n").split("|") for line in open(sys.argv[1], encoding="utf-8")]
    reports = [report(path) for path in sys.argv[2:6]]
    kernel, crun, podman = open(sys.argv[6], encoding="utf-8").read().splitlines()
    print("# What the probe could do\n")
    print("Made by `make probe` from real runs; do not edit. The same program, from the same image:\n")
    print("- **Rampart**: the probe image, booted as it is built;")
    print(f"- **crun**: {crun}, `crun run` with what `crun spec` writes, as root;")
    print(f"- **podman**: {podman}, `podman run`, as root, nothing else said;")
    print("- **no walls**: as root in no container at all. An attempt that fails here as well says nothing about")
    print("  the others on this machine; it is made because another machine may have what this one lacks.\n")
    print("The last three ran in a machine of the same shape (QEMU, OVMF, a vTPM, one network card) with Debian's")
    print(f"kernel {kernel}, the mounts of a Debian machine, and Debian's packages as they come, but")
    print("without systemd, so podman managed control groups by itself. No option opened or closed anything.\n")
    print("A word in capitals is the error that the kernel gave; *killed* means that the seccomp filter ended the")
    print("attempt. A question mark: failed, but not in the way of a wall. What came through is not always an escape")
    print("by itself; each is something that an inference server does not need and an attacker may.\n")
    summary(listed, reports)
    topic = None
    for name, where, why in listed:
        if where != topic:
            print(f"\n## {where}\n\n| attempt | to | " + " | ".join(WHO) + " |")
            print("|---" * (len(WHO) + 2) + "|")
            topic = where
        print(f"| {name} | {why} | " + " | ".join(cell(r.get(name)) for r in reports) + " |")


main()
