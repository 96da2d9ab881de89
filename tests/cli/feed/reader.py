# SPDX-License-Identifier: MIT
"""reader.py FEED ROOT STATE PATH [--mldsa]: python-tuf's own client reads the target PATH of the folder FEED, and prints its
sha256. With --mldsa it knows keys of ML-DSA-65 as scripts/feed/mldsa.py names them."""

import hashlib
import os
import sys

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater


class Folder(FetcherInterface):
    def _fetch(self, url):
        try:
            with open(url, "rb") as file:
                return iter([file.read()])
        except FileNotFoundError as error:
            raise DownloadHTTPError("not there", 404) from error


feed, root, state, path = sys.argv[1:5]
if "--mldsa" in sys.argv:
    sys.path.insert(0, "scripts/feed")
    import mldsa  # noqa: F401, which adds itself
os.makedirs(os.path.join(state, "targets"), exist_ok=True)
if not os.path.exists(os.path.join(state, "root.json")):
    with open(root, "rb") as source, open(os.path.join(state, "root.json"), "wb") as file:
        file.write(source.read())
updater = Updater(state, feed + "/metadata/", os.path.join(state, "targets"), feed + "/targets/", Folder())
updater.refresh()
info = updater.get_targetinfo(path)
if not info:
    sys.exit(f"{path}: not a target")
with open(updater.download_target(info), "rb") as file:
    print(hashlib.sha256(file.read()).hexdigest(), info.custom["release"])
