/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_disciplines: the simulator against exact answers of queues that are not plain fifo: newest
 * first (M/M/c and M/G/1), and jobs that give up waiting, of exponential patience (Erlang-A) and of
 * a fixed one (M/M/c+D). Figures with their sources: tests/oracles/disciplines.csv.
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

enum { REPLICATIONS = 20, JOBS = 100000, CELLS = 14 };

enum cell {
    CASE,
    ORDER,
    WORKERS,
    LAMBDA,
    SERVICE,
    PATIENCE,
    PATIENCE_MEAN,
    LOST,
    ALL_BUSY,
    WAIT_MEAN,
    WAIT_P90,
    WAIT_P99,
    THROUGHPUT,
    QUEUE
};

struct score {
    int figures, inside;
};

static struct scenario *scenario_of(char *const *cell) {
    double lambda = atof(cell[LAMBDA]);
    char *timeout = *cell[PATIENCE]
                        ? mem_format(strcmp(cell[PATIENCE], "constant")
                                         ? "timeout: {queue: {exponential: {mean: %ss}}}\n"
                                         : "timeout: {queue: %ss}\n",
                                     cell[PATIENCE_MEAN])
                        : mem_text("");
    char *text = mem_format(
        "headroom: 1\nname: disciplines\nseed: 7\narrivals: {poisson: {rate: %s/s}}\nservice: %s\n"
        "%spool: {workers: %s, queue: {order: %s}}\n"
        "run: {duration: %.0fs, warmup: %.0fs, cooldown: 100000s, replications: %d}\n",
        cell[LAMBDA],
        strcmp(cell[SERVICE], "exponential") ? "{gamma: {mean: 1s, cv: 0.70710678118654752}}"
                                             : "{exponential: {mean: 1s}}",
        timeout, cell[WORKERS], cell[ORDER], JOBS / lambda, 0.05 * JOBS / lambda, REPLICATIONS);
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "none.yaml", &err);
    if (!sc) {
        err_print(&err, stderr);
        fail_msg("refused: %s", text);
    }
    free(text);
    free(timeout);
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

/* Found all workers busy, of all jobs: of those that started, and all that gave up. */
static struct figure all_busy(const struct result *r) {
    const struct figure *lost = &r->total.rejected_share, *waited = &r->total.wait_probability;
    struct figure f = *waited;
    f.mean = lost->mean + (1 - lost->mean) * waited->mean;
    f.low = lost->low + (1 - lost->low) * waited->low;
    f.high = lost->high + (1 - lost->high) * waited->high;
    return f;
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
    figure(score, cell[CASE], "lost", r.total.rejected_share, cell[LOST]);
    figure(score, cell[CASE], "all busy", all_busy(&r), cell[ALL_BUSY]);
    figure(score, cell[CASE], "mean wait", r.total.wait.mean, cell[WAIT_MEAN]);
    figure(score, cell[CASE], "wait p90", r.total.wait.p90, cell[WAIT_P90]);
    figure(score, cell[CASE], "wait p99", r.total.wait.p99, cell[WAIT_P99]);
    figure(score, cell[CASE], "throughput", r.total.throughput, cell[THROUGHPUT]);
    figure(score, cell[CASE], "queue", r.pools[0].queue_length, cell[QUEUE]);
    result_free(&r);
    for (size_t i = 0; i < REPLICATIONS; i++)
        record_close(&trials[i].record);
    free(trials);
    scenario_free(sc);
}

static void test_exact_answers(void **state) {
    (void)state;
    struct score score = {0};
    char line[400], *cell[CELLS];
    int cases = 0;
    FILE *from = fopen("tests/oracles/disciplines.csv", "re");
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
    assert_int_equal(cases, 14);
    assert_true(score.inside >= 0.9 * score.figures);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exact_answers)};
    return cmocka_run_group_tests_name("disciplines", tests, NULL, NULL);
}
