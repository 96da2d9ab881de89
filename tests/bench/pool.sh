#!/bin/sh
# SPDX-License-Identifier: MIT
# pool.sh [RESULTS]: what a container for each connection costs (tests/bench/pool.c), in the toolbox, without a
# machine: what is measured is the launcher and its dialers, not the gateway. Appends its lines to RESULTS and says
# the medians.
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
$out >$out.lines || die "$(tail -n 1 $out.lines)"
median() # KEY
{
	sed -n "s/^pool\.$1 //p" $out.lines | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
step POOL "first byte: shared container $(median us.shared) us, one's own $(median us.own) us; $(median rate.own) connections a second, $(median cpu.own) ms of a processor for each"
cat $out.lines >>"$results"
