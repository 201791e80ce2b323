/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize_vegas: estimates how many of its workers only make work longer, as TCP Vegas does
 * with packets that only lie in queues.
 *
 *     q = ceil(L (1 - least / now)),  g = floor(log10 L), at least 1
 *     a job was lost       L <- L - g        q <= g        L <- L + 6 g
 *     2 x in flight < L    L stays           q < 3 g       L <- L + g
 *                                            q > 6 g       L <- L - g
 *
 * in this order; "now" is the mean time on a worker since the last tick, "least" the least of such
 * means. A new least, and every probe, changes nothing but it: after jitter x probe x L samples
 * (jitter from 0.5 to 1, drawn anew each time) the next sample is taken for the least. A sample is
 * a tick in which a job was completed.
 *
 * Source: Netflix concurrency-limits, VegasLimit.java (there L <= 1000); Brakmo, O'Malley,
 * Peterson, "TCP Vegas: new techniques for congestion detection and avoidance", SIGCOMM 1994.
 */
#include "model/policy_resize_kinds.h"
#include "model/variate.h"

/* floor(log10 L), at least 1: the source rounds down, too. */
static int64_t log_step(int64_t limit) {
    int64_t g = 1;
    for (int64_t power = 100; power <= limit; power *= 10)
        g++;
    return g;
}

static double draw_jitter(struct resize_ask *a) {
    dice_item(a->dice, a->p->asked++);
    return 0.5 + 0.5 * variate_uniform(a->dice);
}

/* Was the sample one that only says what the least is? */
static bool measures(struct resize_ask *a, nsec sample) {
    struct policy_resize *p = a->p;
    if (!(p->vegas.jitter > 0))
        p->vegas.jitter = draw_jitter(a);
    double after = p->vegas.jitter * (double)a->spec->probe * p->vegas.limit;
    bool probe = (double)++p->vegas.since_probe >= after;
    if (probe) {
        p->vegas.jitter = draw_jitter(a);
        p->vegas.since_probe = 0;
    } else if (p->vegas.least != 0 && sample >= p->vegas.least)
        return false;
    p->vegas.least = sample;
    return true;
}

static int64_t change(const struct resize_ask *a, double limit, double least) {
    int64_t g = log_step(resize_whole(limit));
    if (a->seen->lost > 0)
        return -g;
    if (2 * (double)a->seen->in_flight_most < limit)
        return 0;
    int64_t queued = resize_round_up(limit * (1 - least / (double)a->seen->service_mean));
    if (queued <= g)
        return 6 * g;
    return queued < 3 * g ? g : queued > 6 * g ? -g : 0;
}

int64_t resize_vegas(struct resize_ask *a) {
    double *limit = &a->p->vegas.limit;
    if (resize_whole(*limit) != a->size)
        *limit = a->size; /* somebody else changed it */
    if (!a->seen || (a->seen->completed == 0 && a->seen->lost == 0))
        return a->size;
    bool sampled = a->seen->completed > 0 && a->seen->service_mean > 0;
    if (sampled && measures(a, a->seen->service_mean))
        return a->size;
    if (!a->held && (sampled || a->seen->lost > 0))
        *limit =
            resize_within(a->spec, *limit + (double)change(a, *limit, (double)a->p->vegas.least));
    return resize_whole(*limit);
}
