#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# examples: each is compiled against the installed library, as pkg-config says, and does what it says. The
# wrong ones are found by what they name ("Found by: asan: ..."), and the right ones are clean under the same.
# shellcheck disable=SC1091,SC2154,SC2086,SC2046,SC2317
. tests/cli/lib.sh
mode=$(basename "$(dirname "$program")")
warnings="-Wall -Wextra -Wpedantic -Werror"

flags_of() {
    case $1 in
    asan) echo "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all" ;;
    tsan) echo "-O1 -g -fsanitize=thread" ;;
    cov) echo "-O0 --coverage" ;;
    *) echo "-O2" ;;
    esac
}

# ---- installed --------------------------------------------------------------------------------------------------

installed() { make -s MODE="$mode" DESTDIR="$work/stage" PREFIX=/usr install; }
check "make install DESTDIR" installed
export PKG_CONFIG_LIBDIR="$work/stage/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$work/stage"
cflags=$(pkg-config --cflags headroom)
libs=$(pkg-config --libs headroom)
check "pkg-config knows the headers and the library" sh -c "echo '$cflags $libs' | grep -q 'stage.*-lheadroom'"
mkdir -p "$work/bin"
for source in examples/*.c; do
    name=$(basename "$source" .c)
    check "$name compiles" cc $warnings $(flags_of "$mode") $cflags -o "$work/bin/$name" "$source" $libs
done
for header in "$work"/stage/usr/include/headroom/*.h; do
    name=headroom/$(basename "$header")
    echo "#include <$name>" >"$work/alone.c"
    check "$name compiles alone" cc -std=c11 $warnings $cflags -fsyntax-only "$work/alone.c"
    cp "$work/alone.c" "$work/alone.cc"
    command -v c++ >/dev/null && check "$name compiles as C++" c++ $warnings $cflags -fsyntax-only "$work/alone.cc"
done

# ---- they do what they say ---------------------------------------------------------------------------------------

# says STATUS PATTERN COMMAND...: it ends so, and its output has such a line.
says() {
    want=$1 pattern=$2
    shift 2
    "$@" >"$work/out" 2>&1
    got=$?
    [ "$got" -eq "$want" ] && grep -Eq "$pattern" "$work/out" && return
    echo "status $got, output:"
    cat "$work/out"
    return 1
}

# A name and the order of lines 0 to n - 1.
lines_in_order() {
    "$1" >"$work/out" && seq 0 11 | sed 's/^/line /' | cmp - "$work/out"
}

# Short work is all done within the grace; of long work four were served, sixteen waited, one was too many.
service() {
    python3 - "$1" "$work/socket" <<'PYTHON'
import os, signal, socket, subprocess, sys, time
path = sys.argv[2]
def start(work, grace):
    return subprocess.Popen([sys.argv[1], path, work, grace], stdout=subprocess.PIPE, text=True)
def ask(server):
    s = socket.socket(socket.AF_UNIX)
    while True:
        try:
            s.connect(path)
            return s.makefile()
        except OSError:
            assert server.poll() is None
            time.sleep(0.01)
def stop(server, says):
    server.send_signal(signal.SIGTERM)
    out, _ = server.communicate(timeout=20)
    assert (server.returncode, out) == (0, says), (server.returncode, out)
    assert not os.path.exists(path)
server = start('1', '60000')
assert [ask(server).read() for _ in range(8)] == ['done\n'] * 8
stop(server, 'done 8, stopped 0, busy 0\n')
server = start('60000', '100')
asked = [ask(server) for _ in range(21)]
assert asked[20].read() == 'busy\n'
stop(server, 'done 0, stopped 20, busy 1\n')
assert [a.read() for a in asked[:20]] == ['stopped\n'] * 20
PYTHON
}

# right BIN: what the right ones say.
right() {
    check "square ($1)" says 0 'sum of squares: 385$' "$1/square" 10
    check "... of many ($1)" says 0 'sum of squares: 333383335000$' "$1/square" 10000
    check "... of none ($1)" says 0 'sum of squares: 0$' "$1/square" 0
    check "cancel, in time ($1)" says 0 'done: 10 of 10 squared' "$1/cancel" 10 60000
    check "cancel, too late ($1)" says 1 'timed out: [0-9]{1,5} of 100000 squared' "$1/cancel" 100000 50
    check "first_error ($1)" says 0 'No such file or directory: most were spared' "$1/first_error"
    check "reject ($1)" says 0 'refused 7 of 10' "$1/reject"
    check "ordered ($1)" lines_in_order "$1/ordered"
    check "service ($1)" service "$1/service"
}
right "$work/bin"

# ---- wrong ones are found, right ones are not ---------------------------------------------------------------------

# Compiled with a sanitizer, as is the library.
build() {
    for source in $2; do
        name=$(basename "$source" .c)
        cc $warnings $(flags_of "$1") $cflags -o "$work/$1/$name" "$source" "build/$1/libheadroom.a" -pthread || return 1
    done
}
export TSAN_OPTIONS=halt_on_error=1 ASAN_OPTIONS=detect_leaks=1
for sanitizer in asan tsan; do
    mkdir -p "$work/$sanitizer"
    check "the library ($sanitizer)" make -s MODE=$sanitizer build/$sanitizer/libheadroom.a
    check "right ones ($sanitizer)" build $sanitizer "examples/*.c"
    [ "$mode" = $sanitizer ] || right "$work/$sanitizer"
done
for source in examples/wrong/*.c; do
    name=$(basename "$source" .c)
    sanitizer=$(sed -n 's/^ \* Found by: \([a-z]*\): .*/\1/p' "$source")
    finding=$(sed -n 's/^ \* Found by: [a-z]*: //p' "$source")
    check "wrong/$name compiles without a warning" build "${sanitizer:-none}" "$source"
    "$work/$sanitizer/$name" >"$work/out" 2>&1
    check "wrong/$name is found ($sanitizer: $finding)" grep -q "${finding:-none}" "$work/out"
done
finish
