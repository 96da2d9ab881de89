# SPDX-License-Identifier: MIT
"""
release FOLDER IMAGE DEBUG VOLUME MEMORY CPUS MODEL MACHINE KIND SECURE_BOOT UPDATES MEDIA PLATFORM: adds to FOLDER, which has the
image, golden.json, the plan, the lists, the locks, source.tar and, with SECURE_BOOT, what may be known of its keys,
everything that is made from these. DEBUG, VOLUME, MODEL and SECURE_BOOT are empty or not; KIND is the kind of machine
that MACHINE or else image.conf names; UPDATES is MiB or empty; MEDIA is of "cd network"; PLATFORM is a name or empty. Exit code 1 and one line on stderr, if something does not fit together.

The exports decide nothing about measurements: they write the events and values of golden.json down in
other forms. A later one is one more module here. What is signed comes after: sign.sh, log.sh.
"""
import sys

import corim
import keylime
import pcrlock
import provenance
import rebuild
import spdx
import upload
from inputs import Refused, Release

FORMAT = {"cd": "iso", "network": "netboot"}  # that a medium is asked for by


def main(folder, image, debug, volume, memory, cpus, model, machine, kind, secure_boot, updates, media, platform):
    asked = {
        "image": image,
        **({"machine": machine} if machine else {}),  # else the kind is that of image.conf
        "debug": bool(debug),
        "volume": bool(volume),
        "memory_mib": int(memory),
        "cpus": int(cpus),
        "model": bool(model),
        **({"secure_boot": True} if secure_boot else {}),
        **({"updates_mib": int(updates)} if updates else {}),
        **({"platform": platform} if platform else {}),  # else that of the kind
        **({"format": " ".join(FORMAT[medium] for medium in media.split())} if media else {}),
    }
    release = Release(folder, asked, kind)
    # provenance last: its subjects are the files that are there by then.
    for export in (pcrlock, keylime, corim, spdx, rebuild, upload, provenance):
        export.write(release)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
    except (KeyError, ValueError) as error:
        sys.exit(f"{sys.argv[1]}: not the parts of a release: {error!r}")
