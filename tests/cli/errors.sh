#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# errors: a scenario that cannot be read or is wrong: all mistakes in one go, where, what, what instead;
# status 2, at once, and nothing written.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
one=$top/scenarios/one-server.yaml
mkdir "$work/here" && cd "$work/here" || exit 1

# says PATTERN...: each is in what was said on standard error.
says() {
    for pattern in "$@"; do
        grep -qE -e "$pattern" "$work/err" || { echo "no '$pattern' in:"; cat "$work/err"; return 1; }
    done
}

# refused FILE PATTERN...: check and sim both end with 2 at once, say PATTERNs, write nothing.
refused() {
    file=$1
    shift
    status 2 timeout "$PATIENCE" "$program" check "$file" </dev/null || return 1
    says "$@" || return 1
    [ ! -s "$work/out" ] || { echo "on standard output:"; cat "$work/out"; return 1; }
    cp "$work/err" "$work/err-check"
    status 2 timeout "$PATIENCE" "$program" sim "$file" </dev/null || return 1
    diff "$work/err-check" "$work/err" || return 1
    [ ! -e out ] || { echo "out was written"; return 1; }
}

# wrong NAME LINES PATTERN...: a sound scenario with one line more is refused.
wrong() {
    printf 'headroom: 1\nname: x\n%b\n' "$1" >w.yaml
    shift
    refused w.yaml "$@"
}
rest='arrivals: {poisson: {rate: 100/s}}\nservice: {exponential: {mean: 8ms}}\npool: {workers: 1}'
check "the scenario of these tests is sound" sh -c "printf 'headroom: 1\nname: x\n$rest\n' >s.yaml && '$program' check s.yaml"

# ---- five misspellings ---------------------------------------------------------------------------

cat >five.yaml <<'YAML'
headroom: 1
name: five
abuot: the key is wrong
arrivals: {poisson: {rate: 100/s}}
service: {lognromal: {mean: 20ms, p99: 60ms}}
pool: {workers: 4, queue: {capacty: 3, when_full: rejct}}
slo: {p99: 800}
YAML
five() {
    refused five.yaml \
        "^five.yaml:3:1: .*'abuot'.*'about'" \
        "^five.yaml:5:11: service: unknown distribution 'lognromal'; did you mean 'lognormal'" \
        "^five.yaml:6:28: pool.queue: .*'capacty'.*'capacity'" \
        "^five.yaml:6:51: pool.queue.when_full: .*'rejct'.*'reject'" \
        "^five.yaml:7:12: slo.p99: '800' .*unit"
}
check "five mistakes in one go" five
exactly_five() {
    [ "$(wc -l <"$work/err")" -eq 5 ] || { cat "$work/err"; return 1; }
}
check "... and no others" exactly_five
in_order() {
    cut -d : -f 2,3 "$work/err" >order && sort -t : -k 1n -k 2n order | diff order -
}
check "... in the order of the file" in_order
at_once() {
    for command in run sim bench check; do
        status 2 timeout 1 "$program" "$command" five.yaml || return 1
        [ ! -s "$work/out" ] || return 1
    done
    [ ! -e out ]
}
check "... by every command, in less than a second, with nothing written" at_once
with_out() {
    status 2 "$program" sim --out there five.yaml && [ ! -e there ]
}
check "... nor in --out" with_out
json_too() {
    status 2 "$program" sim --json five.yaml && [ ! -s "$work/out" ]
}
check "... nor on standard output with --json" json_too
# Editors read it: one object, or a list of them.
check_json() {
    "$program" check --json five.yaml >one.json 2>err && return 1
    "$program" check --json five.yaml missing.yaml "$one" >three.json 2>>err && return 1
    "$program" check --json "$one" >sound.json 2>>err || return 1
    "$program" check --json --set pool.wrokers=3 "$one" >set.json 2>>err && return 1
    [ ! -s err ] || { cat err; return 1; }
    python3 - "$one" <<'PYTHON'
import json, sys
one, three, sound, set = (json.load(open(f'{name}.json')) for name in ('one', 'three', 'sound', 'set'))
assert list(one) == ['file', 'ok', 'errors', 'advice'], one
assert one['file'] == 'five.yaml' and one['ok'] is False and len(one['errors']) == 5, one
assert all(list(e) == ['file', 'line', 'column', 'path', 'message'] for e in one['errors'])
assert [(e['line'], e['column'], e['path']) for e in one['errors']] == [
    (3, 1, None), (5, 11, 'service'), (6, 28, 'pool.queue'), (6, 51, 'pool.queue.when_full'), (7, 12, 'slo.p99')]
assert one['errors'][4]['message'].startswith("'800' needs a unit"), one
assert three[0] == one and len(three) == 3 and three[2] == sound
assert three[1]['errors'] == [{'file': 'missing.yaml', 'line': None, 'column': None, 'path': None,
                               'message': 'cannot be opened: No such file or directory'}], three[1]
assert sound['ok'] is True and sound['errors'] == [] and sound['file'] == sys.argv[1]
assert isinstance(sound['advice'], list)
assert set['errors'][0]['file'] == '--set' and set['errors'][0]['line'] is None and set['errors'][0]['path'] == 'pool'
PYTHON
}
check "check --json" check_json
hostile_json() {
    printf 'headroom: 1\nname: "a\\"\\e[31m\\u202e\\\\"\n"\\t": 1\nabout: %%x\n' >"$(printf 'a\377"\\\n.yaml')"
    printf 'headroom: 1\nname: "\303\244%0100d"\nabuot: 1\n' 0 >cut.yaml
    "$program" check --json ./*.yaml >all.json && return 1
    python3 -c 'import json; [json.dumps(x) for x in json.load(open("all.json", encoding="utf-8"))]'
}
check "... of anything is JSON in UTF-8" hostile_json
with_set() {
    status 2 "$program" check --set pool.wrokers=3 --set seed=x five.yaml && says "lognromal" "wrokers" "seed"
}
check "... together with those of --set" with_set
two_files() {
    sed 's/^name: five/name: six/; s/lognromal/exponentail/' five.yaml >six.yaml
    status 2 "$program" check five.yaml six.yaml && says "^five.yaml:5:11.*lognromal" "^six.yaml:5:11.*exponentail.*exponential"
}
check "two wrong files: the errors of both" two_files
one_wrong() {
    status 2 "$program" check five.yaml "$one" && grep -q one-server "$work/out"
}
check "check goes on after a wrong file" one_wrong
# A misspelt key that is needed: one complaint is enough, the word is there.
printf 'headroom: 1\nname: x\narivals: {poisson: {rate: 100/s}}\nservice: {exponential: {mean: 8ms}}\npool: {wrokers: 4}\n' >needed.yaml
check "misspelt keys that are needed" refused needed.yaml "^needed.yaml:3:1: .*'arivals'.*'arrivals'" "^needed.yaml:5:8: .*'wrokers'.*'workers'"

# ---- single mistakes -----------------------------------------------------------------------------

check "duplicate key" wrong "$rest\nname: y" '^w.yaml:6:1: .*name.*line 2'
check "duplicate key, inside" wrong 'arrivals: {poisson: {rate: 1/s, rate: 2/s}}\nservice: {constant: 1ms}\npool: {workers: 1}' '^w.yaml:3:33: .*rate'
check "no version" sh -c "printf 'name: x\n$rest\n' >v.yaml; '$program' check v.yaml; [ \$? -eq 2 ]"
check "wrong version" sh -c "printf 'headroom: 2\nname: x\n$rest\n' >v.yaml; '$program' check v.yaml; [ \$? -eq 2 ]"
check "duration without unit" wrong "$rest\nrun: {duration: 10}" '^w.yaml:6:17: run.duration: .10. .*unit'
check "rate without unit" wrong 'arrivals: {poisson: {rate: 100}}\nservice: {constant: 1ms}\npool: {workers: 1}' "arrivals.poisson.rate: '100' .*unit"
check "unknown unit" wrong "$rest\nrun: {duration: 10sec}" 'run.duration: .10sec. .*min'
check "negative" wrong "$rest\nrun: {duration: -10s}" 'run.duration: .-10s. .*negative'
check "no workers" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: {constant: 1ms}\npool: {workers: 0}' 'pool.workers: 0 '
check "half a worker" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: {constant: 1ms}\npool: {workers: 1.5}' "pool.workers: '1.5' .*whole"
check "not a number" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: {constant: 1ms}\npool: {workers: nan}' "pool.workers: 'nan'"
check "infinity" wrong "$rest\nrun: {duration: infs}" "run.duration: 'infs'"
check "too large" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: {constant: 1ms}\npool: {workers: 1e400}' "pool.workers"
check "bad name" wrong "$rest\nclasses: 3" 'classes'
check "name with capitals" sh -c "printf 'headroom: 1\nname: Big Name\n$rest\n' >v.yaml; '$program' check v.yaml 2>e; [ \$? -eq 2 ] && grep -q '^v.yaml:2:7: name: .Big Name. ' e"
check "a name that leads out of out/" sh -c "printf 'headroom: 1\nname: ../x\n$rest\n' >v.yaml; '$program' check v.yaml; [ \$? -eq 2 ]"
check "two distributions" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: {constant: 1ms, exponential: {mean: 1ms}}\npool: {workers: 1}' '^w.yaml:4:.*one distribution'
check "a distribution without parameters" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: exponential\npool: {workers: 1}' "exponential.*\{exponential"
check "lognormal with impossible p99" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: {lognormal: {mean: 10ms, p99: 500ms}}\npool: {workers: 1}' 'lognormal.*14.97'
check "hyperexponential with cv below 1" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: {hyperexponential: {mean: 10ms, cv: 0.5}}\npool: {workers: 1}' 'hyperexponential.*1'
check "a mean below 50 ns" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: {exponential: {mean: 10ns}}\npool: {workers: 1}' '50 ns'
check "uniform, min above max" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: {uniform: {min: 3ms, max: 2ms}}\npool: {workers: 1}' 'uniform'
check "both forms at once" wrong "$rest\npools: [{name: a, workers: 1}]" 'pool'
check "a list where a map belongs" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: {constant: 1ms}\npool: [1, 2]' '^w.yaml:5:7: pool: .*map'
check "a value where a map belongs" wrong 'arrivals: {poisson: {rate: 1/s}}\nservice: {constant: 1ms}\npool: 3' '^w.yaml:5:7: pool: .*map'
check "known, but not yet: said so" wrong "$rest\nshutdown: {at: 1s, drain: 1s}" '^w.yaml:6:1: shutdown: not supported yet'
check "route to a pool that is not there" wrong 'classes: [{name: a, arrivals: {poisson: {rate: 1/s}}, route: [{pool: q, service: {constant: 1ms}}]}]\npools: [{name: p, workers: 1}]' 'unknown pool'
check "... the pools there are, and the nearest" wrong 'classes: [{name: a, arrivals: {poisson: {rate: 1/s}}, route: [{pool: downlaod, service: {constant: 1ms}}]}]\npools: [{name: download, workers: 1}, {name: resize, workers: 1}]' "'downlaod'.*did you mean 'download'" 'resize'
check "two pools of one name" wrong 'classes: [{name: a, arrivals: {poisson: {rate: 1/s}}, route: [{pool: p, service: {constant: 1ms}}]}]\npools: [{name: p, workers: 1}, {name: p, workers: 2}]' 'two pools'

# ---- not YAML ------------------------------------------------------------------------------------

check "bracket not closed" wrong 'arrivals: {poisson: {rate: 1/s}' '^w.yaml:[0-9]+:[0-9]+: '
check "tab" wrong 'pool:\n\tworkers: 1' '^w.yaml:4:1: .*spaces.*tabs'
check "anchors" wrong 'about: &a text' '^w.yaml:3:8: .*anchors'
check "aliases" wrong 'about: *a' '^w.yaml:3:8: .*aliases'
check "tags" wrong 'about: !!binary text' '^w.yaml:3:8: .*tags'
check "a second document" wrong "$rest\n---\nheadroom: 1" '^w.yaml:'
python3 - <<'PYTHON'
open('deep.yaml', 'w').write('headroom: 1\nabout: ' + '[' * 20000 + ']' * 20000)
open('long.yaml', 'w').write('headroom: 1\nname: ' + 'x' * 5000000)
open('many.yaml', 'w').write('headroom: 1\n' + ''.join(f'key{i}: 1\n' for i in range(3000)))
open('zero.yaml', 'wb').write(b'headroom: 1\nname: a\0b\n')
open('latin.yaml', 'wb').write(b'headroom: 1\nname: x\nabout: \xe4\xf6\xfc\n')
open('utf16.yaml', 'wb').write('headroom: 1\n'.encode('utf-16'))
open('utf16-no-mark.yaml', 'wb').write('headroom: 1\n'.encode('utf-16-le'))
open('utf32.yaml', 'wb').write('headroom: 1\n'.encode('utf-32'))
open('line.yaml', 'w').write('headroom: 1\nabout: [' + 'x, ' * 3400000 + ']\n')
head = 'headroom: 1\nname: x\n'
route = 'arrivals: {poisson: {rate: 1/s}}, route: [{pool: p, service: {constant: 1ms}}]'
open('pools.yaml', 'w').write(head + 'classes: [{name: a, ' + route + '}]\npools:\n' + '  - {name: p, workers: 1}\n' * 2000)
open('classes.yaml', 'w').write(head + 'pools: [{name: p, workers: 1}]\nclasses:\n' +
                                ''.join(f'  - {{name: c{i}, {route}}}\n' for i in range(1001)))
open('values.yaml', 'w').write(head + 'about: [' + 'a,' * 150000 + ']\n')
open('keys.yaml', 'w').write(head + 'about: {' + ''.join(f'k{i}: 1,' for i in range(1001)) + '}\n')
open('maps.yaml', 'w').write(head + 'about: ' + '{a: ' * 20000)
open('questions.yaml', 'w').write(head + 'about:\n' + '? ' * 20000)
open('binary', 'wb').write(bytes(range(256)) * 64)
open('scalar.yaml', 'w').write('just text\n')
open('list.yaml', 'w').write('- a\n- b\n')
open('comment.yaml', 'w').write('# nothing\n')
PYTHON
check "nested too deeply" refused deep.yaml 'deep.yaml'
check "a name of five megabytes" refused long.yaml 'long.yaml'
short_enough() {
    [ "$(wc -c <"$work/err")" -lt 10000 ] || { wc -c "$work/err"; return 1; }
}
check "... is not printed in full" short_enough
many() {
    status 2 timeout "$PATIENCE" "$program" check many.yaml && [ "$(wc -l <"$work/err")" -le 110 ] && says 'more'
}
check "three thousand mistakes: told that there are more" many
check "a zero byte" refused zero.yaml '^zero.yaml:.*zero byte'
check "Latin-1" refused latin.yaml '^latin.yaml:.*UTF-8'
check "UTF-16" refused utf16.yaml '^utf16.yaml:1:1: is UTF-16; save it as UTF-8$'
check "UTF-16 without a mark" refused utf16-no-mark.yaml '^utf16-no-mark.yaml:1:2: .*zero byte'
check "UTF-32" refused utf32.yaml '^utf32.yaml:1:1: is UTF-16'
check "a line of ten megabytes" refused line.yaml '^line.yaml: is larger than 4 MB'
check "two thousand pools" refused pools.yaml '^pools.yaml:5:3: pools: are more than 1000$'
check "a thousand classes and one" refused classes.yaml '^classes.yaml:5:3: classes: are more than 1000$'
check "too many values" refused values.yaml '^values.yaml:3:[0-9]*: too many values'
check "too many keys in a map" refused keys.yaml '^keys.yaml:3:[0-9]*: more than 1000 keys in one map'
check "maps in maps" refused maps.yaml '^maps.yaml:3:[0-9]*: nested too deeply'
check "keys in keys" refused questions.yaml '^questions.yaml:[0-9]*:[0-9]*: '
check "binary" refused binary '^binary:'
check "a text, not a map" refused scalar.yaml '^scalar.yaml:1:1: '
check "a list, not a map" refused list.yaml '^list.yaml:1:1: '
check "comments only" refused comment.yaml '^comment.yaml.*headroom: 1'
: >empty.yaml
check "empty" refused empty.yaml '^empty.yaml.*headroom: 1'

# ---- not a file ----------------------------------------------------------------------------------

mkdir folder.yaml
mkfifo pipe.yaml
check "a folder" refused folder.yaml '^folder.yaml: is a folder'
check "a fifo, which nobody writes to" refused pipe.yaml '^pipe.yaml: is a pipe that nothing is written to'
check "a missing file" refused missing.yaml '^missing.yaml: .*No such file'
check "a file below a file" refused binary/x.yaml '^binary/x.yaml: .*Not a directory'
check "an empty name" refused '' 'No such file|empty'
for device in /dev/zero /dev/full /dev/null /dev/urandom; do
    check "$device" refused "$device" "^$device: is a device"
done
ln -s loop.yaml loop.yaml
check "a link to itself" refused loop.yaml '^loop.yaml: '
# Root may read everything: then it is asked as nobody, where the program can be reached by nobody.
cp "$one" secret.yaml
chmod 0 secret.yaml
forbidden() {
    status 2 "$@" "$program" check secret.yaml && says '^secret.yaml: .*Permission denied'
}
if [ "$(id -u)" -ne 0 ]; then
    check "no permission" forbidden
elif setpriv --reuid=65534 --clear-groups "$program" --version >/dev/null 2>&1; then
    chmod a+x "$work" "$work/here"
    check "no permission" forbidden setpriv --reuid=65534 --clear-groups
else
    echo "not tried: a file without permission (root may read it, and cannot be nobody here)"
fi

# ---- a pipe with a scenario in it ----------------------------------------------------------------

piped() {
    status 0 "$program" "$@" && grep -q one-server "$work/out"
}
from_stdin() {
    # shellcheck disable=SC2002 # a pipe is what is tried
    cat "$one" | piped check -
}
check "a pipe on standard input" from_stdin
slowly() {
    { sleep 0.5; cat "$one"; } | piped check /dev/stdin
}
check "... of somebody who thinks first" slowly
from_file() {
    piped check - <"$one"
}
check "a file on standard input" from_file
from_fifo() {
    cat "$one" >pipe.yaml &
    timeout 5 sh -c "'$program' check pipe.yaml" | grep -q one-server
}
check "a fifo that somebody writes to" from_fifo
wrong_piped() {
    echo 'headroom: 2' | status 2 "$program" check - && says '^<stdin>:1:11: headroom: 2'
}
check "an error in it has its line" wrong_piped
trace_piped() {
    printf 't,s\n0,0.1\n1,0.1\n' >piped.csv
    printf 'headroom: 1\nname: one-server\narrivals: {trace: {file: piped.csv, time: t, service: s}}\npool: {workers: 1}\n' |
        piped check /dev/stdin
}
check "a trace named in it lies in the current folder" trace_piped
nothing_piped() {
    status 2 timeout "$PATIENCE" "$program" check - </dev/null && says '^<stdin>: is a device' &&
        : | status 2 timeout "$PATIENCE" "$program" check - && says '^<stdin>: is a pipe that nothing'
}
check "nothing on standard input" nothing_piped

# ---- a trace that cannot be read -----------------------------------------------------------------

# trace FILE PATTERN...
trace() {
    printf 'headroom: 1\nname: x\narrivals: {trace: {file: %s, time: t, service: s}}\npool: {workers: 1}\n' "$1" >t.yaml
    shift
    refused t.yaml "$@"
}
printf 't,s\n0,1\n1,x\n' >letters.csv
printf 't,s\n0,1\n2,1\n1,1\n' >backwards.csv
printf 't,s\n0,1\n1,-1\n' >negative.csv
printf 't,s\n0,1\n1\n' >short.csv
printf 't,s\n' >header.csv
printf 'a,s\n0,1\n' >column.csv
: >nothing.csv
check "trace: missing" trace missing.csv '^t.yaml:3:.*missing.csv'
check "trace: a folder" trace folder.yaml 'folder.yaml'
check "trace: a fifo" trace pipe.yaml 'pipe.yaml'
check "trace: a letter" trace letters.csv 'letters.csv.*'
check "trace: time goes backwards" trace backwards.csv "^backwards.csv:4:1: '1' in column 't' .*ascend"
check "trace: a negative time" trace negative.csv "^negative.csv:3:3: '-1' in column 's' is negative"
check "trace: a cell is missing" trace short.csv 'short.csv'
check "trace: a header alone" trace header.csv 'header.csv'
check "trace: an unknown column, and which there are" trace column.csv "'?t'?.*a.*s"
check "trace: empty" trace nothing.csv 'nothing.csv'
check "trace: binary" trace binary 'binary:1:1: .*zero byte'
check "trace: the scenario itself" trace t.yaml "^t.yaml:1:1: no column 't'; there are headroom: 1"
check "trace: /dev/zero" trace /dev/zero '^t.yaml:3:.*/dev/zero.*no regular file'
python3 - <<'PYTHON'
open('late.csv', 'w').write('t,s\n' + '1,1\n' * 200000 + '1,x\n')
open('line.csv', 'w').write('t,s\n' + '1' * 10000000 + '\n')
open('cells.csv', 'w').write('t,s\n' + '1,' * 400000 + '\n1\n')
open('gap.csv', 'wb').truncate(3000000000)
PYTHON
check "trace: a mistake in line 200,002" trace late.csv "^late.csv:200002:3: 'x' in column 's'"
check "trace: a line of ten megabytes" trace line.csv '^line.csv:2:1: is a line of more than 1 MB'
check "trace: 400,000 cells in a row" trace cells.csv '^cells.csv:3:1: too few cells'
check "trace: three gigabytes of nothing" trace gap.csv '^gap.csv:1:1: .*zero byte'

# ---- what is sound although it looks odd ---------------------------------------------------------

sound() {
    printf '%b' "$1" >odd.yaml
    status 0 "$program" check odd.yaml
}
check "Windows line ends" sound 'headroom: 1\r\nname: x\r\narrivals: {poisson: {rate: 100/s}}\r\nservice: {exponential: {mean: 8ms}}\r\npool: {workers: 1}\r\n'
check "a byte order mark" sound '\0357\0273\0277headroom: 1\nname: x\narrivals: {poisson: {rate: 100/s}}\nservice: {exponential: {mean: 8ms}}\npool: {workers: 1}\n'
check "no newline at the end" sound 'headroom: 1\nname: x\narrivals: {poisson: {rate: 100/s}}\nservice: {exponential: {mean: 8ms}}\npool: {workers: 1}'
odd_name() {
    cp "$one" "$1" && status 0 "$program" check "$1"
}
check "a file name with spaces and quotes" odd_name "a b'\"c.yaml"
# Of what was given a message shows the beginning, however long it is.
long=$(head -c 5000 /dev/zero | tr '\0' a)
short_message() {
    status 2 "$program" check --set "$1" "$one" && ! grep -E '.{400}' "$work/out" "$work/err"
}
check "a long --set without =" short_message "$long"
check "a long --set without a path" short_message "=$long"
check "a long --set below a value" short_message "pool.workers.$long=1"
long_key() {
    key=$(printf %.900s "$long")
    printf '%s: 1\n%s: 1\n' "$key" "$key" >long.yaml
    status 2 "$program" check long.yaml && ! grep -E '.{400}' "$work/out" "$work/err"
}
check "a long key twice" long_key
check "a file name with control characters" odd_name "$(printf 'a\nb\033[31m.yaml')"

finish
