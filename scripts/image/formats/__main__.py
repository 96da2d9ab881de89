# SPDX-License-Identifier: MIT
"""
formats FORMAT DISK OUT: the disk as a cloud, or another hypervisor, wants to be given it. What the firmware reads and
measures is the same in each, so one golden.json is true for all: none is made anew, all are wrapped or padded.
OUT appears whole or not at all. The same disk gives the same bytes.
"""
import os
import sys

import containerdisk
import gce
import iso
import qcow2
import vhd

FORMATS = {"containerdisk": containerdisk, "gce": gce, "iso": iso, "qcow2": qcow2, "vhd": vhd}


def main(name, source, out):
    if name not in FORMATS:
        sys.exit(f"FORMAT={name}: not one of {' '.join(sorted(FORMATS))}")
    new = f"{out}.new"
    try:
        with open(source, "rb") as disk, open(new, "wb") as file:
            FORMATS[name].write(disk, os.path.getsize(source), file)
        os.replace(new, out)
    except OSError as error:
        sys.exit(f"{error.filename or out}: {error.strerror}")
    finally:
        if os.path.exists(new):
            os.unlink(new)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: formats FORMAT DISK OUT")
    main(*sys.argv[1:])
