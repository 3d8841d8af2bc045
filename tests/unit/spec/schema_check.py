#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hold share/vnf.schema.json against the samples: usage: schema_check.py SCHEMA SAMPLES EXAMPLE...

Every good sample and example validates; every bad one does not, unless SAMPLES/schema-cannot says
that no schema could tell."""

import json
import pathlib
import sys

from jsonschema import Draft202012Validator


def faults(validator, path):
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as e:
        return [f"syntax: {e}"]
    return [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(document)]


def main(schema_path, samples, *examples):
    schema = json.loads(pathlib.Path(schema_path).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    samples = pathlib.Path(samples)
    lines = (samples / "schema-cannot").read_text(encoding="utf-8").splitlines()
    cannot = {line.split()[0] for line in lines if line and not line.startswith("#")}
    wrong = []

    good = sorted((samples / "good").glob("*.json")) + [pathlib.Path(e) for e in examples]
    for path in good:
        wrong += [f"{path}: refused: {fault}" for fault in faults(validator, path)]
    for path in sorted((samples / "bad").glob("*.json")):
        refused = bool(faults(validator, path))
        if refused and path.stem in cannot:
            wrong.append(f"{path}: refused, but schema-cannot lists it")
        if not refused and path.stem not in cannot:
            wrong.append(f"{path}: accepted")
        cannot.discard(path.stem)
    wrong += [f"schema-cannot: there is no {name}.json" for name in sorted(cannot)]
    print("\n".join(wrong), end="")
    return 1 if wrong or not good else 0


sys.exit(main(*sys.argv[1:]))
