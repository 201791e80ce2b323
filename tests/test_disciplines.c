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
#include "tests/oracle.h"

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

/* Found all workers busy, of all jobs: of those that started, and all that gave up. */
static struct figure all_busy(const struct result *r) {
    const struct figure *lost = &r->total.rejected_share, *waited = &r->total.wait_probability;
    struct figure f = *waited;
    f.mean = lost->mean + (1 - lost->mean) * waited->mean;
    f.low = lost->low + (1 - lost->low) * waited->low;
    f.high = lost->high + (1 - lost->high) * waited->high;
    return f;
}

static void figures(const struct result *r, const struct record *const *records, void *context) {
    const struct oracle_found all[] = {
        {"lost", r->total.rejected_share, LOST},
        {"all busy", all_busy(r), ALL_BUSY},
        {"mean wait", r->total.wait.mean, WAIT_MEAN},
        {"wait p90", r->total.wait.p90, WAIT_P90},
        {"wait p99", r->total.wait.p99, WAIT_P99},
        {"throughput", r->total.throughput, THROUGHPUT},
        {"queue", r->pools[0].queue_length, QUEUE},
    };
    (void)records;
    oracle_intervals(context, all, sizeof all / sizeof *all, REPLICATIONS);
}

static void check_case(struct oracle_score *score, char *const *cell) {
    struct scenario *sc = scenario_of(cell);
    oracle_simulate(sc, REPLICATIONS, false, figures, &(struct oracle_asked){score, cell});
    scenario_free(sc);
}

static void test_exact_answers(void **state) {
    (void)state;
    struct oracle_score score = {0};
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
