#!/bin/sh
# SPDX-License-Identifier: MIT
# ready.sh [IMAGE]: whether this machine, and the folder of IMAGE, have what a build needs, as far as
# that can be told before anything is downloaded or compiled. Prints one line, what is missing and what to
# do, for the first thing that is missing; else nothing. Environment: MODEL, LAYOUT, RAMPART_CACHE.
# What is in an image.conf is read by `rampart plan` alone, which the build asks before it compiles
# anything else (scripts/image.mk, "checked").
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
cd "$RAMPART_TOP"
image=${1:-}

# MiB for the toolbox and what its packages unpack to; for sources; for what is built of them.
check_space()
{
	[ ! -d "$(box_path toolbox)" ] || return 0
	need=$(awk '!/^#/ { s += FILENAME ~ /toolbox/ ? 7 * $4 : $6 } END { print int(s / 1048576) + 2048 }' \
		scripts/toolbox.lock scripts/sources.lock)
	have=$(du -sm "$RAMPART_CACHE/files" 2>/dev/null | cut -f1)
	need_space "$RAMPART_CACHE" $((need - ${have:-0}))
	[ -d build ] || need_space "$RAMPART_TOP" 1024
}

check_model()
{
	[ -n "${MODEL:-}" ] || return 0
	[ -e "$MODEL" ] || die "MODEL=$MODEL: there is no such file; give the path of a GGUF file"
	[ -f "$MODEL" ] && [ -r "$MODEL" ] || die "MODEL=$MODEL: cannot read it; give the path of a GGUF file"
}

check_layout()
{
	[ -z "${LAYOUT:-}" ] || scripts/image/given.sh "$image" >/dev/null
}

# The toolbox sees the tree, but nothing else of this machine, except the container itself.
check_files() # FOLDER
{
	given=$("$RAMPART_TOP/scripts/image/given.sh" "$image")
	find "$1" -type l | LC_ALL=C sort | while IFS= read -r path; do
		target=$(readlink -m "$path")
		case $target in
		"$RAMPART_TOP"/*) [ -e "$path" ] || die "$path: leads to $target, which is not there" ;;
		"$given") ;;
		*) die "$path: leads to $target, out of the source tree, and the build sees nothing else;" \
			"copy the file here" ;;
		esac
	done
}

check_image()
{
	[ -n "$image" ] || return 0
	case $image in
	*[!a-z0-9-]* | -*) die "IMAGE=$image: not the name of an image: [a-z0-9][a-z0-9-]*" ;;
	esac
	[ -f "images/$image/image.conf" ] ||
		die "IMAGE=$image: there is no images/$image/image.conf; there is: $(cd images && echo */image.conf | sed 's|/image.conf||g')"
	check_files "images/$image"
}

check_layout
check_image
check_model
root_prefix >/dev/null
make_dir "$RAMPART_CACHE"
check_space
[ -d "$(box_path toolbox)" ] || need_host mmdebstrap mmdebstrap
