/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * advise_precise: a `run.precision` that cannot be reached; see advise.h.
 *
 * The best there can be: as many jobs as max_replications make, all independent. Jobs of a queue
 * are not, so what is said here holds all the more. By the spread of the service, as that of the
 * response is not known; of one class.
 */
#include <math.h>

#include "model/advise_rules.h"

static const double SURE = 1.96; /* standard deviations, of many replications */

bool advise_never_loses(const struct scenario *sc) {
    for (size_t i = 0; i < sc->pools.count; i++) {
        const struct queue_spec *q = &sc->pools.items[i].queue;
        if (scenario_pool_loses(sc, i) ||
            (q->capacity != CAPACITY_UNBOUNDED &&
             (q->when_full == STATION_REJECT || q->when_full == STATION_DROP_OLDEST)))
            return false;
    }
    return true;
}

static bool has_spread(const struct scenario *sc) {
    for (size_t i = 0; i < sc->classes.count; i++)
        if (!scenario_service_spread(&sc->classes.items[i]) ||
            !scenario_wait_spread(sc, sc->classes.items[i].route.items[0].pool))
            return false;
    return true;
}

/* Relative half width of the interval of percentile p from n independent values; infinite: open. */
static double percentile_width(const struct dist *d, double p, double n) {
    double h = SURE * sqrt(p * (1 - p) / n), at = dist_quantile(d, p);
    double low = p - h > 0 ? dist_quantile(d, p - h) : 0;
    return p + h < 1 ? fmax(dist_quantile(d, p + h) - at, at - low) / at : INFINITY;
}

/* The least relative half width there can be with n jobs; 0: nothing is known. */
static double least_width(const struct scenario *sc, double jobs) {
    const struct class *class = &sc->classes.items[0];
    const struct dist *service = &class->route.items[0].service;
    int64_t metric = sc->run.precision.metric;
    double p;
    if (sc->classes.count > 1 || service->kind == DIST_NONE)
        return 0;
    if (metric == SLO_MEAN)
        return SURE * sqrt(dist_scv(service) / jobs);
    if (advise_percentile(metric, &p))
        return percentile_width(service, p, jobs);
    bool rate = metric == SLO_THROUGHPUT && class->arrivals.kind == ARRIVAL_POISSON;
    return rate ? SURE / sqrt(jobs) : 0;
}

static void too_tight(const struct advisor *a, const char *word) {
    struct texts t = {.used = 0};
    const struct precision_spec *wanted = &a->sc->run.precision;
    double jobs = 0;
    for (size_t i = 0; i < a->sc->classes.count; i++)
        jobs += advise_jobs(a->sc, &a->sc->classes.items[i]) * (double)wanted->max_replications;
    double least = least_width(a->sc, jobs);
    if (!(least > wanted->within))
        return;
    const char *many = n(&t, (double)wanted->max_replications),
               *within = n(&t, 100 * wanted->within);
    if (isinf(least))
        advise_tell(a, ADVICE_PRECISION,
                    "%s to %s %% cannot be reached: the %s jobs of %s replications have too few "
                    "beyond it; take a longer duration",
                    word, within, n(&t, jobs), many);
    else
        advise_tell(a, ADVICE_PRECISION,
                    "%s to %s %% cannot be reached: after %s replications (%s jobs) it would be "
                    "known to %s %% at best, if jobs did not depend on one another; take a longer "
                    "duration",
                    word, within, many, n(&t, jobs), n(&t, 100 * least));
}

void advise_precision(const struct advisor *a) {
    const struct precision_spec *wanted = &a->sc->run.precision;
    const char *word = slo_word((enum slo_metric)wanted->metric);
    if (!(wanted->within > 0))
        return;
    if (wanted->metric == SLO_REJECTED && advise_never_loses(a->sc))
        advise_tell(a, ADVICE_PRECISION,
                    "rejected is 0 here, as nothing can be lost, and no share of 0 is %g %% wide",
                    100 * wanted->within);
    else if (wanted->metric == SLO_MEAN && !has_spread(a->sc))
        advise_tell(a, ADVICE_PRECISION,
                    "the variance of the response is infinite, so its mean never has an interval; "
                    "take a percentile for the metric");
    else
        too_tight(a, word);
}
