#!/bin/sh
# SPDX-License-Identifier: MIT
# [config] of an image.conf: which instance configuration the plan allows, and the module that reads it.
set -u
# shellcheck source=tests/cli/plan/lib.sh
. "$(dirname "$0")/lib.sh"
mkdir modules
printf 'drivers' >modules/qemu_fw_cfg.ko
printf 'gpu' >modules/virtio-gpu.ko
printf 'qemu_fw_cfg\nvirtio-gpu\n' >modules/order

conf() # LINE...: good.conf with a section [config]
{
	cat good.conf
	printf '[config]\n'
	[ $# = 0 ] || printf '%s\n' "$@"
}

conf 'allow = mtu address' 'allow = gateway' >some.conf
plan some.conf --modules modules --payload payload
result $? "some keys are allowed"
is "$(grep '^config' out)" "config.allow address gateway mtu
config.source fw_cfg" "the plan has them, sorted, and the one source"
is "$(grep '^module' out)" "module.00 qemu_fw_cfg sha256:$(sha modules/qemu_fw_cfg.ko) 7" "and the module that reads it"
is "$(grep -c '^file /rampart/modules/qemu_fw_cfg.ko ' payload)" 1 "which is in the initramfs"
conf 'allow = hostname' 'source = fw_cfg' >one.conf
plan one.conf --modules modules
is "$(grep '^config' out | tr '\n' ' ')" "config.allow hostname config.source fw_cfg " "the source may be said"
{ conf 'allow = mtu' && printf '[devices]\nmodules = virtio-gpu qemu_fw_cfg\n'; } >twice.conf
plan twice.conf --modules modules
is "$(sed -n 's/^module...\( [a-z_-]*\).*/\1/p' out | tr -d '\n')" " virtio-gpu qemu_fw_cfg" "a module that is named already comes once"
for c in good some; do
	"$rampart" plan $c.conf --kernel --container c.erofs
done >kernels
is "$(tr '\n' ' ' <kernels)" "linux linux-devices " "it needs the kernel with modules"
conf >none.conf
plan none.conf
result $? "a section without keys allows nothing"
cp out nothing
plan good.conf
same nothing out "as if it were not there"
plan some.conf --modules modules --explain
is "$(grep -c 'WHOEVER RUNS THE MACHINE MAY TELL IT address, gateway, mtu, ' out)" 1 "--explain says so"
plan good.conf --explain
is "$(grep -ci 'instance configuration' out)" 0 "and nothing of an image that allows none"

conf 'allow = wifi' >bad.conf
refuses "an unknown key" 'bad.conf:11: allow: an instance configuration has no key "wifi"; it has address, gateway, hostname, log-host, mtu' --modules modules
conf 'allow = mtu mtu' >bad.conf
refuses "a key twice" 'bad.conf:11: allow: mtu is named twice' --modules modules
conf 'allow = mtu' 'source = smbios' >bad.conf
refuses "another source" 'bad.conf:12: source = smbios: not fw_cfg, of QEMU, or imds, of clouds' --modules modules
conf 'allow = hostname' 'source = imds' >bad.conf
refuses "a cloud's source on QEMU" 'bad.conf: [config] source = imds: machines of kind qemu have fw_cfg' --modules modules
conf 'source = fw_cfg' >bad.conf
refuses "a source of nothing" 'bad.conf: [config] has a "source" but no "allow"' --modules modules
conf 'allow = gateway' >bad.conf
refuses "gateway alone" 'bad.conf: gateway without address, beside which alone it may be, in the plan'"'"'s "config.allow gateway"' --modules modules
conf 'alow = mtu' >bad.conf
refuses "a slip" 'bad.conf:11: unknown key "alow"; the nearest known key is "allow" in [config]' --modules modules
sed -i 1d modules/order
conf 'allow = mtu' >bad.conf
refuses "a kernel without the module" 'modules/order: the kernel has no module "qemu_fw_cfg"' --modules modules
finish
