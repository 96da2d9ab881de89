# SPDX-License-Identifier: MIT
"""
For a verifier of Keylime:

    keylime/tpm_policy.json    for `keylime_tenant --tpm_policy`: {"PCR": [value], ...}
    keylime/mb_refstate.json   for --mb_refstate, in the form that Keylime's policy "example" reads

The policy has the values of one bank, sha256 where there is one: an agent is asked for one alone. The tenant
computes the policy's mask by itself and refuses one that is given; it also refuses PCR 10, which it keeps for IMA. PCR 15 differs with every boot. The reference state calls the three programs that
are started one after the other shim, grub and kernel; here they are systemd-boot, the UKI and the kernel
in it. Kernel and initrd as files are what PCR 11 has as sections of the UKI. The policy "example" itself wants
events of shim and grub and would refuse this machine's log: the state is for a policy of one's own in that form.

Source: readPolicy() of keylime/tpm/tpm_util.py and refstate_to_test() of
keylime/mba/elchecking/example.py, in Keylime 7.
"""
import re

from inputs import Refused

NOT_FOR_TENANT = ("10", "15")  # IMA's; differs with every boot


def tpm_policy(release):
    values = release.golden["pcrs"][release.bank]
    found = {pcr: [values[pcr]["value"]] if values[pcr]["value"] else values[pcr].get("values") for pcr in values}
    return {pcr: found[pcr] for pcr in values if pcr not in NOT_FOR_TENANT and found[pcr]}


def digests(release, pcr, types):
    return [
        {bank: "0x" + event[bank] for bank in release.banks if bank in ("sha1", "sha256")}
        for event in release.events
        if event["pcr"] == pcr and event["type"] in types
    ]


def one(release, pcr, what):
    """The digest, as 0x..., of the one event of this PCR whose description matches."""
    found = [e for e in release.events if e["pcr"] == pcr and re.fullmatch(what, e["what"])]
    if len(found) != 1:
        raise Refused(f"golden.json: {len(found)} events of PCR {pcr} are \"{what}\", one is expected")
    return "0x" + found[0]["sha256"]


def mb_refstate(release, cmdline):
    one(release, 7, r"SecureBoot \(0 bytes\) .*")  # the form below is that of a machine without it
    blobs = {"EV_EFI_PLATFORM_FIRMWARE_BLOB", "EV_EFI_PLATFORM_FIRMWARE_BLOB2"}
    bios = [
        {"scrtm": scrtm, "platform_firmware": digests(release, 0, blobs)}
        for scrtm in digests(release, 0, {"EV_S_CRTM_VERSION"})
    ]
    kernel = {
        "shim_authcode_sha256": one(release, 4, r"EFI/BOOT/BOOTX64\.EFI"),
        "grub_authcode_sha256": one(release, 4, r"EFI/Linux/\S+"),
        "kernel_authcode_sha256": one(release, 4, r"kernel \(.*\)"),
        "vmlinuz_plain_sha256": one(release, 11, r"EFI/Linux/\S+ \.linux"),
        "initrd_plain_sha256": one(release, 11, r"EFI/Linux/\S+ \.initrd"),
        "kernel_cmdline": re.escape(cmdline),
    }
    state = {"has_secureboot": False, "scrtm_and_bios": bios}
    state |= {name: [] for name in ("pk", "kek", "db", "dbx", "mokdig", "mokxdig")}
    return state | {"kernels": [kernel]}


def write(release):
    with open(release.join("cmdline"), encoding="ascii") as file:
        cmdline = " ".join(file.read().split("\n")).rstrip(" ")  # as scripts/image/uki.sh joins it
    release.write_json("keylime/tpm_policy.json", tpm_policy(release))
    # The form is that of one firmware, event by event, has sha256 alone, and wants the kernel's own event, which there is not
    # with Secure Boot.
    if release.golden["schema"] == "rampart-golden/1" and release.bank == "sha256" and "secure_boot" not in release.asked:
        release.write_json("keylime/mb_refstate.json", mb_refstate(release, cmdline))
