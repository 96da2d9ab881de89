#!/bin/sh
# SPDX-License-Identifier: MIT
# source.sh OUT.tar: the source tree as one tar archive, the same bytes for the same tree. Runs on the host,
# since only there the tree's repository can be read. In a repository it is the last commit's tree, and
# changes that are not committed are refused: a release must be of something that others can get. A tree
# without a repository, such as one from such an archive, is taken as it is, without what .gitignore names. One with
# a private key in it is refused.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 1 ] || die "usage: source.sh OUT.tar"
find_paths
need_host git git
mkdir -p "$(dirname "$1")"
out=$(cd "$(dirname "$1")" && pwd -P)/${1##*/}
work=$(mktemp -d)
trap 'rm -rf "$work" "$out.tmp"' EXIT
trap 'exit 130' INT TERM
cd "$RAMPART_TOP"

# No user's configuration may influence what is in the archive.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
plain_git() # COMMAND...
{
	git -c safe.directory="$RAMPART_TOP" -c core.autocrlf=false -c core.quotePath=false -c tar.umask=0022 "$@"
}

if [ -e .git ]; then
	changed=$(plain_git status --porcelain) ||
		die "$RAMPART_TOP: git cannot read its repository; what it says is above"
	[ -z "$changed" ] || die "$(echo "$changed" | sed -n '1s/^...//p'): not committed;" \
		"a release is made from a commit, so commit, stash or remove what \`git status\` shows"
	tree=$(plain_git rev-parse 'HEAD^{tree}')
else
	export GIT_DIR="$work/git" GIT_WORK_TREE="$RAMPART_TOP"
	plain_git init --quiet --object-format=sha1
	plain_git add --all .
	tree=$(plain_git write-tree)
fi
# git would stamp a tree without a commit with the current time, so tar writes the archive.
umask 022
mkdir "$work/tree"
plain_git archive --format=tar "$tree" | tar -x -C "$work/tree"
key=$(cd "$work/tree" && LC_ALL=C grep -rlE -e '^-----BEGIN ([A-Z]+ )*PRIVATE KEY-----' -e '^untrusted comment: minisign .*encrypted secret key' . | sort | sed -n '1s/^..//p')
[ -z "$key" ] || die "$key: a private key, which a release would publish; keep it elsewhere"
tar -c -C "$work/tree" --format=ustar --sort=name --mtime=@0 --owner=root:0 --group=root:0 --numeric-owner . >"$out.tmp"
mv "$out.tmp" "$out"
