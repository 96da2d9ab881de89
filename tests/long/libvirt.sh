#!/bin/sh
# SPDX-License-Identifier: MIT
# libvirt.sh DOMAIN.xml FOLDER PORT: runs the domain until FOLDER/stop is there, or it ends by itself; PORT of 127.0.0.1 leads to
# its port 443 over a card of type "user". In the root of scripts/engines.lock (tests/lib/box.sh). Its TPM's roots are then in
# FOLDER/roots.pem, what libvirt said in FOLDER/*.log.
set -eu
domain=$1
folder=$2
port=$3
libvirtd=
end()
{
	[ -z "$libvirtd" ] || kill "$libvirtd" 2>/dev/null || :
	wait
}
trap end EXIT

# Places of its own to write to; libvirt asks /sys for the processors, and fails without a word if it is not there.
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /var
mkdir -p /var/lib/libvirt /var/lib/swtpm-localca /var/log /var/cache /run
ln -s /run /var/run
mount -t tmpfs tmpfs /etc/libvirt
# Nothing of this machine is to be confined by anything but the test: no user of its own, no control group.
cat >/etc/libvirt/qemu.conf <<'CONF'
user = "root"
group = "root"
swtpm_user = "root"
swtpm_group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
remember_owner = 0
stdio_handler = "file"
CONF

libvirtd >"$folder/libvirtd.log" 2>&1 &
libvirtd=$!
i=0
until virsh -c qemu:///system version >"$folder/version.log" 2>&1; do
	i=$((i + 1))
	[ $i -lt 100 ] && kill -0 $libvirtd || exit 1
	sleep 0.1
done
virsh -c qemu:///system create "$domain" >"$folder/create.log" 2>&1
name=$(virsh -c qemu:///system list --name | head -n 1)
virsh -c qemu:///system qemu-monitor-command --hmp "$name" "hostfwd_add hostnet0 tcp:127.0.0.1:$port-:443" >"$folder/forward.log"
cat /var/lib/swtpm-localca/*cert.pem >"$folder/roots.pem"
until [ -e "$folder/stop" ] || [ -z "$(virsh -c qemu:///system list --name)" ]; do
	sleep 0.2
done
[ ! -e "$folder/stop" ] || virsh -c qemu:///system destroy "$name" >/dev/null
