#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# hostile: words of a scenario, of a file's or folder's name and of a result are data; nothing in them is
# ever run by a shell or by gnuplot, nor does it reach the terminal as control characters.
# shellcheck disable=SC1091,SC2016,SC2154,SC2317
. tests/cli/lib.sh
python=$(python3 -c 'import sys; print(sys.executable)')
mkdir "$work/here" && cd "$work/here" || exit 1
drawing=no
command -v gnuplot >/dev/null && drawing=yes

# What would be run leaves a file pwned* or the word ran-by-them; the words themselves do not hold it.
"$python" - <<'PYTHON'
import json
everything = '''`touch pwned1; echo ran-by-"them"` $(touch pwned2; echo ran-by-"them") "; system("touch pwned3"); '
' . system('touch pwned4') . ' %s%n%d %% 100 % @plot @ARG1 !touch pwned5 | touch pwned6
set print "pwned7"; print 1
!touch pwned8
\\" . system("touch pwned9") . \\" {/Symbol a} _x ^y & ~ <script>alert(1)</script> ]]> &amp; \x1b[31mred\x1b]0;title\x07 \x7f\t\\n \\141'''
abouts = {
    'everything': everything,
    'less': '< touch pwned20; echo ran-by-"them"',
    'bar': '| touch pwned21',
    'at': '@system("touch pwned22")',
    'tick': '`touch pwned23`',
    'quotes': '"";system("touch pwned24");""',
    'newline': '\n!touch pwned25\nsystem("touch pwned26")\n',
    'percent': '%s%s%s%s%s%n%n%9999999d',
    'backslash': '\\',
    'formula': '=cmd|"/c touch pwned27"!A0,b,c',
    'long': '%n' * 5000,
}
for name, about in abouts.items():
    with open(f'{name}.yaml', 'w') as f:
        f.write(f'''headroom: 1
name: {name}
about: {json.dumps(about)}
arrivals: {{poisson: {{rate: 300/s}}}}
service: {{exponential: {{mean: 3ms}}}}
pool: {{workers: 2}}
run: {{duration: 300ms, warmup: 0s, replications: 2}}
''')
    open(f'{name}.txt', 'w').write(about)
PYTHON

cat >"$work/inspect.py" <<'PYTHON'
# inspect.py FOLDER NAME: the result holds the text unchanged; charts are sound and hold no result of a
# command.
import csv, glob, json, sys, xml.dom.minidom
folder, name = sys.argv[1:]
about = open(f'{name}.txt', newline='').read()
result = json.load(open(f'{folder}/result.json'))
for part in (result[k] for k in ('sim', 'sim_paired', 'pool') if k in result) if 'sim' in result else [result]:
    assert part.get('about', about) == about, part['about']
with open(f'{folder}/chart.csv', newline='') as f:
    chart = dict(csv.reader(f))
plain = ''.join(' ' if ord(c) < 32 or ord(c) == 127 else c for c in about)
assert chart.get('about', plain) == plain, chart['about']
for path in glob.glob(f'{folder}/*'):
    data = open(path, 'rb').read()
    assert b'ran-by-them' not in data, path
    if path.endswith('.svg'):
        tree = xml.dom.minidom.parseString(data)
        assert tree.documentElement.tagName == 'svg', path
        assert not tree.getElementsByTagName('script'), path
PYTHON
inspect() {
    "$python" "$work/inspect.py" "$@"
}
nothing_ran() {
    find "$work" "$top" -maxdepth 4 -name 'pwned*' >"$work/found"
    cat "$work/found"
    [ ! -s "$work/found" ]
}
charts() {
    [ "$drawing" = no ] || for chart in workers queue response distribution p99-over-time littles-law wait-utilisation; do
        [ -s "$1/$chart.svg" ] || { echo "no $1/$chart.svg"; return 1; }
    done
}

# ---- the scenario's text -------------------------------------------------------------------------

quietly() {
    "$program" "$@" >"$work/out" 2>"$work/err"
    got=$?
    echo "status $got"
    cat "$work/err"
    { [ "$got" -eq 0 ] || { [ "$1" != sim ] && [ "$got" -eq 98 ]; }; } && [ ! -s "$work/err" ]
}
if [ "$drawing" = yes ]; then
    check "run, charts and all" quietly run --out everything everything.yaml
else
    check "run, without charts" quietly run --no-plots --out everything everything.yaml
fi
check "... charts are drawn" charts everything
check "... nothing of it was run" inspect everything everything
cp "$work/out" run.txt
check "... nor left a file" nothing_ran
for about in less bar at tick quotes newline percent backslash formula long; do
    if [ "$drawing" = yes ]; then
        check "about: $about" quietly sim --format svg --out "$about" "$about.yaml"
    else
        check "about: $about" quietly sim --no-plots --out "$about" "$about.yaml"
    fi
    cp "$work/out" "$about-table.txt"
    check "... charts are drawn" charts "$about"
    check "... nothing of it was run" inspect "$about" "$about"
done
check "no file was left by any" nothing_ran

# ---- what reaches the terminal -------------------------------------------------------------------

cat >"$work/printable.py" <<'PYTHON'
import sys
for name in sys.argv[1:]:
    data = open(name, 'rb').read()
    bad = sorted({b for b in data if b < 32 and b != 10 or b == 127})
    if bad:
        sys.exit(f'{name}: control characters {bad}: {data[:100]}')
    data.decode()
PYTHON
printable() {
    "$python" "$work/printable.py" "$@"
}
check "no control characters in the table of run" printable run.txt
check "nor in those of sim" printable ./*-table.txt
one_heading() {
    head -n 2 newline-table.txt
    sed -n 2p newline-table.txt | grep -q '^2 workers'
}
check "a newline does not break the heading" one_heading

# complains ARGUMENT...: refused, in printable words.
complains() {
    "$program" "$@" >"$work/out" 2>"$work/err" && return 1
    [ -s "$work/err" ] && printable "$work/err"
}
printf 'headroom: 1\nname: "\\e[31mred\\a"\n"\\e]0;title\\a": 1\nservice: "\\e[2J"\npool: {workers: "\\e[1m"}\n' >escape.yaml
check "no control characters in the errors of a scenario" complains check escape.yaml
escape=$(printf '\033[31m')
check "nor of a file's name" complains check "$escape.yaml"
check "nor of --set" complains sim --set "pool.$escape=1" less.yaml
check "nor of a command" complains "$escape"
check "nor of an option" complains sim "--$escape"
printf 'a\033[31m,b\n1,2\n' >escape.csv
printf 'headroom: 1\nname: t\narrivals: {trace: {file: escape.csv, time: t, service: s}}\npool: {workers: 1}\n' >trace.yaml
check "nor of a trace's columns" complains check trace.yaml

# ---- names of folders and files ------------------------------------------------------------------

# folder NAME: a result goes there, and its charts.
folder() {
    if [ "$drawing" = yes ]; then
        quietly sim --format svg "--out=$1" percent.yaml
    else
        quietly sim --no-plots "--out=$1" percent.yaml
    fi && [ -s "./$1/result.json" ] && charts "./$1"
}
for word in 'with spaces' "it's \"quoted\"" '|touch pwned40' '<touch pwned41' '`touch pwned42`' '$(touch pwned43)' \
    '-x' '%s%n' '@plot' 'a;touch pwned44' 'new
line' '"; system("touch pwned45"); "' 'back\slash' '*' '~'; do
    check "--out '$word'" folder "$word"
done
check "no file was left by the names of folders" nothing_ran
scenario_file() {
    cp percent.yaml "./$1" && quietly sim --no-plots --out f -- "$1"
}
for word in '`touch pwned50`.yaml' '$(touch pwned51).yaml' '|touch pwned52' '-x.yaml' '%n%s.yaml' "a'b\"c.yaml"; do
    check "a scenario in '$word'" scenario_file "$word"
done
trace_file() {
    printf 't,s\n0,0.01\n0.5,0.01\n1,0.01\n' >"./$1"
    "$python" -c 'import json, sys; print("headroom: 1\nname: t\narrivals: {trace: {file: " + json.dumps(sys.argv[1]) + ", time: t, service: s}}\npool: {workers: 1}")' "$1" >trace.yaml
    quietly sim --no-plots --out f trace.yaml
}
for word in '|touch pwned60' '<touch pwned61' '$(touch pwned62).csv' '`touch pwned63`'; do
    check "a trace in '$word'" trace_file "$word"
done
check "no file was left by the names of files" nothing_ran

# ---- a result folder of somebody else ------------------------------------------------------------

# tampered NAME SED: chart.csv changed; plot may refuse it, but must not run anything of it.
tampered() {
    rm -rf t
    mkdir t
    cp percent/*.csv t/
    sed "$1" percent/chart.csv >t/chart.csv
    timeout 20 "$program" plot --format svg t >"$work/out" 2>"$work/err"
    got=$?
    echo "status $got"
    cat "$work/err"
    [ "$got" -le 1 ] && printable "$work/err" && nothing_ran
}
if [ "$drawing" = yes ]; then
    check "tampered: the pool's name" tampered 's/^pool,.*/pool,"`touch pwned70`"/'
    check "tampered: the pool's name, quotes" tampered 's/^pool,.*/pool,"x\\"; system('"'touch pwned71'"'); y"/'
    check "tampered: a name of a file" tampered 's/^sim_file,.*/sim_file,"< touch pwned72"/'
    check "tampered: a name of a file, pipe" tampered 's/^pool_file,.*/pool_file,"| touch pwned73"/'
    check "tampered: titles" tampered 's/^title_.*,.*/title_workers,"`touch pwned74` @system(1) %s%n"/'
    check "tampered: a number" tampered 's/^workers,.*/workers,system("touch pwned75")/'
    check "tampered: a label" tampered 's/^sim_label,.*/sim_label,"""; system(""touch pwned76""); """/'
    check "tampered: a colour" tampered 's/^regime,.*/regime,"\\$(touch pwned77)"/'
    check "tampered: a note" tampered 's/^note_.*,.*/note_littles-law,"`touch pwned78` @system(1) %s%n"/'
    check "tampered: a chart that is none" tampered 's/^title_workers,/title_..\/..\/x,/'
    check "tampered: an unknown file" tampered 's/^has_headroom,.*//; $a has_headroom,1\nbatches,5'
    check "tampered: empty" tampered 'd'
    nothing_drawn() {
        [ "$got" -eq 1 ] && [ -s "$work/err" ]
    }
    check "... has no chart, which is status 1 and said" nothing_drawn
    check "tampered: half a line" tampered '2,$d; s/.*/key,"value/'
fi

finish
