# SPDX-License-Identifier: MIT
"""world.py KIND OUT: OCI layouts for world.t: full, bare, odd."""
import sys

from images import Layout, folder, item, symlink, tar

PASSWD = b"root:x:0:0:root:/root:/bin/sh\nother:x:33:33::/first:/bin/sh\nwww:x:33:33::/srv/www:/bin/sh\nbad:x:7:7::home:/x\n"

KINDS = {
    # Whatever a distribution has: files of its own in /etc, one a link to what a container lacks.
    "full": lambda: Layout(
        [
            tar(folder("etc"), item("etc/passwd", PASSWD), item("etc/hosts", b"10.0.0.1 elsewhere\n")),
            tar(symlink("etc/resolv.conf", "../run/resolve/stub.conf"), folder("srv"), symlink("run", "var/run"), folder("var/run")),
        ],
        config={"User": "www", "WorkingDir": "/srv/app/deep"},
    ),
    # One program and nothing else.
    "bare": lambda: Layout([tar(item("a", b"a", mode=0o755))], config={"WorkingDir": "/"}),
    # /etc is a link, a working directory that is a file.
    "odd": lambda: Layout(
        [tar(folder("usr/etc"), symlink("etc", "usr/etc"), item("file", b"x"), item("usr/etc/passwd", PASSWD))],
        config={"WorkingDir": "/file/below", "User": "7"},
    ),
}

if __name__ == "__main__":
    KINDS[sys.argv[1]]().write(sys.argv[2])
