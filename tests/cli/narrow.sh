#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# narrow: every table fits a terminal of 80 columns, by COLUMNS and on a pseudo-terminal; open intervals are marked.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
mkdir "$work/here" && cd "$work/here" || exit 1

# Two pools with long names, jobs lost, every kind of threshold; bursts, so that intervals are open.
cat >two.yaml <<'YAML'
headroom: 1
name: two-pools-with-long-names
about: two pools, one of them small, with thresholds of each kind
run: {duration: 1s, warmup: 100ms, replications: 4}
classes:
  - name: ordinary-customers
    arrivals: {poisson: {rate: 400/s}}
    route: [{pool: front-desk-workers, service: {hyperexponential: {mean: 20ms, cv: 3}}}]
  - name: crowds
    arrivals: {batch: {rate: 3/s, size: {uniform: {min: 2, max: 30}}}}
    route: [{pool: b, service: {lognormal: {mean: 10ms, p99: 60ms}}}]
pools:
  - {name: front-desk-workers, workers: 10, queue: {capacity: 30, when_full: reject}}
  - {name: b, workers: 2}
slo: {p99: 1500ms, mean: 100ms, rejected: 0.1%, throughput: 300/s, within: {100ms: 99.9%, 1500ms: 99.99%}, ordinary-customers: {p90: 100ms}}
YAML
cat >one.yaml <<'YAML'
headroom: 1
name: one
arrivals: {poisson: {rate: 1900/s}}
service: {exponential: {mean: 1ms}}
pool: {workers: 2}
slo: {p99: 1234ms, within: {100ms: 99.9%}}
run: {duration: 1s, replications: 5}
YAML
# done_ COMMAND...: in whatever state it was measured.
done_() {
    "$program" "$@" >"$work/out" 2>"$work/err"
    case $? in 0 | 98 | 99) ;; *) cat "$work/err"; return 1 ;; esac
}
narrow() { ! grep -nE '^.{81,}$' "$work/out"; }
said() { grep -qE -- "$1" "$work/out" || { cat "$work/out"; return 1; }; }

for file in one two; do
    for command in run sim bench theory check; do
        COLUMNS=80
        export COLUMNS
        check "$command $file" done_ $command --out "$command-$file" "$file.yaml"
        check "... in 80 columns" narrow
        unset COLUMNS
    done
    check "compare $file" done_ compare --out c "run-$file:sim_paired" "run-$file:pool"
    check "... in 80 columns" narrow
done
COLUMNS=80 done_ sweep --no-plots --out sweep-one one.yaml --vary pool.workers=4,2,3 --vary arrivals.poisson.rate=1700/s,200/s
check "a sweep of two paths in 80 columns" narrow
check "... has the p99" said '^ +1 +4 +1700/s +[0-9.]+ % +[0-9.]+ '
check "... and what was not tried" said ', 200/s <=2$'
COLUMNS=80 done_ sim --no-plots one.yaml
check "an open interval is no closed one" said '^ +p99 .*\([0-9.]+\.\.open\)'
check "... and what that means" said 'open: past the largest value seen$'
check "... is advised, too" said "interval is open for .*p99"
check "a wide table where nobody says how wide" done_ run --no-plots --out w one.yaml
check "... has the per cent" said '^response +mean .* ms +[-+x][0-9.]+( %)?$'

# On a pseudo-terminal, which says itself how wide it is.
if command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    terminal() {
        script -qec "stty cols 80; '$program' $* 2>/dev/null" /dev/null </dev/null | tr -d '\r' |
            sed 's/\x1b\[[0-9;]*[a-zA-Z]//g' >"$work/out"
        said '^response' && narrow
    }
    check "on a terminal" terminal run --no-plots --out t one.yaml
fi
finish
