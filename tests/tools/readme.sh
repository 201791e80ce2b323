#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Writes README's verdict and chart anew, from a run on this host: readme.sh PROGRAM. Part of `make docs`.
set -eu
program=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$program" run scenarios/io-sizing-tight.yaml --no-color --out "$out" | sed '/^charts in/d' >"$out/verdict"
mkdir -p docs
cp "$out/queue.svg" docs/queue.svg
awk -v verdict="$out/verdict" '
    /<!-- verdict:/ { print; print ""; print "```"; while ((getline line < verdict) > 0) print line; print "```"; print ""; skip = 1 }
    /<!-- end of verdict -->/ { skip = 0 }
    !skip { if ($0 !~ /<!-- verdict:/) print }' README.md >"$out/README.md"
cp "$out/README.md" README.md
