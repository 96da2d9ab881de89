# SPDX-License-Identifier: MIT
"""
pcrlock.d/*.pcrlock: the golden events for systemd-pcrlock, one component for each that measures.
PCR 15 has no component, since it differs with every boot; nor has a PCR with a rule instead of one value.

Source: systemd-pcrlock(8) and systemd.pcrlock(5) of systemd 257.
"""

# Components are put into the order of their names, as events are in a boot. All come before 760-, where a
# prediction begins unless it is told another place (--location): so only the whole boot is accepted.
FIRMWARE, LOADER, UKI, INIT = "200-firmware", "300-loader", "600-uki", "750-rampart"


def component_of(event, before):
    if event["type"] == "rampart/1":
        return INIT
    if before == UKI or "EFI/Linux/" in event["what"]:
        return UKI
    return LOADER if event["pcr"] in (4, 5) else FIRMWARE


def components(events, banks):
    """{component: [record, ...]}, both in the order of the boot."""
    result, name = {}, FIRMWARE
    for event in events:
        name = component_of(event, name)
        digests = [{"hashAlg": bank, "digest": event[bank]} for bank in banks]
        result.setdefault(name, []).append({"pcr": event["pcr"], "digests": digests})
    return result


def write(release):
    for name, records in components(release.events, release.banks).items():
        release.write_json(f"pcrlock.d/{name}.pcrlock", {"records": records})
