/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge: see judge.h. */
#include "model/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static struct figure slo_figure(const struct result *r, const struct slo *slo) {
    const struct metrics *m = slo->class == SLO_TOTAL ? &r->total : &r->classes[slo->class];
    const struct figure busiest = r->pools[0].utilisation;
    struct figure max = {m->response.max, NAN, NAN, 0, NULL, false, NULL}, most = busiest;
    for (size_t i = 1; i < r->scenario->pools.count; i++)
        if (r->pools[i].utilisation.mean > most.mean)
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
    case SLO_METRICS:
        break;
    }
    return FIGURE_NULL;
}

void judge_thresholds(struct result *r) {
    const struct scenario *sc = r->scenario;
    r->slo = mem_new(sc->slo.count, sizeof *r->slo);
    r->slo_count = sc->slo.count;
    for (size_t i = 0; i < sc->slo.count; i++) {
        const struct slo *slo = &sc->slo.items[i];
        struct figure f = slo_figure(r, slo);
        const struct metrics *m = slo->class == SLO_TOTAL ? &r->total : &r->classes[slo->class];
        struct threshold *t = &r->slo[i];
        const char *word = slo_word((enum slo_metric)slo->metric);
        bool least = slo->metric == SLO_THROUGHPUT || slo->metric == SLO_GOODPUT;
        *t = (struct threshold){.unit = slo_unit((enum slo_metric)slo->metric),
                                .limit = slo->limit,
                                .value = f.mean,
                                .low = f.low,
                                .high = f.high};
        t->metric = slo->class == SLO_TOTAL
                        ? mem_text(word)
                        : mem_format("%s.%s", sc->classes.items[slo->class].name, word);
        t->met = least ? f.mean >= slo->limit : f.mean <= slo->limit;
        t->needs = f.needs;
        t->sure = !isnan(f.mean) && !(f.low <= slo->limit && slo->limit <= f.high);
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

void judge_advise(struct result *r) {
    const struct scenario *sc = r->scenario;
    char rate[40], step[40];
    for (size_t i = 0; i < sc->pools.count; i++) {
        if (!scenario_unstable(sc, i))
            continue;
        double load = scenario_offered_load(sc, i), workers = (double)sc->pools.items[i].workers;
        double offered = 0;
        for (size_t c = 0; c < sc->classes.count; c++)
            if (sc->classes.items[c].route.items[0].pool == i)
                offered += scenario_class_rate(&sc->classes.items[c]);
        result_advise(
            r, mem_format("pool '%s' has no steady state: %s workers' worth of load for %.0f "
                          "workers; what waits grows by about %s jobs/s, and the figures "
                          "describe this horizon alone",
                          sc->pools.items[i].name, text_short(rate, sizeof rate, load), workers,
                          text_short(step, sizeof step, offered * (1 - workers / load))));
    }
    if (r->total.fates[FATE_IN_FLIGHT] && !r->interrupted)
        result_advise(
            r, mem_format("%llu jobs had not ended %g s after the measured time (run.cooldown); "
                          "they rank above all others, and means are not known",
                          (unsigned long long)r->total.fates[FATE_IN_FLIGHT],
                          nsec_seconds(sc->run.cooldown)));
    static const char *const names[RESULT_PERCENTILES] = {"p50", "p90", "p95", "p99", "p99.9"};
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        if (times_percentile(&r->total.response, i)->open)
            result_advise(
                r, mem_format(
                       "the interval of the response's %s is open: it goes past the largest value "
                       "seen; more replications close it",
                       names[i]));
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct step *computing = &sc->classes.items[i].route.items[0];
        if (computing->cpu > 0 && !strcmp(r->engine, "sim"))
            result_advise(
                r, mem_format(
                       "the jobs of class '%s' compute; the simulated host has a core for each of "
                       "%lld workers, a real one may have fewer",
                       sc->classes.items[i].name,
                       (long long)sc->pools.items[computing->pool].workers));
    }
    if (!sc->random)
        result_advise(r, mem_text("nothing in this scenario is random: one replication says "
                                  "everything, and there are no intervals"));
}
