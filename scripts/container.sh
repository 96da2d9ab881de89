#!/bin/sh
# SPDX-License-Identifier: MIT
# container.sh IMAGE_CONF OUT_DIR: gets the container that an image definition names (its recipe is
# run, a layout is taken as it is) and imports it. Runs inside the toolbox. Leaves in OUT_DIR:
# container.erofs, oci-config.json, oci-manifest.json, container.files.txt.
# Environment: RAMPART (default build/bin/rampart).
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
[ $# -eq 2 ] || die "usage: container.sh IMAGE_CONF OUT_DIR"
conf=$1
out=$2
top=$(dirname "$0")

source=$("${RAMPART:-build/bin/rampart}" plan "$conf" --source)
kind=${source%% *}
layout=${source#* }
mkdir -p "$out"
if [ "$kind" = recipe ]; then
	[ -x "$layout" ] || die "$conf: the recipe $layout is not there or not executable"
	"$layout" "$out/container.oci" >"$out/recipe.log" 2>&1 ||
		die "$layout: failed: $(tail -n 1 "$out/recipe.log") (all of it: $out/recipe.log)"
	layout=$out/container.oci
fi
"$top/import.sh" "$layout" "$out/container.erofs" "$out/oci-config.json" \
	"$out/oci-manifest.json" "$out/container.files.txt"
