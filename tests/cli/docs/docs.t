#!/bin/sh
# SPDX-License-Identifier: MIT
# What the documents say of this tree: links and paths lead to files, `make` commands to targets. And README.md
# stays a front door: one that can be read at once.
set -u
cd "$(dirname "$0")/../../.." || exit 1
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
find . \( -path ./build -o -path ./.git \) -prune -o -name '*.md' -print | sort >"$dir/documents"

none() # SENTENCE: nothing is in $dir/wrong
{
	result "$([ ! -s "$dir/wrong" ]; echo $?)" "$1"
	sed 's/^/# /' "$dir/wrong"
}

is "$([ "$(wc -l <README.md)" -le 110 ] && echo short)" short "README.md: at most 110 lines"
awk 'length($0) > 120 { print FILENAME ":" FNR ": " length($0) " columns" }' README.md >"$dir/wrong"
none "README.md: at most 120 columns"

while read -r document; do
	grep -oE '\]\([^)]+\)' "$document" | sed 's/^](//; s/)$//; s/#.*//' | while read -r link; do
		case $link in
		'' | *://*) ;;
		*) [ -e "$(dirname "$document")/$link" ] || echo "$document: $link" ;;
		esac
	done
done <"$dir/documents" >"$dir/wrong"
none "every link within the tree leads to a file"

# Words in code, one a line, with the document that they are in. A name in capitals stands for any.
while read -r document; do
	{ grep -oE '`[^`]+`' "$document" | tr -d '`'; sed -n 's/^    //p' "$document"; } |
		grep -oE '(^|[^[:alnum:]_./-])(measure|initramfs|scripts|tests|images|kernel-config)/[[:alnum:]_./*-]*' |
		sed "s|^[^a-z]||; s|[.]\$||; s|^|$document |"
done <"$dir/documents" | sort -u | while read -r document path; do
	pattern=$path
	[ -e "$path" ] || pattern=$(echo "$path" | sed 's/[A-Z]\{2,\}/*/g')
	# shellcheck disable=SC2086 # a pattern
	case $path in
	images/mine | images/mine/*) ;; # the reader's own
	*) set -- $pattern && [ -e "$1" ] || echo "$document: $path" ;;
	esac
done >"$dir/wrong"
none "every path of the tree is there"

targets=" $(sed -n 's/^\([a-z][a-z ]*\):.*/\1/p' Makefile | tr '\n' ' ')"
while read -r document; do
	{ grep -oE '`make [a-z][a-z-]*' "$document"; grep -oE '^    make [a-z][a-z-]*' "$document"; } |
		sed "s|.*make |$document |"
done <"$dir/documents" | sort -u | while read -r document target; do
	case $targets in *" $target "*) ;; *) echo "$document: make $target" ;; esac
done >"$dir/wrong"
none "every make command is a target"

# The table of platforms is what the tests say that they see.
python3 -I -B tests/seen.py >"$dir/want" 2>"$dir/wrong"
none "what tests see, and the platforms and references that there are, fit together"
sed -n '/^| platform | reference | what was seen |$/,/^$/p' measure/README.md | grep '^|' >"$dir/got"
same "$dir/want" "$dir/got" "measure/README.md says that: python3 tests/seen.py measure/README.md puts it there"
mkdir -p "$dir/tree/measure" "$dir/tree/tests/cli"
cp -r measure/platforms "$dir/tree/measure/"
cp tests/seen.py "$dir/tree/tests/"
seen() # LINE MODE NAME: what is said of a test with this line; those of QEMU and libvirt are seen by another
{
	rm -f "$dir/tree/tests/cli"/*
	printf '%s\n' '# seen: qemu: it' '# seen: secureboot: it' '# seen: libvirt: it' >"$dir/tree/tests/cli/other.t"
	echo "$1" >"$dir/tree/tests/cli/$3"
	chmod 755 "$dir/tree/tests/cli/other.t"
	chmod "$2" "$dir/tree/tests/cli/$3"
	(cd "$dir/tree" && python3 -I -B tests/seen.py 2>&1 >"$dir/out" | tail -n 1)
}
is "$(seen '# seen: proxmox: a machine' 755 own.t)$(grep -c '; a machine (cli/own) |$' "$dir/out")" 1 "what a test says is in the table, with its name"
is "$(seen '# seen: xen: it' 755 own.t | sed 's/: not one of.*//')" "tests/cli/own.t:1: xen" "a platform that there is none is found"
is "$(seen '# seen: proxmox: it' 644 own.t)" "tests/cli/own.t:1: says what is seen, and is no test that is run" "so is a test that is not run"
is "$(seen '# seen: libvirt: it' 755 other.t | sed 's/ sees.*//')" "secureboot: no test" "a platform that no test sees any more"
touch "$dir/tree/measure/platforms/xen.json"
is "$(seen '# seen: proxmox: it' 755 own.t)" "measure/platforms/xen.json: no platform has it" "and a reference of none"
rm "$dir/tree/measure/platforms"/aws-*
is "$(seen '# seen: proxmox: it' 755 own.t)" "aws-sev-snp.json: not in measure/platforms" "or one that is not there"
finish
