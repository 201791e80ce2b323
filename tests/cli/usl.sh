#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usl: the law fitted to a table and to a sweep: words, JSON, chart; rows chosen by --where; what it refuses.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
one=$top/scenarios/one-server.yaml
mkdir "$work/here" && cd "$work/here" || exit 1

said() { grep -qE -- "$1" "$work/out"; }
told() { cat "$work/err" && grep -qE -- "$1" "$work/err"; }
narrow() { [ "$(awk 'length($0) > 80' "$work/out" | wc -l)" = 0 ]; }
usl() {
    want=$1
    shift
    status "$want" "$program" usl "$@"
}
# json EXPRESSION: of the JSON on standard output, r.
json() {
    python3 -c "import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not ($1))" "$work/out"
}

{
    echo workers,throughput
    grep ',raytracer-first-six,' "$top/tests/oracles/usl_points.csv" | cut -d, -f3-
} >ray.csv
check "a table of two columns" usl 0 ray.csv
check "... lambda" said '^lambda +20\.856 '
check "... sigma" said '^sigma +0\.024444 '
check "... the peak" said '^peak +24\.49 workers'
check "... advice" said '^advice +no point lies beyond the peak'
check "... in 80 columns" narrow
check "... its files" test -s out/usl-ray/usl.json -a -s out/usl-ray/usl.csv
if command -v gnuplot >/dev/null; then
    check "... its chart" test -s out/usl-ray/usl.svg -a -s out/usl-ray/usl.png
    redraw() { rm out/usl-ray/usl.svg && "$program" plot out/usl-ray && [ -s out/usl-ray/usl.svg ]; }
    check "... is drawn again by plot" redraw
fi
check "--json" usl 0 --json --no-plots --out j ray.csv
check "... is JSON alone, and says the peak" json "abs(r['peak']['workers'] - 24.48825) < 1e-4 and len(r['points']) == 6"
check "... has the intervals" json "r['kappa']['low'] < r['kappa']['value'] < r['kappa']['high'] and r['limit'] is None"
check "... lies in --out, too" cmp -s "$work/out" j/usl.json
check "--quiet" usl 0 --quiet --no-plots ray.csv
check "... says nothing" test ! -s "$work/out"
pipe() { "$program" usl --no-plots --out p /dev/stdin <ray.csv >"$work/out" && said '^peak +24\.49'; }
check "a pipe" pipe

# Two cores: a straight line that ends at once, which the law does not know.
printf 'workers,throughput\n1,200\n2,401\n4,401\n8,401\n16,401\n32,401\n' >cores.csv
check "points that the law misses" usl 0 --no-plots cores.csv
check "... are told" said 'the law is off by up to [0-9]+ % \(at 1 worker\)'
check "... on the chart, too" grep -q '^title_usl,"The law does not fit: off by [0-9]* % at 1 worker"' out/usl-cores/usl-chart.csv
check "... in 80 columns" narrow
check "points that it does not miss" usl 0 --no-plots ray.csv
check "... are not" sh -c "! grep -q 'the law is off' '$work/out'"

# Closed clients keep as many workers busy as there are: a straight line up to 8, then the clients are the limit.
sweep() {
    out=$1
    shift
    "$program" sweep --quiet --no-plots --out "$out" --set run.duration=4s --set run.replications=4 "$@" "$one"
}
sweep straight --set 'arrivals={closed: {clients: 64, think: {constant: 1us}}}' --vary pool.workers=1,2,4,8,16 || exit 1
check "a sweep's folder" usl 0 --json --no-plots straight
check "... a straight line, weighted" json "r['weighted'] and abs(r['lambda']['value'] - 125) < 4 and r['sigma']['value'] < 0.02"
check "... without a peak" json "r['peak'] is None and r['workers'] == 'pool.workers'"
check "closed clients" usl 0 --no-plots straight
check "... are not said to offer too little" sh -c "! grep -q 'what was offered' '$work/out'"
check "its sweep.csv" usl 0 --json --no-plots straight/sweep.csv
check "... is the same" test -s out/usl-straight/usl.json
sweep offered --vary pool.workers=1,2,3,4 || exit 1
check "a sweep below saturation" usl 0 --no-plots offered
check "... says so" said 'throughput is what was offered'

sweep two --vary pool.workers=1,2,3,4 --vary arrivals.poisson.rate=200/s,900/s || exit 1
check "two things vary" usl 2 --no-plots two
check "... says what to choose" told "varies arrivals\.poisson\.rate, too \(200/s, 900/s\); .*--where arrivals\.poisson\.rate=200/s"
check "... chosen" usl 0 --json --no-plots --where arrivals.poisson.rate=900/s two
check "... are half the cells" json "len(r['points']) == 4 and abs(r['lambda']['value'] - 125) < 5"
check "--where with another value" usl 2 --where arrivals.poisson.rate=1/s two
check "... is told" told "no row of .* has it; there are 200/s, 900/s"
check "--where with another path" usl 2 --where arrivals.rate=1/s two
check "... is told" told "no column 'arrivals\.rate'"
check "--where without a value" usl 2 --where arrivals two
check "--where of another command" status 2 "$program" sim --where a=b "$one"
check "--vary of this one" usl 2 --vary a=1,2 two

sweep rates --vary arrivals.poisson.rate=10/s,20/s,30/s || exit 1
check "a sweep without workers" usl 2 rates
check "... is told" told 'varies no workers'
check "no such file" usl 2 nowhere.csv
check "... is told" told '^nowhere\.csv: cannot be opened'
mkdir empty
check "a folder without a sweep" usl 2 empty
check "... is told" told '^empty/sweep\.csv: '
check "no argument" usl 2
check "two" usl 2 ray.csv ray.csv
# bad WORDS LINE...: a table of these lines is refused with the words.
bad() {
    words=$1
    shift
    printf '%s\n' "$@" >bad.csv
    usl 2 --no-plots --out never bad.csv && told "$words" && [ ! -e never ]
}
check "no columns of these names" bad "no columns 'workers' and 'throughput'" n,x 1,2
check "no throughput" bad "no column 'throughput'" workers,x 1,2
check "no rows" bad 'no rows' workers,throughput
check "an empty table" bad '' ''
check "too few cells" bad 'bad\.csv:3.*as many cells' workers,throughput 1,2 3
check "no number" bad "bad\.csv:2.*'much' in column 'throughput'" workers,throughput 1,much
check "too few points" bad 'three different' workers,throughput 1,2 2,4 2,5
check "workers of nobody" bad 'above 0' workers,throughput 0,2 2,4 3,5
check "no throughput at all" bad 'is 0' workers,throughput 1,0 2,0 3,0
check "an output that cannot be written" usl 1 --out /proc/nowhere ray.csv
finish
