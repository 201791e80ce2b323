/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pilot: see pilot.h. */
#include "sim/pilot.h"

#include <math.h>
#include <stdlib.h>

#include "model/advise_rules.h"
#include "model/mem.h"
#include "model/mser.h"

bool pilot_wanted(const struct scenario *sc) {
    return sc->run.warmup == WARMUP_AUTO;
}

size_t pilot_replications(const struct scenario *sc) {
    double jobs = 0;
    for (size_t i = 0; i < sc->classes.count; i++)
        jobs += advise_jobs(sc, &sc->classes.items[i]);
    double fit = floor(PILOT_JOBS / jobs);
    return (size_t)fmax(PILOT_LEAST, fmin(fit, PILOT_MOST));
}

void pilot_open(struct pilot *p, const struct scenario *sc, const atomic_bool *stop,
                uint32_t most_jobs) {
    *p = (struct pilot){.scenario = *sc, .count = sc->random ? pilot_replications(sc) : 1};
    p->trials = mem_new(p->count, sizeof *p->trials);
    struct run_spec *run = &p->scenario.run;
    run->warmup = run->cooldown = 0;
    run->sample_every = run->duration > PILOT_STEPS ? run->duration / PILOT_STEPS : 1;
    for (size_t i = 0; i < p->count; i++) {
        p->trials[i].scenario = &p->scenario;
        p->trials[i].replication = PILOT_FIRST + i;
        p->trials[i].stop = stop;
        p->trials[i].discard_partial = true;
        p->trials[i].most_jobs = most_jobs;
    }
}

/* Jobs in the system in each step, on average over the step and the replications. */
static double *levels(const struct pilot *p, size_t steps) {
    double *level = mem_new(steps, sizeof *level);
    for (size_t i = 0; i < steps; i++) {
        nsec_sum area = 0;
        for (size_t k = 0; k < p->count; k++) {
            const struct flow *flows = p->trials[k].record.flows;
            area += flows[i + 1].area - flows[i].area;
        }
        level[i] = (double)area / ((double)p->count * (double)p->scenario.run.sample_every);
    }
    return level;
}

static void find(const struct pilot *p, struct run_spec *run) {
    bool edge;
    size_t steps = p->trials[0].record.samples - 1;
    double *level = levels(p, steps);
    run->warmup = (nsec)mser_cut(level, steps, &edge) * p->scenario.run.sample_every;
    run->warmup_origin = edge ? WARMUP_AT_EDGE : WARMUP_FOUND;
    free(level);
}

char *pilot_close(struct pilot *p, struct run_spec *run) {
    char *failure = NULL;
    bool whole = true;
    for (size_t i = 0; i < p->count; i++) {
        if (p->trials[i].state == TRIAL_FAILED && !failure)
            failure = mem_text(p->trials[i].failure);
        whole = whole && p->trials[i].state == TRIAL_DONE;
    }
    if (whole)
        find(p, run);
    else {
        run->warmup = scenario_default_warmup(run);
        run->warmup_origin = WARMUP_GIVEN;
    }
    for (size_t i = 0; i < p->count; i++)
        if (p->trials[i].state == TRIAL_DONE)
            record_close(&p->trials[i].record);
    free(p->trials);
    return failure;
}
