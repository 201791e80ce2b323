#!/usr/bin/env python3
"""Reference for the station's contract: plays cases.txt in the most direct way and compares.

usage: reference.py [--print CASE]     (the format stands at the head of cases.txt)
Each mismatch is one line: case, expected, got. The last line is `N passed, N failed`; exit 1 when any failed.
"""
import os
import sys
from itertools import zip_longest
from types import SimpleNamespace

# Ranks of what is due at one instant; a departure's further order is that of the starts.
DEPARTURE, GIVE_UP, DOOR, HELD, ARRIVAL = range(5)
COUNTS = "offered completed rejected dropped in_flight blocked caller_ran timed_out".split()
AREAS = "in_system queue busy".split()
CLEAR = 20      # a real pool's instants are this far apart, in ms


def numbers(words):
    return {key: float("inf") if value == "unbounded" else value if value[-1].isalpha() else int(value)
            for key, value in (word.split("=") for word in words)}


def read_cases(path):
    cases = []
    for number, line in enumerate(open(path, encoding="ascii"), 1):
        head, *rest = line.split("#")[0].split() or [""]
        if head == "case":
            case = {"name": rest[0], "classes": [], "closed": {}, "jobs": {}, "events": [], "patience": {},
                    "priority": {}}
            cases.append(case)
        elif head in ("pool", "run", "count", "area"):
            case[head] = numbers(rest)
        elif head == "class":
            words = numbers(word for word in rest[1:] if "=" in word)
            case["classes"].append(rest[0])
            case["patience"][rest[0]] = words.pop("patience", None)
            case["priority"][rest[0]] = words.pop("priority", 0)
            case["closed" if "closed" in rest else "jobs"][rest[0]] = words if "closed" in rest else []
        elif head == "real":
            case["real"] = rest == ["yes"]
        elif head == "job":
            case["jobs"][rest[0]].append(numbers(rest[1:]))
        elif head.lstrip("-").isdigit():
            case["events"].append((int(head), *rest))
        elif head not in ("", "about", "expect"):
            sys.exit(f"line {number}: cannot read: {line.strip()}")
    return cases


class Run:
    """One run. `until` (for the check of real cases) replaces the stop rules: stop before any event after it."""

    def __init__(self, case, until=None):
        self.case, self.now, self.starts, self.schedules = case, 0, 0, 0
        self.duration = case["run"]["duration"]
        self.workers, self.capacity, self.full = map(case["pool"].get, ("workers", "capacity", "when_full"))
        self.order = case["pool"].get("order", "fifo")
        self.running, self.queue, self.door = 0, [], []     # jobs in service on workers; lines, first come first
        self.submitter = {name: None for name in case["jobs"]}     # the job that an open class's submitter runs
        self.held = {name: [] for name in case["jobs"]}
        self.inside, self.due = [], []      # jobs in the system; (time, rank, order, sequence, job or class)
        self.log, self.count, self.area = [], dict.fromkeys(COUNTS, 0), dict.fromkeys(AREAS, 0)
        for name, jobs in case["jobs"].items():
            for index, job in enumerate(jobs, 1):
                self.will_arrive(f"{name}{index}", name, **job)
        for name, closed in case["closed"].items():
            for client in range(1, closed["clients"] + 1):
                self.think(name, client, 1, -case["run"]["warmup"])
        self.play(case["run"]["cooldown"], until)

    def play(self, cooldown, until):
        while self.due:
            event = min(self.due, key=lambda e: e[:4])
            time, rank, _, _, what = event
            drained = time >= self.duration and not any(self.counted(job) for job in self.inside)
            if time > until if until is not None else drained or time > self.duration + cooldown:
                break
            self.due.remove(event)
            self.now = time
            (self.depart, self.give_up, self.move_door, self.release, self.arrive)[rank](what)
        self.count["in_flight"] = sum(self.counted(job) for job in self.inside)
        self.now = max(self.now, self.duration)
        for job in list(self.inside):
            self.leave(job)

    def schedule(self, time, rank, what, order=0):
        self.schedules += 1
        self.due.append((time, rank, order, self.schedules, what))

    def will_arrive(self, name, cls, at, takes, client=0, cycle=0):
        """A job's state is queue, door, hold, busy, caller or, outside the system, None."""
        job = SimpleNamespace(name=name, cls=cls, arrived=at, takes=takes, client=client, cycle=cycle, state=None,
                              line=None)
        self.schedule(at, ARRIVAL, job, self.case["classes"].index(cls))

    def think(self, cls, client, cycle, now):
        closed = self.case["closed"][cls]
        self.will_arrive(f"{cls}{client}.{cycle}", cls, now + closed["think"], closed["takes"], client, cycle)

    def counted(self, job):
        return 0 <= job.arrived < self.duration

    def tally(self, job, what):
        if self.counted(job):
            self.count[what] += 1

    def leave(self, job):
        """Leave the present state, if any: the part of it inside [0, duration) is area."""
        if job.state:
            self.inside.remove(job)
            part = max(0, min(self.now, self.duration) - max(job.since, 0))
            self.area["in_system"] += part
            if job.state in self.area:
                self.area[job.state] += part

    def into(self, job, state, word):
        """Move the job to a state (None: out of the system) and log the word for it."""
        self.leave(job)
        job.state, job.since = state, self.now
        if state:
            self.inside.append(job)
        self.log.append((self.now, job.name, word))

    def give_up(self, job):
        if job.state in ("queue", "door", "hold"):
            job.line.remove(job)
            self.over(job, "timed_out", "timeout")
            if self.door:
                self.schedule(self.now, DOOR, None)

    def start(self, job, state="busy"):
        self.running += state == "busy"
        self.starts += 1
        self.into(job, state, "start" if state == "busy" else "caller")
        self.schedule(self.now + job.takes, DEPARTURE, job, self.starts)

    def stand(self, job, line, state):
        if not job.line and self.case["patience"][job.cls] is not None:
            self.schedule(job.arrived + self.case["patience"][job.cls], GIVE_UP, job)
        job.line = line
        line.append(job)
        self.into(job, state, state)

    def over(self, job, fate, word):
        """The job's one fate; a client's cycle ends here."""
        self.into(job, None, word)
        self.tally(job, fate)
        if job.client:
            self.think(job.cls, job.client, job.cycle + 1, self.now)

    def room(self):
        return len(self.queue) + self.running < self.workers + self.capacity

    def admit(self, job):
        if self.running < self.workers:
            self.start(job)
        else:
            self.stand(job, self.queue, "queue")

    def arrive(self, job):
        self.tally(job, "offered")
        if self.submitter.get(job.cls):
            self.stand(job, self.held[job.cls], "hold")
        else:
            self.submit(job)

    def submit(self, job):
        if self.room():
            self.admit(job)
        elif self.full == "block":
            self.tally(job, "blocked")
            self.stand(job, self.door, "door")
        elif self.full == "caller_runs":
            self.tally(job, "caller_ran")
            self.start(job, "caller")
            if not job.client:
                self.submitter[job.cls] = job
        elif self.full == "drop_oldest" and self.queue:
            self.over(self.queue.pop(0), "dropped", "drop")
            self.stand(job, self.queue, "queue")
        else:
            self.over(job, "rejected", "reject")

    def next_of_queue(self):
        if self.order == "lifo":
            return self.queue.pop()
        if self.order == "priority":        # max takes the first of equals
            highest = max(self.queue, key=lambda job: self.case["priority"][job.cls])
            self.queue.remove(highest)
            return highest
        return self.queue.pop(0)

    def depart(self, job):
        on_worker = job.state == "busy"
        self.over(job, "completed", "end")
        if on_worker:
            self.running -= 1
            if self.queue:
                self.start(self.next_of_queue())
            if self.door:
                self.schedule(self.now, DOOR, None)
        elif not job.client:
            self.submitter[job.cls] = None
            self.release_next(job.cls)

    def move_door(self, _):
        while self.door and self.room():
            self.admit(self.door.pop(0))

    def release(self, cls):
        if not self.held[cls]:
            return
        self.submit(self.held[cls].pop(0))
        self.release_next(cls)

    def release_next(self, cls):
        if self.held[cls] and not self.submitter[cls]:
            self.schedule(self.now, HELD, cls, self.case["classes"].index(cls))


def real_faults(case, run):
    """Why a case marked `real yes` would not do for a pool with timing noise (looks CLEAR ms past the stop)."""
    end, cut = case["run"]["duration"], case["run"]["duration"] + case["run"]["cooldown"]
    stop = cut if run.count["in_flight"] else max(end, run.log[-1][0])
    wide = Run(case, until=stop + CLEAR - 1).log
    instants = sorted({time for time, _, _ in wide})
    takes = {f"{c}{i}": job["takes"] for c, jobs in case["jobs"].items() for i, job in enumerate(jobs, 1)}
    faults = [f"instants {a} and {b} are too close" for a, b in zip(instants, instants[1:]) if b - a < CLEAR]
    faults += [f"edge {e} is too close to {t}" for e in (end, cut) for t in instants if abs(e - t) < CLEAR]
    if case["run"]["warmup"] or instants[0] < 0 or stop >= 700 or wide != run.log:
        faults.append("warm-up, negative time, too long, or something happens at or just after the stop")
    seen = set()
    for instant in instants:
        here = [(job, what) for time, job, what in wide if time == instant]
        ends = [job for job, what in here if what == "end"]
        fresh = {job for job, _ in here} - seen
        seen |= fresh
        classes = {job[0] for job in fresh}
        if len(ends) > 1 or ends and fresh or len(classes) > 1 or len(fresh) > 1 and classes & set(case["closed"]):
            faults.append(f"tie at {instant}")
        lengths = sorted(takes[job] if job in takes else case["closed"][job[0]]["takes"]
                         for job, what in here if what in ("start", "caller"))
        if any(b - a < CLEAR for a, b in zip(lengths, lengths[1:])):
            faults.append(f"like demands start together at {instant}")
    return faults


def lines(events, count, area):
    return [" ".join(map(str, event)) for event in events] + [
        " ".join([what] + [f"{key}={values.get(key, 0)}" for key in keys])
        for what, values, keys in (("count", count, COUNTS), ("area", area, AREAS))]


def main(arguments):
    cases = read_cases(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.txt"))
    if arguments[:1] == ["--print"]:
        run = Run({case["name"]: case for case in cases}[arguments[1]])
        print(*lines(run.log, run.count, run.area), sep="\n")
        return 0
    failed = 0
    for case in cases:
        run = Run(case)
        pairs = zip_longest(lines(case["events"], case["count"], case["area"]),
                            lines(run.log, run.count, run.area), fillvalue="nothing")
        faults = [f"expected {hand}, got {computed}" for hand, computed in pairs if hand != computed]
        faults += real_faults(case, run) if case["real"] else []
        for fault in faults:
            print(f"{case['name']}: {fault}")
        failed += bool(faults)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
