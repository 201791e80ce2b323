#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# resizing: what is drawn and said of pools that change their size: the chart of a run, two of them compared, the
# frontier of several, the columns and the map of a sweep. Words of the user stay words.
# shellcheck disable=SC1091,SC2016,SC2154,SC2317
. tests/cli/lib.sh
python=$(python3 -c 'import sys; print(sys.executable)')
mkdir "$work/here" && cd "$work/here" || exit 1
drawing=no
command -v gnuplot >/dev/null && drawing=yes

# A burst each second; grows and shrinks at one mark, so it turns back often.
cat >thrash.yaml <<'YAML'
headroom: 1
name: thrash
arrivals: {profile: {shape: step, points: [[0s, 600/s], [500ms, 60/s]], repeat: 1s}}
service: {exponential: {mean: 10ms}}
pool:
  workers: 2
  resize: {policy: watermark, min: 2, max: 16, every: 50ms, grow_at: 70%, shrink_at: 70%, step: 2}
run: {kind: terminating, duration: 5s, replications: 6}
slo: {p99: 200ms}
YAML
sed '/resize:/d; s/workers: 2/workers: 6/; s/name: thrash/name: fixed/' thrash.yaml >fixed.yaml

# sim OUT FILE OPTION...
sim() {
    out=$1 file=$2
    shift 2
    "$program" sim --quiet --no-plots --out "$out" "$@" "$file"
    got=$?
    case $got in 0 | 98 | 99) ;; *) return 1 ;; esac
}
sim thrash thrash.yaml && sim calm thrash.yaml --set pool.resize.shrink_at=20% --set pool.resize.dwell=100ms &&
    sim six fixed.yaml && sim eight fixed.yaml --set pool.workers=8 || exit 1

said() { grep -qE -- "$1" "$work/out"; }
narrow() { [ "$(awk 'length($0) > 80' "$work/out" | wc -l)" = 0 ]; }
pictures() {
    for picture; do
        [ -s "$picture" ] || { echo "no $picture"; return 1; }
    done
}

# ---- sizes.csv, and the chart --------------------------------------------------------------------

cat >sizes.py <<'PYTHON'
# sizes.py FOLDER ENGINE: the rows go from 0 to T; what serves and what is decided is what events.csv says.
import csv, json, sys
folder, engine = sys.argv[1:]
rows = [r for r in csv.DictReader(open(f'{folder}/sizes.csv')) if r['engine'] == engine]
result = json.load(open(f'{folder}/result.json'))
assert list(rows[0]) == 'pool engine t what serving size'.split()
assert rows[0]['what'] == 'begin' and float(rows[0]['t']) == 0 and rows[-1]['what'] == 'end', rows[-1]
t = [float(r['t']) for r in rows]
assert t == sorted(t) and t[-1] == 5
events = [e for e in csv.DictReader(open(f'{folder}/events{"-sim" if "sim" in result and engine == "sim" else ""}.csv')) if 0 <= float(e['t']) < 5 and e['what'] != 'batch']
assert [e['what'] for e in events] == [r['what'] for r in rows[1:-1]]
for e, r in zip(events, rows[1:]):
    assert e['to'] == (r['size'] if e['what'] in ('grow', 'shrink') else r['serving']), (e, r)
assert any(r['what'] == 'shrink' for r in rows)
PYTHON
check "sizes.csv of a simulation" "$python" sizes.py thrash sim
check "... series-paired.csv: replication 1" [ -s thrash/series-paired.csv ]
check "... neither of a fixed pool" sh -c '[ ! -e six/sizes.csv ] && [ ! -e six/series-paired.csv ]'
check "a title that counts the reversals" grep -qE '^title_resizing,"[0-9.]+ reversals a minute: ' thrash/chart.csv
check "... none of a fixed pool" sh -c '! grep -q "^title_resizing" six/chart.csv'
check "the number of workers at the begin is not called the pool's" grep -qx 'workers,' thrash/chart.csv
"$program" run --quiet --no-plots --out both --set run.replications=2 thrash.yaml 2>/dev/null
check "sizes.csv of a run: the simulator's" "$python" sizes.py both sim
check "... and the real pool's" "$python" sizes.py both pool
check "a fixed pool in the same folder" sim both fixed.yaml
check "... leaves nothing of them" sh -c '[ ! -e both/sizes.csv ] && [ ! -e both/series-paired.csv ]'
"$program" run --quiet --no-plots --out both --set run.replications=2 thrash.yaml 2>/dev/null
tiny() {
    sim tiny thrash.yaml --set run.duration=200ms --set run.replications=1 &&
        "$python" -c 'import json
r = json.load(open("tiny/result.json"))
assert r["pools"]["pool"]["resizing"]["most_workers"]["mean"] <= 8, r["pools"]'
}
check "the most workers are those within the time measured" tiny

# quiet COMMAND...: status 0, and not a word on standard error.
quiet() {
    status 0 "$@" && { cat "$work/err"; [ ! -s "$work/err" ]; }
}
if [ "$drawing" = yes ]; then
    check "plot draws it" quiet "$program" plot thrash
    check "... and lists it" said 'resizing\.svg'
    check "... in both formats" pictures thrash/resizing.svg thrash/resizing.png
    check "... with its title" grep -q 'reversals a minute' thrash/resizing.svg
    check "... of both engines" quiet "$program" plot --format svg both
    check "... which it names" sh -c 'grep -q "real pool" both/resizing.svg && grep -q "the same jobs" both/resizing.svg'
    check "... of few jobs" quiet "$program" plot --format svg,png,pdf tiny
    check "... as PDF, too" pictures tiny/resizing.pdf
fi

# ---- compare -------------------------------------------------------------------------------------

check "compare" status 0 "$program" compare --no-plots thrash calm
check "... in 80 columns" narrow
check "... workers" said '^workers +mean +[0-9.]+ +[0-9.]+ +[* ] [-+0-9.]+ \('
check "... the most" said '^ +most '
check "... resizes" said '^resizes +/min +[0-9.]+ +[0-9.]+ +\*'
check "... reversals" said '^reversals +/min +[0-9.]+ +[0-9.]+ +\*'
check "... worker-seconds" said '^worker-sec\.'
check "... leaves what its chart shows" pictures out/compare-thrash-calm/compare-sizes.csv out/compare-thrash-calm/compare-series.csv
check "... and no picture with --no-plots" sh -c '! ls out/*/*.svg out/*/*.png'
check "one of a fixed size" status 0 "$program" compare --no-plots calm six
check "... says so" said '^reversals +/min +[0-9.]+ +0 '
check "... in its title" grep -q '^title_compare-resizing,"A turns back .*, B never; P99 ' out/compare-calm-six/compare-chart.csv
check "two of fixed sizes" status 0 "$program" compare --no-plots --out out/compare-calm-six six eight
check "... have no such rows" sh -c "! grep -q '^reversals' '$work/out'"
check "... and no such chart" sh -c '! grep -q compare-resizing out/compare-calm-six/compare-chart.csv && [ ! -e out/compare-calm-six/compare-sizes.csv ]'
check "the real pool and its pair" status 0 "$program" compare --no-plots --out pair both:pool both:sim_paired
pair() { [ "$(grep -c ',begin,' pair/compare-sizes.csv)" = 2 ] && grep -q '^b,.*,shrink,' pair/compare-sizes.csv; }
check "... each with its own sizes" pair
if [ "$drawing" = yes ]; then
    check "the chart" quiet "$program" compare --out drawn thrash calm
    check "... is written" pictures drawn/compare-resizing.svg drawn/compare-resizing.png drawn/compare.svg
    check "... again, of fixed ones" quiet "$program" compare --out drawn six eight
    check "... it is gone" sh -c '[ ! -e drawn/compare-resizing.svg ] && [ -s drawn/compare.svg ]'
fi
cp -r thrash bad
sed '5s/,[a-z]*,/,hop,/2' thrash/sizes.csv >bad/sizes.csv
check "sizes that are none" status 2 "$program" compare --no-plots --out nowhere bad calm
check "... are told with their place" grep -q '^bad/sizes.csv:5:1: not the sizes of a pool$' "$work/err"
check "... and nothing is written" [ ! -e nowhere ]

# ---- the frontier --------------------------------------------------------------------------------

check "plot of several" status 0 "$program" plot --no-plots --out f six eight thrash calm/result.json
check "... a row each" sh -c "[ \$(wc -l <'$work/out') = 5 ]"
check "... size" said '^six +6 workers +6 +30 +0 '
check "... policy" said '^thrash +2 to 16 workers \(watermark\) '
check "... the frontier" said ' (yes|no)$'
check "... no picture" sh -c '! ls f/*.svg f/*.png'
cat >frontier.py <<'PYTHON'
import csv, json
r = json.load(open('frontier.json'))
assert r['schema'] == 'headroom.frontier/1' and r['worker_seconds_a_second'] is False
points = {p['name']: p for p in r['results']}
assert list(points) == 'six eight thrash calm'.split()
for name, p in points.items():
    saved = json.load(open(f'{name}/result.json'))
    assert p['workers'] == saved['pools']['pool']['workers']['mean']
    assert p['worker_seconds']['mean'] == saved['pools']['pool']['worker_seconds']['mean']
    assert p['p99'] == saved['total']['response']['p99'], p
    beaten = any(q['worker_seconds']['mean'] <= p['worker_seconds']['mean'] and q['p99']['mean'] <= p['p99']['mean'] for q in r['results'] if q is not p)
    assert p['frontier'] == (not beaten), p
    assert p['resizes'] == (name in ('thrash', 'calm'))
rows = list(csv.DictReader(open('f/frontier.csv')))
assert [row['name'] for row in rows[:2]] == ['six', 'eight'] and [row['fixed'] for row in rows] == list('1100')
assert sum(row['on'] == '1' for row in rows) == sum(p['frontier'] for p in r['results'])
PYTHON
check "--json" status 0 "$program" plot --json --no-plots --out f six eight thrash calm
cp "$work/out" frontier.json
check "... holds what the results hold" "$python" frontier.py
check "... as frontier.json does" cmp frontier.json f/frontier.json
# Cheap and quick, as it turns most of the jobs away: on no frontier.
sim lossy fixed.yaml --set pool.workers=1 --set 'pool.queue={capacity: 0, when_full: reject}'
check "a result that loses jobs" status 0 "$program" plot --no-plots --out f six eight lossy
check "... is not on the frontier" said '^lossy +1 worker .* no: loses [0-9]+ %'
check "... nor beats anybody" sh -c "[ \$(grep -c ' yes' '$work/out') -ge 1 ] && ! grep '^lossy' '$work/out' | grep -q yes"
check "... and its mark says so" grep -qE ',"?1 worker. loses [0-9]+ %"?,1,0,1,' f/frontier.csv
sim long thrash.yaml --set run.duration=6s
check "results of different lengths" status 0 "$program" plot --no-plots --out f thrash long
check "... by the second" said 'w-sec/s'
check "two results of one name" status 0 "$program" plot --no-plots --out f both:pool both:sim ./six six
check "... are told apart" sh -c "grep -q '^both-pool ' '$work/out' && grep -q '^./six ' '$work/out'"
if [ "$drawing" = yes ]; then
    check "the chart" quiet "$program" plot --out f six eight thrash calm
    check "... is written" pictures f/frontier.svg f/frontier.png
    rm f/frontier.*g
    check "... and drawn again" quiet "$program" plot f
    check "... the same" pictures f/frontier.svg
    sim none thrash.yaml --set 'arrivals={renewal: {gap: {constant: 100s}}}'
    rm -f thrash/*.svg calm/*.svg
    check "several without --out: each again" quiet "$program" plot thrash calm
    check "... both" pictures thrash/resizing.svg calm/resizing.svg
    check "... of results without a P99" quiet "$program" plot --out g none tiny
fi
refuses() {
    status 2 "$program" plot --no-plots --out nowhere thrash "$1" && grep -qE "$2" "$work/err" && [ ! -e nowhere ]
}
check "no such result" refuses nothing '^nothing: cannot be opened'
check "a part that is not there" refuses thrash:pool "^thrash: holds no 'pool'$"
mkdir swept && echo '{}' >swept/sweep.json
check "a sweep" refuses swept '^swept: is a sweep; plot of several takes results of sim, bench, run$'
check "an --out that is a file" status 1 "$program" plot --no-plots --out thrash.yaml thrash calm
without_gnuplot() {
    status 1 env PATH=/nowhere "$program" plot --out f thrash calm && grep -q 'gnuplot is not installed' "$work/err" && [ -s f/frontier.csv ]
}
check "without gnuplot: status 1, but for the chart all is there" without_gnuplot

# ---- sweeps --------------------------------------------------------------------------------------

map='--vary pool.resize.dwell=0s,100ms --vary pool.resize.shrink_at.utilisation=20%:70%:25%'
# shellcheck disable=SC2086
check "a sweep of a mark that stands in shorthand" status 0 "$program" sweep --no-plots --out s $map thrash.yaml
check "... shows reversals" said 'revers/m'
cat >columns.py <<'PYTHON'
import csv, json
rows = list(csv.DictReader(open('s/sweep.csv')))
assert list(rows[0])[-4:] == 'workers_mean resizes_per_minute reversals_per_minute worker_seconds'.split()
for row, cell in zip(rows, json.load(open('s/sweep.json'))['cells']):
    pool = cell['result']['pools']['pool']
    for name, value in (('workers_mean', pool['workers']['mean']), ('worker_seconds', pool['worker_seconds']['mean']),
                        ('resizes_per_minute', pool['resizing']['resizes_per_minute']['mean']),
                        ('reversals_per_minute', pool['resizing']['reversals_per_minute']['mean'])):
        assert abs(float(row[name]) - value) <= 1e-8 * abs(value), (name, row[name], value)
shown = list(csv.DictReader(open('s/sweep-map.csv')))
assert [float(r['reversals']) for r in shown] == [float(r['reversals_per_minute']) for r in rows]
most = max(rows, key=lambda r: float(r['reversals_per_minute']))
assert most['pool.resize.dwell'] == '0s' and most['pool.resize.shrink_at.utilisation'] == '70%', most
PYTHON
check "... in sweep.csv and on the map" "$python" columns.py
check "... the map's title" grep -q '^title_sweep-map,"Reversals a minute: ' s/sweep-chart.csv
# shellcheck disable=SC2086
parts() {
    for i in 1 2; do
        "$program" sweep --quiet --no-plots --out parts --shard $i/2 $map thrash.yaml || return 1
    done
    "$program" merge --quiet --no-plots parts && cmp s/sweep.csv parts/sweep.csv && cmp s/sweep-map.csv parts/sweep-map.csv
}
check "... and the same bytes of two shards" parts
check "a sweep of a fixed pool" status 0 "$program" sweep --no-plots --out s2 --vary pool.workers=6,8 --vary arrivals.profile.repeat=1s,2s fixed.yaml
check "... has the columns, too" sh -c 'head -n 1 s2/sweep.csv | grep -q ",workers_mean,resizes_per_minute,reversals_per_minute,worker_seconds$"'
check "... and its map is of P99" sh -c 'grep -qx map_reversals,0 s2/sweep-chart.csv && ! grep -q Reversals s2/sweep-chart.csv'
if [ "$drawing" = yes ]; then
    check "the maps" quiet "$program" plot s
    check "... are drawn" pictures s/sweep-map.svg s/sweep-map.png
    check "... of fixed pools" quiet "$program" plot --format svg s2
fi

# ---- words of the user ---------------------------------------------------------------------------

nothing_ran() {
    find "$work" "$top" -maxdepth 4 -name 'pwned*' >found
    cat found
    [ ! -s found ]
}
wicked='`touch pwned1` $(touch pwned2) ". system("touch pwned3") .@x %s%n {x} ^y_z'
cp -r thrash "$wicked" && cp -r calm '|touch pwned4' && cp -r six ./-x
hostile() {
    if [ "$drawing" = yes ]; then
        quiet "$program" "$@" && nothing_ran
    else
        quiet "$program" "$@" --no-plots && nothing_ran
    fi
}
check "the frontier of wicked names" hostile plot --out w -- "$wicked" '|touch pwned4' -x ./six
check "... which stand in it" grep -qF 'touch pwned3' w/frontier.csv
cp -r calm 'a, "b", c'
check "names with commas" hostile plot --out w3 'a, "b", c' six
if [ "$drawing" = yes ]; then
    check "... stand whole on the chart" grep -q 'a‚ ”b”‚ c' w3/frontier.svg
fi
check "compare of wicked names" hostile compare --out w2 -- "$wicked" '|touch pwned4'
tampered() {
    rm -rf t && cp -r thrash t && sed -i "$1" t/chart.csv && sed -i "$2" t/sizes.csv
    timeout 20 "$program" plot --format svg t >"$work/out" 2>"$work/err"
    got=$?
    [ "$got" -le 1 ] && nothing_ran
}
if [ "$drawing" = yes ]; then
    check "tampered: the pool" tampered 's/^pool,.*/pool,"`touch pwned10`"/' ''
    check "tampered: the best size" tampered 's/^best_fixed,.*/best_fixed,system("touch pwned11")/' ''
    check "tampered: the title" tampered 's/^title_resizing,.*/title_resizing,"`touch pwned12` @system(1) %s%n"/' ''
    check "tampered: the sizes" tampered '' '3,$s/pool/`touch pwned13`/'
    check "tampered: what" tampered '' 's/grow/"; system("touch pwned14"); "/'
    check "tampered: no sizes" tampered '' d
    check "the crew of a tampered result" sh -c "sed -i 's/^crew,.*/crew,\"\`touch pwned15\` %s%n\"/' t/chart.csv"
    check "... is only a word" hostile plot --out w t six
fi
finish
