# SPDX-License-Identifier: MIT
"""schema.py SCHEMA FILE: nothing if FILE is as tests/fixtures/schemas/SCHEMA.json says, else where it is not."""
import json
import os
import sys

import jsonschema

schema_name, path = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "../../fixtures/schemas", f"{schema_name}.json"), encoding="utf-8") as file:
    schema = json.load(file)
with open(path, encoding="utf-8") as file:
    tree = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
checker = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in checker.iter_errors(tree)]
sys.exit("\n".join(errors))
