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
#include "tests/oracle.h"

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

enum counted { COUNT_RESIZED, COUNT_STARTING };

/* Workers that decisions have added or taken, in [0, T). */
static double resized(const struct record *r) {
    double count = 0;
    for (size_t i = 0; i < r->resizes->event_count; i++) {
        const struct resize_event *e = &r->resizes->events[i];
        bool decision = e->what == RESIZED_GROW || e->what == RESIZED_SHRINK;
        if (decision && e->at >= 0 && e->at < r->horizon)
            count += fabs((double)e->to - (double)e->from);
    }
    return count;
}

/* Workers that were added or removed, or that were starting, a second. */
static struct figure counted(const struct record *const *records, enum counted what) {
    double each[REPLICATIONS];
    for (size_t i = 0; i < REPLICATIONS; i++) {
        double count = what == COUNT_RESIZED ? resized(records[i])
                                             : (double)records[i]->pools[0].starting.area / 1e9;
        each[i] = count / nsec_seconds(records[i]->horizon);
    }
    return stats_mean(each, REPLICATIONS);
}

static void figures(const struct result *r, const struct record *const *records, void *context) {
    const struct oracle_found all[] = {
        {"in system", r->total.in_system, IN_SYSTEM},
        {"queue", r->pools[0].queue_length, QUEUE},
        {"response", r->total.response.mean, RESPONSE},
        {"wait", r->total.wait.mean, WAIT},
        {"workers", r->pools[0].workers, WORKERS},
        {"busy", r->pools[0].busy, BUSY},
        {"starting", counted(records, COUNT_STARTING), STARTING},
        {"resized", counted(records, COUNT_RESIZED), RESIZED},
        {"lost", r->total.rejected_share, LOST},
        {"throughput", r->total.throughput, THROUGHPUT},
    };
    oracle_intervals(context, all, sizeof all / sizeof *all, REPLICATIONS);
}

static void check_case(struct oracle_score *score, char *const *cell) {
    struct scenario *sc = scenario_of(cell);
    oracle_simulate(sc, REPLICATIONS, true, figures, &(struct oracle_asked){score, cell});
    scenario_free(sc);
}

static void test_exact_answers(void **state) {
    (void)state;
    struct oracle_score score = {0};
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
