# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# nvidia and nvidia-uvm against the tree of linux-devices, whose Module.symvers decides what they link to. Gives
# modules/NAME.ko and version, the driver's, which firmware and libraries must have.
# The source is either Debian's nvidia-open-kernel-source, in which the core is an object that Debian has compiled, or,
# of a package with the file `given` (scripts/image/gpu.sh), NVIDIA's own tree as a tar archive, of which the core is
# built here, too.
set -eu
kernel=/src/build/pkg/linux-devices/devel
# Who, where and when are part of the core's version text. Its utils.mk asks commands, WHOAMI and DATE, and since 580 the
# two variables of NV_BUILD.
export KBUILD_BUILD_USER=rampart KBUILD_BUILD_HOST=rampart KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970'
set -- NV_BUILD_USER=rampart NV_BUILD_HOST=rampart WHOAMI='echo rampart' HOSTNAME=rampart DATE='date --utc --date=@0'

if [ -f "$DIR/given" ]; then
	sha=$(cat "$DIR/given")
	echo "$sha  /cache/files/$sha" | sha256sum --check --status
	source=/cache/files/$sha
else
	source=$(echo "$SOURCES"/nvidia-open-kernel-source_*.deb)
fi
if dpkg-deb --info "$source" >/dev/null 2>&1; then
	dpkg-deb --fsys-tarfile "$source" | tar -xO ./usr/src/nvidia-open-kernel.tar.xz | xz -dc | tar -x --strip-components=2
	tree=.
else
	tar -xf "$source" --strip-components=1
	make -C src/nvidia -j"$JOBS" "$@"
	cp src/nvidia/_out/Linux_x86_64/nv-kernel.o kernel-open/nvidia/nv-kernel.o_binary
	tree="kernel-open"
fi
cd "$tree"
patch=/src/initramfs/packages/nvidia-open/0001-pci-resize-resource.patch
! grep -q 'pci_resize_resource(pci_dev, NV_GPU_BAR1, requested_size);' nvidia/nv-pci.c || patch -p1 -i "$patch"

# What the kernel warns of is an error in its own tree (WERROR), and a driver that is older than it has some of that.
make -j"$JOBS" KCFLAGS=-Wno-error SYSSRC="$kernel" SYSOUT="$kernel" \
	NV_EXCLUDE_KERNEL_MODULES="nvidia-drm nvidia-modeset nvidia-peermem" "$@" modules
mkdir "$OUT/modules"
for name in nvidia nvidia-uvm; do
	strip --strip-debug -o "$OUT/modules/$name.ko" "$name.ko"
done
modinfo -F version nvidia.ko >"$OUT/version"
