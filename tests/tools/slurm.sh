# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# slurm: a Slurm of one node for a test, sourced: a munged, a slurmctld and a slurmd of its own, with key, ports, state
# and logs in one folder. It touches no Slurm that is installed here, needs no systemd and no cgroups, and runs as who
# starts it. The daemons are children of the test, ended by their process ids; whatever happens, in five minutes.
PATH=$PATH:/usr/sbin:/sbin

slurm_installed() {
    command -v munged >/dev/null && command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v sbatch >/dev/null
}

# Two ports that nobody has just now.
slurm_ports() {
    python3 -c "
import socket
s = [socket.socket() for _ in range(2)]
for one in s:
    one.bind(('127.0.0.1', 0))
print(*(one.getsockname()[1] for one in s))"
}

# slurm_conf DIR CONTROLLER_PORT NODE_PORT
slurm_conf() {
    host=$(hostname -s)
    cat <<CONF
ClusterName=headroom
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
SlurmctldPort=$2
SlurmdPort=$3
AuthType=auth/munge
AuthInfo=socket=$1/munge.socket
StateSaveLocation=$1/state
SlurmdSpoolDir=$1/spool
SlurmctldPidFile=$1/slurmctld.pid
SlurmdPidFile=$1/slurmd.pid
SlurmctldLogFile=$1/slurmctld.log
SlurmdLogFile=$1/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0
MpiDefault=none
ReturnToService=2
KillWait=1
NodeName=one NodeHostname=$host NodeAddr=127.0.0.1 Port=$3 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=one Default=YES State=UP
CONF
}

# slurm_daemon NAME COMMAND...: in the background, its words in NAME.out; its process id is kept.
slurm_daemon() {
    out=$slurm_dir/$1.out
    shift
    timeout 300 "$@" >"$out" 2>&1 </dev/null &
    slurm_pids="$! $slurm_pids"
}

# slurm_until SECONDS COMMAND...: the command succeeds within that time.
slurm_until() {
    tenths=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $((tenths -= 1)) -gt 0 ] || return 1
        sleep 0.1
    done
}

slurm_no_jobs() {
    left=$(timeout 5 squeue -h) && [ -z "$left" ]
}

slurm_idle() {
    [ "$(timeout 10 sinfo -h -o %t)" = idle ]
}

# slurm_start DIR: the node takes jobs; from then on sbatch and its like speak with it. False: it does not, and why.
slurm_start() {
    slurm_dir=$1
    slurm_pids=
    for name in $(env | sed -n 's/^\(SLURM_[A-Z_]*\|SBATCH_[A-Z_]*\)=.*/\1/p'); do
        unset "$name" # of a job of a real one, in which the test may run
    done
    mkdir -p "$slurm_dir/state" "$slurm_dir/spool" && chmod 755 "$slurm_dir" || return 1
    (umask 077 && head -c 1024 /dev/urandom >"$slurm_dir/munge.key")
    # shellcheck disable=SC2046 # two words are wanted
    slurm_conf "$slurm_dir" $(slurm_ports) >"$slurm_dir/slurm.conf"
    export SLURM_CONF="$slurm_dir/slurm.conf"
    slurm_daemon munged munged --foreground --force --socket="$slurm_dir/munge.socket" --key-file="$slurm_dir/munge.key" \
        --pid-file="$slurm_dir/munged.pid" --seed-file="$slurm_dir/munged.seed" --log-file="$slurm_dir/munged.log"
    slurm_until 10 test -S "$slurm_dir/munge.socket" && {
        slurm_daemon slurmctld slurmctld -D -f "$SLURM_CONF"
        slurm_daemon slurmd slurmd -D -N one -f "$SLURM_CONF"
        slurm_until 30 slurm_idle
    } && return
    tail -n 5 "$slurm_dir"/*.out "$slurm_dir"/*.log
    return 1
}

# Jobs first, then the daemons, the last that came first.
slurm_stop() {
    [ -n "${slurm_pids:-}" ] || return 0
    timeout 10 scancel --user="$(id -un)" 2>/dev/null
    slurm_until 10 slurm_no_jobs
    for pid in $slurm_pids; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    slurm_pids=
}
