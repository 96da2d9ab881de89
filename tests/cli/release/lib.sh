# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by the tests of releases: a folder, keys, and what a command says.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

make_keys()
{
	mkdir "$dir/keys"
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$dir/keys/alice"
	ssh-keygen -q -t ecdsa -N '' -C '' -f "$dir/keys/bob"
	(cd "$dir/keys" && minisign -G -W -p carol.pub -s carol.key) >/dev/null
	for name in alice bob; do
		echo "$name $(cut -d' ' -f1,2 "$dir/keys/$name.pub")"
	done >"$dir/keys/allowed"
}

# fails NAME WORDS: the last `run` ended with 1 or 2, and a line that has these words.
fails()
{
	case $code:$(tail -n 1 "$dir/words") in
	[12]:*"$2"*) result 0 "$1" ;;
	*)
		result 1 "$1"
		sed "s/^/# exit $code: /" "$dir/words"
		;;
	esac
}

run() # COMMAND...: $code, its words in $dir/words
{
	code=0
	"$@" >"$dir/words" 2>&1 || code=$?
}
