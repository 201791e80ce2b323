/* SPDX-License-Identifier: MIT */
/*
 * hist: a histogram of times with a relative error of at most 0.1 %, always mergeable.
 *
 * Fixed shape: values below 2048 ns have a bucket each; from there on every octave has 1024 steps,
 * so that a value interpolated inside its bucket is off by less than 1/1024 of itself. Adding
 * cannot fail. Sums and squares are exact integers (128 and 192 bits), so that the order of adding
 * and merging never shows. A full histogram counts in 440 KB, of which a run touches what it uses;
 * hist_trim keeps that alone. Shape after HdrHistogram, whose percentile format
 * hist_print writes.
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
    nsec_square squares;   /* modulo 2^128 */
    uint64_t squares_high; /* and how often that was passed */
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

/* Adds all of `from` to `into`, which is full or has all buckets that `from` uses. */
void hist_merge(struct hist *into, const struct hist *from);

/* A trimmed copy; false: out of memory. */
bool hist_copy(struct hist *to, const struct hist *from);

/* An empty one which takes zeros alone (hist_add_zeros); false: out of memory. */
bool hist_open_for_zeros(struct hist *h);

static inline uint32_t hist_bucket(nsec value) {
    uint64_t v = (uint64_t)value;
    int top = 63 - __builtin_clzll(v | 1);
    int shift = top > HIST_BITS ? top - HIST_BITS : 0;
    return ((uint32_t)shift << HIST_BITS) + (uint32_t)(v >> shift);
}

/* The lowest value of a bucket, and how many values share it. */
static inline nsec hist_bucket_low(uint32_t bucket, nsec *width) {
    int shift = bucket < (2U << HIST_BITS) ? 0 : (int)(bucket >> HIST_BITS) - 1;
    *width = INT64_C(1) << shift;
    return (nsec)(bucket - ((uint32_t)shift << HIST_BITS)) << shift;
}

/* A value >= 0 into a full histogram. */
static inline void hist_add(struct hist *h, nsec value) {
    h->n++;
    h->sum += value;
    nsec_square square = (nsec_square)value * (nsec_square)value;
    h->squares += square;
    h->squares_high += h->squares < square;
    h->min = value < h->min ? value : h->min;
    h->max = value > h->max ? value : h->max;
    h->count[hist_bucket(value)]++;
}

/* `n` values >= 0 at once, n <= HIST_MANY; their buckets go into bucket[]. The same as one by one,
 * by vectors of eight or four where the processor has them: 1 ns a value instead of 3. */
enum { HIST_MANY = 128 };
void hist_add_many(struct hist *h, const nsec *values, size_t n, uint32_t *bucket);

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

/* The value of a rank that falls into a bucket of `count`, `before` of them in lower ones: as if
 * they were spread evenly over it. */
static inline double hist_inside(uint32_t bucket, double rank, uint64_t before, uint64_t count) {
    nsec width, low = hist_bucket_low(bucket, &width);
    double part = (rank - (double)before - 0.5) / (double)count;
    return (double)low + (double)(width - 1) * part;
}

/* How many values lie above x, the bucket of x shared out in proportion. */
double hist_above(const struct hist *h, double x);

/* HdrHistogram's percentile text: Value in ms, Percentile, TotalCount, 1/(1-Percentile). */
void hist_print(const struct hist *h, FILE *to);

#endif
