/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * usl: fits against figures of other programs (tests/oracles/usl.csv: another program's least
 * squares; Gunther's ray tracer also as R's package usl has it), exact recovery, borders, weights,
 * advice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/usl.h"
#include "tests/oracle.h"

enum { MOST = 64 };

struct set {
    char name[40];
    struct usl_point points[MOST];
    size_t count;
};

static struct set wanted; /* of the set in .name, as read */

static void take_point(struct oracle *o) {
    if (!strcmp(o->word[1], wanted.name))
        wanted.points[wanted.count++] = (struct usl_point){o->x[2], o->x[3], NAN, NAN};
}

static void read_set(const char *name) {
    struct oracle o;
    wanted = (struct set){0};
    snprintf(wanted.name, sizeof wanted.name, "%s", name);
    oracle_rows(&o, "tests/oracles/usl_points.csv", 4, take_point);
    assert_true(wanted.count >= 6);
}

static void close_to(double found, double right, double relative, double absolute) {
    if (!(fabs(found - right) <= relative * fabs(right) + absolute))
        fail_msg("%.12g, not %.12g", found, right);
}

static void fit_row(struct oracle *o) {
    struct usl fit;
    double tolerance = o->x[2];
    read_set(o->word[1]);
    assert_null(usl_fit(&fit, wanted.points, wanted.count));
    close_to(fit.lambda.value, o->x[3], tolerance, 0);
    close_to(fit.sigma.value, o->x[4], tolerance, 0);
    close_to(fit.kappa.value, o->x[5], tolerance, o->x[5] > 0 ? 0 : 1e-8);
    if (!isnan(o->x[6]))
        close_to(sqrt((1 - fit.sigma.value) / fit.kappa.value), o->x[6], tolerance, 0);
    if (!isnan(o->x[7]))
        close_to(fit.residual_error, o->x[7], 1e-5, 0);
}

static void test_oracles(void **state) {
    (void)state;
    struct oracle o;
    assert_int_equal(oracle_rows(&o, "tests/oracles/usl.csv", 8, fit_row), 6);
}

/* As the package's own tests print it, to its five digits, with its peak. */
static void test_published(void **state) {
    (void)state;
    struct usl fit;
    read_set("raytracer-first-six");
    assert_null(usl_fit(&fit, wanted.points, wanted.count));
    close_to(fit.sigma.value, 0.02444, 0, 5e-6);
    close_to(fit.kappa.value, 0.00163, 0, 5e-6);
    close_to(fit.lambda.value, 20.85605, 0, 5e-6);
    assert_false(fit.weighted);
    assert_true(fit.r2 > 0.99 && fit.r2 < 1);
}

static size_t exact(struct usl_point *p, const double *n, size_t count, double lambda, double sigma,
                    double kappa) {
    for (size_t i = 0; i < count; i++)
        p[i] = (struct usl_point){
            n[i], lambda * n[i] / (1 + sigma * (n[i] - 1) + kappa * n[i] * (n[i] - 1)), NAN, NAN};
    return count;
}

static const double loads[] = {1, 2, 3, 5, 8, 13, 21, 34, 55};
enum { LOADS = sizeof loads / sizeof *loads };

static void test_exact_recovery(void **state) {
    (void)state;
    static const double cases[][3] = {{7, 0.03, 0.0007}, {1e9, 0.2, 1e-3},   {1e-6, 0.001, 0.02},
                                      {333, 0, 0.004},   {2.5, 0.8, 0.0005}, {40, 1.5, 0.01}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct usl_point p[LOADS];
        struct usl fit;
        exact(p, loads, LOADS, cases[i][0], cases[i][1], cases[i][2]);
        assert_null(usl_fit(&fit, p, LOADS));
        close_to(fit.lambda.value, cases[i][0], 1e-7, 0);
        close_to(fit.sigma.value, cases[i][1], 1e-7, 1e-8);
        close_to(fit.kappa.value, cases[i][2], 1e-7, 0);
        close_to(fit.r2, 1, 0, 1e-9);
        double peak = cases[i][1] < 1 ? sqrt((1 - cases[i][1]) / cases[i][2]) : 1;
        close_to(fit.peak, peak, 1e-6, 0);
        close_to(fit.peak_throughput, usl_throughput(&fit, peak), 1e-6, 0);
        assert_true(isnan(fit.limit));
    }
}

static void test_three_points_have_no_intervals(void **state) {
    (void)state;
    struct usl_point p[3];
    struct usl fit;
    exact(p, (double[]){1, 8, 40}, 3, 10, 0.05, 0.001);
    assert_null(usl_fit(&fit, p, 3));
    close_to(fit.sigma.value, 0.05, 1e-6, 0);
    assert_true(isnan(fit.sigma.low) && isnan(fit.sigma.high) && isnan(fit.residual_error));
    assert_true(fit.peak > 0);
}

/* Linear: no contention at all. A straight line is not to be taken for a peak. */
static void test_linear(void **state) {
    (void)state;
    struct usl_point p[LOADS];
    struct usl fit;
    exact(p, loads, LOADS, 12, 0, 0);
    assert_null(usl_fit(&fit, p, LOADS));
    close_to(fit.lambda.value, 12, 1e-7, 0);
    close_to(fit.sigma.value, 0, 0, 1e-8);
    close_to(fit.kappa.value, 0, 0, 1e-9);
    assert_true(isnan(fit.peak));
}

static void test_amdahl(void **state) {
    (void)state;
    struct usl_point p[LOADS];
    struct usl fit;
    exact(p, loads, LOADS, 12, 0.1, 0);
    for (size_t i = 0; i < LOADS; i++)
        p[i].throughput *= i % 2 ? 1.001 : 0.999;
    assert_null(usl_fit(&fit, p, LOADS));
    assert_true(isnan(fit.peak) && isnan(fit.peak_throughput));
    close_to(fit.limit, 120, 0.02, 0);
    assert_true(fit.kappa.low <= 0 && fit.kappa.high > 0 && fit.kappa.high < 1e-3);
}

/* Faster than linear: the free minimum has a negative sigma, which is not allowed. */
static void test_superlinear_stays_inside(void **state) {
    (void)state;
    struct usl_point p[] = {{1, 10, NAN, NAN},  {2, 22, NAN, NAN},   {4, 50, NAN, NAN},
                            {8, 104, NAN, NAN}, {16, 210, NAN, NAN}, {32, 430, NAN, NAN}};
    struct usl fit;
    assert_null(usl_fit(&fit, p, 6));
    assert_true(fit.sigma.value >= 0 && fit.kappa.value >= 0 && fit.lambda.value > 10);
    assert_true(fit.sigma.low >= 0 && fit.kappa.low >= 0 && isnan(fit.peak));
}

/* A point that is known badly weighs little. */
static void test_weights(void **state) {
    (void)state;
    struct usl_point p[LOADS];
    struct usl plain, weighted;
    exact(p, loads, LOADS, 100, 0.05, 0.001);
    p[4].throughput *= 1.3;
    assert_null(usl_fit(&plain, p, LOADS));
    for (size_t i = 0; i < LOADS; i++) {
        double half = (i == 4 ? 0.5 : 0.001) * p[i].throughput;
        p[i].low = p[i].throughput - half;
        p[i].high = p[i].throughput + half;
    }
    assert_null(usl_fit(&weighted, p, LOADS));
    assert_true(weighted.weighted && !plain.weighted);
    close_to(weighted.sigma.value, 0.05, 0.01, 0);
    assert_true(fabs(plain.sigma.value - 0.05) > 10 * fabs(weighted.sigma.value - 0.05));
    p[0].low = p[0].high; /* one without an interval: none is weighed */
    assert_null(usl_fit(&weighted, p, LOADS));
    assert_false(weighted.weighted);
    close_to(weighted.sigma.value, plain.sigma.value, 1e-9, 0);
}

/* The intervals of sigma hold the truth about 95 times of 100. */
static void test_intervals_hold(void **state) {
    (void)state;
    int held = 0;
    uint64_t x = 88172645463325252U;
    for (int k = 0; k < 400; k++) {
        struct usl_point p[LOADS];
        struct usl fit;
        exact(p, loads, LOADS, 100, 0.05, 0.001);
        for (size_t i = 0; i < LOADS; i++) {
            double noise = 0; /* of 12 uniform numbers: nearly normal */
            for (int n = 0; n < 12; n++) {
                x ^= x << 13;
                x ^= x >> 7;
                x ^= x << 17;
                noise += (double)(x >> 11) / 9007199254740992.0;
            }
            p[i].throughput += 5 * (noise - 6);
        }
        assert_null(usl_fit(&fit, p, LOADS));
        held += fit.sigma.low <= 0.05 && fit.sigma.high >= 0.05;
    }
    assert_in_range(held, 364, 396); /* 95 % of 400 is 380; three standard deviations are 13 */
}

static void refused(struct usl_point *p, size_t count, const char *word) {
    struct usl fit;
    const char *wrong = usl_fit(&fit, p, count);
    assert_non_null(wrong);
    if (!strstr(wrong, word))
        fail_msg("'%s' has no '%s'", wrong, word);
}

static void test_refused(void **state) {
    (void)state;
    struct usl_point p[] = {{1, 10, NAN, NAN}, {2, 19, NAN, NAN}, {2, 20, NAN, NAN}};
    refused(p, 0, "three different");
    refused(p, 3, "three different");
    p[2].workers = 0;
    refused(p, 3, "above 0");
    p[2] = (struct usl_point){4, NAN, NAN, NAN};
    refused(p, 3, "throughput");
    for (int i = 0; i < 3; i++)
        p[i] = (struct usl_point){i + 1, 0, NAN, NAN};
    refused(p, 3, "is 0");
}

static void collect(void *to, char *text) {
    char **all = to;
    char *longer = malloc(strlen(*all) + strlen(text) + 2);
    assert_non_null(longer);
    sprintf(longer, "%s%s\n", *all, text);
    free(*all);
    free(text);
    *all = longer;
}

static void advises(struct usl_point *p, size_t count, const char *word, bool wanted_there) {
    struct usl fit;
    char *all = calloc(1, 1);
    assert_null(usl_fit(&fit, p, count));
    usl_advise(&fit, p, collect, &all);
    if ((strstr(all, word) != NULL) != wanted_there)
        fail_msg("'%s'%s in: %s", word, wanted_there ? " not" : "", all);
    free(all);
}

static void test_advice(void **state) {
    (void)state;
    struct usl_point p[LOADS];
    exact(p, (double[]){1, 2, 4}, 3, 10, 0.05, 0.001);
    advises(p, 3, "three points", true);
    exact(p, loads, 5, 10, 0.05, 0.03);
    advises(p, 5, "leave 2", true);
    exact(p, loads, LOADS, 10, 0.05, 0.001);
    advises(p, LOADS, "beyond the peak", false);
    advises(p, LOADS, "systematic", false);
    exact(p, loads, LOADS, 10, 0.05, 0.0002);
    advises(p, LOADS, "no point lies beyond the peak", true);
    exact(p, loads, LOADS, 10, 0.05, 0);
    advises(p, LOADS, "no peak", true);
    /* a ceiling is another law */
    double many[] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 22, 24};
    struct usl_point q[16];
    for (size_t i = 0; i < 16; i++)
        q[i] = (struct usl_point){many[i], fmin(10 * many[i], 80), NAN, NAN};
    advises(q, 16, "systematic", true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oracles),
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_exact_recovery),
        cmocka_unit_test(test_three_points_have_no_intervals),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_amdahl),
        cmocka_unit_test(test_superlinear_stays_inside),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_intervals_hold),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_advice),
    };
    return cmocka_run_group_tests_name("usl", tests, NULL, NULL);
}
