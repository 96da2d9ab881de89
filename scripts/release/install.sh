#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh [--uninstall]: copies what `make installable` built to $DESTDIR$PREFIX, or removes it there.
# Environment: PREFIX (default /usr/local), where it will be used; DESTDIR (default none), a folder
# that stands for / while a package is put together.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
cd "$RAMPART_TOP"
PREFIX=${PREFIX:-/usr/local}
case $PREFIX in
/*) ;;
*) die "PREFIX=$PREFIX: not an absolute path; give one that starts with /" ;;
esac
case $PREFIX in
*[!A-Za-z0-9/._+~-]*) die "PREFIX=$PREFIX: pkg-config wants a path of letters, digits and /._+~-" ;;
esac
root=${DESTDIR:-}$PREFIX

files() # a line each: mode, where it is here, where it goes
{
	echo "755 build/bin/rampart bin/rampart"
	echo "644 build/lib/librampart.a lib/librampart.a"
	echo "644 measure/rampart.h include/rampart.h"
	echo "644 measure/rampart.pc.in lib/pkgconfig/rampart.pc"
	echo "644 measure/completion/rampart.bash share/bash-completion/completions/rampart"
	echo "644 measure/completion/_rampart share/zsh/site-functions/_rampart"
	for doc in MEASUREMENTS.md evidence.schema.json; do
		echo "644 measure/$doc share/doc/rampart/$doc"
	done
	for policy in measure/policies/*; do
		echo "644 $policy share/rampart/policies/${policy##*/}"
	done
	for unit in measure/systemd/*; do
		name=${unit##*/}
		echo "644 $unit share/rampart/systemd/${name%.in}"
	done
	for source in measure/man/*.scd; do
		page=${source##*/}
		page=${page%.scd}
		echo "644 build/man/$page share/man/man${page##*.}/$page"
	done
}

copy() # MODE FROM TO
{
	mkdir -p "${3%/*}"
	case $2 in
	*.in) sed "s|@PREFIX@|$PREFIX|" "$2" >"$3.new" && install -m "$1" "$3.new" "$3" && rm "$3.new" ;;
	*) install -m "$1" "$2" "$3" ;;
	esac
}

if [ "${1:-}" = --uninstall ]; then
	files | while read -r _ _ to; do rm -f "$root/$to"; done
	# The folders that belong to Rampart alone.
	for dir in share/doc/rampart share/rampart/policies share/rampart/systemd share/rampart; do
		[ ! -d "$root/$dir" ] || rmdir --ignore-fail-on-non-empty "$root/$dir"
	done
	step REMOVED "$root"
	exit 0
fi
umask 022
files | while read -r mode from to; do copy "$mode" "$from" "$root/$to"; done
step INSTALL "$root"
