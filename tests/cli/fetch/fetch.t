#!/bin/sh
# SPDX-License-Identifier: MIT
# fetch.sh and repo.sh against a mirror that is a folder: what arrives, and each way it can fail.
set -eu
. tests/cli/tap.sh
work=$(mktemp -d)
trap 'umount "$work/full" 2>/dev/null || :; rm -rf "$work"' EXIT
mirror=$work/mirror
pool=pool/main/h/hello
lock=$work/sources.lock
RAMPART_CACHE=$work/cache
MIRROR=file://$mirror
export RAMPART_CACHE MIRROR

mkdir -p "$mirror/$pool"
echo 'hello, mirror' >"$mirror/$pool/hello_1.0+x~1.orig.tar.gz"
sha=$(sha256sum <"$mirror/$pool/hello_1.0+x~1.orig.tar.gz" | cut -d' ' -f1)
kept=$RAMPART_CACHE/files/$sha

pin() # SHA256 [FILE]
{
	echo "hello 1.0 trixie ${2:-$pool/hello_1.0+x~1.orig.tar.gz} $1 14" >"$lock"
}

# fetch [OPTION]: $code, its words in $work/words.
fetch()
{
	code=0
	scripts/toolbox/fetch.sh "$@" >"$work/words" 2>&1 || code=$?
}

# fails NAME WORDS: the last fetch failed with one line that has these words in it.
fails()
{
	last=$(tail -n 1 "$work/words")
	case $code:$(grep -c '^fetch.sh:' "$work/words"):$last in
	1:1:*"$2"*) result 0 "$1" ;;
	*)
		result 1 "$1"
		sed "s/^/# exit $code: /" "$work/words"
		;;
	esac
}

# empty NAME: the cache holds no file, whole or half.
empty()
{
	is "$(find "$RAMPART_CACHE/files" -mindepth 1 2>/dev/null | wc -l)" 0 "$1"
}

pin "$sha"
fetch --here "$lock"
is "$code:$(cat "$work/words")" 1: "asked whether a pinned file is here, it says no"
empty "and fetches nothing"
fetch "$lock"
is "$code" 0 "a pinned file is fetched"
fetch --here "$lock"
is "$code:$(cat "$work/words")" 0: "now it is here"
same "$mirror/$pool/hello_1.0+x~1.orig.tar.gz" "$kept" "it lies in the cache under its hash, + and ~ in its name or not"
fetch "$lock"
is "$code:$(cat "$work/words")" 0: "a second fetch has nothing to do and says nothing"

for form in "$mirror" "copy:$mirror" "file:$mirror/"; do
	rm -rf "$RAMPART_CACHE"
	MIRROR=$form fetch "$lock"
	is "$code:$(sha256sum <"$kept" | cut -d' ' -f1)" "0:$sha" "a folder as a mirror: ${form%%/*}/"
done

echo damage >"$kept"
fetch --have "$lock"
is "$code:$(cat "$kept")" 0:damage "--have is content with presence"
fetch "$lock"
is "$code" 0 "a damaged file in the cache is fetched again"
same "$mirror/$pool/hello_1.0+x~1.orig.tar.gz" "$kept" "and is whole afterwards"
shows=$(grep -c 'damaged in the cache' "$work/words")
is "$shows" 1 "and it says so"

rm -rf "$RAMPART_CACHE"
echo 'hello, forger' >"$mirror/$pool/forged.tar.gz"
pin "$sha" $pool/forged.tar.gz
fetch "$lock"
fails "a hash that differs is refused, with both hashes and what to do" "pinned is $sha; removed; say another: MIRROR=URL"
empty "and leaves nothing behind"

pin "$sha" $pool/gone.tar.gz
fetch "$lock"
fails "a pin that the mirror no longer has is named" "hello 1.0: the mirror no longer has $pool/gone.tar.gz; say another: MIRROR=URL"
fails "and the message says where a file can be put by hand" "put the file itself at $kept, or pin what is there now: make relock LOCK=sources"
empty "and leaves nothing behind"

mkdir -p "$RAMPART_CACHE/files"
cp "$mirror/$pool/hello_1.0+x~1.orig.tar.gz" "$kept"
fetch "$lock"
is "$code" 0 "the file put there by hand is taken"

rm -rf "$RAMPART_CACHE"
pin "$sha"
echo 'source hello' >"$work/pin"
echo 'source goodbye' >"$work/pin2"
fetch "$lock" "$work/pin"
is "$code" 0 "a package's pin picks its sources"
fetch "$lock" "$work/pin2"
fails "a source that the lock does not have is named" "has no source goodbye"

# Interrupted: the mirror is a pipe that gives half a file and then nothing.
rm -rf "$RAMPART_CACHE"
rm "$mirror/$pool/hello_1.0+x~1.orig.tar.gz"
head -c 3000000 /dev/zero >"$mirror/$pool/hello_1.0+x~1.orig.tar.gz"
mkdir "$work/bin"
cat >"$work/bin/helper" <<'EOF'
#!/bin/sh
# A download that writes half of its file and stays there.
for last; do :; done
printf half >"$last"
echo "$$" >"$HELPER_READY"
exec sleep 60
EOF
chmod +x "$work/bin/helper"
mkfifo "$work/ready"
HELPER_READY=$work/ready APT_HELPER=$work/bin/helper setsid scripts/toolbox/fetch.sh "$lock" >"$work/words" 2>&1 &
pid=$!
read -r _ <"$work/ready"
kill -TERM "-$pid" # as Ctrl-C does, which a shell's background job does not get
code=0
wait "$pid" || code=$?
is "$code" 130 "an interrupted download ends the fetch"
empty "and leaves no half file behind"

# No space: a cache on a file system of 1 MiB.
mkdir "$work/full"
if mount -t tmpfs -o size=1m tmpfs "$work/full" 2>/dev/null; then
	RAMPART_CACHE=$work/full/cache fetch "$lock"
	fails "too little disk space is said before anything is fetched" "no disk space: 17 MiB needed"
	cat >"$work/bin/helper" <<'EOF'
#!/bin/sh
echo "E: Failed to fetch x  Write error - write (28: No space left on device)" >&2
exit 100
EOF
	APT_HELPER=$work/bin/helper fetch "$lock"
	fails "a disk that fills up while downloading is said" "no disk space left while writing hello"
	mount -o remount,ro,size=1m "$work/full"
	RAMPART_CACHE=$work/full/other fetch "$lock"
	fails "a place where nothing can be written is named" "cannot make this folder; set RAMPART_CACHE="
else
	for what in "too little disk space" "a disk that fills up" "a read-only place"; do
		result 0 "$what # SKIP no tmpfs can be mounted here"
	done
fi
RAMPART_CACHE=relative fetch "$lock"
fails "a cache that is not an absolute path is refused" "not an absolute path"

# repo.sh hashes what it takes from the cache.
mkdir -p "$RAMPART_CACHE/files"
echo damage >"$kept"
echo "hello 1.0 $sha 14 $pool/hello.deb" >"$work/toolbox.lock"
code=0
scripts/toolbox/repo.sh "$work/toolbox.lock" "$work/repo" >"$work/words" 2>&1 || code=$?
is "$code:$(grep -c 'not the pinned bytes; remove it and run: make fetch' "$work/words")" 1:1 \
	"the toolbox is not made from a damaged package"

# Not root, in a place where one more user namespace is one too many.
nobody() # CACHE
{
	code=0
	unshare --user --map-root-user sh -euc '
		echo 1 >/proc/sys/user/max_user_namespaces
		exec unshare --user --map-user=1000 --map-group=1000 env RAMPART_CACHE="$1" scripts/toolbox/enter.sh true
	' sh "$1" >"$work/words" 2>&1 || code=$?
}
if unshare --user --map-root-user true 2>/dev/null; then
	nobody /cache
	is "$code:$(cat "$work/words")" "1:enter.sh: not root, and 1000 has no line in /etc/subuid, so no user namespace can be made; as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 1000" \
		"without root and without user namespaces, one line says what to do"
	nobody "$work/none"
	is "$code:$(cat "$work/words")" "1:toolbox.sh: mmdebstrap is missing on this machine; run: sudo apt-get install mmdebstrap" \
		"without mmdebstrap and without root, the command that installs it is printed"
else
	for what in "no root and no user namespaces" "no mmdebstrap and no root"; do
		result 0 "$what # SKIP no user namespace can be made here (a chroot?)"
	done
fi
finish
