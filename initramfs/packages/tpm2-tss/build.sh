# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Marshalling, the system API and the character-device transport, nothing above them.
set -eu
tar -xf "$SOURCES"/tpm2-tss_*.orig.tar.*
cd tpm2-tss-*
cp "$DIR/config.h" .

build_library() # NAME SOURCE...
{
	library=$1
	shift
	mkdir "obj-$library"
	printf '%s\n' "$@" | xargs -P "$JOBS" -I{} sh -eu -c '
		/src/build/pkg/musl/bin/musl-gcc -std=gnu11 -Os -g0 -fno-ident -ffunction-sections \
			-fdata-sections -fstack-protector-strong "-ffile-prefix-map=$PWD=." -include config.h \
			-I. -Iinclude -Iinclude/tss2 -Isrc -Isrc/util -Isrc/tss2-mu -Isrc/tss2-sys \
			-c -o "$1/$(basename "$2" .c).o" "$2"' sh "obj-$library" {}
	ar rcsD "$OUT/lib/libtss2-$library.a" obj-"$library"/*.o
}

mkdir "$OUT/lib" "$OUT/include"
cp -r include/tss2 "$OUT/include/"
build_library mu src/tss2-mu/*.c
build_library sys src/tss2-sys/*.c src/tss2-sys/api/*.c
build_library tcti-device src/tss2-tcti/tcti-device.c src/tss2-tcti/tcti-common.c \
	src/util-io/io.c src/util/log.c
