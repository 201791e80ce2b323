#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# sweep_engines: the recipes of docs/sweeps.md: shards started by GNU Parallel, mpirun and Slurm, merged to the bytes
# of the sweep run as a whole. A tool that is not installed (make deps-engines) is skipped, with a line that says so;
# with HEADROOM_TEST_ENGINES=1, as CI has it, that is a failure.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
. tests/tools/slurm.sh
trap 'slurm_stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
mkdir "$work/here" && cd "$work/here" || exit 1
cat >knee.yaml <<'YAML'
headroom: 1
name: knee
arrivals: {poisson: {rate: 1000/s}}
service: {exponential: {mean: 3ms}}
pool: {workers: 4}
run: {duration: 500ms, warmup: 100ms, replications: 3}
sweep: {pool.workers: [4, 5, 6], arrivals.poisson.rate: [900/s, 1100/s]}
YAML

whole() {
    status 0 "$program" sweep knee.yaml --no-plots --quiet --out whole
}
check "the sweep as a whole" whole
merged() {
    status 0 "$program" merge "$1" --no-plots --quiet && cmp whole/sweep.csv "$1/sweep.csv" && cmp whole/sweep.json "$1/sweep.json"
}

# not_there WHAT WHY
not_there() {
    echo "skipped: $1: $2"
    [ "${HEADROOM_TEST_ENGINES:-}" != 1 ] || check "$1" false
}

# ---- GNU Parallel --------------------------------------------------------------------------------

local_parallel() {
    seq 4 | parallel --will-cite --joblog jobs.log "$program" sweep knee.yaml --out par --shard '{}'/4 --threads 1 --resume \
        --quiet && merged par
}
# The log says that shard 3 has failed: it alone is run again.
resumed_parallel() {
    rm -f par/shard-3-of-4.headroom par/sweep.* && awk -F '\t' -v OFS='\t' '$1 == 3 { $7 = 1 } { print }' jobs.log >jobs.new &&
        mv jobs.new jobs.log && seq 4 | parallel --will-cite --joblog jobs.log --resume-failed "$program" sweep knee.yaml --out \
        par --shard '{}'/4 --threads 1 --resume --quiet && [ "$(wc -l <jobs.log)" -eq 6 ] && merged par
}
# ":" is this machine, without ssh; the files are not carried.
logins_parallel() {
    seq 3 | parallel --will-cite --sshlogin 2/: --joblog logins.log "$program" sweep knee.yaml --out logins --shard '{}'/3 \
        --threads 1 --quiet && merged logins
}
if parallel --version 2>/dev/null | grep -q '^GNU parallel'; then
    check "GNU Parallel, --joblog" local_parallel
    check "... --resume-failed" resumed_parallel
    check "... --sshlogin" logins_parallel
else
    not_there "GNU Parallel" "not installed"
fi

# ---- MPI as launcher -------------------------------------------------------------------------------

# shellcheck disable=SC2016
by_mpi() {
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 program
    timeout 60 mpirun --oversubscribe -n 3 sh -c 'exec "$program" sweep knee.yaml --out mpi --threads 1 --quiet --resume \
        --shard "$((OMPI_COMM_WORLD_RANK + 1))/$OMPI_COMM_WORLD_SIZE"' </dev/null && merged mpi
}
if mpirun --version 2>/dev/null | grep -q 'Open MPI'; then
    check "mpirun (Open MPI)" by_mpi
else
    not_there "mpirun (Open MPI)" "not installed"
fi

# ---- Slurm -------------------------------------------------------------------------------------------

array_job() {
    cat >job.sh <<JOB
#!/bin/sh
#SBATCH --array=1-3 --output=slurm-%a.log --requeue
exec "$program" sweep knee.yaml --out slurm --threads 1 --quiet --resume --shard "\$SLURM_ARRAY_TASK_ID/\$SLURM_ARRAY_TASK_COUNT"
JOB
    cat >merge.sh <<JOB
#!/bin/sh
#SBATCH --output=slurm-merge.log
exec "$program" merge slurm --no-plots --quiet
JOB
}
# The merge waits for the array, as the recipe has it.
by_slurm() {
    array_job && id=$(timeout 20 sbatch --parsable job.sh) &&
        timeout 120 sbatch --wait --dependency="afterok:$id" --kill-on-invalid-dep=yes merge.sh
    status=$?
    cat slurm-*.log
    [ "$status" -eq 0 ] && cmp whole/sweep.csv slurm/sweep.csv && cmp whole/sweep.json slurm/sweep.json &&
        [ "$(echo slurm/shard-*)" = "slurm/shard-1-of-3.headroom slurm/shard-2-of-3.headroom slurm/shard-3-of-3.headroom" ]
}
# Exactly what was started has ended.
no_daemons() {
    pids=$slurm_pids
    slurm_stop
    for pid in $pids; do
        ! kill -0 "$pid" 2>/dev/null || return 1
    done
    [ -z "$(pgrep -f "$work/slurm" 2>/dev/null)" ]
}
if ! slurm_installed; then
    not_there "Slurm, an array job" "slurmctld, slurmd, slurm-client and munge are not all installed"
elif slurm_start "$work/slurm" >"$work/slurm.said" 2>&1; then
    check "Slurm, an array job, and a merge that waits for it" by_slurm
    check "... its daemons have ended" no_daemons
else
    cat "$work/slurm.said"
    not_there "Slurm, an array job" "it does not start here"
fi

# ---- what an indexed job of Kubernetes does, without one -----------------------------------------------

# shellcheck disable=SC2016
by_index() {
    for JOB_COMPLETION_INDEX in 0 1; do
        export JOB_COMPLETION_INDEX program
        sh -c 'exec "$program" sweep knee.yaml --out k8s --resume --quiet --shard "$((JOB_COMPLETION_INDEX + 1))/2"' || return 1
    done
    merged k8s
}
check "JOB_COMPLETION_INDEX, as Kubernetes sets it" by_index

finish
