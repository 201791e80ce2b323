/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check_arrivals: see check_arrivals.h. */
#include "model/check_arrivals.h"

#include <math.h>
#include <stdlib.h>

#include "model/csv.h"
#include "model/format.h"
#include "model/mem.h"
#include "model/read.h"
#include "model/stats.h"
#include "model/stretch.h"

#define STRETCHES_MOST 2e9

/* An error at `path` and the key below it. */
static void wrong_below(struct checking *c, const char *path, const char *key, const char *text) {
    char *full = read_path(path, key);
    wrong(c, full, text);
    free(full);
}

/* ---- traces ---------------------------------------------------------------------------------- */

/* The service law of a trace that brings its own: what theory and the manual's sizes are made of.
 */
static void trace_service(const struct arrivals *a, struct dist *service) {
    service->kind = DIST_TRACE;
    service->count = a->trace.count;
    service->values = mem_new(a->trace.count, sizeof *service->values);
    for (size_t i = 0; i < a->trace.count; i++)
        service->values[i] = (double)a->trace.rows[i].demand;
    stats_sort(service->values, service->count);
}

/* `key` is the path of the file's name. */
static void read_trace(struct checking *c, struct class *class, const char *key) {
    static const double units[] = {1e9, 1e6, 1e3, 1};
    struct arrivals *a = &class->arrivals;
    double demand = units[a->trace.unit] / a->trace.time_scale, at = demand / a->trace.rate;
    const struct csv_column columns[CSV_COLUMNS] = {
        {a->trace.time, CHECK_TOO_LONG, 0, (double)NSEC_LONGEST / at, true},
        {a->trace.service, CHECK_TOO_LONG, 0, (double)NSEC_LONGEST / demand, false}};
    char *file = check_beside(c, key, a->trace.file);
    struct csv csv;
    if (csv_read(&csv, file, columns, node_at(c->root, key)->at, key, c->err)) {
        a->trace.rows = mem_new(csv.rows, sizeof *a->trace.rows);
        a->trace.count = csv.rows;
        for (size_t i = 0; i < csv.rows; i++) {
            a->trace.rows[i].at = (nsec)(csv.column[0][i] * at + 0.5);
            if (csv.column[1])
                a->trace.rows[i].demand = (nsec)(csv.column[1][i] * demand + 0.5);
        }
        csv_free(&csv);
        if (a->trace.service)
            trace_service(a, &class->route.items[0].service);
    }
    free(file);
}

static void check_trace(struct checking *c, struct class *class, const char *class_path,
                        const char *path) {
    char *key = read_path(path, "file");
    if (class->arrivals.trace.service && class->route.items[0].service.kind != DIST_NONE) {
        char *service = mem_format(c->sc->whole ? "%sroute.0.service" : "%sservice", class_path);
        wrong(c, service, "must not be given: arrivals.trace.service brings the service times");
        free(service);
    } else
        read_trace(c, class, key);
    free(key);
}

/* ---- rates that move ------------------------------------------------------------------------- */

static void check_mmpp(struct checking *c, struct arrivals *a, const char *path) {
    size_t phases = a->mmpp.rates.count;
    double jobs = 0, time = 0;
    if (phases == 0)
        wrong_below(c, path, "rates", "wants at least one phase");
    else if (a->mmpp.dwell.count != phases) {
        char *text = mem_format("wants a length for each of the %zu rates; %zu are given", phases,
                                a->mmpp.dwell.count);
        wrong_below(c, path, "dwell", text);
        free(text);
        return;
    }
    for (size_t i = 0; i < phases; i++) {
        jobs += a->mmpp.rates.items[i] * (double)a->mmpp.dwell.items[i];
        time += (double)a->mmpp.dwell.items[i];
    }
    a->rate = jobs / time;
    if (phases && !(jobs > 0))
        wrong_below(c, path, "rates", "at least one rate must be above 0");
}

/* Point i against the one before it. Straight lines may jump: two points at one instant. */
static const char *point_wrong(const struct arrivals *a, size_t i) {
    const struct profile_point *p = &a->profile.points.items[i];
    if (i == 0)
        return p->at > 0 ? "the first point must be at 0s" : NULL;
    if (p->at < p[-1].at)
        return "comes before the point above it; instants must ascend";
    bool twice = p->at == p[-1].at && a->profile.shape == PROFILE_STEP;
    return twice ? "is at the instant of the point above it; a step has one rate" : NULL;
}

static void check_profile(struct checking *c, const struct arrivals *a, const char *path) {
    size_t before = c->err->count, count = a->profile.points.count;
    if (count == 0)
        return; /* the reader has said so */
    nsec last = a->profile.points.items[count - 1].at;
    double highest = 0;
    for (size_t i = 0; i < count; i++) {
        const char *text = point_wrong(a, i);
        char *key = mem_format("points.%zu", i);
        if (text)
            wrong_below(c, path, key, text);
        free(key);
        highest = fmax(highest, a->profile.points.items[i].rate);
    }
    bool repeats = a->profile.repeat != NSEC_UNSET;
    if (repeats && a->profile.repeat < last)
        wrong_below(c, path, "repeat", "is shorter than the points reach");
    else if (!(highest > 0))
        wrong_below(c, path, "points", "at least one rate must be above 0");
    else if (c->err->count == before && repeats && !(stretch_profile_mean(a, 0) > 0))
        wrong_below(c, path, "points",
                    "bring no job in a whole period: the rate is above 0 only at its end");
}

/* ---- the others ------------------------------------------------------------------------------ */

/* Refused clients who do not think try again in the same instant, for ever. */
static bool endless_retry(const struct checking *c, const struct class *class) {
    const struct pool_spec *pool = &c->sc->pools.items[class->route.items[0].pool];
    if (class->route.items[0].pool >= c->sc->pools.count || pool->queue.capacity < 0 ||
        pool->queue.when_full == STATION_BLOCK || pool->queue.when_full == STATION_CALLER_RUNS)
        return false;
    bool alone = c->sc->classes.count == 1;
    return !alone || class->arrivals.clients > pool->workers + pool->queue.capacity;
}

static void check_closed(struct checking *c, struct class *class, const char *path) {
    struct dist *think = &class->arrivals.think;
    char *key = read_path(path, "think");
    size_t before = c->err->count;
    check_dist(c, think, key, 0);
    if (c->err->count == before && think->kind > DIST_NONE) {
        double mean = dist_mean(think);
        if (mean > 0 && mean < SHORTEST_MEAN)
            wrong(c, key,
                  "has a mean below 50 ns; times are whole nanoseconds, the rounding would "
                  "show");
        else if (!(mean > 0) && !c->read_errors && endless_retry(c, class))
            wrong(c, key,
                  "must take time where the pool may refuse: who is refused and does not "
                  "think would come again in the same instant, for ever");
    }
    free(key);
}

static void check_batch(struct checking *c, struct arrivals *a, const char *path) {
    char *size = read_path(path, "size");
    check_dist(c, &a->size, size, -1);
    free(size);
    if (isnan(a->rate) == (a->every == NSEC_UNSET))
        wrong(c, path, "takes either `rate` (of batches, Poisson) or `every`");
    else if (!isnan(a->rate) && a->phase > 0)
        wrong_below(c, path, "phase",
                    "moves the batches of `every`; those of `rate` have no clock");
}

static const char *kind_name(enum arrival_kind kind) {
    for (size_t i = 0; i < format_key_count; i++)
        if (format_keys[i].in == IN_ARRIVALS && format_keys[i].kind == (int)kind)
            return format_keys[i].name;
    return "";
}

void check_arrivals(struct checking *c, struct class *class, const char *class_path) {
    struct arrivals *a = &class->arrivals;
    char *path = mem_format("%sarrivals.%s", class_path, kind_name((enum arrival_kind)a->kind));
    if (a->kind == ARRIVAL_RENEWAL) {
        char *gap = read_path(path, "gap");
        check_dist(c, &a->gap, gap, SHORTEST_MEAN);
        free(gap);
    } else if (a->kind == ARRIVAL_CLOSED)
        check_closed(c, class, path);
    else if (a->kind == ARRIVAL_BATCH)
        check_batch(c, a, path);
    else if (a->kind == ARRIVAL_MMPP)
        check_mmpp(c, a, path);
    else if (a->kind == ARRIVAL_PROFILE)
        check_profile(c, a, path);
    else if (a->kind == ARRIVAL_TRACE)
        check_trace(c, class, class_path, path);
    free(path);
}

void check_arrivals_in_run(struct checking *c) {
    struct scenario *sc = c->sc;
    double seconds = nsec_seconds(scenario_arrivals_end(sc) + sc->run.warmup);
    for (size_t i = 0; i < sc->classes.count; i++) {
        struct class *class = &sc->classes.items[i];
        if (class->arrivals.kind == ARRIVAL_PROFILE)
            class->arrivals.rate = stretch_profile_mean(&class->arrivals, sc->run.duration);
        if (stretch_count(&class->arrivals, seconds) > STRETCHES_MOST) {
            char *path = mem_format(sc->whole ? "classes.%s.arrivals" : "arrivals", class->name);
            wrong(c, path,
                  "changes its rate more than 2e9 times in a run; take longer phases, or a "
                  "shorter run");
            free(path);
        }
    }
}
