#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
blocks.py FORMAT FILE RAW: what QEMU's own block layer reads in FILE, as a plain file. Prints the size of the disk.
"""
import json
import subprocess
import sys

QEMU = "qemu-system-x86_64 -machine none -nodefaults -display none -qmp stdio".split()


class Blocks:
    def __init__(self, form, path):
        command = [*QEMU, "-drive", f"if=none,id=disk,read-only=on,format={form},file={path}"]
        self.qemu = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.heard("QMP")
        self.do("qmp_capabilities")

    def heard(self, key, value=None):
        """The next message that has this key, and this value if one is given. It also says in plain words what it does."""
        for line in self.qemu.stdout:
            message = json.loads(line) if line.startswith("{") else {}
            if "error" in message:
                sys.exit(message["error"]["desc"])
            if key in message and value in (None, message[key]):
                return message
        sys.exit("QEMU ended")

    def do(self, command, **arguments):
        print(json.dumps({"execute": command, "arguments": arguments}), file=self.qemu.stdin, flush=True)
        return self.heard("return")["return"]


def main(form, source, raw):
    blocks = Blocks(form, source)
    try:
        print(blocks.do("query-block")[0]["inserted"]["image"]["virtual-size"])
        blocks.do("drive-backup", device="disk", target=raw, format="raw", sync="full")
        done = blocks.heard("event", "BLOCK_JOB_COMPLETED")["data"]
        if "error" in done:
            sys.exit(done["error"])
    finally:
        blocks.qemu.kill()


main(*sys.argv[1:])
