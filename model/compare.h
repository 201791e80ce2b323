/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compare: a real run against the simulator's replication 1: the same jobs, so what differs is the
 * host, not luck.
 *
 * `error` = (pool - sim) / sim. Jobs are paired by (class, index) where both engines completed
 * them; job by job the differences of their response times are looked at in absolute value (`bias`
 * is the median of the signed ones). Below 99 % of jobs with the same fate the two runs took
 * different paths and nothing is said job by job.
 */
#ifndef MODEL_COMPARE_H
#define MODEL_COMPARE_H

#include "model/result.h"

struct comparison {
    uint64_t jobs, same; /* counted in either; with the same fate in both */
    double same_fate;
    double p50, p99, max, bias; /* seconds; NaN when not to be said */
    const struct result *sim, *pool;
};

void compare_results(struct comparison *c, const struct result *sim,
                     const struct record *sim_record, const struct result *pool,
                     const struct record *pool_record);

void compare_json(const struct comparison *c, struct json *json);

#endif
