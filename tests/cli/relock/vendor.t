#!/bin/sh
# SPDX-License-Identifier: MIT
# vendor.sh on a small tree: the tar is a function of its contents, what comes out of it needs no network, and
# nothing damaged goes in or comes out unnoticed.
set -eu
. tests/cli/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
RAMPART_CACHE=$work/cache
MIRROR=file://$work/none
VENDOR_LOCKS='toolbox sources'
export RAMPART_CACHE MIRROR VENDOR_LOCKS
mkdir -p "$tree/scripts/toolbox" "$tree/build" "$tree/images/ä b" "$RAMPART_CACHE/files"
cp scripts/lib.sh "$tree/scripts/"
for script in fetch repo vendor; do cp scripts/toolbox/$script.sh "$tree/scripts/toolbox/"; done
echo rubbish >"$tree/build/rubbish"
echo '/build/' >"$tree/.gitignore"
echo hello >"$tree/images/ä b/file"

keep() # FILE: into the cache; prints its sha256
{
	sha=$(sha256sum <"$1" | cut -d' ' -f1)
	cp "$1" "$RAMPART_CACHE/files/$sha"
	echo "$sha"
}
mkdir -p "$work/deb/DEBIAN"
printf 'Package: small\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: test\n' \
	>"$work/deb/DEBIAN/control"
dpkg-deb --root-owner-group --build "$work/deb" "$work/small.deb" >/dev/null
deb=$(keep "$work/small.deb")
echo source >"$work/source"
src=$(keep "$work/source")
echo other >"$work/other"
other=$(keep "$work/other") # in the cache, in no lock
echo "small 1 $deb $(wc -c <"$work/small.deb") pool/small.deb" >"$tree/scripts/toolbox.lock"
echo "source 1 trixie pool/source $src 7" >"$tree/scripts/sources.lock"

vendor() # TREE FOLDER: $code, the tar's path in $tar
{
	code=0
	"$1/scripts/toolbox/vendor.sh" "$2" >"$work/words" 2>&1 || code=$?
	tar=$(find "$2" -name 'rampart-vendor-*.tar')
}
vendor "$tree" "$work/1"
first=$tar
is "$code" 0 "a tar is made"
is "$(find "$work/1" -mindepth 1 | wc -l)" 1 "and nothing else"
is "$(tar --quoting-style=literal -tf "$first" | grep -v '/$' | sed 's|^rampart-vendor/||' | sort | tr '\n' ' ')" \
	"$(printf '%s\n' README SHA256SUMS "cache/files/$deb" "cache/files/$src" source/.gitignore 'source/images/ä b/file' \
		source/scripts/toolbox/fetch.sh source/scripts/lib.sh source/scripts/toolbox/repo.sh source/scripts/sources.lock \
		source/scripts/toolbox.lock source/scripts/toolbox/vendor.sh | sort | tr '\n' ' ')" \
	"it holds the tree without build/, and the files that a lock names"
is "$(tar -tvf "$first" | awk '{ print $2, $4 }' | sort -u)" "0/0 1970-01-01" "it names no user and no time"
is "$(sed -n 's/^  SHA256  //p' "$work/words")" "$(sha256sum <"$first" | cut -d' ' -f1)" "its own hash is said"

# The same inputs elsewhere: other times, other modes, another user's umask, a checkout of git.
cp -r "$tree" "$work/second-tree"
chmod 600 "$work/second-tree/images/ä b/file"
rm -rf "$work/second-tree/build"
(
	umask 077
	git init -q "$work/second-tree"
	git -C "$work/second-tree" add .gitignore scripts
	vendor "$work/second-tree" "$work/2"
)
same "$first" "$work/2/${first##*/}" "a checkout of the same files gives the same name and the same bytes"
echo more >"$work/second-tree/images/more"
vendor "$work/second-tree" "$work/3"
is "$code:$(tar -tf "$tar" | grep -c images/more)" 0:1 "a file that git does not have yet is in it, as it is in a build"
is "$([ "${tar##*/}" != "${first##*/}" ] && echo another)" another "and the name is another"

# What comes out of it.
mkdir "$work/out"
tar -C "$work/out" -xf "$first"
restored=$work/out/rampart-vendor
(cd "$restored" && sha256sum --check --quiet SHA256SUMS)
result $? "its own list of hashes holds"
export RAMPART_CACHE="$restored/cache"
for lock in toolbox sources; do
	"$restored/source/scripts/toolbox/fetch.sh" "$restored/source/scripts/$lock.lock" >"$work/words" 2>&1 && code=0 || code=$?
	is "$code:$(cat "$work/words")" 0: "nothing of $lock.lock is missing, without a mirror"
done
"$restored/source/scripts/toolbox/repo.sh" "$restored/source/scripts/toolbox.lock" "$work/repo"
is "$(grep -c '^Package: small' "$work/repo/dists/trixie/main/binary-amd64/Packages")" 1 "its packages make a repository"
vendor "$restored/source" "$work/4"
same "$first" "$work/4/${first##*/}" "packed again, it is the same tar"

# Damage.
cp "$work/other" "$restored/cache/files/$src"
(cd "$restored" && sha256sum --check --quiet SHA256SUMS >"$work/words" 2>&1) && code=0 || code=$?
is "$code:$(grep -c "^cache/files/$src: FAILED" "$work/words")" 1:1 "a damaged file is found by the list"
vendor "$restored/source" "$work/5"
is "$code:$tar:$(tail -n 1 "$work/words")" \
	"1::vendor.sh: $restored/cache/files/$src (source): not the pinned bytes; remove it and run: make fetch" \
	"it does not go into another tar"
"$restored/source/scripts/toolbox/fetch.sh" "$restored/source/scripts/sources.lock" >"$work/words" 2>&1 && code=0 || code=$?
is "$code:$(grep -c 'damaged in the cache' "$work/words")" 1:1 "and the build refuses it"
rm "$restored/cache/files/$deb"
vendor "$restored/source" "$work/6"
is "$code:$tar:$(grep -c '^fetch.sh: small 1: the mirror no longer has pool/small.deb' "$work/words")" 1::1 \
	"a file that nobody has is named, and no tar is made"
is "$(find "$work/5" "$work/6" -mindepth 1)" "" "nothing half is left"
is "$(tar -tf "$first" | grep -c "$other")" 0 "what no lock names stays out"
finish
