/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_resizing: pools that change their size against exact answers (Markov chains solved
 * directly): thresholds with and without hysteresis, with set-up times, asked at ticks, with a
 * cool-down; a worker for each job that waits (M/M/c/setup), with delayed off; the executor's rule
 * of core, queue, maximum and keep-alive. Each is one of the scenario's policies, set to it.
 * Figures: tests/oracles/resizing.csv; in units of its time, `resized` in workers a unit.
 *
 * By the rule of all exact answers here: at least 90 of 100 inside their 95 % interval, none
 * further than 6 standard errors and 0.5 % off.
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
#include "sim/sim.h"

enum { REPLICATIONS = 20, JOBS = 50000 };

enum cell {
    CASE,
    RULE,
    LAMBDA,
    SERVICE,
    LEAST,
    MOST,
    GROW_AT,
    SHRINK_AT,
    EVERY,
    STEP,
    START,
    DWELL,
    KEEP_ALIVE,
    CAPACITY,
    IN_SYSTEM,
    QUEUE,
    RESPONSE,
    WAIT,
    WORKERS,
    BUSY,
    STARTING,
    RESIZED,
    LOST,
    THROUGHPUT,
    CELLS
};

struct score {
    int figures, inside;
};

/* ", key: {exponential: {mean: VALUEs}}"; nothing for an empty cell, "0s" for 0. Fresh memory. */
static char *exponential(const char *key, const char *mean) {
    return !*mean               ? mem_text("")
           : !strcmp(mean, "0") ? mem_format(", %s: 0s", key)
                                : mem_format(", %s: {exponential: {mean: %ss}}", key, mean);
}

/* The policy and what only it has. */
static char *rule(char *const *cell) {
    if (!strcmp(cell[RULE], "executor"))
        return mem_text("policy: on_demand, grow_when: queue_full");
    if (!strcmp(cell[RULE], "on_demand"))
        return mem_text("policy: on_demand");
    return mem_format("policy: watermark, grow_at: {queue: %s}, shrink_at: {idle: %s}%s%s%s%s",
                      cell[GROW_AT], cell[SHRINK_AT], *cell[STEP] ? ", step: " : "", cell[STEP],
                      *cell[START] ? ", while_starting: hold" : "",
                      *cell[EVERY] ? "" : ", every: 0s");
}

static struct scenario *scenario_of(char *const *cell) {
    double lambda = atof(cell[LAMBDA]);
    char *policy = rule(cell), *every = exponential("every", cell[EVERY]);
    char *start = exponential("spawn", cell[START]), *dwell = exponential("dwell", cell[DWELL]);
    char *keep = exponential("keep_alive", cell[KEEP_ALIVE]);
    char *text = mem_format(
        "headroom: 1\nname: resizing\nseed: 11\narrivals: {poisson: {rate: %s/s}}\n"
        "service: {exponential: {mean: %ss}}\n"
        "pool: {workers: %s, queue: {capacity: %s}, resize: {%s, min: %s, max: %s%s%s%s%s}}\n"
        "run: {duration: %.0fs, warmup: %.0fs, cooldown: 100000s, replications: %d}\n",
        cell[LAMBDA], cell[SERVICE], !strcmp(cell[LEAST], "0") ? cell[MOST] : cell[LEAST],
        *cell[CAPACITY] ? cell[CAPACITY] : "unbounded", policy, cell[LEAST], cell[MOST], every,
        start, dwell, keep, JOBS / lambda, 0.05 * JOBS / lambda, REPLICATIONS);
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "none.yaml", &err);
    if (!sc) {
        err_print(&err, stderr);
        fail_msg("refused: %s", text);
    }
    free(policy);
    free(every);
    free(start);
    free(dwell);
    free(keep);
    free(text);
    return sc;
}

static void figure(struct score *score, const char *id, const char *what, struct figure f,
                   const char *exactly) {
    if (!*exactly)
        return;
    double exact = atof(exactly), error = (f.high - f.low) / 2 / stats_t(REPLICATIONS);
    score->figures++;
    score->inside += f.low <= exact && exact <= f.high;
    if (!(fabs(f.mean - exact) <= 6 * error || fabs(f.mean / exact - 1) <= 0.005))
        fail_msg("%s %s: %g (%g..%g), exactly %g", id, what, f.mean, f.low, f.high, exact);
}

enum counted { COUNT_RESIZED, COUNT_STARTING };

/* Workers that were added or removed, or that were starting, a second. */
static struct figure counted(const struct record *const *records, enum counted what) {
    double each[REPLICATIONS];
    for (size_t i = 0; i < REPLICATIONS; i++) {
        const struct pool_tally *p = &records[i]->pools[0];
        double count = what == COUNT_RESIZED ? (double)(p->resizing.grown + p->resizing.shrunk)
                                             : (double)p->starting.area / 1e9;
        each[i] = count / nsec_seconds(records[i]->horizon);
    }
    return stats_mean(each, REPLICATIONS);
}

static void figures(struct score *score, char *const *cell, const struct result *r,
                    const struct record *const *records) {
    const char *id = cell[CASE];
    figure(score, id, "in system", r->total.in_system, cell[IN_SYSTEM]);
    figure(score, id, "queue", r->pools[0].queue_length, cell[QUEUE]);
    figure(score, id, "response", r->total.response.mean, cell[RESPONSE]);
    figure(score, id, "wait", r->total.wait.mean, cell[WAIT]);
    figure(score, id, "workers", r->pools[0].workers, cell[WORKERS]);
    figure(score, id, "busy", r->pools[0].busy, cell[BUSY]);
    figure(score, id, "starting", counted(records, COUNT_STARTING), cell[STARTING]);
    figure(score, id, "resized", counted(records, COUNT_RESIZED), cell[RESIZED]);
    figure(score, id, "lost", r->total.rejected_share, cell[LOST]);
    figure(score, id, "throughput", r->total.throughput, cell[THROUGHPUT]);
}

static void check_case(struct score *score, char *const *cell) {
    struct scenario *sc = scenario_of(cell);
    struct trial *trials = mem_new(REPLICATIONS, sizeof *trials);
    const struct record *records[REPLICATIONS];
    for (size_t i = 0; i < REPLICATIONS; i++) {
        trials[i] = (struct trial){.scenario = sc, .replication = i + 1};
        records[i] = &trials[i].record;
    }
    sim_replicate(trials, REPLICATIONS, 2, sim_run, NULL, NULL);
    struct result r;
    result_from_records(&r, sc, "sim", records, REPLICATIONS);
    assert_true(r.total.little.identity_holds);
    figures(score, cell, &r, records);
    result_free(&r);
    for (size_t i = 0; i < REPLICATIONS; i++)
        record_close(&trials[i].record);
    free(trials);
    scenario_free(sc);
}

static void test_exact_answers(void **state) {
    (void)state;
    struct score score = {0};
    char line[600], *cell[CELLS];
    int cases = 0;
    FILE *from = fopen("tests/oracles/resizing.csv", "re");
    assert_non_null(from);
    assert_non_null(fgets(line, sizeof line, from));
    while (fgets(line, sizeof line, from)) {
        char *rest = line;
        line[strcspn(line, "\n")] = 0;
        for (int i = 0; i < CELLS; i++)
            assert_non_null(cell[i] = strsep(&rest, ","));
        check_case(&score, cell);
        cases++;
    }
    fclose(from);
    print_message("%d cases, %d of %d figures inside their interval\n", cases, score.inside,
                  score.figures);
    assert_int_equal(cases, 30);
    assert_true(score.inside >= 0.9 * score.figures);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exact_answers)};
    return cmocka_run_group_tests_name("resizing", tests, NULL, NULL);
}
