#!/bin/sh
# SPDX-License-Identifier: MIT
# propose.sh --name PATH: prints the name that the image of a container at PATH gets: that of the file.
# propose.sh IMAGE [asked]: writes images/IMAGE/image.conf for the container LAYOUT, if there is none yet, from what that
# says of itself. Unless IMAGE was asked for, an image of that name with another container is left alone, and exit code 1
# says so. Runs on the host.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
if [ "$1" = --name ]; then
	basename "$2" | tr 'A-Z_.' 'a-z--' | LC_ALL=C sed -E -e 's/-(tar|tgz|tzst)(-(gz|zst))?$//' \
		-e 's/-oci$//' -e 's/[^a-z0-9]+/-/g' -e 's/^-+|-+$//g'
	exit
fi
why=
[ ${#1} -le 63 ] || why="at most 63 characters"
case $1 in '' | *[!a-z0-9-]* | -*) why="[a-z0-9][a-z0-9-]*" ;; esac
[ -z "$why" ] || die "LAYOUT=${LAYOUT:-}: \"$1\" is not the name of an image, $why; say one: IMAGE=NAME"
conf=images/$1/image.conf
cd "$RAMPART_TOP"
layout=$(scripts/image/given.sh "$1")
if [ -f "$conf" ]; then
	[ "${2:-}" = asked ] || [ "$(LAYOUT='' scripts/image/given.sh "$1")" = "$layout" ] ||
		die "LAYOUT=$layout: $conf is there, for another container; say a name for this one too: IMAGE=NAME"
	exit 0
fi
mkdir -p "build/proposed"
trap 'rm -rf build/proposed' EXIT
LAYOUT=$layout scripts/toolbox/enter.sh python3 -I -B -X utf8 scripts/image/oci --propose /mnt/layout build/proposed \
	"$1" "$layout" || exit 1
mkdir -p "images/$1"
mv build/proposed/image.conf "$conf"
step CONF "$conf"
