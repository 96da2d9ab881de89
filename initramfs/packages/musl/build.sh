# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The guest's C library, static only, with musl-gcc and the kernel's user headers beside its own.
set -eu
tar -xf "$SOURCES"/musl_*.orig.tar.*
cd musl-*
tar -xf "$SOURCES"/musl_*.debian.tar.*
sed '/^#/d; /^$/d' debian/patches/series | while read -r patch; do
	patch -p1 -i "debian/patches/$patch"
done
./configure --prefix="$PREFIX" --syslibdir="$PREFIX/lib" --disable-shared --enable-wrapper=gcc \
	CC=gcc CFLAGS="-g0 -fno-ident -ffunction-sections -fdata-sections -ffile-prefix-map=$PWD=."
make -j"$JOBS"
make install DESTDIR="$PWD/root"
mv "$PWD/root$PREFIX"/* "$OUT/"
cp -rL /usr/include/linux /usr/include/asm-generic /usr/include/mtd /usr/include/x86_64-linux-gnu/asm \
	"$OUT/include/"
