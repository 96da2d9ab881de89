#!/bin/sh
# SPDX-License-Identifier: MIT
# package.sh DIR: builds the third-party part that DIR describes, or takes it from the cache.
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
# KEY (packagekeys.py) is a hash over everything that may change the result: toolbox.lock, package-build.sh, every file
# of DIR and of the inputs, the sources' hashes and the keys of the dependencies. The result is
# /cache/pkg/NAME-KEY, which appears whole or not at all; build/pkg/NAME points to it, and the file
# build/pkg/NAME.key, which is written only when it changes, tells make about a new one.
# The output of the build goes to build/log/NAME.log, or with V=1 to the terminal. Environment: JOBS, V.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
cache=/cache/pkg

pinned() # DIR WORD: the arguments of WORD's lines
{
	sed -n "s/^$2  *//p" "$1/pin"
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
	pinned "$1" source | tr -s ' ' '\n' | while read -r name; do
		sed -n "s/^$name //p" scripts/sources.lock
	done | while read -r _ _ file sha _; do
		echo "$sha  /cache/files/$sha" | sha256sum --check --status 2>/dev/null ||
			die "$1/pin: ${file##*/} is not in the cache or damaged; run: make fetch"
		ln -s "/cache/files/$sha" "$build/sources/${file##*/}"
	done
}

build_package() # DIR NAME NAME-KEY
{
	mkdir -p $cache/.build build/log
	exec 9>"$cache/.build/$2.lock"
	flock 9 # two makes at once: the second one finds the first one's result
	[ ! -d "$cache/$3" ] || return 0
	# Fixed for this package, so that no path in the result can differ.
	build=$cache/.build/$2
	rm -rf "$build"
	mkdir -p "$build/sources" "$build/work" "$build/out"
	unpack_sources "$1"
	log=build/log/$2.log
	with_progress PKG "$2" "$log" scripts/image/package-build.sh "$1" "$build" "$cache/$3" 9>&- || {
		[ -n "${V:-}" ] || tail -n 25 "$log" | cut -c1-300 >&2
		die "$2: the build failed; the end of its output is above, all of it in $log"
	}
	mv -T "$build/out" "$cache/$3"
	rm -rf "$build"
}

keys=$(python3 -I -B -X utf8 scripts/image/packagekeys.py "$1")
echo "$keys" | while read -r dir name full _; do
	[ -d "$cache/$full" ] || build_package "$dir" "$name" "$full"
	point "$name" "$full"
done
