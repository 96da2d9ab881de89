#!/bin/sh
# SPDX-License-Identifier: MIT
# repro.sh [--quick]: builds everything twice, as differently as one machine can, and compares every byte.
#   first   here, as whoever calls, in the plain environment: build/repro/a
#   second  in a Debian 13 root, as an ordinary user, with everything else varied that
#           scripts/repro/repro-other.sh lists: build/repro/b
# Each has its own tree and its own, at first empty cache with its own toolbox; only the downloaded files
# are shared, since they are hashed before use. Both run at once, the second on one processor.
# --quick: toolbox and packages are this machine's; everything else is built twice.
# What the toolbox fixes is the same everywhere by design, and not varied: the tree at /src, packages
# built in /cache/pkg/.build/NAME, the hostname, locale, TZ, umask and environment of scripts/toolbox/enter.sh.
# The variations show that nothing else gets in: clock, processors, jobs, order of files and user do reach it.
# Environment: IMAGES (what to build: test llm), VOLUMES (and with their models on a volume: test), MUST_RUN (1:
# a variation that this machine does not have is an error).
# Leaves build/repro/log, and both trees when something differs or fails.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
build= # of the two, when this script runs itself for one of them
[ "${1:-}" != --build ] || { build=$2; shift 2; }
quick=
[ "${1:-}" != --quick ] || quick=--quick
out=$RAMPART_TOP/build/repro
images=${IMAGES:-test llm}
volumes=${VOLUMES-test}
prefix=$(root_prefix)
first=
second=

copy_tree() # FOLDER
{
	mkdir -p "$1/tree" "$1/cache/files"
	tar -C "$RAMPART_TOP" --exclude=./build --exclude=./.git -cf - . |
		tar -C "$1/tree" --no-same-owner --no-same-permissions -xf -
}

# As links, which nobody but their owner can write through; as copies from another file system.
share() # FOLDER FILE...: of this machine's cache
{
	to=$1/cache
	shift
	for path; do
		mkdir -p "$(dirname "$to/$path")"
		$prefix cp -al "$RAMPART_CACHE/$path" "$to/$path" 2>/dev/null || {
			$prefix rm -rf "$to/$path"
			$prefix cp -a "$RAMPART_CACHE/$path" "$to/$path"
		}
	done
}

share_files() # FOLDER
{
	rmdir "$1/cache/files"
	share "$1" files
}

# Prefix of a command: hides the caller's make and environment from it.
plain="env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u IMAGE -u DEBUG -u VOLUME -u MODEL -u DESTDIR -u PREFIX"

# Every image, some with their models on a volume too, and what is installed.
images_made='for image in '$images'; do make golden IMAGE=$image; done
	for image in '$volumes'; do make golden IMAGE=$image VOLUME=1; done'
everything="$images_made"'
	make install DESTDIR="$PWD/build/root" PREFIX=/usr'

build_first()
{
	cache=$out/a/cache
	[ -z "$quick" ] || cache=$RAMPART_CACHE
	cd "$out/a/tree"
	# At a lower priority, since the second build has only one processor. One of these counts: kernels share
	# processors between sessions or between processes.
	echo 10 2>/dev/null >/proc/self/autogroup || :
	# shellcheck disable=SC2086 # $plain is words
	exec nice -n 10 $plain RAMPART_CACHE="$cache" JOBS=2 sh -euc "$everything"
}

build_second()
{
	exec env -u MODEL ENTER_BOX=repro "$RAMPART_TOP/scripts/toolbox/enter.sh" scripts/repro/repro-other.sh build/repro/b \
		sh -euc "$everything"
}

timed() # NAME: build_NAME; seconds to NAME.seconds
{
	start=$(date +%s)
	status=0
	("build_$1") >"$out/$1.log" 2>&1 </dev/null || status=$?
	echo $(($(date +%s) - start)) >"$out/$1.seconds"
	[ "$status" -eq 0 ] || {
		tail -n 15 "$out/$1.log" | cut -c1-300 >&2
		echo "  the $1 build failed; the end of its output is above, all of it in $out/$1.log" >&2
	}
	return "$status"
}

end_both()
{
	for build in $first $second; do kill -s TERM -- "-$build" 2>/dev/null || :; done
}

build_both()
{
	step REPRO "two builds at once${quick:+, of all but toolbox and packages}"
	# Each leads a session, so that all of its processes can be ended.
	setsid "$0" --build first $quick &
	first=$!
	setsid "$0" --build second $quick &
	second=$!
	failed=0
	wait "$first" || failed=1
	first=
	wait "$second" || failed=1
	second=
	[ "$failed" -eq 0 ] || die "a build failed; both trees are kept in $out"
}

compare_both()
{
	step COMPARE "$out"
	paths="tree/build/bin tree/build/guest tree/build/lib tree/build/man tree/build/root"
	for image in $images; do paths="$paths tree/build/$image"; done
	for image in $volumes; do paths="$paths tree/build/$image-volume"; done
	[ -n "$quick" ] || {
		$prefix rm -rf "$out/a/cache/pkg/.build" "$out/b/cache/pkg/.build"
		paths="$paths cache/pkg"
	}
	# shellcheck disable=SC2086 # $paths is words
	ENTER_BOX=repro "$RAMPART_TOP/scripts/toolbox/enter.sh" scripts/repro/repro-compare.sh build/repro/a build/repro/b $paths
}

minutes() # NAME
{
	awk '{ printf "%d:%02d min", int($1 / 60), $1 % 60 }' "$out/$1.seconds"
}

close_log()
{
	cat <<END
first    $(minutes first): $(id -un 2>/dev/null || id -u) on Debian $(cat /etc/debian_version), $(nproc) processors, JOBS=2
second   $(minutes second): an ordinary user in a Debian 13 root, one processor, JOBS=3
varied   path, depth, user, umask, locale, TZ, clock, hostname, processors, jobs, order of files, environment
anew     ${quick:+all but toolbox and packages}$([ -n "$quick" ] || echo "toolbox, packages and everything else")
$(sed -n 's/^left out: /left out /p' "$out/second.log" | sort -u)
result   $(sed -n 's/^compared: //p' "$out/compare.log")
END
}

if [ -n "$build" ]; then
	timed "$build"
	exit
fi
trap end_both EXIT
trap 'exit 130' INT TERM HUP
# The trees hold files of subordinate ids, which only a user namespace can remove.
$prefix rm -rf "$out"
mkdir -p "$out"
"$RAMPART_TOP/scripts/toolbox/toolbox.sh" repro
copy_tree "$out/a"
(umask 077 && copy_tree "$out/b")
share_files "$out/b"
if [ -z "$quick" ]; then
	share_files "$out/a"
else
	# So that packages are in the cache.
	(cd "$RAMPART_TOP" && $plain sh -euc "$images_made") >"$out/packages.log" 2>&1 || {
		tail -n 15 "$out/packages.log" | cut -c1-300 >&2
		die "the build failed; the end of its output is above, all of it in $out/packages.log"
	}
	box=$(box_path toolbox)
	# shellcheck disable=SC2046 # names without spaces
	share "$out/b" "${box#"$RAMPART_CACHE/"}" $(cd "$RAMPART_CACHE" && ls -d pkg/*)
fi
build_both
status=0
compare_both >"$out/compare.log" || status=$?
cat "$out/compare.log"
close_log | sed '/^$/d' | tee "$out/log"
if [ "$status" -ne 0 ]; then
	die "the builds differ; both trees are kept in $out, and what was said in compare.log"
fi
$prefix rm -rf "$out/a" "$out/b"
[ "${MUST_RUN:-}" != 1 ] || ! grep '^left out' "$out/log" || die "MUST_RUN=1: something was left out"
