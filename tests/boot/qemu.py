#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a host can do to its machine, through QEMU's sockets.

qemu.py events QMP          what became of the machine, a line each ("SHUTDOWN guest-shutdown"), until QEMU ends
qemu.py memory QMP FILE     the machine's RAM from address 0 on into FILE, as it is at one moment
qemu.py machine-check QMP   an error that no processor can go on after, on processor 0
qemu.py release QMP DRIVE    a drive that was slowed down is as fast as it can be
qemu.py find FILE WORD      where WORD is in FILE, a line each: its offset, and what stands around it
qemu.py derail GDB WORD     processor 0, caught in the kernel, goes on at an address that is none, with the
                            64-bit WORD (hex) in six registers
"""
import json
import mmap
import re
import socket
import sys
import time

DEADLINE = 60  # seconds until what must come soon counts as never coming
MEMORY = 1 << 30


def connect(path):
    """QEMU makes its sockets when it starts; who asks may have been faster."""
    end = time.monotonic() + DEADLINE
    while True:
        link = socket.socket(socket.AF_UNIX)
        try:
            link.connect(path)
            return link
        except OSError:
            link.close()
            if time.monotonic() > end:
                sys.exit(f"qemu.py: {path}: no QEMU there after {DEADLINE} s")
            time.sleep(0.05)


class Qmp:
    def __init__(self, path):
        self.file = connect(path).makefile("rw")
        json.loads(self.file.readline())
        self.do("qmp_capabilities")

    def do(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        for line in self.file:
            reply = json.loads(line)
            if "error" in reply:
                sys.exit(f"qemu.py: {command}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]
        sys.exit(f"qemu.py: {command}: QEMU ended")


def events(path):
    qmp = Qmp(path)
    for line in qmp.file:
        event = json.loads(line)
        print(event.get("event"), event.get("data", {}).get("reason", ""), flush=True)


def memory(path, file):
    qmp = Qmp(path)
    qmp.do("stop")
    qmp.do("pmemsave", val=0, size=MEMORY, filename=file)
    qmp.do("cont")


def release(path, drive):
    limits = dict.fromkeys(("bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr"), 0)
    Qmp(path).do("block_set_io_throttle", device=drive, **limits)


def find(file, word):
    with open(file, "rb") as dump, mmap.mmap(dump.fileno(), 0, access=mmap.ACCESS_READ) as ram:
        for hit in re.finditer(re.escape(word.encode()), ram):
            around = ram[max(0, hit.start() - 96) : hit.end() + 32]
            print(f"{hit.start():#x}", re.sub(rb"[^ -~]", b".", around).decode(), flush=True)


def machine_check(path):
    # Valid, uncorrected, enabled, context corrupt; restart address not valid.
    said = Qmp(path).do("human-monitor-command", **{"command-line": "mce 0 4 0xb200000000000000 0x4 0 0"})
    if said:
        sys.exit(f"qemu.py: mce: {said}")


class Gdb:
    """As much of gdb's remote protocol as this takes. QEMU stops the machine for who connects."""

    def __init__(self, path):
        self.link = connect(path)
        self.link.settimeout(DEADLINE)
        self.rest = b""

    def send(self, text):
        self.link.sendall(f"${text}#{sum(text.encode()) & 255:02x}".encode())

    def reply(self):
        while b"#" not in self.rest or len(self.rest) < self.rest.index(b"#") + 3:
            more = self.link.recv(65536)
            if not more:
                sys.exit("qemu.py: gdb: QEMU ended")
            self.rest += more
        start, end = self.rest.index(b"$"), self.rest.index(b"#")
        text, self.rest = self.rest[start + 1 : end], self.rest[end + 3 :]
        self.link.sendall(b"+")
        return text.decode()

    def ask(self, text):
        self.send(text)
        return self.reply()


def derail(path, word):
    gdb = Gdb(path)
    value = int(word, 16).to_bytes(8, "little").hex()
    for _ in range(200):
        gdb.ask("Hg1")
        registers = gdb.ask("g")
        if len(registers) < 2 * (17 * 8 + 8):
            sys.exit(f"qemu.py: gdb: {registers}")
        cs = int.from_bytes(bytes.fromhex(registers[2 * 140 : 2 * 144]), "little")
        if cs & 3 == 0:
            break
        gdb.send("c")
        time.sleep(0.01)
        gdb.link.sendall(b"\x03")
        gdb.reply()
    else:
        sys.exit("qemu.py: processor 0 never was in the kernel")
    for register in (1, 2, 3, 8, 9, 10):  # rbx, rcx, rdx, r8, r9, r10
        if gdb.ask(f"P{register:x}={value}") != "OK":
            sys.exit("qemu.py: gdb: cannot write a register")
    if gdb.ask("P10=" + (0x0BAD0BAD0BAD).to_bytes(8, "little").hex()) != "OK":
        sys.exit("qemu.py: gdb: cannot write rip")
    gdb.ask("D")


def main():
    actions = {
        "events": events,
        "memory": memory,
        "release": release,
        "find": find,
        "machine-check": machine_check,
        "derail": derail,
    }
    actions[sys.argv[1]](*sys.argv[2:])


main()
