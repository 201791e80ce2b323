#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# sweep, merge: the order of the cells and what each of them is; the same bytes for any number of threads, of shards,
# and however often it was killed on the way; what merge refuses; Ctrl-C; table and charts.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
scenarios=$top/scenarios
mkdir "$work/here" && cd "$work/here" || exit 1
cat >w.yaml <<'YAML'
headroom: 1
name: w
arrivals: {poisson: {rate: 1000/s}}
service: {lognormal: {mean: 3ms, cv: 1.5}}
pool: {workers: 4, queue: {capacity: 20, when_full: reject}}
slo: {p99: 20ms, rejected: 1%}
run: {duration: 1s, warmup: 100ms, replications: 4}
sweep: {pool.workers: [3, 4, 6], arrivals.poisson.rate: {from: 800/s, to: 1200/s, step: 200/s}}
YAML

# sweep DIR ARGUMENT...
sweep() {
    dir=$1
    shift
    "$program" sweep w.yaml --no-plots --quiet --out "$dir" "$@"
}
# How many of the files there are.
count() {
    n_there=0
    for file; do
        [ ! -e "$file" ] || n_there=$((n_there + 1))
    done
    echo "$n_there"
}
same() {
    cmp "$1/sweep.csv" "$2/sweep.csv" && cmp "$1/sweep.json" "$2/sweep.json"
}

# ---- cells ---------------------------------------------------------------------------------------

whole() {
    status 0 sweep whole && [ ! -s "$work/out" ] && [ ! -s "$work/err" ] && [ "$(ls -A whole)" = "$(printf '%s\n' \
        sweep-border.csv sweep-chart.csv sweep-knee.csv sweep-map.csv sweep-throughput.csv sweep-workers.csv sweep.csv \
        sweep.json)" ]
}
check "a sweep writes its files, and leaves no part" whole
cat >cells.py <<'PYTHON'
import csv, json, subprocess, sys
program = sys.argv[1]
sweep = json.load(open('whole/sweep.json'))
rows = list(csv.DictReader(open('whole/sweep.csv')))
assert sweep['schema'] == 'headroom.sweep/1' and sweep['interrupted'] is False and sweep['of'] == 9
order = [(w, r) for w in '346' for r in ('800/s', '1000/s', '1200/s')]
assert [(r['pool.workers'], r['arrivals.poisson.rate']) for r in rows] == order
assert [int(r['cell']) for r in rows] == list(range(1, 10))
for k, (workers, rate) in enumerate(order):
    cell = sweep['cells'][k]
    assert cell['values'] == {'pool.workers': workers, 'arrivals.poisson.rate': rate}
    run = subprocess.run([program, 'sim', 'w.yaml', '--json', '--no-plots', '--no-headroom', '--out', 'one', '--set',
                          'pool.workers=' + workers, '--set', 'arrivals.poisson.rate=' + rate], capture_output=True)
    result = json.loads(run.stdout)
    assert result == cell['result'], f'cell {k + 1} is not what sim says'
    row, total = rows[k], result['total']
    for column, figure in (('throughput', total['throughput']), ('response_p99', total['response']['p99']),
                           ('wait_mean', total['wait']['mean']), ('rejected_share', total['rejected_share']),
                           ('pool.utilisation', result['pools']['pool']['utilisation'])):
        for suffix, part in ('', 'mean'), ('_low', 'low'), ('_high', 'high'):
            assert abs(float(row[column + suffix]) - figure[part]) <= 1e-8 * abs(figure[part]), (column, suffix)
    assert int(row['offered']) == total['offered'] and row['regime'] == result['regime']
    assert row['slo'] == ('met' if all(s['met'] for s in result['slo']) else 'missed')
    assert (row['theory'] != '') == (cell['theory']['model'] is not None)
assert {r['slo'] for r in rows} == {'met', 'missed'}
PYTHON
check "cells are in order, each what sim says of it, figure by figure" python3 cells.py "$program"
overridden() {
    status 0 sweep over --vary pools.pool.workers=5 --vary run.replications=1,2 --set arrivals.poisson.rate=700/s &&
        [ "$(cut -d, -f1-4 over/sweep.csv | tr '\n' ' ')" = "cell,pools.pool.workers,arrivals.poisson.rate,run.replications \
1,5,800/s,1 2,5,800/s,2 3,5,1000/s,1 4,5,1000/s,2 5,5,1200/s,1 6,5,1200/s,2 " ]
}
check "--vary goes before the scenario's sweep, further paths behind it" overridden
yaml_values() {
    status 0 sweep yaml --vary 'service={exponential: {mean: 3ms}},{constant: 3ms}' --vary pool.workers=4 \
        --vary arrivals.poisson.rate=900/s && grep -q '^2,4,900/s,{constant: {mean: 3ms}}\|^2,4,900/s,{constant: 3ms},' yaml/sweep.csv
}
check "a value may be any YAML" yaml_values
files() {
    cp "$scenarios/trace.yaml" "$scenarios/trace-sample.csv" . && mkdir -p deep && cp trace.yaml trace-sample.csv deep &&
        status 0 "$program" sweep trace.yaml --vary pool.workers=2,3 --no-plots --quiet --out t1 &&
        status 0 "$program" sweep deep/trace.yaml --vary pool.workers=2,3 --no-plots --quiet --out t2 && same t1 t2
}
check "a file that is named lies beside the scenario" files

# ---- the same bytes ------------------------------------------------------------------------------

threads() {
    for n in 1 2 4; do
        status 0 sweep "t$n" --threads "$n" && same whole "t$n" || return 1
    done
}
check "the same bytes on 1, 2 and 4 threads" threads
json() {
    status 0 "$program" sweep w.yaml --no-plots --json --out j && cmp "$work/out" whole/sweep.json && same whole j
}
check "--json prints sweep.json and nothing else" json
# sharded N DIR ARGUMENT...
sharded() {
    n=$1 into=$2
    shift 2
    i=0
    while [ $((i += 1)) -le "$n" ]; do
        status 0 sweep "$into" --shard "$i/$n" "$@" || return 1
    done
}
shards() {
    for n in 1 2 3 7; do
        sharded "$n" "s$n" && [ "$(count "s$n"/.[!.]* "s$n"/*)" -eq "$n" ] &&
            status 0 "$program" merge "s$n" --no-plots --quiet && same whole "s$n" || return 1
    done
}
check "the same bytes from 1, 2, 3 and 7 shards" shards
more_shards() {
    n=40 # of 36 runs
    sharded 40 s40 && rm s40/shard-40-of-40.headroom && status 0 "$program" merge s40 --no-plots --quiet && same whole s40
}
check "more shards than runs; those without any need not be there" more_shards
shard_bytes() {
    for n in 1 2 4; do
        status 0 sweep "b$n" --shard 2/3 --threads "$n" && cmp s3/shard-2-of-3.headroom "b$n/shard-2-of-3.headroom" || return 1
    done
}
check "a shard's file has the same bytes on any number of threads, too" shard_bytes
elsewhere() {
    status 0 "$program" merge s3 --no-plots --json --out else && cmp "$work/out" whole/sweep.json && same whole else
}
check "merge --out, --json" elsewhere
charts_too() {
    for file in whole/*; do
        cmp "$file" "s7/$(basename "$file")" || return 1
    done
}
check "what charts are drawn from is the same, too" charts_too

# ---- killed, interrupted, resumed ------------------------------------------------------------------

cat >cut.py <<'PYTHON'
# cut.py SIGNAL DIR PROGRAM ARGUMENT...: ends the sweep as soon as some of its runs are written down.
import glob, os, signal, subprocess, sys, time
name, folder, *command = sys.argv[1:]
process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
while process.poll() is None:
    parts = glob.glob(f'{folder}/.shard-*.part')
    if parts and os.path.getsize(parts[0]) > 40000:
        process.send_signal(getattr(signal, name))
        break
    time.sleep(0.002)
status = process.wait(timeout=60)
print(status)
sys.exit(0 if status == (-9 if name == 'SIGKILL' else 130) else 1)
PYTHON
long="--vary pool.workers=3:7:1 --set run.duration=6s --set run.replications=20"
case $program in
*/tsan/*) long="--vary pool.workers=3:5:1 --set run.duration=2s --set run.replications=6" ;;
esac
# shellcheck disable=SC2086
killed() {
    status 0 sweep long $long && python3 cut.py SIGKILL "killed$1" "$program" sweep w.yaml --no-plots --quiet --out \
        "killed$1" $long $2 && [ ! -e "killed$1/sweep.csv" ] &&
        before=$(cat "killed$1"/.shard-*.part | wc -c) && [ "$before" -gt 40000 ] &&
        status 0 sweep "killed$1" $long $2 --resume
}
check "killed in the middle, --resume goes on" killed 1 ""
check "... and ends with the same bytes" same long killed1
clean() {
    [ "$(ls -A killed1)" = "$(ls -A long)" ]
}
check "... and leaves nothing else" clean
# shellcheck disable=SC2086
killed_shard() {
    killed 2 "--shard 1/2" && status 0 sweep killed2 $long --shard 2/2 && status 0 "$program" merge killed2 --no-plots --quiet
}
check "a shard, killed and resumed" killed_shard
check "... and merged ends with the same bytes" same long killed2
# shellcheck disable=SC2086
torn() {
    mkdir torn && cp killed2/shard-1-of-2.headroom torn/.shard-1-of-2.part &&
        truncate -s -3000 torn/.shard-1-of-2.part && status 0 sweep torn $long --shard 1/2 --resume --threads 1 &&
        cp killed2/shard-2-of-2.headroom torn && status 0 "$program" merge torn --no-plots --quiet && same long torn
}
check "a part that is torn in the middle of a run" torn
# shellcheck disable=SC2086
interrupted() {
    python3 cut.py SIGINT cut "$program" sweep w.yaml --no-plots --quiet --out cut $long 2>cut.err &&
        grep -qE "^headroom: interrupted: cut/sweep.csv has $(($(wc -l <cut/sweep.csv) - 1)) of [0-9]+ cells, .*--resume goes on" cut.err
}
check "Ctrl-C: status 130, how many cells are there" interrupted
cat >cut-cells.py <<'PYTHON'
import json
cut, whole = (json.load(open(f'{d}/sweep.json')) for d in ('cut', 'long'))
assert cut['interrupted'] is True and len(cut['cells']) < len(whole['cells'])
assert [c for c in whole['cells'] if c in cut['cells']] == cut['cells']
PYTHON
check "... the cells that were whole are there, and it is marked" python3 cut-cells.py
# shellcheck disable=SC2086
gone_on() {
    status 0 sweep cut $long --resume && same long cut
}
check "... and --resume goes on to the same bytes" gone_on
again() {
    status 0 "$program" sweep w.yaml --no-plots --out whole --resume && grep -q 'whole already' "$work/err" && [ ! -s "$work/out" ] &&
        status 0 "$program" sweep w.yaml --no-plots --out s3 --shard 2/3 --resume && grep -q 'shard-2-of-3.headroom is whole already' "$work/err"
}
check "--resume of what is whole: said, not run" again
again_other() {
    cp -r whole other && status 2 sweep other --seed 5 --resume &&
        grep -q 'other/sweep.json: is of another scenario, seed or sweep; without --resume it is begun anew' "$work/err" &&
        same whole other && status 2 sweep other --vary pool.workers=3,4 --resume && same whole other &&
        status 0 sweep other --seed 5 && ! cmp -s whole/sweep.json other/sweep.json
}
check "... of another sweep: refused, and nothing is lost" again_other
# Another program's, with everything else the same.
other_program() {
    for change in 's/"version": "/&9/:another version of headroom' 's/"generator": "/&x/:another random generator'; do
        rm -rf other && cp -r whole other && sed -i "${change%%:another*}" other/sweep.json && cp other/sweep.json was.json &&
            status 2 sweep other --resume && cmp was.json other/sweep.json &&
            grep -q "other/sweep.json: is of ${change##*:}; without --resume it is begun anew" "$work/err" &&
            [ "$(ls -A other)" = "$(ls -A whole)" ] || return 1
    done
    status 0 sweep other && same whole other
}
check "... of another version or generator: refused, too" other_program
cat >head.py <<'PYTHON'
# head.py FILE FROM TO: another word of the same length in the head of a shard, soundly marked.
import re, sys
name, old, new = sys.argv[1], sys.argv[2].encode(), sys.argv[3].encode()
data = open(name, 'rb').read()
at = data.index(b'\n') + 1
size = int.from_bytes(data[at + 1:at + 5], 'little')
payload = data[at + 13:at + 13 + size]
assert payload.count(old) >= 1 and len(old) == len(new)
payload, hash = payload.replace(old, new, 1), 0xcbf29ce484222325
for byte in data[at:at + 5] + payload:
    hash = (hash ^ byte) * 0x100000001b3 % 2**64
open(name, 'wb').write(data[:at + 5] + hash.to_bytes(8, 'little') + payload + data[at + 13 + size:])
PYTHON
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' whole/sweep.json)
generator=$(sed -n 's/^  "generator": "\(.*\)",$/\1/p' whole/sweep.json)
other_program_part() {
    for change in "$version 9${version#?} version.of.headroom" "$generator x${generator#?} random.generator"; do
        # shellcheck disable=SC2086
        set -- $change
        rm -rf other && mkdir other && cp s3/shard-1-of-3.headroom other/.shard-1-of-3.part &&
            python3 head.py other/.shard-1-of-3.part "$1" "$2" && cp other/.shard-1-of-3.part was &&
            status 2 sweep other --shard 1/3 --resume && cmp was other/.shard-1-of-3.part &&
            grep -q "shard-1-of-3.part: is of another $3; without --resume it is begun anew" "$work/err" &&
            mv was other/shard-1-of-3.headroom && rm other/.shard* && status 2 sweep other --shard 1/3 --resume &&
            grep -q "shard-1-of-3.headroom: is of another $3" "$work/err" && rm -rf m && cp -r other m &&
            refuses "is of another $3" || return 1
    done
}
busy() {
    mkdir busy && for more in "" "--resume"; do
        # shellcheck disable=SC2086
        status 1 flock busy/.shard-1-of-1.part "$program" sweep w.yaml --no-plots --quiet --out busy $more &&
            grep -q 'busy/.shard-1-of-1.part is being written by another sweep' "$work/err" && [ ! -e busy/sweep.csv ] || return 1
    done
    status 0 sweep busy && same whole busy
}
check "another sweep is at work in the folder: said, nothing is touched" busy
# shellcheck disable=SC2086
anew() {
    mkdir anew && cp killed2/shard-1-of-2.headroom anew/.shard-1-of-2.part && truncate -s -3000 anew/.shard-1-of-2.part &&
        cp anew/.shard-1-of-2.part part && "$program" sweep w.yaml --no-plots --out anew $long --shard 1/2 2>anew.err &&
        grep -q '^headroom: [0-9]* of [0-9]* runs of an earlier sweep lie here; begun anew (--resume would go on)$' anew.err &&
        cmp killed2/shard-1-of-2.headroom anew/shard-1-of-2.headroom && cp part anew/.shard-1-of-2.part &&
        status 0 sweep anew $long --shard 1/2 && [ ! -s "$work/err" ]
}
check "without --resume what lies there is lost, and that is said" anew
# shellcheck disable=SC2086
other_part() {
    mkdir mine && cp -r whole/. mine && cp killed2/shard-1-of-2.headroom mine/.shard-1-of-2.part &&
        status 0 sweep mine $long --shard 1/2 --resume
}
check "a part of this sweep is gone on with, whatever results lie there" other_part
empty() {
    mkdir empty && : >empty/.shard-1-of-1.part && status 0 sweep empty --resume && same whole empty &&
        cp s3/shard-1-of-3.headroom empty && truncate -s 9 empty/shard-1-of-3.headroom &&
        status 0 sweep empty --shard 1/3 --resume && cmp s3/shard-1-of-3.headroom empty/shard-1-of-3.headroom
}
check "a part that was killed before its beginning was whole" empty
foreign() {
    mkdir foreign && cp s3/shard-1-of-3.headroom foreign/.shard-1-of-3.part &&
        status 2 sweep foreign --shard 1/3 --seed 5 --resume && grep -q 'another scenario' "$work/err" &&
        status 0 sweep foreign --shard 1/3 --seed 5
}
check "a part of another sweep is not gone on with" foreign

# ---- what merge refuses -----------------------------------------------------------------------------

# refuses WORDS: merge of the folder `m` ends with 2, says WORDS, and writes nothing.
refuses() {
    status 2 "$program" merge m --no-plots || return 1
    cat "$work/err"
    [ ! -s "$work/out" ] && grep -q "$1" "$work/err" && [ ! -e m/sweep.csv ]
}
# with COMMAND...: three sound shards in `m`, then the command there.
with() {
    rm -rf m && mkdir m && cp s3/*.headroom m && (cd m && "$@")
}
flip() {
    python3 -c "
import sys
data = bytearray(open(sys.argv[1], 'rb').read())
data[int(len(data) * float(sys.argv[2]))] ^= 4
open(sys.argv[1], 'wb').write(data)" "$1" "$2"
}
check "a shard or part of another version or generator, at --resume and merge" other_program_part
with cp shard-1-of-3.headroom shard-01-of-3.headroom
check "a shard twice" refuses 'shard 1, which is there twice'
with rm shard-2-of-3.headroom
check "a gap" refuses 'shard 2 of 3 is missing'
with truncate -s -1 shard-3-of-3.headroom
check "a file that is cut off" refuses 'shard-3-of-3.headroom: is cut off or damaged after byte'
with truncate -s 20 shard-3-of-3.headroom
check "... at its beginning" refuses 'beginning is damaged'
with flip shard-2-of-3.headroom 0.5
check "a flipped bit" refuses 'shard-2-of-3.headroom: is cut off or damaged after byte'
with flip shard-1-of-3.headroom 0.001
check "... in the head of the first" refuses 'beginning is damaged'
cp w.yaml w1.yaml
sweep seed --shard 3/3 --seed 5
with cp ../seed/shard-3-of-3.headroom .
check "another seed" refuses 'shard-3-of-3.headroom: is of another scenario, seed or sweep'
with cp ../s2/shard-2-of-2.headroom .
check "another number of shards" refuses 'is one of'
with sh -c 'rm *; echo x >shard-1-of-1.headroom'
check "what is no shard" refuses 'no part of a sweep'
with sh -c 'rm *'
check "an empty folder" refuses 'no shards lie here'

# ---- usage ------------------------------------------------------------------------------------------

# wrong WORDS ARGUMENT...: status 2, WORDS on standard error, nothing written.
wrong() {
    words=$1
    shift
    status 2 "$program" sweep w.yaml --out never "$@" && grep -qF -e "$words" "$work/err" && [ ! -e never ] && [ ! -s "$work/out" ]
}
check "a path that is not known: the nearest" wrong "did you mean 'workers'?" --vary pool.wrokers=2,3
check "... and the cell" wrong "(cell 1: " --vary pool.workers=0,3
check "no values" wrong "is not PATH=VALUES" --vary pool.workers=
check "an empty value" wrong "empty value" --vary pool.workers=1,,2
check "a step of 0" wrong "step is 0" --vary pool.workers=1:3:0
check "too many cells" wrong "more than 100000 cells" --vary pool.workers=1:1000:1 --vary seed=1:1000:1
check "run.warmup: auto" wrong "a sweep takes a duration" --set run.warmup=auto
check "... in a later cell, too" wrong "a sweep takes a duration" --vary run.warmup=1s,auto
check "run.precision" wrong "a sweep takes run.replications" --set 'run.precision={metric: p99, within: 2%}'
check "--engine" wrong "by itself" --engine calendar
check "--shard 0/3" wrong "I/N" --shard 0/3
check "--shard 4/3" wrong "I/N" --shard 4/3
check "--shard 1" wrong "I/N" --shard 1
check "two scenarios" wrong "one scenario" w1.yaml
plain() {
    printf 'headroom: 1\nname: p\narrivals: {poisson: {rate: 9/s}}\nservice: {constant: 1ms}\npool: {workers: 1}\n' >p.yaml
    status 2 "$program" sweep p.yaml --out never && grep -q 'nothing is varied' "$work/err"
}
check "nothing is varied" plain
others() {
    status 0 "$program" sim w.yaml --no-plots --no-headroom --quiet --out sim || [ $? -eq 1 ] && [ -e sim/result.json ]
}
check "sim takes a scenario with a sweep, and runs it as it is" others

# ---- table and charts ---------------------------------------------------------------------------------

table() {
    status 0 "$program" sweep w.yaml --no-plots --out table --vary pool.workers=1:20:1 --set run.replications=2 &&
        [ "$(wc -L <"$work/out")" -le 100 ] && grep -q '20 cells more: table/sweep.csv' "$work/out" &&
        grep -q 'slo met in [0-9]* of 60 cells' "$work/out" && [ "$(grep -c '^ *[0-9].*/s ' "$work/out")" -eq 40 ]
}
check "the table: 100 columns, of many cells the first and the last" table
sizes() {
    status 0 "$program" sweep w.yaml --no-plots --out sizes --vary pool.workers=1:9:1 --set slo.p99=40ms &&
        grep -qE '^fewest workers that meet the slo: 800/s [2-9][?]?, 1000/s [2-9][?]?, 1200/s [2-9][?]?$' "$work/out" &&
        status 0 "$program" sweep w.yaml --no-plots --out sizes --vary pool.workers=1,8 --vary arrivals.poisson.rate=1/s:10/s:1/s \
            --vary pool.queue.capacity=1,2 && grep -q '\.\.\. (all: sizes/sweep.csv)$' "$work/out" &&
        status 0 "$program" sweep w.yaml --no-plots --out sizes --vary pool.workers=1,2 &&
        grep -qE '^fewest workers that meet the slo: 800/s none, 1000/s none, 1200/s none$' "$work/out"
}
check "the fewest workers that meet the slo, at each rate" sizes
titles() {
    grep -qE '^title_sweep-workers,"At 1200/s: P99 keeps its limit of [0-9.]* ms from [4-6] workers on( \(not surely\))?"$' whole/sweep-chart.csv &&
        grep -qE '^title_sweep-throughput,"At 1200/s: throughput goes from [0-9.]* jobs/s \(3 workers\) to [0-9]* \(6\)"$' whole/sweep-chart.csv &&
        grep -qE '^title_sweep-knee,"At [346] workers: P99 ' whole/sweep-chart.csv
}
check "a title stays on one line of its chart" titles
charts() {
    status 0 "$program" sweep w.yaml --format png --out c && [ ! -s "$work/err" ] &&
        [ "$(cd c && echo *.png)" = "sweep-knee.png sweep-map.png sweep-throughput.png sweep-workers.png" ] &&
        rm c/*.png && status 0 "$program" plot c --format svg && [ "$(count c/*.svg)" -eq 4 ] &&
        status 0 "$program" sweep w.yaml --format svg --out c --vary pool.workers=4 --vary arrivals.poisson.rate=900/s,1300/s &&
        [ "$(cd c && echo *.svg)" = "sweep-knee.svg" ]
}
missed() {
    python3 - <<'PYTHON'
import csv
cells = list(csv.DictReader(open('whole/sweep.csv')))
slo = {r['cell']: r['slo'] == 'missed' and r['trusted'] == 'true' for r in cells}
where = [(w, r) for w in range(3) for r in range(3)]
for row in csv.DictReader(open('whole/sweep-map.csv')):
    cell = cells[where.index((int(row['x']), int(row['y'])))]
    assert (row['missed'] == '1') == slo[cell['cell']], row
    late = float(cell['response_p99']) > 0.02
    assert (row['why'] != '') == (slo[cell['cell']] and not late), (row, cell['response_p99'])
    assert row['why'] == '' or row['why'].endswith(' % rejected'), row
for name in 'knee', 'workers', 'throughput':
    n = sum(r['missed'] != '' for r in csv.DictReader(open(f'whole/sweep-{name}.csv')))
    assert n == sum(slo.values()) > 0, (name, n, slo)
PYTHON
}
check "what misses the slo is marked in the charts, and why" missed
loose() {
    status 0 "$program" sweep w.yaml --format svg --out loose --set 'slo={p99: 10s}' && [ ! -s "$work/err" ] &&
        ! grep -q 'misses the slo\|border of' loose/*.svg && [ "$(count loose/*.svg)" -eq 4 ] &&
        status 0 "$program" sweep w.yaml --format svg --out loose --set 'slo={p99: 1us}' && [ ! -s "$work/err" ] &&
        [ "$(grep -l 'misses the slo' loose/*.svg | wc -l)" -eq 4 ] && ! grep -q 'border of' loose/*.svg
}
if command -v gnuplot >/dev/null; then
    check "... no mark where all meet it, no border where all are the same; gnuplot says nothing" loose
    check "the charts that make sense, and plot draws them again" charts
fi

finish
