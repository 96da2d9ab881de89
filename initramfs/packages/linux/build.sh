# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The kernel with the patches, from allnoconfig and the fragments of kernel-config/ that the pin names. Gives bzImage,
# config, uname (its release), gen_init_cpio and include/ (its headers for programs); with modules
# also modules/NAME.ko and modules/order: a line a module, what to load for it in order, itself last;
# and devel/, against which modules of other sources are built (its Module.symvers is this kernel's).
set -eu
# The pin's inputs whose names match, as paths.
inputs() # REGEX
{
	sed -n "s,^input \(kernel-config/$1\)\$,/src/\1,p" "$DIR/pin"
}
fragments=$(inputs '.*\.config')
# Who, where and when are part of the kernel's version text.
export KBUILD_BUILD_USER=rampart KBUILD_BUILD_HOST=rampart KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970'
# With -Os gcc turns memset and memcpy into byte-wise string instructions, which QEMU's TCG runs a byte
# at a time and short ones slowly anywhere; the kernel's own functions are patched for the processor.
export KCFLAGS='-mmemset-strategy=libcall:-1:noalign -mmemcpy-strategy=libcall:-1:noalign'

dpkg-deb --fsys-tarfile "$SOURCES"/linux-source-*.deb | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
	xz -dc | tar -x --strip-components=1
for patch in $(inputs '.*\.patch') "$DIR"/*.patch; do
	[ ! -f "$patch" ] || patch -p1 -i "$patch"
done

# shellcheck disable=SC2086 # the fragments' paths have no spaces
cat $fragments >all.config
# shellcheck disable=SC2046
cat $(inputs 'waivers.*') >waivers
make -s KCONFIG_ALLCONFIG=all.config allnoconfig
# shellcheck disable=SC2086
/src/scripts/image/kernel.sh survived .config $fragments
/src/scripts/image/kernel.sh policy .config /src/kernel-config/policy waivers

make -s -j"$JOBS" bzImage headers
cp arch/x86/boot/bzImage usr/gen_init_cpio "$OUT/"
cp .config "$OUT/config"
make -s kernelrelease >"$OUT/uname"
(cd usr && find include -name '*.h' | cpio --quiet -pdm "$OUT")

if grep -q '^CONFIG_MODULES=y' .config; then
	make -s -j"$JOBS" modules
	make -s INSTALL_MOD_PATH="$PWD/installed" INSTALL_MOD_STRIP=1 modules_install
	mkdir "$OUT/modules"
	find installed -name '*.ko' -exec cp {} "$OUT/modules/" \;
	# modules.dep has the dependencies of a module behind it, the ones to load first last.
	sed 's/\.ko//g; s/://; s,[^ ]*/,,g' installed/lib/modules/*/modules.dep |
		awk '{ for (i = NF; i >= 1; i--) printf "%s%s", $i, (i > 1 ? " " : "\n") }' | sort >"$OUT/modules/order"
	make -s run-command KBUILD_RUN_COMMAND="+\$(srctree)/scripts/package/install-extmod-build $OUT/devel"
	cp .config "$OUT/devel/"
fi
