#!/bin/sh
# SPDX-License-Identifier: MIT
# [machine] of an image.conf: the modules of each kind of machine, with what they depend on, in an order that loads.
set -u
# shellcheck source=tests/cli/plan/lib.sh
. "$(dirname "$0")/lib.sh"
mkdir modules
cat >modules/order <<'END'
e1000e
ena
gve
hv_vmbus
hv_vmbus hv_netvsc
hv_vmbus pci-hyperv-intf pci-hyperv
i2c-core i2c-algo-bit igb
libeth
libie i40e
libie ice
libphy mdio_devres mdio ixgbe
libphy mdio_devres r8169
libphy realtek
nvme-core nvme
virtio_blk
qemu_fw_cfg
END
for module in $(tr ' ' '\n' <modules/order | sort -u); do
	echo "$module" >"modules/$module.ko"
done
kind() # KIND: good.conf for it
{
	cat good.conf
	printf '[machine]\nkind = %s\n' "$1"
}
modules() # CONF [OPTION...]: of its plan
{
	plan "$@" --modules modules || cat err
	sed -n 's/^module.[0-9]* \([a-z0-9_-]*\) .*/\1/p' out | tr '\n' ' '
}

plan good.conf
cp out want
kind qemu >qemu.conf
plan qemu.conf
same want out "qemu needs none, and is the default"
for kind in azure gce aws metal; do
	kind $kind >$kind.conf
done
is "$(modules azure.conf)" "hv_vmbus hv_netvsc pci-hyperv-intf pci-hyperv " "azure: netvsc, and PCI behind VMBus"
is "$(grep '^report' out)" "report azure" "azure: which the machine tells that it is ready"
plan azure.conf --modules modules --payload payload
is "$(grep cloud payload)" 'file /bin/cloud ${GUEST}/cloud 0700 0 0' "azure: by a program that this image has"
plan azure.conf --modules modules --explain
is "$(grep -c "tells Azure's host, 168.63.129.16, that it is ready" out)" 1 "azure: as --explain says"
is "$(modules gce.conf)" "gve " "gce: gVNIC"
is "$("$rampart" plan gce.conf --kind) $("$rampart" plan good.conf --kind) $("$rampart" plan good.conf --kind --machine aws)" "gce qemu aws" \
	"--kind names it, whoever said it"
is "$(grep '^report' out)" "" "which nobody else is told"
is "$(modules aws.conf)" "ena " "aws: ENA"
is "$(modules metal.conf)" "e1000e i2c-core i2c-algo-bit igb libphy mdio_devres mdio ixgbe libie i40e ice realtek r8169 " \
	"metal: the cards of servers, and realtek before r8169"
is "$(grep -c "^module.00 e1000e sha256:$(sha modules/e1000e.ko) 7$" out)" 1 "with digest and size"
cat >>aws.conf <<END
[model m]
file = model.gguf
digest = sha256:$(sha model.gguf)
storage = volume
END
is "$(modules aws.conf)" "ena nvme-core nvme virtio_blk " "drivers of a volume come after them"
is "$(grep '^module' out | grep -c volume)" 3 "and go when that was read"
is "$(modules gce.conf --machine aws)" "ena " "--machine chooses another"
is "$(modules gce.conf --machine qemu)" "" "or none"
is "$("$rampart" plan gce.conf --kernel --container c.erofs) $("$rampart" plan gce.conf --machine qemu --kernel --container c.erofs)" \
	"linux-devices linux" "and with it the kernel"

kind xen >bad.conf
refuses "another kind" 'bad.conf:11: kind = xen: not qemu, azure, gce, aws or metal' --modules modules
{ kind metal && printf '[config]\nallow = mtu\n'; } >bad.conf
refuses "configuration where none can come from" 'bad.conf: [config] allow: machines of kind metal have no source of it' --modules modules
for kind in azure gce aws; do
	{ kind $kind && printf '[config]\nallow = hostname\n'; } >named.conf
	modules named.conf >named
	is "$(grep -c qemu_fw_cfg named) $(grep '^config' out | tr '\n' ' ')" "0 config.allow hostname config.source imds-$kind " \
		"$kind: a configuration from its metadata service, without a module"
	plan named.conf --modules modules --payload payload
	is "$(grep cloud payload)" 'file /bin/cloud ${GUEST}/cloud 0700 0 0' "$kind: by a program that this image has"
	{ kind $kind && printf '[config]\nallow = gateway hostname address mtu\n'; } >bad.conf
	refuses "$kind: keys of the network that it comes over" \
		"bad.conf: [config] allow: address, gateway, mtu: machines of kind $kind read it over the network, when it is too late for that" \
		--modules modules
done
plan named.conf --modules modules --explain
is "$(grep -c "MAY TELL IT hostname, by EC2's user data\|asks 169.254.169.254 for it" out)" 2 "as --explain says"
plan named.conf --modules modules
cp out want
printf 'source = imds\n' >>named.conf
plan named.conf --modules modules
same want out "the source may be said"
{ kind aws && printf '[config]\nallow = hostname\nsource = fw_cfg\n'; } >bad.conf
refuses "a source of QEMU's" 'bad.conf: [config] source = fw_cfg: machines of kind aws have imds' --modules modules
cp good.conf bad.conf
refuses "a slip" '--machine: not qemu, azure, gce, aws or metal (see: rampart plan --help)' --machine aw
cp gce.conf bad.conf
refuses "no modules" 'bad.conf: needs modules of the kernel: --modules DIR (see: rampart plan --help)'
finish
