#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The wake-up protocol of the pool (pool.pml), checked by spin in every interleaving: the configurations that must
# hold, then each deliberate fault, which must be found. `run.sh WORD` runs those whose name has WORD.
# Ends with "N passed, N failed". Needs spin and cc; pool.pml says what the macros mean.
set -u
here=$(cd "$(dirname "$0")" && pwd)

# one KIND NAME MACROS...: kind "holds" or "found".
if [ "${1:-}" = --one ]; then
    kind=$2
    name=$3
    shift 3
    work=$(mktemp -d) && cd "$work" || exit 1
    trap 'rm -rf "$work"' EXIT
    begin=$(date +%s)
    verdict=FAILED
    said='does not build'
    if nice spin "$@" -a "$here/pool.pml" >log 2>&1 && nice cc -O1 -w -DSAFETY -DCOLLAPSE -DMEMLIM=3000 -DVECTORSZ=2048 -o pan pan.c >>log 2>&1; then
        nice ./pan -m200000 -w22 >log 2>&1
        said=$(sed -n 's/^pan:1: \(.*\)/\1/p' log)
        states=$(sed -n 's/^ *\([0-9]*\) states, stored$/\1/p' log)
        # Whole: nothing ran out of depth or memory.
        if [ -z "$said" ] && grep -q 'errors: 0$' log && ! grep -qE 'max search depth|out of memory|reached -DMEMLIM|Search not completed' log; then
            [ "$kind" = holds ] && verdict=ok
            said="$states states"
        elif [ -n "$said" ]; then
            case $said in
            *'assertion violated'* | *'invalid end state'*) [ "$kind" = found ] && verdict=ok ;;
            esac
        else
            said="not finished: $(tail -n 1 log)"
        fi
    fi
    printf '%-7s %s: %s (%s; %s s)\n' "$verdict" "$name" "$said" "$*" "$(($(date +%s) - begin))"
    exit 0
fi

list() {
    cat <<'EOF_LIST'
holds two-workers -DEACH=1
holds door -DWORKERS=1 -DCAPACITY=0
holds door-counters-per-cpu -DCPUS=2 -DCAPACITY=0 -DPRODUCERS=1 -DEACH=3 -DCLOSE_LATE=1
holds two-at-a-time -DPAIR=5 -DCLOSE_LATE=1
holds two-at-a-time-many-wakes -DPAIR=3 -DEACH=1 -DMANY -DCLOSE_LATE=1
holds two-at-a-time-woken-goes-on -DGOES_ON -DEACH=1 -DPAIR=3 -DCLOSE_LATE=1
holds two-at-a-time-spinning -DSPINS=1 -DEACH=1 -DPAIR=3 -DCLOSE_LATE=1
holds spinning -DSPINS=1 -DEACH=1
holds three-workers -DWORKERS=3 -DPRODUCERS=1 -DCAPACITY=0 -DCLOSE_LATE=1
holds spurious-wakes -DSPURIOUS=2 -DWORKERS=1 -DCAPACITY=0 -DEACH=1
holds fewer -DRESIZE1=1 -DPRODUCERS=1 -DCAPACITY=0
holds fewer-then-more -DRESIZE1=1 -DRESIZE2=2 -DPRODUCERS=1 -DCAPACITY=0 -DCLOSE_LATE=1
holds three-then-two -DWORKERS=3 -DRESIZE1=2 -DPRODUCERS=1 -DEACH=1 -DCLOSE_LATE=1
holds retiring-need-not-look-drained -DRETIRING_FORGETS_DRAIN -DRESIZE1=1 -DPRODUCERS=1 -DEACH=1
holds more-two-at-a-time -DWORKERS=1 -DMOST=2 -DRESIZE1=2 -DEACH=1 -DPAIR=3 -DCAPACITY=0 -DCLOSE_LATE=1
holds cancel -DJOBS=15 -DCANCELS=2 -DWORKERS=1
holds cancel-one-kind-each -DJOBS=1 -DCANCELS=1 -DEACH=1 -DCAPACITY=0
holds cancel-at-the-door -DJOBS=3 -DCANCELS=3 -DWORKERS=1 -DCAPACITY=0 -DEACH=1
holds cancel-ends-entry-larger-ring -DJOBS=15 -DCANCELS=2 -DWORKERS=1 -DCANCEL_ENDS -DRING=3
holds close-shuts-door -DSHUTS_DOOR -DWORKERS=1 -DCAPACITY=0
holds gives-up-at-the-door -DGIVES_UP=1 -DGIVING_UP_FORGETS_DRAIN -DWORKERS=1 -DCAPACITY=0
holds drain-forgets-door -DDRAIN_FORGETS_DOOR -DWORKERS=1 -DCAPACITY=0
holds lingering -DLINGERS=1 -DEACH=1 -DCAPACITY=0
holds open -DOPEN -DEACH=1
holds open-one-worker -DOPEN -DWORKERS=1
holds open-two-at-a-time -DOPEN -DEACH=1 -DPAIR=3 -DCLOSE_LATE=1
holds open-three-workers -DOPEN -DWORKERS=3 -DEACH=1 -DCLOSE_LATE=1
holds open-lingering -DOPEN -DLINGERS=2 -DEACH=1
holds open-lingering-two-at-a-time -DOPEN -DLINGERS=1 -DEACH=1 -DPAIR=3 -DCLOSE_LATE=1
holds open-lingering-three-workers -DOPEN -DLINGERS=1 -DWORKERS=3 -DPRODUCERS=1 -DCLOSE_LATE=1
holds open-fewer -DOPEN -DLINGERS=1 -DRESIZE1=1 -DPRODUCERS=1
holds open-fewer-two-producers -DOPEN -DLINGERS=1 -DRESIZE1=1 -DEACH=1 -DCLOSE_LATE=1
holds open-fewer-then-more -DOPEN -DLINGERS=1 -DRESIZE1=1 -DRESIZE2=2 -DPRODUCERS=1 -DCLOSE_LATE=1
holds open-three-then-two -DOPEN -DLINGERS=1 -DWORKERS=3 -DRESIZE1=2 -DPRODUCERS=1 -DEACH=1 -DCLOSE_LATE=1
holds open-more -DOPEN -DLINGERS=1 -DWORKERS=1 -DMOST=2 -DRESIZE1=2 -DEACH=1 -DPAIR=3 -DCLOSE_LATE=1
found BUG_DOOR_NO_SECOND_LOOK -DWORKERS=1 -DCAPACITY=0
found BUG_DOOR_LOOKED_AT_FIRST -DWORKERS=1 -DCAPACITY=0
found BUG_DOOR_BUMPS_FIRST -DWORKERS=1 -DCAPACITY=0
found BUG_WAKE_BEFORE_PUSH -DEACH=1
found BUG_WORD_READ_LATE -DEACH=1
found BUG_WOKEN_PASSES_NOTHING_ON -DPAIR=3 -DEACH=1 -DCLOSE_LATE=1
found BUG_SPINNER_KEEPS_WAKE -DSPINS=1 -DEACH=1 -DPAIR=3 -DCLOSE_LATE=1
found BUG_SPINNER_PARKS_BLIND -DSPINS=1 -DEACH=1
found BUG_TAKES_WITHOUT_CAS -DEACH=1
found BUG_JOB_TAKEN_LOCKFREE -DJOBS=3 -DCANCELS=1 -DEACH=1
found BUG_CANCEL_ENDS_LATE -DCANCEL_ENDS -DJOBS=3 -DCANCELS=1 -DEACH=1 -DRING=4
found BUG_TOMBSTONES_FILL_RING -DCANCEL_ENDS -DJOBS=15 -DCANCELS=2 -DWORKERS=1
found BUG_TOMBSTONE_KEEPS_DOOR -DJOBS=3 -DCANCELS=1 -DWORKERS=1 -DCAPACITY=0 -DEACH=1
found BUG_RETIRING_SWALLOWS_WAKE -DWORKERS=3 -DRESIZE1=2 -DPRODUCERS=1 -DEACH=1 -DCLOSE_LATE=1
found BUG_RETIRES_AS_TOLD -DRESIZE1=1 -DPRODUCERS=1 -DEACH=1
found BUG_RESIZE_KEEPS_DOOR -DWORKERS=1 -DMOST=2 -DRESIZE1=2 -DEACH=1 -DPAIR=3 -DCAPACITY=0 -DCLOSE_LATE=1
found BUG_ENDING_WAKES_NOBODY -DEACH=1
found BUG_PARKS_WITHOUT_LOOK -DOPEN -DEACH=1
found BUG_CALL_COUNTED_FIRST -DOPEN -DEACH=1
found BUG_CALLS_LEFT_BEHIND -DOPEN -DRESIZE1=1 -DEACH=1
found BUG_CALLS_COUNTED_TWICE -DOPEN -DRESIZE1=1 -DEACH=1
found BUG_LINGERS_FOR_EVER -DOPEN -DLINGERS=1 -DEACH=1
found BUG_LINGERER_COUNTS_AS_WAKE -DOPEN -DLINGERS=1 -DEACH=1
EOF_LIST
}

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
list | grep -e "${1:-}" | while read -r kind name macros; do
    case $name in BUG_*) macros="-D$name $macros" ;; esac
    echo "$kind $name $macros"
done | xargs -P "$(getconf _NPROCESSORS_ONLN)" -L 1 sh "$here/run.sh" --one | tee "$lines"
good=$(grep -c '^ok ' "$lines")
all=$(list | grep -c -e "${1:-}")
echo "$good passed, $((all - good)) failed"
[ "$good" -eq "$all" ] && [ "$good" -gt 0 ]
