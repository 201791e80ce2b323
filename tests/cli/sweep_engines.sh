#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# sweep_engines: the recipes of docs/sweeps.md: shards started by GNU Parallel, mpirun and Slurm, merged to the bytes
# of the sweep run as a whole. A tool that is not installed is skipped, with a line that says so.
# shellcheck disable=SC1091,SC2154,SC2317
. tests/cli/lib.sh
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
    echo "skipped: GNU Parallel is not installed"
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
    echo "skipped: Open MPI's mpirun is not installed"
fi

# ---- Slurm -------------------------------------------------------------------------------------------

by_slurm() {
    cat >job.sh <<JOB
#!/bin/sh
#SBATCH --array=1-3 --output=slurm-%a.log
exec "$program" sweep knee.yaml --out slurm --threads 1 --quiet --resume --shard "\$SLURM_ARRAY_TASK_ID/\$SLURM_ARRAY_TASK_COUNT"
JOB
    timeout 120 sbatch --wait job.sh && merged slurm
}
if timeout 10 sinfo -h >/dev/null 2>&1 && [ -n "$(timeout 10 sinfo -h -t idle,mix 2>/dev/null)" ]; then
    check "Slurm, an array job" by_slurm
else
    echo "skipped: no Slurm that takes jobs"
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
