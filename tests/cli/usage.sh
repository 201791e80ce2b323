#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: help, version, wrong words on the command line, an output that cannot be written, the width.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
scenarios=$top/scenarios
one=$scenarios/one-server.yaml
unset NO_COLOR
mkdir "$work/here" && cd "$work/here" || exit 1

# refused WORD... -- ARGUMENT...: ends with status 2, nothing on standard output, and every WORD on
# standard error.
refused() {
    words=
    while [ "$1" != -- ]; do
        words="$words $1"
        shift
    done
    shift
    status 2 timeout 20 "$program" "$@" </dev/null || return 1
    if [ -s "$work/out" ]; then
        echo "on standard output:"
        head -n 5 "$work/out"
        return 1
    fi
    for word in $words; do
        grep -qF -e "$word" "$work/err" || { echo "no '$word' in:"; cat "$work/err"; return 1; }
    done
}

# ---- help and version ----------------------------------------------------------------------------

version_line() {
    status 0 "$program" --version && [ "$(wc -l <"$work/out")" -eq 1 ] &&
        grep -qE '^headroom [0-9]+\.[0-9]+\.[0-9]+$' "$work/out" && [ ! -s "$work/err" ]
}
check "--version is one line" version_line

general_help() {
    status 0 "$program" "$@" || return 1
    for word in run sim bench size sweep fit check calibrate plot theory compare usl \
        --out --json --quiet --seed --set --threads --engine --no-plots --no-headroom --no-color 98 99 130; do
        grep -qF -e "$word" "$work/out" || { echo "no $word"; return 1; }
    done
    [ ! -s "$work/err" ]
}
check "--help names every command, option and status" general_help --help
check "-h does" general_help -h
check "help does" general_help help
explains() {
    "$program" help format | grep -q when_full
}
check "help format explains the keys" explains
topic() {
    status 0 "$program" help sim && cp "$work/out" sim.txt && status 0 "$program" sim --help && diff sim.txt "$work/out"
}
check "help of a command is its --help" topic
check "help of an unknown topic, nearest word" refused formta "'format'" -- help formta

command_help() {
    status 0 "$program" "$1" --help && grep -q "^usage: headroom $1 " "$work/out" && grep -qF -e --set "$work/out"
}
for command in run sim bench theory check plot; do
    check "$command --help" command_help "$command"
done
help_first() {
    status 0 "$program" sim --help no-such-file.yaml && status 0 "$program" sim no-such-file.yaml --help
}
check "--help wins over the files" help_first
check "no arguments: the help, status 2" status 2 "$program"

not_yet() {
    refused "$1" supported -- "$@"
}
for command in size sweep fit calibrate theory usl; do
    if "$program" --help | grep -q "Not supported yet:.* $command\b"; then
        check "$command is not supported yet, and says so" not_yet "$command" x
    fi
done

# ---- wrong words ---------------------------------------------------------------------------------

check "unknown command, nearest word" refused rnu "'run'" -- rnu "$one"
check "unknown command, nearest word, other" refused "'bench'" -- bnech "$one"
check "unknown command far from all" refused xyzzy --help -- xyzzy "$one"
far() {
    refused -- xyzzy && ! grep -q 'did you mean' "$work/err"
}
check "... suggests none" far
check "unknown option, nearest word" refused --jsn "'--json'" -- sim --jsn "$one"
check "unknown option, a value of the scenario" refused --workers "--set pool.workers=40" -- sim --workers 10 "$one"
check "unknown option behind the file" refused --jsn "'--json'" -- sim "$one" --jsn
check "unknown option between files" refused --qiet "'--quiet'" -- sim "$one" --qiet "$one"
check "unknown option with a value" refused --thraeds "'--threads'" -- sim --thraeds=2 "$one"
check "unknown short option" refused -x -- sim -x "$one"
check "option before the command" refused --json -- --json sim "$one"

check "no scenario: usage" refused usage SCENARIO -- sim
check "run without a scenario" refused usage SCENARIO -- run
check "bench without a scenario" refused usage SCENARIO -- bench
check "check without a scenario" refused usage SCENARIO -- check
check "theory without a scenario" refused usage SCENARIO -- theory
check "plot without a folder" refused usage RESULT -- plot
check "run takes one scenario" refused run one -- run "$one" "$scenarios/io-sizing.yaml"

# An option whose value is missing is named, and is not suggested in its own place.
no_value() {
    refused -- sim "$1" && grep -qF -e "$1" "$work/err" && ! grep -F "did you mean '$1'" "$work/err"
}
for option in --out --seed --set --threads --engine --format; do
    check "$option without a value" no_value "$option"
done
check "value for an option that takes none" refused --json -- sim --json=3 "$one"

for value in 0 -1 abc 1.5 1e9 '' 99999999999999999999; do
    check "--threads '$value'" refused --threads -- sim --threads "$value" "$one"
done
for value in -1 abc 1.5 '' 1e30 99999999999999999999; do
    check "--seed '$value'" refused --seed -- sim --seed "$value" "$one"
done
check "--set without =" refused --set PATH=VALUE -- sim --set pool "$one"
check "--set without a path" refused --set PATH=VALUE -- sim --set =3 "$one"
check "--set of an unknown key, nearest word" refused --set "'worker'" "'workers'" -- sim --set pool.worker=3 "$one"
check "--set of a wrong value" refused --set pool.workers "'x'" -- sim --set pool.workers=x "$one"
check "--set of an empty value names the path" refused --set pool.workers -- sim --set pool.workers= "$one"
check "--set of a value out of range" refused --set pool.workers -- sim --set pool.workers=0 "$one"
check "--set of a rate without unit" refused arrivals.poisson.rate unit -- sim --set arrivals.poisson.rate=100 "$one"
check "--set into a value" refused pool.workers -- sim --set pool.workers.x=1 "$one"
check "two wrong --set, both told" refused pool.workers arrivals.poisson.rate -- \
    sim --set pool.workers=x --set arrivals.poisson.rate=y "$one"
check "unknown chart format" refused gif svg -- sim --format gif --set run.replications=1 "$one"
check "unknown chart format of plot" refused gif svg -- plot --format gif "$work"
check "wrong usage has written nothing" [ ! -e out ]

# ---- good words ----------------------------------------------------------------------------------

check "options before, behind and after --" status 0 "$program" sim --quiet --no-plots --out o "$one" \
    --set=run.replications=1 --threads=1 --set run.duration=1s -- "$one"
quiet() {
    status 0 "$program" sim --quiet --no-plots --out o --set run.replications=1 "$one" &&
        [ ! -s "$work/out" ] && [ ! -s "$work/err" ]
}
check "--quiet is quiet" quiet
quiet_check() {
    status 0 "$program" check --quiet "$one" && [ ! -s "$work/out" ]
}
check "check --quiet is quiet" quiet_check
check "check of two scenarios" status 0 "$program" check "$one" "$scenarios/io-sizing.yaml"

# ---- standard output that cannot be written ------------------------------------------------------

full() {
    [ -w /dev/full ] || return 0
    "$program" "$@" >/dev/full 2>"$work/err"
    got=$?
    echo "status $got"
    cat "$work/err"
    [ "$got" -eq 1 ] && [ -s "$work/err" ]
}
closed() {
    "$program" "$@" >&- 2>"$work/err"
    got=$?
    echo "status $got"
    cat "$work/err"
    [ "$got" -eq 1 ] && [ -s "$work/err" ]
}
for how in full closed; do
    check "$how standard output: --help" $how --help
    check "$how standard output: --version" $how --version
    check "$how standard output: help format" $how help format
    check "$how standard output: sim --help" $how sim --help
    check "$how standard output: check" $how check "$one"
    check "$how standard output: sim" $how sim --no-plots --out o --set run.replications=1 "$one"
    check "$how standard output: sim --json" $how sim --json --no-plots --out o --set run.replications=1 "$one"
done
# A reader that goes away early is a write error too, not a death by signal.
gone() {
    { "$program" help format; echo $? >"$work/gone"; } 2>/dev/null | true
    got=$(cat "$work/gone")
    [ "$got" -le 1 ] || { echo "status $got"; return 1; }
}
check "a reader that goes away" gone

# ---- width ---------------------------------------------------------------------------------------

cat >"$work/width.py" <<'PYTHON'
import sys
bad = 0
for name in sys.argv[2:]:
    data = open(name, 'rb').read()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        print(f'{name}: not UTF-8: {error}')
        bad = 1
        text = data.decode(errors='replace')
    for n, line in enumerate(text.split('\n'), 1):
        if len(line) > int(sys.argv[1]):
            print(f'{name}:{n}: {len(line)} columns: {line}')
            bad = 1
sys.exit(bad)
PYTHON
narrow() {
    python3 "$work/width.py" 100 "$@"
}
"$program" --help >help.txt
"$program" run --help >help-run.txt
check "help is at most 100 columns wide" narrow help.txt help-run.txt
"$program" check "$scenarios"/*.yaml >checks.txt 2>&1
# The file's own name may be of any length.
sed "s|^$scenarios/||" checks.txt >check.txt
check "check of the shipped scenarios is at most 100 columns wide" narrow check.txt

for file in "$scenarios"/*.yaml; do
    base=$(basename "$file" .yaml)
    "$program" sim --no-plots --out o --set run.replications=2 "$file" >"sim-$base.txt"
done
check "sim of the shipped scenarios is at most 100 columns wide" narrow sim-*.txt
"$program" run --no-plots --out o --set run.duration=300ms --set run.warmup=0s \
    "$scenarios/overload-reject.yaml" >run-reject.txt
check "run of a shipped scenario is at most 100 columns wide" narrow run-reject.txt

cat >wide.yaml <<'YAML'
headroom: 1
name: a-name-of-sixty-four-letters-is-allowed-so-it-must-be-printed-12
about: "äöü, ßéè sixty characters are more than sixty bytes: äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöü 1234567890"
seed: 4000000000000001
run: {duration: 500ms, warmup: 100ms, replications: 3}
classes:
  - name: the-first-class-has-a-long-name
    arrivals: {poisson: {rate: 3000/s}}
    route: [{pool: a-pool-with-quite-a-long-name, service: {gamma: {mean: 3ms, cv: 0.5}}}]
  - name: b
    arrivals: {closed: {clients: 5, think: {uniform: {min: 1ms, max: 3ms}}}}
    route: [{pool: b, service: {hyperexponential: {mean: 2ms, cv: 2}}}]
pools:
  - {name: a-pool-with-quite-a-long-name, workers: 20, queue: {capacity: 1000000, when_full: drop_oldest}}
  - {name: b, workers: 2, queue: {capacity: 10, when_full: caller_runs}}
slo: {p99: 800ms, rejected: 0.1%, mean: 1ms, utilisation: 50%, throughput: 5000/s, goodput: 1000/s, max: 1s, p50: 1us}
YAML
"$program" sim --no-plots --out o wide.yaml >wide-sim.txt
check "sim of long names is at most 100 columns wide" narrow wide-sim.txt
"$program" run --no-plots --out o wide.yaml >wide-run.txt
check "run of long names is at most 100 columns wide" narrow wide-run.txt
"$program" check wide.yaml >wide-check.txt
check "check of long names is at most 100 columns wide" narrow wide-check.txt

# A time has its unit in its row or in the row's other columns.
units() {
    ! grep -E '\([0-9.]+\.\.[0-9.]+\)' "$1" | grep -vE '[0-9] (ns|us|ms|s|min|h)( |$)'
}
check "every interval of a time says its unit (sim)" units wide-sim.txt
check "every interval of a time says its unit (run)" units wide-run.txt

# ---- colour --------------------------------------------------------------------------------------

cat >"$work/terminal.py" <<'PYTHON'
# Runs a command with a terminal as its standard output; prints what arrives there.
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.dup2(os.open(os.environ['STDERR'], os.O_WRONLY | os.O_CREAT), 2)
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
os.waitpid(pid, 0)
PYTHON
terminal() {
    STDERR=$work/terminal.err python3 "$work/terminal.py" "$program" run --no-plots --out o \
        --set run.duration=200ms --set run.warmup=0s --set run.replications=1 "$@" "$one"
}
escape=$(printf '\033')
coloured() {
    terminal | grep -q "$escape\["
}
no_color_option() {
    ! terminal --no-color | grep -q "$escape"
}
no_color_variable() (
    NO_COLOR=1
    export NO_COLOR
    ! terminal | grep -q "$escape"
)
no_color_in_a_file() {
    ! grep "$escape" run-reject.txt
}
# A bare root may have no pseudo-terminals to lend.
if python3 -c 'import os; os.openpty()' 2>/dev/null; then
    check "colour on a terminal" coloured
    check "none with --no-color" no_color_option
    check "none with NO_COLOR" no_color_variable
fi
check "none in a file" no_color_in_a_file

# ---- what belongs to sweep -------------------------------------------------------------------------

alien() {
    for command in run sim bench check theory merge; do
        refused --vary "is for sweep; for one value use --set" -- "$command" "$one" --vary pool.workers=2,3 --out never &&
            grep -qxF 'headroom: --vary is for sweep; for one value use --set' "$work/err" &&
            refused --shard -- "$command" "$one" --shard 1/2 --out never && grep -qxF 'headroom: --shard is for sweep' "$work/err" &&
            refused --resume -- "$command" "$one" --resume --out never && [ ! -e never ] || return 1
    done
}
check "--vary, --shard, --resume are for sweep alone" alien
check "... help of a command goes first" status 0 "$program" sim --resume --help

own() {
    "$program" sweep --help >help.txt && grep -q -- --vary help.txt && ! grep -q -- --where help.txt && ! grep -q -- --seconds help.txt &&
        "$program" usl --help >help.txt && grep -q -- --where help.txt && ! grep -q -- --vary help.txt
}
check "help of a command has no other's options" own
plot_out() {
    status 2 "$program" plot --out never out/one && grep -q 'plot: --out is for several results' "$work/err" && [ ! -e never ]
}
check "plot of one result has no --out" plot_out
vectors() {
    HEADROOM_VECTORS=$1 status "$2" "$program" check "$top/scenarios/one-server.yaml"
}
check "HEADROOM_VECTORS: none" vectors none 0
check "... of no word" vectors '' 0
check "... of another word" vectors avx3 2
check "... which is said" grep -q "HEADROOM_VECTORS is 'avx3'; known are none, avx2 and avx512" "$work/err"

finish
