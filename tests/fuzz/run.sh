#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# make fuzz: run.sh PROGRAM SECONDS TARGET... runs each target for its share of the time, from the seeds that
# lie in the tree and from what it found before (build/fuzz/corpus, thrown away by make clean). A crash, a
# leak, an input that takes 10 s or 1 GB is a finding: it lies in build/fuzz/findings then, and once it is mended,
# in tests/fuzz/corpus for ever. Ends with "N passed, N failed", a target being one.
set -u
program=$1
seconds=$2
shift 2
share=$((seconds / $#))
[ "$share" -gt 0 ] || share=1
good=0
bad=0
mkdir -p build/fuzz/findings

# Every word of the format, and what YAML and numbers are made of.
dictionary=build/fuzz/words.dict
{
    # shellcheck disable=SC2016 # backquotes are meant
    "$program" help format | grep -o '`[a-z0-9_]*`' | tr -d '`' | sort -u | sed 's/.*/"&"/'
    printf '"%s"\n' ': ' ', ' '[' ']' '{' '}' '- ' '? ' '---' '...' '<<' '&a ' '*a' '!!str ' '#set ' '=' '%' \
        /s /min /h 1ms 1us 1ns 1s 1e308 1e-308 -1 nan .inf 0x1 1e999 9007199254740993 x2 jobs free \
        '\x00' '\xef\xbb\xbf' '\xff\xfe' '\xc3\xa4' '\x22' '\x5c' '\x09' '\x0d\x0a' sim pool null true false mean low high
} >"$dictionary"

# Results to begin with, of one engine and of both.
mkdir -p build/fuzz/results
for command in sim run; do
    "$program" "$command" scenarios/buffer-small.yaml --quiet --no-plots --out build/fuzz/results/"$command" \
        --set run.duration=300ms --set run.warmup=0s --set run.replications=2 --set slo.within='{50ms: 50%}' >/dev/null 2>&1
    cp build/fuzz/results/"$command"/result.json build/fuzz/results/"$command".json
    rm -r build/fuzz/results/"$command"
done

# Shards to begin with: of two cells, and of one with classes, losses and time-outs.
rm -rf build/fuzz/shards
mkdir -p build/fuzz/shards
"$program" sweep scenarios/buffer-small.yaml --quiet --out build/fuzz/shards/one --shard 1/1 --set run.duration=8ms \
    --set run.warmup=0s --set run.replications=2 --vary pool.workers=2,3 >/dev/null 2>&1
"$program" sweep tests/fuzz/classes.yaml --quiet --out build/fuzz/shards/two --shard 1/2 >/dev/null 2>&1
mv build/fuzz/shards/one/shard-1-of-1.headroom build/fuzz/shards/two/shard-1-of-2.headroom build/fuzz/shards
rm -r build/fuzz/shards/one build/fuzz/shards/two

# seeds NAME: the folders it begins with.
seeds() {
    case $1 in
    fuzz_scenario) echo scenarios tests/bad tests/sound ;;
    fuzz_csv) echo scenarios tests/bad tests/oracles ;;
    fuzz_result) echo build/fuzz/results ;;
    fuzz_shard) echo build/fuzz/shards ;;
    fuzz_resize) echo tests/traces ;;
    fuzz_profile) ;;
    esac
    echo "tests/fuzz/corpus/${1#fuzz_}"
}

for target; do
    name=$(basename "$target")
    found=build/fuzz/corpus/$name
    mkdir -p "$found"
    echo "$name: $share s"
    # shellcheck disable=SC2046 # words are wanted
    if ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=0 "$target" "$found" $(seeds "$name") -dict="$dictionary" \
        -max_total_time="$share" -max_len=40000 -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=512 \
        -artifact_prefix="build/fuzz/findings/$name-" -print_final_stats=1 -verbosity=1 >"build/fuzz/$name.log" 2>&1; then
        good=$((good + 1))
        sed -n 's/^stat::number_of_executed_units: */  executed /p' "build/fuzz/$name.log"
        sed -n 's/^#[0-9]*.DONE *\(cov: [0-9]*\).*\(corp: [0-9]*\).*/  \1, \2/p' "build/fuzz/$name.log"
    else
        bad=$((bad + 1))
        tail -n 60 "build/fuzz/$name.log"
    fi
done
echo "$good passed, $bad failed"
[ "$bad" -eq 0 ]
