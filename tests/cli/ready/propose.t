#!/bin/sh
# SPDX-License-Identifier: MIT
# make image LAYOUT=FILE: the name that the image gets, and the image.conf that is proposed for it. Runs in the toolbox,
# from the tree; the toolbox that propose.sh enters is this one.
set -u
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
src=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$tree/images" "$work/cache"
cp -r Makefile scripts "$tree"
cp -r images/test "$tree/images"
cat >"$tree/scripts/toolbox/enter.sh" <<'END'
#!/bin/sh
for word; do
	shift
	[ "$word" != /mnt/layout ] || word=$LAYOUT
	set -- "$@" "$word"
done
exec "$@"
END
RAMPART_CACHE=$work/cache
export RAMPART_CACHE

for pair in "/x/My Server_1.0.tar.gz my-server-1-0" "/x/llm.tar llm" "/x/vllm-openai vllm-openai" "/x/a.oci.tar a" "/x/a.tgz a"; do
	is "$(scripts/image/propose.sh --name "${pair% *}")" "${pair##* }" "the name of ${pair% *}"
done

container() # NAME CONFIG: an OCI layout with this configuration
{
	PYTHONPATH=tests/cli/import python3 -B -X utf8 -c '
import json, sys
from images import *
Layout([tar(*ROOT)], config=json.loads(sys.argv[2])).write(sys.argv[1])' "$work/$1" "$2"
}
propose() # NAME [asked]
{
	code=0
	LAYOUT=$work/$1 "$tree/scripts/image/propose.sh" "$1" ${2:+"$2"} >"$work/words" 2>&1 || code=$?
}
port() # SENTENCE WANT CONFIG
{
	rm -rf "$work/x" "$tree/images/x"
	container x "$3"
	propose x
	is "$code $(sed -n 's/^port = //p' "$tree/images/x/image.conf")" "0 $2" "$1"
	"$src/build/bin/rampart" plan "$tree/images/x/image.conf" --source --layout "$work/x" >"$work/source" 2>&1
	is "$(cat "$work/source")" "layout $work/x" "... and the plan reads it"
}
port "the port that is exposed" 8000 '{"ExposedPorts":{"8000/TCP":{},"53/udp":{}}}'
port "the first of several" 8000 '{"ExposedPorts":{"9090/tcp":{},"8000/tcp":{}}}'
port "the one of the arguments" 9001 '{"Cmd":["--port","9001"],"Env":["PORT=1"]}'
port "or of the environment" 11434 '{"Entrypoint":["/a","--port"],"Cmd":[],"Env":["OLLAMA_PORT=11434"]}'
port "else a guess" 8080 '{"Cmd":["--port=none"]}'

container mine '{"Entrypoint":["/bin/a","x\ny"],"Cmd":null,"Volumes":{"/data":{},"/b":{}},"Env":["NVIDIA_VISIBLE_DEVICES=all"],"ExposedPorts":{"80/tcp":{}}}'
propose mine
cat >"$work/want" <<END
# Proposed from what the container says. rampart-image.conf(5) has all keys, and
# \`build/bin/rampart plan images/mine --explain\` says what will be enforced.
format = 1

[image]
name = mine
version = 1

[container]
layout = $work/mine
# It runs: /bin/a x\ny
# The one that it exposes.
port = 80
# It computes on a GPU of NVIDIA's: images/llm-cuda/image.conf has the keys for one.

[limits]
# A GiB, and what its layers have: more, if it loads a model.
memory = 2 GiB
pids = 256
# Its /tmp, within memory.
scratch = 64 MiB
# It wants to write there, too; each hides what the image has at that place:
# scratch /b = 64 MiB
# scratch /data = 64 MiB
# Python's and PyTorch's workers want shm = 64 MiB; images/README.md has a table of what servers need.
END
same "$work/want" "$tree/images/mine/image.conf" "what is proposed, in whole"
echo '# my own' >>"$tree/images/mine/image.conf"
propose mine
is "$code $(tail -n 1 "$tree/images/mine/image.conf")" "0 # my own" "once it is there, it is the user's"
container test '{}'
propose test
is "$code $(grep -c 'images/test/image.conf is there, for another container; say a name for this one too: IMAGE=' "$work/words")" "1 1" \
	"an image of that name with another container is left alone"
propose test asked
is "$code $(cmp "$tree/images/test/image.conf" images/test/image.conf)" "0 " "unless it was asked for: it keeps its image.conf"
mkdir "$work/none"
propose none
is "$code $(cat "$work/words") $(ls "$tree/images")" "1 $work/none: neither an OCI layout (no index.json) nor a docker-archive (no manifest.json) mine
test
x" "what is no container is told, and nothing is made"
for asked in "" IMAGE=test; do
	make --no-print-directory -C "$tree" -n image LAYOUT="$work/mine" $asked >"$work/words" 2>&1
	grep -o '^scripts/image/propose.sh.*' "$work/words"
done >"$work/got"
printf '%s\n' "scripts/image/propose.sh 'mine' " "scripts/image/propose.sh 'test' asked" >"$work/want"
same "$work/want" "$work/got" "make asks for it before anything else"

# Names that an image cannot have: of a file that says none, too long, or asked for.
long=$(printf 'a%.0s' $(seq 64))
named() # IMAGE WHY
{
	propose "$1" asked
	is "$code $(cat "$work/words")" "1 propose.sh: LAYOUT=$work/$1: \"$1\" is not the name of an image, $2; say one: IMAGE=NAME" \
		"\"$1\" is not the name of an image"
}
for name in "" ../x Mine "a b" -a; do
	named "$name" "[a-z0-9][a-z0-9-]*"
done
named "$long" "at most 63 characters"
long=${long#a}
cp -r "$work/mine" "$work/$long"
propose "$long"
is "$code $(ls "$tree/images")" "0 $long
mine
test
x" "63 characters can be, and of the others nothing was made"
# Or paths that an image.conf cannot have.
for path in "a ;b" "a " "a
b"; do
	cp -r "$work/mine" "$work/$path"
	code=0
	LAYOUT=$work/$path "$tree/scripts/image/propose.sh" odd >"$work/words" 2>&1 || code=$?
	is "$code $(grep -c ': image.conf cannot name this path; rename it$' "$work/words") $(find "$tree/images" -name odd)" "1 1 " \
		"a path that image.conf cannot name is told, and nothing is made"
done
for asked in "" IMAGE= "IMAGE=a b"; do
	make --no-print-directory -C "$tree" -n image LAYOUT=. ${asked:+"$asked"} 2>/dev/null | grep -o '^scripts/image/propose.sh.*'
done >"$work/got"
printf '%s\n' "scripts/image/propose.sh '' " "scripts/image/propose.sh '' asked" "scripts/image/propose.sh 'a b' asked" >"$work/want"
same "$work/want" "$work/got" "make hands a name on as it is, one that is none too"
finish
