#!/bin/sh
# SPDX-License-Identifier: MIT
# The same image from a CD, as a server's BMC lends it, from the file of that CD as a disk, and from the network, by TFTP and
# by HTTP: what is computed for each medium is in the TPM, and golden values of one are not those of another.
# seen: media: booted from a CD drive at USB, by TFTP and by HTTP, and compared with its TPM
# seen: metal: QEMU's machine with a CD, a card of Intel's and a volume on NVMe boots its image
set -eu
. tests/boot/lib.sh
vm=$work/vm
trap 'scripts/vm/down.sh "$vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
disk_golden=$golden

predict() # MEDIUM DISK PLAN PLATFORM [OPTION...]
{
	medium=$1 from=$2 plan=$3 platform=$4
	shift 4
	build/bin/rampart predict --medium "$medium" --disk "$from" --plan "$plan" --platform "$platform" "$@"
}
reference() # MEDIUM
{
	VM_MEDIUM=$1 scripts/vm/reference.sh | tail -n 1
}
holds() # SENTENCE: the golden values of this medium
{
	explain
	is "$verdict" 0 "$1"
	[ "$verdict" = 0 ] || sed 's/^/# /' "$work/explained"
}
# Which PCRs are not those of the disk.
differing()
{
	build/bin/rampart explain "$disk_golden" --console "$console" | sed -n 's/^PCR \([0-9]*\) .*DIFFERS$/\1/p' | tr '\n' ' '
}
# What the firmware's log has of this type, read by others.
logged() # TYPE
{
	sed -n 's/^rampart: firmware-log //p' "$console" | base64 -d >"$work/firmware.log"
	tpm2_eventlog "$work/firmware.log" 2>/dev/null | grep -c "EventType: $1\$" || :
}
# As for a server that nobody records: the reference is made from the log that logged() has left.
as_a_server() # MEDIUM DISK
{
	build/bin/rampart platform --log "$work/firmware.log" --name server --shape cpus=2 >"$work/server.json" 2>/dev/null
	golden=$work/server-golden.json
	predict "$1" "$2" build/test/plan "$work/server.json" >"$golden" 2>/dev/null
	holds "golden values with a reference made from its log hold as well"
}

python3 -I -B -X utf8 scripts/image/formats iso build/test/disk.img "$work/disk.iso"
cd=$(reference cd)
golden=$work/cd.json
predict cd "$work/disk.iso" build/test/plan "$cd" >"$golden"
VM_MEDIUM="cd" boot "$work/disk.iso"
shows "$console" '^rampart: SERVING' "a CD boots"
holds "and every PCR has its golden value"
is "$(logged EV_EFI_GPT_EVENT) $(logged EV_EFI_BOOT_SERVICES_APPLICATION)" "0 3" "no partition table is measured; loader, UKI and kernel are"
is "$(differing)" "1 5 " "golden values of the disk do not hold, for PCR 1 and 5"
as_a_server cd "$work/disk.iso"

boot "$work/disk.iso"
shows "$console" '^rampart: SERVING' "the same file boots as a disk"
golden=$disk_golden
holds "and is the disk: every PCR has the golden value of that"

network=$work/network.json
golden=$network
predict network build/test/disk.img build/test/plan "$(reference network)" >"$golden"
KEEP=1 VM_MEDIUM=network boot build/test/rampart.efi
shows "$console" '^rampart: SERVING' "the UKI boots from the network, by TFTP"
holds "and every PCR has its golden value"
is "$(logged EV_EFI_GPT_EVENT) $(logged EV_EFI_BOOT_SERVICES_APPLICATION)" "0 2" "UKI and kernel are measured, no loader and no disk"
is "$(differing)" "1 4 5 " "golden values of the disk do not hold, for PCR 1, 4 and 5"
as_a_server network build/test/disk.img
is "$(fetch /)" ok "the container answers"
scripts/vm/down.sh "$vm"

# A server that one could have: one file, to whoever asks. Which address it has is in a variable of the firmware.
cat >"$work/service" <<END
while read -r method path rest; do
	echo "\$method \$path" >>$work/requests
	while read -r line && [ "\${#line}" -gt 1 ]; do :; done
	printf 'HTTP/1.1 200 OK\r\nContent-Type: application/efi\r\nContent-Length: %d\r\n\r\n' $(stat -c %s build/test/rampart.efi)
	[ "\$method" = HEAD ] || cat $PWD/build/test/rampart.efi
done
END
# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
modules=$(box_root firmware)/usr/lib/python3/dist-packages
if [ -d "$modules/virt" ]; then
	PYTHONPATH=$modules python3 -B -m virt.firmware.vars --input /usr/share/OVMF/OVMF_VARS_4M.fd --output "$work/vars.fd" \
		--set-boot-uri http://10.0.2.9/rampart.efi >"$work/vars.log" 2>&1 || sed 's/^/# /' "$work/vars.log"
	OVMF_VARS=$work/vars.fd VM_MEDIUM=network \
		VM_NETDEV="user,restrict=on,guestfwd=tcp:10.0.2.9:80-cmd:/bin/sh $work/service,hostfwd=tcp:127.0.0.1:$PORT-:443" \
		boot build/test/rampart.efi
	shows "$console" '^rampart: SERVING' "the UKI boots from the network, by HTTP"
	is "$(tr '\n' ' ' <"$work/requests")" "HEAD /rampart.efi GET /rampart.efi " "which the firmware asked for"
	golden=$network
	holds "and every PCR has the same value as by TFTP"

	# Under Secure Boot, with a loader on the disk that is not signed: nobody asks for it.
	dir=$work/signed
	mkdir "$work/keys" "$dir"
	scripts/secureboot/make-keys.sh | tar -xf - -C "$work/keys"
	scripts/secureboot/sign.sh "$work/keys" build/test/rampart.efi "$dir/rampart.efi"
	scripts/secureboot/varstore.sh "$work/keys" "$dir/secure-boot.fd"
	scripts/image/disk.sh "$dir/disk.img" "$dir/rampart.efi" images/loader.conf
	secure=$(SECURE_BOOT=1 reference network)
	golden=$dir/golden.json
	predict network "$dir/disk.img" build/test/plan "$secure" --secure-boot "$work/keys" >"$golden"
	BOOT_DEADLINE=${BOOT_DEADLINE:-300} VM_MEDIUM=network boot "$dir/rampart.efi"
	shows "$console" '^rampart: SERVING' "a signed UKI boots from the network under Secure Boot"
	holds "and every PCR has its golden value"
else
	result 0 "the UKI boots by HTTP # SKIP the root of scripts/firmware.lock is not there: scripts/toolbox/toolbox.sh firmware"
fi

# A server of metal: a CD, a card of Intel's, and its model on an NVMe disk.
parts metal
cat >"$dir/image.conf" <<END
$conf_head
[machine]
kind = metal
[model small.txt]
file = $dir/small.txt
digest = sha256:$(echo small | sha256sum | cut -d' ' -f1)
storage = volume
END
echo small >"$dir/small.txt"
from_conf
python3 -I -B -X utf8 scripts/image/formats iso "$dir/disk.img" "$dir/disk.iso"
golden=$dir/golden.json
predict cd "$dir/disk.iso" "$dir/plan" "$cd" >"$golden"
KEEP=1 VM_MEDIUM=cd VM_NIC=e1000e VM_VOLUME_BUS=nvme boot "$dir/disk.iso"
shows "$console" '^rampart: SERVING' "a server boots a CD beside its volume"
is "$(fetch /model/small.txt)" small "and serves the model on that"
explain
is "$(grep -Ec '^PCR (4|5|8|9|11|13|14) .* equal$' "$work/explained")" 7 "the golden values hold, but for the firmware's (PCR 1)"
finish
