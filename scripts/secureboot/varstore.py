# SPDX-License-Identifier: MIT
"""varstore.py TEMPLATE KEYS OUT.fd [OUT.aws]: TEMPLATE with the signature lists of KEYS as its variables.

They are put there as they are, byte by byte, since their bytes are measured; and nothing else is, no list of
Microsoft's and no placeholder in dbx. What has a time has a fixed one.
"""

import datetime
import os
import sys

from virt.firmware.varstore import autodetect, aws

LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)


def main(template, keys, out, out_aws=None):
    store = autodetect.open_varstore(template)
    variables = store.get_varlist()
    for name in ("PK", "KEK", "db", "dbx"):
        path = os.path.join(keys, name + ".esl")
        if name == "dbx" and not os.path.exists(path):
            continue
        variable = variables.create(name)
        with open(path, "rb") as file:
            variable.data = file.read()
        variable.sigdb = None
        variable.time = LONG_AGO
    if out_aws:
        aws.AwsVarStore.write_varstore(out_aws, variables)
    for name, value in (("SecureBootEnable", True), ("CustomMode", False)):
        variables.set_bool(name, value)
    store.write_varstore(out, variables)


main(*sys.argv[1:])
