#!/bin/sh
# SPDX-License-Identifier: MIT
# vendor.sh [FOLDER]: packs everything that a build reads, this tree and each file that a lock names, into
# FOLDER/rampart-vendor-KEY.tar (default: build/vendor), from which everything can be built without network.
# KEY is a hash over every file's, so the same inputs have the same name, and the tar has the same bytes wherever
# it is made. Each file is hashed on its way in. npm.lock is left out: what npm would fetch is in.
# Environment: VENDOR_LOCKS (default: toolbox sources host bench probe repro); as of fetch.sh.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
umask 022
locks=${VENDOR_LOCKS:-toolbox sources host bench probe repro}
cd "$RAMPART_TOP"
out=${1:-$RAMPART_TOP/build/vendor}
make_dir "$out"
tmp=$(mktemp -d "$out/.new-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
top=$tmp/rampart-vendor

# The tree as a build sees it: what git has or would add, or, where it came without git, all but build/.
list_tree()
{
	if [ -e .git ]; then
		git ls-files -z --cached --others --exclude-standard | tr '\0' '\n' | while IFS= read -r file; do
			[ ! -e "$file" ] || printf '%s\n' "$file" # else removed, and git not told yet
		done
	else
		find . -path ./build -prune -o -type f -print | sed 's|^\./||'
	fi | LC_ALL=C sort
}

put_tree()
{
	list_tree >"$tmp/tree"
	[ -s "$tmp/tree" ] || die "$RAMPART_TOP: no files of the tree were found; git's message is above"
	while IFS= read -r file; do
		mkdir -p "$top/source/$(dirname "$file")"
		cp "$file" "$top/source/$file" # with its executable bit, the only part of its mode that matters
		[ ! -x "$file" ] || chmod 755 "$top/source/$file"
	done <"$tmp/tree"
}

# "sha256 name" of every file of the locks, from either kind.
list_pinned()
{
	for lock in $locks; do
		awk '!/^#/ && NF >= 5 { print length($3) == 64 ? $3 : $5, $1 }' "scripts/$lock.lock"
	done | LC_ALL=C sort -u -k 1,1
}

put_cache()
{
	mkdir -p "$top/cache/files"
	list_pinned | while read -r sha name; do
		file=$RAMPART_CACHE/files/$sha
		echo "$name"
		ln "$file" "$top/cache/files/$sha" 2>/dev/null || cp "$file" "$top/cache/files/$sha"
		echo "$sha  $top/cache/files/$sha" | sha256sum --check --status ||
			die "$file ($name): not the pinned bytes; remove it and run: make fetch"
	done
}

write_readme()
{
	cat >"$top/README" <<END
Rampart and everything that it is built from. No network is needed.

    sha256sum --check --quiet SHA256SUMS
    cd source
    make image RAMPART_CACHE="\$PWD/../cache"       # or demo, test, golden...: make help

The files in cache/files are named by their sha256, are pinned in source/scripts/*.lock, and are hashed again
before use. cache/ also keeps what is built: a root of Debian 13 (the toolbox), in which everything else is
built, and packages.

The machine: Linux on x86-64 with make, mmdebstrap (and so apt, dpkg, perl, python3), mount, unshare and, if you are
not root, uidmap. The .debs of a Debian 13 that has just these are here as well, as source/scripts/host.lock:

    cd source
    RAMPART_CACHE="\$PWD/../cache" scripts/toolbox/repo.sh scripts/host.lock /tmp/host-repo

makes /tmp/host-repo an apt repository (suite trixie, component main, not signed: the hashes in host.lock
were checked), from which apt installs them on a Debian, and debootstrap makes a root on anything else:

    debootstrap --no-check-gpg --include=make,mmdebstrap,uidmap trixie /tmp/host file:///tmp/host-repo
END
}

write_sums()
{
	(cd "$top" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | sed 's|^\./||' | tr '\n' '\0' |
		xargs -0 sha256sum) >"$top/SHA256SUMS"
}

write_tar() # FILE
{
	tar -C "$tmp" --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
		--mode=u=rwX,go=rX --hard-dereference -cvf "$1" rampart-vendor
}

last_words() # of what with_progress kept to itself
{
	[ -n "${V:-}" ] || tail -n 1 "$tmp/log" >&2
	exit 1
}

for lock in $locks; do
	"$RAMPART_TOP/scripts/toolbox/fetch.sh" --have "$RAMPART_TOP/scripts/$lock.lock"
done
mib=$(list_pinned | while read -r sha _; do stat -c %s "$RAMPART_CACHE/files/$sha"; done | awk '{ s += $1 } END { print int(s / 524288) + 64 }')
need_space "$out" "$mib"
put_tree
with_progress HASH "$(list_pinned | wc -l) files of the cache" "$tmp/log" put_cache || last_words
write_readme
write_sums
key=$(sha256sum <"$top/SHA256SUMS" | cut -c1-16)
tar=$out/rampart-vendor-$key.tar
with_progress TAR "$tar" "$tmp/log" write_tar "$tmp/tar" || last_words
mv "$tmp/tar" "$tar"
step SHA256 "$(sha256sum <"$tar" | cut -d' ' -f1)"
