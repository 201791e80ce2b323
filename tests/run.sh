#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD [TEST...]: runs every test there is on the build (build/release ...), or those named (test_pool,
# cli/engines.sh), from the top of the tree, and ends with the plain line "N passed, N failed". A program that hangs is
# ended after a limit and counts as failed.
set -u
build=$1
shift
only=$*
program=$build/headroom
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# run NAME COMMAND...: adds what cmocka, the shell tests ("ok -", "not ok -") or a plain status say.
run() {
    name=$1
    shift
    case " $only " in "  " | *" $name "*) ;; *) return ;; esac
    timeout 600 "$@" >"$log" 2>&1
    status=$?
    good=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p; s/^\([0-9]*\) passed, [0-9]* failed$/\1/p' "$log" | tail -n 1)
    bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p; s/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$log" | tail -n 1)
    good=${good:-0}
    bad=${bad:-0}
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    fi
    if [ "$good" -eq 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
        echo "no test ran" >>"$log"
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
    printf '%-28s %4d passed' "$name" "$good"
    if [ "$bad" -gt 0 ]; then
        printf ', %d FAILED (status %d)\n' "$bad" "$status"
        grep -vE '^\[ +(RUN|OK) ' "$log" | tail -n 60
    else
        printf '\n'
        grep '^skipped: ' "$log"
    fi
}

[ -x "$program" ] || { echo "$program is not built"; exit 1; }
for source in tests/test_*.c; do
    test=$(basename "$source" .c)
    run "$test" "$build/tests/$test"
done
run contract/reference.py python3 tests/contract/reference.py
run traces/reference.py python3 tests/traces/reference.py
run scenarios python3 tests/tools/expect.py "$program" sim scenarios/*.yaml
for test in tests/cli/*.sh; do
    [ "$test" = tests/cli/lib.sh ] || run "cli/$(basename "$test")" sh "$test" "$program"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
