#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# precision: run.precision and run.warmup: auto, from the file to the verdict: what is said, the exit status, the
# same bytes for any number of threads, and what else a run does beside them.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
python=$(python3 -c 'import sys; print(sys.executable)')
mkdir "$work/here" && cd "$work/here" || exit 1

cat >half.yaml <<'YAML'
headroom: 1
name: half
arrivals: {poisson: {rate: 100/s}}
service: {exponential: {mean: 5ms}}
pool: {workers: 1}
run: {duration: 10s}
YAML
precise() {
    printf 'run.precision={metric: %s, within: %s, max_replications: %s}' "$@"
}
# sim STATUS OPTION...
sim() {
    wanted=$1
    shift
    status "$wanted" "$program" sim --no-plots --no-color --out o "$@" half.yaml
}
# look EXPRESSION: true of r, the result.
look() {
    "$python" - "$1" <<'PYTHON'
import json, sys
r = json.load(open('o/result.json'))
r = r.get('sim', r)
assert eval(sys.argv[1]), (r['replications'], r['warmup'], r['warmup_auto'], r['precision'], r['trust'], r['advice'])
PYTHON
}
said() { grep -qE -- "$1" "$work/out"; }
unsaid() { ! said "$1"; }
narrow() { [ "$(awk 'length($0) > 100' "$work/out" | wc -l)" = 0 ]; }

# ---- precision -----------------------------------------------------------------------------------

check "nobody asked" sim 0
check "... null, ten replications" look 'r["precision"] is None and r["replications"] == 10'
check "... no line" unsaid '^precision'
check "p99 within 20 %" sim 0 --set "$(precise p99 20% 1000)"
check "... says when and why it ended" said '^precision    p99 within 20 %: known to [0-9.]+ % after [0-9]+ replications$'
check "... in 100 columns" narrow
check "... after a look, and no earlier one" look 'r["replications"] in (20, 30, 45, 67, 100)'
ends='(lambda f: max(f["high"] / f["mean"] - 1, 1 - f["low"] / f["mean"]))'
check "... either end is so near" look "r['precision']['met'] and abs($ends(r['total']['response']['p99']) - r['precision']['reached']) < 1e-9"
check "... what was asked" look 'r["precision"]["metric"] == "p99" and r["precision"]["within"] == 0.2 and r["precision"]["max_replications"] == 1000'
check "tighter takes more" sim 0 --set "$(precise p99 8% 1000)"
check "... replications" look 'r["replications"] >= 45 and r["precision"]["reached"] <= 0.08'
for metric in mean p50 throughput utilisation goodput; do
    check "$metric" sim 0 --set "$(precise $metric 30% 20)"
    check "... at the first look" look 'r["replications"] == 20 and r["precision"]["met"]'
done
check "rejected, where some are" sim 0 --set "$(precise rejected 50% 100)" --set 'pool.queue={capacity: 2}'
check "... within" look 'r["precision"]["met"] and r["total"]["rejected_share"]["mean"] > 0.01'
check "not reached: status 98" sim 98 --set "$(precise p99 7% 25)"
check "... says so" said '^precision    p99 within 7 %: known to [0-9.]+ % after 25 replications: NOT REACHED \(max_replications\)$'
check "... and why it is not trusted" said '^trust        NO\. p99 was to be known to 7 %: after 25 replications'
check "... in the result" look 'not r["trust"]["ok"] and not r["precision"]["met"] and r["replications"] == 25'
check "out of reach" sim 98 --set "$(precise p99 0.5% 500)"
check "... ends early" look 'r["replications"] < 100 and not r["precision"]["met"]'
check "... says so" said '^precision    p99 within 0.5 %: known to [0-9.]+ % after [0-9]+ replications: CANNOT BE REACHED, ended'
check "... and why" said 'after 500, the most'
check "a share that is 0" sim 98 --set "$(precise rejected 50% 1000)"
check "... ends at the first look, as nothing can be lost" look 'r["replications"] == 20'
check "... says why" said 'it was 0 in all of them,'
check "a share that was 0 and could be more" sim 98 --set "$(precise rejected 50% 1000)" --set pool.queue.capacity=50
check "... is looked for as long as it could be known" look 'r["replications"] == 225'
check "jobs too few for ever" sim 98 --set "$(precise p999 20% 100)" --set run.duration=20ms
check "... ends at the first look" look 'r["replications"] == 20'
check "... says why" said 'fewer$|fewer than'
check "never an interval" sim 98 --set "$(precise mean 50% 1000)" --set 'service={pareto: {min: 2ms, alpha: 1.7}}'
check "... reached: null" look 'r["precision"]["reached"] is None and r["replications"] == 20'
check "... why" said 'it has no'
check "... check says so before" status 0 "$program" check --json --set "$(precise mean 50% 20)" --set 'service={pareto: {min: 2ms, alpha: 1.7}}' half.yaml
check "... in words" said 'never has an interval'
check "too tight for so few jobs" status 0 "$program" check --json --set "$(precise p999 1% 20)" half.yaml
check "... check says so" said 'p999 to 1 % cannot be reached: after 20 replications'
check "jobs beyond it too few" status 0 "$program" check --json --set "$(precise p999 1% 20)" --set run.duration=1s half.yaml
check "... check says so" said 'too few( jobs)? beyond it'
check "nothing random" sim 0 --set 'arrivals={constant: {rate: 100/s}}' --set 'service={constant: 5ms}' --set "$(precise p99 2% 1000)"
check "... once" look 'r["replications"] == 1 and r["precision"] is None'
check "beside an slo: the search goes on" sim 0 --set 'slo={p99: 50ms}' --set "$(precise mean 20% 100)"
check "... with its own few replications" look 'r["headroom"]["rate"] > 1'
check "an slo missed, a precision not reached: 98" sim 98 --set 'slo={p99: 10ms}' --set "$(precise p99 0.5% 20)" --no-headroom

# ---- auto ----------------------------------------------------------------------------------------

check "warmup: auto" sim 0 --set run.warmup=auto
check "... in the head of the table" said 'warm-up [0-9.]+ m?s \(auto\), measured 10 s'
check "... in the result" look 'r["warmup_auto"] and 0.01 <= r["warmup"] <= 5'
check "a given one" sim 0 --set run.warmup=1s
check "... is not auto" look 'not r["warmup_auto"] and r["warmup"] == 1'
check "too short to tell: status 98" sim 98 --set run.warmup=auto --set run.duration=500ms --set 'service={constant: 1s}' --set pool.workers=200
check "... run longer" said '^trust        NO\. run longer: in half of run.duration \(250 ms\)'
check "no steady state" sim 0 --set run.warmup=auto --set arrivals.poisson.rate=250/s
check "... the default, and says so" said 'auto. does not apply: the warm-up'
check "... in the result" look 'not r["warmup_auto"] and r["warmup"] == 1 and r["regime"] == "unstable"'

# ---- both, and what else there is ----------------------------------------------------------------

both() {
    "$program" sim --json --no-plots --out "t$1" --threads "$1" --set run.warmup=auto --set "$(precise p99 8% 100)" half.yaml >"t$1.json"
}
for threads in 1 2 3 7; do
    check "both on $threads threads" both $threads
    check "... the same bytes" cmp t1.json t$threads.json
done
check "... more than the first look" "$python" -c 'import json; r = json.load(open("t1.json")); assert r["replications"] > 20 and r["warmup_auto"]'
method() {
    "$program" sim --json --no-plots --out m --engine "$1" --set run.warmup=auto --set "$(precise p99 8% 100)" half.yaml |
        grep -v '"method"' >"$1.json"
}
check "by the calendar" method calendar
check "by the recursion" method recursion
check "... the same bytes" cmp calendar.json recursion.json
files() {
    for file in t1/*.csv; do
        cmp "$file" "t7/${file#t1/}" || return 1
    done
}
check "... in every file" files
check "--keep-jobs" sim 0 --keep-jobs --set "$(precise mean 10% 100)"
check "... is of replication 1" cp o/jobs.csv kept.csv
check "... as without" sim 0 --keep-jobs --set run.replications=1
check "... the same" cmp kept.csv o/jobs.csv
check "compare: a result with itself pairs" status 0 "$program" compare --no-plots t1 t7
check "... replication by replication" said 'paired, replication'
sim 0 --out few --set "$(precise mean 30% 100)"
check "compare: other numbers of replications" status 0 "$program" compare --no-plots t1 few
check "... are not paired" said 'not paired: different'
check "clients: their open twin has no precision" sim 0 --set 'arrivals={closed: {clients: 3, think: {exponential: {mean: 20ms}}}}' --set "$(precise p50 5% 60)"
run_both() {
    "$program" run --no-plots --out o --set run.duration=1s --set run.warmup=auto --set "$(precise p50 40% 100)" half.yaml >"$work/out" 2>"$work/err"
    got=$?
    [ "$got" -eq 0 ] || [ "$got" -eq 98 ] # on a busy machine
}
check "run with both" run_both
check "... one warm-up for both" "$python" -c 'import json
r = json.load(open("o/result.json"))
assert r["sim"]["warmup"] == r["sim_paired"]["warmup"] == r["pool"]["warmup"] and r["pool"]["warmup_auto"]
assert r["sim"]["precision"] and r["pool"]["precision"] is None and r["sim_paired"]["precision"] is None'
check "... in its table" said '\(auto\), measured 1 s'
pool_alone() {
    "$program" bench --no-plots --out o --set run.duration=300ms --set run.warmup=auto half.yaml >"$work/out" 2>"$work/err"
    got=$?
    [ "$got" -eq 0 ] || [ "$got" -eq 98 ]
}
check "bench finds its warm-up, too" pool_alone
check "... and says so" said '\(auto\), measured 300 ms'

finish
