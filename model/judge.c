/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge: see judge.h. */
#include "model/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/advise.h"
#include "model/mem.h"
#include "model/text.h"

void result_distrust(struct result *r, char *reason) {
    r->trusted = false;
    r->reasons = mem_resize(r->reasons, r->reason_count + 1, sizeof *r->reasons);
    r->reasons[r->reason_count++] = reason;
}

void result_advise(struct result *r, char *advice) {
    r->advice = mem_resize(r->advice, r->advice_count + 1, sizeof *r->advice);
    r->advice[r->advice_count++] = advice;
}

struct figure judge_figure(const struct result *r, const struct slo *slo) {
    const struct metrics *m = slo->class == SLO_TOTAL ? &r->total : &r->classes[slo->class];
    const struct figure busiest = r->pools[0].utilisation;
    struct figure max = {m->response.max, NAN, NAN, 0, NULL, false, NULL}, most = busiest;
    for (size_t i = 1; i < r->scenario->pools.count; i++)
        if (!(r->pools[i].utilisation.mean <= most.mean))
            most = r->pools[i].utilisation;
    switch ((enum slo_metric)slo->metric) {
    case SLO_MEAN:
        return m->response.mean;
    case SLO_P50:
    case SLO_P90:
    case SLO_P95:
    case SLO_P99:
    case SLO_P999:
        return *times_percentile(&m->response, (int)slo->metric - SLO_P50);
    case SLO_MAX:
        return max;
    case SLO_REJECTED:
        return m->rejected_share;
    case SLO_UTILISATION:
        return most;
    case SLO_THROUGHPUT:
        return m->throughput;
    case SLO_GOODPUT:
        return m->goodput;
    case SLO_WITHIN:
        return m->within[slo->within];
    case SLO_METRICS:
        break;
    }
    return FIGURE_NULL;
}

void judge_warmup(struct result *r) {
    const struct run_spec *run = &r->scenario->run;
    char half[40];
    if (run->warmup_origin == WARMUP_AT_EDGE)
        result_distrust(
            r, mem_format("run longer: in half of run.duration (%s) the jobs in the system had not "
                          "settled, so warmup: auto found no end of the beginning",
                          text_duration(half, sizeof half, nsec_seconds(run->duration) / 2)));
}

void judge_thresholds(struct result *r) {
    const struct scenario *sc = r->scenario;
    r->slo = mem_new(sc->slo.count, sizeof *r->slo);
    r->slo_count = sc->slo.count;
    for (size_t i = 0; i < sc->slo.count; i++) {
        const struct slo *slo = &sc->slo.items[i];
        struct figure f = judge_figure(r, slo);
        const struct metrics *m = slo->class == SLO_TOTAL ? &r->total : &r->classes[slo->class];
        struct threshold *t = &r->slo[i];
        const char *word = slo_word((enum slo_metric)slo->metric);
        bool within = slo->metric == SLO_WITHIN;
        bool least = slo->metric == SLO_THROUGHPUT || slo->metric == SLO_GOODPUT || within;
        *t = (struct threshold){.unit = slo_unit((enum slo_metric)slo->metric),
                                .least = least,
                                .time = within ? nsec_seconds(sc->within.items[slo->within]) : NAN,
                                .limit = slo->limit,
                                .value = f.mean,
                                .low = f.low,
                                .high = f.high,
                                .open = f.open};
        t->metric = slo->class == SLO_TOTAL
                        ? mem_text(word)
                        : mem_format("%s.%s", sc->classes.items[slo->class].name, word);
        t->met = least ? f.mean >= slo->limit : f.mean <= slo->limit;
        t->needs = f.needs;
        bool biased = slo->metric == SLO_MEAN && m->fates[FATE_IN_FLIGHT] > 0;
        bool below_end = f.open || slo->limit <= f.high; /* nobody knows how far it goes */
        t->sure = !isnan(f.mean) && !f.reason && !biased && !(f.low <= slo->limit && below_end);
        if (f.needs)
            result_distrust(
                r,
                mem_format("too few jobs to judge %s: %llu are needed, %llu were offered",
                           t->metric, (unsigned long long)f.needs, (unsigned long long)m->offered));
    }
}

bool result_met(const struct result *r) {
    bool met = true;
    for (size_t i = 0; i < r->slo_count; i++)
        met = met && r->slo[i].met;
    return met;
}

static void take(void *result, enum advice_kind kind, char *text) {
    (void)kind;
    result_advise(result, text);
}

void judge_advise(struct result *r) {
    const struct scenario *sc = r->scenario;
    advise_scenario(sc, take, r);
    if (r->total.fates[FATE_IN_FLIGHT] && !r->interrupted)
        result_advise(
            r,
            mem_format("%llu jobs had not ended %g s after the measured time (run.cooldown); "
                       "they rank above all others; means leave them out, or are not known where "
                       "they are more than one in a thousand",
                       (unsigned long long)r->total.fates[FATE_IN_FLIGHT],
                       nsec_seconds(sc->run.cooldown)));
    static const char *const names[RESULT_PERCENTILES] = {"p50", "p90", "p95", "p99", "p99.9"};
    char *open = mem_text("");
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        if (times_percentile(&r->total.response, i)->open) {
            char *longer = mem_format("%s%s%s", open, *open ? ", " : "", names[i]);
            free(open);
            open = longer;
        }
    if (*open)
        result_advise(r, mem_format("the response's interval is open for %s: it goes past the "
                                    "largest value seen; more replications close it",
                                    open));
    free(open);
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct step *computing = &sc->classes.items[i].route.items[0];
        const struct pool_spec *pool = &sc->pools.items[computing->pool];
        char crew[40] = "each thread";
        if (!scenario_endless(pool))
            snprintf(crew, sizeof crew, "each of %lld workers", (long long)pool->workers);
        if (computing->cpu > 0 && sc->cores <= 0 && !strcmp(r->engine, "sim"))
            result_advise(
                r,
                mem_format("the jobs of class '%s' compute; the simulated host has a core for %s, "
                           "a real one may have fewer: say so by host.cores",
                           sc->classes.items[i].name, crew));
    }
    if (!sc->random)
        result_advise(r, mem_text("nothing in this scenario is random: one replication says "
                                  "everything, and there are no intervals"));
}
