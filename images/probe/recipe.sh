#!/bin/sh
# SPDX-License-Identifier: MIT
# recipe.sh OUT_LAYOUT: the container of the probe image. Runs inside the toolbox.
set -eu
here=$(dirname "$0")
out=$1
rootfs=$out.files
musl_gcc=${MUSL_GCC:-build/pkg/musl/bin/musl-gcc}

rm -rf "$rootfs"
trap 'rm -rf "$rootfs"' EXIT
mkdir -p "$rootfs/tmp" "$rootfs/model"
"$musl_gcc" -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef \
	-Wcast-qual -Werror -Os -static -fno-ident -ffile-prefix-map="$here"=. \
	-ffunction-sections -fdata-sections -fstack-protector-strong \
	-Wl,--gc-sections,--build-id=none,-z,noexecstack -s -o "$rootfs/probe" "$here"/*.c
cp "$here/model/model.txt" "$rootfs/model/" # where others run it, there is no other
echo "a file to change" >"$rootfs/probe-spare"
"$here/../../scripts/image/layout.sh" "$rootfs" "$out" --config.entrypoint=/probe --config.cmd=8080 \
	--config.exposedports=8080/tcp --config.workingdir=/
