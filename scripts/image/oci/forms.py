# SPDX-License-Identifier: MIT
"""What a folder or an archive is that is no image, in words that say what to do about it."""
import os

from blobs import Refused, show

ROOT = {"bin", "etc", "lib", "sbin", "usr", "var"}  # of a root file system; two of them tell
ARCHIVES = (".tar", ".tgz", ".tar.gz", ".tar.zst")


def refuse_form(store):
    """store has neither index.json nor manifest.json."""
    names = store.names()
    said = "neither an OCI layout (no index.json) nor a docker-archive (no manifest.json)"
    top = {name.partition("/")[0] for name in names}
    inner = sorted(name for name in names if name.endswith(("/index.json", "/manifest.json")))
    archives = sorted(name for name in names if name.endswith(ARCHIVES))
    if "rootfs" in top and "config.json" in top:
        said += ": an unpacked bundle; give the image that it was unpacked from"
    elif inner:
        folder = show(os.path.dirname(inner[0]))
        said += f": the image is in its folder {folder}; give that one, or pack it from inside"
    elif len(top & ROOT) > 1:
        said += (
            ": a root file system alone, as docker export writes it; make an image of it with"
            " docker import, then docker save"
        )
    elif "oci-layout" in top or "blobs" in top:
        said += ": a layout that has lost its index.json"
    elif "repositories" in top:
        said += ": from Docker before 1.10; load it with a newer one and save it again"
    elif archives:
        said += f": give the archive in it, {show(archives[0])}"
    raise Refused(said)
