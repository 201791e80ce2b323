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
 * Far out in the tail a replication has a burst or none, and sd(e_r) of R such values is itself a
 * guess. So t has as many degrees of freedom as that sd is worth: var(s^2) = sigma^4 (excess / R +
 * 2 / (R - 1)), matched to a chi-square's (Satterthwaite, 1946), gives 2 R / (excess + 2 R / (R -
 * 1)), with the sample's unbiased excess kurtosis where it is positive; R - 1 where the values are
 * spread as normal ones. (Of M/M/1 at 90 % with R - 1 the p99.9's interval held 911 times of 1000;
 * docs/coverage.md.)
 *
 * Two results are compared replication by replication, so each figure can be spread over them: R
 * linearised values whose mean is the figure and whose spread is that of its interval. Of a ratio
 * m: v_r = m + (S_r - m n_r) / (mean n). Of a percentile q, by Bahadur's representation (A note on
 * quantiles in large samples, Ann. Math. Statist. 37, 1966): v_r = q + (a_r - a n_r) / (mean n) *
 * slope, a_r being the values of replication r above q, a their share over all, and slope = (q(p +
 * h) - q(p - h)) / 2h with h the half width above, so that t * sd(v) / sqrt(R) is half the
 * interval's length; but h is at most half way to the end. (Averaging the replications' own
 * percentiles is biased.) Where a replication by itself has too few jobs for a percentile, 5 / (1 -
 * p), there are no such values: its tail is a burst or none, and the differences of pairs look
 * surer than they are (of M/M/1 at 1000 jobs a replication the p99.9's covered 139 times of 200).
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
    double *each;       /* its linearised value in each replication; NULL: not kept */
};

#define FIGURE_NULL ((struct figure){NAN, NAN, NAN, 0, NULL, false, NULL})

/* Student's t quantile at 97.5 %, for R - 1 degrees of freedom; NaN for R < 2. */
double stats_t(size_t replications);

/* The same for any number of degrees of freedom (Welch's are no whole number). */
double stats_t_of(double degrees);

/* Degrees of freedom of the standard deviation of values that may have bursts among them; at most
 * count - 1. */
double stats_degrees(const double *values, size_t count);

/* Into ascending order. */
void stats_sort(double *values, size_t count);

/* Mean of R values. */
struct figure stats_mean(const double *values, size_t count);

/* Sum of numerators / sum of denominators; null when there is nothing to divide by. */
struct figure stats_ratio(const double *numerators, const double *denominators, size_t count);

/* Percentile p over all replications together. `above[r]` further values rank above all. */
struct figure stats_percentile(const struct hist *pooled, const struct hist *const *each,
                               const uint64_t *above, size_t count, double p);

/* The linearised values of a ratio and of a percentile (`value`, as stats_percentile found it),
 * `count` of them in fresh memory; NULL where there is but one replication, no value, or too few
 * jobs. */
double *stats_ratio_each(const double *numerators, const double *denominators, size_t count,
                         double ratio);
double *stats_percentile_each(const struct hist *pooled, const struct hist *const *each,
                              const uint64_t *above, size_t count, double p, double value);

#endif
