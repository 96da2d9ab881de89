# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The fragments and waivers of this package's pin make the difference.
set -eu
. /src/initramfs/packages/linux/build.sh
