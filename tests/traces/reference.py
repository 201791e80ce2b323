#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of target_utilisation, aimd, gradient, vegas and hill_climbing once more, from their sources and apart from
the C code: every trace of these kinds must say what they say. Plain where the code is quick: the whole history in a
list, waves as a discrete Fourier transform with the library's cos and sin.

    python3 tests/traces/reference.py           every trace; ends with "N passed, N failed"
    python3 tests/traces/reference.py --fill    writes the size where a line ends with `-> ?`
"""
import cmath
import glob
import math
import re
import sys

import yaml


def ceil(x):
    return math.ceil(x - 1e-9)


def seconds(text):
    number, unit = re.fullmatch(r"(-?[\d.e+]+)(ns|us|ms|s|min|h)", str(text)).groups()
    return float(number) * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600}[unit]


def whole(x):
    return math.floor(x + 1e-9)


def share(text):
    return float(str(text).rstrip("%")) / (100 if str(text).endswith("%") else 1)


class Line:
    def __init__(self, words, size, last):
        self.at = seconds(words[0])
        words = dict((w + "=").split("=")[:2] for w in words[1:])
        number = lambda key, other=0: int(words.get(key, other))
        self.starting, self.leaving = number("starting"), number("leaving")
        self.workers = number("workers", size - self.starting + self.leaving)
        self.size = self.workers - self.leaving + self.starting
        self.queued = number("queued")
        self.tick = any(k not in ("arrival", "workers", "starting", "leaving", "busy", "queued", "idle_since")
                        for k in words)
        self.time = self.at - last
        self.utilisation = share(words["util"]) if "util" in words else None
        timed = any(k in words for k in ("service", "response", "p50", "p90", "p95", "p99"))
        self.completed = number("completed", 1 if timed else 0)
        self.started, self.lost, self.inflight = number("started"), number("lost"), number("inflight")
        self.service = seconds(words["service"]) if "service" in words else None
        self.response = seconds(words["response"]) if "response" in words else None


class Target:
    def __init__(self, spec, size):
        self.target = share(spec.get("target", "70%"))
        self.tolerance = share(spec.get("tolerance", "10%"))
        self.up = seconds(spec.get("stabilise_up", "0s"))
        self.down = seconds(spec.get("stabilise_down", "5min"))
        self.low, self.high = spec.get("min", 1), spec["max"]
        self.recommended, self.grown = [(0, size)], []

    def wants(self, line):
        ratio = line.utilisation / self.target
        near = lambda r: abs(1 - r) <= self.tolerance + 1e-9
        serving = line.workers - line.leaving
        if near(ratio):
            return line.size
        if ratio < 1:
            return min(ceil(ratio * serving), line.size)
        ratio = ratio * serving / line.size
        return line.size if ratio < 1 or near(ratio) else ceil(ratio * line.size)

    def decide(self, line):
        if line.utilisation is None:
            return line.size
        wanted = max(self.low, min(self.high, self.wants(line)))
        upper, lower = wanted, wanted
        for at, value in self.recommended:
            upper = min(upper, value) if at > line.at - self.up + 1e-9 else upper
            lower = max(lower, value) if at > line.at - self.down + 1e-9 else lower
        self.recommended.append((line.at, wanted))
        to = max(upper, line.size)
        to = min(to, lower) if to == line.size else to
        begin = line.size - sum(n for at, n in self.grown if at > line.at - 15 + 1e-9)
        to = min(to, max(2 * begin, begin + 4, line.size))
        if to > line.size and not line.held:
            self.grown.append((line.at, to - line.size))
        return to


class Aimd:
    def __init__(self, spec, size):
        self.backoff, self.slow = share(spec.get("backoff", "90%")), seconds(spec.get("slow", "5s"))
        self.low, self.high = spec.get("min", 1), spec["max"]

    def decide(self, line):
        size = line.size
        if line.lost or (line.completed and (line.response or 0) > self.slow):
            size = whole(self.backoff * size)
        elif line.completed and 2 * line.inflight >= size:
            size += 1
        return max(self.low, min(self.high, size))


class Gradient:
    def __init__(self, spec, size):
        self.low, self.high = spec.get("min", 1), spec["max"]
        self.slack, self.smoothing = spec.get("slack", 1.5), share(spec.get("smoothing", "20%"))
        self.window, self.extra = spec.get("long_window", 600), spec.get("extra", 4)
        self.limit, self.samples, self.long = float(size), [], 0

    def decide(self, line):
        if whole(self.limit) != line.size:
            self.limit = line.size
        if not line.completed or not line.service:
            return line.size
        short = line.service
        self.samples.append(short)
        if len(self.samples) <= 10:
            # a plain mean, unless the rule below has moved it; then as if all before had been that
            n = len(self.samples)
            self.long = (self.long * (n - 1) + short) / n
        else:
            factor = 2 / (self.window + 1)
            self.long = self.long * (1 - factor) + short * factor
        ratio = self.long / short
        if ratio > 2:
            self.long *= 0.95
        if line.held or line.inflight < self.limit / 2:
            return whole(self.limit)
        gradient = max(0.5, min(1.0, self.slack * ratio))
        new = self.limit * gradient + self.extra
        new = self.limit * (1 - self.smoothing) + new * self.smoothing
        self.limit = max(self.low, min(self.high, new))
        return whole(self.limit)


class Vegas:
    """Without probes: the traces have `probe` so large that none comes."""

    def __init__(self, spec, size):
        self.low, self.high = spec.get("min", 1), spec["max"]
        self.limit, self.least = size, None

    def decide(self, line):
        self.limit = line.size
        if line.service and (self.least is None or line.service < self.least):
            self.least = line.service
            return line.size
        step = max(1, int(math.log10(self.limit)))
        if line.held:
            pass
        elif line.lost:
            self.limit -= step
        elif line.service and 2 * line.inflight >= self.limit:
            queue = ceil(self.limit * (1 - self.least / line.service))
            alpha, beta = 3 * step, 6 * step
            if queue <= step:
                self.limit += beta
            elif queue < alpha:
                self.limit += step
            elif queue > beta:
                self.limit -= step
        self.limit = max(self.low, min(self.high, self.limit))
        return self.limit


class Hill:
    def __init__(self, spec, size):
        self.low, self.high = spec.get("min", 1), spec["max"]
        self.setting, self.last, self.noise = float(size), size, 0.0
        self.history, self.time, self.completed = [], 0.0, 0
        self.quiet, self.fed = -1e9, 0.0

    @staticmethod
    def wave(samples, cycles):
        n = len(samples)
        return sum(x * cmath.exp(-2j * cmath.pi * cycles * k / n) for k, x in enumerate(samples)) / n

    def measured(self):
        """Ratio and confidence."""
        count = min(len(self.history) - 1, 32) // 4 * 4
        if count <= 4:
            return 0, 0
        sizes, rates = zip(*self.history[-count:])
        size, rate = sum(sizes) / count, sum(rates) / count
        if rate == 0:
            return 0, 0
        cycles = count // 4
        noise = max(abs(self.wave(rates, cycles + 1)), abs(self.wave(rates, cycles - 1))) / rate
        s, t = self.wave(sizes, cycles) / size, self.wave(rates, cycles) / rate
        self.noise = 0.01 * noise + 0.99 * self.noise if self.noise else noise
        ratio = ((t - 0.15 * s) / s).real if abs(s) > 1e-12 else 0
        worst = max(noise, self.noise)
        return ratio, min(1.0, abs(s) / worst / 3 if worst > 0 else 1.0)

    def sample(self, line):
        self.history.append((line.size, self.completed / self.time))
        ratio, confidence = self.measured()
        move = max(-1.0, min(1.0, ratio)) * confidence
        self.setting += min(20.0, math.copysign(move * move, move) * 4 * self.time)
        height = max(1, min(20, int(0.5 + self.setting * self.noise * 3 * 2)))
        self.setting = max(self.low, min(self.high - height, self.setting))
        size = whole(self.setting + height * (len(self.history) // 2 % 2))
        size = max(self.low, min(self.high, size))
        self.time, self.completed = 0.0, 0
        if ratio < 0 and size == self.low:
            self.quiet = line.at + 10 * min(1, -ratio) * line.time
        return size

    def decide(self, line):
        self.setting += line.size - self.last
        self.time += line.time
        self.completed += line.completed
        size = line.size
        coarse = self.history and size > 1 and (not self.completed or (size - 1) / self.completed >= 0.15)
        if not coarse and not line.held and line.at >= self.quiet - 1e-9:
            size = self.sample(line)
        if line.started or not line.queued:
            self.fed = line.at
        elif not line.held and line.at - self.fed >= 0.5 - 1e-9:
            self.fed = line.at
            if line.size < self.high:
                self.setting += 1
                size = min(size + 1, self.high)
        self.last = size
        return size


class Dwell:
    def __init__(self, rule, spec):
        self.rule, self.dwell, self.until = rule, seconds(spec.get("dwell", "0s")), -1e9

    def decide(self, line):
        line.held = line.at < self.until - 1e-9
        size = self.rule.decide(line) if line.tick else line.size
        if line.held or size == line.size:
            return line.size
        self.until = line.at + self.dwell
        return size


KINDS = {"target_utilisation": Target, "aimd": Aimd, "gradient": Gradient, "vegas": Vegas, "hill_climbing": Hill}


def judge(path, fill):
    with open(path, encoding="utf-8") as file:
        head, body = file.read().split("---\n")
    pool = yaml.safe_load(head)["pool"]
    spec = pool["resize"]
    if spec["policy"] not in KINDS:
        return None
    rule = Dwell(KINDS[spec["policy"]](spec, pool["workers"]), spec)
    size, last, wrong, lines = pool["workers"], 0, [], []
    for text in body.splitlines():
        seen, arrow, said = text.split("#")[0].partition("->")
        if arrow:
            line = Line(seen.split(), size, last)
            size = rule.decide(line)
            last = line.at if line.tick else last
            if fill and said.strip() == "?":
                text = text.replace("-> ?", f"-> {size}", 1)
            elif int(said.split()[0]) != size:
                wrong.append(f"{path}: {text.strip()}: {size}")
                size = int(said.split()[0])
        lines.append(text)
    if fill:
        with open(path, "w", encoding="utf-8") as file:
            file.write(head + "---\n" + "\n".join(lines) + "\n")
    return wrong


good = bad = 0
for trace in sorted(glob.glob("tests/traces/*.txt")):
    errors = judge(trace, sys.argv[1:] == ["--fill"])
    if errors is not None:
        good, bad = good + (not errors), bad + bool(errors)
        print("\n".join(errors), end="\n" if errors else "")
print(f"{good} passed, {bad} failed")
sys.exit(1 if bad or not good else 0)
