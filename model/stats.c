/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stats: see stats.h. */
#include "model/stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"

double stats_t_of(double degrees) {
    return degrees > 0 ? gsl_cdf_tdist_Pinv(0.975, degrees) : NAN;
}

double stats_t(size_t replications) {
    return replications < 2 ? NAN : stats_t_of((double)replications - 1);
}

static double half_width(const double *values, size_t count) {
    return count < 2 ? NAN : stats_t(count) * gsl_stats_sd(values, 1, count) / sqrt((double)count);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void stats_sort(double *values, size_t count) {
    qsort(values, count, sizeof *values, ascending);
}

struct figure stats_mean(const double *values, size_t count) {
    double mean = gsl_stats_mean(values, 1, count), h = half_width(values, count);
    return (struct figure){mean, mean - h, mean + h, 0, NULL, false, NULL};
}

struct figure stats_ratio(const double *numerators, const double *denominators, size_t count) {
    double above = 0, below = 0;
    for (size_t i = 0; i < count; i++) {
        above += numerators[i];
        below += denominators[i];
    }
    if (!(below > 0))
        return FIGURE_NULL;
    double ratio = above / below, *rest = mem_new(count, sizeof *rest);
    for (size_t i = 0; i < count; i++)
        rest[i] = (numerators[i] - ratio * denominators[i]) / (below / (double)count);
    double h = half_width(rest, count);
    free(rest);
    return (struct figure){ratio, ratio - h, ratio + h, 0, NULL, false, NULL};
}

double stats_degrees(const double *values, size_t count) {
    double n = (double)count, mean = gsl_stats_mean(values, 1, count), m2 = 0, m4 = 0;
    for (size_t i = 0; i < count; i++) {
        double square = (values[i] - mean) * (values[i] - mean);
        m2 += square / n;
        m4 += square * square / n;
    }
    if (count < 4 || !(m2 > 0))
        return n - 1;
    double excess = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (m4 / m2 / m2 - 3) + 6);
    return fmin(n - 1, 2 * n / (fmax(excess, 0) + 2 * n / (n - 1)));
}

/* Half width of the exceedance share over the replications. */
static double exceedance(const struct hist *const *each, const uint64_t *above, size_t count,
                         double x) {
    double *share = mem_new(count, sizeof *share);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        double n = (double)(each[i]->n + above[i]);
        if (n > 0)
            share[used++] = (hist_above(each[i], x) + (double)above[i]) / n;
    }
    double h = used < 2 ? NAN
                        : stats_t_of(stats_degrees(share, used)) * gsl_stats_sd(share, 1, used) /
                              sqrt((double)used);
    free(share);
    return h;
}

/* Jobs without which nothing is said of a percentile. */
static double needed(double p) {
    return ceil(5 / (1 - p) - 1e-6);
}

struct figure stats_percentile(const struct hist *pooled, const struct hist *const *each,
                               const uint64_t *above, size_t count, double p) {
    uint64_t left = 0;
    for (size_t i = 0; i < count; i++)
        left += above[i];
    double n = (double)(pooled->n + left), needs = needed(p);
    if (n > 0 && n < needs)
        return (struct figure){NAN, NAN, NAN, (uint64_t)needs, NULL, false, NULL};
    double value = hist_percentile(pooled, p, left);
    if (isnan(value))
        return (struct figure){
            NAN,   NAN, NAN, 0, n > 0 ? "falls among the jobs that had not ended" : NULL,
            false, NULL};
    double h = exceedance(each, above, count, value);
    if (isnan(h))
        return (struct figure){value, NAN, NAN, 0, NULL, false, NULL};
    double low = p - h > 0 ? hist_percentile(pooled, p - h, left) : (double)pooled->min;
    double high = p + h < 1 ? hist_percentile(pooled, p + h, left) : NAN;
    bool open = isnan(high);
    return (struct figure){value, low, open ? (double)pooled->max : high, 0, NULL, open, NULL};
}

double *stats_ratio_each(const double *numerators, const double *denominators, size_t count,
                         double ratio) {
    double below = 0;
    for (size_t i = 0; i < count; i++)
        below += denominators[i];
    if (count < 2 || isnan(ratio) || !(below > 0))
        return NULL;
    double *values = mem_new(count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = ratio + (numerators[i] - ratio * denominators[i]) / (below / (double)count);
    return values;
}

/* How fast the pooled quantile moves with p: over the interval's own half width, but over no less
 * than the sampling error of independent jobs and no more than half way to either end. */
static double quantile_slope(const struct hist *pooled, uint64_t left, double p, double half) {
    double n = (double)(pooled->n + left);
    double h = fmin(fmax(half, sqrt(p * (1 - p) / n)), fmin(p, 1 - p) / 2);
    double low = hist_percentile(pooled, p - h, left), high = hist_percentile(pooled, p + h, left);
    return ((isnan(high) ? (double)pooled->max : high) - low) / (2 * h);
}

static double jobs_of(const struct hist *const *each, const uint64_t *above, size_t count) {
    double jobs = 0;
    for (size_t i = 0; i < count; i++)
        jobs += (double)(each[i]->n + above[i]);
    return jobs;
}

double *stats_percentile_each(const struct hist *pooled, const struct hist *const *each,
                              const uint64_t *above, size_t count, double p, double value) {
    if (count < 2 || isnan(value) || jobs_of(each, above, count) < (double)count * needed(p))
        return NULL;
    double *beyond = mem_new(count, sizeof *beyond), *jobs = mem_new(count, sizeof *jobs);
    uint64_t left = 0;
    double sum = 0, n = 0;
    for (size_t i = 0; i < count; i++) {
        left += above[i];
        jobs[i] = (double)(each[i]->n + above[i]);
        beyond[i] = hist_above(each[i], value) + (double)above[i];
        sum += beyond[i];
        n += jobs[i];
    }
    double *values = stats_ratio_each(beyond, jobs, count, sum / n);
    double slope = quantile_slope(pooled, left, p, half_width(values, count));
    for (size_t i = 0; i < count; i++)
        values[i] = value + (values[i] - sum / n) * slope;
    free(beyond);
    free(jobs);
    return values;
}
