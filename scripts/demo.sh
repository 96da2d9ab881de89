#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: demo.sh BUILD_DIR
# Boots BUILD_DIR/disk.img, checks every PCR against BUILD_DIR/golden.json, and only then sends one
# prompt. Runs inside the toolbox. PROMPT= replaces the prompt.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
[ $# -eq 1 ] || die "usage: demo.sh BUILD_DIR"
build=$1
prompt=${PROMPT:-It was a fine morning, and}
state=$(mktemp -d)
PORT=${PORT:-8443}
export PORT

stop() {
	scripts/down.sh "$state" >/dev/null 2>&1 || :
	rm -rf "$state"
}
trap stop EXIT
trap 'exit 130' INT TERM

echo "booting $build/disk.img (QEMU, OVMF, swtpm)"
KEEP=1 WAIT_FOR='^rampart: (SERVING|FAILED)' scripts/boot.sh "$build/disk.img" "$state"
grep -a '^rampart: FAILED' "$state/console.log" >&2 && die "the machine powered off"
build/bin/rampart explain "$build/golden.json" --console "$state/console.log"

request=$(jq -cn --arg prompt "$prompt" '{prompt: $prompt, max_tokens: 40, temperature: 0, seed: 1}')
# The server is there before its model is loaded, and says 503 until then.
curl -fs --retry 30 --retry-delay 1 --retry-all-errors --max-time 120 -o "$state/answer" \
	-H 'content-type: application/json' -d "$request" "http://127.0.0.1:$PORT/v1/completions" ||
	die "the machine is as it should be, but the model gave no answer within two minutes"
answer=$(jq -er '.choices[0].text' "$state/answer") ||
	die "the container's answer is no completion: $(head -c 200 "$state/answer")"
printf '\nprompt: %s\nanswer: %s\n' "$prompt" "$answer"
