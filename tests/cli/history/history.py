# SPDX-License-Identifier: MIT
"""history.py FILE: reads a history by its description in rampart-history(1), and says how many lines hold."""

import hashlib
import json
import re
import sys

prev = "0" * 64
with open(sys.argv[1], "rb") as file:
    lines = file.read().split(b"\n")
assert lines.pop() == b""
for number, line in enumerate(lines, 1):
    match = re.fullmatch(rb'(\{.*),"sum":"([0-9a-f]{64})"\}', line)
    assert hashlib.sha256(match.group(1) + b"}").hexdigest() == match.group(2).decode(), number
    entry = json.loads(line)
    assert entry["n"] == number and entry["prev"] == prev, number
    assert list(entry)[:-1] == sorted(list(entry)[:-1]) and list(entry)[-1] == "sum"
    prev = entry["sum"]
print(len(lines))
