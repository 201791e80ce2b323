/* SPDX-License-Identifier: GPL-3.0-or-later */
/* titles: see titles.h. */
#include "cli/titles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/text.h"

const char *titles_key(enum title which) {
    static const char *const keys[TITLES] = {"title_workers", "title_queue", "title_response",
                                             "title_p99", "subtitle"};
    return keys[which];
}

static const struct result *shown(const struct findings *f) {
    return f->pool ? f->pool : f->sim;
}

/* ", the real pool 77.1 %" beside the simulator's, or nothing. */
static char *beside(const struct findings *f, const char *format, double real) {
    return f->sim && f->pool ? mem_format(format, real) : mem_text("");
}

static char *title_workers(const struct findings *f, size_t pool) {
    const struct result *sim = f->sim ? f->sim : f->pool;
    char *real = beside(f, ", the real pool %.1f %%", 100 * shown(f)->pools[pool].utilisation.mean);
    long long workers = (long long)f->scenario->pools.items[pool].workers;
    char *text = mem_format("%lld worker%s %.1f %% busy%s%s", workers,
                            workers == 1 ? " is" : "s are", 100 * sim->pools[pool].utilisation.mean,
                            f->sim && f->pool ? " in the simulator" : "", real);
    free(real);
    return text;
}

static char *title_queue(const struct findings *f, size_t pool) {
    char a[40], b[40];
    const struct result *sim = f->sim ? f->sim : f->pool;
    const struct series *s = &sim->series;
    if (scenario_unstable(f->scenario, pool) && s->count > 1) {
        double last = s->points[pool * s->count + s->count - 1].queue;
        return mem_format("More work than the workers can do: after %s s, %s jobs wait",
                          text_short(a, sizeof a, s->t[s->count - 1]),
                          text_count(b, sizeof b, last));
    }
    double mean = sim->pools[pool].queue_length.mean, p = sim->total.wait_probability.mean;
    if (mean < 0.005)
        return mem_text("Almost nobody waits in the queue");
    return mem_format("On average %s jobs wait; %s %% of jobs find no free worker",
                      text_short(a, sizeof a, mean), text_short(b, sizeof b, 100 * p));
}

static char *title_response(const struct findings *f) {
    char a[40], b[40];
    const struct times *t = &shown(f)->total.response;
    if (isnan(t->p99.mean))
        return isnan(t->p50.mean) ? mem_text("Response times")
                                  : mem_format("Half of the jobs take up to %s",
                                               text_duration(a, sizeof a, t->p50.mean));
    return mem_format("Half of the jobs take up to %s, 1 %% more than %s",
                      text_duration(a, sizeof a, t->p50.mean),
                      text_duration(b, sizeof b, t->p99.mean));
}

static char *title_p99(const struct findings *f, size_t pool) {
    const struct series *s = &shown(f)->series;
    double low = INFINITY, high = -INFINITY;
    char a[40], b[40];
    for (size_t i = 0; i < s->count; i++) {
        double p99 = s->points[pool * s->count + i].p99;
        low = p99 < low ? p99 : low;
        high = p99 > high ? p99 : high;
    }
    if (high < low)
        return mem_text("Too few jobs for a 99th percentile over time");
    return mem_format("The 99th percentile moves between %s and %s",
                      text_duration(a, sizeof a, low), text_duration(b, sizeof b, high));
}

static char *subtitle(const struct findings *f, size_t pool) {
    const struct scenario *sc = f->scenario;
    double rate = 0, peak = 0;
    char a[40], b[40], most[60] = "";
    for (size_t i = 0; i < sc->classes.count; i++)
        if (sc->classes.items[i].route.items[0].pool == pool) {
            rate += scenario_class_rate(&sc->classes.items[i]);
            peak += scenario_class_peak_rate(&sc->classes.items[i]);
        }
    if (peak > 1.001 * rate)
        snprintf(most, sizeof most, ", at most %s,", text_short(b, sizeof b, peak));
    if (isnan(rate))
        return mem_format("%s: closed clients on %lld workers", sc->name,
                          (long long)sc->pools.items[pool].workers);
    return mem_format("%s: %s jobs/s%s on %lld workers%s%s", sc->name,
                      text_short(a, sizeof a, rate), most, (long long)sc->pools.items[pool].workers,
                      sc->pools.count > 1 ? ", pool " : "",
                      sc->pools.count > 1 ? sc->pools.items[pool].name : "");
}

char *titles_of(const struct findings *f, enum title which, size_t pool) {
    switch (which) {
    case TITLE_WORKERS:
        return title_workers(f, pool);
    case TITLE_QUEUE:
        return title_queue(f, pool);
    case TITLE_RESPONSE:
        return title_response(f);
    case TITLE_P99:
        return title_p99(f, pool);
    case TITLE_SUBTITLE:
    case TITLES:
        break;
    }
    return subtitle(f, pool);
}
