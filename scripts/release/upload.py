# SPDX-License-Identifier: MIT
"""
UPLOAD.md: the forms of the disk, and how each is given to the machines that take it. Sources of commands and flags: the
reference pages of az, gcloud, aws and skopeo; of keys, Google's "Creating custom shielded images", Microsoft's "Secure Boot
UEFI keys" and "Gallery Image Versions", AWS's "UEFI Secure Boot". Nobody has tried those for clouds.
"""
import os

TEXT = """\
# {title}: its disk in other forms

All have the same partition, UKI and boot loader, byte by byte, so `golden.json` is true for each as far as it is the
image's: {pcrs}, and this release has those of one,
`{platform}`. `make {command} FORMAT=NAME` makes a form that is not in this folder, with these bytes:

| FORMAT | file | bytes | sha256 |
|---|---|---|---|
{formats}

The kernel has drivers for virtio and, for a volume, NVMe. Azure and AWS give a machine neither for its network, and
newer machines of Compute Engine do not: there this image powers off, saying that it finds no network. None of the
commands for clouds below has been tried with it.
{secure_boot}{updates}
## A machine of your own

    dd if=disk.img of=/dev/DISK bs=1M conv=fsync

`conv=fsync`: dd ends when all is on the disk, not when it was handed to the kernel. The partition table names the end of
the small disk, not of yours; firmware reads it all the same, and PCR 5 is the one of `golden.json`.{metal}

## libvirt, Proxmox, OpenStack

Take `raw` or `qcow2`, with UEFI firmware {firmware} and a TPM 2.0. {writing}

## A server, by its BMC or over the network

With Redfish (DMTF DSP0266 and its schema ComputerSystem; M, V and S are names of this BMC's):

    curl -u USER https://BMC/redfish/v1/Managers/M/VirtualMedia/V/Actions/VirtualMedia.InsertMedia \\
        --json '{{"Image": "https://HOST/disk.iso"}}'
    curl -u USER -X PATCH https://BMC/redfish/v1/Systems/S --json '{{"Boot": {{"BootSourceOverrideTarget": "Cd",
        "BootSourceOverrideEnabled": "Continuous", "BootSourceOverrideMode": "UEFI"}}}}'

`iso` as a virtual CD; written to a USB stick it is the disk. `UEFI`: there is no boot sector for a BIOS. `Continuous`: each
start is from there. In place of `Cd`, `"UefiHttp", "HttpBootUri": "http://HOST/rampart.efi"` has the firmware fetch the UKI
of this folder and start it without a boot loader; plain HTTP is enough, since PCR 4 says what came. A server's cards want an
image of the kind `metal`; a volume is an NVMe disk there, never USB. Neither CD nor network has the values of `golden.json`,
but those of `rampart predict --medium cd` and `--medium network`{media}. None of this has been tried with a BMC.

## KubeVirt

    skopeo copy oci-archive:disk.containerdisk.tar docker://REGISTRY/NAME:{version}

`oci-archive:` is what the tar is. In the VirtualMachine: `firmware.bootloader.efi.secureBoot: false`, {kubevirt};
`devices.tpm: {{}}`, which is a TPM that is new at each start, as the machine itself is; the disk as `containerDisk`.

## Google Compute Engine

    gcloud storage cp disk.gce.tar.gz gs://BUCKET/{name}.tar.gz
    gcloud compute images create {name} --source-uri=gs://BUCKET/{name}.tar.gz \\
        --guest-os-features=UEFI_COMPATIBLE,GVNIC{gce_keys}
    gcloud compute instances create NAME --image={name} --shielded-vtpm {gce}

`UEFI_COMPATIBLE`: there is no boot sector for a BIOS. `GVNIC`: the network card of newer machines. `--shielded-vtpm`: no
TPM, no boot. {gce_why}

## Azure

    az disk create -g GROUP -n {name} --os-type Linux --hyper-v-generation V2 \\
        --upload-type Upload --upload-size-bytes {vhd_size}
    az disk grant-access -g GROUP -n {name} --access-level Write --duration-in-seconds 3600
    azcopy copy disk.vhd "SAS_OF_THE_LAST_COMMAND" --blob-type PageBlob
    az disk revoke-access -g GROUP -n {name}
    az sig image-definition create -g GROUP --gallery-name GALLERY --gallery-image-definition {name} \\
        --publisher P --offer O --sku S --os-type Linux --os-state Specialized --hyper-v-generation V2 \\
        --features SecurityType=TrustedLaunchSupported
{azure_version}
    az vm create -g GROUP -n NAME --image VERSION_ID --specialized \\
        --security-type TrustedLaunch --enable-vtpm true --enable-secure-boot {azure}

`V2`: UEFI. `--upload-size-bytes`: the whole file, with its footer. `PageBlob`: what a disk is stored as. A gallery, since a
machine with a TPM (Trusted Launch) is not made from a plain image. `Specialized`: no agent of Azure is in the image that
would report that it is ready. {azure_why}

## AWS

    aws s3 cp disk.img s3://BUCKET/{name}.img
    aws ec2 import-snapshot --disk-container Format=RAW,UserBucket={{S3Bucket=BUCKET,S3Key={name}.img}}
    aws ec2 register-image --name {name} --architecture x86_64 --virtualization-type hvm --boot-mode uefi \\
        --tpm-support v2.0 --ena-support --root-device-name /dev/xvda \\
        --block-device-mappings DeviceName=/dev/xvda,Ebs={{SnapshotId=SNAPSHOT}}{aws_keys}

`--boot-mode uefi`: there is no boot sector for a BIOS. `--tpm-support v2.0`: no TPM, no boot; it asks for UEFI, and can only be
said here. `--ena-support`: the network card of all machines that have a TPM. `--root-device-name`: the disk to start from, by
the name that the mapping gives it.{aws_why}
"""

MEDIA = {
    "iso": "; of the platform above, with\na CD drive at USB, they are `golden-cd.json`",
    "netboot": "; of that platform without a\ndisk, which gets the UKI from the network, they are `golden-network.json`",
}
READ_ONLY = "The disk is\nnever written to: give it read-only where that can be said."
COUNTED = "systemd-boot\nwrites to the disk while it counts the boots of an update, and only then: give it writable."
# What differs with Secure Boot: without it, and with it.
PLAIN = {
    "pcrs": "PCR 4, 5, 8, 9, 11 to 14. PCR 0 to 3, 6 and 7 are the platform's",
    "metal": "",
    "firmware": "without Secure Boot (nothing here is signed for it)",
    "kubevirt": "for the same reason",
    "gce_keys": "",
    "gce": "--no-shielded-secure-boot",
    "gce_why": "`--no-shielded-secure-boot`: nothing here is signed with a key that Google's firmware has.",
    "azure_version": """\
    az sig image-version create -g GROUP --gallery-name GALLERY --gallery-image-definition {name} \\
        --gallery-image-version 1.0.0 --os-snapshot DISK_ID""",
    "azure": "false",
    "azure_why": "`--enable-secure-boot false`: nothing here is signed with Microsoft's keys.",
    "aws_keys": "",
    "aws_why": "",
}
SIGNED = {
    "pcrs": "PCR 4, 5, 7 to 9, 11 to 14. PCR 0 to 3 and 6 are the platform's",
    "metal": """

A machine whose firmware is in setup mode (its keys are cleared) is given the keys by systemd-boot, from `loader/keys/auto` on
the disk, and starts anew; it waits for 15 s before, on metal.""",
    "firmware": """that has Secure Boot and either is in setup mode, and then
takes its keys from the disk, or has `secure-boot.fd` as its variables (`OVMF_CODE_4M.secboot.fd`, with SMM),""",
    "kubevirt": """since with Secure Boot it has keys
of its own, for which nothing here is signed. PCR 4 and 7 are not those of `golden.json` then: take a release without Secure Boot""",
    "gce_keys": """ \\
        --platform-key-file=secure-boot/PK.der --key-exchange-key-file=secure-boot/KEK.der \\
        --signature-database-file=secure-boot/db.der""",
    "gce": "--shielded-secure-boot",
    "gce_why": """`--platform-key-file` and those behind it:
instead of Google's and Microsoft's keys. `--shielded-secure-boot`: PCR 4 and 7 of `golden.json` are of a machine that has it on.""",
    "azure_version": """\
    az rest --method put --url "https://management.azure.com/GALLERY_ID/images/{name}/versions/1.0.0?api-version=2024-03-03" \\
        --body '{{"location": "LOCATION", "properties": {{
            "publishingProfile": {{"targetRegions": [{{"name": "LOCATION"}}]}},
            "storageProfile": {{"osDiskImage": {{"source": {{"id": "DISK_ID"}}}}}},
            "securityProfile": {{"uefiSettings": {{"signatureTemplateNames": ["NoSignatureTemplate"], "additionalSignatures": {{
                "pk": {{"type": "x509", "value": ["'"$(base64 -w0 secure-boot/PK.der)"'"]}},
                "kek": [{{"type": "x509", "value": ["'"$(base64 -w0 secure-boot/KEK.der)"'"]}}],
                "db": [{{"type": "x509", "value": ["'"$(base64 -w0 secure-boot/db.der)"'"]}}]}}}}}}}}}}'""",
    "azure": "true",
    "azure_why": """`az rest`, since `az sig` has no word for keys;
`NoSignatureTemplate`: without Microsoft's. `--enable-secure-boot true`: PCR 4 and 7 of `golden.json` are of a machine that has it.""",
    "aws_keys": """ \\
        --uefi-data "$(cat secure-boot.aws)\"""",
    "aws_why": " `--uefi-data`: the\nmachine's variables, its keys; with a PK there, Secure Boot is on.",
}
KEYS = """
## Keys

The boot loader and the UKI are signed, so each machine needs these keys, and Secure Boot. Private keys are not here.
A cloud that adds entries of its own to a variable has another PCR 7, and its machines do not hold.{dbx}

| file | bytes | what |
|---|---|---|
{files}
"""
DBX = """ The variable dbx has
to be `secure-boot/dbx.esl`: `secure-boot.aws`, `secure-boot.fd` and the disk have it; on Compute Engine add
`--forbidden-database-file=secure-boot/dbx.esl`, on Azure `"dbx"` with the hashes or certificates in it."""
WHAT = {
    "auth": "signed for `SetVariable`, as systemd-boot gives it to a machine without keys",
    "der": "certificate, for Compute Engine and Azure",
    "esl": "signature lists, the bytes that PCR 7 measures",
    "p7": "signature of the program",
    "fd": "variables of OVMF",
    "aws": "variables for AWS",
}
UPDATES = """
## Updates

The disk has room for two UKIs of at most {updates} MiB. A machine that has it is given this release by

    rampart update DISK rampart.efi{keys}

as long as boot loader and `loader.conf` on it are the same; rampart-update(1). Its golden values are the ones here.
"""


def table(rows):
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)


def keys(release):
    """What is published of the keys, and how large it is."""
    names = [name for name, _ in release.files() if name.startswith("secure-boot")]
    rows = [(name, os.path.getsize(release.join(name)), WHAT[name.rpartition(".")[2]]) for name in names]
    return KEYS.format(files=table(rows), dbx=DBX if "secure-boot/dbx.esl" in names else "")


def write(release):
    asked, image = release.asked, release.image
    signed = "secure_boot" in asked
    with open(release.join("formats.txt"), encoding="ascii") as file:
        formats = [line.split() for line in file]
    variant = {key: text.format(name=image["name"]) for key, text in (SIGNED if signed else PLAIN).items()}
    updates = {"updates": asked.get("updates_mib"), "keys": " --secure-boot secure-boot" * signed}
    text = TEXT.format(
        title=f"{image['name']} {image['version']}" + " (debug)" * image["debug"],
        name=image["name"],
        version=image["version"],
        platform=release.golden["platform"]["name"],
        command=" ".join(["image", *release.words]),
        formats=table(("raw" if name == "disk.img" else name.split(".")[1], name, size, sha256) for name, size, sha256 in formats),
        vhd_size=next(size for name, size, _ in formats if name == "disk.vhd"),
        secure_boot=keys(release) if signed else "",
        media="".join(MEDIA[name] for name in release.formats),
        writing=COUNTED if "updates_mib" in asked else READ_ONLY,
        updates=UPDATES.format(**updates) if "updates_mib" in asked else "",
        **variant,
    )
    release.write("UPLOAD.md", text)
