#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The pool under valgrind memcheck: its tests and a small stress, no error and no leak. Part of `make valgrind`.
#   valgrind.sh BUILD [TEST...]     BUILD: build/release ...; all tests of the pool, or those named
# A thread runs at a time there, some fifty times as slow: STRESS_JOBS (5e4) are the operations of the stress, and
# test_pool_faults takes each FAULT_STEP-th failure (29). (test_group has a calloc of its own, in whose place valgrind
# puts another: not here.) Ends with the line "N passed, N failed".
set -u
build=$1
shift
tests=${*:-test_pool test_pool_calls test_pool_races test_pool_faults test_per_job test_semaphore test_stress}
FAULT_STEP=${FAULT_STEP:-29}
export FAULT_STEP
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0
failed=0
command -v valgrind >/dev/null || { echo "valgrind is missing (apt-get install valgrind)"; exit 1; }
for test in $tests; do
    begin=$(date +%s)
    operations=
    [ "$test" = test_stress ] && operations=${STRESS_JOBS:-5e4}
    # shellcheck disable=SC2086
    if timeout 900 valgrind --fair-sched=yes --leak-check=full --errors-for-leak-kinds=all --show-leak-kinds=all \
        --error-exitcode=9 "$build/tests/$test" $operations >"$log" 2>&1; then
        passed=$((passed + 1))
        verdict=ok
    else
        failed=$((failed + 1))
        verdict=FAILED
    fi
    printf '%-7s %-18s %s; %s s\n' "$verdict" "$test" "$(sed -n 's/^==[0-9]*== ERROR SUMMARY: //p' "$log" | tail -n 1)" "$(($(date +%s) - begin))"
    [ "$verdict" = ok ] || grep -vE '^\[ +(RUN|OK) ' "$log" | tail -n 60
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
