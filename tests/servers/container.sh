#!/bin/sh
# SPDX-License-Identifier: MIT
# container.sh OUT_LAYOUT [NAME]: one container with all that scripts/NAME.list installs (default: servers), and what
# tests/servers/srv has for it in /srv. Runs inside the toolbox; the root of the list must be there
# (scripts/toolbox/toolbox.sh NAME).
set -eu
here=$(dirname "$0")
out=$1
name=${2:-servers}
key=$(cd scripts && sha256sum "$name.lock" toolbox/toolbox.sh toolbox/repo.sh | sha256sum | cut -c1-16)
box=/cache/toolbox/$name-$key
[ -d "$box" ] || { echo "${0##*/}: $box is not there; run: scripts/toolbox/toolbox.sh $name" >&2; exit 1; }

files=$out.files
rm -rf "$files"
trap 'rm -rf "$files"' EXIT
mkdir -p "$files"
# What the running system fills, and what only dpkg reads, is left out.
tar -C "$box" --exclude=./dev --exclude=./proc --exclude=./sys --exclude=./var/lib/dpkg --exclude=./var/lib/apt \
	--exclude=./src --exclude=./cache -cf - . | tar -C "$files" -xf -
cp -R "$here/srv" "$files/"
scripts/image/layout.sh "$files" "$out" --config.exposedports=8080/tcp --config.user=www-data --config.workingdir=/srv \
	--config.env=PATH=/usr/local/bin:/usr/bin:/bin
