/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stats: estimates with their 95 % intervals over R independent replications.
 *
 * A ratio (mean wait = sum of waits / jobs) is estimated by the sums over all replications; its
 * interval is the linearised one, t * sd(S_r - m n_r) / (mean n) / sqrt(R) (Cochran, Sampling
 * Techniques, 6.4). Percentiles are intervals by exceedance: e_r is the share of replication r
 * above the pooled percentile, h = t * sd(e_r) / sqrt(R), and the interval runs from the pooled
 * percentile at p - h to that at p + h. One replication has no interval.
 *
 * Known answer: t(0.975, 9 degrees) = 2.262157.
 */
#ifndef MODEL_STATS_H
#define MODEL_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/hist.h"

/* A figure of the result; NaN is null. `needs`: a percentile that wants so many jobs. */
struct figure {
    double mean, low, high;
    uint64_t needs;
    const char *reason; /* why it, or its interval, is null, where that is not plain */
    bool open;          /* a percentile's interval goes past the sample; high is the maximum */
};

#define FIGURE_NULL ((struct figure){NAN, NAN, NAN, 0, NULL, false})

/* Student's t quantile at 97.5 %, for R - 1 degrees of freedom; NaN for R < 2. */
double stats_t(size_t replications);

/* Mean of R values. */
struct figure stats_mean(const double *values, size_t count);

/* Sum of numerators / sum of denominators; null when there is nothing to divide by. */
struct figure stats_ratio(const double *numerators, const double *denominators, size_t count);

/* Percentile p over all replications together. `above[r]` further values rank above all. */
struct figure stats_percentile(const struct hist *pooled, const struct hist *const *each,
                               const uint64_t *above, size_t count, double p);

#endif
