/* SPDX-License-Identifier: GPL-3.0-or-later */
/* advise_slo: thresholds that no pool, no load or no run of this length can meet; see advise.h. */
#include <math.h>

#include "model/advise_rules.h"
#include "model/result.h"

bool advise_percentile(int64_t metric, double *p) {
    bool is = metric >= SLO_P50 && metric <= SLO_P999;
    *p = is ? result_p[metric - SLO_P50] : NAN;
    return is;
}

/* The class a threshold is of; NULL: of several together. */
static const struct class *class_of(const struct scenario *sc, const struct slo *slo) {
    return slo->class != SLO_TOTAL  ? &sc->classes.items[slo->class]
           : sc->classes.count == 1 ? &sc->classes.items[0]
                                    : NULL;
}

/* A response is never shorter than its service. */
static void below_service(const struct advisor *a, const struct slo *slo) {
    struct texts t = {.used = 0};
    const struct class *class = class_of(a->sc, slo);
    double p, own = NAN;
    if (class && advise_percentile(slo->metric, &p))
        own = dist_quantile(&class->route.items[0].service, p) / 1e9;
    else if (class && slo->metric == SLO_MEAN)
        own = advise_service(class);
    const char *word = slo_word((enum slo_metric)slo->metric);
    if (slo->limit < own * (1 - ROUNDING))
        advise_tell(
            a, ADVICE_SLO,
            "slo %s <= %s: the service's own %s is %s, and no response is shorter: no number of "
            "workers meets it",
            word, d(&t, slo->limit), word, d(&t, own));
}

/* ... so no more than the service's own share is done within a time. */
static void beyond_service(const struct advisor *a, const struct slo *slo) {
    struct texts t = {.used = 0};
    const struct class *class = class_of(a->sc, slo);
    if (slo->metric != SLO_WITHIN || !class)
        return;
    nsec time = a->sc->within.items[slo->within];
    double own = dist_cdf(&class->route.items[0].service, (double)time);
    if (slo->limit > own * (1 + ROUNDING))
        advise_tell(
            a, ADVICE_SLO,
            "slo within %s: %s %%: only %s %% of the services are that short, and no response is "
            "shorter than its service: no number of workers meets it",
            d(&t, nsec_seconds(time)), n(&t, 100 * slo->limit), n(&t, 100 * own));
}

static double offered_rate(const struct scenario *sc, const struct slo *slo) {
    double rate = 0;
    for (size_t i = 0; i < sc->classes.count; i++)
        if (slo->class == SLO_TOTAL || slo->class == i)
            rate += scenario_class_rate(&sc->classes.items[i]);
    return rate;
}

/* In a pool that loses hardly anything the utilisation is the load over the workers. */
static void too_busy(const struct advisor *a, const struct slo *slo) {
    struct texts t = {.used = 0};
    for (size_t i = 0; i < a->sc->pools.count; i++) {
        const struct view v = advise_view(a->sc, i);
        bool keeps = !v.bounded || v.spec->queue.when_full == STATION_BLOCK ||
                     (v.spec->queue.capacity >= v.spec->workers && v.a <= NEARLY_FULL * v.c);
        if (keeps && v.a < v.c && v.a > slo->limit * v.c * (1 + ROUNDING))
            advise_tell(
                a, ADVICE_SLO,
                "slo utilisation <= %s %%: pool '%s' has %s workers' worth of work on %.0f, %.1f "
                "%% "
                "busy; it takes %.0f workers",
                n(&t, 100 * slo->limit), v.spec->name, n(&t, v.a), v.c, 100 * v.a / v.c,
                ceil(v.a / slo->limit - ROUNDING));
    }
}

static void out_of_reach(const struct advisor *a, const struct slo *slo) {
    struct texts t = {.used = 0};
    double rate = offered_rate(a->sc, slo), loss = scenario_least_loss(a->sc);
    bool output = slo->metric == SLO_THROUGHPUT || slo->metric == SLO_GOODPUT;
    if (output && slo->limit > rate * (1 + ROUNDING))
        advise_tell(a, ADVICE_SLO, "slo %s >= %s/s: only %s/s are offered",
                    slo_word((enum slo_metric)slo->metric), n(&t, slo->limit), n(&t, rate));
    else if (slo->metric == SLO_REJECTED && slo->class == SLO_TOTAL &&
             a->sc->run.kind == RUN_STEADY && loss > slo->limit)
        advise_tell(
            a, ADVICE_SLO,
            "slo rejected <= %s %%: more work comes than the workers can do, and at least %s %% of "
            "the jobs are lost in the long run",
            n(&t, 100 * slo->limit), n(&t, 100 * loss));
    else if (slo->metric == SLO_UTILISATION)
        too_busy(a, slo);
}

double advise_jobs(const struct scenario *sc, const struct class *class) {
    double rate = class->arrivals.kind == ARRIVAL_CLOSED ? advise_clients_rate(class)
                                                         : scenario_class_rate(class);
    return rate * nsec_seconds(sc->run.duration);
}

/* Until it ends at the latest. */
static double replications(const struct run_spec *run) {
    return (double)(run->precision.within > 0 ? run->precision.max_replications
                                              : run->replications);
}

static void too_few_jobs(const struct advisor *a, const struct slo *slo) {
    char need[40], have[40];
    double p, jobs = 0;
    if (!advise_percentile(slo->metric, &p))
        return;
    for (size_t i = 0; i < a->sc->classes.count; i++)
        if (slo->class == SLO_TOTAL || slo->class == i)
            jobs += advise_jobs(a->sc, &a->sc->classes.items[i]) * replications(&a->sc->run);
    double wanted = 5 / (1 - p);
    if (jobs < wanted * (1 - ROUNDING))
        advise_tell(
            a, ADVICE_JOBS,
            "slo %s wants %s jobs, this run has about %s: take %.0f times the duration, or more "
            "replications",
            slo_word((enum slo_metric)slo->metric), text_count(need, sizeof need, round(wanted)),
            text_count(have, sizeof have, round(jobs)), ceil(wanted / jobs));
}

void advise_slo(const struct advisor *a, const struct slo *slo) {
    below_service(a, slo);
    beyond_service(a, slo);
    out_of_reach(a, slo);
    too_few_jobs(a, slo);
}
