#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# interrupt: one Ctrl-C in the middle: status 130 within two seconds, what was found until then is
# written whole and marked so, its counts add up.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
scenarios=$top/scenarios
io=$scenarios/io-sizing.yaml
python=$(python3 -c 'import sys; print(sys.executable)')
mkdir "$work/here" && cd "$work/here" || exit 1

cat >"$work/interrupt.py" <<'PYTHON'
# interrupt.py SIGNAL SECONDS LEAST PROGRAM COMMAND ARGUMENT...: see above; at least LEAST jobs count.
import json, os, shutil, signal, subprocess, sys, time
name, after, least, program, *arguments = sys.argv[1:]
shutil.rmtree('o', ignore_errors=True)
process = subprocess.Popen([program, *arguments, '--out', 'o'], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

def threads():
    try:
        return len(os.listdir(f'/proc/{process.pid}/task'))
    except FileNotFoundError:
        return 0

# The seconds count from when its threads are there: under a sanitizer hundreds of them take their time.
seen, since = threads(), time.monotonic()
while time.monotonic() - since < 0.4 and process.poll() is None:
    time.sleep(0.01)
    if threads() != seen:
        seen, since = threads(), time.monotonic()
time.sleep(float(after))
assert process.poll() is None, f'ended before the signal: {process.communicate()}'
begin = time.monotonic()
process.send_signal(getattr(signal, name))
try:
    out, err = process.communicate(timeout=float(os.environ['PATIENCE']))
except subprocess.TimeoutExpired:
    process.kill()
    process.communicate()
    sys.exit(f"still running {os.environ['PATIENCE']} s after the signal")
took = time.monotonic() - begin
assert process.returncode == 130, f'status {process.returncode}: {err}'
assert took < float(os.environ['PATIENCE']) * 2 / 3, f'ended {took:.1f} s after the signal'
assert not err, err
left = [os.path.join(d, f) for d, _, files in os.walk('o') for f in files]
assert not [f for f in left if os.path.basename(f).startswith('.') or f.endswith('.tmp')], left
files = [f for f in left if f.endswith('result.json')]
assert len(files) == 1, left
result = json.load(open(files[0]))
if '--json' in arguments:
    assert json.loads(out) == result
parts = [result[k] for k in ('sim', 'sim_paired', 'pool') if k in result] if 'sim' in result else [result]
assert any(p['interrupted'] for p in parts), 'no part is marked as interrupted'
fates = 'completed failed rejected dropped timed_out cancelled dead_lettered in_flight_at_end'.split()
for p in parts:
    for m in p['total'], *p['classes'].values():
        assert m['offered'] == sum(m[f] for f in fates), m
        assert m['littles_law']['identity_holds'], m['littles_law']
    untrue = [a for a in p['advice'] if 's after the measured time' in a and p['interrupted']]
    if untrue:
        open('untrue', 'a').write(f'{arguments[0]}: {untrue}\n')
offered = max(p['total']['offered'] for p in parts)
assert offered >= int(least), f'{offered} jobs are in the result'
PYTHON
# interrupted SIGNAL SECONDS LEAST COMMAND ARGUMENT...
interrupted() {
    sig=$1 after=$2 least=$3 command=$4
    shift 4
    "$python" "$work/interrupt.py" "$sig" "$after" "$least" "$program" "$command" --no-plots "$@"
}

check "sim: one very long replication" interrupted SIGINT 0.4 1000 sim --set run.replications=1 --set run.duration=1000000s "$scenarios/one-server.yaml"
check "sim: several very long replications" interrupted SIGINT 0.4 1000 sim --set run.duration=1000000s "$io"
check "sim: one thread, very long replications" interrupted SIGINT 0.3 1000 sim --threads 1 --set run.duration=1000000s "$io"
check "sim: a queue that grows" interrupted SIGINT 0.4 1000 sim --json --set run.replications=1 --set run.duration=1000000s "$scenarios/overload-unbounded.yaml"
check "sim: many short replications" interrupted SIGINT 0.4 1000 sim --set run.replications=20000 "$io"
check "sim: as many as there may be" interrupted SIGINT 0.4 0 sim --set run.replications=1e5 "$io"
check "sim: in search of its warm-up" interrupted SIGINT 0.4 0 sim --set run.warmup=auto --set run.duration=1000000s "$scenarios/one-server.yaml"
check "sim: until it is precise" interrupted SIGINT 1 1000 sim --set 'run.precision={metric: p999, within: 2%, max_replications: 1e5}' "$scenarios/one-server.yaml"
check "bench: at work" interrupted SIGINT 0.6 100 bench --set run.warmup=0s "$io"
check "bench: in the warm-up" interrupted SIGINT 0.3 0 bench --set run.warmup=5s "$io"
check "bench: overloaded" interrupted SIGINT 0.6 100 bench --json --set run.warmup=0s "$scenarios/overload-unbounded.yaml"
check "bench: computing" interrupted SIGINT 0.6 10 bench --set run.warmup=0s "$scenarios/cpu-bound.yaml"
check "bench: in the cool-down" interrupted SIGINT 1 10 bench --set run.duration=500ms --set run.warmup=0s --set arrivals.poisson.rate=4000/s "$scenarios/overload-unbounded.yaml"
check "bench: SIGTERM" interrupted SIGTERM 0.5 10 bench --set run.warmup=0s "$scenarios/overload-reject.yaml"
check "bench: of two scenarios, the first" interrupted SIGINT 0.3 0 bench "$io" "$scenarios/one-server.yaml"
check "run: the real pool" interrupted SIGINT 1 100 run --set run.replications=2 --set run.warmup=0s "$io"
check "run: the simulator, one very long replication" interrupted SIGINT 0.4 1000 run --set run.replications=1 --set run.duration=1000000s "$io"
check "run: the simulator, several" interrupted SIGINT 0.4 1000 run --set run.duration=1000000s "$io"

# What was cut off by the interrupt did not miss the cool-down.
untrue() {
    [ ! -e untrue ] || { cat untrue; return 1; }
}
check "no advice that is untrue of an interrupted run" untrue

finish
