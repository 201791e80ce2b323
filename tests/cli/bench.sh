#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bench: the scenarios of the simulator's speed table are sound, and the table can be made.
# shellcheck disable=SC1091,SC2154
. tests/cli/lib.sh
check "the scenarios are sound" "$program" check tests/bench/*.yaml
table() {
    python3 tests/bench/sim.py --bin "$program" --rounds 2 --only mm16,jobs-1e4 --most-jobs 1e4 --limit "$work/limit" \
        --out "$work/results" --json "$work/bench.json" || return 1
    python3 - "$work/bench.json" <<'PY'
import json, sys
case = json.load(open(sys.argv[1]))["cases"]["jobs-1e4"]
assert 9000 < case["jobs"] < 11000 and case["ns_per_job"] > 0 and case["megabytes"] > 1
assert case["limit_ns"] == 2.5 and abs(case["to_limit"] * 2.5 / case["ns_per_job"] - 1) < 1e-9
PY
}
# What the limit program says stands beside the case of that name.
printf '#!/bin/sh\necho jobs-1e4 2.5\necho other 7\n' >"$work/limit"
chmod +x "$work/limit"
check "a table of two rounds" table
no_such_case() {
    status 2 python3 tests/bench/sim.py --only mm17 && grep -q "no such case: mm17" "$work/err"
}
check "a case that is not there" no_such_case
finish
