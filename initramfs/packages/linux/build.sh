# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The kernel from allnoconfig and the fragments of kernel-config/. Gives bzImage, config, uname (its
# release), gen_init_cpio and include/ (its headers for programs).
set -eu
fragments=$(sed -n 's,^input \(kernel-config/.*\.config\)$,/src/\1,p' "$DIR/pin")
# Who, where and when are part of the kernel's version text.
export KBUILD_BUILD_USER=rampart KBUILD_BUILD_HOST=rampart KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970'
# With -Os gcc turns memset and memcpy into byte-wise string instructions, which QEMU's TCG runs a byte
# at a time and short ones slowly anywhere; the kernel's own functions are patched for the processor.
export KCFLAGS='-mmemset-strategy=libcall:-1:noalign -mmemcpy-strategy=libcall:-1:noalign'

dpkg-deb --fsys-tarfile "$SOURCES"/linux-source-*.deb | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
	xz -dc | tar -x --strip-components=1

# shellcheck disable=SC2086 # the fragments' paths have no spaces
cat $fragments >all.config
make -s KCONFIG_ALLCONFIG=all.config allnoconfig
# shellcheck disable=SC2086
/src/scripts/kernel.sh survived .config $fragments
/src/scripts/kernel.sh policy .config /src/kernel-config/policy /src/kernel-config/waivers

make -s -j"$JOBS" bzImage headers
cp arch/x86/boot/bzImage usr/gen_init_cpio "$OUT/"
cp .config "$OUT/config"
make -s kernelrelease >"$OUT/uname"
cd usr
find include -name '*.h' | cpio --quiet -pdm "$OUT"
