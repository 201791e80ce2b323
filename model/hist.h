/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hist: a histogram of times with a relative error of at most 0.1 %, always mergeable.
 *
 * Fixed shape: values below 2048 ns have a bucket each; from there on every octave has 1024 steps,
 * so that a value interpolated inside its bucket is off by less than 1/1024 of itself. Adding
 * cannot fail. Sums and squares are exact integers, 128 bits wide (squares of values below 2^46 ns
 * = 19.5 hours; larger ones go to a double), so that the order of adding and merging never shows. A
 * full histogram counts in 440 KB, of which a run touches what it uses; hist_trim keeps that alone.
 * Shape after HdrHistogram (G. Tene), whose percentile format hist_print writes.
 *
 * Known answer: 1 ... 1,000,000 once each has p50 = 500,000 and p99 = 990,000 within 0.1 %.
 */
#ifndef MODEL_HIST_H
#define MODEL_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/nsec.h"

enum { HIST_BITS = 10, HIST_BUCKETS = ((63 - HIST_BITS) << HIST_BITS) + (1 << (HIST_BITS + 1)) };

struct hist {
    uint64_t n;
    nsec_sum sum;
    nsec_square squares;
    double large_squares; /* of values from HIST_LARGE on */
    nsec min, max;
    uint64_t *count; /* of buckets first .. first + size - 1 */
    uint32_t first, size;
};

/* A full, empty histogram; false: out of memory. {0} is an empty one that only merges out. */
bool hist_open(struct hist *h);
void hist_clear(struct hist *h);
void hist_close(struct hist *h);

/* Keeps the buckets in use alone; nothing can be added afterwards, it still merges and answers. */
void hist_trim(struct hist *h);

/* Adds all of `from` to a full `into`. */
void hist_merge(struct hist *into, const struct hist *from);

static inline uint32_t hist_bucket(nsec value) {
    uint64_t v = (uint64_t)value;
    int top = 63 - __builtin_clzll(v | 1);
    int shift = top > HIST_BITS ? top - HIST_BITS : 0;
    return ((uint32_t)shift << HIST_BITS) + (uint32_t)(v >> shift);
}

#define HIST_LARGE (INT64_C(1) << 46)

/* A value >= 0 into a full histogram. */
static inline void hist_add(struct hist *h, nsec value) {
    h->n++;
    h->sum += value;
    if (value < HIST_LARGE)
        h->squares += (nsec_square)value * (nsec_square)value;
    else
        h->large_squares += (double)value * (double)value;
    h->min = value < h->min ? value : h->min;
    h->max = value > h->max ? value : h->max;
    h->count[hist_bucket(value)]++;
}

/* `n` zeros at once. */
static inline void hist_add_zeros(struct hist *h, uint64_t n) {
    if (n == 0)
        return;
    h->n += n;
    h->min = 0;
    h->max = h->max > 0 ? h->max : 0;
    h->count[0] += n;
}

double hist_mean(const struct hist *h);     /* ns; NaN when empty */
double hist_variance(const struct hist *h); /* ns^2, of the population; NaN when empty */

/* The value of rank ceil(p * (n + above)), where `above` further values rank above all;
 * interpolated in its bucket, clamped to [min, max]; NaN when empty or when the rank falls among
 * those above. */
double hist_percentile(const struct hist *h, double p, uint64_t above);

/* The lowest value of a bucket, in ns. */
double hist_low(uint32_t bucket);

/* How many values lie above x, the bucket of x shared out in proportion. */
double hist_above(const struct hist *h, double x);

/* HdrHistogram's percentile text: Value in ms, Percentile, TotalCount, 1/(1-Percentile). */
void hist_print(const struct hist *h, FILE *to);

#endif
