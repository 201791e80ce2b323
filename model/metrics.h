/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * metrics: what the replications counted, as the figures of a result.
 *
 * A figure is a ratio of sums over the replications, with an interval from their spread
 * (model/stats). What each one means, over which jobs, and when it is null: scenarios/README.md,
 * "What the figures mean".
 */
#ifndef MODEL_METRICS_H
#define MODEL_METRICS_H

#include <stddef.h>

#include "model/record.h"
#include "model/result.h"

/* Of a class, or of all jobs: a tally a replication, each of `seconds`. */
void metrics_of_jobs(struct metrics *m, const struct tally *const *tallies, size_t count,
                     double seconds);

void metrics_of_pool(struct pool_metrics *m, const struct record *const *records, size_t count,
                     size_t pool, double seconds);

/* All of `each` together, trimmed: a hist_close is due. */
void metrics_merge(struct hist *merged, const struct hist *const *each, size_t count);

#endif
