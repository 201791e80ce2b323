/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_theory: what queueing theory says of a scenario, against exact answers of the oracles: family
 * A (M/M/c), B (M/M/c/K) and C (the means of M/G/1), computed at 40 digits; and which figures are
 * marked exact, approximate, or refused with a reason.
 *
 * Mean service is 1 s in all tables. Erlang's B and C at a few points are of published tables
 * (Gross et al., Fundamentals of Queueing Theory, 4th ed., ch. 2).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/theory.h"

#define EXACT 1e-6

static void near_at(double found, double wanted, double tolerance, int line) {
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("line %d: %.17g, not %.17g within %g", line, found, wanted, tolerance);
}
#define near(found, wanted, tolerance) near_at(found, wanted, tolerance, __LINE__)

static struct scenario *parse(const char *text) {
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "tests/oracles/none.yaml", &err);
    if (!sc) {
        err_print(&err, stderr);
        fail_msg("refused: %s", text);
    }
    err_free(&err);
    return sc;
}

/* Arrivals, service, pool and the rest of a scenario in the short form. */
static struct scenario *scenario_of(const char *arrivals, const char *service, const char *pool,
                                    const char *rest) {
    char text[500];
    snprintf(text, sizeof text, "headroom: 1\nname: t\narrivals: %s\nservice: %s\npool: %s\n%s\n",
             arrivals, service, pool, rest);
    return parse(text);
}

static struct scenario *poisson(double rate, const char *service, unsigned workers,
                                const char *capacity) {
    char arrivals[80], pool[100];
    snprintf(arrivals, sizeof arrivals, "{poisson: {rate: %.15g/s}}", rate);
    snprintf(pool, sizeof pool, "{workers: %u, queue: {capacity: %s, when_full: reject}}", workers,
             capacity);
    return scenario_of(arrivals, service, pool, "");
}

/* ---- tables ----------------------------------------------------------------------------------- */

enum { COLUMNS = 20 };

/* Numbers of a comma-separated row from its `skip`-th cell on; their count. */
static int numbers(char *line, int skip, double *x) {
    int n = 0;
    char *save = NULL, *cell = strtok_r(line, ",\n", &save);
    for (; cell && n < COLUMNS; cell = strtok_r(NULL, ",\n", &save))
        if (skip-- <= 0)
            x[n++] = strtod(cell, NULL);
    return n;
}

/* How many of a case's figures stray; each is printed. */
static int stray;

static void figure(const char *id, const char *what, struct theory_figure f, enum theory_mark mark,
                   double wanted) {
    bool ok = fabs(f.value - wanted) <= EXACT * fabs(wanted) && f.mark == mark;
    if (ok)
        return;
    print_message("  %s %s: %.12g, not %.12g (%.1e), mark %d\n", id, what, f.value, wanted,
                  f.value / wanted - 1, (int)f.mark);
    stray++;
}

typedef void row_fn(const char *id, const double *x, const char *kind);

/* Every row of a table whose numbers begin at cell `skip`; the cell before is the kind. */
static int rows_of(const char *file, int skip, int columns, row_fn *check) {
    char line[600], copy[600], id[40], kind[40] = "";
    double x[COLUMNS];
    int rows = 0;
    FILE *from = fopen(file, "r");
    assert_non_null(from);
    stray = 0;
    assert_non_null(fgets(line, sizeof line, from));
    while (fgets(line, sizeof line, from)) {
        memcpy(copy, line, sizeof line);
        assert_true(sscanf(line, "%39[^,],%39[^,]", id, kind) == 2);
        assert_int_equal(numbers(copy, skip, x), columns);
        check(id, x, kind);
        rows++;
    }
    fclose(from);
    return rows;
}

/* The percentiles of `t` at p50 p90 p99 p999; p95 is not in the tables. */
static const int place[] = {0, 1, 3, 4};

static void quantiles(const char *id, const char *what, const struct theory_figure *f, int count,
                      const double *wanted) {
    for (int i = 0; i < count; i++) {
        char name[40];
        snprintf(name, sizeof name, "%s p%g", what, 100 * result_p[place[i]]);
        figure(id, name, f[place[i]], THEORY_EXACT, wanted[i]);
    }
}

/* c, lambda, p_wait, Wq, W, Lq, L, utilisation, Wq and W at p50 p90 p99 p99.9 */
static void check_mmc(const char *id, const double *x, const char *kind) {
    (void)kind;
    struct scenario *sc = poisson(x[1], "{exponential: {mean: 1s}}", (unsigned)x[0], "unbounded");
    struct theory t;
    theory_of(&t, sc);
    figure(id, "p_wait", t.wait_probability, THEORY_EXACT, x[2]);
    figure(id, "wait", t.wait_mean, THEORY_EXACT, x[3]);
    figure(id, "response", t.response_mean, THEORY_EXACT, x[4]);
    figure(id, "queue", t.queue_length, THEORY_EXACT, x[5]);
    figure(id, "in system", t.in_system, THEORY_EXACT, x[6]);
    figure(id, "utilisation", t.utilisation, THEORY_EXACT, x[7]);
    figure(id, "throughput", t.throughput, THEORY_EXACT, x[1]);
    figure(id, "rejected", t.rejected_share, THEORY_EXACT, 0);
    quantiles(id, "wait", t.wait, 4, x + 8);
    quantiles(id, "response", t.response, 4, x + 12);
    for (int i = 0; i < 4; i++)
        near(theory_response(&t, result_p[place[i]]) / t.response[place[i]].value, 1, 1e-9);
    theory_free(&t);
    scenario_free(sc);
}

static void test_mmc(void **state) {
    (void)state;
    assert_int_equal(rows_of("tests/oracles/mmc.csv", 1, 16, check_mmc), 27);
    assert_int_equal(stray, 0);
}

/* c, capacity, lambda, loss, throughput, L, Lq, utilisation, Wq, W, p_wait, Wq and W at p50 p90 p99;
 * a queue that loses less than 1e-9 of its jobs is taken for unbounded (theory.c). */
static void check_mmck(const char *id, const double *x, const char *kind) {
    (void)kind;
    char capacity[20];
    snprintf(capacity, sizeof capacity, "%.0f", x[1]);
    struct scenario *sc = poisson(x[2], "{exponential: {mean: 1s}}", (unsigned)x[0], capacity);
    struct theory t;
    theory_of(&t, sc);
    figure(id, "rejected", t.rejected_share, THEORY_EXACT, x[3] < 1e-9 ? 0 : x[3]);
    figure(id, "throughput", t.throughput, THEORY_EXACT, x[4]);
    figure(id, "in system", t.in_system, THEORY_EXACT, x[5]);
    figure(id, "queue", t.queue_length, THEORY_EXACT, x[6]);
    figure(id, "utilisation", t.utilisation, THEORY_EXACT, x[7]);
    figure(id, "wait", t.wait_mean, THEORY_EXACT, x[8]);
    figure(id, "response", t.response_mean, THEORY_EXACT, x[9]);
    figure(id, "p_wait", t.wait_probability, THEORY_EXACT, x[10]);
    quantiles(id, "wait", t.wait, 3, x + 11);
    quantiles(id, "response", t.response, 3, x + 14);
    theory_free(&t);
    scenario_free(sc);
}

static void test_mmck(void **state) {
    (void)state;
    assert_int_equal(rows_of("tests/oracles/mmck.csv", 1, 17, check_mmck), 40);
    assert_int_equal(stray, 0);
}
