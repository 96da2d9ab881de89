#!/bin/sh
# SPDX-License-Identifier: MIT
# recipe.sh OUT_LAYOUT: the container of the llm image: llama.cpp's server, one static program and
# nothing else. Runs inside the toolbox; engine/ says how the program is built.
set -eu
here=$(dirname "$0")
out=$1
rootfs=$out.files

rm -rf "$rootfs"
trap 'rm -rf "$rootfs"' EXIT
mkdir -p "$rootfs"
cp "${LLAMA_SERVER:-build/pkg/llama/llama-server}" "$rootfs/llama-server"
chmod 755 "$rootfs/llama-server"
"$here/../../scripts/image/layout.sh" "$rootfs" "$out" --config.entrypoint=/llama-server \
	--config.exposedports=8080/tcp --config.user=65534:65534 --config.workingdir=/
