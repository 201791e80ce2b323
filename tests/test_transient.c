/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_transient: the simulator over time, against chains solved by uniformisation: queues that
 * begin empty or with a crowd, overload that grows without end, bursts, and rates that go up and
 * down. Figures with their cases: tests/oracles/transient.csv (family G), all of it.
 *
 * What is compared at each instant of the table: the mean number in the system as series.csv has it
 * (busy + queue, over the replications), that of jobs waiting, the variance and the share of
 * replications with all workers busy. None may be further off than 4.5 standard errors, the exact
 * ones where the table has the variance; and of all the means at most one in ten lies outside 1.96
 * of them, and half are within 1.5 % (of 1000 replications). Service is exponential; the seed is
 * the case's place in the list: with one seed the cases would share their dice.
 *
 * A sinusoid is drawn as 200 straight lines a period, which is 0.013 % of its swing too low.
 */
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/mem.h"
#include "model/series.h"
#include "model/stats.h"
#include "sim/sim.h"
#include "tests/oracle.h"

/* Under a sanitizer a replication costs fifty times as much, for its histograms' fresh pages: there
 * only the first cases are run, of which the figures are the same. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FIRST = 3, ROWS = 16, WHOLE = 93 };
#else
enum { FIRST = 1000, ROWS = 93, WHOLE = 93 };
#endif

enum { REPLICATIONS = 1000 };
enum { INSTANTS = 12, POINTS = 200 };

/* After a burst few replications make most of the variance; a sample without them knows nothing of
 * its error. It is taken as for a kurtosis of 10 at least (a geometric number has 9). */
enum { TAILS = 3 };

/* Columns of the table. */
enum { T = 1, MEAN, VARIANCE, QUEUE, ALL_BUSY, COLUMNS };

/* A case of the table, and the scenario that is it. */
struct story {
    const char *id;
    unsigned workers;
    double service, duration, every; /* s */
    const char *load;                /* of the short form; NULL: the sinusoid */
    double rate, swing, period;
};

/* The crowd comes at 0, the end of a warm-up in which nobody does; then it is 72/s. */
static const char crowd_of_100[] =
    "classes:\n"
    "  - {name: crowd, arrivals: {batch: {every: 40s, size: {constant: 100}}},\n"
    "     route: [{pool: pool, service: {exponential: {mean: 100ms}}}]}\n"
    "  - {name: jobs, arrivals: {profile: {points: [[0s, 0/s], [1us, 72/s]]}},\n"
    "     route: [{pool: pool, service: {exponential: {mean: 100ms}}}]}\n";

#define POISSON(rate) "arrivals: {poisson: {rate: " rate "/s}}\n"
#define STEPS(points) "arrivals: {profile: {points: [" points "]}}\n"

static const struct story stories[] = {
    /* from empty, below capacity */
    {"G-50dc4d2e", 1, 1, 20, 1, POISSON("0.5"), 0, 0, 0},
    {"G-bab9e7ef", 1, 1, 50, 1, POISSON("0.8"), 0, 0, 0},
    {"G-a8319723", 1, 1, 200, 1, POISSON("0.95"), 0, 0, 0},
    {"G-a6eaf20c", 4, 1, 30, 0.5, POISSON("3.6"), 0, 0, 0},
    {"G-b912b8bf", 16, 1, 10, 0.5, POISSON("12.8"), 0, 0, 0},
    {"G-9ef6ddf8", 50, 1, 50, 0.5, POISSON("47.5"), 0, 0, 0},
    /* from empty, and above it */
    {"G-08d8e39f", 1, 1, 200, 10, POISSON("1.2"), 0, 0, 0},
    {"G-7da00a4f", 10, 1, 100, 10, POISSON("11"), 0, 0, 0},
    {"G-347b62e1", 16, 1, 20, 5, POISSON("32"), 0, 0, 0},
    /* from a hundred jobs */
    {"G-2f04c292", 8, 0.1, 5, 0.1, crowd_of_100, 0, 0, 0},
    /* steady, a burst, steady */
    {"G-d0f42366", 2, 0.2, 40, 1, STEPS("[0s, 5/s], [5s, 20/s], [10s, 5/s]"), 0, 0, 0},
    {"G-b811e2aa", 8, 1, 100, 2, STEPS("[0s, 4/s], [10s, 12/s], [40s, 4/s]"), 0, 0, 0},
    {"G-113cf4e1", 16, 1, 80, 1, STEPS("[0s, 11.2/s], [20s, 24/s], [35s, 11.2/s]"), 0, 0, 0},
    /* sinusoids, from empty; the last two on as many workers as there may ever be jobs */
    {"G-afecbee1", 4, 1, 120, 5, NULL, 3.2, 0.4, 40},
    {"G-cc2167e8", 16, 1, 72, 3, NULL, 13, 0.6, 24},
    {"G-c6ead105", 100, 1, 54, 6, NULL, 20, 0.5, 24},
    {"G-7238637a", 100, 2, 30, 2.5, NULL, 10, 0.8, 10},
};

enum { STORIES = sizeof stories / sizeof *stories };

/* ---- the scenarios ---- */

/* As many straight lines as there are points. */
static char *sinusoid(const struct story *s) {
    size_t size = 64 * (POINTS + 2), n = 0;
    char *text = mem_new(size, 1);
    n += (size_t)snprintf(text, size, "arrivals:\n  profile:\n    points:\n");
    for (int i = 0; i <= POINTS; i++) {
        double part = (double)i / POINTS;
        n += (size_t)snprintf(text + n, size - n, "      - [%.9fs, %.12g/s]\n", part * s->period,
                              s->rate * (1 + s->swing * sin(2 * M_PI * part)));
    }
    snprintf(text + n, size - n, "    shape: linear\n    repeat: %gs\n", s->period);
    return text;
}

/* Profiles have a warm-up, in which the first rate holds. */
static struct scenario *scenario_of(const struct story *s) {
    char *load = s->load ? mem_text(s->load) : sinusoid(s);
    bool warm = s->load && strstr(s->load, "profile"), classes = s->load == crowd_of_100;
    char *rest = classes ? mem_format("pools: [{name: pool, workers: %u}]\n", s->workers)
                         : mem_format("service: {exponential: {mean: %gs}}\npool: {workers: %u}\n",
                                      s->service, s->workers);
    char *text =
        mem_format("headroom: 1\nname: story\nseed: %d\n%s%srun: {kind: %s, duration: %gs, "
                   "warmup: %gs, sample_every: %gs}\n",
                   (int)(s - stories) + 1, load, rest, warm ? "steady" : "terminating",
                   s->duration + s->every, warm ? 40.0 : 0.0, s->every);
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "none.yaml", &err);
    if (!sc) {
        err_print(&err, stderr);
        fail_msg("refused: %s", text);
    }
    err_free(&err);
    free(text);
    free(rest);
    free(load);
    return sc;
}

/* ---- what is compared ---- */

struct score {
    int figures, inside;
    double error[COLUMNS * INSTANTS * STORIES]; /* relative, of means */
};

static struct score score;
static const struct story *story;
static const struct record *const *records;
static const struct series *series;

/* Mean and standard error over the replications of what `get` makes of a sample. */
struct moment {
    double mean, error;
};

typedef double of_sample(const struct sample *s, double argument);

static double off_squared(const struct sample *s, double mean) {
    double off = (double)(s->busy + s->queue) - mean;
    return off * off;
}
static double number(const struct sample *s, double zero) {
    return (double)(s->busy + s->queue) - zero;
}
static double waiting(const struct sample *s, double zero) {
    return (double)s->queue - zero;
}
static double busy(const struct sample *s, double workers) {
    return s->busy == (int64_t)workers;
}

static struct moment over(size_t i, of_sample *get, double argument) {
    double *x = mem_new(REPLICATIONS, sizeof *x);
    for (size_t r = 0; r < REPLICATIONS; r++)
        x[r] = get(&records[r]->pools[0].samples[i], argument);
    struct figure f = stats_mean(x, REPLICATIONS);
    free(x);
    return (struct moment){f.mean, (f.high - f.low) / 2 / stats_t(REPLICATIONS)};
}

static void at(const struct oracle *o, const char *what, double value, double exact, double error) {
    if (!(fabs(value - exact) <= 4.5 * error + 1e-9))
        fail_msg("%s %s at %g s: %g, exactly %g (standard error %g)", o->word[0], what, o->x[T],
                 value, exact, error);
}

static void check_mean(const struct oracle *o, size_t i) {
    const struct series_point *p = &series->points[i];
    double n = sqrt(REPLICATIONS), exact = o->x[MEAN], found = p->busy + p->queue;
    double error = isnan(o->x[VARIANCE]) ? over(i, number, 0).error : sqrt(o->x[VARIANCE]) / n;
    assert_true(fabs(series->t[i] - o->x[T]) < 1e-9);
    at(o, "mean number", found, exact, error);
    score.inside += fabs(found - exact) <= 1.96 * error;
    score.error[score.figures++] = fabs(found / exact - 1);
}

static void check_row(struct oracle *o) {
    if (strcmp(o->word[0], story->id))
        return;
    size_t i = (size_t)lround(o->x[T] / story->every);
    assert_true(i < series->count);
    check_mean(o, i);
    if (!isnan(o->x[VARIANCE])) {
        double exact = o->x[VARIANCE];
        struct moment m = over(i, off_squared, o->x[MEAN]);
        at(o, "variance", m.mean, exact, fmax(m.error, TAILS * exact / sqrt(REPLICATIONS)));
    }
    if (!isnan(o->x[QUEUE])) {
        double exact = o->x[QUEUE], all = o->x[ALL_BUSY], one = 1.0 / REPLICATIONS;
        at(o, "queue", series->points[i].queue, exact, fmax(over(i, waiting, 0).error, one));
        at(o, "all busy", over(i, busy, story->workers).mean, all,
           fmax(sqrt(all * (1 - all) / REPLICATIONS), one)); /* what is rare comes in ones */
    }
    o->stray++; /* rows that were looked at */
}

/* Of a replication only the samples are wanted: its histograms, most of a record, go at once. */
static bool run_lean(struct trial *trial) {
    bool ok = sim_run(trial);
    struct record *r = &trial->record;
    for (size_t c = 0; c < r->class_count; c++)
        for (int t = 0; t < TALLY_TIMES; t++)
            hist_close(&r->classes[c].times[t]);
    for (int t = 0; t < POOL_TIMES; t++)
        hist_close(&r->pools[0].times[t]);
    return ok;
}

static void series_close(struct series *s) {
    free(s->t);
    free(s->points);
    free(s->p99_window);
}

static int check_story(const struct story *s) {
    struct scenario *sc = scenario_of(s);
    struct trial *trials = mem_new(REPLICATIONS, sizeof *trials);
    const struct record **list = mem_new(REPLICATIONS, sizeof(struct record *));
    struct series over_time;
    struct oracle o;
    for (size_t r = 0; r < REPLICATIONS; r++) {
        trials[r] = (struct trial){.scenario = sc, .replication = r + 1};
        list[r] = &trials[r].record;
    }
    sim_replicate(trials, REPLICATIONS, 2, run_lean, NULL, NULL);
    series_from_records(&over_time, list, REPLICATIONS);
    story = s, records = list, series = &over_time;
    oracle_rows(&o, "tests/oracles/transient.csv", COLUMNS, check_row);
    series_close(&over_time);
    for (size_t r = 0; r < REPLICATIONS; r++)
        record_close(&trials[r].record);
    free(list);
    free(trials);
    scenario_free(sc);
    return o.stray;
}

static void test_transients(void **state) {
    (void)state;
    int rows = 0;
    /* Keep what replications give back: fresh pages for the next one's histograms cost more than
     * the replication. */
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    for (int i = 0; i < STORIES && i < FIRST; i++)
        rows += check_story(&stories[i]);
    assert_int_equal(rows, ROWS);
    stats_sort(score.error, (size_t)score.figures);
    double median = score.error[score.figures / 2];
    print_message("%d of %d means inside 95 %%, half within %.2f %%\n", score.inside, score.figures,
                  100 * median);
    if (score.figures == WHOLE) { /* of few, nothing can be asked over all */
        assert_true(score.inside >= 0.9 * WHOLE);
        assert_true(median < 0.015);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_transients)};
    return cmocka_run_group_tests_name("transient", tests, NULL, NULL);
}
