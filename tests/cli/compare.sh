#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# compare: two saved results side by side: words, table, JSON, chart; which part of a run; what it refuses.
# And --keep-jobs.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
one=$top/scenarios/one-server.yaml
python=$(python3 -c 'import sys; print(sys.executable)')
mkdir "$work/here" && cd "$work/here" || exit 1

# sim OUT OPTION...
sim() {
    out=$1
    shift
    "$program" sim --quiet --no-plots --out "$out" --set run.replications=8 --set run.duration=10s "$@" "$one"
}
sim a && sim b --set arrivals.poisson.rate=60/s && sim c --seed 9 && sim d --set run.replications=9 &&
    sim once --set run.replications=1 || exit 1

said() { grep -qE -- "$1" "$work/out"; }
narrow() { [ "$(awk 'length($0) > 80' "$work/out" | wc -l)" = 0 ]; }
compare() { status "$1" "$program" compare --no-plots "$2" "$3"; }

check "compare A B" compare 0 a b
check "... in 80 columns" narrow
check "... pairs" said 'paired, replication by replication'
check "... says the difference, and how sure" said "^B's p99 is [0-9.]+ % \([0-9.]+ to [0-9.]+ %\) shorter"
check "... of the losses" said '^neither loses jobs'
check "... of the distributions" said '^the responses are distributed differently: distance 0\.[0-9]+, p = 0\.0'
check "... marks what is sure" said '^response +mean .*\*'
check "a result with itself" compare 0 a a
check "... differs in nothing" said '^A and B have the same p99'
check "files result.json" compare 0 a/result.json ./b/result.json
check "... pair, too" said 'paired, replication'
check "other seeds" compare 0 a c
check "... are not paired" said 'not paired: different seeds'
check "... and see no difference" said '^no difference in p99 can be seen'
check "other numbers of replications" compare 0 a d
check "... are not paired" said 'not paired: different numbers of replications'
check "one replication" compare 0 a once
check "... has no interval, and says so" said 'one replication'

check "without colons in a name there is no part" compare 0 a:sim b
mkdir 'a:b' && cp a/* 'a:b/'
check "a folder with a colon" compare 0 'a:b' b
check "an unknown part" compare 2 a:poll b
check "... is told" grep -q "^a: unknown part 'poll'; did you mean 'pool'? (allowed: sim, sim_paired, pool)$" "$work/err"
check "a part that is not there" compare 2 a:pool b
check "... is told" grep -q "^a: holds no 'pool'$" "$work/err"

# ---- both engines: nothing here depends on how fast the machine is -------------------------------

"$program" run --quiet --no-plots --out r --set run.duration=1s --set run.replications=6 "$one" 2>/dev/null
check "a run with itself" compare 0 r r
check "... is compared by its simulator, with a hint" said 'A:pool B:pool compares the real ones'
check "the pools of two runs" compare 0 r:pool r:pool
check "... have no intervals" said 'real pool'
check "the pool and its pair" compare 0 r:sim_paired r:pool
check "a run and a sim" compare 0 r a
check "... by the simulator" said '^A  r: .*simulated 6 times'

# ---- JSON, files, chart --------------------------------------------------------------------------

cat >check.py <<'PYTHON'
import json, sys
r = json.load(open(sys.argv[1]))
assert r['schema'] == 'headroom.compare/1' and r['paired'] and r['apart'] is None
assert r['a']['scenario'] == 'one-server' and r['b']['path'] == 'b' and len(r['words']) == 5
a, b = (json.load(open(f'{x}/result.json')) for x in 'ab')
for name, f in r['figures'].items():
    if name == 'total.good':
        continue
    va, vb = a, b
    for part in name.split('.'):
        va, vb = va[part], vb[part]
    assert (f['a'], f['b']) == (va['mean'], vb['mean']), name
    if f['a'] is not None and f['b'] is not None:
        d = f['difference']
        assert abs(d - (f['b'] - f['a'])) <= 1e-9 * abs(f['b'] + f['a']), name
        assert f['low'] is None or f['low'] <= d <= f['high'], name
        assert f['low'] is not None or f['reason'], name
f = r['figures']['total.response.mean']
assert f['sure'] and f['paired'] and f['high'] < 0 and f['relative']['high'] < 0
assert 0 < r['distribution']['distance'] <= 1 and 0 < r['distribution']['p'] <= 0.05
PYTHON
check "--json" status 0 "$program" compare --json --no-plots a b
cp "$work/out" words.json
check "... holds what the results hold" "$python" check.py words.json
check "... as compare.json does" cmp words.json out/compare-a-b/compare.json
rm -rf out
check "a chart" status 0 "$program" compare --out drawn a b
pictures() { [ -s drawn/compare.svg ] && [ -s drawn/compare.png ] && grep -q "B's p99 is" drawn/compare.svg; }
if command -v gnuplot >/dev/null; then
    check "... of both, with the finding as its title" pictures
    rm drawn/compare.svg drawn/compare.png
    check "plot draws it again" status 0 "$program" plot drawn
    check "... the same" pictures
fi
check "... and no other folder" [ ! -e out ]

sed '/"trust": {/{n;s/true/false/;}' b/result.json >late.json
mkdir late && cp b/* late && cp late.json late/result.json
check "one that is not to be trusted" compare 0 a late
check "... is marked" said '^B  late: .*NOT TO BE TRUSTED'
check "... on the chart, too" grep -q '^subtitle,"B is NOT TRUSTED; 95 % intervals' out/compare-a-late/compare-chart.csv
rm -rf out

# ---- refusals: status 2, a line each, nothing written --------------------------------------------

refuses() {
    compare 2 "$1" b && [ "$(wc -l <"$work/err")" = 1 ] && grep -qE "$2" "$work/err" && [ ! -e out ]
}
copy() {
    rm -rf bad && cp -r a bad
}
rm -rf out
check "no such folder" refuses nowhere '^nowhere: cannot be opened: No such file'
mkdir empty
check "a folder without a result" refuses empty '^empty/result.json: cannot be opened'
check "a scenario" refuses "$one" "one-server.yaml:[0-9]+:1: lacks 'schema'$"
mkdir swept && echo "{}" >swept/sweep.json
check "a sweep" refuses swept "^swept: is a sweep; compare takes results of sim, bench, run$"
copy && head -c 3000 a/result.json >bad/result.json
check "a result cut off" refuses bad '^bad/result.json:[0-9]+:[0-9]+: '
copy && sed 's|headroom.result/1|headroom.result/7|' a/result.json >bad/result.json
check "another schema" refuses bad '^bad/result.json:2:13: schema: must be one of: headroom.result/1$'
copy && : >bad/result.json
check "an empty one" refuses bad '^bad/result.json:1:1: is empty'
copy && head -c 20000000 /dev/zero | tr '\0' 'x' >bad/result.json
check "a large one" refuses bad '^bad/result.json: is larger than 16 MB; that is no result$'
copy && rm bad/result.json && mkfifo bad/result.json
check "a pipe" refuses bad '^bad/result.json: is a pipe that nothing is written to$'
copy && cp b/replications.csv bad/
check "the replications of another result" refuses bad '^bad/replications.csv:1:[0-9]+: the mean of .* belongs to another'
copy && cp d/response.csv bad/
check "the responses of another result" refuses bad '^bad/response.csv:1:1: 11 columns, where 8 replications have 10'
copy && sed '3s/,/,x/' a/percentiles.csv >bad/percentiles.csv
check "percentiles that are no numbers" compare 2 bad b
check "one argument" status 2 "$program" compare a
check "three arguments" status 2 "$program" compare a b c
check "an --out that is a file" status 1 "$program" compare --no-plots --out a/result.json a b

# ---- --keep-jobs ---------------------------------------------------------------------------------

cat >mixed.yaml <<'YAML'
headroom: 1
name: mixed
run: {duration: 2s, warmup: 100ms, replications: 2, cooldown: 0s}
classes:
  - {name: open, arrivals: {poisson: {rate: 300/s}}, route: [{pool: p, service: {exponential: {mean: 5ms}}}]}
  - {name: users, arrivals: {closed: {clients: 3, think: {exponential: {mean: 5ms}}}}, route: [{pool: q, service: {exponential: {mean: 5ms}}}]}
pools: [{name: p, workers: 1, queue: {capacity: 3, when_full: drop_oldest}}, {name: q, workers: 1}]
YAML
cat >jobs.py <<'PYTHON'
import collections, csv, json, sys
r = json.load(open('one/result.json'))
rows = list(csv.DictReader(open('k/jobs.csv')))
fates = collections.Counter(row['fate'] for row in rows)
for fate in 'completed rejected dropped in_flight_at_end'.split():
    assert fates[fate] == r['total'][fate], (fate, fates)
assert len(rows) == r['total']['offered'] and fates['dropped'] > 0 and fates['in_flight_at_end'] > 0
order = [(row['class'], int(row['index'] or -1), int(row['client'] or -1), int(row['cycle'] or -1)) for row in rows]
assert order == sorted(order) and len(set(order)) == len(order)
total = 0
for row in rows:
    assert (row['index'] == '') == (row['class'] == 'users') and (row['client'] == '') == (row['class'] == 'open')
    v = {k: float(x) for k, x in row.items() if k not in ('class', 'fate') and x}
    if row['fate'] == 'completed':
        assert abs(v['wait'] + v['service'] - v['response']) < 2e-9
        assert abs(v['intended'] + v['wait'] - v['started']) < 2e-9 and abs(v['started'] + v['service'] - v['ended']) < 2e-9
        total += v['response']
    elif row['fate'] == 'in_flight_at_end':
        assert 'ended' not in v and 'response' not in v
    else:
        assert 'started' not in v and 'service' not in v and abs(v['ended'] - v['intended'] - v['wait']) < 2e-9
assert all(0 <= float(row['intended']) < 2 for row in rows)
PYTHON
check "sim --keep-jobs" status 0 "$program" sim --keep-jobs --no-plots --out k mixed.yaml
check "... of replication 1" status 0 "$program" sim --no-plots --out one --set run.replications=1 mixed.yaml
check "... has a row for every job" "$python" jobs.py
finish
