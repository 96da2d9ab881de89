#!/bin/sh
# SPDX-License-Identifier: MIT
# What whoever runs the machine tells it by a cloud's metadata service, which is played on QEMU's own network, at the
# service's address: it is read when there is a network, measured before the key of the channel, told to the DHCP
# server, and accepted by golden values as they say. What is not the service's answer powers off.
# seen: gce: its image reads its configuration from a server of the documented protocol
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

parts metadata
printf '%s\n' "$conf_head" '[machine]' 'kind = gce' '[config]' 'allow = hostname log-host' >"$dir/image.conf"
from_conf
is "$(grep '^config' "$dir/plan" | tr '\n' ' ')" "config.allow hostname log-host config.source imds-gce " "the plan names key and source"
is "$(grep -c '^file /bin/cloud ' "$dir/payload")" 1 "and the image has the program that asks"

cat >"$work/service" <<'END'
# One connection: the request is kept, the answer is a file beside this.
dir=${0%/*}
while IFS= read -r line && [ "${#line}" -gt 1 ]; do
	printf '%s\n' "$line" | tr -d '\r' >>"$dir/request"
done
cat "$dir/answer"
END
answer() # HEADERS TEXT
{
	printf 'HTTP/1.1 200 OK\r\n%bContent-Length: %s\r\n\r\n%s\n' "$1" $((${#2} + 1)) "$2" >"$work/answer"
}
VM_NETDEV="user,restrict=on,net=169.254.169.0/24,guestfwd=tcp:169.254.169.254:80-cmd:/bin/sh $work/service,hostfwd=tcp:127.0.0.1:$PORT-:443"
export VM_NETDEV

printf '# of this machine\nhostname=example-1\nlog-host=169.254.169.2\n' >"$dir/config"
for accepted in exact any none; do
	set --
	[ $accepted != exact ] || set -- --config "$dir/config"
	[ $accepted != any ] || set -- --any-config hostname,log-host
	build/bin/rampart predict --disk "$dir/disk.img" --plan "$dir/plan" --platform "$(cat build/test/platform)" "$@" \
		>"$dir/$accepted.json"
done
answer 'Metadata-Flavor: Google\r\n' "$(cat "$dir/config")"
KEEP=1 boot "$dir/disk.img" -object "filter-dump,id=dump,netdev=net,file=$work/packets"
shows "$console" '^rampart: SERVING' "the machine serves"
is "$(head -n 1 "$work/request")" "GET /computeMetadata/v1/instance/attributes/rampart-config HTTP/1.1" "it asked the service"
is "$(grep -c '^GET' "$work/request")" 1 "once"
is "$(sed -n 's|^rampart: runtime-log .*"content":"rampart/1 \([a-z]*\) .*|\1|p' "$console" | head -n 3 | tr '\n' ' ')" \
	"plan config identity " "the configuration is measured between the plan and the key"
# In option 12, with its length; the service's answer is among the packets as well.
tries=0
until LC_ALL=C grep -aqP '\x0c\x09example-1' "$work/packets" || [ $tries -ge 300 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
is "$(LC_ALL=C grep -acP '\x0c\x09example-1' "$work/packets" | sed 's/^[1-9].*/told/')" told "and the DHCP server is told of the name"
is "$(LC_ALL=C grep -acF '<30>1 - example-1 rampart - - - stage identity' "$work/packets" | sed 's/^[1-9].*/told/')" told \
	"and the log-host of what init says from then on"
scripts/vm/down.sh "$work/vm"
for accepted in exact any; do
	golden=$dir/$accepted.json
	explain
	is "$(grep -Ec '^PCR (4|5|8|9|11|13|14) .* equal$' "$work/explained")" 7 "$accepted: the golden values hold"
done
golden=$dir/none.json
explain
shows "$work/explained" '^PCR 8 .* DIFFERS$' "none: PCR 8 differs"
shows "$work/explained" 'config config sha256:[0-9a-f]{64} size=[0-9]+ hostname=example-1 log-host=169.254.169.2' "and what is configured is named"

printf 'HTTP/1.1 404 Not Found\r\nMetadata-Flavor: Google\r\n\r\n' >"$work/answer"
boot "$dir/disk.img"
explain
is "$(grep -Ec '^PCR (4|5|8|9|11|13|14) .* equal$' "$work/explained")" 7 "a machine that is told nothing is as none has it"

WAIT_FOR=' is never said'
refused() # WHAT REASON
{
	boot "$dir/disk.img"
	is "$status" 0 "$1: the machine powers off"
	shows "$console" "^rampart: FAILED stage=metadata reason=imds-gce:$2\$" "$1: with its own reason"
	is "$(grep -c '^rampart: SERVING' "$console")" 0 "$1: before it serves"
}
answer '' 'hostname = example-1'
refused "somebody else's answer" " the service's answer: status 200 of another service"
answer 'Metadata-Flavor: Google\r\n' 'mtu = 1400'
refused "a key that the image does not allow" '1: mtu: the image does not allow this key'
finish
