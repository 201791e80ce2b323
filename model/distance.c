/* SPDX-License-Identifier: GPL-3.0-or-later */
/* distance: see distance.h. */
#include "model/distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "model/rng.h"
#include "model/stats.h"

static const double LEVEL = 0.05;
enum { EDGES_TESTED = 200 }; /* of the scale, where the distance is taken a thousand times */

/* Every replication of A, then every one of B: how many jobs took up to each point. */
struct blocks {
    size_t a, count, points;
    double *within; /* [block * points + point] */
    double *jobs;   /* of each block, those that had not ended among them */
    size_t *order;  /* the first `a` of these blocks are A's */
    double *sum_a, *sum_b;
};

/* The edges of both scales, ascending, thinned to `most`; their number. */
static size_t edges_of(const struct responses *a, const struct responses *b, size_t most,
                       double **out) {
    size_t n = 0, kept = 0;
    double *at = mem_new(2 * (a->rows + b->rows), sizeof *at);
    const struct responses *both[] = {a, b};
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < both[k]->rows; i++) {
            at[n++] = both[k]->low[i];
            at[n++] = both[k]->high[i];
        }
    stats_sort(at, n);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || at[i] > at[kept - 1])
            at[kept++] = at[i];
    size_t step = kept / most + (kept % most > 0);
    for (size_t i = 0; i * step < kept; i++)
        at[i] = at[i * step];
    *out = at;
    return (kept + step - 1) / step;
}

/* At each edge and just before it: between edges both distributions are straight lines. */
static void fill(struct blocks *s, const struct responses *r, size_t first, const double *edges,
                 size_t count) {
    for (size_t k = 0; k < r->replications; k++) {
        double *row = s->within + (first + k) * s->points;
        responses_within(r, k, edges, count, false, row);
        responses_within(r, k, edges, count, true, row + count);
        s->jobs[first + k] = r->left[k];
        for (size_t i = 0; i < r->rows; i++)
            s->jobs[first + k] += r->jobs[k * r->rows + i];
    }
}

static void open_blocks(struct blocks *s, const struct responses *a, const struct responses *b,
                        size_t most) {
    double *edges;
    *s = (struct blocks){.a = a->replications, .count = a->replications + b->replications};
    size_t count = edges_of(a, b, most, &edges);
    s->points = 2 * count;
    s->within = mem_new(s->count * s->points, sizeof *s->within);
    s->jobs = mem_new(s->count, sizeof *s->jobs);
    s->order = mem_new(s->count, sizeof *s->order);
    s->sum_a = mem_new(s->points, sizeof *s->sum_a);
    s->sum_b = mem_new(s->points, sizeof *s->sum_b);
    fill(s, a, 0, edges, count);
    fill(s, b, s->a, edges, count);
    for (size_t i = 0; i < s->count; i++)
        s->order[i] = i;
    free(edges);
}

static void close_blocks(struct blocks *s) {
    free(s->within);
    free(s->jobs);
    free(s->order);
    free(s->sum_a);
    free(s->sum_b);
}

static double add_up(const struct blocks *s, size_t from, size_t to, double *sum) {
    double jobs = 0;
    memset(sum, 0, s->points * sizeof *sum);
    for (size_t i = from; i < to; i++) {
        const double *row = s->within + s->order[i] * s->points;
        jobs += s->jobs[s->order[i]];
        for (size_t x = 0; x < s->points; x++)
            sum[x] += row[x];
    }
    return jobs;
}

/* Between the blocks in their order now. */
static double between(struct blocks *s) {
    double a = add_up(s, 0, s->a, s->sum_a), b = add_up(s, s->a, s->count, s->sum_b), most = 0;
    for (size_t x = 0; x < s->points; x++)
        most = fmax(most, fabs(s->sum_a[x] / a - s->sum_b[x] / b));
    return a > 0 && b > 0 ? most : NAN;
}

static void swap(struct blocks *s, size_t i, size_t k) {
    size_t kept = s->order[i];
    s->order[i] = s->order[k];
    s->order[k] = kept;
}

static void change_places(struct blocks *s, struct dice *dice, bool paired) {
    if (paired) {
        for (size_t i = 0; i < s->a; i++)
            if (dice_word(dice) >> 63)
                swap(s, i, s->a + i);
    } else
        for (size_t i = s->count - 1; i > 0; i--)
            swap(s, i, (size_t)(dice_word(dice) % (i + 1)));
}

static double share_as_large(const struct responses *a, const struct responses *b, bool paired) {
    struct blocks s;
    struct dice dice;
    open_blocks(&s, a, b, EDGES_TESTED);
    dice_open(&dice, 1, 0);
    double found = between(&s) * (1 - 1e-9);
    int as_large = 1;
    for (uint64_t i = 0; i < DISTANCE_CHANGES; i++) {
        dice_item(&dice, i);
        change_places(&s, &dice, paired);
        as_large += between(&s) >= found;
    }
    close_blocks(&s);
    return as_large / (DISTANCE_CHANGES + 1.0);
}

/* The smallest p that so many replications could give. */
static double least_p(size_t a, size_t b, bool paired) {
    if (paired)
        return pow(2, 1 - (double)a);
    double ways = 1;
    for (size_t i = 1; i <= b && ways < 1e6; i++)
        ways *= (double)(a + i) / (double)i;
    return (a == b ? 2 : 1) / ways;
}

struct distance distance_of(const struct responses *a, const struct responses *b, bool paired) {
    struct distance d = {NAN, NAN, NULL};
    if (a->rows == 0 || b->rows == 0) {
        d.reason = "a distribution is missing";
        return d;
    }
    struct blocks s;
    open_blocks(&s, a, b, SIZE_MAX / 2);
    d.value = between(&s);
    if (a->replications < 2 || b->replications < 2)
        d.reason = "one replication cannot tell: its jobs depend on one another";
    else if (least_p(a->replications, b->replications, paired) > LEVEL)
        d.reason = "too few replications to tell (six pairs, or four and four)";
    else
        d.p = share_as_large(a, b, paired);
    close_blocks(&s);
    return d;
}
