#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/attack/smuggling.vectors through the real nginx and haproxy: their columns of the file, to which
# tests/guest/gateway-smuggling.c compares the gateway, are what they do. Needs the root of scripts/clients.lock.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root, as the toolbox's"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
in_box clients python3 tests/attack/peers.py >"$work/vectors"
is "$?" 0 "nginx and haproxy are asked"
same tests/attack/smuggling.vectors "$work/vectors" "and let through what the file says"
is "$(grep -vc '^#' "$work/vectors")" "$(grep -vc '^#' tests/attack/smuggling.vectors)" "vector by vector"
finish
