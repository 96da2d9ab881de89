#!/bin/sh
# SPDX-License-Identifier: MIT
# log.sh RELEASE LOG KEY [ORIGIN]: adds the release in the folder RELEASE to the transparency log in the folder LOG, whose
# private key is the file KEY, and puts a proof beside each file of golden values that it has. ORIGIN is the name of a log that is new.
# Witnesses sign a log's checkpoint later (rampart tlog cosign); after that, this makes the proof once more.
# rampart-tlog(1) describes the log.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -ge 3 ] && [ -n "$2" ] || die "usage: log.sh RELEASE LOG KEY [ORIGIN]"
find_paths
rampart=$RAMPART_TOP/build/bin/rampart
[ -f "$1/golden.json" ] || die "$1/golden.json: no such file; make release makes a release"
[ -n "$3" ] || die "LOG=$2 without LOG_KEY: which private key is the log's? openssl genpkey -algorithm ed25519 makes one"
mkdir -p "$2"
release=$1 log=$2 key=$3 origin=${4:-}
set -- "$release/golden.json"
for golden in golden-cd.json golden-network.json; do
	[ ! -f "$release/$golden" ] || set -- "$@" "$release/$golden"
done
"$rampart" tlog add "$log" "$@" --key "$key" ${origin:+--origin "$origin"} >/dev/null
for golden; do
	"$rampart" tlog prove "$log" "$golden" --output "$golden.tlog-proof"
	step LOGGED "$golden.tlog-proof"
done
