/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stats: see stats.h. */
#include "model/stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"

double stats_t(size_t replications) {
    return replications < 2 ? NAN : gsl_cdf_tdist_Pinv(0.975, (double)replications - 1);
}

static double half_width(const double *values, size_t count) {
    return count < 2 ? NAN : stats_t(count) * gsl_stats_sd(values, 1, count) / sqrt((double)count);
}

struct figure stats_mean(const double *values, size_t count) {
    double mean = gsl_stats_mean(values, 1, count), h = half_width(values, count);
    return (struct figure){mean, mean - h, mean + h, 0, NULL, false};
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
    return (struct figure){ratio, ratio - h, ratio + h, 0, NULL, false};
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
    double h = half_width(share, used);
    free(share);
    return h;
}

struct figure stats_percentile(const struct hist *pooled, const struct hist *const *each,
                               const uint64_t *above, size_t count, double p) {
    uint64_t left = 0;
    for (size_t i = 0; i < count; i++)
        left += above[i];
    double n = (double)(pooled->n + left), needs = ceil(5 / (1 - p) - 1e-6);
    if (n > 0 && n < needs)
        return (struct figure){NAN, NAN, NAN, (uint64_t)needs, NULL, false};
    double value = hist_percentile(pooled, p, left);
    if (isnan(value))
        return (struct figure){
            NAN, NAN, NAN, 0, n > 0 ? "falls among the jobs that had not ended" : NULL, false};
    double h = exceedance(each, above, count, value);
    if (isnan(h))
        return (struct figure){value, NAN, NAN, 0, NULL, false};
    double low = p - h > 0 ? hist_percentile(pooled, p - h, left) : (double)pooled->min;
    double high = p + h < 1 ? hist_percentile(pooled, p + h, left) : NAN;
    bool open = isnan(high);
    return (struct figure){value, low, open ? (double)pooled->max : high, 0, NULL, open};
}
