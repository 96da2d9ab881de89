# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# TAP for shell tests: source it, call result, is and same, end with `finish`.
tap_n=0
tap_failed=0

# shellcheck disable=SC2034 # for those who call it
own_folder() # goes to an empty folder, $dir, which goes with the test; sets $top and $rampart, too
{
	top=$PWD
	rampart=$top/build/bin/rampart
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	cd "$dir" || exit 1
}

result() # EXIT_CODE SENTENCE: 0 passes
{
	tap_n=$((tap_n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_n - $2"
	else
		echo "not ok $tap_n - $2"
		tap_failed=1
	fi
}

is() # GOT WANT SENTENCE
{
	if [ "$1" = "$2" ]; then
		result 0 "$3"
	else
		result 1 "$3"
		printf '# got "%s", expected "%s"\n' "$1" "$2"
	fi
}

same() # WANT_FILE GOT_FILE SENTENCE
{
	if cmp -s "$1" "$2"; then
		result 0 "$3"
	else
		result 1 "$3"
		diff -a "$1" "$2" 2>&1 | head -n 20 | sed 's/^/# /'
	fi
}

finish()
{
	echo "1..$tap_n"
	exit "$tap_failed"
}
