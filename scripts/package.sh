#!/bin/sh
# SPDX-License-Identifier: MIT
# package.sh DIR: builds the third-party part that DIR describes, or takes it from the cache.
# package.sh --key DIR: prints NAME-KEY, which is the folder's name in the cache.
# Runs in the toolbox, from /src. DIR holds
#   pin       lines of  name NAME       (default: the folder's own name)
#                       source NAME     a source of scripts/sources.lock (all its files)
#                       depends DIR     another package, built before this one
#                       input PATH      a file or folder outside DIR that the build reads
#                       # comment
#   build.sh  run by `sh -eu` in an empty folder, with the environment
#               SOURCES   folder of the fetched files, by their own names
#               DIR       the package's folder, /src/...
#               OUT       where the results go, an existing empty folder
#               PREFIX    the path that OUT will have when it is done
#               JOBS      how many jobs at once
#             and the packages it depends on at /src/build/pkg/NAME
# KEY is a hash over everything that may change the result: toolbox.lock, this script, every file
# of DIR and of the inputs, the sources' hashes and the keys of the dependencies. The result is
# /cache/pkg/NAME-KEY, which appears whole or not at all; build/pkg/NAME points to it, and the file
# build/pkg/NAME.key, which is only written when it changes, tells make of a new one.
# Words of the build go to build/log/NAME.log. Environment: JOBS, V=1 (shows them too).
set -eu
cache=/cache/pkg
lock=scripts/sources.lock

die()
{
	printf 'package.sh: %s\n' "$*" >&2
	exit 1
}

pinned() # DIR WORD: the arguments of WORD's lines
{
	sed -n "s/^$2  *//p" "$1/pin"
}

package_name()
{
	name=$(pinned "$1" name)
	echo "${name:-${1##*/}}"
}

hash_files() # one line a file: sha256, whether it is executable, path
{
	for path; do
		[ -e "$path" ] || die "$path: named in a pin, not there"
		find "$path" -type f
	done | sort | while read -r file; do
		[ ! -x "$file" ] || echo "x $file"
		sha256sum "$file"
	done
}

source_lines() # DIR: this package's lines of sources.lock
{
	pinned "$1" source | while read -r source; do
		grep "^$source " $lock || die "$1/pin: $lock has no source '$source'"
	done
}

package_key()
{
	[ -f "$1/pin" ] && [ -f "$1/build.sh" ] || die "$1: no package: needs pin and build.sh"
	# shellcheck disable=SC2046 # paths without spaces, one word each
	{
		hash_files scripts/toolbox.lock scripts/package.sh "$1" $(pinned "$1" input)
		source_lines "$1"
		for dependency in $(pinned "$1" depends); do "$0" --key "$dependency"; done
	} >"$work.key" || exit 1
	echo "$(package_name "$1")-$(sha256sum <"$work.key" | cut -c1-16)"
	rm -f "$work.key"
}

point() # NAME NAME-KEY: build/pkg/NAME to the cached package, untouched if it does already
{
	mkdir -p build/pkg
	[ "$(readlink "build/pkg/$1" 2>/dev/null)" != "$cache/$2" ] || [ ! -f "build/pkg/$1.key" ] || return 0
	ln -s "$cache/$2" "build/pkg/.$1.$$"
	mv -T "build/pkg/.$1.$$" "build/pkg/$1"
	echo "$2" >"build/pkg/$1.key"
}

unpack_sources() # DIR: into $build/sources, each hashed before use
{
	source_lines "$1" | while read -r source _ _ file sha _; do
		echo "$sha  /cache/files/$sha" | sha256sum --check --status 2>/dev/null ||
			die "$source: ${file##*/} is not in the cache or damaged; run: make fetch"
		ln -s "/cache/files/$sha" "$build/sources/${file##*/}"
	done
}

build_package() # DIR NAME NAME-KEY
{
	mkdir -p $cache/.build build/log
	exec 9>"$cache/.build/$2.lock"
	flock 9
	[ ! -d "$cache/$3" ] || return 0
	# Fixed for this package, so that no path in the result can differ.
	build=$cache/.build/$2
	rm -rf "$build"
	mkdir -p "$build/sources" "$build/work" "$build/out"
	unpack_sources "$1"
	log=$PWD/build/log/$2.log
	echo "  PKG     $2"
	(cd "$build/work" && env SOURCES="$build/sources" DIR="/src/$1" OUT="$build/out" \
		PREFIX="$cache/$3" JOBS="${JOBS:-$(nproc)}" sh -eu ${V:+-x} "/src/$1/build.sh" 2>&1 \
		9>&- </dev/null && : >"$build/ok") |
		if [ -n "${V:-}" ]; then tee "$log"; else cat >"$log"; fi
	[ -f "$build/ok" ] || {
		tail -n 25 "$log" | cut -c1-300 >&2
		die "$2: the build failed; its last words are above, all of them in build/log/$2.log"
	}
	mv -T "$build/out" "$cache/$3"
	rm -rf "$build"
}

work=$(mktemp)
trap 'rm -f "$work" "$work.key"' EXIT
if [ "$1" = --key ]; then
	package_key "$2"
	exit
fi
dir=${1%/}
for dependency in $(pinned "$dir" depends); do "$0" "$dependency"; done
name=$(package_name "$dir")
full=$(package_key "$dir")
[ -d "$cache/$full" ] || build_package "$dir" "$name" "$full"
point "$name" "$full"
