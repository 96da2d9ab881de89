#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/image/kernel.sh names every line that kconfig dropped or that the policy refuses. And of the public list of
# recommended options (file `recommended`) the kernels that were built hold as many as kernel-config/README.md says.
set -eu
cd "$(dirname "$0")/../../.."
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat >"$dir/config" <<'END'
CONFIG_SMP=y
CONFIG_NR_CPUS=64
CONFIG_LSM="lockdown,landlock"
# CONFIG_MODULES is not set
END
run() # WORD ARGUMENT...: exit code in $code, words in $dir/out with the folder's name cut
{
	code=0
	scripts/image/kernel.sh "$@" >"$dir/raw" 2>&1 || code=$?
	sed "s,$dir/,,g" "$dir/raw" >"$dir/out"
}
asks() # FRAGMENT_LINE...
{
	printf '%s\n' "$@" >"$dir/f.config"
	run survived "$dir/config" "$dir/f.config"
}

asks '# a reason' '' CONFIG_SMP=y 'CONFIG_LSM="lockdown,landlock"' '# CONFIG_MODULES is not set' '# CONFIG_X is not set'
is "$code $(cat "$dir/out")" '0 ' 'a fragment whose lines are all in the configuration passes'
asks CONFIG_SMP=y CONFIG_EROFS_FS=y
is "$code $(cut -d: -f1-3 "$dir/out")" '1 f.config:2: "CONFIG_EROFS_FS=y" did not survive' \
	'an option that kconfig dropped is named with its line'
asks CONFIG_NR_CPUS=6
is "$code $(cut -d: -f1-3 "$dir/out")" '1 f.config:1: "CONFIG_NR_CPUS=6" did not survive' \
	'another value is not survival, nor is one that begins the same'
asks '# CONFIG_SMP is not set'
is "$code $(cut -d: -f1-3 "$dir/out")" '1 f.config:1: "# CONFIG_SMP is not set" did not survive' \
	'an option that was to be off and was selected is named'
asks CONFIG_MODULES=y
is "$code" 1 'an option that was to be on and is off is refused'
asks ' CONFIG_SMP=y'
is "$code $(cat "$dir/out")" '1 f.config:1: " CONFIG_SMP=y" is no line of a .config' \
	'a line that kconfig would skip in silence is refused'

policy() # POLICY WAIVERS
{
	printf '%b' "$1" >"$dir/policy"
	printf '%b' "$2" >"$dir/waivers"
	run policy "$dir/config" "$dir/policy" "$dir/waivers"
}
policy 'required SMP=y\nforbidden MODULES\n' ''
is "$code $(cat "$dir/out")" '0 ' 'a policy that holds passes'
policy '# why\nrequired NR_CPUS=2\n' ''
is "$code $(cut -d: -f1-3 "$dir/out")" '1 policy:2: required NR_CPUS=2' 'a required value that is another is named'
policy 'forbidden SMP\n' ''
is "$code $(cut -d: -f1-3 "$dir/out")" '1 policy:1: forbidden SMP' 'a forbidden option is named'
policy 'forbidden SMP\n' 'forbidden SMP\n'
is "$code $(cat "$dir/out")" '0 ' 'a waived line passes'
policy 'required SMP=y\n' 'required SMP=y\n'
is "$code $(cat "$dir/out")" '1 waivers: required SMP=y: waived for nothing; remove it' 'a waiver of what holds is refused'
policy 'required SMP=y\n' 'forbidden KEXEC\n'
is "$code" 1 'a waiver of what the policy does not ask is refused'
policy 'requires SMP=y\n' ''
is "$code" 1 'a policy line of another form is refused'

# recommended.awk: every form of a line, held and not.
list()
{
	printf '%b' "$1" >"$dir/list"
	awk -f tests/cli/kernel-config/recommended.awk "$dir/config" "$dir/list" | tr '\n' ' '
}
is "$(list '# why\nSMP=y\n!MODULES\n!ABSENT\nLSM~landlock\nalways X\n?MODULES & SMP=y\nABSENT=y | SMP=y\n')" \
	"OK 7 of 7 " 'recommended options that are held count'
is "$(list 'SMP=n\n!SMP\nLSM~yama\n?ABSENT\nSMP=y & MODULES=y\nABSENT=y | MODULES=y & SMP=y\n')" \
	"SMP SMP LSM ABSENT SMP ABSENT OK 0 of 6 " 'those that are not are named, by their first option'

# not_held KERNEL: the options that README's table gives a reason for.
not_held()
{
	awk -F'|' -v kernel="$1" '
		/^## / { in_table = /kernel-hardening-checker/ }
		in_table && (NF == 5) && ($3 ~ "all" || $3 ~ "`" kernel "`") {
			n = split($2, option, "`")
			for (i = 2; i <= n; i += 2) print option[i]
		}' kernel-config/README.md | sort
}
# at_least KERNEL COUNT
at_least()
{
	config=build/pkg/$1/config
	if [ ! -r "$config" ]; then
		result 0 "$1 holds its recommended options # SKIP $config is not there; make image builds it"
		return
	fi
	awk -f tests/cli/kernel-config/recommended.awk "$config" tests/cli/kernel-config/recommended >"$dir/raw"
	count=$(tail -n 1 "$dir/raw" | cut -d' ' -f2)
	is "$([ "$count" -ge "$2" ] && echo "at least $2")" "at least $2" \
		"$1: $(tail -n 1 "$dir/raw") recommended options, $2 at least"
	sed '$d' "$dir/raw" | sort >"$dir/failed"
	not_held "$1" >"$dir/told"
	same "$dir/told" "$dir/failed" "$1: README.md gives the reason of each of the others"
	shows_count=$(tr '\n' ' ' <kernel-config/README.md | grep -Eo "\`$1\` (holds )?$count( of them)?[,.]" | head -n 1)
	is "${shows_count:+told}" told "$1: README.md tells that number"
}
at_least linux 235
at_least linux-devices 225
# Which only images with a GPU of AMD's have.
[ ! -e build/pkg/linux-amd ] || at_least linux-amd 225

# The real files: only what the kernel's build is told about has an effect.
is "$(sed -n 's,^input kernel-config/\(.*\)$,\1,p' initramfs/packages/linux*/pin | sort -u)" \
	"$(find kernel-config -type f ! -name README.md -printf '%f\n' | sort)" \
	'every file of kernel-config/ is an input of a kernel package'
finish
