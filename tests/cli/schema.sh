#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# schema: `headroom help schema` is a JSON Schema that takes every sound scenario and refuses every bad one whose
# mistake a schema can see; and every scenario of tests/sound is sound.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh

printed() {
    status 0 "$program" help schema && [ ! -s "$work/err" ] && cp "$work/out" "$work/schema.json"
}
check "help schema prints it" printed
sound() {
    status 0 "$program" check scenarios/*.yaml tests/sound/*.yaml && [ ! -s "$work/err" ]
}
check "the sound scenarios are sound" sound

# The Debian packages python3-yaml and python3-jsonschema belong to Debian's python3.
judge() {
    for python in python3 /usr/bin/python3; do
        "$python" -W ignore -c 'import jsonschema, yaml' 2>/dev/null || continue
        "$python" tests/tools/schema.py "$work/schema.json" scenarios/*.yaml tests/sound/*.yaml tests/bad/*.yaml >"$work/judged"
        status=$?
        cat "$work/judged"
        return $status
    done
    echo "python3-yaml or python3-jsonschema is missing; make deps-test installs them"
    return 1
}
check "the schema judges as the reader does" judge
sed -n '/sound scenarios; of/p' "$work/judged"

finish
