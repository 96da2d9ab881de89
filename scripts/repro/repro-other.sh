#!/bin/sh
# SPDX-License-Identifier: MIT
# repro-other.sh FOLDER COMMAND...: runs COMMAND in FOLDER/tree as on another machine, with
# FOLDER/cache as its cache. Runs in the box `repro`, a Debian 13, as root. There these differ:
#   path and depth  FOLDER is shown in the home of
#   the user        an ordinary one, with subordinate ids and what user namespaces give
#   umask           077, also for the tree
#   locale, TZ      Turkish; 13:45 east of Greenwich
#   clock           500 days ahead, by libfaketime, in the toolbox too. What the kernel stamps on files
#                   keeps the true time, and static programs see it
#   hostname        elsewhere
#   processors      one
#   order of files  backwards in tree and packages, by disorderfs
#   environment     HOME, PATH, and variables that compilers, make, tar and others listen to
# A line "left out: ..." says what this machine has no way to vary.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
folder=$(realpath "$1")
shift
id=1234
home=/home/of/somebody/else/entirely/and/further/down
faketime=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1
clock="LD_PRELOAD=$faketime FAKETIME=+500d NO_FAKE_STAT=1 FAKETIME_DONT_FAKE_MONOTONIC=1"
tar=TAR_OPTIONS=--no-same-owner

# A user namespace of 65536 ids has fewer of them to delegate.
make_user()
{
	first=100000
	count=65536
	[ "$(awk '{ s += $3 } END { printf "%d", s }' /proc/self/uid_map)" -gt $((first + count)) ] || {
		first=2000
		count=60000
	}
	cp -a /etc /run/etc
	echo "other:x:$id:$id::$home:/bin/sh" >>/run/etc/passwd
	echo "other:x:$id:" >>/run/etc/group
	echo "other:$first:$count" | tee /run/etc/subuid >/run/etc/subgid
	echo "127.0.0.1 localhost elsewhere" >/run/etc/hosts
	mount --bind /run/etc /etc
}

# disorderfs acts as its caller, but has no rights over the other ids of a user namespace: hence $tar.
# FROM changes only through TO, so what the kernel has cached of a file stays true.
show_backwards() # FROM TO
{
	mkdir -p "$2"
	disorderfs --quiet --multi-user=yes --reverse-dirents=yes \
		-o allow_other,nonempty,kernel_cache,attr_timeout=3600,entry_timeout=3600,negative_timeout=3600 \
		"$1" "$2" 2>/run/disorderfs.log || {
		echo "left out: order of files ($(head -n 1 /run/disorderfs.log))"
		mount --bind "$1" "$2"
	}
}

show_folder()
{
	# The fetched files may be links to this machine's own.
	mkdir -p "$folder/cache/files" "$folder/cache/toolbox" "$folder/cache/pkg"
	chown $id:$id "$folder" "$folder/cache" "$folder/cache/files" "$folder/cache/toolbox" "$folder/cache/pkg"
	chown -R $id:$id "$folder/tree"
	mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs /home
	mkdir -p "$home/cache"
	mount --bind "$folder/cache" "$home/cache"
	show_backwards "$folder/tree" "$home/tree"
	show_backwards "$folder/cache/pkg" "$home/cache/pkg"
}

[ "$(nproc)" -gt 1 ] || echo "left out: processors (this machine has one)"
# disorderfs too: on another processor, each of its answers would have to wake this one.
taskset -cp "$(taskset -cp $$ | sed 's/.*[ ,-]//')" $$ >/dev/null
make_user
show_folder
hostname elsewhere 2>/dev/null || echo "left out: hostname"
localedef -i tr_TR -f UTF-8 /run/tr_TR.UTF-8 2>/dev/null || echo "left out: locale"
# Of making the toolbox, which looks into /sys.
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs /sys 2>/dev/null || :

umask 077
cd "$home/tree"
# shellcheck disable=SC2086 # $clock is words
exec setpriv --reuid=$id --regid=$id --clear-groups \
	env -i PATH=/sbin:/bin:/usr/sbin:/usr/bin:/nowhere HOME=$home USER=other LOGNAME=other TERM=vt52 \
	RAMPART_CACHE="$home/cache" JOBS=3 ENTER_ENV="$clock $tar REPRO_NOISE=toolbox" $clock \
	LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 LANGUAGE=tr LOCPATH=/run TZ='<+1345>-13:45' \
	CC=false CFLAGS=-DNOISE CPPFLAGS=-DNOISE LDFLAGS=-Wl,-znoise MAKEFLAGS=--no-print-directory ARCH=alpha \
	CROSS_COMPILE=noise- KCFLAGS=-DNOISE KBUILD_BUILD_USER=noise KBUILD_BUILD_HOST=noise \
	SOURCE_DATE_EPOCH=1234567890 ZSTD_CLEVEL=1 GZIP=-1 XZ_OPT=-0 PYTHONHASHSEED=7 PERL_HASH_SEED=7 \
	CDPATH=/usr "$@"
