#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: demo.sh BUILD_DIR
# Boots BUILD_DIR/disk.img, checks every PCR against BUILD_DIR/golden.json, and only then sends one
# prompt. Runs inside the toolbox. PROMPT= replaces the prompt.
set -eu

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
tr -d '\r' <"$state/console.log" | sed -n 's/^rampart: FAILED/the machine powered off: &/p'

build/bin/rampart explain "$build/golden.json" --console "$state/console.log"

request=$(jq -cn --arg prompt "$prompt" '{prompt: $prompt, max_tokens: 40, temperature: 0, seed: 1}')
answer=$(curl -fsS --retry 20 --retry-delay 1 --retry-all-errors --max-time 120 \
	-H 'content-type: application/json' -d "$request" "http://127.0.0.1:$PORT/v1/completions" |
	jq -er '.choices[0].text')
printf '\nprompt: %s\nanswer: %s\n' "$prompt" "$answer"
