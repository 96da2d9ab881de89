#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Golden values of the second edition for a machine that runs again what its log says: a platform
reference, and of the log (rampart log --json) what is the image's. Values are computed here with
hashlib, in all the ways in which the events may come: a second implementation."""
import hashlib
import json
import sys

FROM = ["platform"] * 4 + ["image"] * 2 + ["platform"] * 2
FROM += ["plan", "image", "constant", "image", "constant", "plan", "plan", "identity"]
IMAGES = ("EV_EFI_BOOT_SERVICES_APPLICATION", "EV_EFI_GPT_EVENT")
FAILURE = "Exit Boot Services Returned with Failure"


def of_image(event, platform):
    """An event of the log as an event of golden values; None: it is the firmware's."""
    boot = platform.get("boot", {})
    images_pcr = boot.get("images_pcr", 4)
    if event["type"] == "EV_NO_ACTION" or event["pcr"] > 15:
        return None
    if event["type"] not in IMAGES and event["pcr"] not in (4, 5) and event["pcr"] < 8:
        return None
    if event["type"] in IMAGES and event["pcr"] in (0, 1, 2, 3, 6, 7) and event["pcr"] != images_pcr:
        return None
    new = {"pcr": event["pcr"], "type": event["type"]}
    new.update((bank, event["digests"][bank]) for bank in platform["banks"])
    return dict(new, what=event["what"])


def values(events, pcr, bank):
    """Every value of a PCR."""
    found = [b"\0" * hashlib.new(bank).digest_size]
    for event in events:
        if event["pcr"] != pcr:
            continue
        low, high = event.get("times", [1, 1])
        digest, more = bytes.fromhex(event[bank]), []
        for value in found:
            for times in range(high + 1):
                if times >= low:
                    more.append(value)
                value = hashlib.new(bank, value + digest).digest()
        found = more
    return [value.hex() for value in found]


def entry(platform, events, pcr, bank):
    """What stands below "pcrs"."""
    rule = platform.get("rules", {}).get(str(pcr))
    mine = [event for event in events if event["pcr"] == pcr]
    new = {"value": None, "from": FROM[pcr]}
    if pcr == 15:
        return new
    if rule:
        return dict(new, unchecked=rule["unchecked"]) if "unchecked" in rule else dict(new, values=rule["values"][bank])
    if any("digest" in event for event in mine):
        return dict(new, by="events")
    found = values(events, pcr, bank)
    return dict(new, values=found) if any(event.get("times", [1, 1]) != [1, 1] for event in mine) else dict(new, value=found[0])


def main():
    platform, log = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:3])
    image = [event for event in (of_image(event, platform) for event in log) if event]
    boot = platform.get("boot", {})
    if boot.get("optional_action") and not any(event["what"].startswith("Calling") for event in image):
        text = b"Calling EFI Application from Boot Option"
        action = {"pcr": 4, "type": "EV_EFI_ACTION", "times": [0, 1], "what": text.decode()}
        image.insert(0, dict(action, **{bank: hashlib.new(bank, text).hexdigest() for bank in platform["banks"]}))
    if boot.get("exit_failures"):
        at = [i for i, event in enumerate(image) if event["what"].startswith("Exit Boot")][:1] or [len(image)]
        new = {"pcr": 5, "type": "EV_EFI_ACTION", "times": [0, boot["exit_failures"]], "what": FAILURE}
        image.insert(at[0], dict(new, **{bank: hashlib.new(bank, FAILURE.encode()).hexdigest() for bank in platform["banks"]}))
    events = platform["events"] + image
    golden = {"schema": "rampart-golden/2", "image": {"name": "logged", "version": "1", "debug": False},
              "platform": {"name": platform["name"], "shape": platform["shape"]}}
    if "rules" in platform:
        golden["rules"] = platform["rules"]
    golden["pcrs"] = {bank: {str(pcr): entry(platform, events, pcr, bank) for pcr in range(16)} for bank in platform["banks"]}
    json.dump(dict(golden, events=events, payloads=[]), sys.stdout, indent=2)


main()
