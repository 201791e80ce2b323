/* SPDX-License-Identifier: GPL-3.0-or-later */
/* advise: of what bounds a pool beside its workers: the host's cores and its lock (model/bounds).
 */
#include <math.h>

#include "model/advise_rules.h"
#include "model/bounds.h"

static const double BUSY = 0.8; /* of the cores, or of the lock */

/* Jobs of the class a second, and of closed clients as many as they would send. */
static double rate_of(const struct class *class) {
    return class->arrivals.kind == ARRIVAL_CLOSED ? advise_clients_rate(class)
                                                  : scenario_class_rate(class);
}

/* What is wanted of the cores (pool SIZE_MAX: by all pools), or of a pool's lock; `jobs` brings it.
 */
static double wanted(const struct scenario *sc, size_t pool, double *jobs) {
    double load = 0;
    *jobs = 0;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct step *step = &sc->classes.items[i].route.items[0];
        double share = pool == SIZE_MAX ? step->cpu : step->serial;
        if ((pool != SIZE_MAX && step->pool != pool) || share == 0)
            continue;
        *jobs += rate_of(&sc->classes.items[i]);
        load += rate_of(&sc->classes.items[i]) * advise_service(&sc->classes.items[i]) * share;
    }
    return load;
}

/* Not of what is unstable by it: that is said instead. */
void advise_lock(const struct advisor *a, const struct view *v) {
    struct texts t = {.used = 0};
    double jobs, load = wanted(a->sc, v->index, &jobs);
    if (!(load > BUSY) || bounds_lock(a->sc, v->index, BOUNDS_PILING) >= 1)
        return;
    advise_tell(a, ADVICE_SERIAL,
                "pool '%s': %s jobs/s want its lock %s %% of the time (serial): no number of "
                "workers does more than %s jobs/s",
                v->spec->name, n(&t, jobs), n(&t, round(100 * load)), n(&t, jobs / load));
}

void advise_processor(const struct advisor *a) {
    struct texts t = {.used = 0};
    double cores = (double)a->sc->cores, jobs, load = wanted(a->sc, SIZE_MAX, &jobs);
    if (!(cores > 0) || !(load > BUSY * cores) || bounds_cores(a->sc, BOUNDS_PILING) >= cores)
        return;
    advise_tell(a, ADVICE_PROCESSOR,
                "%s jobs/s want %s cores' worth of computing, the host has %.0f (host.cores): no "
                "number of workers does more than %s jobs/s",
                n(&t, jobs), n(&t, load), cores, n(&t, jobs * cores / load));
}

/* Why a pool has no steady state although its workers would do. */
void advise_overrun(const struct advisor *a, const struct view *v) {
    struct texts t = {.used = 0};
    double lock = bounds_lock(a->sc, v->index, BOUNDS_PILING);
    if (lock >= 1)
        advise_tell(a, ADVICE_STEADY,
                    "pool '%s' has no steady state: its lock is wanted %s %% of the time "
                    "(serial); figures hold for this length of run alone",
                    v->spec->name, n(&t, round(100 * lock)));
    else
        advise_tell(a, ADVICE_STEADY,
                    "pool '%s' has no steady state: %s cores' worth of computing on %lld "
                    "(host.cores); figures hold for this length of run alone",
                    v->spec->name, n(&t, bounds_cores(a->sc, BOUNDS_PILING)),
                    (long long)a->sc->cores);
}
