/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_exact: the simulator against exact answers of queues in steady state, a few cases of each
 * family of tests/oracles: M/M/c, M/M/c/K, M/G/1, M/D/c and M/G/c, GI/M/c and GI/G/1, Markov-
 * modulated arrivals, machine repair, Engset.
 *
 * 20 replications of 30,000 jobs (bursty arrivals: 120,000). Each figure of the tables that the
 * result has is compared, by the rule of all exact answers here: none is further off than 4.5
 * standard errors, and at least 90 of 100 lie inside their 95 % interval (they share runs, so fewer
 * than 95 may); half are within 1 %. The seed is the case's number in the order below. Chosen are
 * cases at up to 80 % load: at 95 % a run of this length knows little.
 */
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
#include "model/result.h"
#include "model/stats.h"
#include "sim/sim.h"
#include "tests/oracle.h"

enum { REPLICATIONS = 20, JOBS = 30000, BURSTS = 4, FIGURES = 1000 };

/* ---- the figures of a result by the tables' names ---- */

static const struct {
    const char *name;
    size_t offset; /* in struct metrics, or in struct pool_metrics */
    bool of_pool;
} figures[] = {
#define TOTAL(name, member)                                                                        \
    { name, offsetof(struct metrics, member), false }
#define POOL(name, member)                                                                         \
    { name, offsetof(struct pool_metrics, member), true }
    TOTAL("p_wait", wait_probability), TOTAL("L", in_system),
    TOTAL("throughput", throughput),   TOTAL("loss_prob", rejected_share),
    TOTAL("W_mean", response.mean),    TOTAL("R_mean", response.mean),
    TOTAL("Wq_mean", wait.mean),       TOTAL("W_p50", response.p50),
    TOTAL("W_p90", response.p90),      TOTAL("W_p99", response.p99),
    TOTAL("W_p99.9", response.p999),   TOTAL("Wq_p50", wait.p50),
    TOTAL("Wq_p90", wait.p90),         TOTAL("Wq_p99", wait.p99),
    TOTAL("Wq_p99.9", wait.p999),      POOL("Lq", queue_length),
    POOL("utilisation", utilisation),
};

static const struct figure *figure_of(const struct result *r, const char *name) {
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (!strcmp(figures[i].name, name)) {
            const void *of = figures[i].of_pool ? (const void *)&r->pools[0] : &r->total;
            return (const void *)((const char *)of + figures[i].offset);
        }
    return NULL;
}

/* ---- a row of a table as a scenario ---- */

struct queue {
    char arrivals[240], service[120], pool[80];
    double rate;
};

static void law(char *out, const char *kind, double parameter, double mean) {
    assert_true(oracle_law(out, 120, kind, parameter, mean));
}

static void poisson(struct queue *q, double rate, double workers) {
    q->rate = rate;
    snprintf(q->arrivals, sizeof q->arrivals, "{poisson: {rate: %.17g/s}}", rate);
    snprintf(q->pool, sizeof q->pool, "{workers: %g}", workers);
}

static void renewal(struct queue *q, const char *kind, double parameter, double mean,
                    double workers) {
    char gap[120];
    law(gap, kind, parameter, mean);
    q->rate = 1 / mean;
    snprintf(q->arrivals, sizeof q->arrivals, "{renewal: {gap: %s}}", gap);
    snprintf(q->pool, sizeof q->pool, "{workers: %g}", workers);
}

static void make_mmc(const struct oracle *o, struct queue *q) {
    poisson(q, o->x[2], o->x[1]);
    law(q->service, "exponential", 0, 1);
}

static void make_mmck(const struct oracle *o, struct queue *q) {
    poisson(q, o->x[3], o->x[1]);
    law(q->service, "exponential", 0, 1);
    snprintf(q->pool, sizeof q->pool, "{workers: %g, queue: {capacity: %g, when_full: reject}}",
             o->x[1], o->x[2]);
}

static void make_mg1(const struct oracle *o, struct queue *q) {
    poisson(q, o->x[3], 1);
    law(q->service, o->word[1], o->x[2], 1);
}

static void make_mdc(const struct oracle *o, struct queue *q) {
    poisson(q, o->x[2], o->x[1]);
    law(q->service, "constant", 0, 1);
}

static void make_mgc(const struct oracle *o, struct queue *q) {
    poisson(q, o->x[4], o->x[3]);
    law(q->service, o->word[1], o->x[2], 1);
}

static void make_gim(const struct oracle *o, struct queue *q) {
    renewal(q, o->word[1], o->x[2], 1 / o->x[4], o->x[3]);
    law(q->service, "exponential", 0, 1);
}

static void make_gig(const struct oracle *o, struct queue *q) {
    renewal(q, o->word[1], o->x[2], o->x[5], 1);
    law(q->service, o->word[3], o->x[4], 1);
}

static void make_mmpp(const struct oracle *o, struct queue *q) {
    const double *x = o->x;
    poisson(q, (x[3] * x[5] + x[4] * x[6]) / (x[5] + x[6]), x[1]);
    law(q->service, "exponential", 0, 1 / x[2]);
    snprintf(q->arrivals, sizeof q->arrivals,
             "{mmpp: {rates: [%g/s, %g/s], dwell: [%.17gs, %.17gs]}}", x[3], x[4], x[5], x[6]);
}

static void make_closed(const struct oracle *o, struct queue *q) {
    poisson(q, o->x[5], o->x[2]);
    law(q->service, "exponential", 0, o->x[4]);
    snprintf(q->arrivals, sizeof q->arrivals,
             "{closed: {clients: %g, think: {exponential: {mean: %gs}}}}", o->x[1], o->x[3]);
}

static void make_engset(const struct oracle *o, struct queue *q) {
    poisson(q, o->x[6] / (1 - o->x[4]), o->x[2]);
    law(q->service, "exponential", 0, 1);
    snprintf(q->arrivals, sizeof q->arrivals,
             "{closed: {clients: %g, think: {exponential: {mean: %.17gs}}}}", o->x[1], o->x[3]);
    snprintf(q->pool, sizeof q->pool, "{workers: %g, queue: {capacity: 0, when_full: reject}}",
             o->x[2]);
}

/* ---- the cases ---- */

static const struct table {
    const char *file;
    int columns;
    void (*make)(const struct oracle *o, struct queue *q);
    const char *cases[4];
    int longer; /* times the jobs */
} tables[] = {
    {"mmc", 17, make_mmc, {"A-3a459b02", "A-dbd6f91b", "A-ce75d143", "A-d0aa7cc5"}, 1},
    {"mmck", 18, make_mmck, {"B-229cd3ae", "B-66f6efcf", "B-6a0cb7a6", "B-d5636aa4"}, 1},
    {"mg1_quantiles", 12, make_mg1, {"C-ae4b664a", "C-a706c2c1", "C-96341a48", "C-e2592587"}, 1},
    {"mg1", 9, make_mg1, {"C-99419fe7", "C-d7226f15", "C-d482ad7c"}, 1},
    {"mdc", 16, make_mdc, {"D-893b3959", "D-2d21b43e"}, 1},
    {"mgc", 11, make_mgc, {"D-e7332361", "D-f2dcdaa5"}, 1},
    {"gim", 18, make_gim, {"E-4da269b4", "E-7af287b1", "E-c97ddc01"}, 1},
    {"gig", 8, make_gig, {"E-e991b026", "E-4d49cef3"}, 1},
    {"mmpp", 17, make_mmpp, {"F-49f6d724", "F-0ae3daf7", "F-2e18af2c"}, BURSTS},
    {"closed", 18, make_closed, {"H-78c88fc4", "H-dd843be6", "H-039f13c2"}, 1},
    {"engset", 7, make_engset, {"H-f9697992", "H-9ebcc337", "H-50cdf302", "H-304c94eb"}, 1},
};

enum { TABLES = sizeof tables / sizeof *tables, CASES = 34 };

static const struct table *table;
static int cases, compared, inside;
static double errors[FIGURES];

/* ---- what is compared ---- */

/* The histogram's own resolution is 0.1 %: it shows where a percentile is an atom of the law. */
static void compare(const struct oracle *o, const char *what, const struct figure *f,
                    double exact) {
    if (exact < 1e-9) { /* no queue at all, or an atom at 0; its end may be this very percentile */
        if (!(f->low < 1e-9))
            fail_msg("%s %s: %g (%g..%g), not 0", o->word[0], what, f->mean, f->low, f->high);
        return;
    }
    double error = (f->high - f->low) / 2 / stats_t(REPLICATIONS), off = fabs(f->mean / exact - 1);
    if (!(fabs(f->mean - exact) <= 4.5 * error || off <= 1e-3))
        fail_msg("%s %s: %g (%g..%g), exactly %g", o->word[0], what, f->mean, f->low, f->high,
                 exact);
    assert_true(compared < FIGURES);
    inside += (f->low <= exact && exact <= f->high) || off <= 2e-4;
    errors[compared++] = off;
}

static struct scenario *scenario_of(const struct oracle *o) {
    struct queue q = {0};
    table->make(o, &q);
    struct scenario *sc = oracle_scenario(q.arrivals, q.service, q.pool);
    sc->seed = cases + 1;
    sc->run.duration = (nsec)(1e9 * JOBS * table->longer / q.rate);
    sc->run.warmup = sc->run.duration / 20;
    sc->run.cooldown = 100 * sc->run.warmup;
    sc->run.sample_every = sc->run.warmup;
    sc->run.replications = REPLICATIONS;
    return sc;
}

static bool wanted(const struct oracle *o) {
    for (int i = 0; i < 4; i++)
        if (table->cases[i] && !strcmp(table->cases[i], o->word[0]))
            return true;
    return false;
}

static void check_row(struct oracle *o) {
    if (!wanted(o))
        return;
    struct scenario *sc = scenario_of(o);
    struct trial trials[REPLICATIONS] = {0};
    const struct record *records[REPLICATIONS];
    struct result r;
    for (size_t i = 0; i < REPLICATIONS; i++) {
        trials[i].scenario = sc;
        trials[i].replication = i + 1;
        records[i] = &trials[i].record;
    }
    sim_replicate(trials, REPLICATIONS, 2, sim_run, NULL, NULL);
    result_from_records(&r, sc, "sim", records, REPLICATIONS);
    for (int i = 1; i < table->columns; i++) {
        const struct figure *f = figure_of(&r, o->head[i]);
        if (f && !isnan(o->x[i]))
            compare(o, o->head[i], f, o->x[i]);
    }
    result_free(&r);
    for (size_t i = 0; i < REPLICATIONS; i++)
        record_close(&trials[i].record);
    scenario_free(sc);
    cases++;
}

static void test_exact_answers(void **state) {
    (void)state;
    for (table = tables; table < tables + TABLES; table++) {
        struct oracle o;
        char file[60];
        snprintf(file, sizeof file, "tests/oracles/%s.csv", table->file);
        oracle_rows(&o, file, table->columns, check_row);
    }
    stats_sort(errors, (size_t)compared);
    double median = errors[compared / 2];
    print_message("%d cases, %d of %d figures inside 95 %%, half within %.2f %%\n", cases, inside,
                  compared, 100 * median);
    assert_int_equal(cases, CASES);
    assert_true(inside >= 0.9 * compared);
    assert_true(median < 0.01);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exact_answers)};
    return cmocka_run_group_tests_name("exact", tests, NULL, NULL);
}
