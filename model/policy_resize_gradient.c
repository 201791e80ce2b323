/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize_gradient: fewer workers when work takes longer than it used to.
 *
 *     g = clamp(slack x long / short, 0.5, 1)
 *     L <- (1 - smoothing) L + smoothing (g L + extra)
 *
 * short is the mean time on a worker since the last tick, long its average: of the first 10 samples
 * plain, then exponential with weight 2 / (long_window + 1). Where long / short > 2, long shrinks
 * by 5 % (recovery after overload). With less than L / 2 in flight L stays. The size is floor(L).
 *
 * At a constant g < 1 the size tends to extra / (1 - g): 20 at g = 0.8. But long follows short, so
 * g returns to 1 and the size creeps up to max however slow the work remains.
 *
 * Source: Netflix concurrency-limits, Gradient2Limit.java (there 20 <= L <= 200).
 */
#include "model/policy_resize_kinds.h"

enum { PLAIN_SAMPLES = 10 };

static void add_sample(struct policy_resize *p, double sample) {
    uint64_t n = ++p->gradient.samples;
    double weight = n <= PLAIN_SAMPLES ? 1 / (double)n : 2 / (double)(p->spec->long_window + 1);
    p->gradient.long_mean += weight * (sample - p->gradient.long_mean);
}

/* What the size would tend to. */
static double moved(const struct resize_ask *a, double limit, double ratio) {
    double gradient = a->spec->slack * ratio;
    gradient = gradient < 0.5 ? 0.5 : gradient > 1 ? 1 : gradient;
    double to = gradient * limit + (double)a->spec->extra;
    return resize_within(a->spec, limit + a->spec->smoothing * (to - limit));
}

int64_t resize_gradient(struct resize_ask *a) {
    double *limit = &a->p->gradient.limit, *long_mean = &a->p->gradient.long_mean;
    if (resize_whole(*limit) != a->size)
        *limit = a->size; /* somebody else changed it */
    if (!a->seen || a->seen->completed == 0 || a->seen->service_mean <= 0)
        return a->size;
    double sample = (double)a->seen->service_mean;
    add_sample(a->p, sample);
    double ratio = *long_mean / sample;
    if (ratio > 2)
        *long_mean *= 0.95;
    if (!a->held && a->seen->in_flight_most >= *limit / 2)
        *limit = moved(a, *limit, ratio);
    return resize_whole(*limit);
}
