#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# calibrate: a quick one, whatever the host does meanwhile (0 or 98): table, JSON, profile, Ctrl-C; and the profile in
# check, sim, run and sweep. Nothing here depends on how fast the machine is.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
one=$top/scenarios/one-server.yaml
mkdir "$work/here" && cd "$work/here" || exit 1

said() { cat "$work/out" && grep -qE -- "$1" "$work/out"; }
told() { cat "$work/err" && grep -qE -- "$1" "$work/err"; }
narrow() { [ "$(awk 'length($0) > 80' "$work/out" | wc -l)" = 0 ]; }
# quick OPTION...: done, trusted or not.
quick() {
    "$program" calibrate --seconds 1 "$@" >"$work/out" 2>"$work/err"
    got=$?
    echo "status $got"
    cat "$work/err"
    [ "$got" -eq 0 ] || [ "$got" -eq 98 ]
}
json() { python3 -c "import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not ($1))" "$work/out"; }

check "calibrate" quick
check "... a table of all" said '^dispatch .* [0-9]+$'
check "... its file" said '^profile in out/host\.yaml'
check "... in 80 columns" narrow
honest() {
    if [ "$got" -eq 0 ]; then ! grep -q 'NOT QUIET' "$work/out" && grep -q '^trusted: true' out/host.yaml; else
        grep -q 'NOT QUIET' "$work/out" && grep -q '^trusted: false' out/host.yaml; fi
}
check "... its status, words and profile agree" honest
no_names() { ! grep -qwiF -e "$(uname -n)" out/host.yaml; }
check "... and names no host" no_names
check "calibrate --json --out" quick --json --out deep/er/h.yaml
check "... is JSON alone" json "r['schema'] == 'headroom.profile/1' and r['trust']['ok'] == (len(r['trust']['reasons']) == 0)"
check "... of all overheads" json "len(r['overheads']) == 14 and all(0 <= o['p50'] <= o['p90'] <= o['p99'] and o['count'] > 0 for o in r['overheads'].values())"
check "... its file" test -s deep/er/h.yaml
check "calibrate --quiet" quick --quiet
check "... says nothing" test ! -s "$work/out"

refused() { status 2 "$program" "$@" && [ ! -s "$work/out" ]; }
check "with a scenario" refused calibrate "$one"
check "... is told" told 'takes no scenario'
check "--seconds 0" refused calibrate --seconds 0
check "--seconds of another command" refused sim --seconds 3 "$one"
check "... is told" told 'is for calibrate'
mkdir folder
check "a folder as the file" status 1 "$program" calibrate --seconds 1 --out folder/
check "a file that cannot be written" status 1 "$program" calibrate --seconds 1 --out /proc/nowhere/h.yaml
interrupted() {
    timeout -s INT 1 "$program" calibrate --seconds 60 --out never.yaml >"$work/out" 2>"$work/err"
    [ $? -eq 124 ] && told 'interrupted: nothing is written' && [ ! -e never.yaml ] && [ ! -s "$work/out" ] &&
        [ -z "$(find . -maxdepth 1 -name '.never*')" ]
}
check "Ctrl-C writes nothing" interrupted
status130() {
    python3 - "$program" <<'PYTHON'
import signal, subprocess, sys, time
p = subprocess.Popen([sys.argv[1], 'calibrate', '--seconds', '60', '--out', 'never.yaml'], stderr=subprocess.PIPE)
time.sleep(0.5)
p.send_signal(signal.SIGINT)
begin = time.monotonic()
p.wait(timeout=60)
sys.exit(p.returncode != 130 or time.monotonic() - begin > 30)
PYTHON
}
check "... and ends with 130" status130

# ---- the profile in use --------------------------------------------------------------------------

short="--no-plots --no-headroom --set run.duration=500ms --set run.warmup=0s --set run.replications=2"
host="--set host.profile=out/host.yaml"
# shellcheck disable=SC2086 # words are wanted
with() {
    command=$1
    shift
    "$program" "$command" $short "$@" "$one" >"$work/out" 2>"$work/err"
    got=$?
    cat "$work/err"
    [ "$got" -eq 0 ] || [ "$got" -eq 98 ]
}
# shellcheck disable=SC2086
{
    check "check takes it" status 0 "$program" check $host "$one"
    check "sim takes it" with sim --json $host
    check "... and names it by its content" json "r['host']['ideal'] is False and len(r['host']['profile']) == 16"
    cp "$work/out" first.json
    check "... again" with sim --json --threads 1 $host
    check "... the same bytes" cmp -s first.json "$work/out"
    check "... in words" with sim $host
    check "... with its load" said '^host +calibrated: [0-9]+ cores?, load [0-9.]+, profile [0-9a-f]{16}'
    check "run shows what the host adds" with run $host
    check "... beside the ideal one" said '^host .*ideal +calibrated +measured'
    check "... in JSON, too" with run --json $host
    check "... is another result" json "r['sim_ideal']['host'] == {'ideal': True} and r['sim_ideal']['total']['offered'] == r['sim_paired']['total']['offered'] and r['sim_ideal']['total']['response']['mean']['mean'] < r['sim_paired']['total']['response']['mean']['mean']"
    check "... theory is approximate then" json "{r['theory'][k]['holds'] for k in ('throughput', 'utilisation')} == {'approximate'}"
    check "... which compare reads" status 0 "$program" compare --no-plots out/one-server:pool out/one-server:sim_paired
    check "run without has no such lines" with run
    none() { ! grep -q calibrated "$work/out" && ! grep -q sim_ideal out/one-server/result.json; }
    check "... in words and JSON" none
    check "sweep over hosts" status 0 "$program" sweep --no-plots --quiet --out s --set run.duration=500ms --vary host.profile=out/host.yaml,deep/er/h.yaml "$one"
}
beside() {
    mkdir -p other && cp out/host.yaml other/h.yaml && { cat "$one"; echo 'host: {profile: h.yaml}'; } >other/s.yaml &&
        status 0 "$program" sim --quiet --no-plots --set run.duration=500ms other/s.yaml
}
check "a profile lies beside its scenario" beside
# What a sweep began with one profile does not go on with another one.
resumed() {
    "$program" sweep --no-plots --quiet --out t --set run.duration=500ms --shard 1/2 --vary pool.workers=1,2 other/s.yaml || return 1
    sed 's/^watch: .*/watch: {stretch: 1us, watchers: 7}/' out/host.yaml >other/h.yaml
    status 2 "$program" sweep --no-plots --quiet --out t --set run.duration=500ms --shard 1/2 --resume --vary pool.workers=1,2 other/s.yaml
}
check "a sweep knows its profile by content" resumed
echo 'headroom_profile: 1' >bad.yaml
check "a bad profile" status 2 "$program" sim --no-plots --set host.profile=bad.yaml "$one"
check "... is told with its place" told '^bad\.yaml:1:1: no '
check "one that is not there" status 2 "$program" sim --no-plots --set host.profile=nowhere.yaml "$one"
check "... is told" told '^nowhere\.yaml: '
check "ideal and a profile" status 2 "$program" sim --no-plots --set host='{ideal: true, profile: out/host.yaml}' "$one"
check "... is told" told 'a host with a profile is not ideal'
finish
