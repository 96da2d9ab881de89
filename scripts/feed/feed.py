# SPDX-License-Identifier: MIT
"""feed.py COMMAND FEED ...: makes and renews a feed, a TUF repository of golden values, with python-tuf. FEED is a folder
that any web server can serve; rampart-feed(7) says what is in it and how it is used.

A KEY is the file of a private key of ed25519 (as ssh-keygen or `openssl genpkey` writes it) or ML-DSA-65 (`openssl genpkey
-algorithm ML-DSA-65`), or a file NAME.pub of one of ed25519 that ssh-agent holds ($SSH_AUTH_SOCK). Runs in the root of scripts/feed.lock; `make feed` enters it.
"""

import argparse
import datetime
import json
import os
import re
import shutil
import socket
import struct
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.exceptions import StorageError
from securesystemslib.signer import CryptoSigner, Signature, Signer, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import MetaFile, Metadata, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization.json import JSONSerializer

import mldsa

COUNTERS = "x-rampart-releases"  # a member of targets: the highest counter that each image ever had
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}")
GOLDEN = re.compile(r"golden(-cd|-network)?\.json")
GOLDEN_MAX = 192  # RELEASES_MAX of measure/verify/feed/releases.h
# What clients get of a release at once, and what those who build it again do; the rest is known by sha256sums.
SPEAKS = re.compile(GOLDEN.pattern + r"(\..*\.(sig|minisig)|\.(sig|minisig|tlog-proof))?|platform(-cd|-network)?\.json")
SOURCE = re.compile(r"sha256sums|sha256sums\..*\.(sig|minisig)|provenance\.intoto\.json|source\.tar")
KEYS = "secure-boot"  # a folder, with what a build for machines with Secure Boot needs


class Refused(Exception):
    """What is wrong, and what to do; one line."""


# ---- keys ----


class AgentSigner(Signer):
    """Signs by ssh-agent, which signs the very bytes that it gets: draft-ietf-sshm-ssh-agent, "Signing operations"."""

    def __init__(self, public_key, blob):
        self.key, self.blob = public_key, blob

    @property
    def public_key(self):
        return self.key

    @classmethod
    def from_priv_key_uri(cls, priv_key_uri, public_key, secrets_handler=None):
        raise NotImplementedError("by its file NAME.pub only")

    def sign(self, payload):
        def text(data):
            return struct.pack(">I", len(data)) + data

        with socket.socket(socket.AF_UNIX) as agent:
            try:
                agent.connect(os.environ["SSH_AUTH_SOCK"])
            except (KeyError, OSError) as error:
                raise Refused(f"ssh-agent cannot be reached by $SSH_AUTH_SOCK: {error}") from error
            agent.sendall(text(b"\x0d" + text(self.blob) + text(payload) + bytes(4)))
            stream = agent.makefile("rb")
            answer = stream.read(struct.unpack(">I", stream.read(4))[0])
        if answer[:1] != b"\x0e" or answer[9:20] != b"ssh-ed25519":
            raise Refused("ssh-agent does not sign with this key; is it added? (ssh-add -l)")
        return Signature(self.key.keyid, answer[-64:].hex())


def load_key(path):
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
    try:
        if path.endswith(".pub"):
            import base64

            public = serialization.load_ssh_public_key(data)
            signer = AgentSigner(SSlibKey.from_crypto(public), base64.b64decode(data.split()[1]))
        else:
            ssh = b"OPENSSH PRIVATE KEY" in data
            signer = None if ssh else mldsa.load(path)
            if signer:
                return signer
            load = serialization.load_ssh_private_key if ssh else serialization.load_pem_private_key
            private = load(data, None)
            public = private.public_key()
            signer = CryptoSigner(private, SSlibKey.from_crypto(public)) if isinstance(public, Ed25519PublicKey) else None
    except (ValueError, TypeError) as error:
        raise Refused(f"{path}: not a key without a passphrase; one with it goes into ssh-agent, give its .pub") from error
    if not isinstance(public, Ed25519PublicKey):
        raise Refused(f"{path}: not an ed25519 key; make one by: ssh-keygen -t ed25519 (or openssl genpkey -algorithm ML-DSA-65)")
    return signer


def load_keys(paths):
    signers = [load_key(path) for path in paths or []]
    if len({signer.public_key.keyid for signer in signers}) != len(signers):
        raise Refused("the same key is given twice")
    return signers


# ---- the folder ----


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def in_days(days):
    return now() + datetime.timedelta(days=days)


def write(path, data):
    """Whole or not at all."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".part", "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".part", path)


def copy(source, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copyfile(source, path + ".part")
    with open(path + ".part", "rb") as file:
        os.fsync(file.fileno())
    os.replace(path + ".part", path)


class Feed:
    """A feed's current metadata. What is changed is signed and written by save(), the timestamp last."""

    def __init__(self, path):
        self.path = path
        self.root = self.load(f"{max(self.versions(), default=0)}.root")
        self.timestamp = self.load("timestamp")
        self.snapshot = self.load(f"{self.timestamp.signed.snapshot_meta.version}.snapshot")
        self.targets = self.load(f"{self.snapshot.signed.meta['targets.json'].version}.targets")

    def versions(self):
        try:
            names = os.listdir(os.path.join(self.path, "metadata"))
        except OSError as error:
            raise Refused(f"{self.path}: not a feed ({error.strerror}); make one by: init") from error
        return [int(name[: -len(".root.json")]) for name in names if re.fullmatch(r"\d+\.root\.json", name)]

    def load(self, name):
        try:
            return Metadata.from_file(os.path.join(self.path, "metadata", name + ".json"))
        except (OSError, RepositoryError, StorageError) as error:
            raise Refused(f"{self.path}/metadata/{name}.json cannot be read: {error}") from error

    def put(self, metadata, signers):
        role = metadata.signed.type
        metadata.signatures.clear()
        for signer in signers:
            metadata.sign(signer, append=True)
        if role != Root.type:
            self.require(metadata, self.root.signed)
        name = role if role == Timestamp.type else f"{metadata.signed.version}.{role}"
        write(os.path.join(self.path, "metadata", name + ".json"), metadata.to_bytes(JSONSerializer(compact=True)))

    @staticmethod
    def require(metadata, root):
        """What clients would refuse is not written."""
        role = metadata.signed.type
        result = root.get_verification_result(role, metadata.signed_bytes, metadata.signatures)
        if not result:
            raise Refused(
                f"{role}: {len(result.signed)} of the {result.threshold} signatures that root {root.version} asks for: "
                "give more keys, or the right ones"
            )

    def save_targets(self, signers, days):
        self.targets.signed.version += 1
        self.targets.signed.expires = in_days(days)
        self.put(self.targets, signers)

    def save_online(self, signers, days, force=False):
        """Timestamp, and snapshot where targets moved or half of its time is over."""
        snapshot, meta = self.snapshot.signed, self.snapshot.signed.meta["targets.json"]
        if force or meta.version != self.targets.signed.version or snapshot.expires < in_days(2 * days):
            snapshot.meta["targets.json"] = self.describe(self.targets)
            snapshot.version += 1
            snapshot.expires = in_days(4 * days)
            self.put(self.snapshot, signers)
        self.timestamp.signed.snapshot_meta = self.describe(self.snapshot)
        self.timestamp.signed.version += 1
        self.timestamp.signed.expires = in_days(days)
        self.put(self.timestamp, signers)

    def describe(self, metadata):
        signed = metadata.signed
        with open(os.path.join(self.path, "metadata", f"{signed.version}.{signed.type}.json"), "rb") as file:
            return MetaFile.from_data(signed.version, file.read(), ["sha256"])


# ---- commands ----


def set_keys(root, role, signers, threshold):
    for keyid in list(root.roles[role].keyids):
        root.revoke_key(keyid, role)
    for signer in signers:
        root.add_key(signer.public_key, role)
    root.roles[role].threshold = threshold or len(signers)
    if not 1 <= root.roles[role].threshold <= len(signers):
        raise Refused(f"{role}: a threshold of {threshold} with {len(signers)} keys")


def do_init(args):
    if os.path.exists(os.path.join(args.feed, "metadata")):
        raise Refused(f"{args.feed}: is a feed already")
    root_keys, targets_keys, online = map(load_keys, (args.root, args.targets, args.online))
    feed = Feed.__new__(Feed)
    feed.path = args.feed
    feed.root = Metadata(Root(expires=in_days(args.root_days), consistent_snapshot=True))
    set_keys(feed.root.signed, "root", root_keys, args.root_threshold)
    set_keys(feed.root.signed, "targets", targets_keys, args.targets_threshold)
    for role in ("snapshot", "timestamp"):
        set_keys(feed.root.signed, role, online, 1)
    feed.targets, feed.snapshot, feed.timestamp = Metadata(Targets()), Metadata(Snapshot()), Metadata(Timestamp())
    for metadata in (feed.targets, feed.snapshot, feed.timestamp):
        metadata.signed.version = 0  # the first that is written is 1
    feed.put(feed.root, root_keys)
    feed.require(feed.root, feed.root.signed)
    feed.save_targets(targets_keys, args.targets_days)
    feed.save_online(online, args.days, force=True)


def read_golden(path):
    try:
        with open(path, "rb") as file:
            image = json.load(file)["image"]
        name, version, release = image["name"], image["version"], image.get("release")
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}; the folder of a release is wanted") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"{path}: not golden values: {error}") from error
    for word in (name, version):
        if not isinstance(word, str) or not WORD.fullmatch(word):
            raise Refused(f"{path}: image name and version must be of letters, digits and . _ + ~ -: {word}")
    if release is not None and (not isinstance(release, int) or release < 1):
        raise Refused(f"{path}: image.release is not a number from 1, as a feed counts: {release}")
    return name, version, release


def is_golden(path):
    return GOLDEN.fullmatch(os.path.basename(path)) is not None


def time_of(text):
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"):
        try:
            return datetime.datetime.strptime(text, form).strftime("%Y-%m-%dT%H:%M:%SZ")
        except ValueError:
            pass
    raise argparse.ArgumentTypeError("not a time as 2026-11-30 or 2026-11-30T07:00:00Z")


def counter_of(targets, image, version, asked):
    """The same for other platforms of a version; else the next one, unless it is said, by golden values as well."""
    same = [t.custom["release"] for t in targets.targets.values() if t.custom and (t.custom.get("image"), t.custom.get("version")) == (image, version)]
    counters = targets.unrecognized_fields.setdefault(COUNTERS, {})
    number = asked or (same[0] if same else counters.get(image, 0) + 1)
    if not same and number <= counters.get(image, 0):
        raise Refused(f"release {number} of {image}: {counters[image]} was there before, and clients refuse to go back")
    counters[image] = max(number, counters.get(image, 0))
    return number


def names_of(folder, whole):
    """What of a release's folder becomes targets: what is there, and if it is whole, of everything that it lists."""
    listed = []
    if whole:
        with open(os.path.join(folder, "sha256sums"), encoding="utf-8") as file:
            listed = [line.rstrip("\r\n")[66:] for line in file if line.strip() and not line.startswith("#")]
    bad = [name for name in listed if not all(part and part[0] != "." for part in name.split("/"))]
    if bad:
        raise Refused(f"{folder}/sha256sums: {bad[0]}: not a file below the folder")
    beside = [name for name in os.listdir(folder) if SPEAKS.fullmatch(name) or SOURCE.fullmatch(name)]
    if os.path.isdir(os.path.join(folder, KEYS)):
        beside += [f"{KEYS}/{name}" for name in os.listdir(os.path.join(folder, KEYS))]
    return sorted(set(beside + listed))


def do_add(args):
    feed, targets_keys, online = Feed(args.feed), load_keys(args.targets), load_keys(args.online)
    golden = os.path.join(args.release_folder, "golden.json")
    image, version, release = read_golden(golden)
    if args.release and release and args.release != release:
        raise Refused(f"{golden}: it is release {release} by its own word, and --release says {args.release}")
    targets = feed.targets.signed
    if args.not_after <= args.not_before:
        raise Refused("--not-after is not later than --not-before")
    custom = {"image": image, "version": version, "release": counter_of(targets, image, version, args.release or release),
              "not_before": args.not_before, "not_after": args.not_after}
    folder = "/".join(word for word in (image, version, args.platform) if word)
    names = names_of(args.release_folder, args.whole)
    left = [path for path in targets.targets if is_golden(path) and os.path.dirname(path) == folder and os.path.basename(path) not in names]
    if left:
        raise Refused(f"{args.release_folder}: without {os.path.basename(left[0])}, which the feed has of this version; revoke {folder} first")
    for name in names:
        source = os.path.join(args.release_folder, name)
        target = TargetFile.from_file(f"{folder}/{name}", source, ["sha256"])
        if GOLDEN.fullmatch(name):
            old = targets.targets.get(target.path)
            if read_golden(source) != (image, version, release):
                raise Refused(f"{source}: not of the same image, version and release as golden.json")
            if old and old.hashes != target.hashes:
                raise Refused(f"{target.path} is there with other values; another platform goes to --platform NAME, a new build to a new version")
            target.unrecognized_fields["custom"] = custom
        targets.targets[target.path] = target
        copy(source, os.path.join(args.feed, "targets", target.get_prefixed_paths()[0]))
    if sum(is_golden(path) for path in targets.targets) > GOLDEN_MAX:
        raise Refused(f"more than {GOLDEN_MAX} files of golden values, which clients refuse; revoke old releases")
    feed.save_targets(targets_keys, args.targets_days)
    feed.save_online(online, args.days)
    print(f"{folder}/golden.json: release {custom['release']}, from {args.not_before} until {args.not_after}")


def do_revoke(args):
    feed, targets_keys, online = Feed(args.feed), load_keys(args.targets), load_keys(args.online)
    targets = feed.targets.signed.targets
    # Golden values go with those of other media beside them, and with what speaks for these.
    folder = os.path.dirname(args.path) if is_golden(args.path) and args.path in targets else None
    gone = [path for path in targets if path == args.path or path.startswith(args.path.rstrip("/") + "/")
            or os.path.dirname(path) == folder and SPEAKS.fullmatch(os.path.basename(path))]
    if not gone:
        raise Refused(f"{args.path}: not in the feed; it has " + ", ".join(sorted(p for p in targets if is_golden(p))))
    for path in gone:
        del targets[path]
    feed.save_targets(targets_keys, args.targets_days)
    feed.save_online(online, args.days)
    print("\n".join(f"{path}: revoked" for path in sorted(gone)))


def do_renew(args):
    feed, targets_keys, online = Feed(args.feed), load_keys(args.targets), load_keys(args.online)
    feed.save_targets(targets_keys, args.targets_days)
    feed.save_online(online, args.days)


def do_refresh(args):
    feed = Feed(args.feed)
    feed.save_online(load_keys(args.online), args.days)
    for metadata in (feed.root, feed.targets):
        left = metadata.signed.expires - now()
        if left.days < 14:
            print(f"{metadata.signed.type} ends in {left.days} days: renew it with its keys", file=sys.stderr)


def do_rotate(args):
    feed, old = Feed(args.feed), load_keys(args.root)
    before, root = feed.root.signed, Metadata.from_bytes(feed.root.to_bytes())
    signers = {signer.public_key.keyid: signer for signer in old}
    root.signed.version += 1
    root.signed.expires = in_days(args.root_days)
    targets_keys, online = load_keys(args.targets), load_keys(args.online)
    if args.new_root:
        new = load_keys(args.new_root)
        set_keys(root.signed, "root", new, args.root_threshold)
        signers.update({signer.public_key.keyid: signer for signer in new})
    if targets_keys:
        set_keys(root.signed, "targets", targets_keys, args.targets_threshold)
    if online:
        for role in ("snapshot", "timestamp"):
            set_keys(root.signed, role, online, 1)
    if targets_keys and not online:
        raise Refused("with new keys for targets a new snapshot has to be signed: give --online, too, the old key or a new one")
    root.signatures.clear()
    for signer in signers.values():
        root.sign(signer, append=True)
    for judge in (before, root.signed):
        feed.require(root, judge)
    feed.root = root
    feed.put(root, signers.values())
    if targets_keys:
        feed.save_targets(targets_keys, args.targets_days)
    if online:
        feed.save_online(online, args.days, force=True)
    print(f"root version {root.signed.version}")


def parse(argv):
    parser = argparse.ArgumentParser(prog="feed", description=__doc__.split("\n\n")[0], allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name, run, text, *keys, needed=True):
        sub = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        sub.set_defaults(run=run)
        sub.add_argument("feed", metavar="FEED")
        for key in keys:
            sub.add_argument("--" + key, action="append", metavar="KEY", required=needed or key == "root", help=f"a key for {key}; again for more")
        sub.add_argument("--days", type=int, default=7, help="how long the timestamp is valid (7); a snapshot four times as long")
        sub.add_argument("--targets-days", type=int, default=180, help="how long targets is valid (180)")
        sub.add_argument("--root-days", type=int, default=730, help="how long root is valid (730)")
        return sub

    def thresholds(sub):
        sub.add_argument("--root-threshold", type=int, metavar="N", help="so many of the root keys sign (all)")
        sub.add_argument("--targets-threshold", type=int, metavar="N", help="so many of the keys for targets sign (all)")

    thresholds(command("init", do_init, "makes a feed without releases", "root", "targets", "online"))
    add = command("add", do_add, "adds a release, or changes when it is valid", "targets", "online")
    add.add_argument("release_folder", metavar="RELEASE", help="its folder, with golden.json")
    add.add_argument("--not-before", required=True, type=time_of, metavar="TIME")
    add.add_argument("--not-after", required=True, type=time_of, metavar="TIME")
    add.add_argument("--release", type=int, metavar="N", help="its counter (that of this version, or the image's next)")
    add.add_argument("--whole", action="store_true", help="all files of the release, the disk too; else what speaks for it, and its source")
    add.add_argument("--platform", metavar="NAME", help="for several golden values of one version")
    revoke = command("revoke", do_revoke, "takes a release back, from the next look of each client on", "targets", "online")
    revoke.add_argument("path", metavar="PATH", help="IMAGE/VERSION, or its golden.json: then the values of all its media")
    command("renew", do_renew, "signs targets anew, before it ends", "targets", "online")
    command("refresh", do_refresh, "signs timestamp anew, and snapshot if need be: daily", "online")
    rotate = command("rotate", do_rotate, "a new root: with a later end, and other keys for the roles that are given", "root", "targets", "online", needed=False)
    rotate.add_argument("--new-root", action="append", metavar="KEY", help="a key for root from now on; again for more")
    thresholds(rotate)
    return parser.parse_args(argv)


def main(argv):
    args = parse(argv)
    try:
        args.run(args)
    except Refused as error:
        print(f"feed: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"feed: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
