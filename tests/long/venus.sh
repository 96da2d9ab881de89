#!/bin/sh
# SPDX-License-Identifier: MIT
# venus.sh DISK STATEDIR: scripts/vm/boot.sh, for a machine with a graphics card (virtio, in slot 7) whose Vulkan is
# lavapipe's, on this machine's processor. In the root of scripts/venus.lock (tests/lib/box.sh). The X server that
# QEMU wants for it stays, as its process in STATEDIR.x says.
set -eu
state=$2
Xvfb :7 -screen 0 640x480x24 -nolisten tcp >"$state.x.log" 2>&1 &
echo $! >"$state.x"
i=0
until [ -S /tmp/.X11-unix/X7 ]; do
	i=$((i + 1))
	[ $i -lt 300 ] && kill -0 "$(cat "$state.x")" || { cat "$state.x.log" >&2; exit 1; }
	sleep 0.1
done
export DISPLAY=:7 XDG_RUNTIME_DIR=/tmp LIBGL_ALWAYS_SOFTWARE=1 VK_DRIVER_FILES=/usr/share/vulkan/icd.d/lvp_icd.json
exec scripts/vm/boot.sh "$@" -object "memory-backend-memfd,id=mem,size=${MEMORY}M,share=on" -machine memory-backend=mem \
	-display sdl,gl=on -device virtio-gpu-gl-pci,venus=on,blob=on,hostmem=512M,max_outputs=1,addr=7
