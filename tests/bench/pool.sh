#!/bin/sh
# SPDX-License-Identifier: MIT
# pool.sh [RESULTS]: what a container for each connection costs (tests/bench/pool.c), in the toolbox, without a
# machine: what is measured is the launcher and its dialers, not the gateway. With images/test's container and, if that
# is built, with images/llm's server and model. Appends their lines to RESULTS and says the medians.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
cd "$(dirname "$0")/../.."
out=build/bench/pool
if [ "${1:-}" != --inside ]; then
	exec scripts/toolbox/enter.sh tests/bench/pool.sh --inside "${1:-$out.results}"
fi
results=$2
make --no-print-directory -f scripts/build.mk build/guest/groupless build/guest/httpd build/bin/rampart
gcc -std=gnu11 -O2 -Wall -Wextra -Werror -I. -o $out tests/bench/pool.c tests/lib/poolworld.c tests/lib/guestroot.c \
	tests/lib/program.c tests/lib/tap.c initramfs/common/dial.c build/release/measure/cmd/plan/seccomp.o \
	build/release/measure/cmd/plan/seccompfilter.o build/release/measure/cmd/io.o \
	build/release/librampart.a -ljansson -Lbuild/pkg/libseccomp/lib -lseccomp -lssl -lcrypto -lz -lzstd
median() # KEY
{
	sed -n "s/^$1 //p" $out.lines | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

measure() # PREFIX PROGRAM [MODEL PLAN]
{
	$out "$@" >$out.lines || die "$1: $(tail -n 1 $out.lines)"
	step POOL "$1: first byte in a shared container $(median "$1.us.shared") us, one's own $(median "$1.us.own") us; $(
		median "$1.rate.own") connections a second, $(median "$1.cpu.own") ms of a processor and $(
		median "$1.dirty.own") KiB for each"
	cat $out.lines >>"$results"
}
measure pool build/guest/httpd
[ ! -f build/llm/plan ] || measure pool-llm build/pkg/llama/llama-server images/llm/model/model.gguf build/llm/plan
