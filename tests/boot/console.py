# SPDX-License-Identifier: MIT
"""
usage: console.py SOCKET LOG GO: the host's end of a serial console that waits at SOCKET. Writes what
comes to LOG. When the machine begins the stage lockdown, it types XOFF and what else a terminal might
obey; when it begins the stage ready, it stops reading until the file GO is there, and then reads on.
"""
import os
import socket
import sys
import time

path, log, go = sys.argv[1:]
line = socket.socket(socket.AF_UNIX)
while line.connect_ex(path):  # QEMU makes it when it starts
    time.sleep(0.1)
seen, typed, held = b"", False, False
with open(log, "wb", 0) as out:
    while data := line.recv(4096):
        out.write(data)
        seen += data
        if not typed and b"rampart: stage lockdown" in seen:
            typed = True
            line.sendall(b"\x13\x03\x1c\x1a\x04 reboot\r\n\x13")
        if not held and b"rampart: stage ready" in seen:
            held = True
            while not os.path.exists(go):
                time.sleep(0.1)
