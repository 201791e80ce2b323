#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# quit: Ctrl-\ while a real pool runs: a page about each pool on standard error, as often as it is asked
# for, and the run goes on to its end as if nothing had been. Without a real pool it ends the program.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
scenarios=$top/scenarios
io=$scenarios/io-sizing.yaml
python=$(python3 -c 'import sys; print(sys.executable)')
mkdir "$work/here" && cd "$work/here" || exit 1

cat >"$work/quit.py" <<'PYTHON'
# quit.py THREADS PAGES PROGRAM COMMAND ARGUMENT...: two signals when there are so many threads; each time
# so many pages are printed.
import json, os, re, shutil, signal, subprocess, sys, time
threads, pages, program, *arguments = sys.argv[1:]
shutil.rmtree('o', ignore_errors=True)
err = open('err', 'w+')
process = subprocess.Popen([program, *arguments, '--no-plots', '--out', 'o'], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=err, text=True)

def text():
    return open('err').read()

def until(what, seen):
    end = time.monotonic() + 20 * float(os.environ['PATIENCE'])
    while not seen():
        assert process.poll() is None, f'ended before {what}: {text()}'
        assert time.monotonic() < end, f'waited in vain for {what}: {text()}'
        time.sleep(0.01)

until('its threads', lambda: len(os.listdir(f'/proc/{process.pid}/task')) >= int(threads))
time.sleep(0.5) # they are there while the last ones start and the first jobs run
for k in 1, 2:
    process.send_signal(signal.SIGQUIT)
    until(f'page {k}', lambda: len(re.findall(r'^(?:! .*|nothing looks stuck)\n(?!!)', text(), re.M)) >= k * int(pages))
out, _ = process.communicate(timeout=30 * float(os.environ['PATIENCE']))
said = text()
assert process.returncode in (0, 98, 99), f'status {process.returncode}: {said}'
assert said.count('pool "') == 2 * int(pages), said
assert said.count('\nin flight ') == 2 * int(pages) and '\n  worker ' in said, said
assert max(map(len, said.splitlines())) <= 80, said
for page in said.split('\n\n'):
    count = {name.strip(): int(n) for name, n in re.findall(r'([a-z][a-z -]*?) +(\d+)(?= |\n)', page.split('in flight')[0])}
    assert count['submitted'] >= count['started'] >= count['completed'], page
result = json.load(open('o/result.json'))
part = result.get('pool', result)
assert not part['interrupted'] and part['total']['completed'] > 100, part
PYTHON
shown() {
    "$python" "$work/quit.py" "$@"
}
# A simulation ends at once, as any program does.
ends() {
    (
        ulimit -c 0
        "$python" - "$program" "$io" <<'PYTHON'
import signal, subprocess, sys, time
process = subprocess.Popen([sys.argv[1], 'sim', '--no-plots', '--set', 'run.duration=1000000s', sys.argv[2], '--out', 'o'],
                           stdout=subprocess.DEVNULL)
time.sleep(0.5)
process.send_signal(signal.SIGQUIT)
assert process.wait(timeout=30) == -signal.SIGQUIT
PYTHON
    )
}

short='--set run.warmup=0s --set run.duration=4s'
# shellcheck disable=SC2086 # words are wanted
{
    check "bench: two looks" shown 260 1 "$program" bench $short "$io"
    check "bench: two looks at an overload" shown 8 1 "$program" bench $short "$scenarios/overload-reject.yaml"
    check "run: in its second half" shown 260 1 "$program" run $short --set run.replications=2 --no-headroom "$io"
}
check "sim: ends" ends

finish
