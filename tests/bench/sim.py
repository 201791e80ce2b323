#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the simulator is: processor time a job, over a set of scenarios, in alternation.

usage: sim.py [--bin build/release/headroom] [--limit build/release/tests/bench/limit] [--rounds 5]
              [--most-jobs 1e9] [--only NAME,...] [--json build/bench-sim.json]

A round runs each case once, `headroom sim --threads 1`, in a process of its own; what is reported of a case is
the median over the rounds, so that a busy minute of the host meets all cases alike. 1e9 jobs take as long as all
other cases together: they are run in the first round alone. Time is the process's user and system time (reading the
scenario and writing the result are in it), jobs are those offered, "/ mm16" is the median of each round's ratio to
M/M/16. Peak memory is the resident set's, as wait4 says it of the process.

LIMIT (tests/bench/limit.c) measures, in one process and in turn, both methods of the simulator against the least
loops that fill the same figures: ours, limit and ratio, medians over as many rounds.
"""
import argparse, ctypes, json, os, platform, statistics, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))


def workers(n, jobs=2e6):
    """mm16.yaml at the same 90 % on another number of workers. So long that a step of the series had more than 2e6
    jobs, the run would go by the calendar, which can end in one at Ctrl-C: the steps are made shorter."""
    duration = jobs / (90 * n)
    steps = ["run.sample_every=%.9fs" % (duration / 1000)] if jobs >= 1e9 else []
    return ["pool.workers=%d" % n, "arrivals.poisson.rate=%.12g/s" % (90 * n), "run.duration=%.9fs" % duration] + steps


# name, file, what is set in it
CASES = [(name, name, []) for name in ("mm1", "mm16", "mm200", "mmpp", "reject", "classes", "pools")]
CASES += [("workers-%d" % n, "mm16", workers(n)) for n in (1, 2, 4, 16, 64, 256, 1000, 4000, 10000)]
CASES += [("jobs-1e%d" % e, "mm16", workers(16, 10**e)) for e in (4, 5, 6, 7, 8, 9)]


def jobs_meant(case):
    return 10 ** int(case[0][-1]) if case[0].startswith("jobs-") else 2e6


def child(argv):
    """Runs argv; (processor seconds, peak MB). A process shows at least the memory of that which started it, so
    a shell does, which ends at once and leaves the process to us."""
    shell = subprocess.Popen(["sh", "-c", '"$@" >/dev/null &', "sh"] + argv)
    os.wait4(shell.pid, 0)
    shell.returncode = 0
    _, status, usage = os.wait4(-1, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 98, 99):
        sys.exit("%s: status %d" % (" ".join(argv), os.waitstatus_to_exitcode(status)))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def adopt_orphans():
    """Who loses his parent becomes a child of this process (Linux)."""
    PR_SET_CHILD_SUBREAPER = 36
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        sys.exit("prctl: orphans cannot be waited for on this system")


def once(a, case):
    name, file, sets = case
    out = os.path.join(a.out, name)
    argv = [a.bin, "sim", os.path.join(HERE, file + ".yaml"), "--threads", "1", "--no-plots", "--quiet", "--out", out]
    for s in sets:
        argv += ["--set", s]
    seconds, megabytes = child(argv)
    with open(os.path.join(out, "result.json")) as f:
        jobs = json.load(f)["total"]["offered"]
    return {"jobs": jobs, "ns": seconds / jobs * 1e9, "megabytes": megabytes}


def limits(a):
    """[{case, method, limit_ns, ns, ratio}] by the limit program; empty where there is none."""
    if not os.access(a.limit, os.X_OK):
        return []
    lines = subprocess.run([a.limit, str(a.rounds), str(int(a.limit_jobs))], check=True, capture_output=True, text=True).stdout
    return [{"case": w[0], "method": w[1], "limit_ns": float(w[2]), "ns": float(w[3]), "ratio": float(w[4])}
            for w in map(str.split, lines.splitlines())]


def measure(a, cases):
    """{name: [a round's figures, ...]}"""
    rounds = {case[0]: [] for case in cases}
    for n in range(a.rounds):
        for case in cases:
            if n > 0 and jobs_meant(case) >= 1e9:
                continue
            if sys.stderr.isatty():
                print("\rround %d of %d: %-16s" % (n + 1, a.rounds, case[0]), end="", file=sys.stderr)
            rounds[case[0]].append(once(a, case))
    if sys.stderr.isatty():
        print("\r%40s\r" % "", end="", file=sys.stderr)
    return rounds


def median_of(values):
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None


def summary(rounds, yardstick):
    """A case's medians. Ratios are taken within a round."""
    ratio = lambda above, below: [x / y if x and y else None for x, y in zip(above, below)]
    ns = [r["ns"] for r in rounds]
    return {
        "jobs": rounds[0]["jobs"],
        "ns_per_job": median_of(ns),
        "ns_least": min(ns),
        "ns_most": max(ns),
        "jobs_per_second": 1e9 / median_of(ns),
        "to_mm16": median_of(ratio(ns, [r["ns"] for r in yardstick])) if yardstick else None,
        "megabytes": max(r["megabytes"] for r in rounds),
    }


def print_table(table):
    print("%-14s %11s %8s %15s %8s %7s %8s" % ("", "jobs", "ns/job", "(least..most)", "M jobs/s", "/ mm16", "peak MB"))
    for name, row in table.items():
        ratio = "%.2f" % row["to_mm16"] if row["to_mm16"] else "-"
        print("%-14s %11d %8.1f %15s %8.2f %7s %8.1f" % (
            name, row["jobs"], row["ns_per_job"], "(%.0f..%.0f)" % (row["ns_least"], row["ns_most"]),
            row["jobs_per_second"] / 1e6, ratio, row["megabytes"]))


def print_limits(rows):
    print("%-6s %-10s %8s %8s %8s %6s" % ("", "method", "limit ns", "ours ns", "M jobs/s", "ratio"))
    for r in rows:
        print("%-6s %-10s %8.1f %8.1f %8.1f %6.2f" % (r["case"], r["method"], r["limit_ns"], r["ns"], 1e3 / r["ns"], r["ratio"]))


def processor():
    try:
        with open("/proc/cpuinfo") as f:
            return next(line.split(":", 1)[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--bin", default="build/release/headroom")
    ap.add_argument("--limit", default="build/release/tests/bench/limit")
    ap.add_argument("--limit-jobs", type=float, default=1e7)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--most-jobs", type=float, default=1e9)
    ap.add_argument("--only", help="names of cases, by commas")
    ap.add_argument("--out", default="build/bench-sim")
    ap.add_argument("--json", default="build/bench-sim.json")
    a = ap.parse_args()
    only = a.only.split(",") if a.only else [case[0] for case in CASES]
    unknown = set(only) - {case[0] for case in CASES}
    if unknown or a.rounds < 1:
        ap.error("no such case: %s" % ", ".join(sorted(unknown)) if unknown else "rounds: 1 or more")
    cases = [case for case in CASES if case[0] in only and jobs_meant(case) <= a.most_jobs]
    adopt_orphans()
    least = limits(a)
    rounds = measure(a, cases)
    table = {name: summary(r, rounds.get("mm16")) for name, r in rounds.items()}
    host = {"processor": processor(), "cores": os.cpu_count(), "date": time.strftime("%Y-%m-%d")}
    print("%(processor)s, %(cores)d cores, %(date)s" % host + "; %d rounds" % a.rounds)
    print_limits(least)
    print()
    print_table(table)
    os.makedirs(os.path.dirname(a.json) or ".", exist_ok=True)
    with open(a.json, "w") as f:
        json.dump({"host": host, "limits": least, "cases": table, "rounds": rounds}, f, indent=1)


if __name__ == "__main__":
    main()
