/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replicate: an array of trials over threads. A thread takes the next index and writes only its own
 * slot, so that the number of threads cannot change a byte.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "model/mem.h"
#include "sim/recursion.h"
#include "sim/sim.h"

static const double STEP_JOBS_MOST = 2e6;

enum trial_method sim_method(const struct scenario *scenario, enum trial_method asked) {
    return asked == TRIAL_CALENDAR || recursion_misfit(scenario) ? TRIAL_CALENDAR : TRIAL_RECURSION;
}

const char *sim_method_name(enum trial_method method) {
    return method == TRIAL_RECURSION ? "recursion" : "calendar";
}

/* A recursion ends in the middle at a step of the series alone. One that has to leave something
 * there should not be long in coming to the next. */
static bool long_steps(const struct scenario *sc) {
    double jobs = 0;
    for (size_t i = 0; i < sc->classes.count; i++) {
        double rate = scenario_class_rate(&sc->classes.items[i]);
        jobs += rate > 0 ? rate * nsec_seconds(sc->run.sample_every) : 0;
    }
    return jobs > STEP_JOBS_MOST;
}

bool sim_run(struct trial *trial) {
    bool events = trial->log || trial->keep_outcomes ||
                  (trial->stop && !trial->discard_partial && trial->method != TRIAL_RECURSION &&
                   long_steps(trial->scenario));
    trial->ran = events ? TRIAL_CALENDAR : sim_method(trial->scenario, trial->method);
    return trial->ran == TRIAL_RECURSION ? recursion_run(trial) : sim_calendar(trial);
}

struct crew {
    struct trial *trials;
    size_t count;
    engine_fn *run;
    atomic_size_t next, done;
};

static bool stopped(const struct trial *t) {
    return t->stop && atomic_load(t->stop);
}

static void *work(void *context) {
    struct crew *crew = context;
    for (size_t i; (i = atomic_fetch_add(&crew->next, 1)) < crew->count;) {
        if (i == 0 || !stopped(&crew->trials[i])) /* the first always says what there is */
            crew->run(&crew->trials[i]);
        atomic_fetch_add(&crew->done, 1);
    }
    return NULL;
}

static void watch(struct crew *crew, void (*tick)(void *), void *context) {
    const struct timespec pause = {0, 20 * 1000 * 1000};
    while (tick && atomic_load(&crew->done) < crew->count) {
        nanosleep(&pause, NULL);
        tick(context);
    }
}

void sim_replicate(struct trial *trials, size_t count, unsigned threads, engine_fn *run,
                   void (*tick)(void *), void *context) {
    struct crew crew = {.trials = trials, .count = count, .run = run};
    threads = threads > count ? (unsigned)count : threads;
    pthread_t *ids = mem_new(threads, sizeof *ids);
    unsigned started = 0;
    while (started < threads && pthread_create(&ids[started], NULL, work, &crew) == 0)
        started++;
    if (started == 0)
        work(&crew); /* no thread to be had: this one does it */
    else
        watch(&crew, tick, context);
    for (unsigned i = 0; i < started; i++)
        pthread_join(ids[i], NULL);
    free(ids);
}
