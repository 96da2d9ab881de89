#!/bin/sh
# SPDX-License-Identifier: MIT
# What must not boot: each powers off by itself with a reason of its own and never serves.
set -eu
. tests/boot/lib.sh
WAIT_FOR=' is never said' # only the end of the machine ends the wait

# refused WHAT REGEX
NO_TPM=1 boot build/test/disk.img
refused "no TPM" 'tpm reason=no TPM device'

# A large container takes a while to hash: the TPM dies between the stage's begin and its extend.
parts dying
truncate -s 128M "$dir/container.erofs"
plan_set container "$(described "$dir/container.erofs")"
make_initramfs
make_disk
BOOT_KILL_TPM_AT='^rampart: stage container' boot "$dir/disk.img"
refused "TPM that dies in mid-boot" 'container reason=TPM failed: TPM2_PCR_Extend'

parts truncated
make_initramfs
truncate -s -64 "$dir/initramfs.cpio.zst"
make_disk
boot "$dir/disk.img"
refused "truncated initramfs" 'lockdown reason=the initramfs is cut short'

parts missing
sed -i '/rampart.model/d' "$dir/payload"
make_initramfs
make_disk
boot "$dir/disk.img"
refused "plan that names a missing file" 'model reason=/rampart/model/model.txt: .*missing'

parts differs
sed 's/model/madel/' images/test/model/model.txt >"$dir/model.txt"
sed -i "s|^file /rampart/model/model.txt .*|file /rampart/model/model.txt $dir/model.txt 0444 0 0|" "$dir/payload"
make_initramfs
make_disk
boot "$dir/disk.img"
refused "model whose hash differs" 'model reason=/rampart/model/model.txt: digest differs'

parts filter
printf '\006\000\000\000\000\000\377\177' >"$dir/seccomp/container.bpf" # allows everything
make_initramfs
make_disk
boot "$dir/disk.img"
refused "system call filter that differs" 'plan reason=/rampart/seccomp/container.bpf: '

parts exits
plan_set arg.01 exit
make_initramfs
make_disk
boot "$dir/disk.img"
refused "container that exits at once" 'run reason=container: exited with status 3 before it listened'
is "$(grep -c '^rampart: READY' "$console")" 1 "container that exits at once: only after ready"
finish
