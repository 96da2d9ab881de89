# SPDX-License-Identifier: MIT
"""
corim.py FILE: reads a CoRIM as a stranger would, checks it against the rules of draft-ietf-rats-corim-11,
Appendix A "Base CoRIM CDDL", as far as an unsigned CoRIM with reference triples goes, and prints what it says:
"pcr N ALGORITHM DIGEST" and "KEY ALGORITHM DIGEST". Exit code 1 and the rule that is broken otherwise.
"""
import sys

import cbor2


def need(holds, rule):
    if not holds:
        sys.exit(f"{sys.argv[1]}: not {rule}")


def text(value, rule):
    need(isinstance(value, str), f"{rule} (text)")


def uint(value, rule):
    need(isinstance(value, int) and not isinstance(value, bool) and value >= 0, f"{rule} (uint)")


def tag_id(value, rule):
    need(isinstance(value, str) or (isinstance(value, bytes) and len(value) == 16), f"{rule} (tstr / uuid-type)")


def list_of(item):
    def check(value, rule):
        need(isinstance(value, list) and value, f"{rule} ([+ ...])")
        for element in value:
            item(element, rule)

    return check


def map_of(rule_name, required, optional, non_empty=True):
    def check(value, rule):
        where = f"{rule}: {rule_name}"
        need(isinstance(value, dict) and (value or not non_empty), f"{where} (map)")
        need(set(required) <= set(value), f"{where}: keys {sorted(required)} must be there")
        known = required | optional
        need(set(value) <= set(known), f"{where}: unknown keys {set(value) - set(known)}")
        for key, element in value.items():
            known[key](element, f"{where} {key}")

    return check


def digest(value, rule):
    need(isinstance(value, list) and len(value) == 2, f"{rule}: eatmc.digest")
    algorithm, data = value
    need(isinstance(algorithm, (int, str)) and isinstance(data, bytes), f"{rule}: eatmc.digest")
    sizes = {1: 32, 7: 48, 8: 64, "sha-1": 20}
    need(len(data) == sizes.get(algorithm), f"{rule}: a digest of its algorithm's length")


def registers(value, rule):
    need(isinstance(value, dict) and value, f"{rule}: integrity-registers")
    for key, digests in value.items():
        need(isinstance(key, (int, str)), f"{rule}: integrity-register-id-type-choice")
        list_of(digest)(digests, rule)


def flag(value, rule):
    need(isinstance(value, bool), f"{rule} (bool)")


def role(allowed):
    return lambda value, rule: need(value in allowed, f"{rule}: role of {allowed}")


def measured_element(value, rule):
    tagged = isinstance(value, cbor2.CBORTag) and value.tag in (37, 111)
    need(tagged or isinstance(value, str) or (isinstance(value, int) and value >= 0), f"{rule}: mkey")


def entity(roles):
    return map_of("entity-map", {0: text, 2: list_of(role(roles))}, {1: text})


version = map_of("version-map", {0: text}, {1: lambda value, rule: None})
flags = map_of("flags-map", {}, {n: flag for n in range(11)})
values = map_of("measurement-values-map", {}, {0: version, 2: list_of(digest), 3: flags, 11: text, 14: registers})
measurement = map_of("measurement-map", {1: values}, {0: measured_element})
class_map = map_of("class-map", {}, {1: text, 2: text, 3: uint, 4: uint})
environment = map_of("environment-map", {}, {0: class_map})


def reference(value, rule):
    need(isinstance(value, list) and len(value) == 2, f"{rule}: reference-triple-record")
    environment(value[0], rule)
    list_of(measurement)(value[1], rule)


identity = map_of("tag-identity-map", {0: tag_id}, {1: uint})
triples = map_of("triples-map", {}, {0: list_of(reference)})
comid = map_of("concise-mid-tag", {1: identity, 4: triples}, {0: text, 2: list_of(entity({0, 1, 2}))})


def tag(value, rule):
    need(isinstance(value, cbor2.CBORTag) and value.tag == 506, f"{rule}: tagged-concise-mid-tag")
    need(isinstance(value.value, bytes), f"{rule}: bytes .cbor concise-mid-tag")
    comid(decode(value.value), rule)


corim = map_of("corim-map", {0: tag_id, 1: list_of(tag)}, {3: text, 5: list_of(entity({1, 2}))})


def decode(data):
    tree = cbor2.loads(data)
    need(cbor2.dumps(tree, canonical=True) == data, "deterministic CBOR, or bytes are left after it")
    return tree


def show(digests, name):
    for algorithm, value in digests:
        print(name, algorithm, value.hex())


with open(sys.argv[1], "rb") as source:
    root = decode(source.read())
need(isinstance(root, cbor2.CBORTag) and root.tag == 501, "tagged-unsigned-corim-map")
corim(root.value, "corim")
for one in root.value[1]:
    for environment_of, measurements in decode(one.value)[4][0]:
        for m in measurements:
            show(m[1].get(2, []), m[0])
            for register, digests_of in sorted(m[1].get(14, {}).items()):
                show(digests_of, f"pcr {register}")
