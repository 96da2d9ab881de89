#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh NAME: build/NAME with the container of scripts/NAME.list, imported, unless it is there as it would be made.
set -eu
made=build/$1
! cmp -s "scripts/$1.lock" "$made/lock" || [ -n "$(find tests/servers/srv tests/servers/container.sh -newer "$made/lock")" ] ||
	exit 0
rm -rf "$made"
mkdir -p "$made"
tests/servers/container.sh "$made/layout" "$1"
scripts/image/import.sh "$made/layout" "$made/container.erofs" "$made/container.config.json" \
	"$made/container.manifest.json" "$made/container.files.txt" "$made/container.user" "$made/container.notes" \
	"$made/container.account"
rm -rf "$made/layout"
cp "scripts/$1.lock" "$made/lock"
