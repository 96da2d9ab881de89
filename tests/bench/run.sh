#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: the figures of `make bench`, each beside what is asked of it and what others need for the
# same, measured in the same run. Runs on the host after `make image golden IMAGE=test`. It is no
# test: a figure that misses says MISS and the exit code stays 0; it is 1 only when nothing could be
# measured. All samples stay in build/bench/results.
# Environment: MEMORY, CPUS, ACCEL (scripts/vm/vm.sh); ROUNDS, PEERS (tests/bench/boots.sh); COLD=1 also
# builds both images from a cache that holds nothing but the downloaded files, and a copy of the tree.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
out=build/bench
results=$out/results
mkdir -p $out
: >$results
[ -f build/test/golden.json ] || die "build/test/golden.json: not there; run: make image golden IMAGE=test"

seconds() # COMMAND...: its wall time; its words go to $out/log
{
	start=$(date +%s%N)
	"$@" >$out/log 2>&1 || { tail -n 15 $out/log >&2; die "failed: $*"; }
	awk -v ns=$(($(date +%s%N) - start)) 'BEGIN { printf "%.2f\n", ns / 1e9 }'
}

inside() # SCRIPT...
{
	scripts/toolbox/enter.sh env MEMORY="${MEMORY:-1024}" CPUS="${CPUS:-2}" ACCEL="${ACCEL:-tcg}" \
		ROUNDS="${ROUNDS:-3}" PEERS="${PEERS-busybox trimmed mkosi}" "$@"
}

ENTER_BOX=bench scripts/toolbox/enter.sh scripts/image/package.sh tests/bench/peers

# A container with a GPU, without hardware; packages of its two roots are not always to be had.
gpu()
{
	scripts/toolbox/toolbox.sh llama && scripts/toolbox/toolbox.sh venus || return 0
	inside env REQUESTS=100 tests/long/45-vulkan.t >$out/gpu || { cat $out/gpu >&2; die "tests/long/45-vulkan.t failed"; }
	sed -n 's/^# \([a-z]*\): \([0-9.]*\) tokens a second$/gpu.\1 \2/p' $out/gpu >>$results
}

inside tests/bench/boots.sh $results
for name in test llm; do
	[ ! -f build/$name/golden.json ] || inside tests/bench/predict.sh $name $results
done

[ ! -f build/llm/golden.json ] || inside tests/bench/status.sh $results
scripts/toolbox/toolbox.sh servers
inside tests/bench/import.sh $results
inside tests/bench/load.sh $results
inside tests/bench/verify.sh $results
tests/bench/feed.sh $results
tests/bench/start.sh $results
tests/bench/pool.sh $results
tests/bench/gateway.sh $results
tests/bench/attest.sh $results
gpu

for _ in 1 2 3; do
	touch initramfs/init/main.c
	step REBUILD "init"
	spent=$(seconds make image golden IMAGE=test)
	echo "rebuild $spent" >>$results
done

cold_build()
{
	(RAMPART_CACHE=$PWD/$out/cold/cache && export RAMPART_CACHE && cd $out/cold/tree &&
		make image golden IMAGE=test && make image golden IMAGE=llm)
}
if [ -n "${COLD:-}" ]; then
	step COLD "both images from an empty cache"
	# In the toolbox: what is in a cache may belong to ids that only exist there.
	# shellcheck disable=SC2016 # $1 is the inner shell's
	scripts/toolbox/enter.sh sh -euc 'rm -rf "$1" && mkdir -p "$1/cache" "$1/tree" && cp -R /cache/files "$1/cache"' \
		sh $out/cold
	tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C $out/cold/tree
	spent=$(seconds cold_build)
	echo "cold $spent" >>$results
	scripts/toolbox/enter.sh rm -rf $out/cold
fi

echo
awk -f tests/bench/table.awk $results
