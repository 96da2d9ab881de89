# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# vm.sh: the declared VM shape. Source it after `set -eu`; it sets the variables and defines vm_qemu.
# PCR 0 and 1 depend on everything here (firmware, chipset, RAM, CPUs, devices and their slots), so a
# change here means new files in measure/platforms/. The network card needs no option ROM (PCR 2),
# and the disk is the only boot entry: its slot is measured, its contents and size are not (PCR 1).
#
# A file volume.img beside the disk is the machine's second disk, the payload volume; or the file that
# VM_VOLUME names. VM_VOLUME_BUS=nvme attaches it as that instead of as virtio.
#
# VM_MEDIUM: what it boots. disk; cd: DISK is in a CD drive at USB, as a server's BMC lends one; network: DISK is a UKI,
# which the firmware gets by TFTP. With these two there is no disk but the payload volume. VM_IMAGE is then the file of
# an image's folder that the machine boots, VM_SUFFIX what names of such a machine's files end with.
#
# SECURE_BOOT=1: a firmware with Secure Boot, whose variables only it can write (SMM); its keys are in OVMF_VARS. VM_DISK_KEEPS=1:
# what the machine writes to its disk stays there, as boot counters must.
#
# MEMORY (MiB), CPUS, PORT (of 127.0.0.1, led to the guest's port 443), ACCEL (tcg or kvm) may be set;
# so may, for tests, VM_MACHINE, CPU_MODEL, OVMF_CODE, OVMF_VARS, VM_FIRMWARE (the version of these), BANKS (the TPM's active banks), VM_TPM (another
# interface of the TPM than tpm-crb), VM_DISK (nvme instead of virtio-blk-pci), VM_CONSOLE (a chardev of QEMU, instead of the
# file STATEDIR/console.log), VM_NIC (another network card than virtio) and VM_NETDEV (a netdev, instead of QEMU's own
# network with that PORT).

MEMORY=${MEMORY:-1024}
CPUS=${CPUS:-2}
PORT=${PORT:-8443}
ACCEL=${ACCEL:-tcg}
BANKS=${BANKS:-sha256}
VM_TPM=${VM_TPM:-tpm-crb}
VM_DISK=${VM_DISK:-virtio-blk-pci}
VM_MEDIUM=${VM_MEDIUM:-disk}
VM_MACHINE=${VM_MACHINE:-pc-q35-10.0}
SECURE_BOOT=${SECURE_BOOT:-}
VM_DISK_KEEPS=${VM_DISK_KEEPS:-}
# TCG runs `rep movsb` a byte at a time, so it must not tell programs that this is fast. With
# KVM the width of addresses stays TCG's: the firmware's tables, and so PCR 1, depend on it.
case $ACCEL in
kvm) CPU_MODEL=${CPU_MODEL:-host,host-phys-bits=off,phys-bits=40} ;;
*) CPU_MODEL=${CPU_MODEL:-max,-erms,-fsrm,-fsrs} ;;
esac
OVMF_CODE=${OVMF_CODE:-/usr/share/OVMF/OVMF_CODE_4M${SECURE_BOOT:+.secboot}.fd}
OVMF_VARS=${OVMF_VARS:-/usr/share/OVMF/OVMF_VARS_4M.fd}
# The firmware's own name for its build; measured into PCR 0 as EV_S_CRTM_VERSION.
# shellcheck disable=SC2034 # for platform.sh
VM_PLATFORM=qemu-q35-ovmf-${VM_FIRMWARE:-2025.02-8+deb13u1}
case $VM_MACHINE in
*i440fx*) VM_PLATFORM=qemu-i440fx-${VM_PLATFORM#qemu-q35-} ;;
esac
[ -z "$SECURE_BOOT" ] || VM_PLATFORM=$VM_PLATFORM-secboot
# What the reference's values depend on, as `rampart platform` wants it.
VM_SHAPE=machine=$VM_MACHINE,memory_mib=$MEMORY,cpus=$CPUS,phys_bits=40,tpm=${VM_TPM#tpm-}
# shellcheck disable=SC2034 # for platform.sh and reference.sh
case $VM_MEDIUM in
disk) VM_IMAGE=disk.img VM_SUFFIX='' VM_SHAPE=$VM_SHAPE,disk=$VM_DISK@4 ;;
cd) VM_IMAGE=disk.iso VM_SUFFIX=-cd VM_SHAPE=$VM_SHAPE,cd=usb-storage,usb=qemu-xhci@4 ;;
network) VM_IMAGE=rampart.efi VM_SUFFIX=-network VM_SHAPE=$VM_SHAPE,boot=network ;;
*) die "VM_MEDIUM=$VM_MEDIUM: not disk, cd or network" ;;
esac
# shellcheck disable=SC2034 # for platform.sh
VM_SHAPE=$VM_SHAPE,nic=virtio-net-pci@5${SECURE_BOOT:+,smm=on}

# vm_qemu DISK STATEDIR [QEMU_OPTION...]: becomes QEMU. STATEDIR holds vars.fd, console.log and, if
# there is to be a TPM, tpm.sock.
vm_qemu()
{
	vm_disk=$1
	vm_state=$2
	shift 2
	vm_index=,bootindex=0
	vm_snapshot=on
	[ -z "$VM_DISK_KEEPS" ] || vm_snapshot=off
	vm_serial=
	[ "$VM_DISK" != nvme ] || vm_serial=,serial=disk
	vm_volume=${VM_VOLUME:-$(dirname "$vm_disk")/volume.img}
	if [ -f "$vm_volume" ]; then
		set -- -drive "if=none,id=volume,format=raw,snapshot=on,file=$vm_volume" "$@"
		case ${VM_VOLUME_BUS:-virtio} in
		nvme) set -- -device nvme,serial=rampart,drive=volume,addr=6 "$@" ;;
		*) set -- -device virtio-blk-pci,drive=volume,addr=6 "$@" ;;
		esac
	fi
	[ -z "$SECURE_BOOT" ] || set -- -global driver=cfi.pflash01,property=secure,value=on "$@"
	case " $* " in # with -kernel QEMU starts that file first
	*' -kernel '*) vm_index= ;;
	esac
	vm_netdev=user,restrict=on,hostfwd=tcp:127.0.0.1:$PORT-:443
	vm_nic_index=
	case $VM_MEDIUM in
	disk) set -- -drive "if=none,id=disk,format=raw,snapshot=$vm_snapshot,file=$vm_disk" \
		-device "$VM_DISK,drive=disk,addr=4$vm_index$vm_serial" "$@" ;;
	cd) set -- -drive "if=none,id=disk,format=raw,media=cdrom,readonly=on,file=$vm_disk" \
		-device qemu-xhci,addr=4 -device "usb-storage,drive=disk$vm_index" "$@" ;;
	network)
		vm_nic_index=$vm_index
		vm_netdev=$vm_netdev,tftp=$(dirname "$vm_disk"),bootfile=$(basename "$vm_disk")
		;;
	esac
	[ ! -S "$vm_state/tpm.sock" ] || set -- -chardev "socket,id=tpm,path=$vm_state/tpm.sock" \
		-tpmdev emulator,id=tpm,chardev=tpm -device "$VM_TPM,tpmdev=tpm" "$@"
	exec qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
		-machine "$VM_MACHINE${SECURE_BOOT:+,smm=on},accel=$ACCEL" -cpu "$CPU_MODEL" -smp "$CPUS" -m "$MEMORY" \
		-drive "if=pflash,unit=0,format=raw,readonly=on,file=$OVMF_CODE" \
		-drive "if=pflash,unit=1,format=raw,file=$vm_state/vars.fd" \
		-netdev "${VM_NETDEV:-$vm_netdev},id=net" \
		-device "${VM_NIC:-virtio-net-pci},netdev=net,addr=5,romfile=,mac=52:54:00:72:61:6d$vm_nic_index" \
		-chardev "${VM_CONSOLE:-file,path=$vm_state/console.log},id=console" -serial chardev:console "$@"
}
