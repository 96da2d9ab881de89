#!/bin/sh
# SPDX-License-Identifier: MIT
# The README's first command, as far as it runs inside the toolbox: the llm image, checked, answers.
set -eu
. tests/boot/lib.sh

code=0
scripts/vm/demo.sh build/llm >"$work/demo" 2>&1 || code=$?
is "$code" 0 "the demonstration succeeds"
is "$(grep -Ec '^PCR [0-9]+ .* (equal|as logged)$' "$work/demo")" 16 "it prints sixteen PCRs"
shows "$work/demo" '^answer: .*[a-z]+ .*[a-z]+ .*[a-z]+ ' "the model in the container answers in words"
sed 's/^/# /' "$work/demo" | cut -c1-180
finish
