# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2034
# lib: for the tests of the command line; sourced by each with the program as $1. A test calls
# `check NAME CONDITION...` any number of times and ends with `finish`.
set -u
unset COLUMNS
program=$(realpath "$1")
top=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
good=0
bad=0
# Seconds until an end must have come; with sanitizers everything takes its time. ThreadSanitizer itself
# cannot do 10,000 threads.
PATIENCE=3
most_workers=10000
case $program in
*/asan/* | */cov/*) PATIENCE=15 ;;
*/tsan/*) PATIENCE=15 most_workers=1000 ;;
esac
export PATIENCE

# check NAME COMMAND...: the command succeeds.
check() {
    name=$1
    shift
    if "$@" >"$work/.check" 2>&1; then
        good=$((good + 1))
    else
        bad=$((bad + 1))
        echo "not ok - $name"
        sed 's/^/    /' "$work/.check"
    fi
}

# status N COMMAND...: the command ends with status N; its output stays in $work/out and $work/err.
status() {
    want=$1
    shift
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    [ "$got" -eq "$want" ] || { echo "status $got, expected $want"; cat "$work/err"; return 1; }
}

finish() {
    echo "$good passed, $bad failed"
    [ "$bad" -eq 0 ]
}
