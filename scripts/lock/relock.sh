#!/bin/sh
# SPDX-License-Identifier: MIT
# relock.sh [NAME...]: moves locks (default: toolbox sources, which decide every byte that is built) to
# what the mirror has, and says what moves (changes.sh). Every file that a new lock names is in the
# cache before any lock is written; then all of them are. The golden values and file lists of the images that
# were built before (or of IMAGES) are kept in build/relock, for moves.sh.
# Environment: DRY (1: only say what would move), IMAGES (names of folders of build/); as of fetch.sh, and of
# private_apt in lib.sh.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
[ $# -ne 0 ] || set -- toolbox sources
cd "$RAMPART_TOP"
for name; do
	[ -f "scripts/$name.lock" ] || die "$name: there is no scripts/$name.lock"
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"; for name; do rm -f "scripts/$name.lock.new"; done' EXIT
trap 'exit 130' INT TERM HUP

# Kept from before the first move until moves.sh has reported it.
keep_golden()
{
	for golden in build/*/golden.json; do
		image=${golden#build/}
		image=${image%/golden.json}
		case " ${IMAGES:-$image} " in *" $image "*) ;; *) continue ;; esac
		[ -f "build/$image/files.txt" ] && [ ! -d "build/relock/$image" ] || continue
		rm -rf "build/relock/.$image"
		mkdir -p "build/relock/.$image"
		cp "$golden" "build/$image/files.txt" "build/relock/.$image/"
		mv "build/relock/.$image" "build/relock/$image"
	done
}

export COMPONENTS="main contrib" # as lock-sources.sh
private_apt "$tmp/apt"
moved=
for name; do
	if [ -f "scripts/$name.list" ]; then
		scripts/lock/lock.sh "scripts/$name.list" "$tmp/$name.lock"
	else
		scripts/lock/lock-sources.sh "scripts/$name.lock" "$tmp/$name.lock"
	fi
	if cmp -s "scripts/$name.lock" "$tmp/$name.lock"; then
		step SAME "$name.lock is what the mirror has"
		continue
	fi
	scripts/lock/changes.sh "scripts/$name.lock" "$tmp/$name.lock"
	moved="$moved $name"
done
[ -n "$moved" ] || exit 0
# These packages measure PCR 0 to 7 themselves, and are named in each platform reference too.
! echo "$moved " | grep -q ' toolbox ' ||
	! diff scripts/toolbox.lock "$tmp/toolbox.lock" | grep -qE '^> (ovmf|qemu-system-x86|seabios) ' ||
	step NOTE "the firmware or its machine moves: name it in scripts/vm/vm.sh, and run make platform"
if [ -n "${DRY:-}" ]; then
	step DRY "nothing was written"
	exit 0
fi
for name in $moved; do
	scripts/toolbox/fetch.sh --have "$tmp/$name.lock"
	cp "$tmp/$name.lock" "scripts/$name.lock.new"
done
keep_golden
trap '' INT TERM HUP # all of them, or none
for name in $moved; do
	mv "scripts/$name.lock.new" "scripts/$name.lock"
	step WROTE "scripts/$name.lock"
done
