/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_laws: every law as a user writes it, against GSL's own distribution functions.
 *
 * Each row has the words of a scenario, a distribution function made of GSL's with parameters
 * worked out by hand, and mean and variance by hand, all in milliseconds. The product's cdf, its
 * quantiles and a million draws of a fixed seed are held against them: Kolmogorov and Smirnov's
 * D sqrt(n) < 1.95 (the 0.1 % point), mean and variance within 5 standard errors of the sample's
 * own. Test_dist has the oracles' answers, and the laws' parameters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/dist.h"
#include "model/scenario.h"

enum { DRAWS = 1000000, SUMMED = 100000 };
#define MS 1e6

static double erlang(double x) {
    return gsl_cdf_gamma_P(x, 3, 2);
}
static double weibull_half(double x) { /* gamma(3) = 2 */
    return gsl_cdf_weibull_P(x, 2.5, 0.5);
}
static double weibull_two(double x) { /* Rayleigh: gamma(1.5) = sqrt(pi) / 2 */
    return gsl_cdf_weibull_P(x, 5.6418958354775629, 2);
}
static double pareto_light(double x) {
    return gsl_cdf_pareto_P(x, 5, 2);
}
static double pareto_heavy(double x) {
    return gsl_cdf_pareto_P(x, 1.5, 2);
}
static double lomax_light(double x) { /* a Pareto from 12 on, moved to 0 */
    return gsl_cdf_pareto_P(x + 12, 5, 12);
}
static double lomax_heavy(double x) {
    return gsl_cdf_pareto_P(x + 0.6, 1.2, 0.6);
}
static double cut(double x, double mean, double sigma) {
    double below = gsl_cdf_gaussian_P(-mean, sigma);
    return x < 0 ? 0 : (gsl_cdf_gaussian_P(x - mean, sigma) - below) / (1 - below);
}
static double normal_half(double x) {
    return cut(x, 4, 2);
}
static double normal_wide(double x) {
    return cut(x, 1, 5);
}
static double quantiles(double x) {
    return 0.5 * gsl_cdf_flat_P(x, 1, 3) + 0.4 * gsl_cdf_flat_P(x, 3, 10) +
           0.09 * gsl_cdf_flat_P(x, 10, 50) + 0.01 * gsl_cdf_flat_P(x, 50, 200);
}
static double all_quantiles(double x) {
    return 0.5 * gsl_cdf_flat_P(x, 0, 2) + 0.4 * gsl_cdf_flat_P(x, 2, 4) +
           0.05 * gsl_cdf_flat_P(x, 4, 5) + 0.04 * gsl_cdf_flat_P(x, 5, 9) +
           0.009 * gsl_cdf_flat_P(x, 9, 20) + 0.001 * gsl_cdf_flat_P(x, 20, 40);
}
static double cache(double x) { /* cv 1: sigma^2 = ln 2, mu = ln 50 - sigma^2 / 2 */
    return 0.9 * gsl_cdf_exponential_P(x, 1) +
           0.1 * gsl_cdf_lognormal_P(fmax(x - 5, 0), log(50) - log(2) / 2, sqrt(log(2)));
}
static double nested(double x) {
    return 0.375 * gsl_cdf_flat_P(x, 1, 2) + 0.375 * gsl_cdf_gamma_P(x, 2, 2) +
           0.25 * gsl_cdf_pareto_P(x, 6, 5);
}
static double shifted(double x) {
    return gsl_cdf_exponential_P(fmax(x - 3, 0), 2);
}
static double shifted_mixture(double x) {
    return 0.5 * gsl_cdf_flat_P(x, 2, 3) + 0.5 * gsl_cdf_flat_P(x, 8, 9);
}

static const struct law {
    const char *words;
    double (*cdf)(double ms);
    double mean, variance; /* NaN: not finite, or the draws' variance has none */
} laws[] = {
    {"{erlang: {mean: 6ms, k: 3}}", erlang, 6, 12},
    {"{weibull: {mean: 5ms, shape: 0.5}}", weibull_half, 5, 125},
    {"{weibull: {mean: 5ms, shape: 2}}", weibull_two, 5, 25 * (4 / M_PI - 1)},
    {"{pareto: {min: 2ms, alpha: 5}}", pareto_light, 2.5, 6.25 / 15},
    {"{pareto: {min: 2ms, alpha: 1.5}}", pareto_heavy, 6, NAN},
    {"{lomax: {mean: 3ms, alpha: 5}}", lomax_light, 3, 15},
    {"{lomax: {mean: 3ms, alpha: 1.2}}", lomax_heavy, 3, NAN},
    {"{normal: {mean: 4ms, cv: 0.5}}", normal_half, 4 * 1.02762393133949, 16 * 0.221612987077856},
    {"{normal: {mean: 1ms, cv: 5}}", normal_wide, 5 * 0.875073179790292, 25 * 0.409261565969766},
    /* each straight line a uniform: second moments (a^2 + a b + b^2) / 3 */
    {"{quantiles: {p0: 1ms, p50: 3ms, p90: 10ms, p99: 50ms, p100: 200ms}}", quantiles, 7.55,
     288.7 - 7.55 * 7.55},
    {"{quantiles: {p0: 0s, p50: 2ms, p90: 4ms, p95: 5ms, p99: 9ms, p999: 20ms, p100: 40ms}}",
     all_quantiles, 2.3655, 10.346333333333333 - 2.3655 * 2.3655},
    {"{mixture: [{weight: 90%, exponential: {mean: 1ms}}, "
     "{weight: 10%, lognormal: {mean: 50ms, cv: 1}, shift: 5ms}]}",
     cache, 6.4, 554.3 - 6.4 * 6.4},
    {"{mixture: [{weight: 3, mixture: [{weight: 1, uniform: {min: 1ms, max: 2ms}}, "
     "{weight: 1, erlang: {mean: 4ms, k: 2}}]}, {weight: 1, pareto: {min: 5ms, alpha: 6}}]}",
     nested, 3.5625, 19.25 - 3.5625 * 3.5625},
    {"{exponential: {mean: 2ms}, shift: 3ms}", shifted, 5, 4},
    {"{mixture: [{weight: 1, uniform: {min: 0s, max: 1ms}}, {weight: 1, uniform: {min: 6ms, max: "
     "7ms}}], shift: 2ms}",
     shifted_mixture, 5.5, 9 + 1 / 12.0},
};
enum { LAWS = sizeof laws / sizeof *laws };

static struct scenario *parse(const char *arrivals, const char *service) {
    char text[2000];
    struct err err = {0};
    snprintf(text, sizeof text,
             "headroom: 1\nname: laws\narrivals: %s\nservice: %s\npool: {workers: 2}\n", arrivals,
             service);
    struct scenario *sc = scenario_parse(text, "laws.yaml", &err);
    if (!sc) {
        err_print(&err, stderr);
        fail_msg("refused: %s", service);
    }
    err_free(&err);
    return sc;
}

static struct scenario *of_service(const char *words) {
    return parse("{poisson: {rate: 10/s}}", words);
}

static const struct dist *service(const struct scenario *sc) {
    return &sc->classes.items[0].route.items[0].service;
}

/* At a thousand places between the 1e-6 and the 1 - 1e-6 quantile, and beyond either end. */
static void test_cdf_against_gsl(void **state) {
    (void)state;
    for (int k = 0; k < LAWS; k++) {
        struct scenario *sc = of_service(laws[k].words);
        const struct dist *d = service(sc);
        double from = dist_quantile(d, 1e-6), to = dist_quantile(d, 1 - 1e-6);
        for (int i = -20; i <= 1020; i++) {
            double x = from * pow(to / from, i / 1e3), wanted = laws[k].cdf(x / MS);
            if (!(fabs(dist_cdf(d, x) - wanted) <= 1e-12))
                fail_msg("%s: cdf(%g) = %.15g, not %.15g", laws[k].words, x, dist_cdf(d, x),
                         wanted);
        }
        scenario_free(sc);
    }
}

static void test_quantiles(void **state) {
    (void)state;
    for (int k = 0; k < LAWS; k++) {
        struct scenario *sc = of_service(laws[k].words);
        const struct dist *d = service(sc);
        double last = 0;
        for (int i = 1; i < 10000; i++) {
            double p = i < 20 ? pow(10, -i / 3.0) : i / 1e4, x = dist_quantile(d, p);
            if (!(fabs(laws[k].cdf(x / MS) - p) <= 1e-11))
                fail_msg("%s: the %g quantile %.15g has cdf %.15g", laws[k].words, p, x,
                         laws[k].cdf(x / MS));
            assert_true(i <= 20 || x >= last);
            last = x;
        }
        scenario_free(sc);
    }
}

static void test_moments(void **state) {
    (void)state;
    for (int k = 0; k < LAWS; k++) {
        struct scenario *sc = of_service(laws[k].words);
        const struct dist *d = service(sc);
        double mean = dist_mean(d) / MS, variance = dist_scv(d) * mean * mean;
        bool infinite = isnan(laws[k].variance);
        if (!(fabs(mean / laws[k].mean - 1) < 1e-13 &&
              (infinite ? isinf(variance) : fabs(variance / laws[k].variance - 1) < 1e-12)))
            fail_msg("%s: mean %.15g, variance %.15g", laws[k].words, mean, variance);
        assert_true(dist_moment_finite(d, 1) && dist_moment_finite(d, 2) == !infinite);
        assert_true(dist_random(d));
        scenario_free(sc);
    }
}

/* Pareto tails have the moments below alpha, and a mixture those that all its parts have. */
static void test_finite_moments(void **state) {
    (void)state;
    static const struct {
        const char *words;
        double most; /* finite below */
    } known[] = {
        {"{pareto: {min: 2ms, alpha: 2.5}}", 2.5},
        {"{lomax: {mean: 2ms, alpha: 3}, shift: 1s}", 3},
        {"{lognormal: {mean: 2ms, cv: 9}}", INFINITY},
        {"{mixture: [{weight: 1, pareto: {min: 2ms, alpha: 4}}, {weight: 1e-6, lomax: {mean: 2ms, "
         "alpha: 2}}]}",
         2},
        {"{mixture: [{weight: 1, mixture: [{weight: 1, lomax: {mean: 2ms, alpha: 1.5}}]}]}", 1.5},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct scenario *sc = of_service(known[i].words);
        for (double k = 1; k < 6; k += 0.25)
            assert_int_equal(dist_moment_finite(service(sc), k), k < known[i].most);
        scenario_free(sc);
    }
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* D sqrt(n) of n sorted values. */
static double kolmogorov(const struct law *law, const double *x, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double p = law->cdf(x[i]);
        most = fmax(most, fmax(p - (double)i / (double)n, (double)(i + 1) / (double)n - p));
    }
    return most * sqrt((double)n);
}

/* By how many of the sample's own standard errors the mean of (x - about)^power is off. */
static double off_by(const double *x, size_t n, double about, int power, double wanted) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        double y = pow(x[i] - about, power) - wanted;
        sum += y;
        squares += y * y;
    }
    return sum / sqrt(squares);
}

static void draw(const struct dist *d, double *x, size_t n, uint64_t key) {
    struct dice dice;
    dice_open(&dice, rng_key(2026, key, "laws", RNG_SERVICE), 0);
    for (uint64_t i = 0; i < n; i++) {
        dice_item(&dice, i);
        x[i] = dist_draw(d, &dice) / MS;
        assert_true(x[i] >= d->shift / MS);
    }
}

static void test_draws(void **state) {
    (void)state;
    double *x = malloc(DRAWS * sizeof *x);
    assert_non_null(x);
    for (int k = 0; k < LAWS; k++) {
        const struct law *law = &laws[k];
        struct scenario *sc = of_service(law->words);
        draw(service(sc), x, DRAWS, (uint64_t)k);
        bool moments = !isnan(law->variance);
        double mean = moments ? off_by(x, DRAWS, law->mean, 1, 0) : 0;
        double spread = moments ? off_by(x, DRAWS, law->mean, 2, law->variance) : 0;
        qsort(x, DRAWS, sizeof *x, ascending);
        double statistic = kolmogorov(law, x, DRAWS);
        print_message("  D sqrt(n) %.3f, mean off by %+.2f, variance by %+.2f  %.60s\n", statistic,
                      mean, spread, law->words);
        assert_true(statistic < 1.95 && fabs(mean) < 5 && fabs(spread) < 5);
        scenario_free(sc);
    }
    free(x);
}

/* What item i draws does not depend on what was drawn before. */
static void test_order_does_not_matter(void **state) {
    (void)state;
    static double forward[500];
    for (int k = 0; k < LAWS; k++) {
        struct scenario *sc = of_service(laws[k].words);
        draw(service(sc), forward, 500, 7);
        struct dice dice;
        dice_open(&dice, rng_key(2026, 7, "laws", RNG_SERVICE), 0);
        for (uint64_t i = 500; i-- > 0;) {
            dice_item(&dice, i);
            assert_true(dist_draw(service(sc), &dice) / MS == forward[i]);
        }
        scenario_free(sc);
    }
}

/* Twice the mean (the least, the quantiles, the shift) is twice each draw: cells of a sweep share
 * their dice. */
static void test_scaling(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"{erlang: {mean: 6ms, k: 3}}", "{erlang: {mean: 12ms, k: 3}}"},
        {"{weibull: {mean: 6ms, shape: 0.7}}", "{weibull: {mean: 12ms, shape: 0.7}}"},
        {"{pareto: {min: 6ms, alpha: 1.7}}", "{pareto: {min: 12ms, alpha: 1.7}}"},
        {"{lomax: {mean: 6ms, alpha: 1.7}}", "{lomax: {mean: 12ms, alpha: 1.7}}"},
        {"{normal: {mean: 6ms, cv: 2}}", "{normal: {mean: 12ms, cv: 2}}"},
        {"{quantiles: {p0: 1ms, p90: 5ms, p100: 9ms}}",
         "{quantiles: {p0: 2ms, p90: 10ms, p100: 18ms}}"},
        {"{mixture: [{weight: 1, constant: 1ms}, {weight: 2, exponential: {mean: 3ms}}], shift: "
         "1ms}",
         "{mixture: [{weight: 10, constant: 2ms}, {weight: 20, exponential: {mean: 6ms}}], shift: "
         "2ms}"},
    };
    static double once[500], twice[500];
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        struct scenario *a = of_service(pairs[k][0]), *b = of_service(pairs[k][1]);
        draw(service(a), once, 500, k);
        draw(service(b), twice, 500, k);
        for (int i = 0; i < 500; i++)
            assert_true(fabs(twice[i] / once[i] - 2) < 1e-13);
        scenario_free(a);
        scenario_free(b);
    }
}

/* Constants in a mixture, and quantiles of one value: the distribution function jumps, and the
 * quantile is where it does. */
static void test_jumps(void **state) {
    (void)state;
    struct scenario *sc = of_service("{mixture: [{weight: 3, constant: 0s}, {weight: 1, constant: "
                                     "8ms}, {weight: 4, constant: 2ms, shift: 1ms}]}");
    const struct dist *d = service(sc);
    static const struct {
        double p, ms;
    } known[] = {{0.3, 0}, {0.374, 0}, {0.376, 3}, {0.874, 3}, {0.876, 8}, {0.999, 8}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_true(dist_quantile(d, known[i].p) == known[i].ms * MS);
    assert_true(dist_cdf(d, 0) == 0.375 && dist_cdf(d, 3 * MS) == 0.875);
    assert_true(dist_cdf(d, 3 * MS - 1) == 0.375 && dist_cdf(d, 8 * MS) == 1);
    assert_true(dist_mean(d) == 2.5 * MS);
    assert_true(fabs(dist_scv(d) * 6.25 - (4.5 + 8 - 6.25)) < 1e-14);
    scenario_free(sc);
    sc = of_service("{quantiles: {p0: 2ms, p50: 2ms, p90: 4ms, p99: 4ms, p100: 9ms}}");
    d = service(sc);
    assert_true(dist_quantile(d, 0.4) == 2 * MS && fabs(dist_quantile(d, 0.7) - 3 * MS) < 1e-6);
    assert_true(dist_quantile(d, 0.95) == 4 * MS && dist_cdf(d, 2 * MS) == 0.5);
    assert_true(dist_cdf(d, 4 * MS) == 0.99 && dist_cdf(d, 2 * MS - 1) == 0);
    scenario_free(sc);
}

/* Gaps, think times and batch sizes take them all; sizes are counts. */
static void test_other_places(void **state) {
    (void)state;
    struct scenario *sc =
        parse("{renewal: {gap: {weibull: {mean: 2ms, shape: 1}, shift: 3ms}}}", "{constant: 1ms}");
    assert_true(fabs(scenario_class_rate(sc->classes.items) - 200) < 1e-11);
    scenario_free(sc);
    sc = parse("{closed: {clients: 3, think: {mixture: [{weight: 1, constant: 0s}, {weight: 1, "
               "constant: 4s}]}}}",
               "{constant: 1ms}");
    assert_true(dist_mean(&sc->classes.items[0].arrivals.think) == 2e9);
    assert_true(sc->random);
    scenario_free(sc);
    sc = parse("{batch: {rate: 10/s, size: {mixture: [{weight: 1, constant: 2}, {weight: 1, "
               "quantiles: {p0: 4, p100: 8}}], shift: 3}}}",
               "{constant: 1ms}");
    assert_true(fabs(dist_mean(&sc->classes.items[0].arrivals.size) - 7) < 1e-14);
    assert_true(fabs(scenario_class_rate(sc->classes.items) - 70) < 1e-12);
    scenario_free(sc);
}

static void test_mixture_of_a_file(void **state) {
    (void)state;
    struct err err = {0};
    struct scenario *sc = scenario_parse(
        "headroom: 1\nname: laws\narrivals: {poisson: {rate: 10/s}}\npool: {workers: 2}\n"
        "service: {mixture: [{weight: 25%, empirical: {file: good.csv, column: took}}, "
        "{weight: 75%, constant: 100ms}]}\n",
        "tests/bad/laws.yaml", &err);
    assert_non_null(sc);
    assert_true(fabs(dist_mean(service(sc)) - (0.25 * 937.5 + 75) * MS) < 1e-6);
    assert_true(fabs(dist_cdf(service(sc), 500 * MS) - 0.875) < 1e-15);
    scenario_free(sc);
    err_free(&err);
}

/* As deep as YAML may be; and as many as there may be, 1,000, but no more. */
static void test_many_parts(void **state) {
    (void)state;
    char deep[2000] = "", *all = malloc(60000);
    assert_non_null(all);
    for (int i = 0; i < 14; i++)
        strcat(deep, i ? "mixture: [{weight: 1, constant: 1ms}, {weight: 1, "
                       : "{mixture: [{weight: 1, constant: 1ms}, {weight: 1, ");
    strcat(deep, "constant: 1ms");
    for (int i = 0; i < 14; i++)
        strcat(deep, "}]");
    strcat(deep, "}");
    for (int parts = 1000; parts <= 1001; parts++) {
        struct err err = {0};
        char *at = all;
        at += sprintf(at, "headroom: 1\nname: laws\narrivals: {poisson: {rate: 1/s}}\n"
                          "pool: {workers: 2}\nservice:\n  mixture:\n");
        for (int i = 0; i < parts; i++)
            at += sprintf(at, "    - {weight: 0.3, constant: %dms}\n", i);
        struct scenario *sc = scenario_parse(all, "laws.yaml", &err);
        assert_int_equal(err.count, parts > 1000);
        if (sc) {
            assert_true(fabs(dist_mean(service(sc)) / MS - 499.5) < 1e-9);
            assert_true(dist_quantile(service(sc), 0.2505) == 250 * MS);
        }
        scenario_free(sc);
        err_free(&err);
    }
    struct scenario *sc = of_service(deep);
    assert_true(fabs(dist_mean(service(sc)) - MS) < 1e-6);
    scenario_free(sc);
    free(all);
}

/* An FNV-1a sum over 100,000 draws of each law, by words of 64 bits: the same under every compiler,
 * optimisation and machine. */
static void test_bytes(void **state) {
    (void)state;
    static double x[SUMMED];
    uint64_t hash = 0xCBF29CE484222325U;
    for (int k = 0; k < LAWS; k++) {
        struct scenario *sc = of_service(laws[k].words);
        draw(service(sc), x, SUMMED, (uint64_t)k);
        for (int i = 0; i < SUMMED; i++) {
            uint64_t bits;
            memcpy(&bits, &x[i], sizeof bits);
            hash = (hash ^ bits) * 0x100000001B3U;
        }
        scenario_free(sc);
    }
    assert_int_equal(hash, 0x76e6288d825d66f6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cdf_against_gsl), cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_moments),         cmocka_unit_test(test_finite_moments),
        cmocka_unit_test(test_draws),           cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_scaling),         cmocka_unit_test(test_jumps),
        cmocka_unit_test(test_other_places),    cmocka_unit_test(test_mixture_of_a_file),
        cmocka_unit_test(test_many_parts),      cmocka_unit_test(test_bytes),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("laws", tests, NULL, NULL);
}
