/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result: from records to a result, and its end; see result.h. The figures are made in
 * model/metrics. */
#include "model/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/judge.h"
#include "model/little.h"
#include "model/mem.h"
#include "model/metrics.h"
#include "model/profile.h"
#include "model/series.h"

const double result_p[RESULT_PERCENTILES] = {0.5, 0.9, 0.95, 0.99, 0.999};

const struct figure *times_percentile(const struct times *t, int index) {
    const struct figure *all[RESULT_PERCENTILES] = {&t->p50, &t->p90, &t->p95, &t->p99, &t->p999};
    return all[index];
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
}

/* All classes of one replication together; the caller closes its histograms. */
static struct tally *tally_total(const struct record *record) {
    struct tally *total = mem_new(1, sizeof *total);
    const struct hist **each = mem_new(record->class_count, sizeof *each);
    for (size_t c = 0; c < record->class_count; c++)
        tally_add(total, &record->classes[c]);
    for (int t = 0; t < TALLY_TIMES; t++) {
        for (size_t c = 0; c < record->class_count; c++)
            each[c] = &record->classes[c].times[t];
        metrics_merge(&total->times[t], each, record->class_count);
    }
    free(each);
    return total;
}

static void tally_free(struct tally *total) {
    for (int t = 0; t < TALLY_TIMES; t++)
        hist_close(&total->times[t]);
    free(total);
}

static void measure_responses(struct result *r, const struct tally *const *tallies, size_t count) {
    const struct hist **each = mem_new(count, sizeof *each);
    for (size_t i = 0; i < count; i++)
        each[i] = &tallies[i]->times[TALLY_WAIT];
    metrics_merge(&r->wait, each, count);
    for (size_t i = 0; i < count; i++)
        each[i] = &tallies[i]->times[TALLY_RESPONSE];
    metrics_merge(&r->response, each, count);
    responses_of(&r->responses, &r->response, each, count);
    for (size_t i = 0; i < count; i++) {
        r->responses.offered[i] = (double)tallies[i]->offered;
        r->responses.left[i] = (double)tallies[i]->fates[FATE_IN_FLIGHT];
    }
    free(each);
}

/* All classes together; an only class is that already. */
static void measure_total(struct result *r, const struct record *const *records, size_t count) {
    const struct tally **tallies = mem_new(count, sizeof *tallies);
    struct tally **made = mem_new(count, sizeof *made);
    bool only = r->scenario->classes.count == 1;
    for (size_t i = 0; i < count; i++)
        tallies[i] = only ? records[i]->classes : (made[i] = tally_total(records[i]));
    metrics_of_jobs(&r->total, tallies, count, r->duration);
    measure_responses(r, tallies, count);
    for (size_t i = 0; i < count && !only; i++)
        tally_free(made[i]);
    free(made);
    free(tallies);
}

static void measure_classes(struct result *r, const struct record *const *records, size_t count) {
    const struct tally **of_class = mem_new(count, sizeof *of_class);
    for (size_t c = 0; c < r->scenario->classes.count; c++) {
        for (size_t i = 0; i < count; i++)
            of_class[i] = &records[i]->classes[c];
        metrics_of_jobs(&r->classes[c], of_class, count, r->duration);
    }
    free(of_class);
}

static void copy_each(struct figure *f, const char *name, void *count) {
    const double *from = f->each;
    size_t size = *(const size_t *)count * sizeof *from;
    if (from && !strncmp(name, "classes.", 8))
        f->each = memcpy(mem_new(size, 1), from, size);
}

/* An only class has the figures of all jobs. */
static void measure_jobs(struct result *r, const struct record *const *records, size_t count) {
    measure_total(r, records, count);
    if (r->scenario->classes.count != 1) {
        measure_classes(r, records, count);
        return;
    }
    r->classes[0] = r->total;
    result_figures(r, copy_each, &count);
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

/* The simulated host; of a profile what tells it from another one. */
static char *host_json(const struct profile *p) {
    return p ? mem_format("{\"ideal\": false, \"profile\": \"%016llx\", \"cores\": %lld, "
                          "\"trusted\": %s}",
                          (unsigned long long)p->identity, (long long)p->cores,
                          p->trusted ? "true" : "false")
             : mem_text("{\"ideal\": true}");
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
                         .warmup_auto = sc->run.warmup_origin == WARMUP_FOUND ||
                                        sc->run.warmup_origin == WARMUP_AT_EDGE,
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
        metrics_of_pool(&r->pools[i], records, count, i, r->duration);
        unstable = unstable || scenario_unstable(sc, i);
    }
    judge_spread(r);
    r->regime = mem_text(unstable                     ? "unstable"
                         : sc->run.kind == RUN_STEADY ? "steady"
                                                      : "terminating");
    r->host = sc->cores > 0 ? mem_format("{\"cores\": %lld}", (long long)sc->cores)
                            : host_json(sc->profile.read);
    series_from_records(&r->series, records, count);
    little_from_records(&r->little, records, count);
    if (records[0]->resizes) {
        resize_log_copy(&r->resizes, records[0]->resizes);
        if (scenario_any_resizes(sc))
            series_from_records(&r->first, records, 1);
    }
    judge_warmup(r);
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
    series_free(&r->series);
    series_free(&r->first);
    free(r->headroom.probes);
    free(r->headroom.binding);
    free(r->little.points);
    resize_log_close(&r->resizes);
    *r = (struct result){0};
}
