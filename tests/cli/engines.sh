#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# engines: every shipped scenario says what it is for, is sound and runs; so do production traces, where
# they lie beside the project.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
python=$(python3 -c 'import sys; print(sys.executable)')
mkdir "$work/here" && cd "$work/here" || exit 1

cat >"$work/complete.py" <<'PYTHON'
# complete.py FILE LEAST: the books of the result balance; with LEAST, every job completed, and that many.
import json, sys
r = json.load(open(sys.argv[1]))
fates = 'completed failed rejected dropped timed_out cancelled dead_lettered in_flight_at_end'.split()
for m in r['total'], *r['classes'].values():
    assert m['offered'] == sum(m[f] for f in fates), m
    assert m['littles_law']['identity_holds'], m['littles_law']
assert r['total']['offered'] > 0 and r['total']['completed'] > 0 and not r['interrupted']
if len(sys.argv) > 2:
    assert r['total']['completed'] == r['total']['offered'] == int(sys.argv[2]), r['total']
PYTHON
books() {
    "$python" "$work/complete.py" "$@"
}
# In the comment before the first key: each of the three, in this order.
head_comment() {
    sed '/^[^#]/,$d' "$1" | grep -oE '^# (Question|Expected|If wrong) ' | tr -d '\n' >"$work/words"
    cat "$work/words"
    [ "$(cat "$work/words")" = '# Question # Expected # If wrong ' ]
}
sound() {
    status 0 "$program" check "$1" && [ ! -s "$work/err" ]
}
name_of() {
    sed -n 's/^name: *//p' "$1"
}
named() {
    [ "$(name_of "$1").yaml" = "$(basename "$1")" ]
}
short() {
    "$program" sim --no-plots --json --out "o/$(basename "$1" .yaml)" --set run.replications=2 "$1" >"$work/out" 2>"$work/err"
    got=$?
    echo "status $got"
    cat "$work/err"
    { [ "$got" -eq 0 ] || [ "$got" -eq 99 ]; } && [ ! -s "$work/err" ]
}
for file in "$top"/scenarios/*.yaml; do
    scenario=$(basename "$file")
    check "$scenario: Question, Expected, If wrong" head_comment "$file"
    check "$scenario: its name is that of the file" named "$file"
    check "$scenario: the manual names it" grep -qF "]($scenario)" "$top/scenarios/README.md"
    check "$scenario: check" sound "$file"
    check "$scenario: sim" short "$file"
    check "$scenario: its books balance" books "$work/out"
done
all_at_once() {
    status 0 "$program" check "$top"/scenarios/*.yaml
}
check "check of all at once" all_at_once

# The shipped sample: one replication whatever is asked for, all of its jobs, each in time.
check "trace.yaml: sim" short "$top/scenarios/trace.yaml"
sample=$(($(wc -l <"$top/scenarios/trace-sample.csv") - 1))
check "... every job of the sample completes" books "$work/out" "$sample"
once() {
    grep -q '"replications": 1,' "$work/out"
}
check "... nothing in it is random: one replication" once
pool() {
    "$program" bench --no-plots --quiet --out b --set arrivals.trace.time_scale=200 "$top/scenarios/trace.yaml"
    got=$?
    [ "$got" -eq 0 ] || [ "$got" -eq 98 ] # on a busy machine
}
check "trace.yaml: bench, two hundred times faster" pool
check "... every job of the sample completes" books b/result.json "$sample"

# Production traces, which are not part of the project.
traces=../shared/traces
cd "$top" || exit 1
recorded() {
    trace=$1
    status 0 "$program" sim --no-plots --json --out "$work/recorded" --set arrivals.trace.file="$trace" \
        --set arrivals.trace.time=arrival_s --set arrivals.trace.service=service_s \
        --set arrivals.trace.time_scale=200 --set pool.workers="$2" scenarios/trace.yaml &&
        books "$work/out" $(($(wc -l <"$trace") - 1))
}
if [ -d "$traces" ]; then
    for file in "$traces"/*.csv; do
        check "$(basename "$file"): every job completes" recorded "$file" 50
        check "$(basename "$file"), few workers: all the same" recorded "$file" 30
    done
fi

finish
