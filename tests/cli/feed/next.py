# SPDX-License-Identifier: MIT
"""next.py OLD NEW: golden values of version 1.3, whose boot of the UKI is another; the values are the replay of the events."""

import hashlib
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    golden = json.load(file)
golden["image"]["version"] = "1.3"
event = [e for e in golden["events"] if e["pcr"] == 4 and e["type"] == "EV_EFI_BOOT_SERVICES_APPLICATION"][-1]
for bank in golden["pcrs"]:
    event[bank] = hashlib.new(bank, b"the next UKI").hexdigest()
    value = bytes(hashlib.new(bank).digest_size)
    for e in golden["events"]:
        if e["pcr"] == 4:
            value = hashlib.new(bank, value + bytes.fromhex(e[bank])).digest()
    golden["pcrs"][bank]["4"]["value"] = value.hex()
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(golden, file)
