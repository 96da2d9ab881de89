#!/bin/sh
# SPDX-License-Identifier: MIT
# programs.sh: the programs of gateway.sh and attest.sh, in build/bench/gateway; static, since they also
# run in the bench's root. Runs in the toolbox.
set -eu
cd "$(dirname "$0")/../../.."
src=tests/bench/gateway
out=build/bench/gateway
seccomp=build/pkg/libseccomp
mkdir -p $out
make --no-print-directory -f scripts/build.mk build/guest/gateway build/guest/socket-quoter build/bin/rampart

compile() # PROGRAM FILE...
{
	program=$1
	shift
	gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -I. \
		-isystem build/pkg/tpm2-tss/include -o "$out/$program" "$src/$program.c" "$@" >"$out/log" 2>&1 ||
		{ cat "$out/log" >&2; exit 1; }
}
shared="tests/lib/program.c tests/lib/tap.c build/release/measure/cmd/plan/seccomp.o
	build/release/measure/cmd/plan/seccompfilter.o build/release/measure/cmd/io.o"
libraries="build/release/librampart.a -ljansson -L$seccomp/lib -lseccomp -lssl -lcrypto -lz -lzstd"
# shellcheck disable=SC2086 # words
compile world tests/lib/gatewayworld.c tests/lib/httpserver.c initramfs/common/dialer.c $shared $libraries
# shellcheck disable=SC2086
compile quoter tests/lib/quoterworld.c $shared $libraries
compile upstream
compile client -lssl -lcrypto -lz -lzstd
compile attack -lssl -lcrypto -lz -lzstd
