/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bounds: see bounds.h. */
#include "model/bounds.h"

#include <math.h>

static bool endless(const struct pool_spec *p) {
    return p->queue.capacity == CAPACITY_UNBOUNDED || p->queue.when_full == STATION_BLOCK ||
           p->queue.when_full == STATION_CALLER_RUNS;
}

static const struct step *step_of(const struct class *class) {
    return &class->route.items[0];
}

static bool counts(const struct scenario *sc, const struct class *class, enum bounds_of whose) {
    bool relentless = class->arrivals.kind != ARRIVAL_CLOSED && !scenario_loses(class);
    return whose == BOUNDS_ALL || (relentless && endless(&sc->pools.items[step_of(class)->pool]));
}

/* A share of the class's work, in seconds a second. */
static double work(const struct class *class, double share) {
    return share > 0
               ? share * scenario_class_rate(class) * dist_mean(&step_of(class)->service) / 1e9
               : 0;
}

double bounds_cores(const struct scenario *sc, enum bounds_of whose) {
    double load = 0;
    for (size_t i = 0; i < sc->classes.count; i++)
        if (counts(sc, &sc->classes.items[i], whose))
            load += work(&sc->classes.items[i], step_of(&sc->classes.items[i])->cpu);
    return load;
}

double bounds_lock(const struct scenario *sc, size_t pool, enum bounds_of whose) {
    double load = 0;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        if (step_of(class)->pool == pool && counts(sc, class, whose))
            load += work(class, step_of(class)->serial);
    }
    return load;
}

/* Does the pool have jobs that compute, and that nothing keeps away? */
static bool computes(const struct scenario *sc, size_t pool) {
    bool any = false;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        any = any || (step_of(class)->pool == pool && step_of(class)->cpu > 0 &&
                      counts(sc, class, BOUNDS_PILING));
    }
    return any;
}

bool bounds_overrun(const struct scenario *sc, size_t pool) {
    bool cores =
        sc->cores > 0 && computes(sc, pool) && bounds_cores(sc, BOUNDS_PILING) >= (double)sc->cores;
    return cores || bounds_lock(sc, pool, BOUNDS_PILING) >= 1;
}

static bool may_lose(const struct scenario *sc, const struct class *class) {
    const struct queue_spec *q = &sc->pools.items[step_of(class)->pool].queue;
    bool turns_away = q->capacity != CAPACITY_UNBOUNDED &&
                      (q->when_full == STATION_REJECT || q->when_full == STATION_DROP_OLDEST);
    return turns_away || scenario_loses(class);
}

/* The longest mean time that a job which may be lost wants of a pool's lock (SIZE_MAX: of the
 * cores), in seconds. */
static double longest(const struct scenario *sc, size_t pool) {
    double most = 0;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        const struct step *step = step_of(class);
        double share = pool == SIZE_MAX ? step->cpu : step->serial;
        if ((pool == SIZE_MAX || step->pool == pool) && may_lose(sc, class))
            most = fmax(most, share * dist_mean(&step->service) / 1e9);
    }
    return most;
}

/* Of what is wanted over what there is, the fewest jobs that bring it. */
static double jobs_over(double wanted, double there, double each) {
    return each > 0 && wanted > there ? (wanted - there) / each : 0;
}

double bounds_lost(const struct scenario *sc) {
    double lost = 0, cores = (double)sc->cores;
    for (size_t i = 0; i < sc->pools.count; i++)
        lost += jobs_over(bounds_lock(sc, i, BOUNDS_ALL), 1, longest(sc, i));
    if (sc->cores > 0)
        lost = fmax(lost, jobs_over(bounds_cores(sc, BOUNDS_ALL), cores, longest(sc, SIZE_MAX)));
    return lost;
}

double bounds_rate(const struct scenario *sc, const struct class *class) {
    const struct step *step = step_of(class);
    double mean = dist_mean(&step->service) / 1e9, rate = INFINITY;
    if (sc->cores > 0 && step->cpu > 0)
        rate = (double)sc->cores / (step->cpu * mean);
    return step->serial > 0 ? fmin(rate, 1 / (step->serial * mean)) : rate;
}
