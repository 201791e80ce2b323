#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages named that are missing, or says in one line how to get them.
# Exit 0: all is there; 1: it is not, and the line to type was printed.
set -u

# Debian's modules belong to Debian's python3, whichever comes first in PATH.
python_has() {
    python3 -W ignore -c "import $1" 2>/dev/null || /usr/bin/python3 -W ignore -c "import $1" 2>/dev/null
}

have() {
    case $1 in
    libgsl-dev) pkg-config --exists gsl 2>/dev/null ;;
    libyaml-dev) pkg-config --exists yaml-0.1 2>/dev/null ;;
    libcmocka-dev) pkg-config --exists cmocka 2>/dev/null ;;
    libglib2.0-dev) pkg-config --exists glib-2.0 2>/dev/null ;;
    libuv1-dev) pkg-config --exists libuv 2>/dev/null ;;
    libapr1-dev) pkg-config --exists apr-1 2>/dev/null ;;
    libaprutil1-dev) pkg-config --exists apr-util-1 2>/dev/null ;;
    libtbb-dev) pkg-config --exists tbb 2>/dev/null ;;
    pkg-config | gcc | g++ | spin | valgrind | clang | clang-format | clang-tidy | cppcheck | shellcheck | gcovr | python3) command -v "$1" >/dev/null 2>&1 ;;
    python3-yaml) python_has yaml ;;
    python3-jsonschema) python_has jsonschema ;;
    parallel) parallel --version 2>/dev/null | grep -q '^GNU parallel' ;;
    openmpi-bin) mpirun --version 2>/dev/null | grep -q 'Open MPI' ;;
    slurm-client) command -v sbatch >/dev/null 2>&1 ;;
    slurmctld | slurmd) PATH=$PATH:/usr/sbin command -v "$1" >/dev/null 2>&1 ;;
    munge) PATH=$PATH:/usr/sbin command -v munged >/dev/null 2>&1 ;;
    gnuplot-nox) command -v gnuplot >/dev/null 2>&1 ;;
    libclang-rt-14-dev) ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1 ;;
    *) return 1 ;;
    esac
}

missing=
for package in "$@"; do
    have "$package" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if command -v apt-get >/dev/null 2>&1; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    if [ -z "$sudo" ] || $sudo true 2>/dev/null; then
        echo "installing:$missing"
        log=$(mktemp)
        # shellcheck disable=SC2086 # words are wanted
        if { $sudo apt-get -q update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $missing; } >"$log" 2>&1; then
            rm -f "$log"
            exit 0
        fi
        tail -n 5 "$log" >&2
        rm -f "$log"
    fi
fi
cat >&2 <<EOT
headroom needs packages that are not installed:$missing
  Debian, Ubuntu:  sudo apt-get install$missing
  Fedora:          sudo dnf install gsl-devel libyaml-devel libcmocka-devel gnuplot pkgconf python3 python3-pyyaml python3-jsonschema
  Arch:            sudo pacman -S gsl libyaml cmocka gnuplot pkgconf python-yaml python-jsonschema
  macOS:           brew install gsl libyaml cmocka gnuplot pkg-config python3, and its modules yaml and jsonschema   (the real pool needs Linux)
EOT
exit 1
