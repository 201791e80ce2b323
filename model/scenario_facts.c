/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scenario_facts: what follows from a scenario: rates, loads, stability, scaled copies; see
 * scenario.h. */
#include "model/scenario.h"

#include "model/bounds.h"
#include "model/mem.h"
#include <math.h>
#include <stdlib.h>

bool scenario_resizes(const struct pool_spec *pool) {
    return pool->resize.max > 0;
}

bool scenario_any_resizes(const struct scenario *sc) {
    for (size_t i = 0; i < sc->pools.count; i++)
        if (scenario_resizes(&sc->pools.items[i]))
            return true;
    return false;
}

int64_t scenario_most_workers(const struct pool_spec *pool) {
    return pool->resize.max > pool->workers ? pool->resize.max : pool->workers;
}

nsec scenario_default_warmup(const struct run_spec *run) {
    return run->kind == RUN_TERMINATING ? 0 : run->duration / 10;
}

int64_t scenario_workers(const struct scenario *sc) {
    int64_t workers = 0;
    for (size_t i = 0; i < sc->pools.count; i++)
        workers += sc->pools.items[i].workers;
    return workers;
}

/* The arrivals of one class, `rate` times as dense; true: they are a trace. */
static bool class_scale(struct class *class, double rate) {
    struct arrivals *a = &class->arrivals;
    class->rate_scale *= rate;
    if (a->kind == ARRIVAL_CLOSED)
        a->clients = (int64_t)fmax(1, (double)a->clients * rate + 0.5);
    return a->kind == ARRIVAL_TRACE;
}

void scenario_scaled(struct scenario *scaled, const struct scenario *of, double rate,
                     int64_t workers) {
    int64_t present = scenario_workers(of);
    bool trace = false;
    *scaled = *of;
    scaled->classes.items = mem_new(of->classes.count, sizeof *of->classes.items);
    scaled->pools.items = mem_new(of->pools.count, sizeof *of->pools.items);
    for (size_t i = 0; i < of->classes.count; i++) {
        scaled->classes.items[i] = of->classes.items[i];
        trace = class_scale(&scaled->classes.items[i], rate) || trace;
    }
    for (size_t i = 0; i < of->pools.count; i++) {
        scaled->pools.items[i] = of->pools.items[i];
        double share = (double)of->pools.items[i].workers / (double)present;
        scaled->pools.items[i].workers = (int64_t)fmax(1, ceil((double)workers * share - 1e-9));
    }
    if (trace)
        scaled->run.duration = (nsec)((double)(of->run.duration - 1) / rate + 0.5) + 1;
}

void scenario_scaled_free(struct scenario *scaled) {
    free(scaled->classes.items);
    free(scaled->pools.items);
}

/* Jobs a second as written, or NaN. */
static double written_rate(const struct class *class) {
    const struct arrivals *a = &class->arrivals;
    switch ((enum arrival_kind)a->kind) {
    case ARRIVAL_POISSON:
    case ARRIVAL_CONSTANT:
    case ARRIVAL_MMPP:
    case ARRIVAL_PROFILE:
        return a->rate;
    case ARRIVAL_RENEWAL:
        return 1e9 / dist_mean(&a->gap);
    case ARRIVAL_BATCH:
        return (isnan(a->rate) ? 1e9 / (double)a->every : a->rate) * fmax(1, dist_mean(&a->size));
    case ARRIVAL_TRACE:
        return (double)a->trace.count / nsec_seconds(a->trace.rows[a->trace.count - 1].at + 1);
    case ARRIVAL_CLOSED:
    case ARRIVAL_NONE:
        break;
    }
    return NAN;
}

double scenario_class_rate(const struct class *class) {
    return class->rate_scale * written_rate(class);
}

double scenario_class_peak_rate(const struct class *class) {
    const struct arrivals *a = &class->arrivals;
    double peak = 0;
    if (a->kind != ARRIVAL_MMPP && a->kind != ARRIVAL_PROFILE)
        return scenario_class_rate(class);
    for (size_t i = 0; a->kind == ARRIVAL_MMPP && i < a->mmpp.rates.count; i++)
        peak = fmax(peak, a->mmpp.rates.items[i]);
    for (size_t i = 0; a->kind == ARRIVAL_PROFILE && i < a->profile.points.count; i++)
        peak = fmax(peak, a->profile.points.items[i].rate);
    return class->rate_scale * peak;
}

nsec scenario_arrivals_end(const struct scenario *sc) {
    return sc->run.until == RUN_UNTIL_EMPTY ? sc->run.duration
                                            : sc->run.duration + sc->run.cooldown + 1;
}

bool scenario_endless(const struct pool_spec *pool) {
    return pool->threads.kind == THREADS_PER_JOB && pool->threads.limit == COUNT_UNSET;
}

bool scenario_any_endless(const struct scenario *sc) {
    bool any = false;
    for (size_t i = 0; i < sc->pools.count; i++)
        any = any || scenario_endless(&sc->pools.items[i]);
    return any;
}

bool scenario_loses(const struct class *class) {
    return class->timeout.queue.kind != DIST_NONE || class->timeout.total > 0;
}

/* Completed within which time a job of the class is good: its time-out, else the first `within`. */
nsec scenario_good_within(const struct scenario *sc, size_t class) {
    if (sc->classes.items[class].timeout.total > 0)
        return sc->classes.items[class].timeout.total;
    for (size_t i = 0; i < sc->slo.count; i++)
        if (sc->slo.items[i].metric == SLO_WITHIN &&
            (sc->slo.items[i].class == class || sc->slo.items[i].class == SLO_TOTAL))
            return sc->within.items[sc->slo.items[i].within];
    return NSEC_NEVER;
}

/* `relentless`: only of classes that neither wait for answers nor give up. */
static double offered(const struct scenario *sc, size_t pool, bool relentless) {
    double load = 0;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        if (class->route.items[0].pool == pool &&
            !(relentless && (class->arrivals.kind == ARRIVAL_CLOSED || scenario_loses(class))))
            load += scenario_class_rate(class) * dist_mean(&class->route.items[0].service) / 1e9;
    }
    return load;
}

double scenario_offered_load(const struct scenario *sc, size_t pool) {
    return offered(sc, pool, false);
}

/* A line that any number of jobs may stand in, in the queue or at the door. */
static bool endless(const struct pool_spec *pool) {
    return pool->queue.capacity == CAPACITY_UNBOUNDED || pool->queue.when_full == STATION_BLOCK;
}

/* Jobs a second that come to a pool; NaN: closed. */
static double pool_rate(const struct scenario *sc, size_t pool) {
    double rate = 0;
    for (size_t i = 0; i < sc->classes.count; i++)
        if (sc->classes.items[i].route.items[0].pool == pool)
            rate += scenario_class_rate(&sc->classes.items[i]);
    return rate;
}

/* The queue has an end, and turns away whoever finds it full. */
static bool turns_away(const struct pool_spec *p) {
    return p->queue.capacity != CAPACITY_UNBOUNDED &&
           (p->queue.when_full == STATION_REJECT || p->queue.when_full == STATION_DROP_OLDEST);
}

bool scenario_pool_loses(const struct scenario *sc, size_t pool) {
    bool any = false;
    for (size_t i = 0; i < sc->classes.count; i++)
        any = any || (sc->classes.items[i].route.items[0].pool == pool &&
                      scenario_loses(&sc->classes.items[i]));
    return any;
}

/* The longest mean service, in seconds, of the jobs that a pool may lose; 0: it loses none. */
static double longest_lost(const struct scenario *sc, size_t pool) {
    double longest = 0;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct step *step = &sc->classes.items[i].route.items[0];
        if (step->pool == pool &&
            (turns_away(&sc->pools.items[pool]) || scenario_loses(&sc->classes.items[i])))
            longest = fmax(longest, dist_mean(&step->service) / 1e9);
    }
    return longest;
}

/* Workers, and where callers run what finds the queue full the open classes' submitters. */
static double servers(const struct scenario *sc, size_t pool) {
    const struct pool_spec *p = &sc->pools.items[pool];
    double count = (double)scenario_most_workers(p);
    bool callers = !endless(p) && p->queue.when_full == STATION_CALLER_RUNS;
    for (size_t i = 0; callers && i < sc->classes.count; i++)
        count += sc->classes.items[i].route.items[0].pool == pool &&
                 sc->classes.items[i].arrivals.kind != ARRIVAL_CLOSED;
    return count;
}

/* So much work goes undone; the fewest jobs that bring it are the longest. */
double scenario_least_loss(const struct scenario *sc) {
    double lost = 0, all = 0;
    for (size_t i = 0; i < sc->pools.count; i++) {
        double over = scenario_offered_load(sc, i) - servers(sc, i), longest = longest_lost(sc, i);
        all += pool_rate(sc, i);
        lost += over > 0 && longest > 0 ? over / longest : 0;
    }
    lost = fmax(lost, bounds_lost(sc));
    return all > 0 ? lost / all : 0;
}

/* Under caller_runs it is the submitters' lines that grow. There is no steady state either where
 * the host's cores or the lock cannot keep up. */
bool scenario_unstable(const struct scenario *sc, size_t pool) {
    const struct pool_spec *p = &sc->pools.items[pool];
    bool grows = endless(p) || p->queue.when_full == STATION_CALLER_RUNS;
    return sc->run.kind == RUN_STEADY && grows &&
           (offered(sc, pool, true) >= servers(sc, pool) || bounds_overrun(sc, pool));
}

bool scenario_service_spread(const struct class *class) {
    return dist_moment_finite(&class->route.items[0].service, 2);
}

/* A job met in service is longer by its own length: where one of them alone holds up the line, a
 * wait's variance is the service's third moment (Pollaczek and Khinchine). Where the other workers
 * carry the load meanwhile, the second is enough (Scheller-Wolf & Sigman, "Delay moments for FIFO
 * GI/GI/s queues", 1997). In a batch each job waits for those before it, whatever the workers. */
bool scenario_wait_spread(const struct scenario *sc, size_t pool) {
    const struct pool_spec *p = &sc->pools.items[pool];
    double spare = (double)p->workers - (endless(p) ? offered(sc, pool, false) : 0);
    bool finite = true;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        const struct step *step = &class->route.items[0];
        if (step->pool == pool)
            finite = finite && dist_moment_finite(&step->service, spare > 1 ? 2 : 3) &&
                     dist_moment_finite(&class->arrivals.size, 3);
    }
    return finite;
}
