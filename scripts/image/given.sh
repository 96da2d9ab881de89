#!/bin/sh
# SPDX-License-Identifier: MIT
# given.sh IMAGE: prints where the container of IMAGE is, as an absolute path, if that is a place outside of
# the source tree, which enter.sh has to show to the toolbox: LAYOUT=, or what image.conf names or
# links to. Else nothing. Exit code 1 and one line if LAYOUT= is not there. Environment: LAYOUT.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
conf=$RAMPART_TOP/images/$1/image.conf

if [ -n "${LAYOUT:-}" ]; then
	[ -r "$LAYOUT" ] || die "LAYOUT=$LAYOUT: cannot read it; give the path of an OCI layout or of an archive"
	realpath "$LAYOUT"
	exit
fi
[ -f "$conf" ] || exit 0
tree=$RAMPART_TOP
layout=$(sed -n '/^[[:space:]]*\[container\]/,/^[[:space:]]*\[[^c]/s/^[[:space:]]*layout[[:space:]]*=[[:space:]]*//p' "$conf" |
	sed 's/[[:space:]]*$//' | tail -n 1)
case $layout in
"") exit 0 ;;
/*) tree=/dev/null ;; # the toolbox has the tree at another place
*) layout=$RAMPART_TOP/images/$1/$layout ;;
esac
# What is not there, or is no image, is told by those who read it.
[ -r "$layout" ] || exit 0
layout=$(realpath "$layout")
case $layout in
"$tree"/*) ;;
*) printf '%s\n' "$layout" ;;
esac
