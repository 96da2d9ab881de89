#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/kernel.sh names every line that kconfig dropped or that the policy refuses.
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
	scripts/kernel.sh "$@" >"$dir/raw" 2>&1 || code=$?
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

# The real files: only what the kernel's build is told about has an effect.
is "$(sed -n 's,^input kernel-config/\(.*\)$,\1,p' initramfs/packages/linux*/pin | sort -u)" \
	"$(find kernel-config -type f ! -name README.md -printf '%f\n' | sort)" \
	'every file of kernel-config/ is an input of a kernel package'
finish
