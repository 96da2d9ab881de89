#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/includes.py: the floors of this tree hold, and each way to break one is told.
set -eu
. tests/cli/tap.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

file() # PATH LINE...
{
	mkdir -p "$tree/${1%/*}"
	path=$1
	shift
	printf '%s\n' "$@" >"$tree/$path"
}
broken() # SENTENCE WORDS
{
	words=$(python3 -I -B -X utf8 scripts/includes.py "$tree") && code=0 || code=$?
	is "$code:$words" "$([ -z "$2" ] && echo 0 || echo 1):$2" "$1"
}

is "$(python3 -I -B -X utf8 scripts/includes.py)" "" "the floors of this tree hold"
file measure/lib/span.h ''
file measure/lib/span.c '#include "measure/lib/span.h"'
file measure/verify/verify.c '#include <stdio.h>' '#include "measure/lib/span.h"'
file measure/cmd/main.h '#include "measure/lib/span.h"'
file tests/unit/test.c '#include "measure/cmd/main.h"'
broken "each floor may know those below it" ""
file measure/lib/span.h '/* first */' '#include "measure/verify/verify.h"'
file measure/verify/verify.h ''
broken "a lower one none above it" "measure/lib/span.h:2: measure/lib may not know measure/verify/verify.h"
file measure/lib/span.h ''
file initramfs/init/main.c '#include "initramfs/gateway/tls.h"'
file initramfs/gateway/tls.h ''
broken "a program of the guest no other program" "initramfs/init/main.c:1: initramfs/init may not know initramfs/gateway/tls.h"
file initramfs/init/main.c '#include "init.h"'
file initramfs/init/init.h ''
broken "an include is spelled from the root" 'initramfs/init/main.c:1: "init.h" is not a path from the root of the tree'
file initramfs/init/main.c ''
file measure/record/a.h '#include "measure/record/b.h"'
file measure/record/b.c '#include "measure/record/c.h"'
file measure/record/b.h ''
file measure/record/c.h '#include "measure/record/a.h"'
broken "nobody includes in a circle" \
	"a circle of includes: measure/record/a > measure/record/b > measure/record/c > measure/record/a"
rm "$tree/measure/record/c.h"
file measure/record/c.h ''
file measure/new/a.c ''
broken "a new folder has its floor named first" "measure/new/a.c: no floor is named for its folder; scripts/includes.py lists them"
finish
