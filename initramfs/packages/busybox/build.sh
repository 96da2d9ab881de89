# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Two binaries from two configurations: `busybox` (production) and `busybox-debug`.
set -eu
tar -xf "$SOURCES"/busybox_*.orig.tar.*
cd busybox-*
gcc=/src/build/pkg/musl/bin/musl-gcc

# configure FRAGMENT...: every line asked for must still be there afterwards.
configure()
{
	make -s allnoconfig >/dev/null
	cat "$@" | sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=.*/\1/p' | while read -r option; do
		sed -i "/^$option=/d; /^# $option is not set/d" .config
	done
	cat "$@" | grep '^CONFIG_' >>.config
	yes '' | make -s oldconfig >/dev/null 2>&1
	cat "$@" | grep '^CONFIG_' | while read -r want; do
		grep -Fqx -- "$want" .config || { echo "busybox: '$want' did not survive"; exit 1; }
	done
}

build()
{
	make -s -j"$JOBS" busybox CC="$gcc" HOSTCC=gcc SKIP_STRIP=y \
		EXTRA_CFLAGS="-Os -g0 -fno-ident -ffile-prefix-map=$PWD=." \
		EXTRA_LDFLAGS="-static -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack"
	strip -s -R .comment -o "$OUT/$1" busybox
	make -s clean
}

configure "$DIR/production.config"
build busybox
configure "$DIR/production.config" "$DIR/debug.config"
build busybox-debug
