#!/bin/sh
# SPDX-License-Identifier: MIT
# /init of the machine in which the probe runs under crun and podman as they come: Debian's cloud
# kernel and Debian's packages. Mounts what a Debian machine has mounted, runs the probe three times
# and writes the reports to the second serial port, each line after the name of who ran it.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH HOME=/root

# A root that is not the initramfs itself, so that pivot_root(2) works in it.
if [ "${1:-}" != inner ]; then
	mount --bind / /mnt
	cd /mnt || exit 1
	mount --move . /
	exec chroot . /init inner
fi
cd /
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts devpts /dev/pts
mount -t mqueue mqueue /dev/mqueue
for dir in /dev/shm /run /tmp /var/lib/containers; do
	mkdir -p "$dir"
	mount -t tmpfs -o mode=1777 tmpfs "$dir"
done
mount -t securityfs securityfs /sys/kernel/security
mount -t debugfs debugfs /sys/kernel/debug
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo probe >/proc/sys/kernel/hostname
echo 1 >/proc/sys/kernel/printk
for module in virtio_net virtio_blk overlay bridge veth nf_tables nft_chain_nat nft_masq tpm_crb fuse loop tun \
	vhost_net vhost_vsock dm_mod msr cpuid; do
	modprobe -q "$module" # some are part of the kernel
done
ip link set lo up
ip link set eth0 up
ip address add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2

say() # WHO: its lines, marked, to the second serial port
{
	sed "s/^/$1 /" >/dev/ttyS1
}
stty -F /dev/ttyS1 -opost
echo >/dev/ttyS1 # the firmware has cleared a screen there

{
	uname -r
	crun --version | head -n 1
	podman --version
} 2>&1 | say version
echo "PEERS alone"
cp -R /bundle/rootfs/probe-spare /bundle/rootfs/model /
timeout 300 /bundle/rootfs/probe alone 2>&1 </dev/null | say alone

echo "PEERS crun"
cd /bundle || exit 1
crun spec
sed -i 's/"terminal": true/"terminal": false/; s|"sh"|"/probe", "report"|' config.json
timeout 300 crun run probe 2>&1 </dev/null | say crun
cd /

echo "PEERS podman"
podman pull -q oci:/image >/dev/console 2>&1
image=$(podman images -q | head -n 1)
timeout 300 podman run --rm "$image" report 2>&1 </dev/null | say podman
echo "PEERS done"
sync
busybox poweroff -f
