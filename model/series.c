/* SPDX-License-Identifier: GPL-3.0-or-later */
/* series: see series.h. */
#include "model/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "model/stats.h"

enum { WINDOW_JOBS = 500 };

struct banded {
    double *target, *low, *high;
};

typedef int64_t level_fn(const struct sample *s);

static int64_t level_workers(const struct sample *s) {
    return s->workers;
}
static int64_t level_busy(const struct sample *s) {
    return s->busy;
}
static int64_t level_queue(const struct sample *s) {
    return s->queue;
}
static int64_t count_arrivals(const struct sample *s) {
    return s->arrivals;
}
static int64_t count_completions(const struct sample *s) {
    return s->completions;
}
static int64_t count_rejected(const struct sample *s) {
    return s->rejected;
}

struct gathering {
    const struct record *const *records;
    size_t count, pool;
    double *values; /* a replication each */
};

static struct figure over(struct gathering *g, size_t i, level_fn *get) {
    for (size_t k = 0; k < g->count; k++)
        g->values[k] = (double)get(&g->records[k]->pools[g->pool].samples[i]);
    return stats_mean(g->values, g->count);
}

/* Events in the step before sample i; at i = 0 there is none. */
static double step_of(struct gathering *g, size_t i, level_fn *get) {
    return i == 0 ? 0 : over(g, i, get).mean - over(g, i - 1, get).mean;
}

static void point(struct gathering *g, size_t i, struct series_point *p) {
    struct figure busy = over(g, i, level_busy), queue = over(g, i, level_queue);
    *p = (struct series_point){.workers = over(g, i, level_workers).mean,
                               .busy = busy.mean,
                               .queue = queue.mean,
                               .arrivals = step_of(g, i, count_arrivals),
                               .completions = step_of(g, i, count_completions),
                               .rejected = step_of(g, i, count_rejected),
                               .busy_low = fmax(0, busy.low),
                               .busy_high = busy.high,
                               .queue_low = fmax(0, queue.low),
                               .queue_high = queue.high,
                               .p99 = NAN,
                               .p99_low = NAN,
                               .p99_high = NAN,
                               .rejected_share = NAN,
                               .rejected_share_low = NAN,
                               .rejected_share_high = NAN};
}

/* The replications whose windows were kept. */
static size_t with_windows(const struct gathering *g) {
    size_t n = 0;
    while (n < g->count && g->records[n]->pools[g->pool].windows)
        n++;
    return n;
}

static void window_add(uint64_t *sum, const struct window *w, int sign) {
    for (uint32_t i = 0; i < w->size; i++)
        sum[w->bucket[i]] += sign > 0 ? w->count[i] : -(uint64_t)w->count[i];
}

/* Percentile p of a coarse histogram, in seconds. */
static double coarse_percentile(const uint64_t *sum, double p) {
    uint64_t n = 0, before = 0;
    for (uint32_t i = 0; i < WINDOW_BUCKETS; i++)
        n += sum[i];
    double rank = fmin(fmax(1, ceil(p * (double)n)), (double)n);
    for (uint32_t i = 0; n && i < WINDOW_BUCKETS; i++) {
        if ((double)(before + sum[i]) >= rank)
            return record_window_value(i, (rank - (double)before - 0.5) / (double)sum[i]) / 1e9;
        before += sum[i];
    }
    return NAN;
}

/* Share of replication k's responses above `seconds` in the windows (first, last]. */
static double share_above(const struct gathering *g, size_t k, size_t first, size_t last,
                          double seconds) {
    const struct pool_tally *p = &g->records[k]->pools[g->pool];
    double above = 0, n = 0;
    for (size_t i = first + 1; i <= last; i++)
        for (uint32_t b = 0; b < p->windows[i].size; b++) {
            double low = record_window_value(p->windows[i].bucket[b], 0) / 1e9;
            double high = record_window_value(p->windows[i].bucket[b], 1) / 1e9;
            double part = (high - seconds) / (high - low);
            n += p->windows[i].count[b];
            above += p->windows[i].count[b] * fmin(1, fmax(0, part));
        }
    return n > 0 ? above / n : NAN;
}

static void p99_band(struct gathering *g, size_t reps, size_t first, size_t last,
                     const uint64_t *sum, struct series_point *p) {
    size_t used = 0;
    for (size_t k = 0; k < reps; k++) {
        double share = share_above(g, k, first, last, p->p99);
        if (!isnan(share))
            g->values[used++] = share;
    }
    if (used < 2)
        return;
    struct figure f = stats_mean(g->values, used);
    double h = (f.high - f.low) / 2;
    p->p99_low = coarse_percentile(sum, fmax(0, 0.99 - h));
    p->p99_high = coarse_percentile(sum, fmin(1, 0.99 + h));
}

/* Steps a window spans: enough for WINDOW_JOBS jobs in one replication; 0: too few in all. */
static size_t window_steps(const struct gathering *g, size_t samples, level_fn *get) {
    double jobs = 0;
    for (size_t k = 0; k < g->count; k++)
        jobs += (double)(get(&g->records[k]->pools[g->pool].samples[samples - 1]) -
                         get(&g->records[k]->pools[g->pool].samples[0]));
    jobs /= (double)g->count;
    double steps = jobs > 0 ? ceil(WINDOW_JOBS / (jobs / (double)(samples - 1))) : (double)samples;
    return steps < (double)samples ? (size_t)steps : 0;
}

static void p99_series(struct gathering *g, struct series *s, struct series_point *points) {
    size_t reps = with_windows(g),
           steps = s->count > 1 ? window_steps(g, s->count, count_completions) : 0;
    if (reps == 0 || steps == 0)
        return;
    uint64_t *sum = mem_new(WINDOW_BUCKETS, sizeof *sum);
    s->p99_window[g->pool] = (double)steps * (s->t[1] - s->t[0]);
    for (size_t i = 1; i < s->count; i++) {
        for (size_t k = 0; k < reps; k++) {
            const struct pool_tally *p = &g->records[k]->pools[g->pool];
            window_add(sum, &p->windows[i], 1);
            if (i > steps)
                window_add(sum, &p->windows[i - steps], -1);
        }
        if (i < steps)
            continue;
        points[i].p99 = coarse_percentile(sum, 0.99);
        if (s->band && !isnan(points[i].p99))
            p99_band(g, reps, i - steps, i, sum, &points[i]);
    }
    free(sum);
}

/* Lost in the window before each t over arrived in it; the window holds as many arrivals as the
 * p99's does completions, but at most a tenth of the run. */
static void rejected_series(struct gathering *g, struct series *s, struct series_point *points) {
    size_t steps = s->count > 1 ? window_steps(g, s->count, count_arrivals) : 0;
    size_t most = s->count > 11 ? (s->count - 1) / 10 : 1;
    steps = steps == 0 || steps > most ? most : steps;
    double *arrived = mem_new(g->count, sizeof *arrived);
    for (size_t i = steps; i < s->count; i++) {
        for (size_t k = 0; k < g->count; k++) {
            const struct sample *samples = g->records[k]->pools[g->pool].samples;
            g->values[k] = (double)(samples[i].rejected - samples[i - steps].rejected);
            arrived[k] = (double)(samples[i].arrivals - samples[i - steps].arrivals);
        }
        struct figure share = stats_ratio(g->values, arrived, g->count);
        points[i].rejected_share = share.mean;
        points[i].rejected_share_low = isnan(share.low) ? NAN : fmax(0, share.low);
        points[i].rejected_share_high = isnan(share.high) ? NAN : fmin(1, share.high);
    }
    free(arrived);
}

void series_from_records(struct series *s, const struct record *const *records, size_t count) {
    const struct record *first = records[0];
    *s = (struct series){.count = first->sampled, .band = count > 1};
    s->t = mem_new(s->count, sizeof *s->t);
    s->points = mem_new(first->pool_count * s->count, sizeof *s->points);
    s->p99_window = mem_new(first->pool_count, sizeof *s->p99_window);
    struct gathering g = {
        .records = records, .count = count, .values = mem_new(count, sizeof(double))};
    for (size_t i = 0; i < s->count; i++)
        s->t[i] = nsec_seconds((nsec)i * first->sample_every);
    for (; g.pool < first->pool_count; g.pool++) {
        for (size_t i = 0; i < s->count; i++)
            point(&g, i, &s->points[g.pool * s->count + i]);
        p99_series(&g, s, &s->points[g.pool * s->count]);
        rejected_series(&g, s, &s->points[g.pool * s->count]);
    }
    free(g.values);
}

void series_free(struct series *s) {
    free(s->t);
    free(s->p99_window);
    free(s->points);
    *s = (struct series){0};
}

struct series_column {
    const char *name;
    size_t offset;
    bool band;
};

#define COLUMN(name, band)                                                                         \
    { #name, offsetof(struct series_point, name), band }

static const struct series_column series_columns[] = {
    COLUMN(workers, false),
    COLUMN(busy, false),
    COLUMN(queue, false),
    COLUMN(arrivals, false),
    COLUMN(completions, false),
    COLUMN(rejected, false),
    COLUMN(p99, false),
    COLUMN(rejected_share, false),
    COLUMN(busy_low, true),
    COLUMN(busy_high, true),
    COLUMN(queue_low, true),
    COLUMN(queue_high, true),
    COLUMN(p99_low, true),
    COLUMN(p99_high, true),
    COLUMN(rejected_share_low, true),
    COLUMN(rejected_share_high, true),
};

enum { SERIES_COLUMNS = sizeof series_columns / sizeof *series_columns };

void series_write(const struct series *s, const struct scenario *sc, FILE *to) {
    fputs("t", to);
    for (size_t p = 0; p < sc->pools.count; p++)
        for (int c = 0; c < SERIES_COLUMNS; c++)
            if (s->band || !series_columns[c].band)
                fprintf(to, ",%s.%s", sc->pools.items[p].name, series_columns[c].name);
    putc('\n', to);
    for (size_t i = 0; i < s->count; i++) {
        fprintf(to, "%.12g", s->t[i]);
        for (size_t p = 0; p < sc->pools.count; p++)
            for (int c = 0; c < SERIES_COLUMNS; c++) {
                if (!s->band && series_columns[c].band)
                    continue;
                const char *at =
                    (const char *)&s->points[p * s->count + i] + series_columns[c].offset;
                double value = *(const double *)(const void *)at;
                fprintf(to, isnan(value) ? "," : ",%.9g", value);
            }
        putc('\n', to);
    }
}
