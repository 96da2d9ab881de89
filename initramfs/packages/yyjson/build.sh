# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Its two files as they are: measure/record/jsonparse.c takes them in, and so every flavour of the library compiles them.
set -eu
tar -xf "$SOURCES"/yyjson_*.orig.tar.*
mkdir "$OUT/include"
cp ./*/src/yyjson.h ./*/src/yyjson.c "$OUT/include/"
