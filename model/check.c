/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check: see check.h. A mean of a service or a gap below 50 ns is refused: draws are rounded to
 * whole nanoseconds, and there the rounding would show. */
#include "model/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/bounds.h"
#include "model/check_arrivals.h"
#include "model/check_resize.h"
#include "model/checking.h"
#include "model/csv.h"
#include "model/file.h"
#include "model/mem.h"
#include "model/profile.h"
#include "model/queue_closed.h"
#include "model/read.h"
#include "model/stats.h"

enum { SAMPLES_MOST = 10000, JOBS_MOST = 2000000000 };

char *check_beside(const struct checking *c, const char *path, const char *file) {
    const struct place at = node_at(c->root, path)->at;
    bool command_line = !at.file || place_on_command_line(at);
    return command_line ? mem_text(file) : file_beside(c->sc->file, file);
}

/* The sorted values of an empirical distribution; times are in seconds in the file. */
static void check_empirical(struct checking *c, struct dist *d, const char *path, double unit) {
    char *key = mem_format("%s.file", path), *file = check_beside(c, key, d->words.file);
    const struct csv_column wanted[CSV_COLUMNS] = {
        {.name = d->words.column,
         .high = unit > 1 ? (double)NSEC_LONGEST / unit : INFINITY,
         .above = CHECK_TOO_LONG}};
    struct csv csv;
    if (csv_read(&csv, file, wanted, node_at(c->root, key)->at, key, c->err)) {
        d->values = csv.column[0];
        d->count = csv.rows;
        csv.column[0] = NULL;
        stats_sort(d->values, d->count);
        for (size_t i = 0; i < d->count; i++)
            d->values[i] *= unit;
        csv_free(&csv);
    }
    free(key);
    free(file);
}

void check_dist(struct checking *c, struct dist *d, const char *path, double least) {
    if (d->kind < 0)
        return;
    size_t before = c->err->count;
    char *inner = mem_format("%s.%s", path, dist_name(d));
    for (size_t i = 0; i < d->parts.count; i++) {
        char *part = mem_format("%s.%zu", inner, i);
        check_dist(c, &d->parts.items[i], part, fmin(least, 0));
        free(part);
    }
    const char *complaint = dist_resolve(d);
    if (complaint)
        wrong(c, inner, complaint);
    else if (d->kind == DIST_EMPIRICAL)
        check_empirical(c, d, inner, least < 0 ? 1 : 1e9);
    if (c->err->count == before && dist_mean(d) < least)
        wrong(c, inner,
              "has a mean below 50 ns; times are whole nanoseconds, the rounding would show");
    free(inner);
}

static bool pools_named(const struct checking *c) {
    for (size_t i = 0; i < c->sc->pools.count; i++)
        if (!c->sc->pools.items[i].name)
            return false;
    return c->sc->pools.count > 0;
}

static void check_step(struct checking *c, struct class *class, const char *path) {
    struct step *step = &class->route.items[0];
    char *prefix = c->sc->whole ? mem_format("%sroute.0.", path) : mem_text("");
    char *service = mem_format("%sservice", prefix);
    char *name = mem_format("%spool", prefix);
    bool from_trace = class->arrivals.kind == ARRIVAL_TRACE && class->arrivals.trace.service;
    step->pool = 0;
    while (pools_named(c) && step->pool_name && step->pool < c->sc->pools.count &&
           strcmp(c->sc->pools.items[step->pool].name, step->pool_name))
        step->pool++;
    if (step->pool == c->sc->pools.count && pools_named(c)) {
        char *words = mem_text("");
        for (size_t i = 0; i < c->sc->pools.count; i++) {
            char *longer =
                mem_format("%s%s%s", words, *words ? " " : "", c->sc->pools.items[i].name);
            free(words);
            words = longer;
        }
        struct reading r = {.err = c->err};
        read_unknown(&r, node_at(c->root, name)->at, name, "pool", step->pool_name, words);
        free(words);
    }
    if (step->service.kind == DIST_NONE && !from_trace && !c->read_errors)
        wrong(c, service, "is missing; only a trace with a service column does without");
    else if (step->service.kind > DIST_NONE)
        check_dist(c, &step->service, service, SHORTEST_MEAN);
    free(prefix);
    free(service);
    free(name);
}

/* Element i of a list has the name of one before it. */
static void twice(struct checking *c, const char *list, size_t i, const char *text) {
    const struct node *item = node_get(c->root, list)->items[i];
    char *path = read_path(list, node_get(item, "name")->text);
    err_add(c->err, item->at, path, "%s", text);
    free(path);
}

static void check_timeout(struct checking *c, struct class *class, const char *path) {
    char *queue = mem_format("%stimeout.queue", path);
    if (class->timeout.queue.kind > DIST_NONE)
        check_dist(c, &class->timeout.queue, queue, SHORTEST_MEAN);
    free(queue);
}

static void check_class(struct checking *c, size_t i) {
    struct class *class = &c->sc->classes.items[i];
    if (!class->name || !class->route.count)
        return;
    char *path = c->sc->whole ? mem_format("classes.%s.", class->name) : mem_text("");
    for (size_t k = 0; k < i; k++)
        if (c->sc->classes.items[k].name && !strcmp(c->sc->classes.items[k].name, class->name))
            twice(c, "classes", i, "two classes have this name");
    if (class->route.count > 1) {
        char *route = mem_format("%sroute", path);
        wrong(c, route, "more than one step is not supported yet");
        free(route);
    }
    check_step(c, class, path);
    check_arrivals(c, class, path);
    check_timeout(c, class, path);
    free(path);
}

/* A key that has no meaning beside a thread per job. */
static void not_per_job(struct checking *c, const char *path, const char *key, const char *why) {
    char *inner = mem_format("%s.%s", path, key);
    if (node_get(node_at(c->root, path), key))
        wrong(c, inner, why);
    free(inner);
}

/* How many threads there are is written twice, or not at all. */
static void check_threads(struct checking *c, struct pool_spec *pool, const char *path) {
    if (pool->threads.kind == CHOICE_WRONG)
        return;
    if (pool->threads.kind == THREADS_POOLED) {
        if (pool->workers == COUNT_UNSET && !c->read_errors)
            wrong(c, path, "'workers' is missing: threads");
        return;
    }
    not_per_job(c, path, "workers",
                "must not be given beside `threads: per_job`; how many threads there are at most "
                "is its `limit`");
    not_per_job(c, path, "resize", "must not be given beside `threads: per_job`");
    if (scenario_endless(pool))
        not_per_job(c, path, "queue",
                    "has no meaning where every job gets a thread; give `threads: {per_job: "
                    "{limit: 64}}`");
    pool->workers = scenario_endless(pool) ? POOL_WORKERS_MOST : pool->threads.limit;
}

static void check_pool(struct checking *c, size_t i) {
    struct pool_spec *pool = &c->sc->pools.items[i];
    if (!pool->name)
        return;
    char *path = c->sc->whole ? mem_format("pools.%s", pool->name) : mem_text("pool");
    char *order = mem_format("%s.queue.order", path);
    for (size_t k = 0; k < i; k++)
        if (c->sc->pools.items[k].name && !strcmp(c->sc->pools.items[k].name, pool->name))
            twice(c, "pools", i, "two pools have this name");
    if (pool->queue.order > STATION_PRIORITY)
        wrong(c, order, "not supported yet; fifo, lifo and priority are");
    check_threads(c, pool, path);
    if (pool->resize.max > 0 && pool->threads.kind == THREADS_POOLED)
        check_resize(c, pool, path);
    free(order);
    free(path);
}

/* Where every pool has a thread for every job there is nothing to use. */
static void check_utilisation(struct checking *c) {
    const struct scenario *sc = c->sc;
    static const char why[] = "has no meaning where every job gets a thread (threads: per_job)";
    for (size_t i = 0; i < sc->pools.count; i++)
        if (!scenario_endless(&sc->pools.items[i]))
            return;
    for (size_t i = 0; sc->pools.count && i < sc->slo.count; i++)
        if (sc->slo.items[i].metric == SLO_UTILISATION)
            wrong(c, "slo.utilisation", why);
    if (sc->pools.count && sc->run.precision.within > 0 &&
        sc->run.precision.metric == SLO_UTILISATION)
        wrong(c, "run.precision.metric", why);
}

/* ---- priorities ------------------------------------------------------------------------------ */

static bool by_priority(const struct scenario *sc) {
    for (size_t i = 0; i < sc->pools.count; i++)
        if (sc->pools.items[i].queue.order == STATION_PRIORITY)
            return true;
    return false;
}

/* Where a priority stands, or would, among `count` ascending ones. */
static size_t rank_of(const int64_t *priorities, size_t count, int64_t priority) {
    size_t rank = 0;
    while (rank < count && priorities[rank] < priority)
        rank++;
    return rank;
}

/* The class's priority among those seen so far; false: there is no rank for one more. */
static bool add_priority(int64_t *priorities, size_t *count, int64_t priority) {
    size_t at = rank_of(priorities, *count, priority);
    if (at < *count && priorities[at] == priority)
        return true;
    if (*count == STATION_RANKS)
        return false;
    memmove(priorities + at + 1, priorities + at, (*count - at) * sizeof *priorities);
    priorities[at] = priority;
    ++*count;
    return true;
}

static void too_many(struct checking *c, const struct class *class) {
    char *path = mem_format("classes.%s.priority", class->name);
    wrong(c, path, "is the 65th priority; a pool can tell 64 apart");
    free(path);
}

/* The distinct priorities of all classes, from 0 up. Without a pool that orders by them they have
 * no meaning, and no limit. */
static void check_priorities(struct checking *c) {
    int64_t priorities[STATION_RANKS];
    size_t count = 0;
    for (size_t i = 0; by_priority(c->sc) && i < c->sc->classes.count; i++)
        if (!add_priority(priorities, &count, c->sc->classes.items[i].priority)) {
            too_many(c, &c->sc->classes.items[i]);
            return;
        }
    for (size_t i = 0; i < c->sc->classes.count; i++)
        c->sc->classes.items[i].rank =
            (uint8_t)rank_of(priorities, count, c->sc->classes.items[i].priority);
}

/* ---- the run --------------------------------------------------------------------------------- */

/* The measured time of the longest trace: one tick past its last arrival; NSEC_UNSET without a
 * trace. */
static nsec trace_length(const struct scenario *sc) {
    nsec longest = NSEC_UNSET;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct arrivals *a = &sc->classes.items[i].arrivals;
        if (a->kind == ARRIVAL_TRACE && a->trace.count &&
            a->trace.rows[a->trace.count - 1].at + 1 > longest)
            longest = a->trace.rows[a->trace.count - 1].at + 1;
    }
    return longest;
}

/* 1, 2 or 5 times a power of ten, the least that is not below x. */
static nsec round_step(nsec x) {
    nsec power = 1;
    while (power * 10 < x)
        power *= 10;
    return x <= power       ? power
           : x <= 2 * power ? 2 * power
           : x <= 5 * power ? 5 * power
                            : 10 * power;
}

/* Does a class tell a story that has an end? */
static bool has_story(const struct scenario *sc) {
    bool story = false;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct arrivals *a = &sc->classes.items[i].arrivals;
        story = story || a->kind == ARRIVAL_TRACE ||
                (a->kind == ARRIVAL_PROFILE && a->profile.repeat == NSEC_UNSET);
    }
    return story;
}

static void run_defaults(struct scenario *sc) {
    struct run_spec *run = &sc->run;
    nsec trace = trace_length(sc);
    if (run->kind == COUNT_UNSET)
        run->kind = has_story(sc) ? RUN_TERMINATING : RUN_STEADY;
    if (run->until == RUN_UNTIL_EMPTY)
        run->cooldown = NSEC_LONGEST;
    if (run->duration == NSEC_UNSET)
        run->duration = trace == NSEC_UNSET ? 10 * NSEC_PER_SEC : trace;
    if (run->warmup == NSEC_UNSET)
        run->warmup = scenario_default_warmup(run);
    if (run->sample_every == NSEC_UNSET)
        run->sample_every = round_step(run->duration / 100);
}

/* `auto` seeks where the level of a steady run no longer changes. */
static void check_auto(struct checking *c) {
    struct run_spec *run = &c->sc->run;
    bool by_clock = false;
    for (size_t i = 0; i < c->sc->classes.count; i++) {
        int64_t kind = c->sc->classes.items[i].arrivals.kind;
        by_clock = by_clock || kind == ARRIVAL_TRACE || kind == ARRIVAL_PROFILE;
    }
    run->warmup_origin = WARMUP_SOUGHT;
    if (run->kind == RUN_STEADY && by_clock)
        wrong(c, "run.warmup",
              "'auto' is for arrivals that go on as they began; a profile or a trace follows the "
              "clock: give a duration");
}

/* ... but where it never does. */
static void auto_or_default(struct scenario *sc) {
    for (size_t i = 0; i < sc->pools.count; i++)
        if (scenario_unstable(sc, i))
            sc->run.warmup_origin = WARMUP_INAPPLICABLE;
    if (sc->run.warmup_origin == WARMUP_INAPPLICABLE)
        sc->run.warmup = scenario_default_warmup(&sc->run);
}

static void check_precision(struct checking *c) {
    const struct run_spec *run = &c->sc->run;
    if (run->precision.within > 0 && !c->read_errors &&
        run->precision.max_replications < run->replications)
        wrong(c, "run.precision.max_replications",
              "is less than run.replications, which are run in any case");
}

static void check_until(struct checking *c) {
    if (c->sc->run.until != RUN_UNTIL_EMPTY || c->read_errors)
        return;
    if (c->sc->run.kind == RUN_STEADY)
        wrong(c, "run.until", "is for a run that has an end: it wants `kind: terminating`");
    if (node_get(node_get(c->root, "run"), "cooldown"))
        wrong(c, "run.cooldown", "must not be given beside `until: empty`, which has no limit");
}

/* Who finds no place in the pool thinks again at once. */
static bool may_refuse(const struct scenario *sc, const struct class *class) {
    const struct pool_spec *p = &sc->pools.items[class->route.items[0].pool];
    bool turns_away = p->queue.capacity >= 0 && (p->queue.when_full == STATION_REJECT ||
                                                 p->queue.when_full == STATION_DROP_OLDEST);
    return turns_away &&
           (sc->classes.count > 1 || class->arrivals.clients > p->workers + p->queue.capacity);
}

/* Jobs a second; of closed clients the most that there can be. */
static double most_jobs(const struct scenario *sc, const struct class *class) {
    const struct arrivals *a = &class->arrivals;
    const struct pool_spec *p = &sc->pools.items[class->route.items[0].pool];
    if (a->kind != ARRIVAL_CLOSED)
        return scenario_class_rate(class);
    double think = dist_mean(&a->think) / 1e9, service = dist_mean(&class->route.items[0].service);
    if (may_refuse(sc, class))
        return (double)a->clients / think;
    bool callers = p->queue.capacity >= 0 && p->queue.when_full == STATION_CALLER_RUNS;
    double bound = closed_bound((double)a->clients,
                                callers ? (double)a->clients : (double)scenario_most_workers(p),
                                think, service / 1e9);
    return fmin(bound, bounds_rate(sc, class));
}

static nsec longest_warmup(const struct run_spec *run) {
    return run->warmup == WARMUP_AUTO ? run->duration / 2 : run->warmup;
}

static void check_run(struct checking *c) {
    struct run_spec *run = &c->sc->run;
    run_defaults(c->sc);
    if (run->warmup == WARMUP_AUTO)
        check_auto(c);
    if (run->kind == RUN_TERMINATING && run->warmup != 0)
        wrong(c, "run.warmup", "a terminating run has none: it begins with the story it tells");
    if (run->duration / run->sample_every > SAMPLES_MOST)
        wrong(c, "run.sample_every", "gives more than 10,000 samples; take a longer step");
    check_until(c);
    check_precision(c);
    if (!c->err->count)
        check_arrivals_in_run(c);
    double jobs = 0;
    for (size_t i = 0; !c->err->count && i < c->sc->classes.count; i++) {
        double rate = most_jobs(c->sc, &c->sc->classes.items[i]);
        jobs += rate * nsec_seconds(run->duration + longest_warmup(run));
    }
    if (!c->err->count && jobs > JOBS_MOST)
        wrong(c, "run.duration",
              "means more than 2e9 jobs a replication; take more replications instead");
}

static bool class_random(const struct class *class) {
    const struct arrivals *a = &class->arrivals;
    bool arrivals = a->kind == ARRIVAL_POISSON || a->kind == ARRIVAL_MMPP ||
                    a->kind == ARRIVAL_PROFILE ||
                    (a->kind == ARRIVAL_RENEWAL && dist_random(&a->gap)) ||
                    (a->kind == ARRIVAL_BATCH && (!isnan(a->rate) || dist_random(&a->size))) ||
                    (a->kind == ARRIVAL_CLOSED && dist_random(&a->think));
    return arrivals || dist_random(&class->route.items[0].service) ||
           dist_random(&class->timeout.queue);
}

static void check_host(struct checking *c) {
    struct scenario *sc = c->sc;
    if (sc->ideal == 0 && sc->cores <= 0)
        wrong(c, "host.ideal", "only `true` is supported yet; or say how many `cores` it has");
    if (node_get(node_get(c->root, "host"), "ideal") && sc->ideal == 1 && sc->cores > 0)
        wrong(c, "host.cores", "must not be given beside `ideal: true`, a core a worker");
    if (!sc->profile.file)
        return;
    if (node_get(node_get(c->root, "host"), "ideal"))
        wrong(c, "host.ideal", "a host with a profile is not ideal");
    if (sc->cores > 0)
        wrong(c, "host.cores", "is not supported yet beside a profile");
    for (size_t i = 0; i < sc->classes.count; i++)
        if (sc->classes.items[i].route.count && sc->classes.items[i].route.items[0].serial > 0)
            wrong(c, "host.profile", "is not supported yet where jobs have a `serial` share");
    char *file = check_beside(c, "host.profile", sc->profile.file);
    sc->profile.read = mem_new(1, sizeof *sc->profile.read);
    profile_read(sc->profile.read, file, c->err);
    free(file);
}

void check_scenario(struct scenario *sc, const struct node *root, struct err *err) {
    struct checking c = {sc, root, err, err->count > 0};
    for (size_t i = 0; i < sc->pools.count; i++)
        check_pool(&c, i);
    for (size_t i = 0; i < sc->classes.count; i++)
        check_class(&c, i);
    if (!c.read_errors)
        check_priorities(&c);
    check_utilisation(&c);
    check_host(&c);
    check_run(&c);
    if (err->count)
        return;
    for (size_t i = 0; i < sc->classes.count; i++)
        sc->random = sc->random || sc->profile.read || class_random(&sc->classes.items[i]);
    if (!sc->random) {
        sc->run.replications = 1;
        sc->run.precision.within = 0;
    }
    if (sc->run.warmup == WARMUP_AUTO)
        auto_or_default(sc);
}
