#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# nognuplot: without gnuplot everything works but the charts, and one line says so; a gnuplot that fails
# leaves the result and no half-drawn chart.
# shellcheck disable=SC1091,SC2016,SC2154,SC2317
. tests/cli/lib.sh
one=$top/scenarios/one-server.yaml
mkdir "$work/here" "$work/bin" && cd "$work/here" || exit 1

# without COMMAND ARGUMENT...: with a PATH that has no gnuplot.
without() {
    PATH=$work/bin "$program" "$@" >"$work/out" 2>"$work/err"
    got=$?
    echo "status $got"
    cat "$work/err"
}
quick() {
    without "$@" --set run.duration=300ms --set run.warmup=0s --set run.replications=2 "$one"
    [ "$got" -eq 0 ] || { [ "$got" -eq 98 ] && [ "$1" != sim ]; }
}
one_line() {
    cat "$work/err"
    [ "$(wc -l <"$work/err")" -eq 1 ] && grep -q gnuplot "$work/err"
}
nothing() {
    cat "$work/err"
    [ ! -s "$work/err" ]
}
complete() {
    for file in result.json series.csv percentiles.csv response.hgrm; do
        [ -s "$1/$file" ] || { echo "no $file"; return 1; }
    done
    [ -z "$(find "$1" -name '*.svg' -o -name '*.png' -o -name '.*' -type f)" ]
}
for command in run sim bench; do
    check "$command works" quick "$command" --out "$command"
    check "... says in one line what is missing" one_line
    check "... and leaves everything else" complete "$command"
    table() {
        grep -q '^response' "$work/out" && ! grep -q '\.svg' "$work/out"
    }
    check "... prints its table, and promises no charts" table
    check "$command --no-plots works" quick "$command" --no-plots --out "$command-plain"
    check "... and says nothing" nothing
done
check "sim --json works" quick sim --json --out json
valid() {
    python3 -c 'import json, sys; json.load(sys.stdin)' <"$work/out"
}
check "... standard output is JSON alone" valid
check "... and the line stands on standard error" one_line
check "sim --quiet works" quick sim --quiet --out quiet
silent() {
    [ ! -s "$work/out" ]
}
check "... prints no table" silent
two() {
    without sim --out two --set run.replications=1 "$one" "$top/scenarios/trace.yaml"
    [ "$got" -eq 0 ]
}
check "several scenarios work" two
plot() {
    without plot sim
    [ "$got" -eq 1 ] && one_line
}
check "plot: status 1, and says why" plot

# A gnuplot that fails, and one that writes half a file.
fails() {
    printf '#!/bin/sh\n%s\n' "$1" >"$work/bin/gnuplot"
    chmod 755 "$work/bin/gnuplot"
    quick sim --out fails
    result=$?
    rm "$work/bin/gnuplot"
    [ "$result" -eq 0 ] || [ "$got" -eq 1 ]
}
check "gnuplot fails: no crash" fails 'exit 3'
check "... says so in one line" one_line
check "... and leaves everything else" complete fails
check "gnuplot dies: no crash" fails 'kill -KILL $$'
check "... says so in one line" one_line
check "... and leaves everything else" complete fails
check "gnuplot draws half a chart: no crash" fails 'echo "<svg" >"$4"; exit 1'
check "... says so in one line" one_line
check "... and leaves everything else" complete fails
check "gnuplot draws nothing: no crash" fails 'exit 0'
check "... says so in one line" one_line
check "... and leaves everything else" complete fails
not_a_program() {
    echo text >"$work/bin/gnuplot"
    quick sim --out fails
    result=$?
    rm "$work/bin/gnuplot"
    [ "$result" -eq 0 ] || [ "$got" -eq 1 ]
}
check "a gnuplot that is no program: no crash" not_a_program
check "... says so in one line" one_line

finish
