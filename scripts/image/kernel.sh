#!/bin/sh
# SPDX-License-Identifier: MIT
# kernel.sh survived CONFIG FRAGMENT...: every line that a fragment asks for is in CONFIG, a .config
#   as kconfig resolved it. kconfig itself drops a line with an unmet dependency without a word.
# kernel.sh policy CONFIG POLICY WAIVERS: CONFIG holds what POLICY requires and lacks what it forbids,
#   but for the lines that WAIVERS lists; a waiver of a line that is held is an error too.
#     POLICY and WAIVERS: "required OPTION=VALUE" or "forbidden OPTION" a line, # and empty lines.
# Every failing line is named with its file and line number. Exit code 1 when there was one.
# It is an input of the kernel's build, so it stands alone: a change here builds the kernel anew.
set -eu

die()
{
	echo "kernel.sh: $*" >&2
	exit 1
}

survived() # CONFIG FRAGMENT...
{
	awk '
		function option(line) { sub(/^# /, "", line); sub(/[= ].*/, "", line); return line }
		/^CONFIG_[A-Za-z0-9_]+=/ || /^# CONFIG_[A-Za-z0-9_]+ is not set$/ {
			if (FILENAME == ARGV[1]) {
				have[option($0)] = $0
			} else if (/^#/ ? have[option($0)] ~ /^CONFIG_/ : have[option($0)] != $0) {
				got = have[option($0)]
				printf "%s:%d: \"%s\" did not survive: the kernel has %s; %s\n", FILENAME, FNR, $0,
					got ? "\"" got "\"" : "no such option here", "see its depends on in Kconfig"
				bad = 1
			}
			next
		}
		FILENAME != ARGV[1] && !/^(#|$)/ {
			printf "%s:%d: \"%s\" is no line of a .config\n", FILENAME, FNR, $0
			bad = 1
		}
		END { exit bad }' "$@" >&2
}

policy() # CONFIG POLICY WAIVERS
{
	awk '
		FILENAME == ARGV[1] { if (/^CONFIG_/) { n = index($0, "="); have[substr($0, 8, n - 8)] = substr($0, n + 1) } next }
		/^(#|$)/ { next }
		$1 !~ /^(required|forbidden)$/ || NF != 2 || ($1 == "required") != (index($2, "=") > 0) {
			printf "%s:%d: neither \"required OPTION=VALUE\" nor \"forbidden OPTION\"\n", FILENAME, FNR
			bad = 1
			next
		}
		{
			rule = $1 " " $2
			n = index($2, "=")
			held = n ? have[substr($2, 1, n - 1)] == substr($2, n + 1) : !($2 in have)
		}
		FILENAME == ARGV[2] { waived[rule] = held; if (held) held_at[rule] = FNR; next }
		!held && !(rule in waived) {
			printf "%s:%d: %s: not so in this kernel; change a fragment, or waive it with a reason\n", FILENAME, FNR, rule
			bad = 1
		}
		{ asked[rule] }
		END {
			for (rule in waived)
				if (waived[rule] || !(rule in asked)) {
					printf "%s: %s: waived for nothing; remove it\n", ARGV[2], rule
					bad = 1
				}
			exit bad
		}' "$1" "$3" "$2" >&2
}

case ${1:-} in
survived) [ $# -ge 3 ] || die "usage: kernel.sh survived CONFIG FRAGMENT..." ;;
policy) [ $# -eq 4 ] || die "usage: kernel.sh policy CONFIG POLICY WAIVERS" ;;
*) die "usage: kernel.sh survived CONFIG FRAGMENT... | policy CONFIG POLICY WAIVERS" ;;
esac
for file; do
	[ "$file" = "$1" ] || [ -r "$file" ] || die "$file: cannot read it"
done
"$@"
