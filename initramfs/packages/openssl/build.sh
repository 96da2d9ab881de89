# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# libcrypto.a and libssl.a for the guest, with Debian's patches and the x86-64 assembler.
set -eu
tar -xf "$SOURCES"/openssl_*.orig.tar.*
cd openssl-*
tar -xf "$SOURCES"/openssl_*.debian.tar.*
sed '/^#/d; /^$/d' debian/patches/series | while read -r patch; do
	patch -p1 -i "debian/patches/$patch"
done
# shellcheck disable=SC2046 # one word a line
PATH=/src/build/pkg/musl/bin:$PATH ./Configure linux-x86_64 --prefix=/ --openssldir=/none \
	--libdir=lib $(sed 's/#.*//' "$DIR/options") CC=musl-gcc \
	CFLAGS="-O2 -g0 -fno-ident -ffunction-sections -fdata-sections -ffile-prefix-map=$PWD=."
PATH=/src/build/pkg/musl/bin:$PATH make -s -j"$JOBS" build_generated
PATH=/src/build/pkg/musl/bin:$PATH make -s -j"$JOBS" libcrypto.a libssl.a
mkdir "$OUT/lib"
cp libcrypto.a libssl.a "$OUT/lib/"
cp -r include "$OUT/include"
rm -rf "$OUT"/include/internal "$OUT"/include/crypto "$OUT"/include/openssl/*.in
