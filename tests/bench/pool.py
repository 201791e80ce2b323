#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our pool against others: tasks a second, wake-up, a burst, memory, a task that ends its thread; in alternation.

usage: pool.py [--bin build/release/tests/bench/pool] [--rounds 10] [--only CASE,...] [--tasks 1e6] [--pings 2000]
               [--bursts 3] [--json build/bench-pool.json] [--left-out "NAME ..."] [--not-installed "NAME ..."]
               CONTENDER...

Each CONTENDER is a program in BIN (tests/bench/pool/driver.c with an adapter); the first is ours. A round measures
each case once with each contender, in turn and in a process of its own, beginning with another contender each round,
so that a busy minute of the host meets all alike. What does not end in time is a "hang", what dies of a signal an
"abort"; neither stops the rest. A figure is the median over the rounds; a ratio, ours / the other's, is taken within
a round, and its interval is that of the ratios' median by order statistics (needs no shape of the noise; 6 rounds or
more). Memory is what a process with 200 idle workers has resident more than one with 1, divided by 199, so that the
library's code does not count.

SIGINT and SIGTERM end it early: it prints and writes what it has, of each case the rounds that all contenders have
run, and leaves with status 130.
"""
import argparse, collections, json, math, os, platform, signal, statistics, subprocess, sys, time

# `better` is "" where the value is a word; the driver's figure is divided by `scale`.
Case = collections.namedtuple("Case", "name head unit better arguments scale form")
CASES = [Case(*row) for row in (
    ("tasks-w1p1", "W1 P1", "M/s", "more", "tasks 1 1 {tasks}", 1e6, "%.2f"),
    ("tasks-w8p1", "W8 P1", "M/s", "more", "tasks 8 1 {tasks}", 1e6, "%.2f"),
    ("tasks-w8p2", "W8 P2", "M/s", "more", "tasks 8 2 {tasks}", 1e6, "%.2f"),
    ("ping-w1", "ping 1", "us", "less", "ping 1 {pings}", 1, "%.1f"),
    ("ping-w8", "ping 8", "us", "less", "ping 8 {pings}", 1, "%.1f"),
    ("burst-w200", "burst", "ms", "less", "burst 200 {bursts}", 1, "%.1f"),
    ("memory-w200", "memory", "KiB", "less", "memory 200", 1024, "%.1f"),
    ("exit-w1", "exit 1", "", "", "exit 1", 1, "%s"),
    ("exit-w2", "exit 2", "", "", "exit 2", 1, "%s"),
)]
# What the driver says of tasks in its second word.
SECOND = {"tasks-" + which: Case("processor-" + which, head, "ns", "less", "", 1, "%.0f")
          for which, head in (("w1p1", "W1 P1"), ("w8p1", "W8 P1"), ("w8p2", "W8 P2"))}
TIMEOUT = {"exit": 10}  # seconds; else 120: a million tasks of the slowest pool on a busy host take 30
LEGEND = """W1 P1       1 worker, 1 producer: millions of empty tasks a second; more is better
ping 1, 8   p50 microseconds from a submission to parked workers to its start
burst       milliseconds till 200 tasks of 10 ms are done by 200 parked workers
memory      KiB resident a worker, of 200 idle ones
exit 1, 2   1 or 2 workers, a task calls pthread_exit; ok: 10 more run, and the
            pool closes; dead: they do not; hang: it does not; abort: a signal"""


def run(a, name, arguments):
    """The line that the driver prints, or what became of it."""
    argv = [os.path.join(a.bin, name)] + arguments.split()
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=TIMEOUT.get(arguments.split()[0], 120))
    except subprocess.TimeoutExpired:
        return "hang"
    if done.returncode == 0:
        return done.stdout.strip()
    if done.returncode > 0:
        print("%s: %s" % (" ".join(argv), done.stderr.strip()), file=sys.stderr)
    return "abort" if done.returncode < 0 else "failed"


def figures(line):
    """Of a line of numbers; or, twice, the word that stands for them."""
    try:
        return [float(word) for word in line.split()]
    except ValueError:
        return [line, line]


def once(a, name, case):
    """[a number or a word, ...]"""
    values = figures(run(a, name, case.arguments.format(tasks=int(a.tasks), pings=a.pings, bursts=a.bursts)))
    if case.name == "memory-w200" and is_number(values[0]):
        one = figures(run(a, name, "memory 1"))[0]
        return [(values[0] - one) / 199 if is_number(one) else one]
    return values


def one_round(a, cases, n, rounds):
    """Adds to {(case, contender): [a round's value, ...]}, case by case: all contenders of it or none."""
    order = a.contenders[n % len(a.contenders):] + a.contenders[:n % len(a.contenders)]
    for case in cases:
        values = {}
        for name in order if case.better or n == 0 else []:  # a word is asked for once
            if sys.stderr.isatty():
                print("\rround %d of %d: %-12s %-12s" % (n + 1, a.rounds, case.name, name), end="", file=sys.stderr)
            for which, value in zip((case, SECOND.get(case.name)), once(a, name, case)):
                if which:
                    values[which.name, name] = value
        for key, value in values.items():
            rounds[key].append(value)


def interrupt(number, frame):
    raise KeyboardInterrupt


def measure(a, cases):
    """{(case, contender): [a round's value, ...]}, [the load average before each round and after the last], and
    whether a signal ended it."""
    rounds, loads = collections.defaultdict(list), [os.getloadavg()[0]]
    interrupted = False
    signal.signal(signal.SIGTERM, interrupt)
    try:
        for n in range(a.rounds):
            one_round(a, cases, n, rounds)
            loads.append(os.getloadavg()[0])
    except KeyboardInterrupt:
        interrupted = True
        loads.append(os.getloadavg()[0])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what there is will be said
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.stderr.isatty():
        print("\r%50s\r" % "", end="", file=sys.stderr)
    return rounds, loads, interrupted


def is_number(value):
    return isinstance(value, float)


def median_interval(values):
    """(low, high) of at least 95 % for the median: the k-th least and k-th most, P(Binomial(n, 1/2) < k) <= 2.5 %."""
    n, k, below = len(values), 0, 0.0
    while below + math.comb(n, k) / 2**n <= 0.025:
        below += math.comb(n, k) / 2**n
        k += 1
    return (sorted(values)[k - 1], sorted(values)[n - k]) if k else (None, None)


def typical(values):
    """The median of the numbers; where there is none, or more words than numbers, the word."""
    numbers = [v for v in values if is_number(v)]
    words = [v for v in values if not is_number(v)]
    return statistics.median(numbers) if len(numbers) > len(words) else words[0] if words else "-"


def ratio(ours, values):
    """Round by round; None where no round has both."""
    ratios = [x / y for x, y in zip(ours, values) if is_number(x) and is_number(y) and y > 0]
    if not ratios:
        return None
    low, high = median_interval(ratios)
    return {"median": statistics.median(ratios), "low": low, "high": high}


def summary(case, name, values, ours):
    """A row of the JSON, in the units of the table."""
    scaled = [v / case.scale if is_number(v) else v for v in values]
    return {"case": case.name, "unit": case.unit, "better": case.better, "contender": name, "median": typical(scaled),
            "rounds": scaled, "ratio": ratio(ours, values)}


def short(x):
    return "-" if x is None else "%.2f" % x if x < 9.995 else "%.1f" % x if x < 99.95 else "%.0f" % x


def interval(r):
    return "-" if r is None or r["low"] is None else short(r["low"]) + "-" + short(r["high"])


def cell(case, row):
    return case.form % row["median"] if is_number(row["median"]) else row["median"]


def print_line(first, cells, widths):
    print(("%-9s" % first + "".join("%*s" % pair for pair in zip(widths, cells))).rstrip())


def print_figures(a, cases, rows):
    print()
    print_line("", [case.head for case in cases], [7] * len(cases))
    print_line("", [case.unit for case in cases], [7] * len(cases))
    for name in a.contenders:
        print_line(name, [cell(case, rows[case.name, name]) for case in cases], [7] * len(cases))


def print_ratios(a, cases, rows):
    print("\n%s / the other's, and below the 95 %% interval of that median" % a.contenders[0])
    print_line("", [case.head for case in cases], [10] * len(cases))
    print_line("better:", ["> 1" if case.better == "more" else "< 1" for case in cases], [10] * len(cases))
    for name in a.contenders[1:]:
        ratios = [rows[case.name, name]["ratio"] for case in cases]
        print_line(name, [short(r and r["median"]) for r in ratios], [10] * len(cases))
        print_line("", [interval(r) for r in ratios], [10] * len(cases))


def print_processor(a, cases, rows):
    print("\nprocessor time of all threads, ns a task; %s / the other's; its interval" % a.contenders[0])
    print_line("", [case.head for case in cases], [7 if case is cases[0] else 23 for case in cases])
    for name in a.contenders:
        cells = []
        for row in (rows[case.name, name] for case in cases):
            own = name == a.contenders[0]
            cells += [cell(cases[0], row), "" if own else short(row["ratio"] and row["ratio"]["median"]),
                      "" if own else interval(row["ratio"])]
        print_line(name, cells, [7, 6, 10] * len(cases))


def processor():
    try:
        with open("/proc/cpuinfo") as f:
            return next(line.split(":", 1)[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def report(a, cases, rows, host, loads):
    print("%(processor)s, %(cores)d cores, %(kernel)s" % host)
    print("%s, %s; load average %.1f before, %.1f to %.1f during" % (
        host["date"], a.length, loads[0], min(loads[1:]), max(loads[1:])))
    seconds = [SECOND[case.name] for case in cases if case.name in SECOND]
    print_figures(a, cases, rows)
    if len(a.contenders) > 1:
        print_ratios(a, [case for case in cases if case.better], rows)
    if seconds:
        print_processor(a, seconds, rows)
    print("\n" + LEGEND)
    for name in a.contenders:
        print("%-11s %s" % (name, a.about[name]))
    if a.left_out:
        print("left out: %s" % ", ".join(a.left_out.split()))
    if a.not_installed:
        print("not installed (make deps-bench): %s" % ", ".join(a.not_installed.split()))


def write(a, rows, host, loads):
    os.makedirs(os.path.dirname(a.json) or ".", exist_ok=True)
    with open(a.json, "w") as f:
        json.dump({"host": {k: v for k, v in host.items() if k != "date"}, "date": host["date"], "load": loads,
                   "tasks": int(a.tasks), "pings": a.pings, "bursts": a.bursts, "contenders": a.about,
                   "left_out": a.left_out.split(), "not_installed": a.not_installed.split(), "length": a.length,
                   "cases": list(rows.values())}, f, indent=1)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--bin", default="build/release/tests/bench/pool")
    ap.add_argument("--rounds", type=int, default=10)
    ap.add_argument("--only", help="names of cases, by commas")
    ap.add_argument("--tasks", type=float, default=1e6)
    ap.add_argument("--pings", type=int, default=2000)
    ap.add_argument("--bursts", type=int, default=3)
    ap.add_argument("--left-out", default="", help="contenders that were not asked for, to be said")
    ap.add_argument("--not-installed", default="", help="contenders that could not be built, to be said")
    ap.add_argument("--json", default="build/bench-pool.json")
    ap.add_argument("contenders", nargs="+", metavar="CONTENDER")
    a = ap.parse_args()
    only = a.only.split(",") if a.only else [case.name for case in CASES]
    unknown = set(only) - {case.name for case in CASES}
    if unknown or a.rounds < 1:
        ap.error("no such case: %s" % ", ".join(sorted(unknown)) if unknown else "rounds: 1 or more")
    a.about = {name: run(a, name, "about") for name in a.contenders}
    cases = [case for case in CASES if case.name in only]
    host = {"processor": processor(), "cores": os.cpu_count(), "kernel": "%s %s" % (platform.system(), platform.release()),
            "date": time.strftime("%Y-%m-%d %H:%M")}
    rounds, loads, interrupted = measure(a, cases)
    whole = min(len(rounds[case.name, a.contenders[0]]) for case in cases if case.better) if any(
        case.better for case in cases) else 1
    a.length = "%d rounds" % a.rounds if not interrupted else (
        "interrupted after %d of %d rounds; some cases have one more" % (whole, a.rounds))
    if not any(rounds.values()):
        sys.exit("interrupted before anything was measured")
    every = cases + [SECOND[case.name] for case in cases if case.name in SECOND]
    rows = {(case.name, name): summary(case, name, rounds[case.name, name], rounds[case.name, a.contenders[0]])
            for case in every for name in a.contenders}
    report(a, cases, rows, host, loads)
    write(a, rows, host, loads)
    return 130 if interrupted else 0


if __name__ == "__main__":
    sys.exit(main())
