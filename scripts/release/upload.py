# SPDX-License-Identifier: MIT
"""
UPLOAD.md: the forms of the disk, and how each is given to the machines that take it. Sources of commands and flags: the
reference pages of az, gcloud, aws and skopeo. Nobody has tried those for clouds.
"""
TEXT = """\
# {title}: its disk in other forms

All have the same partition, UKI and boot loader, byte by byte, so `golden.json` is true for each as far as it is the
image's: PCR 4, 5, 8, 9, 11 to 14. PCR 0 to 3, 6 and 7 are the platform's, and this release has those of one,
`{platform}`. A form is not published; `make {command} FORMAT=NAME` makes it, with these bytes:

| FORMAT | file | bytes | sha256 |
|---|---|---|---|
{formats}

The kernel has drivers for virtio and, for a volume, NVMe. Azure and AWS give a machine neither for its network, and
newer machines of Compute Engine do not: there this image powers off, saying that it finds no network. None of the
commands for clouds below has been tried with it.

## A machine of your own

    dd if=disk.img of=/dev/DISK bs=1M conv=fsync

`conv=fsync`: dd ends when all is on the disk, not when it was handed to the kernel. The partition table names the end of
the small disk, not of yours; firmware reads it all the same, and PCR 5 is the one of `golden.json`.

## libvirt, Proxmox, OpenStack

Take `raw` or `qcow2`, with UEFI firmware without Secure Boot (nothing here is signed for it) and a TPM 2.0. The disk is
never written to: give it read-only where that can be said.

## KubeVirt

    skopeo copy oci-archive:disk.containerdisk.tar docker://REGISTRY/NAME:{version}

`oci-archive:` is what the tar is. In the VirtualMachine: `firmware.bootloader.efi.secureBoot: false`, for the same reason;
`devices.tpm: {{}}`, which is a TPM that is new at each start, as the machine itself is; the disk as `containerDisk`.

## Google Compute Engine

    gcloud storage cp disk.gce.tar.gz gs://BUCKET/{name}.tar.gz
    gcloud compute images create {name} --source-uri=gs://BUCKET/{name}.tar.gz \\
        --guest-os-features=UEFI_COMPATIBLE,GVNIC
    gcloud compute instances create NAME --image={name} --shielded-vtpm --no-shielded-secure-boot

`UEFI_COMPATIBLE`: there is no boot sector for a BIOS. `GVNIC`: the network card of newer machines. `--shielded-vtpm`: no
TPM, no boot. `--no-shielded-secure-boot`: nothing here is signed with a key that Google's firmware has.

## Azure

    az disk create -g GROUP -n {name} --os-type Linux --hyper-v-generation V2 \\
        --upload-type Upload --upload-size-bytes {vhd_size}
    az disk grant-access -g GROUP -n {name} --access-level Write --duration-in-seconds 3600
    azcopy copy disk.vhd "SAS_OF_THE_LAST_COMMAND" --blob-type PageBlob
    az disk revoke-access -g GROUP -n {name}
    az sig image-definition create -g GROUP --gallery-name GALLERY --gallery-image-definition {name} \\
        --publisher P --offer O --sku S --os-type Linux --os-state Specialized --hyper-v-generation V2 \\
        --features SecurityType=TrustedLaunchSupported
    az sig image-version create -g GROUP --gallery-name GALLERY --gallery-image-definition {name} \\
        --gallery-image-version 1.0.0 --os-snapshot DISK_ID
    az vm create -g GROUP -n NAME --image VERSION_ID --specialized \\
        --security-type TrustedLaunch --enable-vtpm true --enable-secure-boot false

`V2`: UEFI. `--upload-size-bytes`: the whole file, with its footer. `PageBlob`: what a disk is stored as. A gallery, since a
machine with a TPM (Trusted Launch) is not made from a plain image. `Specialized`: no agent of Azure is in the image that
would report that it is ready. `--enable-secure-boot false`: nothing here is signed with Microsoft's keys.

## AWS

    aws s3 cp disk.img s3://BUCKET/{name}.img
    aws ec2 import-snapshot --disk-container Format=RAW,UserBucket={{S3Bucket=BUCKET,S3Key={name}.img}}
    aws ec2 register-image --name {name} --architecture x86_64 --virtualization-type hvm --boot-mode uefi \\
        --tpm-support v2.0 --ena-support --root-device-name /dev/xvda \\
        --block-device-mappings DeviceName=/dev/xvda,Ebs={{SnapshotId=SNAPSHOT}}

`--boot-mode uefi`: there is no boot sector for a BIOS. `--tpm-support v2.0`: no TPM, no boot; it asks for UEFI, and can only be
said here. `--ena-support`: the network card of all machines that have a TPM. `--root-device-name`: the disk to start from, by
the name that the mapping gives it.
"""


def write(release):
    asked, image = release.asked, release.image
    with open(release.join("formats.txt"), encoding="ascii") as file:
        formats = [line.split() for line in file]
    command = " ".join(["image", f"IMAGE={asked['image']}"] + ([f"MACHINE={asked['machine']}"] if "machine" in asked else []) +
                       [f"{name.upper()}=1" for name in ("debug", "volume") if asked[name]])
    text = TEXT.format(
        title=f"{image['name']} {image['version']}" + " (debug)" * image["debug"],
        name=image["name"],
        version=image["version"],
        platform=release.golden["platform"]["name"],
        command=command,
        formats="\n".join(f"| {'raw' if name == 'disk.img' else name.split('.')[1]} | {name} | {size} | {sha256} |"
                          for name, size, sha256 in formats),
        vhd_size=next(size for name, size, _ in formats if name == "disk.vhd"),
    )
    release.write("UPLOAD.md", text)
