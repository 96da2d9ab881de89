#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: demo.sh BUILD_DIR
# Boots BUILD_DIR/disk.img, lets it prove what it runs against BUILD_DIR/golden.json, and only then sends
# one prompt, through `rampart connect`. Runs inside the toolbox. PROMPT= replaces the prompt.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 1 ] || die "usage: demo.sh BUILD_DIR"
build=$1
prompt=${PROMPT:-It was a fine morning, and}
state=$(mktemp -d)
PORT=${PORT:-8443}
export PORT

proxy=

stop() {
	[ -z "$proxy" ] || kill "$proxy" 2>/dev/null || :
	scripts/vm/down.sh "$state" >/dev/null 2>&1 || :
	rm -rf "$state"
}
trap stop EXIT
trap 'exit 130' INT TERM

echo "booting $build/disk.img (QEMU, OVMF, swtpm)"
KEEP=1 WAIT_FOR='^rampart: (SERVING|FAILED)' scripts/vm/boot.sh "$build/disk.img" "$state"
grep -a '^rampart: FAILED' "$state/console.log" >&2 && die "the machine powered off"
# The root of this vTPM's certificate was made just now, together with it: the host is the maker of its swtpm.
set -- "https://127.0.0.1:$PORT" --golden "$build/golden.json" --roots "$state/ek-ca.pem"
build/bin/rampart verify "$@"

build/bin/rampart connect "$@" --port 0 >"$state/connect.out" 2>"$state/connect.err" &
proxy=$!
until url=$(sed -n 's/^listening on //p' "$state/connect.out") && [ -n "$url" ]; do
	kill -0 "$proxy" 2>/dev/null || { cat "$state/connect.err" >&2; die "the proxy ended"; }
	sleep 0.1
done
request=$(jq -cn --arg prompt "$prompt" '{prompt: $prompt, max_tokens: 40, temperature: 0, seed: 1}')
# The server answers 503 until its model is loaded.
curl -fs --retry 30 --retry-delay 1 --retry-all-errors --max-time 120 -o "$state/answer" \
	-H 'content-type: application/json' -d "$request" "$url/v1/completions" || {
	cat "$state/connect.err" >&2
	die "the machine is as it should be, but the model gave no answer within two minutes"
}
answer=$(jq -er '.choices[0].text' "$state/answer") ||
	die "the container's answer is no completion: $(head -c 200 "$state/answer")"
printf '\nprompt: %s\nanswer: %s\n' "$prompt" "$answer"
