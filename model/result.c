/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result: from records to figures, and figures to JSON; see result.h. What each figure means, over
 * which jobs, and when it is null: scenarios/README.md, "What the figures mean". */
#include "model/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/judge.h"
#include "model/little.h"
#include "model/mem.h"
#include "model/series.h"
#include "model/text.h"

static const double LEFT_FEW = 1e-3; /* of all: so many may be left out of a mean */

const double result_p[RESULT_PERCENTILES] = {0.5, 0.9, 0.95, 0.99, 0.999};

const struct figure *times_percentile(const struct times *t, int index) {
    const struct figure *all[RESULT_PERCENTILES] = {&t->p50, &t->p90, &t->p95, &t->p99, &t->p999};
    return all[index];
}

/* A full histogram, or the end: without memory for one there is no result. */
static void must_open(struct hist *h) {
    if (!hist_open(h))
        h->count = mem_new(HIST_BUCKETS, sizeof *h->count);
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
    must_open(&set->pooled);
}

static void set_put(struct sample_set *set, size_t i, const struct hist *h, uint64_t above) {
    set->each[i] = h;
    set->above[i] = above;
    hist_merge(&set->pooled, h);
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
    return (struct pick){(double)((const struct pool_tally *)t)->workers.area / 1e9, 1};
}
/* A pool of fixed size has no worker that warms up. */
static struct pick pool_warm_up(const void *t, double s) {
    (void)t;
    return (struct pick){0, s};
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

static void metrics_of(struct metrics *m, const struct tally *const *tallies, size_t count,
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

/* A mean of what has no variance: the value stands, an interval would promise too much. (What is
 * always 0 has one all the same.) */
static void without_interval(struct figure *f, bool wanted) {
    if (!wanted || !(f->mean > 0))
        return;
    f->low = f->high = NAN;
    f->reason = "no interval: the variance is infinite";
}

static void metrics_without(struct metrics *m, bool service, bool wait) {
    without_interval(&m->service.mean, service);
    without_interval(&m->service.cv, service);
    struct figure *waits[] = {&m->door.mean, &m->door.cv, &m->wait.mean, &m->wait.cv};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        without_interval(waits[i], wait);
    struct figure *stays[] = {&m->response.mean, &m->response.cv, &m->stay, &m->in_system};
    for (size_t i = 0; i < sizeof stays / sizeof *stays; i++)
        without_interval(stays[i], service || wait);
}

/* Takes the intervals from the means whose variance is infinite. */
static void judge_spread(struct result *r) {
    const struct scenario *sc = r->scenario;
    bool any_service = false, any_wait = false;
    for (size_t i = 0; i < sc->classes.count; i++) {
        size_t pool = sc->classes.items[i].route.items[0].pool;
        bool service = !scenario_service_spread(&sc->classes.items[i]);
        bool wait = !scenario_wait_spread(sc, pool);
        metrics_without(&r->classes[i], service, wait);
        without_interval(&r->pools[pool].service.mean, service);
        without_interval(&r->pools[pool].service.cv, service);
        without_interval(&r->pools[pool].wait.mean, wait);
        without_interval(&r->pools[pool].wait.cv, wait);
        without_interval(&r->pools[pool].queue_length, wait);
        any_service = any_service || service;
        any_wait = any_wait || wait;
    }
    metrics_without(&r->total, any_service, any_wait);
}

static void pool_metrics_of(struct pool_metrics *m, const struct record *const *records,
                            size_t count, size_t pool, double seconds) {
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
    *m = (struct pool_metrics){.workers = ratio(all, count, seconds, pool_workers),
                               .busy = ratio(all, count, seconds, pool_busy),
                               .utilisation = ratio(all, count, seconds, pool_utilisation),
                               .queue_length = ratio(all, count, seconds, pool_queue),
                               .worker_seconds = ratio(all, count, seconds, pool_worker_seconds),
                               .warm_up_share = ratio(all, count, seconds, pool_warm_up),
                               .rejected_share = ratio(all, count, seconds, pool_rejected),
                               .wait = times_of(&wait),
                               .service = times_of(&service)};
    set_close(&wait);
    set_close(&service);
    free(all);
}

static void tally_add(struct tally *into, const struct tally *from) {
    into->offered += from->offered;
    for (int f = 0; f < FATES; f++)
        into->fates[f] += from->fates[f];
    into->admitted += from->admitted;
    into->blocked += from->blocked;
    into->caller_ran += from->caller_ran;
    into->started += from->started;
    into->waited += from->waited;
    into->turned_away += from->turned_away;
    for (int i = 0; i < SLO_WITHIN_MOST; i++)
        into->within[i] += from->within[i];
    into->good_inside += from->good_inside;
    into->offered_inside += from->offered_inside;
    into->ended_inside += from->ended_inside;
    into->stay += from->stay;
    into->books += from->books;
    into->in_system.area += from->in_system.area;
    for (int t = 0; t < TALLY_TIMES; t++)
        hist_merge(&into->times[t], &from->times[t]);
}

/* All classes of one replication together; the caller closes its histograms. */
static struct tally *tally_total(const struct record *record) {
    struct tally *total = mem_new(1, sizeof *total);
    for (int t = 0; t < TALLY_TIMES; t++)
        must_open(&total->times[t]);
    for (size_t c = 0; c < record->class_count; c++)
        tally_add(total, &record->classes[c]);
    for (int t = 0; t < TALLY_TIMES; t++)
        hist_trim(&total->times[t]);
    return total;
}

static void tallies_free(struct tally **tallies, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (int t = 0; t < TALLY_TIMES; t++)
            hist_close(&tallies[i]->times[t]);
        free(tallies[i]);
    }
    free(tallies);
}

static void measure_responses(struct result *r, struct tally *const *tallies, size_t count) {
    const struct hist **each = mem_new(count, sizeof *each);
    for (size_t i = 0; i < count; i++)
        each[i] = &tallies[i]->times[TALLY_RESPONSE];
    responses_of(&r->responses, &r->response, each, count);
    for (size_t i = 0; i < count; i++) {
        r->responses.offered[i] = (double)tallies[i]->offered;
        r->responses.left[i] = (double)tallies[i]->fates[FATE_IN_FLIGHT];
    }
    free(each);
}

static void measure_jobs(struct result *r, const struct record *const *records, size_t count) {
    struct tally **tallies = mem_new(count, sizeof *tallies);
    for (size_t i = 0; i < count; i++)
        tallies[i] = tally_total(records[i]);
    metrics_of(&r->total, (const struct tally *const *)tallies, count, r->duration);
    must_open(&r->response);
    must_open(&r->wait);
    for (size_t i = 0; i < count; i++) {
        hist_merge(&r->response, &tallies[i]->times[TALLY_RESPONSE]);
        hist_merge(&r->wait, &tallies[i]->times[TALLY_WAIT]);
    }
    hist_trim(&r->response);
    hist_trim(&r->wait);
    measure_responses(r, tallies, count);
    tallies_free(tallies, count);
    const struct tally **of_class = mem_new(count, sizeof *of_class);
    for (size_t c = 0; c < r->scenario->classes.count; c++) {
        for (size_t i = 0; i < count; i++)
            of_class[i] = &records[i]->classes[c];
        metrics_of(&r->classes[c], of_class, count, r->duration);
    }
    free(of_class);
}

static void name_parts(struct result *r) {
    const struct scenario *sc = r->scenario;
    r->class_names.count = sc->classes.count;
    r->class_names.items = mem_new(sc->classes.count, sizeof(char *));
    for (size_t i = 0; i < sc->classes.count; i++)
        r->class_names.items[i] = mem_text(sc->classes.items[i].name);
    r->pool_names.count = sc->pools.count;
    r->pool_names.items = mem_new(sc->pools.count, sizeof(char *));
    for (size_t i = 0; i < sc->pools.count; i++)
        r->pool_names.items[i] = mem_text(sc->pools.items[i].name);
}

void result_from_records(struct result *r, const struct scenario *sc, const char *engine,
                         const struct record *const *records, size_t count) {
    *r = (struct result){.scenario = sc,
                         .name = mem_text(sc->name),
                         .about = mem_text(sc->about),
                         .engine = engine,
                         .version = mem_text(HEADROOM_VERSION),
                         .seed = (uint64_t)sc->seed,
                         .warmup = nsec_seconds(sc->run.warmup),
                         .replications = count,
                         .trusted = true,
                         .headroom = HEADROOM_NULL};
    name_parts(r);
    r->duration = nsec_seconds(records[0]->horizon);
    r->classes = mem_new(sc->classes.count, sizeof *r->classes);
    r->pools = mem_new(sc->pools.count, sizeof *r->pools);
    bool unstable = false;
    for (size_t i = 0; i < count; i++) {
        r->interrupted = r->interrupted || records[i]->interrupted;
        r->last_end = fmax(r->last_end, nsec_seconds(records[i]->finished - records[i]->horizon));
    }
    measure_jobs(r, records, count);
    for (size_t i = 0; i < sc->pools.count; i++) {
        pool_metrics_of(&r->pools[i], records, count, i, r->duration);
        unstable = unstable || scenario_unstable(sc, i);
    }
    judge_spread(r);
    r->regime = mem_text(unstable                     ? "unstable"
                         : sc->run.kind == RUN_STEADY ? "steady"
                                                      : "terminating");
    r->host = mem_text("{\"ideal\": true}");
    series_from_records(&r->series, records, count);
    little_from_records(&r->little, records, count);
    judge_thresholds(r);
    judge_advise(r);
}

static void free_each(struct figure *f, const char *name, void *unused) {
    (void)name;
    (void)unused;
    free(f->each);
}

static void free_texts(char **texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void result_free(struct result *r) {
    result_figures(r, free_each, NULL);
    for (size_t i = 0; i < r->slo_count; i++)
        free(r->slo[i].metric);
    free(r->slo);
    free_texts(r->reasons, r->reason_count);
    free_texts(r->advice, r->advice_count);
    free_texts(r->kept.items, r->kept.count);
    free_texts(r->class_names.items, r->class_names.count);
    free_texts(r->pool_names.items, r->pool_names.count);
    free(r->name);
    free(r->about);
    free(r->version);
    free(r->classes);
    free(r->pools);
    free(r->regime);
    free(r->host);
    responses_free(&r->responses);
    hist_close(&r->response);
    hist_close(&r->wait);
    free(r->series.t);
    free(r->series.p99_window);
    free(r->series.points);
    free(r->headroom.probes);
    free(r->little.points);
    *r = (struct result){0};
}
