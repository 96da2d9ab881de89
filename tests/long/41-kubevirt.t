#!/bin/sh
# SPDX-License-Identifier: MIT
# The published types of KubeVirt and Kubernetes accept scripts/engines/kubevirt.yaml, and would refuse a wrong name or
# value in it. Needs the root of scripts/clients.lock and the files of scripts/modules.lock. No cluster runs here.
# seen: kubevirt: the published types accept `scripts/engines/kubevirt.yaml`
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root, as the toolbox's"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node_modules "$work" || exit 1
cp tests/long/kubevirt.mjs "$work"

check() # FILE
{
	code=0
	in_box clients node "$work/kubevirt.mjs" "$1" >"$work/said" 2>&1 || code=$?
	grep -v '^# checked' "$work/said" >"$work/words" || :
}
check scripts/engines/kubevirt.yaml
is "$code $(cat "$work/words")" "0 " "nothing to say about the example"
is "$(grep '^# checked' "$work/said" | tr '\n' ' ')" "# checked kubevirt.io/v1 VirtualMachine # checked v1 Service " \
	"in which are a machine and a service"

# wrong SED WORDS
wrong()
{
	sed "$1" scripts/engines/kubevirt.yaml >"$work/wrong.yaml"
	check "$work/wrong.yaml"
	is "$code" 1 "$2 is refused"
	grep -q "$3" "$work/words"
	result $? "... by its name"
}
wrong 's/readonly:/readOnly:/' "a wrong name" "readOnly"
wrong 's/cores: 2/cores: two/' "a wrong kind of value" "number"
wrong 's/targetPort:/targetport:/' "a wrong name in the service" "targetport"
finish
