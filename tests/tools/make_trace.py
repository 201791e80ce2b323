#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes scenarios/trace-sample.csv: 1500 jobs in about 200 s, arriving in clumps (an on-off process: quiet
0.5/s, busy 30/s), lognormal service of mean 0.35 s. Fixed seed; run it again and the bytes are the same."""
import math
import random

rng = random.Random(20240101)
t, busy, change, rows = 0.0, False, 0.0, []
while len(rows) < 1500:
    if t >= change:
        busy = not busy
        change = t + rng.expovariate(1 / (3.0 if busy else 9.0))
    t = min(t + rng.expovariate(30.0 if busy else 0.5), change)
    if t < change:
        rows.append((t, math.exp(rng.gauss(math.log(0.25), 0.8))))
print("arrival_s,service_s")
for at, service in rows:
    print(f"{at - rows[0][0]:.4f},{service:.4f}")
