#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bad: every file of tests/bad, by `check` and by `sim`, as a user would meet it: status 2, at once, nothing on
# standard output, nothing written, and on standard error the errors that its head expects and no others (as in
# tests/test_scenario.c: without the file's own name and the folder's).
# shellcheck disable=SC1091,SC2154
. tests/cli/lib.sh
exec python3 - "$program" "$work" "$PATIENCE" <<'PYTHON'
import glob, os, re, shutil, subprocess, sys
program, work, patience = sys.argv[1:]
there = f'{work}/there'
good = bad = 0


def complaint(path, command):
    with open(path, 'rb') as file:
        head = re.match(rb'(# expect: .*\n)+', file.read())
    if not head:
        return b'no # expect: at its head'
    wanted = head.group().replace(b'# expect: ', b'')
    try:
        run = subprocess.run([program, command, '--out', there, path], stdin=subprocess.DEVNULL,
                             capture_output=True, timeout=float(patience))
    except subprocess.TimeoutExpired:
        return b'it goes on for more than %s s' % patience.encode()
    found = re.sub(b'(?m)^%s: ?' % re.escape(path.encode()), b'', run.stderr)
    found = re.sub(b'(?m)^tests/bad/', b'', found)
    if run.returncode != 2 or run.stdout or os.path.exists(there) or found != wanted:
        return b'status %d, on standard output: %s\n%sexpected:\n%s' % (run.returncode, run.stdout, run.stderr, wanted)
    return None


for path in sorted(glob.glob('tests/bad/*.yaml')):
    for command in 'check', 'sim':
        wrong = complaint(path, command)
        good += not wrong
        bad += bool(wrong)
        if wrong:
            print(f'not ok - {command} {path}\n{wrong.decode(errors="replace")}')
# What fuzzing found once is sound or refused, and no more.
for path in sorted(glob.glob('tests/fuzz/corpus/scenario/*')):
    try:
        status = subprocess.run([program, 'check', path], capture_output=True, timeout=float(patience)).returncode
    except subprocess.TimeoutExpired:
        status = 'too late'
    good += status in (0, 2)
    bad += status not in (0, 2)
    if status not in (0, 2):
        print(f'not ok - check {path}: status {status}')
shutil.rmtree(work)
print(f'{good} passed, {bad} failed')
sys.exit(bad > 0 or good < 300)
PYTHON
