/* SPDX-License-Identifier: GPL-3.0-or-later */
/* binding: see binding.h. */
#include "cli/binding.h"

#include <stdlib.h>

#include "model/mem.h"
#include "model/text.h"
#include "sim/headroom.h"
#include "sim/sim.h"

/* The missed probe of the present workers with the lowest rate beyond the one that was found. */
static const struct headroom_probe *beyond(const struct headroom *h, int64_t workers) {
    const struct headroom_probe *nearest = NULL;
    for (size_t i = 0; i < h->count; i++) {
        const struct headroom_probe *p = &h->probes[i];
        if (p->workers == workers && !p->met && p->rate > h->rate &&
            (!nearest || p->rate < nearest->rate))
            nearest = p;
    }
    return nearest;
}

/* "p99", "within 800 ms" */
static char *name_of(const struct threshold *t) {
    char time[40];
    return isnan(t->time)
               ? mem_text(t->metric)
               : mem_format("%s %s", t->metric, text_duration(time, sizeof time, t->time));
}

/* "p99 breaks first", "p99 and rejected break first"; `all`: those that are met, too. */
static char *clause(const struct result *r, bool all) {
    char *names = mem_text("");
    size_t count = 0;
    for (size_t i = 0; i < r->slo_count; i++) {
        if (r->slo[i].met && !all)
            continue;
        char *name = name_of(&r->slo[i]);
        char *longer = mem_format("%s%s%s", names, count++ ? " and " : "", name);
        free(name);
        free(names);
        names = longer;
    }
    char *text = count ? mem_format("%s break%s first", names, count > 1 ? "" : "s") : NULL;
    free(names);
    return text;
}

/* As the search cut its probes; false: this one in time, too. */
static bool fit(struct scenario *sc, double jobs_a_second) {
    double jobs = jobs_a_second * nsec_seconds(sc->run.duration + sc->run.warmup);
    double most = floor(HEADROOM_PROBE_JOBS / fmax(1, jobs));
    sc->run.replications = (int64_t)fmin((double)sc->run.replications, most);
    sc->run.sample_every = sc->run.duration;
    return most >= 1;
}

static char *simulated(const struct scenario *sc, unsigned threads, const atomic_bool *stop) {
    size_t count = (size_t)sc->run.replications, done = 0;
    struct trial *trials = mem_new(count, sizeof *trials);
    const struct record **records = mem_new(count, sizeof *records);
    char *text = NULL;
    for (size_t i = 0; i < count; i++) {
        trials[i] = (struct trial){.scenario = sc, .replication = i + 1, .stop = stop};
        trials[i].discard_partial = true;
        trials[i].most_jobs = 4 * HEADROOM_PROBE_JOBS;
        records[i] = &trials[i].record;
    }
    sim_replicate(trials, count, threads, sim_run, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        done += trials[i].state == TRIAL_DONE;
    if (done == count) {
        struct result found;
        result_from_records(&found, sc, "sim", records, count);
        text = clause(&found, false);
        result_free(&found);
    }
    for (size_t i = 0; i < count; i++)
        if (trials[i].state == TRIAL_DONE)
            record_close(&trials[i].record);
    free(records);
    free(trials);
    return text;
}

static bool piles_up(const struct scenario *sc) {
    bool unstable = false;
    for (size_t i = 0; i < sc->pools.count; i++)
        unstable = unstable || scenario_unstable(sc, i);
    return unstable;
}

void binding_find(struct result *r, unsigned threads, const atomic_bool *stop) {
    struct headroom *h = &r->headroom;
    int64_t workers = scenario_workers(r->scenario);
    const struct headroom_probe *probe = beyond(h, workers);
    struct scenario sc;
    if (!probe || r->interrupted)
        return;
    scenario_scaled(&sc, r->scenario, probe->rate, workers);
    if (piles_up(&sc))
        h->binding = mem_text("beyond it work piles up");
    else if (r->slo_count == 1)
        h->binding = clause(r, true);
    else if (isnan(probe->utilisation.mean)) /* not run: more is lost in the long run than may be */
        h->binding = mem_text("rejected breaks first");
    else if (fit(&sc, probe->rate * r->total.offered_rate.mean))
        h->binding = simulated(&sc, threads, stop);
    scenario_scaled_free(&sc);
}
