#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Schema against scenarios that are known to be sound and bad. Ends with "N passed, N failed".

    python3 tests/tools/schema.py SCHEMA FILE ...

Each file is read twice: with every scalar a text, and typed as an editor types it (YAML 1.2: 200 is an integer, 0.8
a number, true a boolean). A file with `# expect:` at its head is bad; of those the schema must refuse every one
whose first error is of a kind that needs neither arithmetic nor other keys nor files. Others it may let pass."""
import json
import re
import sys

import jsonschema
import yaml

# What a schema can see, in the words of the program.
VISIBLE = re.compile(
    r"^\d+:\d+: ([a-z0-9_.-]+: |)(unknown (key|distribution|arrivals|word)|'[a-z_0-9]+' is missing"
    r"|wants (a map|a list|one value)|[a-z]+ needs its parameters|takes exactly one|not supported yet$"
    r"|belongs to the short form|is for the whole form|a scenario is a map"
    r"|'.*' (needs a unit|is not (a count|a duration|a rate|a share|a factor|a number|a name)"
    r"|has (a comma|an unknown unit)|must (not be negative|be a whole number)))")
# Bounds show where the value is a number to an editor.
BOUND = re.compile(r": -?[0-9.e+]+ is (too (small|large)|not supported)")


class Typed(yaml.SafeLoader):
    """YAML 1.2's core types."""


Typed.yaml_implicit_resolvers = {}
for tag, pattern in (("bool", "true|false|True|False|TRUE|FALSE"), ("null", "~|null|Null|NULL|"),
                     ("int", "[-+]?[0-9]+"),
                     ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")):
    Typed.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(f"^(?:{pattern})$"), None)
Typed.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
Typed.add_constructor("tag:yaml.org,2002:float", lambda loader, node: number(node.value))


def number(text):
    value = float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return int(value) if value == value and abs(value) < 1e300 and value == int(value) else value


def keys_as_texts(value):
    """As JSON has them, and an editor."""
    if isinstance(value, dict):
        return {k if isinstance(k, str) else json.dumps(k): keys_as_texts(v) for k, v in value.items()}
    return [keys_as_texts(v) for v in value] if isinstance(value, list) else value


def refused(validator, text, loader):
    try:
        document = yaml.load(text, loader)
    except (yaml.YAMLError, ValueError, TypeError):
        return None  # not YAML: nothing for a schema to say
    return [e.message for e in validator.iter_errors(keys_as_texts(document))]


def look(validator, path, tally):
    """What is wrong with the schema's judgement of a file, or None."""
    with open(path, "rb") as file:
        text = file.read()
    head = re.match(rb"# expect: (.*)\n", text)
    verdicts = [refused(validator, text, loader) for loader in (Typed, yaml.BaseLoader)]
    if not head:
        return f"refused: {verdicts}" if verdicts != [[], []] else None
    if None in verdicts:
        tally["not YAML"] += 1
        return None
    first = head.group(1).decode()
    if any(verdicts):
        tally["refused"] += 1
        return None
    tally["beyond it"] += 1
    return f"accepted: {first}" if VISIBLE.search(first) or BOUND.search(first) else None


def main():
    schema, *paths = sys.argv[1:]
    with open(schema, encoding="utf-8") as file:
        # A definition or a property that is there twice would hide the first.
        parsed = json.load(file, object_pairs_hook=lambda pairs: dict(pairs) if len(dict(pairs)) == len(pairs) else {}["twice"])
    jsonschema.Draft7Validator.check_schema(parsed)
    validator = jsonschema.Draft7Validator(parsed)
    tally = {"refused": 0, "beyond it": 0, "not YAML": 0}
    wrong = {path: complaint for path in paths if (complaint := look(validator, path, tally))}
    for path, complaint in wrong.items():
        print(f"not ok - {path}: {complaint}")
    bad = sum(tally.values())
    print(f"{len(paths) - bad} sound scenarios; of {bad} bad ones the schema refuses {tally['refused']}, "
          f"{tally['not YAML']} are not YAML, {tally['beyond it']} are beyond a schema")
    print(f"{len(paths) - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(bool(wrong))


main()
