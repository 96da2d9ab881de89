#!/bin/sh
# SPDX-License-Identifier: MIT
# make down (scripts/vm/down.sh STATEDIR asked) says what it ended, or that there was none and which machines run.
set -eu
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
own_folder
machine=
trap 'kill $machine 2>/dev/null || :; rm -rf "$dir"' EXIT

down() # WORD...: its exit code and all that it says
{
	code=0
	"$top/scripts/vm/down.sh" "$@" >out 2>&1 || code=$?
	echo "$code $(cat out)"
}
is "$(down build/llm/up asked)" "0 down.sh: build/llm/up: no machine runs there" "no machine, and no folder"
mkdir -p build/mine/up build/old/up
mkfifo stop
sh -c 'read -r _ <stop' boot.sh & # what up.sh leaves behind, as far as down.sh knows it
machine=$!
until tr '\0' ' ' <"/proc/$machine/cmdline" | grep -q boot.sh; do
	sleep 0.05
done
echo "$machine" >build/mine/up/up.pid
echo 2 >build/old/up/up.pid # some other process by now
is "$(down build/llm/up asked)" "0 down.sh: build/llm/up: no machine runs there, but in build/mine/up: make down IMAGE=mine" \
	"the machine of another image is named, and what ends it"
is "$(down build/llm/up)" "0 " "who only wants none to be there hears nothing"
is "$(kill -0 "$machine" && echo runs)" runs "... and the other one runs on"
is "$(down build/mine/up asked)" "0   DOWN    build/mine/up" "a machine that was ended is named"
wait "$machine" 2>/dev/null || :
is "$(ls build/mine/up)" "" "... and gone"
machine=
finish
