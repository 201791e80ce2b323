#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every controller against the best fixed pool, on three workloads, in both engines.

usage: controllers.py PROGRAM [OUT]      OUT: default build/controllers

Runs `headroom run` of each workload with each policy in its `pool.resize`, and with fixed pools of some sizes; then
`headroom plot` draws P99 against worker-seconds of each workload (OUT/WORKLOAD/frontier.svg), and a table says it in
Markdown: simulated and measured. Takes a quiet machine some 10 minutes: real runs take real time. A variant that lies in
OUT is not run again.
"""
from datetime import date
import json
import os
import subprocess
import sys

WORKLOADS = {
    "flash-sale": ("scenarios/flash-sale.yaml", 4, 40, [12, 16, 20, 24, 30]),
    "bursts": ("scenarios/thrash.yaml", 2, 32, [8, 10, 12, 16, 24]),
    "batch": ("scenarios/hourly-batch.yaml", 2, 20, [6, 10, 13, 16, 20]),
}
SCHEDULES = {
    "flash-sale": "[[0s, 4], [3900ms, 28], [8s, 4]]",
    "bursts": "[[0s, 16], [2s, 2], [4900ms, 16]], repeat: 5s",
    "batch": "[[0s, 2], [900ms, 20], [1600ms, 2]], repeat: 2s",
}
POLICIES = {
    "watermark": "policy: watermark, grow_at: 80%, shrink_at: 30%, factor: x1.5, dwell: 100ms",
    "on_demand": "policy: on_demand, keep_alive: 500ms",
    "executor": "policy: on_demand, grow_when: queue_full, keep_alive: 500ms",
    "target_utilisation": "policy: target_utilisation, stabilise_down: 1s",
    "aimd": "policy: aimd",
    "gradient": "policy: gradient",
    "vegas": "policy: vegas",
    "littles_law": "policy: littles_law, percentile: p95",
    "hill_climbing": "policy: hill_climbing",
}


HEAD = """# Controllers against pools of fixed size

Written by `make controllers` on %s, on a host with %d cores. Each row is one `headroom run` of a shipped scenario with
another `pool.resize`: the simulator and the real pool with the same jobs (replication 1). Worker-seconds
are what a pool spends, P99 and what is lost what it gives; reversals a minute are thrash. `fixed-N` has N workers all the
time. Every policy has the scenario's bounds and a warm-up of 20 ms; what else is set stands in
[tests/study/controllers.py](../tests/study/controllers.py). `schedule` was told when the load comes, which nobody is."""


def run(program, scenario, name, out, sets):
    """Both engines' results of one variant, kept in out/NAME."""
    folder = os.path.join(out, name)
    kept = os.path.join(folder, "result.json")
    if os.path.exists(kept):
        return json.load(open(kept, encoding="utf-8"))
    args = [program, "run", scenario, "--json", "--quiet", "--no-plots", "--no-headroom", "--out", folder]
    for s in [*sets, "run.duration=10s"]:
        args += ["--set", s]
    ended = subprocess.run(args, capture_output=True, text=True)
    if ended.returncode not in (0, 98, 99):
        sys.exit(f"{scenario}, {name}: status {ended.returncode}: {ended.stderr}")
    return json.loads(ended.stdout)


def without_resize(scenario, folder):
    """The same scenario with a pool of fixed size."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "fixed.yaml")
    with open(scenario, encoding="utf-8") as a, open(path, "w", encoding="utf-8") as b:
        b.writelines(line for line in a if not line.strip().startswith("resize:"))
    return path


def row(name, found):
    cells = [name]
    for engine in ("sim_paired", "pool"):
        pool, total = found[engine]["pools"]["pool"], found[engine]["total"]
        p99 = total["response"]["p99"]["mean"]
        cells += [f"{pool['worker_seconds']['mean']:.0f}",
                  f"{pool['resizing']['reversals_per_minute']['mean']:.0f}" if "resizing" in pool else "0",
                  "-" if p99 is None else f"{1000 * p99:.0f} ms",
                  f"{100 * total['rejected_share']['mean']:.1f} %"]
    cells.append("" if found["pool"]["trust"]["ok"] else "not trusted")
    return "| " + " | ".join(cells) + " |"


def main():
    program = os.path.abspath(sys.argv[1])
    out = sys.argv[2] if len(sys.argv) > 2 else "build/controllers"
    print(HEAD % (date.today(), os.cpu_count()))
    for workload, (scenario, least, most, sizes) in WORKLOADS.items():
        folder = os.path.join(out, workload)
        print(f"\n### {workload}\n")
        print("| pool | sim: worker-seconds | reversals/min | P99 | lost | real: worker-seconds | reversals/min | P99 "
              "| lost | |")
        print("| --- " * 10 + "|")
        names = []
        plain = without_resize(scenario, folder)
        for size in sizes:
            names.append(f"fixed-{size}")
            print(row(names[-1], run(program, plain, names[-1], folder, [f"pool.workers={size}"])), flush=True)
        bounds = f"min: {least}, max: {most}, warm_up: 20ms"
        policies = dict(POLICIES, schedule=f"policy: schedule, sizes: {SCHEDULES[workload]}")
        for name, words in policies.items():
            names.append(name)
            sets = ["pool.resize={%s, %s}" % (words, bounds), f"pool.workers={least}"]
            print(row(name, run(program, scenario, name, folder, sets)), flush=True)
        subprocess.run([program, "plot", *[os.path.join(folder, n) for n in names], "--out", folder],
                       stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main()
