#!/bin/sh
# SPDX-License-Identifier: MIT
# reference.sh: prints the path of a platform reference: of PLATFORM, a name in measure/platforms; without, of what machines of
# KIND have most, as the tree knows them; of others, and of PLATFORM=qemu, of the declared machine (scripts/vm/vm.sh, VM_MEDIUM, VOLUME).
# One that neither the tree nor the cache has is recorded by a boot, and cached under all that decides about it: the
# toolbox, with its firmware and QEMU, and the machine. Runs inside the toolbox. NEED= is the MiB of RAM that the image wants: a
# machine with less is refused, since its firmware could end in a way that says nothing.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=scripts/vm/vm.sh
. "$(dirname "$0")/vm.sh"
case ${PLATFORM:-}:${KIND:-} in
:azure) PLATFORM=azure ;;
:gce) PLATFORM=gce-plain ;;
:aws) PLATFORM=aws-nitro ;;
esac
if [ "${PLATFORM:-qemu}" != qemu ]; then
	json=measure/platforms/$PLATFORM.json
	case $PLATFORM in
	*/*) ;;
	*) [ ! -f "$json" ] || { echo "$json"; exit 0; } ;;
	esac
	die "PLATFORM=$PLATFORM: there is no $json; a name without .json of that folder, or qemu; rampart platform --log makes a new one"
fi
[ "$MEMORY" -ge "${NEED:-0}" ] ||
	die "MEMORY=$MEMORY: the image needs $NEED MiB of RAM to boot; give the machine more, or put its models on a volume"
name=$VM_PLATFORM-${MEMORY}m-${CPUS}c${VOLUME:+-volume}$VM_SUFFIX.json
key=$(cat scripts/toolbox.lock scripts/vm/vm.sh | sha256sum | cut -c1-16)
for json in "measure/platforms/$name" "/cache/platforms/$key/$name"; do
	if [ -f "$json" ]; then
		echo "$json"
		exit 0
	fi
done
step MACHINE "$name: one boot, to see what the firmware of a machine of this shape measures" >&2
scripts/vm/platform.sh "$json" >&2
echo "$json"
