# SPDX-License-Identifier: MIT
"""REBUILD.md: how a stranger rebuilds this release and checks a machine, with this release's own values."""
import os

from inputs import GPU_FILES, given

TEXT = """\
# {title}

Everything here is a function of `source.tar` and of what its locks pin by sha256. No file has a time, a name or
a path of whoever built it, so a rebuild gives the same bytes.

## Rebuild and compare

On a Debian 12 or 13 machine (x86-64) with `make`, `git` and `mmdebstrap`, from the folder that has this one:

    rampart rebuild-check RELEASE

It builds in a fresh folder, compares each file, and exits 0 only if all are equal; `--key KEY` then adds your own
signature. It runs the build that is in `source.tar`, as you; read it first, or use a machine that you can spare.
By hand it is:

    sha256sum --check sha256sums
{here}    mkdir /tmp/rebuild && tar -xf source.tar -C /tmp/rebuild
    make -C /tmp/rebuild {command}
    diff -r . /tmp/rebuild/{folder}

The only differences may be signatures (`*.sig`, `*.minisig`, `*.cose`). The build downloads what is not in its cache; to build without
network, give it a cache that has everything (RAMPART_CACHE=).
{model}{layout}{gpu}{secure_boot}
## Who signed

    ssh-keygen -Y verify -n rampart-golden -f ALLOWED_SIGNERS -I NAME -s golden.json.NAME.sig <golden.json
    ssh-keygen -Y verify -n rampart-release -f ALLOWED_SIGNERS -I NAME -s sha256sums.NAME.sig <sha256sums
    minisign -V -p PUBLIC_KEY -m golden.json -x golden.json.NAME.minisig
    sed '1d;$d' golden.json.NAME.sig | base64 -d >signature      # if it begins with "-----BEGIN ML-DSA-65 SIGNATURE-----"
    openssl pkeyutl -verify -rawin -pubin -inkey PUBLIC_KEY -in golden.json -sigfile signature -pkeyopt context-string:rampart-golden

`sha256sums` covers every other file here; `golden.json` and, if they are there, `golden-cd.json` and `golden-network.json` are signed
by themselves too, since one is all that a client needs; `corim.cbor.NAME.cose`
is `corim.cbor`, signed, for verifiers that take CoRIM.

## Check a machine

    rampart verify https://HOST:PORT --golden golden.json --roots ROOTS
{media}
| PCR | {bank} | from |
|---|---|---|
{pcrs}

## Files

`rampart-release`(5) describes each file.
"""

MODEL = """
This release was built with a model from outside of the source tree. The rebuild needs that file, as `MODEL=/PATH` in the
environment; its digest must be {digest}.
"""

LAYOUT = """
This release was built with a container from outside of the source tree. The rebuild needs it, as `LAYOUT=/PATH` in the
environment, in any form; the file system that is made of it must have the digest {digest}.
"""

GPU = """
This release was built with {name}, a file from outside of the source tree. The rebuild needs that file, as `{name}=/PATH`
and `{name}_SHA256={digest}` in the environment.
"""

SECURE_BOOT = """
The boot loader and the UKI are signed for Secure Boot, with a key that this release does not have. The rebuild makes both
without a signature, as it makes all else, and puts on them the signatures in `secure-boot/`, which are this release's own; so
every file can be the same, byte by byte. That each signature is one of what was built, by a certificate in
`secure-boot/db.esl`, is checked then: golden values are not computed else. What nobody can do without the key is sign another
program, so a change to the source has no such release. The digest without signatures, which PCR 4 of `golden.json` has as well:

    pesign --hash --in rampart.efi --digest_type {bank}
"""


MEDIA = {
    "iso": "\nOf a machine that has `disk.iso` in a CD drive, `golden-cd.json` is the one.\n",
    "netboot": "\nOf a machine that gets `rampart.efi` from the network, `golden-network.json` is the one.\n",
}


def accepted(entry):
    """What golden values say of a PCR, in words where that is not one value."""
    if "unchecked" in entry:
        return "not checked: " + entry["unchecked"].replace("|", "&#124;")
    if "values" in entry:
        return "one of " + ", ".join(entry["values"])
    return entry["value"] or ("by its events" if "by" in entry else "differs with every boot")


def write(release):
    asked, image = release.asked, release.image
    # One on a volume is named by its fs-verity digest.
    containers = [p.get("digest") or "sha256:" + p["sha256"] for p in release.golden["payloads"] if p["kind"] == "container"]
    models = [p["digest"] for p in release.golden["payloads"] if p["kind"] == "model"]
    form = [f'FORMAT="{asked["format"]}"'] if release.formats else []
    form += [f"PLATFORM={asked['platform']}"] if "platform" in asked else []
    pcrs = release.golden["pcrs"][release.bank].items()
    text = TEXT.format(
        title=f"{image['name']} {image['version']}" + " (debug)" * image["debug"],
        command=" ".join(["release", *release.words, *form, f"MEMORY={asked['memory_mib']}", f"CPUS={asked['cpus']}"]),
        media="".join(MEDIA[name] for name in release.formats),
        folder=f"{release.folder}/release",
        model=MODEL.format(digest=" ".join(models)) if asked["model"] else "",
        # Where enter.sh shows it. Unlike a model it is not asked for in the provenance: image.conf may name it too.
        layout=LAYOUT.format(digest=" ".join(containers)) if os.environ.get("LAYOUT") else "",
        gpu="".join(GPU.format(name=name, digest=digest) for name, digest in given(GPU_FILES)),
        here="    RELEASE=$PWD\n" if "secure_boot" in asked else "",
        secure_boot=SECURE_BOOT.format(bank=release.bank) if "secure_boot" in asked else "",
        bank=release.bank,
        pcrs="\n".join(f"| {n} | {accepted(e)} | {e['from']} |" for n, e in pcrs),
    )
    release.write("REBUILD.md", text)
