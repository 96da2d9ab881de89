#!/bin/sh
# SPDX-License-Identifier: MIT
# recipe.sh OUT_LAYOUT: the container of the test image. Runs inside the toolbox.
set -eu
here=$(dirname "$0")
out=$1
rootfs=$out.files
musl_gcc=${MUSL_GCC:-build/pkg/musl/bin/musl-gcc}

rm -rf "$rootfs"
trap 'rm -rf "$rootfs"' EXIT
mkdir -p "$rootfs"
"$musl_gcc" -std=gnu11 -Wall -Wextra -Werror -Os -static -fno-ident -ffile-prefix-map="$here"=. \
	-ffunction-sections -fdata-sections -fstack-protector-strong \
	-Wl,--gc-sections,--build-id=none,-z,noexecstack -s -o "$rootfs/httpd" "$here"/*.c
"$here/../../scripts/image/layout.sh" "$rootfs" "$out" --config.entrypoint=/httpd --config.cmd=8080 \
	--config.exposedports=8080/tcp --config.user=65534:65534 --config.workingdir=/
