#!/bin/sh
# SPDX-License-Identifier: MIT
# DEBUG=1 is another image: it has a shell, it says so in its golden values, and nobody can take it
# for the real one.
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
debug=build/test-debug

is "$(jq .image.debug "$debug/golden.json")" true "its golden values say that it is a debug image"
is "$(jq .image.debug "$golden")" false "those of the real one say that it is not"
is "$(grep -c 'initramfs/bin/sh' "$debug/files.txt")" 1 "it has a shell"
is "$(grep -cE '/(sh|ash|bash)( |$)' build/test/files.txt)" 0 "the real one has none"

KEEP=1 boot "$debug/disk.img"
is "$status" 0 "it boots"
explain
is "$verdict" 1 "the real image's golden values refuse it"
shows "$work/explained" 'PCR 8.*plan' "naming the plan"
golden=$debug/golden.json
explain
is "$verdict" 0 "its own golden values hold"
is "$(sed -n '/^rampart: READY/,/^rampart: stage run/p' "$console" | grep -vc '^rampart: ')" 0 \
	"the kernel is silent while init tells its values"
shows "$console" "^# " "its shell is on the console"
is "$(fetch '/ioctl/null?0x1234')" "Not a tty" "the container asks for a call that its filter refuses"
is "$(fetch '/ioctl/null?0x1234')" "Not a tty" "twice"
await '^refused: '
shows "$console" '^refused: httpd: ioctl \(call 16\): Not a tty$' "which is named, with the program and what it got"
fetch /attack >/dev/null 2>&1 || :
await '^rampart: FAILED '
shows "$console" '^killed: httpd: ptrace \(call 101\)$' "and so is one that kills it"
is "$(grep -c '^refused: httpd: ioctl' "$console")" 1 "each is said once"
finish
