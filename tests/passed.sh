# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # tests/run sets $out
# Which tests passed, and what they could see then, in the file $PASSED: a line "DIGEST TEST CHECKS" each. A test that would see
# the same is not run again. Sourced by tests/run, which sets $out.

# files FIND_ARGUMENT...: as make looks at them, by name, size and time.
files()
{
	find -L "$@" -type f -printf '%p %s %T@\n' 2>/dev/null | LC_ALL=C sort
}

# seen <LIST: a digest of what it can see before each test. A program of tests/unit has the sources that it tests in itself,
# and reads data beside; all others may look at anything.
seen()
{
	sources=$(find . -mindepth 1 -maxdepth 1 ! -name build ! -name .git)
	# shellcheck disable=SC2086 # the top of the tree has no names with spaces
	{
		{
			uname -r
			ls /cache/toolbox 2>/dev/null || : # the roots of other locks
			files $sources /mnt/vectors ! -name '*.[ch]'
		} >"$out/data"
		files $sources -name '*.[ch]'
		files build ! -path "$PASSED*"
		cat "$out/data"
	} >"$out/all"
	all=$(sha256sum <"$out/all" | cut -c1-64)
	while read -r test; do
		case $test in
		build/host/test-*) echo "$({ files "$test" && cat "$out/data"; } | sha256sum | cut -c1-64) $test" ;;
		*) echo "$all $test" ;;
		esac
	done
}

# leave_out LIST: takes out of it what passed before, unless AGAIN is set.
leave_out()
{
	[ -f "$PASSED" ] || : >"$PASSED"
	seen <"$1" >"$out/seen"
	awk -v again="${AGAIN:-}" '
		FILENAME == ARGV[1] { passed[$1 " " $2] = $3; next }
		!again && $0 in passed { tests++; checks += passed[$0]; next }
		{ print $2 }
		END { if (tests) print tests " tests with " checks " checks passed before, and would see the same files: not run again; AGAIN=1 runs them" >"/dev/stderr" }' \
		"$PASSED" "$out/seen" >"$out/left"
	cat "$out/left" >"$1"
}

# remember LIST STATE TAP: of the tests that ran, those that passed and skipped nothing, by what prove saved of them.
remember()
{
	awk '/^  [^ ].*:$/ { test = substr($1, 1, length($1) - 1) }
		/^    last_result: 0$/ { print test }' "$2" | while read -r test; do
		grep -qi '# *skip' "$3/$test" || echo "$test $(grep -c '^ok ' "$3/$test")"
	done >"$out/checks"
	{
		awk 'FILENAME == ARGV[1] { ran[$1]; next } !($2 in ran)' "$1" "$PASSED"
		awk 'FILENAME == ARGV[1] { seen[$2] = $1; next } { print seen[$1], $1, $2 }' "$out/seen" "$out/checks"
	} | LC_ALL=C sort -k 2 >"$PASSED.new"
	mv "$PASSED.new" "$PASSED"
}
