#!/bin/sh
# SPDX-License-Identifier: MIT
# log.sh, which `make release LOG=` runs: a release gets into a log and its proof beside it, which `rampart check` and a feed's clients
# want when the policy names that log.
set -u
# shellcheck source=tests/cli/release/lib.sh
. "$(dirname "$0")/lib.sh"
second=$PWD/tests/cli/tlog/tlog.py
machine=tests/fuzz/machine
export XDG_STATE_HOME="$dir/state"
release=$dir/release
log=$dir/log
mkdir "$release"
cp $machine/golden.json "$release/"
openssl genpkey -algorithm ed25519 -out "$dir/log.pem"
log_sh() # ARGUMENT...
{
	run scripts/release/log.sh "$@"
}

log_sh "$release" "$log" ''
fails "without a key nothing is logged" "LOG=$log without LOG_KEY"
log_sh "$release" "$log" "$dir/log.pem"
fails "a new log needs a name" "log is a new log, so it needs --origin NAME"
is "$(ls "$release")" golden.json "and there is no proof"
log_sh "$release" "$log" "$dir/log.pem" example.org/releases
is "$code:$(cat "$dir/words")" "0:  LOGGED  $release/golden.json.tlog-proof" "a release is logged"
vkey=$(build/bin/rampart tlog key example.org/releases --key "$dir/log.pem")
is "$(python3 -I -B "$second" check "$log" "$vkey")" 1 "a second implementation reads the log"
log_sh "$release" "$log" "$dir/log.pem"
is "$code:$(python3 -I -B "$second" check "$log" "$vkey")" "0:1" "once more, it is there once"
mkdir "$dir/next"
python3 -I -B tests/cli/feed/next.py $machine/golden.json "$dir/next/golden.json"
log_sh "$dir/next" "$log" "$dir/log.pem"
is "$code:$(python3 -I -B "$second" check "$log" "$vkey")" "0:2" "the next release grows it"
mkdir "$dir/media"
cp "$dir/next/golden.json" "$dir/media/"
for medium in cd network; do jq --arg medium $medium '.platform.shape.boot = $medium' "$dir/next/golden.json" >"$dir/media/golden-$medium.json"; done
log_sh "$dir/media" "$log" "$dir/log.pem"
is "$code:$(python3 -I -B "$second" check "$log" "$vkey"):$(cd "$dir/media" && echo *.tlog-proof)" \
	"0:4:golden-cd.json.tlog-proof golden-network.json.tlog-proof golden.json.tlog-proof" "golden values of a CD and of the network are logged with it"
log_sh "$dir/none" "$log" "$dir/log.pem"
fails "a folder without golden values is no release" "make release makes a release"

jq -n --arg key "$vkey" '{schema: "rampart-policy/1", log: {$key}}' >"$dir/policy.json"
verify() # GOLDEN
{
	build/bin/rampart verify --evidence $machine/evidence.json --golden "$1" --roots $machine/root.der --at @1800000000 \
		--policy "$dir/policy.json" 2>&1 | tail -n 1
}
is "$(verify "$release/golden.json")" holds "a machine of a release that is logged holds"
mv "$release/golden.json.tlog-proof" "$dir/proof"
is "$(verify "$release/golden.json" | cut -d: -f1-2)" "does not hold: policy.log" "and without the proof it does not"
cp "$dir/next/golden.json.tlog-proof" "$release/"
is "$(verify "$release/golden.json" | cut -d: -f1-2)" "does not hold: policy.log" "nor with that of another"

# `make release` hands over what it was asked for.
is "$(make -n release IMAGE=test LOG="$dir/a b" LOG_KEY=key LOG_ORIGIN=o 2>/dev/null | grep log.sh)" \
	"[ -z '$dir/a b' ] || scripts/release/log.sh build/test/release '$dir/a b' 'key' 'o'" "make release LOG= hands over folder, key and name"
finish
