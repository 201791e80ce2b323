#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# golden: the simulated result is the same bytes for any number of threads, folder and run, and those
# of tests/cli/golden.txt. Where the format or the simulation was changed on purpose:
#   sh tests/cli/golden.sh build/release/headroom --update
# shellcheck disable=SC1091,SC2154,SC2317
update=${2-}
. tests/cli/lib.sh
golden=$top/tests/cli/golden.txt
mkdir "$work/here" && cd "$work/here" || exit 1
[ "$update" != --update ] || : >new.txt

# Two classes, one of them closed; two pools; gamma, hyperexponential and uniform laws.
cat >whole.yaml <<'YAML'
headroom: 1
name: golden-whole
about: two classes, two pools
seed: 20240229
run: {duration: 20s, warmup: 2s, replications: 7}
classes:
  - name: open
    arrivals: {poisson: {rate: 300/s}}
    route: [{pool: large, service: {gamma: {mean: 20ms, cv: 0.7}}}]
  - name: users
    arrivals: {closed: {clients: 12, think: {uniform: {min: 5ms, max: 45ms}}}}
    route: [{pool: small, service: {hyperexponential: {mean: 10ms, cv: 3}}}]
pools:
  - {name: large, workers: 7, queue: {capacity: 30, when_full: drop_oldest}}
  - {name: small, workers: 3, queue: {capacity: 4, when_full: caller_runs}}
slo: {p99: 150ms, users: {p90: 100ms}, open: {rejected: 1%}}
YAML

# The other arrivals and laws, on one pool with a door.
printf 'n,took_s\n1,0.004\n2,0.001\n3,0.02\n4,0.007\n' >sample.csv
cat >laws.yaml <<'YAML'
headroom: 1
name: golden-laws
run: {duration: 10s, warmup: 1s, replications: 6}
classes:
  - name: clock
    arrivals: {constant: {rate: 50/s, phase: 3ms}}
    route: [{pool: p, service: {lognormal: {mean: 10ms, p99: 40ms}}}]
  - name: gaps
    arrivals: {renewal: {gap: {gamma: {mean: 25ms, cv: 2.5}}}}
    route: [{pool: p, service: {lognormal: {median: 6ms, p99: 50ms}}}]
  - name: crowds
    arrivals: {batch: {rate: 3/s, size: {uniform: {min: 2, max: 9}}}}
    route: [{pool: p, service: {hyperexponential: {p: 20%, means: [30ms, 2ms]}}}]
  - name: sheets
    arrivals: {batch: {every: 500ms, size: {constant: 4}}}
    route: [{pool: p, service: {lognormal: {mu: -5, sigma: 0.8}}}]
  - name: steady
    arrivals: {poisson: {rate: 20/s}}
    route: [{pool: p, service: {lognormal: {mean: 9ms, cv: 1.2}}}]
  - name: fixed
    arrivals: {closed: {clients: 2, think: {exponential: {mean: 80ms}}}}
    route: [{pool: p, service: {empirical: {file: sample.csv, column: took_s}}}]
pools:
  - {name: p, workers: 3, queue: {capacity: 12, when_full: block}}
YAML

# The laws with tails, cuts and parts.
cat >tails.yaml <<'YAML'
headroom: 1
name: golden-tails
run: {duration: 10s, warmup: 1s, replications: 6}
classes:
  - name: phases
    arrivals: {renewal: {gap: {weibull: {mean: 20ms, shape: 0.6}, shift: 2ms}}}
    route: [{pool: p, service: {erlang: {mean: 10ms, k: 3}}}]
  - name: powers
    arrivals: {poisson: {rate: 40/s}}
    route: [{pool: p, service: {pareto: {min: 3ms, alpha: 2.2}}}]
  - name: users
    arrivals: {closed: {clients: 5, think: {lomax: {mean: 90ms, alpha: 1.6}}}}
    route: [{pool: p, service: {normal: {mean: 8ms, cv: 0.9}}}]
  - name: crowds
    arrivals: {batch: {every: 200ms, size: {quantiles: {p0: 1, p50: 2, p100: 6}}}}
    route: [{pool: p, service: {quantiles: {p0: 1ms, p50: 4ms, p99: 30ms, p100: 80ms}}}]
  - name: cached
    arrivals: {poisson: {rate: 60/s}}
    route:
      - pool: p
        service:
          mixture:
            - {weight: 90%, normal: {mean: 1ms, cv: 0.3}}
            - {weight: 10%, weibull: {mean: 30ms, shape: 1.4}, shift: 5ms}
pools:
  - {name: p, workers: 4, queue: {capacity: 40, when_full: reject}}
YAML

# same NAME ARGUMENT...: the bytes of sim --json for one thread, two (twice), another folder, each kind of vectors,
# and golden.
same() {
    key=$1
    shift
    for way in "1 a none" "2 a avx2" "2 a avx512" "3 b/c avx512"; do
        folder=${way#* }
        HEADROOM_VECTORS=${way##* } "$program" sim "$@" --json --no-plots --threads "${way%% *}" --out "${folder% *}" \
            >"$key.json" 2>"$work/err"
        got=$?
        cat "$work/err"
        case $got in 0 | 99) ;; *) echo "status $got"; return 1 ;; esac
        [ -f "$key.first" ] || cp "$key.json" "$key.first"
        cmp "$key.first" "$key.json" || { echo "with --threads, --out and vectors $way"; return 1; }
    done
    sum=$(sha256sum <"$key.json")
    sum=${sum%% *}
    if [ "$update" = --update ]; then
        echo "$sum  $key" >>new.txt
    elif ! grep -qxF "$sum  $key" "$golden"; then
        echo "is      $sum"
        echo "golden: $(grep " $key\$" "$golden")"
        return 1
    fi
}
check "one-server: the golden bytes" same one-server "$top/scenarios/one-server.yaml"
check "overload-reject: the golden bytes" same overload-reject "$top/scenarios/overload-reject.yaml"
check "trace: the golden bytes" same trace --set arrivals.trace.time_scale=100 --set pool.workers=6 "$top/scenarios/trace.yaml"
check "whole form: the golden bytes" same whole whole.yaml
check "shared cores, a lock: the golden bytes" same cores --set run.replications=5 "$top/scenarios/cpu-serial.yaml"
check "all arrivals and laws: the golden bytes" same laws laws.yaml
check "tails, cuts and parts: the golden bytes" same tails tails.yaml

differs() {
    ! cmp -s whole.json other.json
}
"$program" sim --json --no-plots --out d --seed 20240228 whole.yaml >other.json
check "another seed gives other bytes" differs
# One replication more changes nothing in those before: replication 1 alone is the first of many.
"$program" sim --json --no-plots --out d --set run.replications=1 whole.yaml >alone.json
"$program" run --json --no-plots --out d --set run.replications=2 --set run.duration=200ms --set run.warmup=0s \
    whole.yaml >paired.json 2>/dev/null
"$program" sim --json --no-plots --no-headroom --out d --set run.replications=1 --set run.duration=200ms \
    --set run.warmup=0s whole.yaml >first.json
paired() {
    python3 -c 'import json
a, b = json.load(open("paired.json"))["sim_paired"], json.load(open("first.json"))
del a["advice"], b["advice"]  # of the scenario, whose replications differ
del a["method"], b["method"]
assert a == b'
}
check "run pairs with the sim's replication 1" paired

# --engine: the method in the result, the same figures; refused where it cannot be.
methods() {
    for method in calendar recursion auto; do
        "$program" sim --quiet --no-plots --engine "$method" --out "$method" "$top/scenarios/io-sizing.yaml" || [ $? = 99 ] || return 1
    done
    diff -r recursion auto && grep -q '"method": "recursion"' auto/result.json &&
        grep -q '"method": "calendar"' calendar/result.json || return 1
    sed 's/"method": "calendar"/"method": "recursion"/' calendar/result.json >both.json
    cmp both.json auto/result.json && cmp calendar/series.csv auto/series.csv && cmp calendar/replications.csv auto/replications.csv
}
check "--engine: two methods, the same bytes but one word" methods
# A single replication of steps too long for an interrupt goes by events, and says so.
long_steps() {
    set -- --set run.replications=1 --set run.duration=30000s --set run.warmup=0s "$top/scenarios/one-server.yaml"
    "$program" sim --quiet --no-plots --out short "$@" && grep -q '"method": "recursion"' short/result.json &&
        "$program" sim --quiet --no-plots --out long --set run.sample_every=30000s "$@" && grep -q '"method": "calendar"' long/result.json
}
check "the method is the one that ran" long_steps
misfit() {
    status 2 "$program" sim --engine recursion whole.yaml && grep -q 'whole.yaml: --engine recursion cannot run this: closed clients' "$work/err" &&
        status 2 "$program" sim --engine recursion --set host.cores=2 "$top/scenarios/cpu-bound.yaml" &&
        grep -q 'cannot run this: jobs share the host.s cores' "$work/err" &&
        status 2 "$program" sim --engine fast whole.yaml && grep -q 'known are auto, calendar and recursion' "$work/err"
}
check "--engine recursion where it cannot be" misfit

if [ "$update" = --update ] && [ "$bad" -eq 0 ]; then
    cp new.txt "$golden"
    echo "$golden is written anew"
fi
finish
