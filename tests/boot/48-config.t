#!/bin/sh
# SPDX-License-Identifier: MIT
# What whoever runs the machine tells it by fw_cfg: an address that no DHCP server gave is used and measured, and
# golden values accept it as they say. What the image does not allow, or what is no configuration, powers off.
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
platform=$(cat build/test/platform)

predict() # NAME [OPTION...]: $dir/NAME.json
{
	name=$1
	shift
	build/bin/rampart predict --disk "$dir/disk.img" --plan "$dir/plan" --platform "$platform" "$@" >"$dir/$name.json"
}

configured() # boots with $dir/config and [OPTION...]
{
	boot "$dir/disk.img" -fw_cfg "name=opt/rampart/config,file=$dir/config" "$@"
}

parts config
printf '%s\n' "$conf_head" '[config]' 'allow = address gateway log-host mtu' >"$dir/image.conf"
from_conf
shows "$dir/plan" '^config.allow address gateway log-host mtu$' "the plan names the keys"
shows "$dir/plan" '^module.00 qemu_fw_cfg sha256:[0-9a-f]{64} [0-9]+$' "and the module that reads them"

# QEMU's own network, of which this address is, has its router there.
printf '# of this machine\nmtu = 1400\naddress=10.0.2.77/32\ngateway = 10.0.2.2\nlog-host = 10.0.2.9:5514\n' >"$dir/config"
predict none
predict exact --config "$dir/config"
predict any --any-config address,gateway,log-host,mtu
predict address --any-config address
VM_NETDEV="user,restrict=on,hostfwd=tcp:127.0.0.1:$PORT-10.0.2.77:443" KEEP=1
export VM_NETDEV KEEP
configured -object "filter-dump,id=dump,netdev=net,file=$work/packets"
unset KEEP VM_NETDEV
shows "$console" '^rampart: ADDRESS eth0 10\.0\.2\.77/32$' "the machine has the address that it was told"
shows "$console" '^rampart: SERVING' "and serves"
is "$(fetch /facts | grep -c '^dev=')" 1 "by that address, through a router in no subnet of its own"
sed -n 's/^rampart: //p' "$console" | sed -n '/^stage metadata/,$p' >"$work/said"
is "$(head -n 1 "$work/said")" "stage metadata" "the first line with a network"
missing=$(while IFS= read -r line; do
	LC_ALL=C grep -aqF -e "<30>1 - - rampart - - - $line" "$work/packets" || echo "$line"
done <"$work/said")
is "$missing" "" "each line of the console since there is a network was sent to the log-host as well"
scripts/vm/down.sh "$work/vm"
for accepted in exact any; do
	golden=$dir/$accepted.json
	explain
	is "$(grep -Ec '^PCR (4|5|8|9|11|13|14) .* equal$' "$work/explained")" 7 "$accepted: the golden values hold, but for the firmware's (PCR 1)"
done
for accepted in none address; do
	golden=$dir/$accepted.json
	explain
	shows "$work/explained" '^PCR 8 .* DIFFERS$' "$accepted: PCR 8 differs"
done
shows "$work/explained" 'config config sha256:[0-9a-f]{64} size=[0-9]+ address=10.0.2.77/32 gateway=10.0.2.2 log-host=10.0.2.9:5514 mtu=1400' \
	"and what is configured is named"

boot "$dir/disk.img"
shows "$console" '^rampart: ADDRESS eth0 10\.0\.2\.15/' "a machine that is told nothing asks a DHCP server"
golden=$dir/none.json
explain
is "$verdict" 0 "and is as none has it"
golden=$dir/any.json
explain
is "$verdict" 0 "which is one of any"

WAIT_FOR=' is never said'
refused() # WHAT REASON
{
	configured
	is "$status" 0 "$1: the machine powers off"
	shows "$console" "^rampart: FAILED stage=config reason=opt/rampart/config$2\$" "$1: with its own reason"
	is "$(grep -c '^rampart: ADDRESS' "$console")" 0 "$1: before it has a network"
}
printf 'mtu = 1400\nhostname = other\n' >"$dir/config"
refused "a key that the image does not allow" ':2: hostname: the image does not allow this key'
printf 'mtu = 1400\0\n' >"$dir/config"
refused "a NUL" ':1: not printable ASCII'
head -c 16385 /dev/zero | tr '\0' '#' >"$dir/config"
refused "more than 16 KiB" ': larger than 16384 bytes'
finish
