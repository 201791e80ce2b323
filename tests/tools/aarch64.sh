#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# aarch64: builds program and tests for 64-bit ARM, runs them under qemu-user, and holds the simulated bytes to
# those of every other machine (tests/cli/golden.txt). Debian and Ubuntu; ends with "N passed, N failed".
#
# Installed are the cross compiler and qemu-user; GSL, libyaml and cmocka for arm64 are unpacked under
# build/aarch64-root, so that no foreign architecture is added to this system.
#   tests/tools/aarch64.sh [TEST...]    default: the tests whose figures or bytes the machine could change
# Not among them are those in real time (test_pool, test_contract): emulated threads are late.
set -eu
cd "$(dirname "$0")/../.."
root=$(pwd)/build/aarch64-root
libraries=$root/usr/lib/aarch64-linux-gnu
build=build/aarch64
[ $# -gt 0 ] || set -- test_rng test_variate test_fmath test_dist test_source test_laws test_hist test_timers \
    test_sim test_transient test_stats test_text test_csv

install_compiler() {
    command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null && return
    sudo=
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    $sudo apt-get -q update
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends \
        gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
}

# apt with lists of its own, for arm64 alone.
unpack_libraries() {
    [ -f "$root/complete" ] && return
    rm -rf "$root"
    mkdir -p "$root/apt/lists/partial" "$root/apt/archives/partial" "$root/debs"
    : >"$root/apt/status"
    cat >"$root/apt.conf" <<EOT
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "$(id -un)";
Dir::State "$root/apt";
Dir::State::status "$root/apt/status";
Dir::Cache "$root/apt";
EOT
    export APT_CONFIG="$root/apt.conf"
    apt-get -q update
    (cd "$root/debs" && apt-get -q download libgsl-dev "$(newest libgsl)" "$(newest libgslcblas)" libyaml-dev libyaml-0-2 \
        libcmocka-dev libcmocka0)
    unset APT_CONFIG
    for deb in "$root"/debs/*.deb; do dpkg-deb -x "$deb" "$root"; done
    touch "$root/complete"
}

# The run-time package of a library, whose name carries its version.
newest() {
    apt-cache pkgnames "$1" | grep -E "^$1[0-9]+$" | sort -V | tail -n 1
}

# A command which runs the program $1 under qemu, in file $2.
emulated() {
    cat >"$2" <<EOT
#!/bin/sh
exec qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=$libraries $1 "\$@"
EOT
    chmod +x "$2"
}

install_compiler >&2
unpack_libraries >&2
export PKG_CONFIG_LIBDIR="$libraries/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
programs=$build/headroom
for test in "$@"; do
    [ ! -f "tests/$test.c" ] || programs="$programs $build/tests/$test"
done
# shellcheck disable=SC2086 # words are wanted
make -s -j2 MODE=aarch64 CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar OPT="-O3 -g" CFLAGS="-isystem $root/usr/include" \
    LDFLAGS="-L$libraries -Wl,-rpath-link,$libraries" $programs

passed=0
failed=0
log=$build/log
# run NAME COMMAND...: one check.
run() {
    name=$1
    shift
    if timeout 600 "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "$name: passed"
    else
        failed=$((failed + 1))
        echo "$name: FAILED"
        tail -n 40 "$log"
    fi
}
mkdir -p "$build/emulated"
emulated "$(pwd)/$build/headroom" "$build/emulated/headroom"
run "golden bytes" sh tests/cli/golden.sh "$build/emulated/headroom"
for test in "$@"; do
    [ -f "tests/$test.c" ] || continue
    emulated "$build/tests/$test" "$build/emulated/$test"
    run "$test" "$build/emulated/$test"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
