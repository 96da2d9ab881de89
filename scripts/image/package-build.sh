#!/bin/sh
# SPDX-License-Identifier: MIT
# package-build.sh DIR BUILD PREFIX: runs DIR/build.sh in BUILD/work, in the environment that package.sh
# describes. It is the part of package.sh that decides about results, and so it is part of every key.
set -eu
cd "$2/work"
exec env SOURCES="$2/sources" DIR="/src/$1" OUT="$2/out" PREFIX="$3" JOBS="${JOBS:-$(nproc)}" \
	sh -eu ${V:+-x} "/src/$1/build.sh"
