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
finish
