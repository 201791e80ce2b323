#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual's table of keys (scenarios/README.md, between two marker lines) from `headroom help format`.
#   docs.sh PROGRAM           writes it anew, in place
#   docs.sh PROGRAM --check   changes nothing; exit 1 with a message where it differs
# Part of `make docs` and `make lint`. Exit 0: as it should be; 1: it differs, or could not be done; 2: bad usage.
set -eu

manual=$(cd "$(dirname "$0")/../.." && pwd)/scenarios/README.md
begin='<!-- keys: written by make docs -->'
end='<!-- end of keys -->'

usage() {
    echo "usage: docs.sh PROGRAM [--check]" >&2
    exit 2
}
fail() {
    echo "docs.sh: $*" >&2
    exit 1
}

case $#,${2-} in
1, | 2,--check) ;;
*) usage ;;
esac
program=$1
[ -n "$program" ] || usage
case $program in
*/*) ;;
*) program=./$program ;;
esac
[ -f "$manual" ] || fail "$manual is missing"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each marker once, in this order: else the rest of the manual could be lost.
order=$(awk -v begin="$begin" -v end="$end" '$0 == begin { printf "b" } $0 == end { printf "e" }' "$manual")
[ "$order" = be ] || fail "$manual: the lines '$begin' and '$end' must stand there once each, in this order"

"$program" help format >"$work/keys" || fail "$1 help format failed"
[ -s "$work/keys" ] || fail "$1 help format printed nothing"

awk -v begin="$begin" -v end="$end" -v keys="$work/keys" '
    $0 == end { skip = 0 }
    !skip { print }
    $0 == begin { while ((getline line < keys) > 0) print line; skip = 1 }' "$manual" >"$work/manual"

if cmp -s "$work/manual" "$manual"; then
    exit 0
elif [ $# -eq 2 ]; then
    diff -u "$manual" "$work/manual" | sed -n '3,20p' >&2 || true
    fail "the keys in scenarios/README.md are not what 'headroom help format' prints; run 'make docs'"
else
    cp "$work/manual" "$manual" || fail "$manual cannot be written"
fi
