#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""status.py PORT CONSOLE: milliseconds from the line that says that a machine has its address, which its console
is about to show, to the first answer of its status, on a new connection; and what one more such answer takes."""
import http.client
import ssl
import sys
import time

port, console = int(sys.argv[1]), sys.argv[2]
end = time.monotonic() + 300
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE


def has_address():
    try:
        with open(console, "rb") as f:
            return b"rampart: ADDRESS " in f.read()
    except FileNotFoundError:
        return False


def answers():
    try:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
        connection.request("GET", "/.well-known/rampart/status")
        return connection.getresponse().status == 200
    except OSError:
        return False


while not has_address():
    if time.monotonic() > end:
        sys.exit(f"{console}: no address")
    time.sleep(0.005)
start = time.monotonic()
while not answers():
    if time.monotonic() > end:
        sys.exit("no status")
    time.sleep(0.005)
first = time.monotonic()
while not answers():
    time.sleep(0.005)
print(f"{(first - start) * 1000:.0f} {(time.monotonic() - first) * 1000:.0f}")
