# SPDX-License-Identifier: MIT
"""
What Compute Engine imports: a compressed tar in GNU's old form, its one member disk.raw, of whole GiB. Source:
Compute Engine documentation, "Manually import boot disks", "Compress the raw disk".
"""
import os
import shutil
import subprocess
import tempfile

GIB = 1 << 30
# Zeros are left out wherever they stand, and not where this machine's file system has holes.
TAR = "tar --format=oldgnu --sparse --hole-detection=raw --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644 -c"


def write(disk, size, out):
    with tempfile.TemporaryDirectory(dir=os.path.dirname(out.name)) as folder:
        with open(os.path.join(folder, "disk.raw"), "wb") as raw:
            shutil.copyfileobj(disk, raw)
            raw.truncate(-(-size // GIB) * GIB)
        with subprocess.Popen([*TAR.split(), "-C", folder, "disk.raw"], stdout=subprocess.PIPE) as tar:
            gzip = subprocess.run(["gzip", "-9n"], stdin=tar.stdout, stdout=out, stderr=subprocess.PIPE, check=False)
        if gzip.returncode != 0 or tar.returncode != 0:
            words = gzip.stderr.decode("utf-8", "replace").strip().split("\n")
            raise OSError(0, words[0] or "tar failed; its words are above", out.name)
