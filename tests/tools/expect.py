#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the shipped scenarios to what they say is expected.

usage: expect.py PROGRAM COMMAND SCENARIO...      COMMAND: sim, or run (both engines; takes real time)

A scenario's head has lines `# Check: PATH LOW..HIGH`: PATH leads to a figure of the result, as in
total.response.p99 (a figure counts by its mean), or slo.METRIC to a threshold's value; it must lie in the range,
with `run` in the simulator's result and in the real pool's. Every scenario has at least one such line. The last
line is `N passed, N failed`.
"""
import json
import re
import subprocess
import sys
import tempfile


def checks_of(path):
    text = open(path, encoding="utf-8").read()
    return [(where, float(low), float(high))
            for where, low, high in re.findall(r"^# Check: (\S+) ([0-9.e+-]+?)\.\.([0-9.e+-]+)$", text, re.M)]


def value_at(result, where):
    if where.startswith("slo."):
        return next((t["value"] for t in result["slo"] if t["metric"] == where[4:]), None)
    for key in where.split("."):
        result = result.get(key) if isinstance(result, dict) else None
    return result.get("mean") if isinstance(result, dict) else result


def results_of(program, command, path):
    with tempfile.TemporaryDirectory() as out:
        ended = subprocess.run([program, command, path, "--json", "--quiet", "--no-plots", "--out", out],
                               capture_output=True, text=True)
    if ended.returncode not in (0, 98, 99):
        sys.exit(f"{path}: status {ended.returncode}: {ended.stderr}")
    found = json.loads(ended.stdout)
    return {key: found[key] for key in ("sim", "pool")} if command == "run" else {command: found}


def main(program, command, paths):
    passed = failed = 0
    for path in paths:
        wanted = checks_of(path)
        if not wanted:
            print(f"{path}: has no line '# Check: PATH LOW..HIGH'")
            failed += 1
            continue
        for engine, result in results_of(program, command, path).items():
            for where, low, high in wanted:
                value = value_at(result, where)
                good = value is not None and low <= value <= high
                passed, failed = passed + good, failed + (not good)
                if not good:
                    print(f"{path}: {engine}: {where} is {value}, expected {low:g} to {high:g}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
