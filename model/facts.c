/* SPDX-License-Identifier: GPL-3.0-or-later */
/* facts: see facts.h. */
#include "model/facts.h"

#include <math.h>
#include <stdlib.h>

#include "model/bounds.h"
#include "model/erlang.h"
#include "model/mem.h"

static const double LOSS_SEEN = 1e-6; /* below it a bounded queue is as good as unbounded, */
static const double LOSS_SEEN_EXACTLY = 1e-9; /* and below this where the answer is exact */
static const double STATES_MOST = 1e6; /* of a bounded queue that is computed state by state */

static bool poisson(const struct arrivals *a) {
    return a->kind == ARRIVAL_POISSON ||
           (a->kind == ARRIVAL_RENEWAL && dist_is(&a->gap, DIST_EXPONENTIAL));
}

static const char *unknown_arrivals(const struct arrivals *a) {
    if (a->kind == ARRIVAL_TRACE)
        return "arrivals are a recorded trace: no law is known of them";
    if (a->kind == ARRIVAL_BATCH)
        return "arrivals come in batches; the formulas assume one by one";
    bool known = poisson(a) || a->kind == ARRIVAL_CONSTANT || a->kind == ARRIVAL_RENEWAL ||
                 a->kind == ARRIVAL_CLOSED;
    return known ? NULL : "the arrival rate changes: the formulas assume one that does not";
}

/* The wait that jobs have patience for. */
static void set_patience(struct facts *f, const struct timeout *timeout) {
    f->gives_up = f->gives_up || timeout->total > 0 || timeout->queue.kind != DIST_NONE;
    if (timeout->total > 0)
        f->patience = (struct dist){.kind = DIST_CONSTANT, .a = (double)timeout->total};
    else if (timeout->queue.kind != DIST_NONE)
        f->patience = timeout->queue; /* its memory is the scenario's */
}

static void note_class(struct facts *f, const struct class *class, double rate) {
    f->classes = mem_resize(f->classes, f->class_count + 1, sizeof *f->classes);
    f->classes[f->class_count++] = (struct facts_class){
        class->name, class->rank, rate, dist_mean(&class->route.items[0].service) / 1e9};
}

/* Do some go before others? */
static bool ranks_differ(const struct facts *f) {
    for (size_t i = 1; i < f->class_count; i++)
        if (f->classes[i].rank != f->classes[0].rank)
            return true;
    return false;
}

/* One class more on the pool. */
static void add_class(struct facts *f, const struct class *class, size_t before) {
    const struct arrivals *a = &class->arrivals;
    const char *unknown = unknown_arrivals(a);
    double rate = a->kind == ARRIVAL_CLOSED ? (double)a->clients : scenario_class_rate(class);
    f->closed = f->closed || a->kind == ARRIVAL_CLOSED;
    f->poisson = poisson(a) && (before == 0 || f->poisson);
    f->constant_gaps = a->kind == ARRIVAL_CONSTANT && before == 0;
    if (!unknown && before > 0 && !f->poisson)
        unknown = "several classes, not all Poisson: no law is known of their sum";
    if (!unknown && before > 0 && (f->gives_up || scenario_loses(class)))
        unknown = "several classes, and some jobs give up waiting (timeout)";
    set_patience(f, &class->timeout);
    if (!unknown && f->gives_up && class->timeout.total > 0 &&
        class->timeout.queue.kind != DIST_NONE)
        unknown = "jobs give up for two reasons (queue and total)";
    f->unknown = f->unknown ? f->unknown : unknown;
    f->rate += rate;
    note_class(f, class, rate);
    law_add(&f->service, rate, &class->route.items[0].service);
    if (a->kind == ARRIVAL_RENEWAL)
        law_add(&f->gap, 1, &a->gap);
    f->gap_scv = f->poisson ? 1 : a->kind == ARRIVAL_RENEWAL ? dist_scv(&a->gap) : 0;
    if (a->kind == ARRIVAL_CLOSED) {
        f->clients = (double)a->clients;
        f->think = dist_mean(&a->think) / 1e9;
        f->think_exponential = dist_is(&a->think, DIST_EXPONENTIAL);
    }
}

/* What of the service computes, or is serial; and who else computes. */
static const char *set_phases(struct facts *f, const struct scenario *sc, size_t at) {
    double work = 0, computing = 0, others = 0;
    const char *unknown = NULL;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct step *step = &sc->classes.items[i].route.items[0];
        double rate = scenario_class_rate(&sc->classes.items[i]);
        double of_class = (isnan(rate) ? 1 : rate) * dist_mean(&step->service) / 1e9;
        if (step->pool != at) {
            others += step->cpu > 0 ? (double)sc->pools.items[step->pool].workers : 0;
            continue;
        }
        work += of_class;
        computing += of_class * step->cpu;
        if (step->serial > 0)
            unknown = "a share of the service runs inside one lock of the pool (serial)";
    }
    f->share = work > 0 ? computing / work : 0;
    f->computing = f->load * f->share;
    f->serial = f->closed ? NAN : bounds_lock(sc, at, BOUNDS_ALL);
    f->cores = sc->cores > 0 && f->share > 0 ? (double)sc->cores : 0;
    if (f->cores > 0 && others > 0 &&
        others + (double)sc->pools.items[at].workers > (double)sc->cores)
        unknown = "several pools compute on the host's cores";
    return unknown;
}

static const char *unknown_pool(const struct facts *f, const struct scenario *sc,
                                const struct pool_spec *pool) {
    const struct queue_spec *q = &pool->queue;
    if (f->service.count == 0)
        return "no class sends jobs here first";
    if (sc->run.kind == RUN_TERMINATING)
        return "a terminating run has no steady state";
    if (q->when_full == STATION_CALLER_RUNS && q->capacity != STATION_UNBOUNDED)
        return "the submitter works too (caller_runs)";
    if (!f->closed && q->capacity + pool->workers > (int64_t)STATES_MOST &&
        f->load >= 0.99 * (double)pool->workers && q->capacity != STATION_UNBOUNDED)
        return "a queue of more than a million places at full load has no steady state in any run";
    return NULL;
}

void facts_resize(struct facts *f, double workers) {
    f->workers = workers;
    f->shares = f->cores > 0 && workers > f->cores;
    f->pressure = fmax(f->load / workers, f->serial);
    if (f->shares)
        f->pressure = fmax(f->pressure, f->computing / f->cores);
    f->stable = f->pressure < 1 || isfinite(f->places) || f->gives_up;
    f->exactly = f->poisson && law_is(&f->service, DIST_EXPONENTIAL);
    f->loses = isfinite(f->places) && workers + f->places <= STATES_MOST;
    f->grows = f->steady && !f->stable;
    if (f->closed) {
        f->stable = true;
        f->grows = false;
        f->loses = f->clients > workers + f->places;
    } else if (f->loses) {
        double *p = erlang_states(f->load, (size_t)workers, (size_t)f->places);
        f->loses = p[(size_t)(workers + f->places)] > (f->exactly ? LOSS_SEEN_EXACTLY : LOSS_SEEN);
        free(p);
    }
}

void facts_of(struct facts *f, const struct scenario *sc, size_t at) {
    const struct pool_spec *pool = &sc->pools.items[at];
    const struct queue_spec *q = &pool->queue;
    bool bounded = q->capacity != STATION_UNBOUNDED;
    *f = (struct facts){.steady = sc->run.kind == RUN_STEADY,
                        .horizon = nsec_seconds(sc->run.duration)};
    for (size_t i = 0; i < sc->classes.count; i++)
        if (sc->classes.items[i].route.items[0].pool == at)
            add_class(f, &sc->classes.items[i], f->service.count);
    law_ready(&f->service);
    f->rate = f->closed ? NAN : f->rate;
    f->mean = f->service.count ? law_mean(&f->service) : NAN;
    f->scv = f->service.count ? law_scv(&f->service) : NAN;
    f->load = f->rate * f->mean;
    f->door = bounded && q->when_full == STATION_BLOCK;
    f->places = bounded && !f->door ? (double)q->capacity : INFINITY;
    f->drops_oldest = q->when_full == STATION_DROP_OLDEST && q->capacity > 0;
    f->lifo = q->order == STATION_LIFO;
    f->ranked = q->order == STATION_PRIORITY && q->capacity != 0 && ranks_differ(f);
    f->alike = law_alike(&f->service);
    const char *unknown = scenario_resizes(pool) ? "the pool changes its size: no formula here "
                                                   "covers it"
                                                 : unknown_pool(f, sc, pool),
               *phases = set_phases(f, sc, at);
    unknown = unknown ? unknown : phases;
    f->unknown = unknown ? unknown : f->unknown;
    facts_resize(f, scenario_endless(pool) ? INFINITY : (double)pool->workers);
}

void facts_free(struct facts *f) {
    law_free(&f->service);
    law_free(&f->gap);
    free(f->classes);
    *f = (struct facts){0};
}
