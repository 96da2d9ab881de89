#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""reference.py MEDIUM DISK BOOTX64.EFI UKI LOADER.CONF BANK...: PCR 4, 5, 9 and 11, a second time.

Written apart from measure/lib, on pefile and hashlib, its Authenticode hashes checked with pesign, so
that the two can only agree by being right. Prints "bank pcr value" lines.
"""
import hashlib
import struct
import subprocess
import sys
import tempfile

import pefile

ORDER = ".linux .osrel .cmdline .initrd .ucode .splash .dtb .uname .sbat .pcrpkey .profile .hwids".split()
EXTRA = [(".pcrsig", "tpm2-pcr-signature.json"), (".pcrpkey", "tpm2-pcr-public-key.pem"),
         (".osrel", "os-release"), (".profile", "profile")]


def authenticode(path, bank):
    """Section "Calculating the PE Image Hash" of Microsoft's Authenticode document, step by step."""
    with open(path, "rb") as file:
        data = file.read()
    pe = pefile.PE(data=data, fast_load=True)
    checksum = pe.OPTIONAL_HEADER.get_field_absolute_offset("CheckSum")
    cert = pe.OPTIONAL_HEADER.DATA_DIRECTORY[4]
    entry_off, end = cert.get_file_offset(), len(data) - cert.Size
    digest = hashlib.new(bank, data[:checksum] + data[checksum + 4:entry_off] +
                         data[entry_off + 8:pe.OPTIONAL_HEADER.SizeOfHeaders])
    at = pe.OPTIONAL_HEADER.SizeOfHeaders
    for section in sorted(pe.sections, key=lambda s: s.PointerToRawData):
        digest.update(data[section.PointerToRawData:section.PointerToRawData + section.SizeOfRawData])
        at += section.SizeOfRawData
    digest.update(data[at:end])
    if bank == "sha256":  # the one bank that pesign knows here
        out = subprocess.run(["pesign", "--hash", "--in", path, "--digest_type", bank], check=True,
                             capture_output=True, text=True).stdout
        if digest.hexdigest() not in out:
            sys.exit(f"{path}: pesign says {out.strip()}, expected {digest.hexdigest()}")
    return digest.digest()


def sections(path):
    pe, found, profiles = pefile.PE(path, fast_load=True), {}, 0
    for section in pe.sections:
        name = section.Name.rstrip(b"\0").decode()
        profiles += name == ".profile"
        data = section.get_data(length=section.Misc_VirtualSize)
        if profiles > 1 or not data:
            continue
        if name not in found or (profiles == 1 and found[name][0] == 0):
            found[name] = (profiles, data)
    return {name: data for name, (_, data) in found.items()}


def pad(data):
    return data + bytes(-len(data) % 4)


def entry(ino, mode, name, data=b""):
    fields = [ino, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields)
    return pad(head + name.encode() + b"\0") + pad(data)


def archive(name, data):
    # the stub writes this one header with a capital B
    trailer = entry(0, 0, "TRAILER!!!").replace(b"0000000b", b"0000000B")
    return entry(1, 0o40555, ".extra") + entry(2, 0o100444, ".extra/" + name, data) + trailer


def initrd(found):
    parts = [found[name] for name in (".ucode", ".initrd") if name in found]
    parts += [archive(name, found[section]) for section, name in EXTRA if section in found]
    return parts[0] if len(parts) == 1 else b"".join(map(pad, parts))


def load_options(text):
    text = "".join(" " if ord(c) <= 0x20 or ord(c) == 0x7F else c for c in text.decode())
    return (text.strip(" ") + "\0").encode("utf-16-le")


def gpt_event(disk):
    header = disk[512:604]
    count, size = struct.unpack_from("<II", header, 80)
    start = struct.unpack_from("<Q", header, 72)[0] * 512
    entries = [disk[start + i * size:start + (i + 1) * size] for i in range(count)]
    used = [e for e in entries if e[:16] != bytes(16)]
    return header + struct.pack("<Q", len(used)) + b"".join(used)


def pcr(bank, digests):
    value = bytes(hashlib.new(bank).digest_size)
    for digest in digests:
        value = hashlib.new(bank, value + digest).digest()
    return value.hex()


def main():
    medium, disk_path, loader, uki, conf, *banks = sys.argv[1:]
    found = sections(uki)
    with open(disk_path, "rb") as file:
        disk = file.read()
    with open(conf, "rb") as file:
        conf = file.read()
    with tempfile.NamedTemporaryFile() as kernel:
        kernel.write(found[".linux"])
        kernel.flush()
        for bank in banks:
            def h(data):
                return hashlib.new(bank, data).digest()
            loaders = [] if medium == "network" else [loader]
            images = [authenticode(path, bank) for path in loaders + [uki, kernel.name]]
            table = [h(gpt_event(disk))] if medium == "disk" else []
            read = [h(conf)] if loaders else []
            print(bank, 4, pcr(bank, [h(b"Calling EFI Application from Boot Option"), h(bytes(4))] + images))
            print(bank, 5, pcr(bank, [h(bytes(4)), *table, *read,
                                      h(b"Exit Boot Services Invocation"),
                                      h(b"Exit Boot Services Returned with Success")]))
            print(bank, 9, pcr(bank, [h(load_options(found[".cmdline"])), h(initrd(found))]))
            print(bank, 11, pcr(bank, [h(part) for name in ORDER if name in found
                                       for part in (name.encode() + b"\0", found[name])]))


main()
