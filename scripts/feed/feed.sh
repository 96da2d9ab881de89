#!/bin/sh
# SPDX-License-Identifier: MIT
# feed.sh COMMAND FEED ...: feed.py in the root of feed.lock, with the same words. FEED, the folder of a
# release and the files of keys are shown there at their own paths; of them only FEED can be written to. Without network.
# Environment: SSH_AUTH_SOCK, for keys that ssh-agent holds.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
"$RAMPART_TOP/scripts/toolbox/toolbox.sh" feed
box=$(box_path feed)
prefix=$(root_prefix)
feed=
[ $# -lt 2 ] || feed=$2
if [ "${1:-}" = init ] && [ -n "$feed" ]; then mkdir -p "$feed"; fi

# What is shown, and the words again, in which these have absolute paths: FEED, RELEASE, and each KEY.
shown=${SSH_AUTH_SOCK:-}
command=${1:-}
n=$#
place=0
before=
while [ "$n" -gt 0 ]; do
	word=$1
	shift
	n=$((n - 1))
	# A word behind an option is its value.
	case $before in -*) ;; *) case $word in -*) ;; *) place=$((place + 1)) ;; esac ;; esac
	case $before:$place:$command in
	--root:* | --targets:* | --online:* | --new-root:*) is_path=1 ;;
	-*) is_path= ;;
	*:2:* | *:3:add) is_path=1 ;;
	*) is_path= ;;
	esac
	before=$word
	case $word in --whole) before= ;; esac # the one option without a value
	case $word in -*) is_path= ;; esac
	[ -z "$is_path" ] || {
		word=$(realpath -m "$word")
		shown="$shown
$word"
	}
	set -- "$@" "$word"
done
[ -z "$feed" ] || feed=$(realpath -m "$feed")

# shellcheck disable=SC2016,SC2086 # the inner shell expands for itself; $prefix is words
exec $prefix env SHOWN="$shown" FEED="$feed" unshare --mount --net --pid --fork --kill-child sh -euc '
	box=$1
	top=$2
	shift 2
	mount --make-rprivate /
	mount --bind "$box" "$box"
	for dir in tmp run mnt home root opt srv; do
		[ ! -d "$box/$dir" ] || mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs "$box/$dir"
	done
	mount -t proc -o nosuid,nodev,noexec proc "$box/proc"
	for node in null urandom; do : >"$box/dev/$node" 2>/dev/null || :; mount --bind "/dev/$node" "$box/dev/$node"; done
	mount --bind "$top" "$box/src"
	printf "%s\n" "$SHOWN" | sort -u | while IFS= read -r path; do
		[ -n "$path" ] && [ -e "$path" ] || continue
		if [ -e "$box$path" ]; then
			:
		elif [ -d "$path" ]; then
			mkdir -p "$box$path"
		else
			mkdir -p "$box$(dirname "$path")"
			: >"$box$path"
		fi
		mount --bind "$path" "$box$path"
		[ "$path" = "$FEED" ] || [ -S "$path" ] || mount -o remount,bind,ro "$box$path"
	done
	exec chroot "$box" /usr/bin/env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 \
		SSH_AUTH_SOCK="${SSH_AUTH_SOCK:-}" python3 /src/scripts/feed/feed.py "$@"' sh "$box" "$RAMPART_TOP" "$@"
