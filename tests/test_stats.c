/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_stats: estimates and their 95 % intervals.
 *
 * Student's t and the two samples of "t confidence interval" are of the oracles' family N (mpmath
 * at 40 digits); the other figures are worked out by hand in the test. The interval of a percentile
 * is held to what it claims: over 300 experiments of 20 replications of 5000 exponential times it
 * must hold the true percentile in 90 to 99 of 100.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/stats.h"

static void near_at(double found, double wanted, double tolerance, int line) {
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("line %d: %.17g, not %.17g within %g", line, found, wanted, tolerance);
}
#define near(found, wanted, tolerance) near_at(found, wanted, tolerance, __LINE__)

static struct hist fresh(void) {
    struct hist h;
    assert_true(hist_open(&h));
    return h;
}

/* ---- Student's t ---- */

static void test_student(void **state) {
    (void)state;
    char line[200];
    int rows = 0;
    FILE *from = fopen("tests/oracles/student_t.csv", "r");
    assert_non_null(from);
    while (fgets(line, sizeof line, from)) {
        unsigned degrees;
        double t;
        if (sscanf(line, "N-%*[^,],%u,%lf", &degrees, &t) != 2)
            continue; /* the head */
        near(stats_t(degrees + 1) / t, 1, 1e-12);
        rows++;
    }
    fclose(from);
    assert_int_equal(rows, 11);
    assert_true(isnan(stats_t(0)) && isnan(stats_t(1)));
}

/* ---- means and ratios ---- */

static void check_figure(struct figure f, double mean, double half) {
    near(f.mean, mean, 1e-13);
    near(f.low, mean - half, 1e-12);
    near(f.high, mean + half, 1e-12);
    assert_true(f.needs == 0 && f.reason == NULL);
}

static void test_mean(void **state) {
    (void)state;
    static const double a[] = {1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09};
    static const double b[] = {0.45, 0.52, 0.49, 0.61, 0.40};
    check_figure(stats_mean(a, 10), 1.343, 0.292783113044661);
    check_figure(stats_mean(b, 5), 0.494, 0.0980049727719583);
    struct figure one = stats_mean(a, 1);
    assert_true(one.mean == 1.20 && isnan(one.low) && isnan(one.high));
}

/* 13.685 / 6; what is left of each, 0.104166..., 0.2575, -0.361666..., has the standard deviation
 * 0.322459..., over the mean denominator 2 and sqrt(3), times t(2) = 4.30265...: 0.40052... */
static void test_ratio(void **state) {
    (void)state;
    static const double above[] = {2.385, 7.1, 4.2}, below[] = {1, 3, 2};
    check_figure(stats_ratio(above, below, 3), 13.685 / 6, 0.40051638602538275);
    static const double seven[] = {7, 7, 7};
    struct figure mean = stats_mean(above, 3), ratio = stats_ratio(above, seven, 3);
    check_figure(ratio, mean.mean / 7, (mean.high - mean.mean) / 7);
    struct figure one = stats_ratio(above, below, 1);
    assert_true(one.mean == 2.385 && isnan(one.low) && isnan(one.high));
}

/* Replications without a job say nothing, but count; no job at all: null. */
static void test_ratio_of_nothing(void **state) {
    (void)state;
    static const double above[] = {2.385, 0}, below[] = {3, 0}, none[] = {0, 0};
    check_figure(stats_ratio(above, below, 2), 0.795, 0);
    struct figure f = stats_ratio(none, none, 2);
    assert_true(isnan(f.mean) && isnan(f.low) && isnan(f.high) && f.needs == 0);
}

/* ---- percentiles ---- */

/* Replications of 1 ... 100 ns, each moved by its shift. */
enum { SHIFTS = 4 };
static const nsec shifts[SHIFTS] = {0, 1, 2, 4};

struct sample {
    struct hist pooled, each[SHIFTS];
    const struct hist *list[SHIFTS];
};

static void open_shifted(struct sample *s) {
    s->pooled = fresh();
    for (int r = 0; r < SHIFTS; r++) {
        s->each[r] = fresh();
        s->list[r] = &s->each[r];
        for (nsec v = 1; v <= 100; v++)
            hist_add(&s->each[r], v + shifts[r]);
        hist_merge(&s->pooled, &s->each[r]);
    }
}

static void close_shifted(struct sample *s) {
    hist_close(&s->pooled);
    for (int r = 0; r < SHIFTS; r++)
        hist_close(&s->each[r]);
}

/* Spread as a uniform law is: as many as there are, less one. One burst among twenty: its excess
 * kurtosis is 20, which is worth 40 / (20 + 40 / 19). By hand, of four: m2 = 2.1875e-4, m4 =
 * 8.83203e-8, excess (5 (m4 / m2^2 - 3) + 6) 3/2 = 0.342857, 8 / (0.342857 + 8/3) = 2.658228. */
static void test_degrees_of_freedom(void **state) {
    (void)state;
    double even[20], burst[20] = {[7] = 0.3};
    for (int i = 0; i < 20; i++)
        even[i] = i;
    near(stats_degrees(even, 20), 19, 0);
    near(stats_degrees(burst, 20), 40 / (20 + 40.0 / 19), 1e-12);
    near(stats_degrees((double[]){0.48, 0.49, 0.5, 0.52}, 4), 2.658228, 1e-6);
    near(stats_degrees((double[]){1, 1, 1, 1, 1}, 5), 4, 0);
    near(stats_degrees((double[]){1, 2, 9}, 3), 2, 0);
}

/* By hand: the pooled p50 is 52; 48, 49, 50 and 52 of 100 lie above it; h = 3.426925 x 0.0170783 /
 * 2 = 0.029263, and 0.5 -+ h are ranks 189 and 212 of 400: 49 and 55. p90: 92, ranks 349 and 372.
 */
static void test_interval_by_exceedance(void **state) {
    (void)state;
    static const uint64_t none[SHIFTS] = {0};
    struct sample s;
    open_shifted(&s);
    struct figure f = stats_percentile(&s.pooled, s.list, none, SHIFTS, 0.5);
    near(f.mean, 52, 0);
    near(f.low, 49, 0);
    near(f.high, 55, 0);
    f = stats_percentile(&s.pooled, s.list, none, SHIFTS, 0.9);
    near(f.mean, 92, 0);
    near(f.low, 89, 0);
    near(f.high, 95, 0);
    assert_true(f.needs == 0 && f.reason == NULL && !f.open);
    close_shifted(&s);
}

/* One replication has no interval. Two that hardly overlap: h is more than there is, and the
 * interval is all that was seen. */
static void test_ends_of_an_interval(void **state) {
    (void)state;
    static const uint64_t none[SHIFTS] = {0};
    struct sample s;
    open_shifted(&s);
    struct figure f = stats_percentile(&s.each[0], s.list, none, 1, 0.5);
    assert_true(f.mean == 50 && isnan(f.low) && isnan(f.high) && !f.open);
    struct hist far = fresh(), pooled = fresh();
    for (nsec v = 1; v <= 100; v++)
        hist_add(&far, v + 90);
    hist_merge(&pooled, &s.each[0]);
    hist_merge(&pooled, &far);
    const struct hist *list[] = {&s.each[0], &far};
    f = stats_percentile(&pooled, list, none, 2, 0.5);
    near(f.mean, 95, 0); /* 90 + 2 x 5 are at most 95 */
    assert_true(f.low == 1 && f.high == 190 && f.open);
    hist_close(&far);
    hist_close(&pooled);
    close_shifted(&s);
}

/* Jobs that had not ended rank above all: they move the ranks, and are above in each exceedance.
 * With 40, 30, 20 and 10 of them p50 is rank 250 of 500, h = 3.18245 x 0.0391935 / 2, and the
 * interval ranks 219 to 282; that of p75 (rank 375, h = 0.1037) ends among them: at the maximum. */
static void test_jobs_above(void **state) {
    (void)state;
    static const uint64_t some[SHIFTS] = {40, 30, 20, 10}, many[SHIFTS] = {0, 0, 0, 401};
    struct sample s;
    open_shifted(&s);
    struct figure f = stats_percentile(&s.pooled, s.list, some, SHIFTS, 0.5);
    assert_true(f.mean == 65 && f.low == 57 && f.high == 73 && !f.open);
    f = stats_percentile(&s.pooled, s.list, some, SHIFTS, 0.75);
    assert_true(f.mean == 96 && f.low == 83 && f.high == 104 && f.open);
    f = stats_percentile(&s.pooled, s.list, many, SHIFTS, 0.5);
    assert_true(isnan(f.mean) && isnan(f.low) && isnan(f.high) && f.needs == 0);
    assert_non_null(f.reason);
    close_shifted(&s);
}

static void check_needs(size_t jobs, double p, uint64_t needs) {
    struct hist h = fresh();
    const struct hist *list[] = {&h};
    const uint64_t none[] = {0};
    for (size_t i = 0; i < jobs; i++)
        hist_add(&h, 2385 + (nsec)i);
    struct figure f = stats_percentile(&h, list, none, 1, p);
    assert_int_equal(f.needs, needs);
    assert_true(isnan(f.mean) == (needs > 0));
    hist_close(&h);
}

/* Fewer than 5 / (1 - p) jobs: so many are needed. Of nothing: null, and no advice. */
static void test_needs(void **state) {
    (void)state;
    static const struct {
        double p;
        size_t needs;
    } known[] = {{0.5, 10}, {0.9, 50}, {0.95, 100}, {0.99, 500}, {0.999, 5000}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        check_needs(known[i].needs - 1, known[i].p, known[i].needs);
        check_needs(known[i].needs, known[i].p, 0);
        struct hist empty = {0};
        const struct hist *list[] = {&empty, &empty};
        const uint64_t none[] = {0, 0};
        struct figure f = stats_percentile(&empty, list, none, 2, known[i].p);
        assert_true(isnan(f.mean) && isnan(f.low) && f.needs == 0 && f.reason == NULL);
    }
}

/* ---- does the interval hold what it says? ---- */

enum { EXPERIMENTS = 300, REPLICATIONS = 20, JOBS = 5000, PERCENTILES = 3 };
static const double percentiles[PERCENTILES] = {0.5, 0.9, 0.99};

static void experiment(gsl_rng *rng, struct hist *pooled, struct hist *each, int *inside) {
    static const uint64_t none[REPLICATIONS] = {0};
    const struct hist *list[REPLICATIONS];
    const double mean = 2.385e6;
    hist_clear(pooled);
    for (int r = 0; r < REPLICATIONS; r++) {
        list[r] = &each[r];
        hist_clear(&each[r]);
        for (int i = 0; i < JOBS; i++)
            hist_add(&each[r], (nsec)(-mean * log(gsl_rng_uniform_pos(rng)) + 0.5));
        hist_merge(pooled, &each[r]);
    }
    for (int i = 0; i < PERCENTILES; i++) {
        struct figure f = stats_percentile(pooled, list, none, REPLICATIONS, percentiles[i]);
        double truth = -mean * log1p(-percentiles[i]);
        assert_true(f.low <= f.mean && f.mean <= f.high);
        inside[i] += f.low <= truth && truth <= f.high;
    }
}

static void test_coverage(void **state) {
    (void)state;
    struct hist pooled = fresh(), each[REPLICATIONS];
    int inside[PERCENTILES] = {0};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(rng, 2385);
    for (int r = 0; r < REPLICATIONS; r++)
        each[r] = fresh();
    for (int i = 0; i < EXPERIMENTS; i++)
        experiment(rng, &pooled, each, inside);
    gsl_rng_free(rng);
    for (int r = 0; r < REPLICATIONS; r++)
        hist_close(&each[r]);
    hist_close(&pooled);
    for (int i = 0; i < PERCENTILES; i++) {
        double share = (double)inside[i] / EXPERIMENTS;
        print_message("  p%g: %.1f %% of %d intervals hold it\n", 100 * percentiles[i], 100 * share,
                      EXPERIMENTS);
        assert_true(share >= 0.90 && share <= 0.99);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_student),
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_ratio),
        cmocka_unit_test(test_ratio_of_nothing),
        cmocka_unit_test(test_degrees_of_freedom),
        cmocka_unit_test(test_interval_by_exceedance),
        cmocka_unit_test(test_ends_of_an_interval),
        cmocka_unit_test(test_jobs_above),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_coverage),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
