#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# theory: both tables of each shipped scenario and of hard ones: their width, what holds, the JSON.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
scenarios=$top/scenarios
one=$scenarios/one-server.yaml
mkdir "$work/here" && cd "$work/here" || exit 1

# shows PATTERN FILE: a line of the file matches.
shows() {
    grep -qE -e "$1" "$2" || { echo "no $1 in:"; cat "$2"; return 1; }
}
narrow() {
    ! grep -nE '^.{81,}$' "$@"
}
# The names of the models with infinite servers aside.
no_nan() {
    ! sed 's|^. G/G/inf//N|  |; s|^. M/G/inf|  |' "$@" | grep -niE '\b(nan|inf)\b'
}
look() {
    python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
def model(by, pool="pool"):
    return [m for m in r["models"] if m["by"] == by and m["pool"] == pool][0]
def size(rule, pool="pool"):
    return [s for s in r["sizes"] if s["rule"] == rule and s["pool"] == pool][0]
def near(a, b):
    return abs(a - b) <= 1e-6 * abs(b)
sys.exit(0 if eval(sys.argv[2]) else sys.argv[2])' "$1" "$2"
}

for file in "$scenarios"/*.yaml; do
    base=$(basename "$file" .yaml)
    check "theory of $base" status 0 "$program" theory "$file"
    "$program" theory "$file" >"$base.txt"
    check "... is at most 80 columns wide" narrow "$base.txt"
    check "... has no NaN" no_nan "$base.txt"
    "$program" theory --json "$file" >"$base.json"
    check "... as JSON" look "$base.json" 'r["models"] and r["sizes"]'
done
check "M/M/1: Erlang C is exact" shows '^= M/M/c Erlang C  .* 32 ms .* 184.2 ms' one-server.txt
check "... Crommelin is not, and why" shows '^- M/D/c Crommelin .*not constant' one-server.txt
check "... in JSON" look one-server.json 'model("Erlang C")["holds"] == "exact" and near(model("Erlang C")["response"]["p99"]["value"], 0.18420680744) and near(model("Pollaczek-Khinchine")["response"]["p99"]["value"], 0.18420680744)'
check "... a reason in JSON" look one-server.json 'model("Crommelin")["holds"] == "none" and "constant" in model("Crommelin")["does_not_hold"]'
"$program" theory --set pool.queue.capacity=2000 --set pool.queue.when_full=reject "$one" >large.txt
check "... a bounded queue that can lose jobs is not said to lose none" shows '^- M/M/c/K .*the queue loses no job, or too few to count$' large.txt
check "sizes: the floor, + 30 %, 80 %, 70 %" look io-sizing.json '[size(s)["workers"] for s in ("rate x mean service", "floor + 30 %", "80 % busy", "70 % busy")] == [200, 260, 250, 286]'
check "... by the p99, which does not hold" look io-sizing.json 'size("rate x p99 service")["workers"] == 600 and size("rate x p99 service")["holds"] == "none"'
check "overload: the fluid limit" shows 'grows by 200 jobs/s: 1000 jobs after 5 s' overload-unbounded.txt
check "... of a bounded queue" shows 'full after 160' overload-reject.txt
check "... loses a fifth" look overload-reject.json 'near(model("fluid limit")["rejected_share"]["value"], 0.2)'

"$program" theory --set pool.workers=2 --set arrivals.poisson.rate=175/s --set slo.p99=100ms --json "$one" >slo.json
check "the slo's size by Erlang C" look slo.json 'size("theory, for the slo")["holds"] == "exact" and size("theory, for the slo")["workers"] == 2'
# By hand: at one worker (140 %) no steady state; at two P(response > 100 ms) is below 1 %.

cat >several.yaml <<'YAML'
headroom: 1
name: several
classes:
  - {name: a, arrivals: {poisson: {rate: 30/s}}, route: [{pool: front, service: {exponential: {mean: 40ms}}}]}
  - {name: b, arrivals: {poisson: {rate: 10/s}}, route: [{pool: front, service: {constant: 20ms}, cpu: 100%}]}
  - {name: c, arrivals: {closed: {clients: 6, think: {exponential: {mean: 1s}}}}, route: [{pool: back, service: {exponential: {mean: 500ms}}}]}
pools:
  - {name: front, workers: 3}
  - {name: back, workers: 2}
slo: {p99: 800ms}
YAML
check "several pools" status 0 "$program" theory several.yaml
"$program" theory several.yaml >several.txt
check "... a block each" shows '^several, pool front' several.txt
check "... and the other" shows '^several, pool back' several.txt
check "... is narrow" narrow several.txt
"$program" theory --json several.yaml >several.json
check "... machine repair is exact" look several.json 'model("machine repair", "back")["holds"] == "exact" and size("a worker a client", "back")["workers"] == 6'
check "... two Poisson classes are one stream" look several.json 'near(model("Allen-Cunneen", "front")["throughput"]["value"], 40)'

cat >heavy.yaml <<'YAML'
headroom: 1
name: heavy
arrivals: {poisson: {rate: 5/s}}
service: {lognormal: {mean: 100ms, cv: 30}}
pool: {workers: 1}
YAML
check "a very wide service" status 0 "$program" theory heavy.yaml
"$program" theory heavy.yaml >heavy.txt
check "... has no NaN" no_nan heavy.txt
check "... is narrow" narrow heavy.txt

check "a bad scenario" status 2 "$program" theory --set pool.workers=0 "$one"
check "two scenarios" status 2 "$program" theory "$one" "$one"
quiet() {
    status 0 "$program" theory --quiet "$one" && [ ! -s "$work/out" ]
}
check "--quiet is quiet" quiet
check "nothing was written" [ ! -e out ]

finish
