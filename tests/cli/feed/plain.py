# SPDX-License-Identifier: MIT
"""plain.py FOLDER GOLDEN [--plain]: a repository as python-tuf makes it, without a line of scripts/feed: two of three keys for root
and for targets, and then a second root in which one of the three, and the keys of snapshot and timestamp, are others. --plain:
without consistent snapshots. FOLDER/root.json is the first root."""

import datetime
import os
import sys

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import MetaFile, Metadata, Root, Snapshot, TargetFile, Targets, Timestamp

folder, golden = sys.argv[1:3]
consistent = "--plain" not in sys.argv
end = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=30)
keys = {name: CryptoSigner.generate_ed25519() for name in ("r1", "r2", "r3", "r4", "t1", "t2", "t3", "s1", "s2", "c1", "c2")}
os.makedirs(os.path.join(folder, "metadata"))


def save(metadata, name, signers):
    for signer in signers:
        metadata.sign(keys[signer], append=True)
    metadata.to_file(os.path.join(folder, "metadata", name + ".json"))


def versioned(metadata):
    signed = metadata.signed
    return f"{signed.version}.{signed.type}" if consistent or signed.type == "root" else signed.type


root = Metadata(Root(expires=end, consistent_snapshot=consistent))
for role, names, threshold in (("root", ("r1", "r2", "r3"), 2), ("targets", ("t1", "t2", "t3"), 2), ("snapshot", ("s1",), 1), ("timestamp", ("c1",), 1)):
    for name in names:
        root.signed.add_key(keys[name].public_key, role)
    root.signed.roles[role].threshold = threshold
save(root, "1.root", ("r1", "r3"))
with open(os.path.join(folder, "metadata", "1.root.json"), "rb") as file, open(os.path.join(folder, "root.json"), "wb") as pinned:
    pinned.write(file.read())
root.signed.revoke_key(keys["r1"].public_key.keyid, "root")
root.signed.add_key(keys["r4"].public_key, "root")
for role, old, new in (("snapshot", "s1", "s2"), ("timestamp", "c1", "c2")):
    root.signed.revoke_key(keys[old].public_key.keyid, role)
    root.signed.add_key(keys[new].public_key, role)
root.signed.version = 2
root.signatures.clear()
save(root, "2.root", ("r2", "r3", "r4"))

with open(golden, "rb") as file:
    data = file.read()
targets = Metadata(Targets(expires=end))
target = TargetFile.from_data("images/golden.json", data, ["sha512", "sha256"])
target.unrecognized_fields["custom"] = {
    "image": "test", "version": "1.2", "release": 1, "not_before": "2020-01-01T00:00:00Z", "not_after": "2040-01-01T00:00:00Z",
    "note": 'with "quotes", a \\ and an é',
}
targets.signed.targets[target.path] = target
for path in target.get_prefixed_paths() if consistent else [target.path]:
    os.makedirs(os.path.dirname(os.path.join(folder, "targets", path)), exist_ok=True)
    with open(os.path.join(folder, "targets", path), "wb") as file:
        file.write(data)
save(targets, versioned(targets), ("t3", "t2"))
snapshot = Metadata(Snapshot(expires=end))
save(snapshot, versioned(snapshot), ("s2",))
timestamp = Metadata(Timestamp(expires=end))
with open(os.path.join(folder, "metadata", versioned(snapshot) + ".json"), "rb") as file:
    timestamp.signed.snapshot_meta = MetaFile.from_data(1, file.read(), ["sha256"])
save(timestamp, "timestamp", ("c2",))
