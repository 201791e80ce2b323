#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# make lint: formatting, static analysis, the borders between the libraries, headers that compile alone,
# licences, and documents that are still true. Ends with "N passed, N failed".
set -u
good=0
bad=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step() {
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        good=$((good + 1))
        echo "ok      $name"
    else
        bad=$((bad + 1))
        echo "FAILED  $name"
        tail -n 40 "$work/log"
    fi
}

cat >"$work/defines.h" <<'EOT'
#define HEADROOM_VERSION "0"
#define HEADROOM_DATA "/"
EOT
flags="-std=c17 -D_GNU_SOURCE -I. -ffp-contract=off -pthread -include $work/defines.h"
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla -Werror"

formatted() { clang-format --dry-run -Werror model/*.[ch] sim/*.[ch] pool/*.[ch] cli/*.[ch] tests/*.[ch] tests/fuzz/*.c tests/study/*.c tests/bench/*.c tests/bench/pool/*.[ch] examples/*.c examples/wrong/*.c; }

headers_alone() {
    for header in model/*.h sim/*.h pool/*.h cli/*.h tests/*.h; do
        # shellcheck disable=SC2086 # words are wanted
        echo "#include \"$header\"" | cc $flags $warnings -Wno-unused -x c -fsyntax-only - || return 1
    done
    for header in pool/pool.h pool/context.h pool/semaphore.h pool/group.h; do
        echo "#include \"$header\"" | g++ -std=c++17 -Wall -Wextra -Werror -I. -x c++ -fsyntax-only - || return 1
    done
}

# Each source under both compilers with every warning an error.
warning_free() {
    for source in model/*.c sim/*.c pool/*.c cli/*.c tests/*.c tests/study/*.c; do
        # shellcheck disable=SC2086
        "$1" $flags $warnings -O2 -c -o "$work/object.o" "$source" || return 1
    done
}

# As the debug and the asan build have it: headers are macros there, and what is left of a constant differs.
warning_free_unoptimised() {
    for source in model/*.c sim/*.c pool/*.c cli/*.c; do
        # shellcheck disable=SC2086
        gcc $flags $warnings -O0 -fsyntax-only "$source" || return 1
        # shellcheck disable=SC2086
        gcc $flags $warnings -O1 -fsanitize=address,undefined -fsyntax-only "$source" || return 1
    done
}

# A library linked whole against only what it may use; the linker names what points the wrong way.
linked_whole() {
    library=$1
    shift
    cc -shared -o "$work/$library.so" -Wl,--whole-archive "build/pic/lib$library.a" -Wl,--no-whole-archive "$@" -Wl,--no-undefined
}
borders() {
    make -s MODE=pic FLAGS_pic='-O1 -fPIC' build/pic/libheadroom-model.a build/pic/libheadroom-sim.a \
        build/pic/libheadroom-bench.a build/pic/libheadroom.a || return 1
    linked_whole headroom-model -lyaml -lgsl -lgslcblas -lm || return 1
    linked_whole headroom-sim "build/pic/libheadroom-model.a" -lyaml -lgsl -lgslcblas -lm || return 1
    linked_whole headroom-bench "build/pic/libheadroom-model.a" -lyaml -lgsl -lgslcblas -lm || return 1
    linked_whole headroom || return 1
    # The library users link needs libc alone.
    ! ldd "$work/headroom.so" | grep -vE 'linux-vdso|libc\.so|ld-linux|statically linked' || return 1
    # and shows nothing but its own names.
    ! nm -g --defined-only build/pic/libheadroom.a | grep -E ' [A-Z] ' | grep -v ' headroom_' || return 1
    ! grep -lE '"pool/' sim/*.[ch] || return 1
    ! grep -lE '"sim/' pool/*.[ch] || return 1
    ! grep -lE '"(sim|pool|cli)/' model/*.[ch] || return 1
}

# Third-party headers stay in few files.
third_party() {
    [ "$(grep -l '<yaml.h>' model/*.c sim/*.c pool/*.c cli/*.c)" = model/node.c ] || return 1
    ! grep -lE '<gsl/' model/*.[ch] sim/*.[ch] pool/*.[ch] cli/*.[ch] |
        grep -vxE 'model/(dist|stats|waiting|compare|transform|queue_[a-z]+|rules|usl)\.c|cli/main\.c'
}

licences() {
    for file in model/*.[ch] sim/*.[ch] pool/*.[ch] cli/*.[ch] tests/*.[ch] tests/fuzz/*.c tests/fuzz/*.sh plots/*.gp tests/*.sh tests/cli/*.sh tests/tools/* tests/bench/*.[cp]* tests/spin/* examples/*.c examples/wrong/*.c; do
        head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' || { echo "$file: no SPDX line"; return 1; }
    done
    for file in pool/*.[ch] model/timers.[ch] model/nsec.h model/hist.h; do
        case $file in pool/bench.* | pool/calibrate.* | pool/gauge* | pool/host.* | pool/per_job.* | pool/replay.* | pool/resizer.* | pool/submit.* | pool/tell.* | pool/work.*) continue ;; esac
        head -n 1 "$file" | grep -q 'SPDX-License-Identifier: MIT' || { echo "$file: not MIT"; return 1; }
    done
}

no_exit_outside_cli() { ! grep -nE '\b(exit|abort|system|popen)\(' model/*.c sim/*.c pool/*.c | grep -vE 'model/mem.c'; }

tidy() {
    # shellcheck disable=SC2086
    clang-tidy --quiet --warnings-as-errors='*' \
        --extra-arg=-w --checks='-*,bugprone-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result,-bugprone-branch-clone,-bugprone-assignment-in-if-condition,-bugprone-reserved-identifier,-bugprone-suspicious-include,-bugprone-suspicious-string-compare,-bugprone-sizeof-expression,-clang-analyzer-valist.Uninitialized,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-clang-analyzer-security.insecureAPI.strcpy,-clang-analyzer-optin.performance.Padding' \
        model/*.c sim/*.c pool/*.c cli/*.c -- $flags
}
cpp_check() {
    cppcheck --quiet --std=c11 -I. -D_GNU_SOURCE '-DHEADROOM_VERSION="0"' '-DHEADROOM_DATA="/"' --error-exitcode=1 --inline-suppr \
        --enable=warning,portability --suppress=missingIncludeSystem --suppress=varFuncNullUB --suppress=autoVariables \
        --suppress=incorrectLogicOperator:model/fmath.c \
        model sim pool cli
}

shell_scripts() { shellcheck -x tests/run.sh tests/spin/run.sh tests/fuzz/run.sh tests/cli/*.sh tests/tools/*.sh .ci/run; }
manual() { sh tests/tools/docs.sh build/release/headroom --check; }
man_page() { mandoc -Tlint -Wwarning cli/headroom.1; }

make -s all || exit 1
step "formatting" formatted
step "headers compile alone" headers_alone
step "no warning, gcc" warning_free gcc
step "no warning, clang" warning_free clang
step "no warning, debug and asan" warning_free_unoptimised
step "borders of the libraries" borders
step "third-party headers" third_party
step "licences" licences
step "no exit outside cli" no_exit_outside_cli
step "clang-tidy" tidy
step "cppcheck" cpp_check
step "shellcheck" shell_scripts
step "manual's key tables" manual
command -v mandoc >/dev/null && step "man page" man_page
echo "$good passed, $bad failed"
[ "$bad" -eq 0 ]
