/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_dist: parameters, moments, quantiles and draws of every distribution.
 *
 * Exact answers are of the oracles' family L (closed forms at 40 digits), and by hand. Draws are
 * held against GSL's own distribution functions, with parameters worked out here and not by the
 * product: Kolmogorov and Smirnov's D sqrt(n) < 1.95, the 0.1 % point, for a million draws of a
 * fixed seed; mean and scv within 5 standard errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/dist.h"
#include "model/scenario.h"

enum { DRAWS = 1000000 };
#define MS 1e6

static void near_at(double found, double wanted, double tolerance, int line) {
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("line %d: %.17g, not %.17g within %g", line, found, wanted, tolerance);
}
#define near(found, wanted, tolerance) near_at(found, wanted, tolerance, __LINE__)
#define close_to(found, wanted, relative)                                                          \
    near_at(found, wanted, fabs((wanted) * (relative)), __LINE__)

static struct dist words(enum dist_kind kind) {
    struct dist_words none = {.mean = NAN, .cv = NAN, .p99 = NAN, .median = NAN, .mu = NAN};
    none.sigma = none.min = none.max = none.p = NAN;
    return (struct dist){.kind = kind, .words = none};
}

/* `means` is borrowed: such a dist is not freed. */
static struct dist two_means(double p, double *means) {
    struct dist d = words(DIST_HYPEREXPONENTIAL);
    d.words.p = p;
    d.words.means.items = means;
    d.words.means.count = 2;
    return d;
}

static void resolve(struct dist *d) {
    const char *complaint = dist_resolve(d);
    if (complaint)
        fail_msg("%s: %s", dist_name(d), complaint);
}

/* ---- parameters ---- */

/* The distribution of a row of the table, from its words. */
static struct dist from_row(const char *how, const double x[3], double *means) {
    struct dist d = words(DIST_LOGNORMAL);
    if (!strcmp(how, "lognormal mean p99"))
        d.words.mean = x[0], d.words.p99 = x[1];
    else if (!strcmp(how, "lognormal median p99"))
        d.words.median = x[0], d.words.p99 = x[1];
    else if (!strcmp(how, "lognormal mean cv"))
        d.words.mean = x[0], d.words.cv = x[1];
    else if (!strcmp(how, "gamma"))
        d.kind = DIST_GAMMA, d.words.mean = x[0] * x[1], d.words.cv = 1 / sqrt(x[0]);
    else if (!strcmp(how, "erlang"))
        d.kind = DIST_ERLANG, d.words.mean = x[1], d.words.k = (int64_t)x[0];
    else if (!strcmp(how, "weibull")) /* by its scale, as tgamma has the mean */
        d.kind = DIST_WEIBULL, d.words.mean = x[1] * tgamma(1 + 1 / x[0]), d.words.shape = x[0];
    else if (!strcmp(how, "pareto"))
        d.kind = DIST_PARETO, d.words.alpha = x[0], d.words.min = x[1];
    else if (!strcmp(how, "lomax"))
        d.kind = DIST_LOMAX, d.words.alpha = x[0], d.words.mean = x[1] / (x[0] - 1);
    else if (!strcmp(how, "generalised pareto")) {
        d.kind = DIST_LOMAX, d.words.alpha = 1 / x[0], d.words.mean = x[1] / (1 - x[0]);
        d.shift = x[2];
    } else if (!strcmp(how, "half normal")) {
        d.kind = DIST_NORMAL, d.b = x[1]; /* not in the format's words: its mean was 0 */
        return d;
    } else if (!strcmp(how, "cut normal"))
        d.kind = DIST_NORMAL, d.words.mean = x[0], d.words.cv = x[1] / x[0];
    else if (!strcmp(how, "hyperexponential mean scv"))
        d.kind = DIST_HYPEREXPONENTIAL, d.words.mean = x[0], d.words.cv = sqrt(x[1]);
    else if (!strcmp(how, "hyperexponential p means")) {
        means[0] = x[1], means[1] = x[2];
        d = two_means(x[0], means);
    } else if (!strcmp(how, "uniform"))
        d.kind = DIST_UNIFORM, d.words.min = x[0], d.words.max = x[1];
    else if (!strcmp(how, "constant"))
        d.kind = DIST_CONSTANT, d.words.mean = x[0];
    else if (!strcmp(how, "exponential"))
        d.kind = DIST_EXPONENTIAL, d.words.mean = x[0];
    else
        fail_msg("%s: not known", how);
    resolve(&d);
    return d;
}

static void test_exact_answers(void **state) {
    (void)state;
    static const double parts[] = {0.5, 0.9, 0.99, 0.999};
    char line[300], how[40];
    int rows = 0;
    FILE *from = fopen("tests/oracles/distributions.csv", "r");
    assert_non_null(from);
    while (fgets(line, sizeof line, from)) {
        double x[3], mean, variance, q[4], means[2];
        if (sscanf(line, "L-%*[^,],%39[^,],%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", how, x, x + 1,
                   x + 2, &mean, &variance, q, q + 1, q + 2, q + 3) != 10)
            continue; /* the head */
        struct dist d = from_row(how, x, means);
        close_to(dist_mean(&d), mean, 1e-13);
        if (isinf(variance))
            assert_true(isinf(dist_scv(&d)) && !dist_moment_finite(&d, 2));
        else
            near(dist_scv(&d) * mean * mean, variance, 1e-12 * variance);
        for (int i = 0; i < 4; i++)
            close_to(dist_quantile(&d, parts[i]), q[i], 1e-9);
        rows++;
    }
    fclose(from);
    assert_int_equal(rows, 37);
}

/* dist.c and the shipped example: sigma = z - sqrt(z^2 - 2 ln 3) = 0.5334 (z = 2.3263..., the
 * smaller root); the mean is the mean, and 99 of 100 are below p99. */
static void test_lognormal_by_hand(void **state) {
    (void)state;
    struct dist d = words(DIST_LOGNORMAL);
    d.words.mean = 200 * MS;
    d.words.p99 = 600 * MS;
    resolve(&d);
    near(d.b, 0.533397831870641, 1e-14);
    near(d.a, log(200 * MS) - 0.142256623522150, 1e-13);
    close_to(dist_mean(&d), 200 * MS, 1e-14);
    near(dist_cdf(&d, 600 * MS), 0.99, 1e-14);
    near(gsl_cdf_lognormal_P(600 * MS, d.a, d.b), 0.99, 1e-14);
    struct dist seconds = words(DIST_LOGNORMAL); /* mu is of the log of seconds */
    seconds.words.mu = -1.7516945357;
    seconds.words.sigma = 0.53;
    resolve(&seconds);
    close_to(dist_quantile(&seconds, 0.5), exp(-1.7516945357) * 1e9, 1e-13);
    close_to(dist_mean(&seconds), exp(-1.7516945357 + 0.53 * 0.53 / 2) * 1e9, 1e-13);
}

/* Shape 1 / cv^2, scale mean cv^2; phases with balanced means, p1 m1 = p2 m2. */
static void test_others_by_hand(void **state) {
    (void)state;
    struct dist gamma = words(DIST_GAMMA), hyper = words(DIST_HYPEREXPONENTIAL);
    gamma.words.mean = 3 * MS;
    gamma.words.cv = 0.5;
    resolve(&gamma);
    near(gamma.a, 4, 0);
    near(gamma.b, 0.75 * MS, 0);
    hyper.words.mean = 2.385 * MS;
    hyper.words.cv = 2;
    resolve(&hyper);
    near(hyper.p, (1 + sqrt(0.6)) / 2, 1e-15);
    close_to(hyper.p * hyper.a, 2.385 * MS / 2, 1e-15);
    close_to((1 - hyper.p) * hyper.b, 2.385 * MS / 2, 1e-14);
    near(dist_scv(&hyper), 4, 1e-13);
    assert_string_equal(dist_name(&hyper), "hyperexponential");
    struct dist flat = words(DIST_UNIFORM);
    flat.words.min = 2 * MS;
    flat.words.max = 5 * MS;
    resolve(&flat);
    near(dist_mean(&flat), 3.5 * MS, 0);
    near(dist_scv(&flat), 9 / (12 * 12.25), 1e-15);
    near(dist_quantile(&flat, 0.25), 2.75 * MS, 0);
}

/* ---- values that were measured ---- */

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* `values` are borrowed and sorted. */
static struct dist measured(double *values, size_t count) {
    struct dist d = words(DIST_EMPIRICAL);
    qsort(values, count, sizeof *values, ascending);
    d.values = values;
    d.count = count;
    resolve(&d);
    return d;
}

/* The oracles' e1 and e2: population variance, and quantiles of type 1 (rank ceil(p n)). */
static void test_empirical(void **state) {
    (void)state;
    double e1[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
    double e2[] = {0.12, 0.15, 0.11, 0.45, 0.13, 0.14, 0.9, 0.16, 0.12, 0.13, 0.17, 2.5};
    struct dist a = measured(e1, 10), b = measured(e2, 12);
    near(dist_mean(&a), 3.9, 1e-15);
    near(dist_scv(&a) * 3.9 * 3.9, 5.49, 1e-14);
    near(dist_mean(&b), 0.423333333333333, 1e-15);
    near(dist_scv(&b) * dist_mean(&b) * dist_mean(&b), 0.440272222222222, 1e-15);
    assert_true(dist_quantile(&a, 0.25) == 2 && dist_quantile(&a, 0.5) == 3);
    assert_true(dist_quantile(&a, 0.9) == 6 && dist_quantile(&a, 0.99) == 9);
    assert_true(dist_quantile(&b, 0.25) == 0.12 && dist_quantile(&b, 0.5) == 0.14);
    assert_true(dist_quantile(&b, 0.9) == 0.9 && dist_quantile(&b, 0.99) == 2.5);
    near(dist_cdf(&a, 3), 0.5, 1e-15);
    near(dist_cdf(&a, 2.999), 0.3, 1e-15);
    assert_true(dist_cdf(&a, 0.5) == 0 && dist_cdf(&a, 9) == 1);
}

/* Of n values the k / n quantile is the k-th: rank ceil(k / n * n) is k, whatever a double makes of
 * the product (0.07 * 100 is a little above 7). */
static void test_empirical_ranks(void **state) {
    (void)state;
    double values[1000];
    static const size_t counts[] = {10, 49, 100, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        size_t n = counts[i];
        for (size_t k = 0; k < n; k++)
            values[k] = (double)(k + 1) * 2.385;
        struct dist d = measured(values, n);
        for (size_t k = 1; k < n; k++)
            near(dist_quantile(&d, (double)k / (double)n), (double)k * 2.385, 0);
    }
}

/* ---- draws ---- */

enum law { EXPONENTIAL, LOGNORMAL, GAMMA, FLAT, TWO_PHASES };

/* A distribution as the product has it, and as GSL has it. */
struct drawn {
    const char *name;
    struct dist dist;
    enum law law;
    double a, b, p, mean, scv;
};

static double gsl_cdf(const struct drawn *d, double x) {
    switch (d->law) {
    case EXPONENTIAL:
        return gsl_cdf_exponential_P(x, d->a);
    case LOGNORMAL:
        return gsl_cdf_lognormal_P(x, d->a, d->b);
    case GAMMA:
        return gsl_cdf_gamma_P(x, d->a, d->b);
    case FLAT:
        return gsl_cdf_flat_P(x, d->a, d->b);
    case TWO_PHASES:
        return d->p * gsl_cdf_exponential_P(x, d->a) + (1 - d->p) * gsl_cdf_exponential_P(x, d->b);
    }
    return NAN;
}

/* D sqrt(n) of n sorted values. */
static double kolmogorov(const struct drawn *d, const double *x, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double p = gsl_cdf(d, x[i]);
        most = fmax(most, fmax(p - (double)i / (double)n, (double)(i + 1) / (double)n - p));
    }
    return most * sqrt((double)n);
}

/* The fourth central moment over the fourth power of the mean: kurtosis times scv^2. */
static double fourth(const struct drawn *d) {
    double scv = d->scv, w = 1 + scv, m = d->mean, a = d->a, b = d->b, p = d->p, q = 1 - p;
    switch (d->law) {
    case EXPONENTIAL:
        return 9;
    case LOGNORMAL:
        return scv * scv * (pow(w, 4) + 2 * pow(w, 3) + 3 * pow(w, 2) - 3);
    case GAMMA:
        return scv * scv * (3 + 6 * scv);
    case FLAT:
        return scv * scv * 1.8;
    case TWO_PHASES: /* raw moments are k! (p a^k + q b^k) */
        return (24 * (p * pow(a, 4) + q * pow(b, 4)) - 24 * m * (p * pow(a, 3) + q * pow(b, 3)) +
                12 * m * m * (p * a * a + q * b * b)) /
                   pow(m, 4) -
               3;
    }
    return NAN;
}

/* Standard errors by which the mean of v[], of a known variance, is off. */
static double standard_errors(const double *v, size_t n, double wanted, double variance) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] - wanted;
    return sum / sqrt((double)n * variance);
}

static void check_draws(const struct drawn *d, uint64_t key) {
    double *x = malloc(2 * DRAWS * sizeof *x), *squares = x + DRAWS;
    assert_non_null(x);
    struct dice dice;
    dice_open(&dice, rng_key(2026, key, "dist", RNG_SERVICE), 0);
    for (uint64_t i = 0; i < DRAWS; i++) {
        dice_item(&dice, i);
        x[i] = dist_draw(&d->dist, &dice);
        squares[i] = (x[i] / d->mean - 1) * (x[i] / d->mean - 1);
    }
    double mean = standard_errors(x, DRAWS, d->mean, d->scv * d->mean * d->mean);
    double scv = standard_errors(squares, DRAWS, d->scv, fourth(d) - d->scv * d->scv);
    qsort(x, DRAWS, sizeof *x, ascending);
    double statistic = kolmogorov(d, x, DRAWS);
    print_message("  %-24s D sqrt(n) %.3f, mean off by %+.2f and scv by %+.2f standard errors\n",
                  d->name, statistic, mean, scv);
    free(x);
    assert_true(statistic < 1.95 && fabs(mean) < 5 && fabs(scv) < 5);
}

static struct drawn lognormal(const char *name, struct dist d, double mu, double sigma) {
    return (struct drawn){
        name, d, LOGNORMAL, mu, sigma, 0, exp(mu + sigma * sigma / 2), expm1(sigma * sigma)};
}

static void test_lognormal_draws(void **state) {
    (void)state;
    double z = gsl_cdf_ugaussian_Pinv(0.99);
    struct dist mean_p99 = words(DIST_LOGNORMAL), mean_cv = mean_p99, median = mean_p99,
                mu = mean_p99;
    mean_p99.words.mean = 200 * MS, mean_p99.words.p99 = 600 * MS;
    mean_cv.words.mean = 40 * MS, mean_cv.words.cv = 2.385;
    median.words.median = 3 * MS, median.words.p99 = 20 * MS;
    mu.words.mu = -4, mu.words.sigma = 0.25;
    double s = z - sqrt(z * z - 2 * log(3)), t = sqrt(log1p(2.385 * 2.385)), u = log(20 / 3.0) / z;
    struct drawn all[] = {
        lognormal("lognormal {mean, p99}", mean_p99, log(200 * MS) - s * s / 2, s),
        lognormal("lognormal {mean, cv}", mean_cv, log(40 * MS) - t * t / 2, t),
        lognormal("lognormal {median, p99}", median, log(3 * MS), u),
        lognormal("lognormal {mu, sigma}", mu, -4 + log(1e9), 0.25),
    };
    for (uint64_t i = 0; i < 4; i++) {
        resolve(&all[i].dist);
        check_draws(&all[i], 10 + i);
    }
}

static void test_gamma_draws(void **state) {
    (void)state;
    static const double cvs[] = {0.1, 0.5, 1, 1.7, 5};
    for (uint64_t i = 0; i < 5; i++) {
        char name[40];
        double scv = cvs[i] * cvs[i];
        snprintf(name, sizeof name, "gamma {cv: %g}", cvs[i]);
        struct drawn d = {name, words(DIST_GAMMA), GAMMA, 1 / scv, 2.385 * MS * scv,
                          0,    2.385 * MS,        scv};
        d.dist.words.mean = 2.385 * MS, d.dist.words.cv = cvs[i];
        resolve(&d.dist);
        check_draws(&d, 20 + i);
    }
}

static void test_other_draws(void **state) {
    (void)state;
    double means[] = {1 * MS, 20 * MS};
    struct dist exponential = words(DIST_EXPONENTIAL), flat = words(DIST_UNIFORM);
    struct dist balanced = words(DIST_HYPEREXPONENTIAL), two = two_means(0.9, means);
    exponential.words.mean = 8 * MS;
    flat.words.min = 2 * MS, flat.words.max = 5 * MS;
    balanced.words.mean = 10 * MS, balanced.words.cv = 3;
    double p = (1 + sqrt(0.8)) / 2;
    struct drawn all[] = {
        {"exponential", exponential, EXPONENTIAL, 8 * MS, 0, 0, 8 * MS, 1},
        {"uniform", flat, FLAT, 2 * MS, 5 * MS, 0, 3.5 * MS, 9 / (12 * 12.25)},
        {"hyperexponential {mean, cv}", balanced, TWO_PHASES, 5 * MS / p, 5 * MS / (1 - p), p,
         10 * MS, 9},
        /* mean 2.9, second moment 2 (0.9 + 0.1 x 400) = 81.8 */
        {"hyperexponential {p, means}", two, TWO_PHASES, 1 * MS, 20 * MS, 0.9, 2.9 * MS,
         81.8 / 8.41 - 1},
    };
    for (uint64_t i = 0; i < 4; i++) {
        resolve(&all[i].dist);
        check_draws(&all[i], 30 + i);
    }
}

/* Ten values as likely as one another, and nothing else: chi-square of 9 degrees, the 0.1 % point.
 */
static void test_empirical_draws(void **state) {
    (void)state;
    enum { VALUES = 10 };
    double values[VALUES] = {2.385, 0, 17, 3, 4, 5.5, 6.25, 7, 8, 900}, square = 0;
    struct dist d = measured(values, VALUES);
    struct dice dice;
    int count[VALUES] = {0};
    dice_open(&dice, rng_key(2026, 40, "dist", RNG_SERVICE), 0);
    for (uint64_t i = 0; i < DRAWS; i++) {
        dice_item(&dice, i);
        double x = dist_draw(&d, &dice);
        double *at = bsearch(&x, values, VALUES, sizeof x, ascending);
        assert_non_null(at);
        count[at - values]++;
    }
    for (int i = 0; i < VALUES; i++)
        square += pow(count[i] - DRAWS / VALUES, 2) / (DRAWS / VALUES);
    assert_true(square < gsl_cdf_chisq_Pinv(0.999, VALUES - 1));
}

static void test_constant_draws(void **state) {
    (void)state;
    struct dist d = words(DIST_CONSTANT);
    struct dice dice = {0};
    d.words.mean = 2.385 * MS;
    resolve(&d);
    for (uint64_t i = 0; i < 10; i++) {
        dice_item(&dice, i);
        assert_true(dist_draw(&d, &dice) == 2.385 * MS);
    }
    assert_true(!dist_random(&d) && dist_scv(&d) == 0 && dist_mean(&d) == 2.385 * MS);
    assert_true(dist_cdf(&d, 2.384 * MS) == 0 && dist_cdf(&d, 2.385 * MS) == 1);
}

/* What item i draws does not depend on what was drawn before. */
static void test_order_does_not_matter(void **state) {
    (void)state;
    double means[] = {1, 20}, values[] = {1, 2.385, 3}, forward[500];
    struct dist all[] = {words(DIST_EXPONENTIAL), words(DIST_LOGNORMAL), words(DIST_GAMMA),
                         words(DIST_UNIFORM),     two_means(0.5, means), measured(values, 3)};
    all[0].words.mean = all[1].words.mean = all[2].words.mean = 2.385;
    all[1].words.cv = all[2].words.cv = 1.7;
    all[3].words.min = 1, all[3].words.max = 2;
    for (size_t k = 0; k < 6; k++) {
        struct dice dice = {0};
        resolve(&all[k]);
        assert_true(dist_random(&all[k]));
        for (uint64_t i = 0; i < 500; i++) {
            dice_item(&dice, i);
            forward[i] = dist_draw(&all[k], &dice);
        }
        for (uint64_t i = 500; i-- > 0;) {
            dice_item(&dice, i);
            assert_true(dist_draw(&all[k], &dice) == forward[i]);
        }
    }
}

/* To the nearest nanosecond, and three years at most. */
static void test_draws_of_time(void **state) {
    (void)state;
    static const struct {
        double drawn;
        nsec time;
    } known[] = {{0, 0},
                 {0.4, 0},
                 {0.6, 1},
                 {2385.49, 2385},
                 {2385.51, 2386},
                 {1e16, 10000000000000000},
                 {1e17, NSEC_LONGEST},
                 {1e18, NSEC_LONGEST},
                 {1e300, NSEC_LONGEST}};
    struct dice dice = {0};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct dist d = {.kind = DIST_CONSTANT, .a = known[i].drawn};
        assert_true(dist_draw_time(&d, &dice) == known[i].time);
    }
    struct dist wild = words(DIST_LOGNORMAL); /* the widest that a scenario may ask for */
    wild.words.mu = 20, wild.words.sigma = 4;
    resolve(&wild);
    for (uint64_t i = 0; i < 1000; i++) {
        dice_item(&dice, i);
        nsec t = dist_draw_time(&wild, &dice);
        assert_true(t >= 0 && t <= NSEC_LONGEST);
    }
}

/* ---- cdf and quantile ---- */

static void check_inverse(struct dist *d, const char *what) {
    static const double parts[] = {1e-6, 0.001, 0.01, 0.1,   0.25,   0.5,     0.75,
                                   0.9,  0.95,  0.99, 0.999, 0.9999, 1 - 1e-6};
    double last = 0;
    resolve(d);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        double x = dist_quantile(d, parts[i]), p = dist_cdf(d, x);
        bool none = x < DBL_MIN && dist_cdf(d, DBL_MIN) >= parts[i]; /* too small for a double */
        if (!((fabs(p - parts[i]) <= 1e-9 || none) && x >= last))
            fail_msg("%s: cdf(quantile(%g) = %g) = %.15g", what, parts[i], x, p);
        last = x;
    }
    assert_true(dist_cdf(d, -1) == 0);
}

static void test_cdf_and_quantile(void **state) {
    (void)state;
    double near_means[] = {2.385 * MS, 2.5 * MS}, far_means[] = {1e3, 1e12};
    struct dist d = words(DIST_EXPONENTIAL);
    d.words.mean = 2.385 * MS;
    check_inverse(&d, "exponential");
    d = words(DIST_UNIFORM);
    d.words.min = 2 * MS, d.words.max = 5 * MS;
    check_inverse(&d, "uniform");
    d = two_means(0.3, near_means);
    check_inverse(&d, "hyperexponential, near");
    d = two_means(0.999, far_means);
    check_inverse(&d, "hyperexponential, far");
    for (double cv = 1e-3; cv <= 100; cv *= 10) {
        d = words(DIST_LOGNORMAL);
        d.words.mean = 200 * MS, d.words.cv = cv;
        check_inverse(&d, "lognormal");
    }
}

/* dist.h: a scenario's gamma may have a cv from 0.01 to 30. */
static void test_cdf_and_quantile_of_gamma(void **state) {
    (void)state;
    static const double cvs[] = {0.01, 0.1, 0.5, 1, 2.385, 5, 10, 30};
    for (size_t i = 0; i < sizeof cvs / sizeof *cvs; i++) {
        char what[40];
        snprintf(what, sizeof what, "gamma of cv %g", cvs[i]);
        struct dist d = words(DIST_GAMMA);
        d.words.mean = 200 * MS, d.words.cv = cvs[i];
        check_inverse(&d, what);
    }
}

/* ---- hostile parameters ---- */

/* What dist_resolve itself refuses; single bounds are the format's, below. */
static void test_complaints(void **state) {
    (void)state;
    double means[] = {1, 2};
    struct dist d[] = {
        words(DIST_LOGNORMAL),
        words(DIST_LOGNORMAL),
        words(DIST_LOGNORMAL),
        words(DIST_LOGNORMAL),
        words(DIST_LOGNORMAL),
        words(DIST_GAMMA),
        words(DIST_GAMMA),
        words(DIST_UNIFORM),
        words(DIST_UNIFORM),
        words(DIST_HYPEREXPONENTIAL),
        words(DIST_HYPEREXPONENTIAL),
        two_means(0.5, means),
        two_means(0.5, means),
    };
    d[1].words.mean = 200, d[1].words.p99 = 200;              /* not above */
    d[2].words.mean = 200, d[2].words.p99 = 200 * 14.9684884; /* no such lognormal */
    d[3].words.median = 200, d[3].words.p99 = 199;
    d[4].words.mean = 200, d[4].words.p99 = 600, d[4].words.cv = 0.5; /* three */
    d[5].words.mean = 200, d[5].words.cv = 0.009;
    d[6].words.mean = 200, d[6].words.cv = 31;
    d[7].words.min = 2.385, d[7].words.max = 2.385;
    d[8].words.min = 3, d[8].words.max = 2.385;
    d[9].words.mean = 2.385, d[9].words.cv = 1;
    d[10].words.mean = 2.385; /* half of a pair */
    d[11].words.means.count = 1;
    d[12].words.mean = 2.385, d[12].words.cv = 2; /* both ways */
    for (size_t i = 0; i < sizeof d / sizeof *d; i++) {
        const char *complaint = dist_resolve(&d[i]);
        if (!complaint || strlen(complaint) < 10)
            fail_msg("number %zu is accepted", i);
    }
    struct dist edge = words(DIST_LOGNORMAL); /* the largest there is: 14.9684883622477 */
    edge.words.mean = 200, edge.words.p99 = 200 * 14.96848836;
    assert_null(dist_resolve(&edge));
}

/* The same and more, as a user writes it: refused with a place, never run. */
static void test_hostile_scenarios(void **state) {
    (void)state;
    static const char *const services[] = {
        "{lognormal: {mean: 200ms, p99: 150ms}}",
        "{lognormal: {mean: 200ms, p99: 3s}}",
        "{lognormal: {mean: 200ms}}",
        "{lognormal: {mean: 200ms, p99: 600ms, cv: 1}}",
        "{lognormal: {mu: 1, sigma: 1e9}}",
        "{lognormal: {mean: 200ms, cv: nan}}",
        "{lognormal: {mean: 200ms, cv: -1}}",
        "{gamma: {mean: 200ms, cv: 0}}",
        "{gamma: {mean: 200ms, cv: 1e-300}}",
        "{gamma: {mean: 0s, cv: 0.5}}",
        "{exponential: {mean: 1e300s}}",
        "{exponential: {mean: -5ms}}",
        "{exponential: {mean: 5}}",
        "{exponential: {mean: 49ns}}",
        "{constant: 0s}",
        "{uniform: {min: 5ms, max: 2ms}}",
        "{uniform: {min: -5ms, max: 2ms}}",
        "{hyperexponential: {mean: 5ms, cv: 0.5}}",
        "{hyperexponential: {p: 50%, means: [5ms]}}",
        "{hyperexponential: {p: 150%, means: [5ms, 6ms]}}",
        "{hyperexponential: {p: 50%, means: [5ms, 0s]}}",
        "{empirical: {file: no-such-file.csv, column: x}}",
        "{weibull: {mean: 1s, shape: 0}}",
        "{exponential: {mean: 5ms}, gamma: {mean: 5ms, cv: 2}}",
        "{}",
        "5ms",
    };
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        char text[300];
        struct err err = {0};
        snprintf(text, sizeof text,
                 "headroom: 1\nname: hostile\narrivals: {poisson: {rate: 10/s}}\nservice: %s\n"
                 "pool: {workers: 2}\n",
                 services[i]);
        struct scenario *sc = scenario_parse(text, "hostile.yaml", &err);
        if (sc || err.count == 0)
            fail_msg("accepted: %s", services[i]);
        for (size_t k = 0; k < err.count; k++)
            assert_true(!strcmp(err.items[k].file, "hostile.yaml") && *err.items[k].text);
        err_free(&err);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_answers),
        cmocka_unit_test(test_lognormal_by_hand),
        cmocka_unit_test(test_others_by_hand),
        cmocka_unit_test(test_empirical),
        cmocka_unit_test(test_empirical_ranks),
        cmocka_unit_test(test_lognormal_draws),
        cmocka_unit_test(test_gamma_draws),
        cmocka_unit_test(test_other_draws),
        cmocka_unit_test(test_empirical_draws),
        cmocka_unit_test(test_constant_draws),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_draws_of_time),
        cmocka_unit_test(test_cdf_and_quantile),
        cmocka_unit_test(test_cdf_and_quantile_of_gamma),
        cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_hostile_scenarios),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("dist", tests, NULL, NULL);
}
