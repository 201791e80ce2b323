/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics: see metrics.h. */
#include "model/metrics.h"

#include <math.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/stats.h"

static const double LEFT_FEW = 1e-3; /* of all: so many may be left out of a mean */

/* Room for the buckets in use alone: a full one takes longer to clear than to fill. */
void metrics_merge(struct hist *merged, const struct hist *const *each, size_t count) {
    nsec min = INT64_MAX, max = -1;
    for (size_t i = 0; i < count; i++)
        if (each[i]->n) {
            min = each[i]->min < min ? each[i]->min : min;
            max = each[i]->max > max ? each[i]->max : max;
        }
    *merged = (struct hist){.min = INT64_MAX};
    if (max < 0)
        return;
    merged->first = hist_bucket(min);
    merged->size = hist_bucket(max) - merged->first + 1;
    merged->count = mem_new(merged->size, sizeof *merged->count);
    for (size_t i = 0; i < count; i++)
        hist_merge(merged, each[i]);
}

/* The replications' histograms of one time, with how many jobs rank above all of them. */
struct sample_set {
    size_t count;
    const struct hist **each;
    uint64_t *above;
    struct hist pooled;
};

static void set_open(struct sample_set *set, size_t count) {
    *set = (struct sample_set){.count = count};
    set->each = mem_new(count, sizeof *set->each);
    set->above = mem_new(count, sizeof *set->above);
}

/* One after the other, to the last. */
static void set_put(struct sample_set *set, size_t i, const struct hist *h, uint64_t above) {
    set->each[i] = h;
    set->above[i] = above;
    if (i + 1 == set->count)
        metrics_merge(&set->pooled, set->each, set->count);
}

static void set_close(struct sample_set *set) {
    free(set->each);
    free(set->above);
    hist_close(&set->pooled);
}

static void scale(struct figure *f, double by, size_t count) {
    f->mean *= by;
    f->low *= by;
    f->high *= by;
    for (size_t i = 0; f->each && i < count; i++)
        f->each[i] *= by;
}

static uint64_t left_above(const struct sample_set *set) {
    uint64_t above = 0;
    for (size_t i = 0; i < set->count; i++)
        above += set->above[i];
    return above;
}

/* A handful of jobs that had not ended takes nothing from a mean; more of them are the long ones.
 */
static bool many_left(const struct sample_set *set) {
    double left = (double)left_above(set);
    return left > LEFT_FEW * (left + (double)set->pooled.n);
}

static struct figure unknown_mean(void) {
    struct figure f = FIGURE_NULL;
    f.reason = "some jobs had not ended";
    return f;
}

static struct figure set_mean(const struct sample_set *set) {
    if (many_left(set))
        return unknown_mean();
    double *sums = mem_new(set->count, sizeof *sums), *counts = mem_new(set->count, sizeof *counts);
    for (size_t i = 0; i < set->count; i++) {
        sums[i] = (double)set->each[i]->sum;
        counts[i] = (double)set->each[i]->n;
    }
    struct figure f = stats_ratio(sums, counts, set->count);
    f.each = stats_ratio_each(sums, counts, set->count, f.mean);
    free(sums);
    free(counts);
    return f;
}

/* Coefficient of variation of all values together; its interval from the replications' own. */
static struct figure set_cv(const struct sample_set *set) {
    if (many_left(set))
        return unknown_mean();
    double *each = mem_new(set->count, sizeof *each), mean = hist_mean(&set->pooled);
    size_t used = 0;
    for (size_t i = 0; i < set->count; i++)
        if (set->each[i]->n > 0 && set->each[i]->sum > 0)
            each[used++] = sqrt(hist_variance(set->each[i])) / hist_mean(set->each[i]);
    struct figure f = FIGURE_NULL;
    if (used > 0 && mean > 0) {
        struct figure spread = stats_mean(each, used);
        double h = (spread.high - spread.low) / 2;
        f.mean = sqrt(hist_variance(&set->pooled)) / mean;
        f.low = f.mean - h;
        f.high = f.mean + h;
        for (size_t i = 0; i < used; i++)
            each[i] += f.mean - spread.mean;
    }
    if (used == set->count && used > 1)
        f.each = each;
    else
        free(each);
    return f;
}

static struct times times_of(const struct sample_set *set) {
    struct times t;
    struct figure *all[RESULT_PERCENTILES] = {&t.p50, &t.p90, &t.p95, &t.p99, &t.p999};
    t.mean = set_mean(set);
    scale(&t.mean, 1e-9, set->count);
    t.cv = set_cv(set);
    for (int i = 0; i < RESULT_PERCENTILES; i++) {
        *all[i] = stats_percentile(&set->pooled, set->each, set->above, set->count, result_p[i]);
        all[i]->each = stats_percentile_each(&set->pooled, set->each, set->above, set->count,
                                             result_p[i], all[i]->mean);
        scale(all[i], 1e-9, set->count);
    }
    t.max = set->pooled.n && left_above(set) == 0 ? nsec_seconds(set->pooled.max) : NAN;
    return t;
}

/* A ratio of two numbers that `get` takes from each tally. */
struct pick {
    double above, below;
};
typedef struct pick pick_fn(const void *tally, double seconds);

static struct figure ratio(const void *const *tallies, size_t count, double seconds, pick_fn *get) {
    double *above = mem_new(count, sizeof *above), *below = mem_new(count, sizeof *below);
    for (size_t i = 0; i < count; i++) {
        struct pick p = get(tallies[i], seconds);
        above[i] = p.above;
        below[i] = p.below;
    }
    struct figure f = stats_ratio(above, below, count);
    f.each = stats_ratio_each(above, below, count, f.mean);
    free(above);
    free(below);
    return f;
}

static double lost(const struct tally *t) {
    return (double)(t->offered - t->fates[FATE_COMPLETED] - t->fates[FATE_IN_FLIGHT]);
}

static struct pick offered_rate(const void *t, double s) {
    return (struct pick){(double)((const struct tally *)t)->offered_inside, s};
}
static struct pick throughput(const void *t, double s) {
    return (struct pick){(double)((const struct tally *)t)->ended_inside, s};
}
static struct pick goodput(const void *t, double s) {
    return (struct pick){(double)((const struct tally *)t)->good_inside, s};
}
static struct pick rejected_share(const void *t, double s) {
    (void)s;
    return (struct pick){lost(t), (double)((const struct tally *)t)->offered};
}
static struct pick wait_probability(const void *t, double s) {
    (void)s;
    return (struct pick){(double)((const struct tally *)t)->waited,
                         (double)((const struct tally *)t)->started};
}
static struct pick stay(const void *t, double s) {
    (void)s;
    return (struct pick){(double)((const struct tally *)t)->stay / 1e9,
                         (double)((const struct tally *)t)->offered};
}
static struct pick in_system(const void *t, double s) {
    return (struct pick){(double)((const struct tally *)t)->in_system.area / 1e9, s};
}
static struct pick pool_workers(const void *t, double s) {
    return (struct pick){(double)((const struct pool_tally *)t)->workers.area / 1e9, s};
}
static struct pick pool_busy(const void *t, double s) {
    return (struct pick){(double)((const struct pool_tally *)t)->busy.area / 1e9, s};
}
static struct pick pool_utilisation(const void *t, double s) {
    const struct pool_tally *p = t;
    (void)s;
    return (struct pick){(double)p->busy.area, (double)p->workers.area};
}
static struct pick pool_queue(const void *t, double s) {
    return (struct pick){(double)((const struct pool_tally *)t)->queue.area / 1e9, s};
}
static struct pick pool_worker_seconds(const void *t, double s) {
    (void)s;
    const struct pool_tally *p = t;
    return (struct pick){(double)(p->workers.area + p->starting.area) / 1e9, 1};
}
static struct pick pool_warm_up(const void *t, double s) {
    const struct pool_tally *p = t;
    (void)s;
    return (struct pick){(double)p->starting.area, (double)(p->workers.area + p->starting.area)};
}
static struct pick pool_idle(const void *t, double s) {
    const struct pool_tally *p = t;
    (void)s;
    return (struct pick){(double)(p->workers.area - p->busy.area),
                         (double)(p->workers.area + p->starting.area)};
}
static struct pick pool_resizes(const void *t, double s) {
    return (struct pick){60 * (double)((const struct pool_tally *)t)->resizing.resizes, s};
}
static struct pick pool_reversals(const void *t, double s) {
    return (struct pick){60 * (double)((const struct pool_tally *)t)->resizing.reversals, s};
}
static struct pick pool_most(const void *t, double s) {
    (void)s;
    return (struct pick){(double)((const struct pool_tally *)t)->resizing.most, 1};
}
static struct pick pool_settling(const void *t, double s) {
    const struct resizing *z = &((const struct pool_tally *)t)->resizing;
    (void)s;
    return (struct pick){(double)z->settling / 1e9, (double)z->steps};
}
static struct pick pool_rejected(const void *t, double s) {
    const struct pool_tally *p = t;
    (void)s;
    return (struct pick){(double)p->lost, (double)p->offered};
}

/* How many jobs rank above all those measured, of a class's time. */
static uint64_t above(const struct tally *t, enum tally_time time) {
    uint64_t left = t->fates[FATE_IN_FLIGHT], ended_started = t->fates[FATE_COMPLETED];
    switch (time) {
    case TALLY_WAIT:
        return left - (t->started - ended_started);
    case TALLY_SERVICE:
    case TALLY_RESPONSE:
        return left;
    case TALLY_DOOR: /* they still stand there */
        return t->offered - t->admitted - t->turned_away - t->caller_ran;
    case TALLY_TIMES:
        break;
    }
    return 0;
}

static struct times tally_times(const struct tally *const *tallies, size_t count,
                                enum tally_time time) {
    struct sample_set set;
    set_open(&set, count);
    for (size_t i = 0; i < count; i++)
        set_put(&set, i, &tallies[i]->times[time], above(tallies[i], time));
    struct times t = times_of(&set);
    set_close(&set);
    return t;
}

static void little(struct metrics *m, const struct tally *const *tallies, size_t count) {
    struct littles_law *law = &m->little;
    law->in_system = m->in_system.mean;
    law->rate_times_response = m->offered_rate.mean * m->stay.mean;
    law->edge = law->rate_times_response - law->in_system;
    law->error = law->in_system > 0 ? -law->edge / law->in_system : NAN;
    law->identity_holds = true;
    for (size_t i = 0; i < count; i++)
        law->identity_holds =
            law->identity_holds && tallies[i]->books == tallies[i]->in_system.area;
}

/* Share of the offered jobs that were completed within each of the scenario's times. */
static void within_of(struct metrics *m, const struct tally *const *tallies, size_t count) {
    double *good = mem_new(count, sizeof *good), *offered = mem_new(count, sizeof *offered);
    for (size_t k = 0; k < SLO_WITHIN_MOST; k++) {
        for (size_t i = 0; i < count; i++) {
            good[i] = (double)tallies[i]->within[k];
            offered[i] = (double)tallies[i]->offered;
        }
        m->within[k] = stats_ratio(good, offered, count);
    }
    free(good);
    free(offered);
}

void metrics_of_jobs(struct metrics *m, const struct tally *const *tallies, size_t count,
                     double seconds) {
    const void *const *all = (const void *const *)tallies;
    *m = (struct metrics){0};
    for (size_t i = 0; i < count; i++) {
        m->offered += tallies[i]->offered;
        m->admitted += tallies[i]->admitted;
        m->blocked += tallies[i]->blocked;
        m->caller_ran += tallies[i]->caller_ran;
        for (int f = 0; f < FATES; f++)
            m->fates[f] += tallies[i]->fates[f];
    }
    m->offered_rate = ratio(all, count, seconds, offered_rate);
    m->throughput = ratio(all, count, seconds, throughput);
    m->goodput = ratio(all, count, seconds, goodput);
    m->rejected_share = ratio(all, count, seconds, rejected_share);
    m->wait_probability = ratio(all, count, seconds, wait_probability);
    m->door = tally_times(tallies, count, TALLY_DOOR);
    m->wait = tally_times(tallies, count, TALLY_WAIT);
    m->service = tally_times(tallies, count, TALLY_SERVICE);
    m->response = tally_times(tallies, count, TALLY_RESPONSE);
    m->stay = (double)m->fates[FATE_IN_FLIGHT] > LEFT_FEW * (double)m->offered
                  ? FIGURE_NULL
                  : ratio(all, count, seconds, stay);
    m->in_system = ratio(all, count, seconds, in_system);
    within_of(m, tallies, count);
    little(m, tallies, count);
}

static struct figure no_utilisation(void) {
    struct figure f = FIGURE_NULL;
    f.reason = "a thread for every job: there is nothing to use";
    return f;
}

static struct resizing_figures resizing_of(const void *const *all, size_t count, double seconds,
                                           const struct record *record, size_t pool) {
    if (!scenario_resizes(&record->scenario->pools.items[pool]))
        return (struct resizing_figures){FIGURE_NULL, FIGURE_NULL, FIGURE_NULL, FIGURE_NULL,
                                         FIGURE_NULL};
    return (struct resizing_figures){
        ratio(all, count, seconds, pool_resizes), ratio(all, count, seconds, pool_reversals),
        ratio(all, count, seconds, pool_most), ratio(all, count, seconds, pool_settling),
        ratio(all, count, seconds, pool_idle)};
}

void metrics_of_pool(struct pool_metrics *m, const struct record *const *records, size_t count,
                     size_t pool, double seconds) {
    const void **all = mem_new(count, sizeof *all);
    struct sample_set wait, service;
    set_open(&wait, count);
    set_open(&service, count);
    for (size_t i = 0; i < count; i++) {
        const struct pool_tally *p = &records[i]->pools[pool];
        all[i] = p;
        set_put(&wait, i, &p->times[POOL_WAIT], p->unstarted);
        set_put(&service, i, &p->times[POOL_SERVICE],
                p->unstarted + p->times[POOL_WAIT].n - p->times[POOL_SERVICE].n);
    }
    bool endless = records[0]->pools[pool].endless;
    *m = (struct pool_metrics){
        .workers = ratio(all, count, seconds, pool_workers),
        .busy = ratio(all, count, seconds, pool_busy),
        .utilisation = endless ? no_utilisation() : ratio(all, count, seconds, pool_utilisation),
        .queue_length = ratio(all, count, seconds, pool_queue),
        .worker_seconds = ratio(all, count, seconds, pool_worker_seconds),
        .warm_up_share = ratio(all, count, seconds, pool_warm_up),
        .rejected_share = ratio(all, count, seconds, pool_rejected),
        .resizing = resizing_of(all, count, seconds, records[0], pool),
        .wait = times_of(&wait),
        .service = times_of(&service)};
    for (size_t i = 0; i < count; i++) {
        m->resizes += records[i]->pools[pool].resizing.resizes;
        m->reversals += records[i]->pools[pool].resizing.reversals;
    }
    set_close(&wait);
    set_close(&service);
    free(all);
}
