#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# headroom: the line below the verdict, the figure in the result, headroom.csv; and the advice of check.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
mkdir "$work/here" && cd "$work/here" || exit 1
sound=$top/scenarios/io-sizing.yaml

# One worker, half busy: M/M/1's p99 is ln 100 / (200 - rate), below 100 ms up to 153.9/s, 1.54 times 100.
cat >half.yaml <<'YAML'
headroom: 1
name: half
arrivals: {poisson: {rate: 100/s}}
service: {exponential: {mean: 5ms}}
pool: {workers: 1}
slo: {p99: 100ms}
run: {duration: 100s, warmup: 5s}
YAML

# look EXPRESSION: true of r, the result in result.json, and rows, of headroom.csv.
look() {
    python3 - "$1" <<'PYTHON'
import csv, json, os, sys
r = json.load(open('o/result.json'))
rows = list(csv.DictReader(open('o/headroom.csv'))) if os.path.exists('o/headroom.csv') else None
assert eval(sys.argv[1]), (r.get('headroom'), r.get('advice'), rows)
PYTHON
}
sim() {
    wanted=$1
    shift
    status "$wanted" "$program" sim --no-plots --out o half.yaml "$@"
}

check "sim finds it" sim 0
line='^HEADROOM     1\.[56][0-9]x \(1\.[45][0-9]\.\.1\.[5-9][0-9]\): the slo holds to 1[56][0-9]'
check "... and says so below the verdict" grep -E "$line" "$work/out"
check "... at most 100 columns wide" sh -c "! grep -E '.{101}' '$work/out'"
check "... last" sh -c "tail -n 2 '$work/out' | grep HEADROOM"
check "the result has it" look '1.5 < r["headroom"]["rate"] < 1.58 and r["headroom"]["workers"] == 1'
check "... with its bounds" look 'r["headroom"]["rate_low"] <= r["headroom"]["rate"] < r["headroom"]["rate_high"]'
check "... and theory's" look 'abs(r["headroom"]["theory"]["rate"] - 1.539) < 0.002 and r["headroom"]["theory"]["workers"] == 1'
check "headroom.csv has what was tried" look '",".join(rows[0]) == "rate_factor,workers,utilisation,wait_mean,wait_low,wait_high,p99,p99_low,p99_high,met" and 5 < len(rows) < 20'
check "... the scenario itself among it" look 'any(x["rate_factor"] == "1" and x["met"] == "1" and abs(float(x["utilisation"]) - 0.5) < 0.05 for x in rows)'
check "... ordered" look '[float(x["rate_factor"]) for x in rows] == sorted(float(x["rate_factor"]) for x in rows)'

check "--no-headroom skips it" sim 0 --no-headroom
check "... no line" sh -c "! grep HEADROOM '$work/out'"
check "... null, and no file of an earlier run" look 'r["headroom"] is None and rows is None'

check "a missed slo: status 99" sim 99 --set slo.p99=40ms
check "... how far it holds, what it takes" grep -E '^HEADROOM     none: the slo holds only to 0\.[0-9]+x' "$work/out"
check "... in the result" look 'r["headroom"]["rate"] < 1 and r["headroom"]["workers"] == 2'
sizes() {
    tr -s ' \n' ' ' <"$work/out" | grep -E 'it needs 2 workers \(1 surely misses, 2 surely meet; theory 2\)'
}
check "... between which sizes it lies" sizes
check "no slo, no line" sim 0 --set slo={}
check "... and null" look 'r["headroom"] is None'
check "a slo below the service's own" sim 99 --set slo.p99=20ms
check "... says that nothing helps" look 'r["headroom"] is None and any("no number of workers" in x for x in r["advice"])'

# run: once, in the simulator's part.
"$program" run --no-plots --quiet --out o half.yaml --set run.duration=300ms --set run.warmup=0s --set slo='{p50: 1s}'
check "run has it once" look 'r["sim"]["headroom"]["rate"] > 1 and r["sim_paired"]["headroom"] is None and r["pool"]["headroom"] is None'

# Which threshold ends it: the nearest missed probe's.
ends() {
    wanted=$1
    shift
    status 0 "$program" sim --no-plots --out o half.yaml "$@" &&
        sed -n '/^HEADROOM/,$p' "$work/out" | tr -s '\n ' ' ' | grep -E "$wanted"
}
check "one threshold ends it" ends ', p99 breaks first'
check "of two the p99, far from losses" ends ', p99 breaks first' --set slo.rejected=1%
check "... the losses, where the queue is short" ends ', rejected breaks first' --set slo.rejected=5% --set pool.queue.capacity=3
check "... the utilisation" ends ', utilisation breaks first' --set slo='{p99: 10s, utilisation: 70%}'
check "... a share in time" ends ', within 200 ms breaks first' --set slo='{p99: 10s, within: {200ms: 99.9%}}'
check "where nothing but the workers end it" ends ', beyond it work piles up' --set slo='{p50: 1h}'

# A thread for every job: the load may grow as it likes, and nobody chooses how many there are.
check "a thread for every job" sim 0 --set pool='{threads: per_job}'
check "... holds whatever the rate" grep -E '^HEADROOM     at least 16\.00x' "$work/out"
check "... and has no workers" look 'r["headroom"]["rate_at_least"] and all(r["headroom"][x] is None for x in ("workers", "workers_low", "workers_high"))'
check "... nor has the file" look 'rows and all(x["workers"] == "" and x["utilisation"] == "" for x in rows)'
check "... its threads are the busy ones" look 'r["pools"]["pool"]["workers"] == r["pools"]["pool"]["busy"] and r["pools"]["pool"]["utilisation"]["mean"] is None'

check "check of a sound scenario" status 0 "$program" check "$sound"
check "... has no advice" sh -c "! grep '^  advice' '$work/out'"
check "check of a tight one" status 0 "$program" check --set pool.workers=210 "$sound"
check "... has, with its figures" grep -F "200 workers' worth of work on 210 workers: 95 % busy; +30 % would be" "$work/out"
check "... and where to read on" grep -F 'scenarios/README.md#advice-load' "$work/out"
finish
