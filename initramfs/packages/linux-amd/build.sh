# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The fragments and waivers of this package's pin make the difference.
set -eu
. /src/initramfs/packages/linux/build.sh
# Nobody looks at a module's names: what nothing links to is left out.
strip --strip-unneeded "$OUT"/modules/*.ko
