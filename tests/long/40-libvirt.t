#!/bin/sh
# SPDX-License-Identifier: MIT
# Machines under libvirt, with its own firmware and vTPM: scripts/engines/libvirt.xml, and what OpenStack's nova asks libvirt
# for (nova.xml), each with the OVMF of Debian 13 and that of Debian 12. The references in measure/platforms are what these
# measure, but for PCR 1, and golden values made with them hold; so do those with PCR 1, recorded as scripts/engines/README.md
# says. RECORD=1 writes these references instead of comparing them. Needs the root of scripts/engines.lock.
# seen: libvirt: 11.3 boots the image with OVMF 2025.02 and 2022.11, and `rampart verify` holds
# seen: openstack: libvirt boots the image in nova's shape with both, not under OpenStack, and `rampart verify` holds
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root, as the toolbox's"; exit 0; }
work=$(mktemp -d)
pid=
# shellcheck disable=SC2317 # the trap calls it
end()
{
	[ -z "$pid" ] || { touch "$folder/stop" && wait "$pid"; }
	rm -rf "$work"
}
trap end EXIT
port=18440
example=scripts/engines/libvirt.xml
firmware=$(awk '$1 == "ovmf" { print $2 }' scripts/engines.lock)
# Debian 12's packages, as Debian 12's QEMU would find their files.
older=$work/older
while read -r name version _ _ sha _; do
	case $name in '#'*) continue ;; ovmf) older_firmware=$version ;; esac
	[ "$(sha256sum <"/cache/files/$sha" | cut -d' ' -f1)" = "$sha" ] ||
		{ echo "$name $version is not in the cache; run: scripts/toolbox/fetch.sh scripts/ovmf.lock" >&2; exit 1; }
	dpkg-deb -x "/cache/files/$sha" "$older"
done <scripts/ovmf.lock

# The example with this machine's processor, its places filled in, a network of QEMU's own, and $firmware.
# DISK
domain()
{
	sed -e 's/<domain type="kvm">/<domain type="qemu">/' -e 's/<interface type="network">/<interface type="user">/' \
		-e '/<source network=/d' -e 's,<cpu mode="host-passthrough"[^>]*/>,<cpu mode="maximum"/>,' \
		-e 's,<cpu mode="host-model"[^>]*>,<cpu mode="maximum">,' -e "s,DISK,$1,; s,LOG,$folder/console.log," \
		$example >"$folder/domain.xml"
	[ "$firmware" = "$older_firmware" ] || return 0
	# A machine whose card has an option ROM has that of the same Debian.
	grep -q '<rom enabled="no"/>' $example ||
		sed -i "/<interface /,/<.interface>/s,<model .*,&<rom file=\"$older/usr/lib/ipxe/qemu/efi-virtio.rom\"/>," "$folder/domain.xml"
	sed -i -e 's/<os firmware="efi">/<os>/' -e '/<firmware>/,/<.firmware>/d' -e '/<loader /d; /<nvram /d' \
		-e "s,<type .*,&<loader readonly=\"yes\" type=\"pflash\">$older/usr/share/OVMF/OVMF_CODE_4M.fd</loader>," \
		-e "s,</loader>,&<nvram template=\"$older/usr/share/OVMF/OVMF_VARS_4M.fd\"/>," "$folder/domain.xml"
}
# Starts it, and waits for a line of its console. DISK REGEX
run()
{
	folder=$work/machine
	rm -rf "$folder"
	mkdir "$folder"
	domain "$1"
	in_box engines tests/long/libvirt.sh "$folder/domain.xml" "$folder" $port >"$folder/out.log" 2>&1 &
	pid=$!
	i=0
	until tr -d '\r' 2>/dev/null <"$folder/console.log" | grep -aEq -- "$2"; do
		i=$((i + 1))
		if [ $i -gt 3000 ] || ! kill -0 $pid 2>/dev/null; then
			tail -n 5 "$folder"/*.log | sed 's/^/# /'
			return 1
		fi
		sleep 0.1
	done
}
stop()
{
	touch "$folder/stop"
	wait "$pid"
	pid=
}
# verify GOLDEN: what a verifier says of the machine by these, in $work/verdict; $code.
verify()
{
	code=0
	build/bin/rampart verify "https://127.0.0.1:$port" --golden "$1" --roots "$folder/roots.pem" >"$work/verdict" 2>&1 || code=$?
}
predict() # PLATFORM
{
	build/bin/rampart predict --disk build/test/disk.img --plan build/test/plan --platform "$1"
}

# machine NAME NOTE: its reference in the tree is what it measures, PCR 1 aside, and golden values made with that hold.
# The image is left running.
machine()
{
	reference=measure/platforms/$1-ovmf-$firmware.json
	what="$1, OVMF $firmware"
	run "$work/parts/disk.img" '^rampart: DONE'
	is "$?" 0 "$what: the empty payload boots"
	stop
	tr -d '\r' <"$folder/console.log" >"$work/console"
	sed -n 's/^rampart: firmware-log //p' "$work/console" | base64 -d >"$work/log"
	build/bin/rampart platform --log "$work/log" --name "$1-ovmf-$firmware" 2>"$work/reasons" |
		jq --arg note "from the log of one boot here, $2" '.note = $note | .rules["1"].unchecked =
			"ACPI tables and boot variables are of a machine'\''s own memory, processors and devices, which this reference does not name"' \
			>"$work/reference.json"
	[ -z "${RECORD:-}" ] || cp "$work/reference.json" "$reference"
	same "$reference" "$work/reference.json" "$what: its reference is what the firmware measured"
	predict "$reference" >"$work/golden.json"
	is "$?" 0 "$what: golden values are computed with it"
	run "$PWD/build/test/disk.img" '^rampart: (SERVING|FAILED)'
	is "$?" 0 "$what: the image boots"
	verify "$work/golden.json"
	is "$code" 0 "$what: and the machine holds"
	[ "$code" = 0 ] || sed 's/^/# /' "$work/verdict"
	is "$(grep -c "PCR 1.*which this reference does not name" "$work/verdict" | sed 's/^[1-9].*/some/')" some \
		"$what: with the sentence why PCR 1 is not checked"
}

sed "s,DISK,$work/disk.img,; s,LOG,$work/console.log," $example >"$work/filled.xml"
in_box engines virt-xml-validate "$work/filled.xml" domain >"$work/valid" 2>&1
is "$?" 0 "libvirt's own schema accepts the example"
scripts/vm/reference-disk.sh "$work/parts" >"$work/disk.log" 2>&1

machine libvirt "under libvirt"
build/bin/rampart platform "$work/console" --name libvirt-q35 --shape memory_mib=1024,cpus=2 >"$work/platform.json"
is "$?" 0 "a reference with its PCR 1 is recorded from the console"
predict "$work/platform.json" >"$work/golden.json"
is "$?" 0 "with which golden values are computed"
is "$(cmp -s "$work/golden.json" build/test/golden.json && echo same)" "" "that are not those of the declared machine"
verify "$work/golden.json"
is "$code" 0 "and the machine holds"
is "$(grep -c 'not checked' "$work/verdict")" 0 "with every PCR checked"
sed 's/^/# /' "$work/verdict" | tail -n 3
verify build/test/golden.json
is "$code" 1 "the declared machine's values are not its values"
is "$(curl -sk --max-time 60 "https://127.0.0.1:$port/")" ok "its container answers"
stop

example=tests/long/nova.xml
machine openstack "in nova's shape and not under OpenStack"
stop
firmware=$older_firmware
machine openstack "in nova's shape and not under OpenStack"
stop
example=scripts/engines/libvirt.xml
machine libvirt "under libvirt"
stop
finish
