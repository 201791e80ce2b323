# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Completion of headroom's commands, options, scenario files, --set paths and chart formats.
# Use: source it, or install it as share/bash-completion/completions/headroom. It needs bash alone.

# What --set can be given, in the short form; after the colon the words that the value may be.
_headroom_paths=(
    about: name: seed:
    run.duration: run.warmup: run.cooldown: run.kind:steady/terminating run.replications: run.sample_every:
    arrivals: arrivals.poisson.rate: arrivals.constant.rate: arrivals.constant.phase: arrivals.renewal.gap:
    arrivals.batch.rate: arrivals.batch.every: arrivals.batch.size: arrivals.batch.phase:
    arrivals.closed.clients: arrivals.closed.think:
    arrivals.trace.file: arrivals.trace.time: arrivals.trace.service: arrivals.trace.unit:s/ms/us/ns
    arrivals.trace.time_scale: arrivals.trace.rate:
    service: service.constant: service.exponential.mean:
    service.lognormal.mean: service.lognormal.p99: service.lognormal.cv: service.lognormal.median:
    service.lognormal.mu: service.lognormal.sigma: service.gamma.mean: service.gamma.cv:
    service.hyperexponential.mean: service.hyperexponential.cv: service.hyperexponential.p:
    service.hyperexponential.means: service.uniform.min: service.uniform.max:
    service.empirical.file: service.empirical.column: cpu:0%/100% serial:0%/20% host.cores:
    pool.workers: pool.queue.capacity:0/unbounded pool.queue.when_full:block/reject/drop_oldest/caller_runs
    slo.mean: slo.p50: slo.p90: slo.p95: slo.p99: slo.p999: slo.max: slo.rejected: slo.utilisation:
    slo.throughput: slo.goodput: host.profile:
)

# _headroom_words "a b c": those that begin with $cur.
_headroom_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# Folders, and files with one of the endings given (none: folders alone).
_headroom_files() {
    local ending
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
    for ending; do
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -X "!*.$ending" -- "$cur")
    done
}

# The value of a --set path: its words, or a file.
_headroom_value() {
    local path
    case $1 in
    *.file)
        _headroom_files csv
        return
        ;;
    host.profile)
        _headroom_files yaml yml
        return
        ;;
    esac
    for path in "${_headroom_paths[@]}"; do
        if [[ ${path%%:*} == "$1" ]]; then
            path=${path#*:}
            _headroom_words "${path//\// }"
        fi
    done
}

# A list such as svg,png: what is not in it yet.
_headroom_formats() {
    local done="" format all=()
    [[ $cur == *,* ]] && done=${cur%,*},
    for format in svg png pdf; do
        [[ ,$done == *",$format,"* ]] || all+=("$done$format")
    done
    _headroom_words "${all[*]}"
    compopt -o nospace 2>/dev/null
}

_headroom() {
    # '=' breaks words: of --set pool.workers=4 bash makes three. $value is what stands before it.
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} value="" command=""
    local commands="run sim bench sweep merge theory check plot compare usl calibrate help"
    local options="--out --json --quiet --seed --set --threads --engine --no-plots --no-headroom --no-color --format --keep-jobs --help"
    COMPREPLY=()
    if [[ $cur == = ]]; then
        cur="" value=$prev prev=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $prev == = ]] && ((COMP_CWORD > 2)); then
        value=${COMP_WORDS[COMP_CWORD - 2]} prev=${COMP_WORDS[COMP_CWORD - 3]}
    fi
    if [[ -n $value && $prev != --set && $prev != --vary && $prev != = ]]; then # --out=DIR
        prev=$value
    elif [[ -n $value ]]; then # --set PATH=VALUE, --set=PATH=VALUE
        _headroom_value "$value"
        return
    fi

    ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]}
    case $prev in
    --out)
        if [[ $command == calibrate ]]; then _headroom_files yaml yml; else _headroom_files; fi
        return
        ;;
    --set | --vary)
        _headroom_words "$(printf '%s=\n' "${_headroom_paths[@]%%:*}")"
        compopt -o nospace 2>/dev/null
        return
        ;;
    --format)
        _headroom_formats
        return
        ;;
    --seed | --threads | --shard | --where | --seconds)
        return
        ;;
    esac
    if [[ -z $command ]]; then
        _headroom_words "$commands --help --version"
    elif [[ $cur == -* ]]; then
        case $command in
        check) options="--json --quiet --seed --set --help" ;;
        theory) options="--json --quiet --seed --set --help" ;;
        plot) options="--out --json --quiet --no-plots --format --help" ;;
        sweep) options="--vary --shard --resume --out --json --quiet --seed --set --threads --no-plots --no-color --format --help" ;;
        merge) options="--out --json --quiet --threads --no-plots --no-color --format --help" ;;
        usl) options="--where --out --json --quiet --no-plots --format --help" ;;
        calibrate) options="--out --seconds --json --quiet --help" ;;
        compare) options="--out --json --quiet --no-plots --format --help" ;;
        help) options="--help" ;;
        bench) options=${options/ --threads/} ;;
        esac
        _headroom_words "$options"
    else
        case $command in
        run | sim | bench | sweep | theory | check) _headroom_files yaml yml ;;
        merge) _headroom_files ;;
        plot | compare) _headroom_files json ;;
        usl) _headroom_files csv ;;
        help) ((COMP_CWORD == 2)) && _headroom_words "format schema" ;;
        esac
    fi
}

complete -F _headroom headroom
