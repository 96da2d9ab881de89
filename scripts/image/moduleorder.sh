#!/bin/sh
# SPDX-License-Identifier: MIT
# moduleorder.sh DRIVER KERNEL: prints the order (initramfs/packages/linux/build.sh) of the modules of DRIVER, a package of
# others than the kernel's, and of those of KERNEL: before each of DRIVER's stands what it depends on, of both.
set -eu
driver=$1
kernel=$2
needs() # MODULE: what to load for it in order, itself last
{
	if [ -f "$driver/modules/$1.ko" ]; then
		for name in $(modinfo -F depends "$driver/modules/$1.ko" | tr ',' ' '); do
			needs "$name"
		done
		echo "$1"
	else
		# A name may be written with a dash or an underscore.
		awk -v want="$(echo "$1" | tr - _)" '{ n = $NF; gsub("-", "_", n) } n == want { gsub(" ", "\n"); print; exit }' \
			"$kernel/modules/order"
	fi
}
for module in "$driver"/modules/*.ko; do
	module=${module##*/}
	needs "${module%.ko}" | awk '!seen[$0]++' | paste -s -d ' '
done
cat "$kernel/modules/order"
