# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The distribution's own static library and header: the toolbox is not made anew for them.
set -eu
dpkg-deb --fsys-tarfile "$SOURCES"/libseccomp-dev_*.deb | tar -x
mkdir "$OUT/include" "$OUT/lib"
cp usr/include/seccomp.h usr/include/seccomp-syscalls.h "$OUT/include/"
cp usr/lib/x86_64-linux-gnu/libseccomp.a "$OUT/lib/"
