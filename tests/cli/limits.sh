#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# limits: more threads, memory or jobs than there can be: a status and words, never a crash; and the
# statuses 98 (not to be trusted) and 99 (the slo is not met).
# shellcheck disable=SC1091,SC2154,SC2317,SC3045
. tests/cli/lib.sh
scenarios=$top/scenarios
one=$scenarios/one-server.yaml
reject=$scenarios/overload-reject.yaml
mkdir "$work/here" && cd "$work/here" || exit 1

# ends STATUSES COMMAND...: with one of the statuses (a list with spaces); what is not 0 is said in words.
ends() {
    wants=$1
    shift
    timeout 15 "$@" >"$work/out" 2>"$work/err"
    got=$?
    echo "status $got, expected $wants"
    cat "$work/err"
    case " $wants " in *" $got "*) ;; *) return 1 ;; esac
    case $got in 1 | 2) [ -s "$work/err" ] ;; esac
}
says() {
    cat "$work/err"
    grep -qiE -e "$1" "$work/err"
}
nothing_left() {
    find . -name '.*.tmp' -type f | grep . && return 1
    return 0
}
cat >"$work/limit.py" <<'PYTHON'
# limit.py NAME VALUE UID COMMAND...: the command with that limit, as that user (0: this one).
import os, resource, sys
name, value, uid, *command = sys.argv[1:]
if int(uid):
    os.setgroups([])
    os.setresgid(int(uid), int(uid), int(uid))
    os.setresuid(int(uid), int(uid), int(uid))
resource.setrlimit(getattr(resource, 'RLIMIT_' + name), (int(value), int(value)))
os.execv(command[0], command)
PYTHON
python=$(python3 -c 'import sys; print(sys.executable)')

# ---- threads -------------------------------------------------------------------------------------

check "bench with 10,000 workers works or says why not" ends "0 98 1" "$program" bench --no-plots --out o \
    --set pool.workers="$most_workers" --set run.duration=500ms --set run.warmup=0s "$one"
check "sim with a million workers" ends 0 "$program" sim --no-plots --out o --set pool.workers=1e6 \
    --set run.replications=2 "$one"
check "sim with a thousand million: refused" ends 2 "$program" sim --no-plots --out o --set pool.workers=1e9 "$one"
check "sim with 1024 threads" ends 0 "$program" sim --no-plots --out o --threads 1024 --set run.replications=50 \
    --set run.duration=1s "$one"
# A build with sanitizers needs more address space than any limit below.
limited=no
(ulimit -v 2000000 && "$program" --version) >/dev/null 2>&1 && limited=yes
few_threads() (
    ulimit -v 200000
    ends 1 "$program" bench --no-plots --out o --set pool.workers=3000 --set run.duration=500ms "$one"
)
if [ $limited = yes ]; then
    check "bench, no memory for so many threads: 1" few_threads
    check "... says how many, and what to look at" says '3000.*(ulimit|memory)'
fi
# Root may have any number of threads: it becomes somebody else, if that one can read the program.
uid=0
[ "$(id -u)" -ne 0 ] || uid=65534
allowed() {
    "$python" "$work/limit.py" NOFILE 50 $uid "$program" check "$one" >/dev/null 2>&1
}
few_processes() (
    mkdir -p "$work/nobody" && chmod 755 "$work" && chmod 777 "$work/nobody" && cd "$work/nobody" || exit 9
    ends 1 "$python" "$work/limit.py" NPROC 100 $uid "$program" bench --no-plots --out o --set pool.workers=300 \
        --set run.duration=500ms --set run.warmup=0s "$one"
)
chmod -R a+rX "$work"
if allowed; then
    check "bench, not allowed so many threads: 1" few_processes
    check "... says how many, and what to look at" says '300.*ulimit -u'
fi
check "eight open files are enough" ends 0 "$python" "$work/limit.py" NOFILE 8 0 "$program" sim --no-plots --out o \
    --set run.replications=2 "$one"

# ---- memory --------------------------------------------------------------------------------------

check "sim, 1e10 jobs: refused or out of memory" ends "1 2" "$program" sim --no-plots --out o \
    --set arrivals.poisson.rate=1e7/s --set run.duration=1000s --set run.replications=1 "$one"
check "... says why" says '(jobs|memory)'
full_sim() (
    ulimit -v "$1"
    shift
    ends 1 "$program" sim --engine calendar --no-plots --out full --set arrivals.poisson.rate=1e6/s --set run.duration=1000s "$@" "$one"
)
# By the recursion the same queue takes no memory: 10 million jobs wait at the end.
long_queue() (
    ulimit -v 250000
    ends "0 98" "$program" sim --engine recursion --no-plots --out full --set arrivals.poisson.rate=1e6/s --set run.duration=10s \
        --set run.cooldown=0s --set run.warmup=0s --set run.replications=1 "$one"
)
full_bench() (
    ulimit -v 150000
    ends 1 "$program" bench --no-plots --out full --set arrivals.poisson.rate=1e6/s --set run.duration=30s \
        --set run.warmup=0s "$one"
)
little() (
    ulimit -v "$1"
    ends "0 1 98" "$program" "$2" --no-plots --out little --set run.duration=300ms --set run.warmup=0s "$one"
)
if [ $limited = yes ]; then
    check "sim, a queue that fills the memory: 1" full_sim 250000 --set run.replications=1
    check "... says so, and what to do" says 'memory.*(bound|shorten)'
    check "sim, two at once that fill the memory: 1" full_sim 250000 --set run.replications=2 --threads 2
    check "... says so, and what to do" says 'memory.*(bound|shorten)'
    check "sim, by the recursion the queue takes none" long_queue
    check "bench, a queue that fills the memory: 1" full_bench
    check "... says so, and what to do" says 'memory.*(bound|shorten)'
    for kilobytes in 14000 20000 30000 50000; do
        check "sim in $kilobytes kB: works or says why not" little "$kilobytes" sim
        check "run in $kilobytes kB: works or says why not" little "$kilobytes" run
    done
fi
check "no temporary file is left" nothing_left

# ---- sizes ---------------------------------------------------------------------------------------

check "too many samples: refused" ends 2 "$program" sim --set run.sample_every=1us "$one"
check "too long: refused" ends 2 "$program" sim --set run.duration=1e9h "$one"
check "too many replications: refused" ends 2 "$program" sim --set run.replications=1e9 "$one"
check "a microsecond" ends 0 "$program" sim --no-plots --out o --set run.duration=1us --set run.warmup=0s "$one"
check "a very long service" ends 0 "$program" sim --no-plots --out o --set service.exponential.mean=1000h \
    --set run.replications=2 "$one"
check "a short one, a million a second" ends 0 "$program" sim --no-plots --out o --set service.exponential.mean=100ns \
    --set arrivals.poisson.rate=1e6/s --set run.duration=200ms --set run.warmup=0s --set run.replications=2 "$one"

# ---- not to be trusted: 98 -----------------------------------------------------------------------

# 64 workers that compute share the cores; how late that makes the pacer does not matter.
spinning() {
    ends 98 "$program" bench --no-plots --out spin --set pool.workers=64 --set arrivals.poisson.rate=2000/s \
        --set run.duration=500ms --set run.warmup=0s --set run.cooldown=500ms "$@" "$scenarios/cpu-bound.yaml"
}
check "64 workers that compute: 98" spinning
words() {
    grep -q '^trust  *NO' "$work/out" && grep -q 'share' "$work/out"
}
check "... in words" words
distrust() {
    python3 - spin/result.json <<'PYTHON'
import json, sys
r = json.load(open(sys.argv[1]))
assert r['trust']['ok'] is False and r['trust']['reasons'], r['trust']
assert all(isinstance(x, str) and len(x) > 10 for x in r['trust']['reasons']), r['trust']
PYTHON
}
check "... in the result" distrust
check "... goes before an slo that is not met" spinning --set slo.p99=1us

# ---- the slo is not met: 99 ----------------------------------------------------------------------

miss() {
    command=$1
    shift
    ends "$missed" "$program" "$command" --no-plots --out miss --set run.duration=500ms --set run.warmup=100ms \
        --set run.replications=3 "$@"
}
missed=99
check "sim, slo not met: 99" miss sim --set slo.rejected=1% "$reject"
check "... in words" grep -q 'rejected.*NOT MET' "$work/out"
# The real pool: on a busy machine 98 goes first.
missed="99 98"
check "bench, slo not met: 99" miss bench --set slo.rejected=1% "$reject"
check "run, slo not met: 99" miss run --set slo.rejected=1% "$reject"
missed=0
check "sim, slo met: 0" miss sim --set slo.rejected=80% --set slo.p99=10s "$reject"
missed=99
check "one of two scenarios does not meet its slo: 99" miss sim --set slo.utilisation=95% "$one" "$reject"
unknown_figure() {
    ends "0 98 99" "$program" sim --no-plots --out o --set slo.p999=1s --set run.duration=100ms --set run.warmup=0s \
        --set run.replications=1 "$one"
    python3 - <<'PYTHON'
import json
t = json.load(open('o/result.json'))['slo'][0]
assert t['value'] is None and not (t['met'] and t['sure']), t
PYTHON
}
check "a threshold on a figure that is not known is not surely met" unknown_figure

finish
