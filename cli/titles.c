/* SPDX-License-Identifier: GPL-3.0-or-later */
/* titles: see titles.h. */
#include "cli/titles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/crew.h"
#include "cli/curve.h"
#include "cli/sizes.h"
#include "model/mem.h"
#include "model/text.h"

static const struct result *shown(const struct findings *f) {
    return f->pool ? f->pool : f->sim;
}

/* ", the real pool 77.1 %" beside the simulator's, or nothing. */
static char *beside(const struct findings *f, const char *format, double real) {
    return f->sim && f->pool ? mem_format(format, real) : mem_text("");
}

/* A thread for every job. */
static char *title_threads(const struct findings *f, size_t pool) {
    char a[40], b[40];
    const struct result *sim = f->sim ? f->sim : f->pool;
    text_short(b, sizeof b, shown(f)->pools[pool].busy.mean);
    return mem_format("%s threads at once%s%s", text_short(a, sizeof a, sim->pools[pool].busy.mean),
                      f->sim && f->pool ? " in the simulator, the real pool " : "",
                      f->sim && f->pool ? b : "");
}

/* "Of 10.3 workers on average 63.5 % are busy": of a pool that changes its size. */
static char *title_crew(const struct findings *f, size_t pool) {
    const struct pool_metrics *sim = &(f->sim ? f->sim : f->pool)->pools[pool];
    const struct pool_metrics *real = &shown(f)->pools[pool];
    char a[40], b[40];
    text_short(a, sizeof a, sim->workers.mean);
    if (!f->sim || !f->pool)
        return mem_format("Of %s workers on average %.1f %% are busy", a,
                          100 * sim->utilisation.mean);
    return mem_format("Of %s workers %.1f %% are busy, in the real pool of %s %.1f %%", a,
                      100 * sim->utilisation.mean, text_short(b, sizeof b, real->workers.mean),
                      100 * real->utilisation.mean);
}

static char *title_workers(const struct findings *f, size_t pool) {
    if (scenario_resizes(&f->scenario->pools.items[pool]))
        return title_crew(f, pool);
    const struct result *sim = f->sim ? f->sim : f->pool;
    if (scenario_endless(&f->scenario->pools.items[pool]))
        return title_threads(f, pool);
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

static char *title_response(const struct findings *f, size_t pool) {
    (void)pool;
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

static char *title_distribution(const struct findings *f, size_t pool) {
    char a[40], b[40];
    const struct times *t = &shown(f)->total.response;
    (void)pool;
    if (isnan(t->mean.mean) || isnan(t->p50.mean))
        return mem_text("Response times");
    return mem_format("A job takes %s on average; the typical one %s",
                      text_duration(a, sizeof a, t->mean.mean),
                      text_duration(b, sizeof b, t->p50.mean));
}

static char *title_little(const struct findings *f, size_t pool) {
    char a[40], b[40];
    const struct littles_law *l = &shown(f)->total.little;
    (void)pool;
    if (isnan(l->rate_times_response))
        return mem_format("%s jobs are in the system on average; some had not ended",
                          text_short(a, sizeof a, l->in_system));
    text_short(a, sizeof a, l->in_system);
    text_short(b, sizeof b, l->rate_times_response);
    if (fabs(l->error) > 0.1)
        return mem_format("L %s is not \316\273W %s: what comes and what goes differ", a, b);
    return mem_format("%s jobs are in the system on average; \316\273W says %s", a, b);
}

static char *note_little(const struct findings *f) {
    const struct result *r = shown(f);
    bool exact = r->total.little.identity_holds &&
                 (!f->sim || !f->pool || f->sim->total.little.identity_holds);
    return mem_format("books %s%s", exact ? "exact" : "do not close",
                      f->sim && f->pool ? " in both" : "");
}

static char *title_curve(const struct findings *f, size_t pool) {
    char a[40], b[40];
    const struct result *r = shown(f);
    double mean = r->total.wait.mean.mean, knee = curve_knee(f);
    (void)pool;
    if (isnan(mean))
        return mem_text("Wait against utilisation");
    text_duration(a, sizeof a, mean);
    double busy = 100 * r->pools[0].utilisation.mean;
    if (busy >= 94 || isnan(knee))
        return mem_format("At %.1f %% utilisation a job waits %s on average", busy, a);
    return mem_format("At %.1f %% utilisation a job waits %s; theory says %s at 95 %%", busy, a,
                      text_duration(b, sizeof b, knee));
}

static bool drawn_curve(const struct findings *f, size_t pool) {
    (void)pool;
    return curve_known(f);
}

static char *title_twin(const struct findings *f, size_t pool) {
    char a[40], b[40];
    double closed = f->sim->total.response.p99.mean, open = f->twin->total.response.p99.mean;
    (void)pool;
    if (isnan(closed) || isnan(open))
        return mem_text("Closed clients against open arrivals at the same rate");
    return mem_format("P99 is %s for clients that wait, %s for arrivals that do not",
                      text_duration(a, sizeof a, closed), text_duration(b, sizeof b, open));
}

static bool drawn_twin(const struct findings *f, size_t pool) {
    (void)pool;
    return f->twin != NULL;
}

static char *note_twin(const struct findings *f) {
    char a[40];
    return mem_format("both at %s jobs/s", text_short(a, sizeof a, f->sim->total.throughput.mean));
}

static bool drawn_resizing(const struct findings *f, size_t pool) {
    return pool != ALL_POOLS && sizes_resizes(f, pool);
}

/* What becomes of the reversals, where the load comes in steps and where it does not. */
static char *finding_resizing(const struct findings *f, const struct resizing_figures *r) {
    char a[40];
    size_t steps;
    free(resizing_steps(f->scenario, &steps));
    double minutes = (f->sim ? f->sim : f->pool)->duration / 60,
           reversals = r->reversals_per_minute.mean;
    double each = steps ? reversals * minutes / (double)steps : NAN;
    double length = steps ? 60 * minutes / (double)(steps + 1) : NAN;
    if (each > 1.5)
        return mem_format("%.3g for each step of the load", each);
    if (each < 0.5)
        return mem_text("it hardly follows the load");
    if (r->settling_time.mean < 0.5 * length)
        return mem_format("at rest %s after each step of the load",
                          text_duration(a, sizeof a, r->settling_time.mean));
    if (steps)
        return mem_text("it grows and shrinks with every step of the load");
    if (reversals > 0.3 * r->resizes_per_minute.mean)
        return mem_text("it grows and shrinks all the time");
    return mem_format("%s resizes, few of them back",
                      text_short(a, sizeof a, r->resizes_per_minute.mean));
}

/* The finding first: how often the pool turned back, and what of it. */
static char *title_resizing(const struct findings *f, size_t pool) {
    const struct resizing_figures *r = &(f->sim ? f->sim : f->pool)->pools[pool].resizing;
    double often = r->resizes_per_minute.mean, back = r->reversals_per_minute.mean;
    if (!(often > 0))
        return mem_text("The pool never changes its size");
    char a[40];
    if (!(back > 0))
        return mem_format("The pool %s and never turns back, at %s workers at most",
                          sizes_grows(f, pool) ? "grows" : "shrinks",
                          text_short(a, sizeof a, r->most_workers.mean));
    char *real =
        beside(f, " (real pool %.3g)", shown(f)->pools[pool].resizing.reversals_per_minute.mean);
    char *finding = finding_resizing(f, r);
    char *text = mem_format("%s reversal%s a minute%s: %s", text_short(a, sizeof a, back),
                            fabs(back - 1) < 0.005 ? "" : "s", real, finding);
    free(real);
    free(finding);
    return text;
}

static double share_lost(const struct result *r, size_t pool) {
    return r ? r->pools[pool].rejected_share.mean : 0;
}

static char *title_rejected(const struct findings *f, size_t pool) {
    const struct result *sim = f->sim ? f->sim : f->pool;
    char *real = beside(f, ", in the real pool %.2f %%", 100 * share_lost(shown(f), pool));
    char *text = mem_format("%.2f %% of the jobs are lost%s%s", 100 * share_lost(sim, pool),
                            f->sim && f->pool ? " in the simulator" : "", real);
    free(real);
    return text;
}

static bool drawn_rejected(const struct findings *f, size_t pool) {
    return share_lost(f->sim, pool) > 0 || share_lost(f->pool, pool) > 0;
}

const struct chart titles_charts[] = {
    {"workers", false, NULL, title_workers, NULL},
    {"resizing", false, drawn_resizing, title_resizing, NULL},
    {"queue", false, NULL, title_queue, NULL},
    {"response", true, NULL, title_response, NULL},
    {"distribution", true, NULL, title_distribution, NULL},
    {"p99-over-time", false, NULL, title_p99, NULL},
    {"rejected", false, drawn_rejected, title_rejected, NULL},
    {"littles-law", true, NULL, title_little, note_little},
    {"wait-utilisation", true, drawn_curve, title_curve, NULL},
    {"open-closed", true, drawn_twin, title_twin, note_twin},
};
const size_t titles_chart_count = sizeof titles_charts / sizeof *titles_charts;

bool titles_drawn(const struct chart *chart, const struct findings *f, size_t pool) {
    if (pool == ALL_POOLS ? !chart->whole : chart->whole && f->scenario->pools.count > 1)
        return false;
    return !chart->drawn || chart->drawn(f, pool);
}

/* Jobs a second that classes send to a pool, or to all; NaN with closed ones among them. */
static double rate_of(const struct scenario *sc, size_t pool,
                      double of_class(const struct class *class)) {
    double rate = 0;
    for (size_t i = 0; i < sc->classes.count; i++)
        if (pool == ALL_POOLS || sc->classes.items[i].route.items[0].pool == pool)
            rate += of_class(&sc->classes.items[i]);
    return rate;
}

/* "closed clients", "300 jobs/s", "300 jobs/s, at most 900," */
static char *traffic(const struct scenario *sc, size_t pool) {
    char a[40], b[40];
    double rate = rate_of(sc, pool, scenario_class_rate);
    double peak = rate_of(sc, pool, scenario_class_peak_rate);
    if (isnan(rate))
        return mem_text("closed clients");
    text_short(a, sizeof a, rate);
    return peak > 1.001 * rate
               ? mem_format("%s jobs/s, at most %s,", a, text_short(b, sizeof b, peak))
               : mem_format("%s jobs/s", a);
}

/* What a chart must not hide of its run. */
static const char *caveat(const struct findings *f) {
    if ((f->sim && f->sim->interrupted) || (f->pool && f->pool->interrupted))
        return ", INTERRUPTED";
    return f->pool && !f->pool->trusted ? ", measurement NOT TRUSTED" : "";
}

char *titles_subtitle(const struct findings *f, size_t pool) {
    const struct scenario *sc = f->scenario;
    const char *but = caveat(f);
    char *jobs = traffic(sc, pool);
    char *crew = pool == ALL_POOLS ? NULL : crew_words(&sc->pools.items[pool]);
    char *text;
    if (pool == ALL_POOLS)
        text = mem_format("%s: %s on %zu pools%s", sc->name, jobs, sc->pools.count, but);
    else
        text = mem_format("%s: %s on %s%s%s%s", sc->name, jobs, crew,
                          sc->pools.count > 1 ? ", pool " : "",
                          sc->pools.count > 1 ? sc->pools.items[pool].name : "", but);
    free(crew);
    free(jobs);
    return text;
}
