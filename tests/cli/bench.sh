#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bench: the scenarios of the simulator's speed table are sound, and the table can be made.
# shellcheck disable=SC1091,SC2154
. tests/cli/lib.sh
check "the scenarios are sound" "$program" check tests/bench/*.yaml
table() {
    python3 tests/bench/sim.py --bin "$program" --rounds 2 --only mm16,jobs-1e4 --most-jobs 1e4 --limit-jobs 1e5 \
        --limit "$(dirname "$program")/tests/bench/limit" \
        --out "$work/results" --json "$work/bench.json" || return 1
    python3 - "$work/bench.json" <<'PY'
import json, sys
found = json.load(open(sys.argv[1]))
case, limits = found["cases"]["jobs-1e4"], found["limits"]
assert 9000 < case["jobs"] < 11000 and case["ns_per_job"] > 0 and case["megabytes"] > 1
assert len(limits) == 6 and {l["method"] for l in limits} == {"calendar", "recursion"}
assert all(l["limit_ns"] > 0 and l["ns"] > 0 and l["ratio"] > 0 for l in limits)
PY
}
# The limit program itself refuses to go on where the least loops and the simulator do not find the same.
check "a table of two rounds" table
no_such_case() {
    status 2 python3 tests/bench/sim.py --only mm17 && grep -q "no such case: mm17" "$work/err"
}
check "a case that is not there" no_such_case
finish
