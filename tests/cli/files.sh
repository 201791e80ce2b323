#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# files: what lies in OUT afterwards, in which form; and when it cannot be written: status 1, words, the
# old result as it was, no temporary file.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
one=$top/scenarios/one-server.yaml
python=$(python3 -c 'import sys; print(sys.executable)')
mkdir "$work/here" && cd "$work/here" || exit 1

# quick COMMAND ARGUMENT...: a short run without charts; a busy machine may make a bench untrusted.
quick() {
    command=$1
    shift
    "$program" "$command" --no-plots --set run.replications=2 --set run.duration=500ms \
        --set run.warmup=0s "$@" >"$work/out" 2>"$work/err"
    got=$?
    [ "$got" -eq 0 ] || [ "$command$got" = bench98 ] || [ "$command$got" = run98 ] ||
        { echo "status $got"; cat "$work/err"; return 1; }
}
# holds FOLDER NAME...: exactly these files lie there, hidden ones too, and none is empty.
holds() {
    folder=$1
    shift
    printf '%s\n' "$@" | LC_ALL=C sort >"$work/want"
    (cd "$folder" && find . -mindepth 1 | sed 's|^\./||') | LC_ALL=C sort >"$work/is"
    diff "$work/want" "$work/is" || return 1
    [ -z "$(find "$folder" -size 0)" ]
}
alone='result.json series.csv percentiles.csv histogram.csv little.csv utilisation.csv events.csv response.hgrm response.csv chart.csv'
both="$alone series-sim.csv series-paired.csv response-sim.hgrm response-sim.csv replications.csv"

# shellcheck disable=SC2086
{
    check "sim --out" quick sim --out s "$one"
    check "... leaves its files and no other" holds s $alone replications.csv
    check "bench --out" quick bench --out b "$one"
    check "... leaves its files and no other" holds b $alone
    check "run --out" quick run --out r "$one"
    check "... leaves its files and no other" holds r $both
    check "run --keep-jobs" quick run --keep-jobs --out k "$one"
    check "... leaves two more" holds k $both jobs.csv jobs-sim.csv
    check "sim --keep-jobs into the same folder" quick sim --keep-jobs --out k "$one"
    check "... takes away what is not its own" holds k $alone replications.csv jobs.csv
    check "bench into the same folder" quick bench --out k "$one"
    check "... likewise" holds k $alone
}

# ---- the same bytes as on standard output --------------------------------------------------------

same_as_json() {
    "$program" "$@" --json --no-plots --out j --set run.duration=500ms --set run.warmup=0s >j.json 2>"$work/err"
    cmp j.json j/result.json
}
check "sim --json prints result.json" same_as_json sim "$one"
check "bench --json prints result.json" same_as_json bench "$one"
check "run --json prints result.json" same_as_json run "$one"
quiet_result() {
    "$program" sim --no-plots --out q --set run.duration=500ms --set run.warmup=0s --quiet "$one" &&
        "$program" sim --no-plots --out j --set run.duration=500ms --set run.warmup=0s "$one" >/dev/null &&
        diff -r q j
}
rm -rf j
check "the files are the same whatever is printed" quiet_result
closed_result() {
    rm -rf j
    "$program" sim --no-plots --out j --set run.duration=500ms --set run.warmup=0s "$one" >&- 2>"$work/err"
    diff -r q j
}
check "... and with standard output closed" closed_result
all_closed_result() {
    rm -rf j
    "$program" sim --no-plots --out j --set run.duration=500ms --set run.warmup=0s "$one" <&- >&- 2>&-
    diff -r q j
}
check "... and with all three closed" all_closed_result

# ---- forms ---------------------------------------------------------------------------------------

cat >"$work/forms.py" <<'PYTHON'
import csv, json, math, sys

def rows(name):
    with open(name, newline='') as f:
        return list(csv.reader(f))

def numbers(name):
    """Every row as long as the header, every cell empty or a finite number."""
    table = rows(name)
    for row in table[1:]:
        assert len(row) == len(table[0]), f'{name}: {row}'
        assert all(c == '' or math.isfinite(float(c)) for c in row), f'{name}: {row}'
    return table[0], table[1:]

def ascending(values):
    return all(a < b for a, b in zip(values, values[1:]))

def series(name, pools, duration, every, band):
    head, body = numbers(name)
    columns = 'workers busy queue arrivals completions rejected p99 rejected_share'.split()
    first = [f'{p}.{c}' for p in pools for c in columns]
    assert head[0] == 't' and set(first) <= set(head), head
    assert len(head) == len(set(head)), head
    assert any('_low' in h for h in head) == band, head
    t = [float(row[0]) for row in body]
    assert t[0] == 0 and ascending(t), t[:3]
    assert len(t) == round(duration / every) + 1, f'{len(t)} rows'
    assert abs(t[-1] - duration) < 1e-9, t[-1]
    return head, body

# As HdrHistogram's plotter (plotFiles.html) reads it: lines of four words that do not begin with #, the
# first the value, the last 1/(1-percentile); what is no number is passed over. Several files are drawn on
# the first one's scale, so each must have the same one: five steps for every halving of the rest.
def plotter(text):
    points = []
    for line in text.split('\n'):
        words = line.strip().split()
        if len(words) == 4 and not line.strip().startswith('#'):
            try:
                y, x = float(words[0]), float(words[3])
            except ValueError:
                continue
            if math.isfinite(x):
                points.append((x, y))
    p, step = 0, 0.1
    for i, (x, y) in enumerate(points):
        assert abs(1 / (1 - p) - x) <= 0.005 + 1e-9 * x, (i, x, p)
        p += step
        if i % 5 == 4:
            step /= 2
    return points

def hgrm(name, r):
    points = plotter(open(name).read())
    assert len(points) > 20 and [y for _, y in points] == sorted(y for _, y in points), points
    half = [y for x, y in points if x == 2]
    assert abs(half[0] / 1000 / r['total']['response']['p50']['mean'] - 1) < 1e-5, half
    lines = open(name).read().split('\n')
    assert lines[0].split() == ['Value', 'Percentile', 'TotalCount', '1/(1-Percentile)'], lines[0]
    assert lines[1] == '', lines[1]
    body = [line.split() for line in lines[2:] if line and not line.startswith('#')]
    foot = [line for line in lines if line.startswith('#')]
    values, shares, counts = ([float(b[i]) for b in body] for i in range(3))
    assert values == sorted(values) and shares == sorted(shares) and counts == sorted(counts)
    assert shares[-1] == 1 and counts[-1] == r['total']['completed'], (shares[-1], counts[-1])
    assert len(foot) == 3 and 'Mean' in foot[0] and 'StdDeviation' in foot[0] and 'Max' in foot[1] and \
        'Total count' in foot[1] and 'Buckets' in foot[2] and 'SubBuckets' in foot[2], foot
    mean = float(foot[0].split('=')[1].split(',')[0])
    assert abs(mean / 1000 - r['total']['response']['mean']['mean']) < 0.01 * mean / 1000, (mean, 'milliseconds')
    assert abs(values[-1] / 1000 - r['total']['response']['max']) < 0.01 * values[-1] / 1000

def percentiles(name, **filled):
    head, body = numbers(name)
    assert set('inverse percentile theory sim sim_low sim_high pool'.split()) <= set(head), head
    p = [float(row[1]) for row in body]
    assert ascending(p) and p[0] == 0 and p[-1] < 100, p
    for row in body:
        assert abs(1 / (1 - float(row[1]) / 100) - float(row[0])) < 1e-3 * float(row[0]), row
    for column, there in filled.items():
        values = [float(row[head.index(column)]) for row in body if row[head.index(column)] != '']
        assert bool(values) == there, (column, values[:3])
        assert values == sorted(values), column

def events(name):
    table = rows(name)
    assert table[0] == 't,pool,what,from,to'.split(','), table[0]
    for t, pool, what, before, after in table[1:]:
        assert 0 <= float(t) < duration and pool in pools and what == 'batch' and before == '' and int(after) >= 1

def histogram(name, **filled):
    head, body = numbers(name)
    assert head == 'low high sim paired pool'.split(), head
    low, high = ([float(row[i]) for row in body] for i in range(2))
    assert ascending(low) and all(abs(a - b) < 1e-6 * a for a, b in zip(high, low[1:])), low
    for column, there in filled.items():
        shares = [float(row[head.index(column)]) for row in body if row[head.index(column)] != '']
        assert len(shares) == (len(body) if there else 0), column
        assert not there or (0.99 < sum(shares) < 1 + 1e-6 and shares[-1] == 0), (column, sum(shares))

def little(name, m, engine):
    """Windows of one length; the means of L and lambda W over all of them are the result's."""
    head, body = numbers(name)
    assert head[0] == 't' and 2 <= len(body) <= 20, (head, len(body))
    column = lambda c: [float(row[head.index(f'{engine}_{c}')]) for row in body]
    mean = lambda v: sum(v) / len(v)
    law = m['littles_law']
    assert abs(mean(column('in_system')) - law['in_system']) < 1e-6 * law['in_system']
    product = m['stay']['mean'] * m['offered'] / replications / duration
    assert abs(mean(column('rate_times_stay')) - product) < 1e-6 * product

def utilisation(name, m, pool, engine):
    head, body = numbers(name)
    theory = [row for row in body if row[1] != '']
    assert len(theory) > 15 and ascending([float(row[0]) for row in theory])
    assert ascending([float(row[1]) for row in theory if float(row[1]) > 1e-100])
    own = [row for row in body if row[head.index(engine + '_mean')] != '']
    assert len(own) == 1 and abs(float(own[0][0]) - pool['utilisation']['mean']) < 1e-6
    assert abs(float(own[0][head.index(engine + '_mean')]) - m['wait']['mean']['mean']) < 1e-6

def chart(name):
    table = rows(name)
    assert table[0] == ['key', 'value'] and all(len(row) == 2 for row in table), table[:2]
    return dict(table[1:])

folder, what, pools, duration, every = sys.argv[1:]
duration, every, pools = float(duration), float(every), pools.split(',')
r = json.load(open(f'{folder}/result.json'))
series(f'{folder}/series.csv', pools, duration, every, what == 'sim')
percentiles(f'{folder}/percentiles.csv', sim=what != 'bench', pool=what != 'sim')
events(f'{folder}/events.csv')
histogram(f'{folder}/histogram.csv', sim=what != 'bench', pool=what != 'sim', paired=what == 'run')
part = r['pool'] if what == 'run' else r
engine = 'sim' if what == 'sim' else 'pool'
replications = part['replications']
little(f'{folder}/little.csv', part['total'], engine)
if len(pools) == 1:
    utilisation(f'{folder}/utilisation.csv', part['total'], part['pools'][pools[0]], engine)
hgrm(f'{folder}/response.hgrm', r['pool'] if what == 'run' else r)
for pool in pools:
    named = chart(f'{folder}/chart.csv' if len(pools) == 1 else f'{folder}/chart-{pool}.csv')
    assert named['pool'] == pool, named
if what == 'run':
    series(f'{folder}/series-sim.csv', pools, duration, every, True)
    hgrm(f'{folder}/response-sim.hgrm', r['sim'])
PYTHON
forms() {
    "$python" "$work/forms.py" "$@"
}
check "the forms of what sim leaves" forms s sim pool 0.5 0.005
check "the forms of what bench leaves" forms b bench pool 0.5 0.005
check "the forms of what run leaves" forms r run pool 0.5 0.005
check "run.sample_every" quick sim --out e --set run.sample_every=50ms "$one"
check "... makes the rows" forms e sim pool 0.5 0.05

cat >two.yaml <<'YAML'
headroom: 1
name: two
run: {duration: 1s, warmup: 0s, replications: 2}
classes:
  - {name: a, arrivals: {poisson: {rate: 300/s}}, route: [{pool: p, service: {exponential: {mean: 5ms}}}]}
  - {name: b, arrivals: {poisson: {rate: 300/s}}, route: [{pool: q, service: {exponential: {mean: 5ms}}}]}
pools: [{name: p, workers: 4}, {name: q, workers: 4}]
YAML
check "two pools" status 0 "$program" sim --no-plots --out p two.yaml
check "... a chart.csv for each" holds p result.json series.csv percentiles.csv histogram.csv little.csv events.csv \
    response.hgrm response.csv replications.csv chart.csv chart-p.csv chart-q.csv
check "... in the same series.csv" forms p sim p,q 1 0.01

# ---- folders -------------------------------------------------------------------------------------

default_folder() {
    quick sim "$one" && [ -s out/one-server/result.json ] && [ "$(ls -A out)" = one-server ]
}
check "by default out/NAME" default_folder
check "folders on the way are made" quick sim --out new/a/b/ "$one"
check "... all of them" [ -s new/a/b/result.json ]
several() {
    quick sim --out many "$one" two.yaml && [ -s many/one-server/result.json ] && [ -s many/two/result.json ]
}
check "several scenarios: a folder each below --out" several
again() {
    quick sim --out s --seed 2 "$one" && grep -q '"seed": 2' s/result.json
}
check "an older result is replaced" again

# ---- charts --------------------------------------------------------------------------------------

cat >"$work/drawn.py" <<'PYTHON'
import sys, xml.dom.minidom
for name in sys.argv[1:]:
    if name.endswith('.svg'):
        assert xml.dom.minidom.parse(name).documentElement.tagName == 'svg', name
    else:
        assert open(name, 'rb').read(8) == b'\x89PNG\r\n\x1a\n', name
PYTHON
charts='workers queue response distribution p99-over-time littles-law wait-utilisation'
of_pools='workers queue p99-over-time'
of_all='response distribution littles-law'
drawn() {
    for chart in $charts; do
        "$python" "$work/drawn.py" "$1/$chart.svg" "$1/$chart.png" || return 1
    done
    [ -z "$(find "$1" -name '.*.tmp')" ]
}
if command -v gnuplot >/dev/null; then
    check "plot draws the charts of a saved result" status 0 "$program" plot r
    check "... as SVG and PNG, and leaves no other file" drawn r
    check "plot --format" status 0 "$program" plot --format pdf s
    pdf() {
        [ "$(head -c 4 s/workers.pdf)" = %PDF ] && [ ! -e s/workers.svg ]
    }
    check "... draws that alone" pdf
    check "plot of two pools" status 0 "$program" plot --format svg p
    per_pool() {
        for chart in $of_pools; do
            [ -s "p/$chart-p.svg" ] && [ -s "p/$chart-q.svg" ] && [ ! -e "p/$chart.svg" ] || return 1
        done
        for chart in $of_all; do
            [ -s "p/$chart.svg" ] && [ ! -e "p/$chart-p.svg" ] || return 1
        done
    }
    check "... a chart for each, and one of what is of both" per_pool
    says_pools() {
        grep -qF 'charts in p: workers-POOL.svg, queue-POOL.svg, response.svg, ' "$work/out" &&
            grep -q '^  for POOL p, q$' "$work/out"
    }
    check "... and lists them" says_pools
    # exactly FOLDER CHART...: these are drawn and no other, and the list says so.
    exactly() {
        folder=$1
        shift
        status 0 "$program" plot --format svg "$folder" || return 1
        printf '%s\n' "$@" | LC_ALL=C sort >"$work/want"
        (cd "$folder" && ls ./*.svg) | sed 's|^\./||; s|\.svg$||' | LC_ALL=C sort >"$work/is"
        diff "$work/want" "$work/is" || return 1
        sed 's/.*: //; s/,//g; s/\.svg//g' "$work/out" | tr ' ' '\n' | LC_ALL=C sort | diff "$work/want" -
    }
    plain='workers queue response distribution p99-over-time littles-law'
    # shellcheck disable=SC2086
    {
        quick sim --out w "$one"
        check "charts of one server" exactly w $plain wait-utilisation
        check "... theory's figure in a title is called so" grep -qE '^title_wait-utilisation,"At [0-9.]+ % utilisation a job waits [^;]*(; theory says [^"]* at 95 %| on average)"$' w/chart.csv
        check "... after them two pools in the same folder" status 0 "$program" sim --format svg --out w two.yaml
        only_two() {
            [ -s w/workers-p.svg ] && [ ! -e w/workers.svg ] && [ ! -e w/wait-utilisation.svg ] && [ ! -e w/utilisation.csv ]
        }
        check "... leave nothing of the first" only_two
        check "... and one server again" quick sim --out w "$one"
        check "... nothing of the two" holds w $alone replications.csv
        quick sim --out o --set run.duration=1s "$top/scenarios/overload-reject.yaml"
        check "charts where jobs are lost" exactly o $plain wait-utilisation rejected
        quick sim --out o "$top/scenarios/overload-unbounded.yaml"
        check "charts without a steady state" exactly o $plain
        status 0 "$program" sim --no-plots --out o "$top/scenarios/trace.yaml"
        check "charts of a trace" exactly o $plain
    }
fi

# ---- what only some have -------------------------------------------------------------------------

cat >closed.yaml <<'YAML'
headroom: 1
name: closed
arrivals: {closed: {clients: 30, think: {exponential: {mean: 100ms}}}}
service: {exponential: {mean: 10ms}}
pool: {workers: 3}
run: {duration: 2s, warmup: 500ms, replications: 3}
YAML
cat >batch.yaml <<'YAML'
headroom: 1
name: batch
arrivals: {batch: {every: 20ms, size: {uniform: {min: 1, max: 29}}}}
service: {exponential: {mean: 500us}}
pool: {workers: 4}
run: {duration: 1s, warmup: 250ms, replications: 3}
YAML
twin() {
    status 0 "$program" sim --no-plots --out c closed.yaml && "$python" - <<'PYTHON'
import csv, json
rows = list(csv.DictReader(open('c/open-twin.csv', newline='')))
assert list(rows[0]) == 'inverse percentile closed closed_low closed_high pool open open_low open_high'.split()
p90 = next(r for r in rows if abs(float(r['percentile']) - 90) < 1e-6)
assert float(p90['open']) > 1.2 * float(p90['closed']) and p90['pool'] == '', p90
result = json.load(open('c/result.json'))
assert abs(float(p90['closed']) - result['total']['response']['p90']['mean']) < 1e-6
PYTHON
}
check "closed clients: the response of their open twin" twin
batches() {
    status 0 "$program" sim --no-plots --out t batch.yaml && "$python" - <<'PYTHON'
import csv, json
rows = list(csv.DictReader(open('t/events.csv', newline='')))
assert [float(r['t']) for r in rows] == [round(-0.25 + 0.02 * k, 9) for k in range(13, 63)], rows
assert all(1 <= int(r['to']) <= 29 for r in rows)
PYTHON
}
check "batches: their instants and sizes" batches
same_jobs() {
    status 0 "$program" sim --no-plots --out t --json --set run.replications=1 batch.yaml &&
        "$python" -c '
import csv, json
rows = csv.DictReader(open("t/events.csv", newline=""))
assert sum(int(r["to"]) for r in rows) == json.load(open("t/result.json"))["total"]["offered"]'
}
check "... which are all the jobs of replication 1" same_jobs
if command -v gnuplot >/dev/null; then
    # shellcheck disable=SC2086
    {
        check "charts of closed clients" exactly c $plain open-closed
        check "charts of batches" exactly t $plain
        one_tick() {
            grep -q 'a batch arrives, of up to' t/p99-over-time.svg && ! grep -q 'a batch arrives' c/p99-over-time.svg
        }
        check "... say what the ticks are" one_tick
    }
    # edge NAME TEXT: drawn without a word.
    edge() {
        printf 'headroom: 1\nname: edge\n%s\n' "$2" >edge.yaml
        status 0 "$program" sim --format svg --out edge edge.yaml || return 1
        cat "$work/err"
        [ ! -s "$work/err" ]
    }
    dist='service: {exponential: {mean: 10ms}}'
    poisson='arrivals: {poisson: {rate: 10/s}}'
    check "charts of no job" edge none "$dist
arrivals: {renewal: {gap: {constant: 100s}}}
pool: {workers: 1}
run: {duration: 1s, warmup: 0s}"
    check "charts of one job" edge job "$dist
arrivals: {constant: {rate: 1/s, phase: 500ms}}
pool: {workers: 1}
run: {duration: 1s, warmup: 1s, replications: 1}"
    check "charts of one replication" edge replication "$dist
$poisson
pool: {workers: 1}
run: {duration: 2s, replications: 1}"
    check "charts of two samples" edge samples "$dist
$poisson
pool: {workers: 1}
run: {duration: 1s, replications: 2, sample_every: 1s}"
    check "charts of tiny times" edge tiny "service: {constant: 100ns}
arrivals: {poisson: {rate: 100000/s}}
pool: {workers: 1}
run: {duration: 10ms, warmup: 0s, replications: 2}"
    check "charts of huge times" edge huge "service: {lognormal: {mean: 20h, p99: 250h}}
arrivals: {poisson: {rate: 0.0001/s}}
pool: {workers: 20}
run: {duration: 2000h, warmup: 0s, replications: 2, cooldown: 5000h}"
    check "charts where every job is lost but one" edge lost "service: {constant: 10s}
arrivals: {poisson: {rate: 100/s}}
pool: {workers: 1, queue: {capacity: 0, when_full: reject}}
run: {duration: 1s, warmup: 0s, replications: 2}"
    check "charts of more batches than pixels" edge many "service: {constant: 1us}
arrivals: {batch: {rate: 20000/s, size: {constant: 2}}}
pool: {workers: 1}
run: {duration: 1s, warmup: 0s, replications: 1}"
fi
check "plot of a folder without a result: 1" status 1 "$program" plot new
check "... says which" grep -q 'new' "$work/err"
check "plot of a missing folder: 1" status 1 "$program" plot nowhere

# ---- what cannot be written ----------------------------------------------------------------------

# cannot OUT: status 1 at once, and words that name OUT and say why; nothing on standard output.
cannot() {
    where=$1
    shift
    for command in sim bench run; do
        status 1 timeout 5 "$program" "$command" --no-plots --out "$where" "$one" || return 1
        [ ! -s "$work/out" ] || { echo "on standard output:"; cat "$work/out"; return 1; }
        cat "$work/err"
        { [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -e "$where" "$work/err"; } || return 1
    done
}
echo mine >file
ln -s nowhere/at/all dangling
check "--out is a file" cannot file
check "--out lies below a file" cannot file/a/b
check "--out is /dev/null" cannot /dev/null
check "--out is a link to nothing" cannot dangling
check "--out lies where nobody can write" cannot /proc/self/headroom
untouched() {
    [ "$(cat file)" = mine ]
}
check "the file is as it was" untouched
long=$(printf '%0300d' 0)
check "--out is too long a name" cannot "$long"
empty_out() {
    "$program" sim --out "" "$one"
    got=$?
    [ "$got" -eq 1 ] || [ "$got" -eq 2 ]
}
check "--out is empty" empty_out
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked && chmod 555 locked
    check "--out in a folder without permission" cannot locked/a
    check "--out without permission" cannot locked
fi

# no_temporary FOLDER
no_temporary() {
    find "$1" -name '.*' -type f | grep . && return 1
    find "$1" -name '*.tmp' | grep . && return 1
    return 0
}
mkdir -p blocked/result.json
blocked() {
    status 1 "$program" sim --no-plots --out blocked --set run.replications=1 "$one" &&
        grep -qF blocked/result.json "$work/err" && no_temporary blocked
}
check "a folder stands where result.json belongs" blocked

# A limit of file sizes stands for a disk that gets full; the signal it sends must not end the program.
quick sim --out limited "$one"
cp -r limited before
file_limit() {
    (
        ulimit -f 4
        "$program" sim --no-plots --out limited --set run.replications=2 --seed 9 "$one" >"$work/out" 2>"$work/err"
    )
    got=$?
    echo "status $got"
    cat "$work/err"
    [ "$got" -eq 1 ] && grep -qF limited/ "$work/err"
}
check "a limit of file sizes: 1, and words" file_limit
check "... no temporary file" no_temporary limited
check "... the old result.json is as it was" cmp before/result.json limited/result.json
check "... the old files are all as they were" diff -qr before limited

# A disk of 2 MB, in a name space of its own, so that nothing stays mounted.
cat >"$work/disk.sh" <<'SH'
program=$1 one=$2
mount -t tmpfs -o size=2000k none disk 2>/dev/null || exit 77
simulate() {
    "$program" sim --out disk/o --set run.duration=2s --set run.replications="$1" "$one"
}
kept() {
    diff -qr old disk/o >"$1.diff" 2>&1
}
simulate 2 >/dev/null || exit 1
cp -r disk/o old
cat /dev/zero >disk/rest 2>/dev/null
simulate 3 >/dev/null 2>sim.err
echo $? >sim.status
kept sim
"$program" plot disk/o >/dev/null 2>plot.err
echo $? >plot.status
kept plot
rm disk/rest
simulate 3 >/dev/null || exit 1
cmp -s old/result.json disk/o/result.json && exit 1
exit 0
SH
mkdir disk
if unshare -m true 2>/dev/null; then
    unshare -m sh "$work/disk.sh" "$program" "$one" >"$work/disk.log" 2>&1
    got=$?
    if [ "$got" -ne 77 ]; then
        full_disk() {
            cat "$work/disk.log" sim.err
            [ "$got" -eq 0 ]
        }
        check "a full disk, and with room again it works" full_disk
        full_sim() {
            cat sim.status sim.err sim.diff
            [ "$(cat sim.status)" -eq 1 ] && grep -q 'disk/o.*No space' sim.err && [ ! -s sim.diff ]
        }
        check "... sim: status 1, words, the old files as they were, no temporary file" full_sim
        if command -v gnuplot >/dev/null; then
            full_plot() {
                cat plot.status plot.err plot.diff
                [ "$(cat plot.status)" -eq 1 ] && [ -s plot.err ] && [ ! -s plot.diff ]
            }
            check "... plot: status 1, words, the old charts as they were, no temporary file" full_plot
        fi
    fi
fi

finish
