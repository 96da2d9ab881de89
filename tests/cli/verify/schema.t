#!/bin/sh
# SPDX-License-Identifier: MIT
# measure/evidence.schema.json: is a schema, takes evidence, and refuses what the library refuses.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
schema=$PWD/measure/evidence.schema.json
build/host/files "$dir"
result $? "evidence is made"

cat >"$dir/check.py" <<'PYTHON'
import copy, json, sys
from jsonschema import Draft202012Validator

schema, evidence = (json.load(open(path)) for path in sys.argv[1:3])
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
print("good", validator.is_valid(evidence))

def objects(value):
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from objects(member)

taken = []
n = len(list(objects(evidence)))
for i in range(n):
    for key in list(list(objects(evidence))[i]):
        for lie in ("missing", "null", "extra"):
            changed = copy.deepcopy(evidence)
            at = list(objects(changed))[i]
            if lie == "missing":
                del at[key]
            elif lie == "null":
                at[key] = None
            else:
                at["another"] = at[key]
            if validator.is_valid(changed):
                taken.append(f"{lie} {key}")
print("taken", taken)

lies = {
    "short nonce": ("nonce", "QUJD"),
    "not base64": ("quote", "QUJ"),
    "other version": ("schema", "rampart-evidence/2"),
    "long certificate": ("certificate", "A" * 24000),
    "upper case": ("pcrs", {"sha256": ["A" * 64] * 16}),
    "15 PCRs": ("pcrs", {"sha256": ["0" * 64] * 15}),
    "unknown bank": ("pcrs", {"sm3_256": ["0" * 64] * 16}),
    "no bank": ("pcrs", {}),
    "many certificates": ("ek", {"certificates": ["QUJD"] * 9}),
    "long path": ("path", dict(evidence["path"], siblings=evidence["path"]["siblings"][:1] * 13)),
}
second = {key: value for key, value in evidence.items() if key not in ("ak", "ek", "quote", "signature")}
second.update(schema="rampart-evidence/2", document="QUJD", pcrs={"sha384": ["0" * 96] * 16})
print("second", validator.is_valid(second))
wrong = [dict(second, quote="QUJD"), dict(second, pcrs=evidence["pcrs"]), dict(evidence, document="QUJD"),
         dict(second, schema="rampart-evidence/1"), dict(second, schema="rampart-evidence/3")]
wrong += [{name: value for name, value in second.items() if name != key} for key in second]
print("mixed", [n for n, changed in enumerate(wrong) if validator.is_valid(changed)])
print("lies", [name for name, (key, value) in lies.items() if validator.is_valid(dict(evidence, **{key: value}))])
PYTHON
python3 "$dir/check.py" "$schema" "$dir/evidence.json" >"$dir/out" 2>&1
is "$?" 0 "the schema is one of JSON Schema 2020-12"
is "$(sed -n 's/^good //p' "$dir/out")" True "it takes evidence"
is "$(sed -n 's/^taken //p' "$dir/out")" "[]" "it takes no key that is missing, null or unknown"
is "$(sed -n 's/^lies //p' "$dir/out")" "[]" "nor values that the library refuses"
is "$(sed -n 's/^second //p' "$dir/out")" True "it takes the second edition"
is "$(sed -n 's/^mixed //p' "$dir/out")" "[]" "but no mixture of the two, and nothing less"
sed 's/^/# /' "$dir/out"
finish
