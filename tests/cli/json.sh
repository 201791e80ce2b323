#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# json: what `--json` prints: valid, nothing else beside it, every key, counts that add up.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
one=$top/scenarios/one-server.yaml
python=$(python3 -c 'import sys; print(sys.executable)')
reject=$top/scenarios/overload-reject.yaml
mkdir "$work/here" && cd "$work/here" || exit 1

cat >"$work/look.py" <<'PYTHON'
# look.py FILE EXPRESSION: the expression, of r (what FILE holds), is true. NaN and Infinity are no JSON.
import json, math, sys

COUNTS = '''offered admitted completed failed rejected dropped timed_out cancelled retried dead_lettered
in_flight_at_end blocked caller_ran'''.split()
FATES = '''completed failed rejected dropped timed_out cancelled dead_lettered in_flight_at_end'''.split()
FIGURES = 'offered_rate throughput goodput rejected_share wait_probability stay in_system'.split()
TIMES = 'mean cv p50 p90 p95 p99 p999'.split()
POOL_FIGURES = '''workers busy utilisation queue_length worker_seconds warm_up_share
rejected_share'''.split()
TOP = '''schema scenario engine version seed replications duration warmup interrupted host total classes
pools resources regime headroom slo trust advice'''.split()
problems = []

def need(ok, what):
    if not ok:
        problems.append(what)

def number(x, where, null=False):
    ok = isinstance(x, (int, float)) and not isinstance(x, bool) and math.isfinite(x)
    need(ok or (null and x is None), f'{where}: {x!r} is no number')

def count(x, where):
    need(isinstance(x, int) and not isinstance(x, bool) and x >= 0, f'{where}: {x!r} is no count')

def figure(f, where):
    if not isinstance(f, dict) or not {'mean', 'low', 'high'} <= set(f):
        return need(False, f'{where}: {f!r} is no figure')
    need(set(f) <= {'mean', 'low', 'high', 'needs', 'reason'}, f'{where}: {f}')
    for key in 'mean', 'low', 'high':
        number(f[key], f'{where}.{key}', null=True)
    if f['low'] is not None:
        need(f['high'] is not None and f['mean'] is not None, f'{where}: {f}')
        need(f['low'] <= f['mean'] * (1 + 1e-9) + 1e-12 and f['mean'] <= f['high'] * (1 + 1e-9) + 1e-12, f'{where}: {f}')

def times(t, where):
    need(set(t) == set(TIMES) | {'max'}, f'{where}: {sorted(t)}')
    for key in TIMES:
        figure(t[key], f'{where}.{key}')
    number(t['max'], f'{where}.max', null=True)
    known = [t[key]['mean'] for key in TIMES[2:] if t[key]['mean'] is not None]
    need(known == sorted(known), f'{where}: percentiles descend: {known}')
    need(not known or t['max'] is None or known[-1] <= t['max'] * (1 + 1e-9), f'{where}: a percentile above the maximum')

def metrics(m, where):
    need(set(m) == set(COUNTS) | set(FIGURES) | {'door', 'wait', 'service', 'response', 'littles_law'},
         f'{where}: keys {sorted(m)}')
    for key in COUNTS:
        count(m[key], f'{where}.{key}')
    for key in FIGURES:
        figure(m[key], f'{where}.{key}')
    for key in 'door', 'wait', 'service', 'response':
        times(m[key], f'{where}.{key}')
    need(m['offered'] == sum(m[k] for k in FATES), f'{where}: offered {m["offered"]} is not the sum of the fates')
    law = m['littles_law']
    need({'in_system', 'rate_times_response', 'error', 'identity_holds'} <= set(law), f'{where}.littles_law: {law}')
    need(law['identity_holds'] is True, f'{where}: the books do not balance')
    for key in 'in_system', 'rate_times_response', 'error':
        number(law[key], f'{where}.littles_law.{key}', null=True)

def result(r):
    need(set(TOP) <= set(r), f'missing: {set(TOP) - set(r)}')
    need(r['schema'] == 'headroom.result/1' and r['engine'] in ('sim', 'pool'), 'schema, engine')
    need(isinstance(r['version'], str) and isinstance(r['host'], dict), 'version, host')
    for key in 'seed', 'replications':
        count(r[key], key)
    for key in 'duration', 'warmup':
        number(r[key], key)
    need(isinstance(r['interrupted'], bool), 'interrupted')
    metrics(r['total'], 'total')
    for name, m in r['classes'].items():
        metrics(m, name)
    for key in COUNTS:
        need(r['total'][key] == sum(m[key] for m in r['classes'].values()), f'{key}: classes do not add up')
    for name, p in r['pools'].items():
        need(set(p) == set(POOL_FIGURES) | {'resizes', 'reversals', 'workers_lost', 'wait', 'service'},
             f'pool {name}: {sorted(p)}')
        for key in POOL_FIGURES:
            figure(p[key], f'{name}.{key}')
        for key in 'resizes', 'reversals', 'workers_lost':
            count(p[key], f'{name}.{key}')
        for key in 'wait', 'service':
            times(p[key], f'{name}.{key}')
    for name, p in r['resources'].items():
        figure(p['utilisation'], f'{name}.utilisation')
        times(p['wait'], f'{name}.wait')
    need(r['regime'] in ('steady', 'unstable', 'terminating'), f'regime {r["regime"]}')
    need(r['headroom'] is None or {'rate', 'workers'} <= set(r['headroom']), 'headroom')
    for t in r['slo']:
        need({'metric', 'limit', 'value', 'met', 'sure'} <= set(t), f'slo: {t}')
        need(isinstance(t['met'], bool) and isinstance(t['sure'], bool), f'slo: {t}')
        number(t['limit'], 'slo limit')
        number(t['value'], 'slo value', null=True)
    need(isinstance(r['trust']['ok'], bool) and isinstance(r['trust']['reasons'], list), 'trust')
    need(all(isinstance(x, str) for x in r['trust']['reasons'] + r['advice']), 'reasons and advice are texts')
    return not problems

def single(r, where='result'):
    """One replication, or the real pool: no interval is known anywhere."""
    if isinstance(r, dict) and {'mean', 'low', 'high'} <= set(r):
        need(r['low'] is None and r['high'] is None, f'{where} has an interval: {r}')
    elif isinstance(r, dict):
        for key, value in r.items():
            single(value, f'{where}.{key}')
    return not problems

def near(a, b, share):
    return abs(a - b) <= share * abs(b)

def no_constant(text):
    raise ValueError(text)

try:
    r = json.load(open(sys.argv[1]), parse_constant=no_constant)
except ValueError as error:
    sys.exit(f'no JSON: {error}')
ok = eval(sys.argv[2])
for problem in problems:
    print(problem)
sys.exit(not ok)
PYTHON
look() {
    "$python" "$work/look.py" "$@"
}

# prints STATUS NAME ARGUMENT...: NAME.json is what the program prints; standard error stays empty.
# Where a real pool runs, a busy machine may also make it 98.
prints() {
    want=$1
    to=$2
    shift 2
    "$program" "$@" --json --no-plots --out "o-$to" >"$to.json" 2>"$work/err"
    got=$?
    [ "$got" -eq 98 ] && [ "$1" != sim ] && got=$want
    echo "status $got"
    cat "$work/err"
    [ "$got" -eq "$want" ] && [ ! -s "$work/err" ]
}

# ---- one result ----------------------------------------------------------------------------------

check "sim --json" prints 0 sim sim --set run.replications=5 "$one"
check "... is valid and has every key" look sim.json 'result(r)'
check "... names the scenario's host, seed and engine" look sim.json 'r["engine"] == "sim" and r["scenario"] == "one-server" and r["seed"] == 1 and r["replications"] == 5 and r["duration"] == 20 and r["warmup"] == 2'
check "... which is ideal" look sim.json 'r["host"] == {"ideal": True}'
check "sim --json with host.cores" prints 0 cores sim --set host.cores=3 "$one"
check "... names them" look cores.json 'result(r) and r["host"] == {"cores": 3}'
check "... and no interruption" look sim.json 'r["interrupted"] is False'
check "... one class jobs, one pool pool" look sim.json 'list(r["classes"]) == ["jobs"] and list(r["pools"]) == ["pool"]'
check "... has intervals" look sim.json 'r["total"]["response"]["p50"]["low"] is not None and r["pools"]["pool"]["utilisation"]["high"] is not None'
check "... of the right size (M/M/1, 80 %)" look sim.json 'near(r["pools"]["pool"]["utilisation"]["mean"], 0.8, 0.1) and near(r["total"]["response"]["mean"]["mean"], 0.04, 0.4)'
newline() {
    [ "$(tail -c 1 sim.json | od -An -c | tr -d ' ')" = '\n' ]
}
check "... ends with a newline" newline

check "sim --json of one replication" prints 0 r1 sim --set run.replications=1 "$one"
check "... has every key" look r1.json 'result(r)'
check "... and no interval anywhere" look r1.json 'single(r)'

check "sim --json, slo met, losses" prints 0 lost sim --set run.replications=3 "$reject"
check "... has every key" look lost.json 'result(r)'
check "... counts the rejected" look lost.json 'r["total"]["rejected"] > 0 and near(r["total"]["rejected"] / r["total"]["offered"], 0.2, 0.2)'
check "... and the thresholds" look lost.json '[(t["metric"], t["met"]) for t in r["slo"]] == [("p99", True), ("rejected", True)]'
check "sim --json, slo not met: 99" prints 99 miss sim --set run.replications=3 --set slo.rejected=1% "$reject"
check "... and says which" look miss.json 'result(r) and [t["met"] for t in r["slo"]] == [True, False]'

check "sim --json, unstable" prints 0 grow sim --set run.replications=3 "$top/scenarios/overload-unbounded.yaml"
check "... has every key, says so" look grow.json 'result(r) and r["regime"] == "unstable" and r["advice"]'
check "sim --json, nothing arrives" prints 0 none sim --set arrivals.poisson.rate=1/h --set run.replications=2 --set run.duration=10ms --set run.warmup=0s "$one"
check "... figures of nothing are null" look none.json 'result(r) and r["total"]["offered"] == 0 and r["total"]["response"]["mean"]["mean"] is None and r["total"]["response"]["max"] is None'
check "sim --json, cut short" prints 0 cut sim --set run.cooldown=0s --set run.replications=2 "$top/scenarios/overload-unbounded.yaml"
check "... holds what is in flight" look cut.json 'result(r) and r["total"]["in_flight_at_end"] > 0'

cat >whole.yaml <<'YAML'
headroom: 1
name: whole
run: {duration: 1s, warmup: 200ms, replications: 3}
classes:
  - {name: a, arrivals: {poisson: {rate: 900/s}}, route: [{pool: p, service: {exponential: {mean: 5ms}}}]}
  - {name: b, arrivals: {closed: {clients: 9, think: {exponential: {mean: 2ms}}}}, route: [{pool: q, service: {uniform: {min: 1ms, max: 5ms}}}]}
pools:
  - {name: p, workers: 4, queue: {capacity: 8, when_full: drop_oldest}}
  - {name: q, workers: 4, queue: {capacity: 2, when_full: caller_runs}}
slo: {p99: 1s, a: {p99: 1s}}
YAML
check "sim --json, two classes and pools" prints 0 whole sim whole.yaml
check "... has every key, and classes add up" look whole.json 'result(r) and list(r["classes"]) == ["a", "b"] and list(r["pools"]) == ["p", "q"]'
check "... counts the dropped and what callers ran" look whole.json 'r["classes"]["a"]["dropped"] > 0 and r["classes"]["b"]["caller_ran"] > 0'
check "sim --json, block" prints 0 block sim --set pools.p.queue.when_full=block --set classes.a.arrivals.poisson.rate=700/s whole.yaml
check "... counts the blocked" look block.json 'result(r) and r["total"]["blocked"] > 0 and r["classes"]["a"]["door"]["max"] > 0'

check "bench --json" prints 0 bench bench --set run.duration=500ms --set run.warmup=0s "$one"
check "... has every key, no interval, this machine's host" look bench.json 'result(r) and single(r) and r["engine"] == "pool" and r["host"].get("cores", 0) >= 1'

# ---- --set and --seed take effect ----------------------------------------------------------------

check "--set" prints 0 set sim --set pool.workers=3 --set run.duration=7s --set run.replications=2 "$one"
check "... takes effect" look set.json 'r["pools"]["pool"]["workers"]["mean"] == 3 and r["duration"] == 7 and r["replications"] == 2'
check "--set said twice: the last one" prints 0 twice sim --set run.replications=4 --set run.replications=2 "$one"
check "... counts" look twice.json 'r["replications"] == 2'
check "--set of a map" prints 0 map sim --set 'service={constant: 1ms}' --set run.replications=2 "$one"
check "... takes effect" look map.json 'r["total"]["service"]["max"] == 0.001'
check "--set name" prints 0 name sim --set name=other --set run.replications=2 "$one"
check "... takes effect" look name.json 'r["scenario"] == "other"'
check "--set of a class of the whole form" prints 0 class sim --set classes.b.arrivals.closed.clients=1 whole.yaml
check "... takes effect" look class.json 'r["classes"]["b"]["caller_ran"] == 0'
check "--seed" prints 0 seed sim --seed 7 --set run.replications=5 "$one"
check "... takes effect" look seed.json 'r["seed"] == 7'
other() {
    ! cmp -s "$1" "$2"
}
check "... and gives other numbers" other sim.json seed.json
check "--set seed is the same" prints 0 seed2 sim --set seed=7 --set run.replications=5 "$one"
check "... bytes" cmp seed.json seed2.json
check "a large seed" prints 0 large sim --seed 8999999999999999 --set run.replications=2 "$one"
check "... is kept to the last digit" look large.json 'r["seed"] == 8999999999999999'

# ---- several scenarios ---------------------------------------------------------------------------

check "sim --json of two" prints 0 two sim --set run.replications=2 "$one" whole.yaml
check "... is a list of two" look two.json 'len(r) == 2 and all(map(result, r)) and r[1]["scenario"] == "whole"'
check "sim --json --quiet of two" prints 0 quiet sim --quiet --set run.replications=2 "$one" whole.yaml
check "... is the same" cmp two.json quiet.json
echo 'headroom: 1' >wrong.yaml
# one_wrong NAME FILE...: one of the files is wrong; standard output is valid JSON or empty.
one_wrong() {
    to=$1
    shift
    status 2 "$program" sim --json --no-plots --out ow --set run.replications=2 "$@" || return 1
    cp "$work/out" "$to.json"
    [ ! -s "$to.json" ] || look "$to.json" True
}
check "the first of two scenarios is wrong: still JSON" one_wrong ow1 wrong.yaml "$one"
check "the second of two scenarios is wrong: still JSON" one_wrong ow2 "$one" wrong.yaml
check "both are wrong: still JSON" one_wrong ow3 wrong.yaml wrong.yaml

# ---- run and check -------------------------------------------------------------------------------

check "run --json" prints 0 run run --set run.duration=1s --set run.warmup=0s --set run.replications=3 --set service.exponential.mean=4ms "$one"
check "... holds three whole results" look run.json 'all([result(r[k]) for k in ("sim", "sim_paired", "pool")])'
check "... of the right engines" look run.json '[r[k]["engine"] for k in ("sim", "sim_paired", "pool")] == ["sim", "sim", "pool"] and r["sim"]["replications"] == 3 and r["sim_paired"]["replications"] == 1'
check "... paired: no intervals" look run.json 'single(r["sim_paired"]) and single(r["pool"])'
check "... the same jobs" look run.json 'r["sim_paired"]["total"]["offered"] == r["pool"]["total"]["offered"]'
check "... the comparison" look run.json 'all(set(r["comparison"]["response"][p]) >= {"sim", "pool", "error"} for p in ("p50", "p90", "p95", "p99", "p999")) and {"p50", "p99", "same_fate"} <= set(r["comparison"]["per_job"])'
check "... error is (pool - sim) / sim" look run.json '(lambda c: near(c["error"], (c["pool"] - c["sim"]) / c["sim"], 1e-6))(r["comparison"]["response"]["p50"])'
check "... theory beside it" look run.json 'isinstance(r["theory"], dict) and r["theory"]'

finish
