/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibrate: see calibrate.h. */
#include "pool/calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "model/mem.h"
#include "model/stats.h"
#include "model/text.h"
#include "pool/bench.h"
#include "pool/gauge.h"
#include "pool/park.h"
#include "pool/work.h"

/* Half against half, the medians: a fifth and 10 us are noise of the host, not of the sample. */
static const double HALVES_APART = 0.2, HALVES_NS = 10000;
static const double STEAL_LIMIT = 0.01, OTHERS_LIMIT = 0.2;
static const double LATE_LIMIT = 200e3; /* ns, of the pacer's p99: it should only watch the clock */
enum { HALF_LEAST = 20 };

/* What is measured, and for which part of the budget. */
static const struct {
    gauge_fn *run;
    double part;
} stages[] = {{gauge_jobs, 0.36}, {gauge_sleeps, 0.36},    {gauge_hand_over, 0.05},
              {gauge_spin, 0.05}, {gauge_wake, 0.06},      {gauge_threads, 0.05},
              {gauge_lock, 0.01}, {gauge_contended, 0.02}, {gauge_switch, 0.04}};
enum { STAGES = sizeof stages / sizeof *stages };

/* ---- is the host quiet? ---------------------------------------------------------------------- */

static double median(const double *ns, size_t count) {
    double *sorted = mem_new(count, sizeof *sorted);
    memcpy(sorted, ns, count * sizeof *sorted);
    stats_sort(sorted, count);
    double middle = sorted[count / 2];
    free(sorted);
    return middle;
}

/* Do the first and the second half of the measurements say the same? */
static char *halves_apart(const struct samples *s, enum profile_what what) {
    size_t half = s->count / 2;
    if (half < HALF_LEAST)
        return mem_format("%s: only %zu measurements", profile_word(what), s->count);
    double a = median(s->ns, half), b = median(s->ns + half, half);
    char first[40], second[40];
    if (fabs(a - b) <= HALVES_NS || fabs(a - b) <= HALVES_APART * fmin(a, b))
        return NULL;
    return mem_format("%s: half of them took up to %s at first, %s later", profile_word(what),
                      text_duration(first, sizeof first, a / 1e9),
                      text_duration(second, sizeof second, b / 1e9));
}

/* A pacer that watches the clock is late where something holds up the whole host: then all else was
 * held up, too, many measurements in a row. */
static char *held_up(const struct samples *s) {
    char late[40];
    struct profile p;
    double *copy = mem_new(s->count, sizeof *copy);
    memcpy(copy, s->ns, s->count * sizeof *copy);
    profile_begin(&p);
    profile_measured(&p, PROFILE_PACER, copy, s->count);
    free(copy);
    double p99 = (double)profile_at(&p, PROFILE_PACER, 0.99);
    return p99 > LATE_LIMIT ? mem_format("something held up the host: the pacer's p99 lag is %s",
                                         text_duration(late, sizeof late, p99 / 1e9))
                            : NULL;
}

static void judge(struct profile *p, const struct gauge *g, struct host_shares share,
                  void (*say)(void *, char *), void *to) {
    char *why[PROFILE_DRAWN + 3] = {0};
    size_t n = 0;
    for (int t = 0; t < PROFILE_DRAWN; t++)
        why[n++] = halves_apart(&g->of[t], (enum profile_what)t);
    why[n++] = held_up(&g->of[PROFILE_PACER]);
    if (share.steal > STEAL_LIMIT)
        why[n++] = mem_format("%.1f %% of the processors' time was stolen by other guests",
                              100 * share.steal);
    if (share.others > OTHERS_LIMIT)
        why[n++] = mem_format("other programs took %.0f %% of the processors", 100 * share.others);
    p->trusted = true;
    for (size_t i = 0; i < n; i++)
        if (why[i]) {
            p->trusted = false;
            say(to, why[i]);
        }
}

/* ---- measuring ------------------------------------------------------------------------------- */

static bool open_samples(struct gauge *g) {
    for (int t = 0; t < PROFILE_TABLES; t++) {
        g->of[t].ns = calloc(CALIBRATE_MOST, sizeof *g->of[t].ns);
        g->of[t].room = g->of[t].ns ? CALIBRATE_MOST : 0;
        if (!g->of[t].ns)
            return false;
    }
    return true;
}

static bool stopped(const struct gauge *g) {
    return g->stop && atomic_load(g->stop);
}

static int measure(struct gauge *g, nsec budget) {
    int error = 0;
    for (int i = 0; i < STAGES && !error && !stopped(g); i++) {
        g->until = park_now() + (nsec)(stages[i].part * (double)budget);
        error = stages[i].run(g);
    }
    return error;
}

static void fill(struct profile *p, struct gauge *g) {
    for (int t = 0; t < PROFILE_TABLES; t++)
        if (g->of[t].count > 0)
            profile_measured(p, (enum profile_what)t, g->of[t].ns, g->of[t].count);
}

enum calibrate_end calibrate_run(struct profile *p, nsec budget, const atomic_bool *stop,
                                 void (*say)(void *to, char *text), void *to) {
    struct gauge g = {.stop = stop, .cores = bench_cores()};
    struct host_usage before = host_usage();
    profile_begin(p);
    p->system = host_system();
    p->cores = g.cores;
    p->stretch = WORK_STRETCH;
    p->watchers = g.cores > 2 ? g.cores - 1 : g.cores > 1;
    if (getloadavg(&p->load, 1) != 1)
        p->load = 0;
    dice_open(&g.dice, rng_key(1, 1, "calibrate", RNG_HOST), 0);
    prctl(PR_SET_TIMERSLACK, 1UL);
    int error = open_samples(&g) ? measure(&g, budget) : ENOMEM;
    prctl(PR_SET_TIMERSLACK, 0UL);
    if (!error && !stopped(&g)) {
        judge(p, &g, host_shares(before, host_usage()), say, to);
        fill(p, &g);
    }
    for (int t = 0; t < PROFILE_TABLES; t++)
        free(g.of[t].ns);
    errno = error;
    return error ? CALIBRATE_FAILED : stopped(&g) ? CALIBRATE_STOPPED : CALIBRATE_DONE;
}
