# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Its parser as it is: measure/verify/tpm/cborparse.c takes it in, and so every flavour of the library compiles it.
set -eu
tar -xf "$SOURCES"/tinycbor_*.orig.tar.*
mkdir "$OUT/include"
cp ./*/src/cbor.h ./*/src/cborparser.c ./*/src/*_p.h ./*/src/tinycbor-version.h "$OUT/include/"
