/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_fmath: exp, log, pow and gamma against libm's long double, the limits, and the bytes
 * themselves.
 *
 * An error is in units of the last place of the double nearest the long double result (64 bits of
 * mantissa or more, so 1/2048 of a double's last place), subnormal results included. Promised is 1
 * ulp; the bounds here are what was measured and a little, so that a change for the worse is seen.
 * The sums are FNV-1a hashes over the bits of 100,000 results: they hold under every compiler,
 * optimisation and machine, or simulated bytes do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/fmath.h"
#include "model/rng.h"

enum { POINTS = 1000000, SUMMED = 100000 };

/* A double of (0, 1) from the dice, by arithmetic that rounds nowhere. */
static double unit(struct dice *d) {
    return (double)(int64_t)(dice_word(d) >> 11 | 1) * 0x1p-53;
}

static double between(struct dice *d, double low, double high) {
    return low + (high - low) * unit(d);
}

/* Any positive double but infinity, each bit pattern as likely. */
static double any_positive(struct dice *d) {
    uint64_t bits = dice_word(d) % 0x7FEFFFFFFFFFFFFF + 1;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 1 + t, with t of any magnitude down to 2^-52, either side. */
static double around_one(struct dice *d) {
    int exponent = (int)(dice_word(d) % 52);
    return 1 + ldexp(between(d, -0.5, 0.5), -exponent);
}

static double ulps(double got, long double want) {
    double nearest = (double)want;
    if (isinf(nearest) || nearest == 0)
        return got == nearest ? 0 : INFINITY;
    int exponent;
    frexp(nearest, &exponent);
    if (exponent < DBL_MIN_EXP)
        exponent = DBL_MIN_EXP;
    return (double)(fabsl((long double)got - want) / ldexpl(1, exponent - DBL_MANT_DIG));
}

struct worst {
    double ulps, x, y;
};

static void note(struct worst *worst, double error, double x, double y) {
    if (!(error <= worst->ulps)) /* also for NaN */
        *worst = (struct worst){error, x, y};
}

static void check(const char *what, struct worst worst, double bound) {
    print_message("%-28s at most %.4f ulp, at %a %a\n", what, worst.ulps, worst.x, worst.y);
    if (LDBL_MANT_DIG >= 64)
        assert_true(worst.ulps <= bound);
}

static void test_exp(void **state) {
    (void)state;
    const double low[] = {-745.2, -708, -1, -0x1p-6, -0x1p-40};
    const double high[] = {-708, 709.79, 1, 0x1p-6, 0x1p-40};
    const double bound[] = {0.76, 0.52, 0.52, 0.52, 0.52}; /* a subnormal is rounded twice */
    for (int range = 0; range < 5; range++) {
        struct dice d = {.lane = (uint32_t)range};
        struct worst worst = {0};
        for (int i = 0; i < POINTS; i++) {
            double x = between(&d, low[range], high[range]);
            note(&worst, ulps(fm_exp(x), expl(x)), x, 0);
        }
        check("exp", worst, bound[range]);
    }
}

static void test_log(void **state) {
    (void)state;
    for (int range = 0; range < 3; range++) {
        struct dice d = {.lane = (uint32_t)range};
        struct worst worst = {0};
        for (int i = 0; i < POINTS; i++) {
            double x = range == 0   ? any_positive(&d)
                       : range == 1 ? between(&d, 0.5, 2)
                                    : around_one(&d);
            note(&worst, ulps(fm_log(x), logl(x)), x, 0);
        }
        check("log", worst, 0.51);
    }
}

/* Each part of log's table at its very edges, in several binades. */
static void test_log_at_edges(void **state) {
    (void)state;
    struct worst worst = {0};
    for (int exponent = -1074; exponent < 1024; exponent += 3) {
        for (int part = 128; part < 256; part++) {
            double edge = ldexp(part, exponent - 7);
            double points[] = {nextafter(edge, 0), edge, nextafter(edge, INFINITY)};
            for (int i = 0; i < 3; i++)
                if (points[i] > 0 && points[i] < INFINITY)
                    note(&worst, ulps(fm_log(points[i]), logl(points[i])), points[i], 0);
        }
    }
    check("log at the table's edges", worst, 0.51);
}

static void test_pow(void **state) {
    (void)state;
    const double bound[] = {0.76, 0.53, 0.76}; /* but the second has subnormal results */
    for (int range = 0; range < 3; range++) {
        struct dice d = {.lane = (uint32_t)range};
        struct worst worst = {0};
        for (int i = 0; i < POINTS / 2; i++) {
            double x = range == 0   ? any_positive(&d)
                       : range == 1 ? between(&d, 0, 2)
                                    : around_one(&d);
            double y = range == 1 ? between(&d, -30, 30) : between(&d, -745, 709) / fabs(log(x));
            if (x != 1)
                note(&worst, ulps(fm_pow(x, y), powl(x, y)), x, y);
        }
        check("pow", worst, bound[range]);
    }
}

/* Where the true value is a double, it is met exactly. */
static void test_exact(void **state) {
    (void)state;
    struct dice d = {0};
    for (int i = 0; i < SUMMED; i++) {
        double x = any_positive(&d), whole = (double)(dice_word(&d) >> 38);
        assert_true(fm_pow(x, 1) == x);
        assert_true(fm_pow(whole, 2) == whole * whole);
        assert_true(fm_pow(whole * whole, 0.5) == whole);
    }
    for (int n = -1074; n < 1024; n++)
        assert_true(fm_pow(2, n) == ldexp(1, n));
    assert_true(fm_exp(0) == 1 && fm_exp(-0.0) == 1);
    assert_true(fm_log(1) == 0 && !signbit(fm_log(1)));
}

static void test_known_answers(void **state) {
    (void)state;
    assert_true(fm_exp(1) == 0x1.5bf0a8b145769p+1);
    assert_true(fm_log(2) == 0x1.62e42fefa39efp-1);
    assert_true(fm_log(10) == 0x1.26bb1bbb55516p+1);
    assert_true(fm_pow(2, 0.5) == 0x1.6a09e667f3bcdp+0);
    assert_true(fm_pow(10, -3) == 0x1.0624dd2f1a9fcp-10);
}

static void test_limits_of_exp(void **state) {
    (void)state;
    assert_true(fm_exp(INFINITY) == INFINITY && fm_exp(710) == INFINITY);
    assert_true(fm_exp(0x1.62e42fefa39f0p+9) == INFINITY); /* just above log DBL_MAX */
    assert_true(fm_exp(0x1.62e42fefa39efp+9) < INFINITY);
    assert_true(fm_exp(DBL_MAX) == INFINITY && fm_exp(-DBL_MAX) == 0);
    assert_true(fm_exp(-INFINITY) == 0 && fm_exp(-746) == 0);
    assert_true(fm_exp(-745.13) == 0x1p-1074 && fm_exp(-745.14) == 0);
    assert_true(fm_exp(0x1p-1074) == 1 && fm_exp(-0x1p-1074) == 1);
    assert_true(isnan(fm_exp(NAN)));
}

static void test_limits_of_log(void **state) {
    (void)state;
    assert_true(fm_log(0) == -INFINITY && fm_log(-0.0) == -INFINITY);
    assert_true(fm_log(INFINITY) == INFINITY);
    assert_true(isnan(fm_log(-1)) && isnan(fm_log(-INFINITY)) && isnan(fm_log(NAN)));
    assert_true(fm_log(0x1p-1074) == (double)logl(0x1p-1074L));
    assert_true(fm_log(DBL_MAX) == (double)logl(DBL_MAX));
}

/* fmath.h promises 16; gamma(1 + 1/shape) of a Weibull lies between 1 and 11. */
static void test_gamma(void **state) {
    (void)state;
    struct dice d = {.key = 7};
    double worst = 0;
    for (int i = 0; i < POINTS / 4; i++) {
        double x = between(&d, 1, i % 2 ? 11 : 100);
        worst = fmax(worst, ulps(fm_gamma(x), tgammal(x)));
    }
    print_message("  gamma: %.2f ulp\n", worst);
    assert_true(worst < 13);
    double factorial = 1;
    for (int n = 1; n <= 20; n++) {
        assert_true(ulps(fm_gamma(n), factorial) <= 8);
        factorial *= n;
    }
}

/* As C's Annex F has pow for x >= 0. */
static void test_limits_of_pow(void **state) {
    (void)state;
    const double xs[] = {0,       0x1p-1074, 0.5, 0x1.fffffffffffffp-1, 1, 0x1.0000000000001p+0, 2,
                         DBL_MAX, INFINITY,  NAN};
    const double ys[] = {0,    0x1p-1074, 1e-300, 0.5, 1,       2,        1e15,
                         1e19, 1e25,      1e300,  3,   DBL_MAX, INFINITY, NAN};
    for (size_t i = 0; i < sizeof xs / sizeof *xs; i++) {
        for (size_t j = 0; j < 2 * sizeof ys / sizeof *ys; j++) {
            double x = xs[i], y = j % 2 ? -ys[j / 2] : ys[j / 2];
            double got = fm_pow(x, y), want = (double)powl(x, y);
            assert_true(isnan(want) ? isnan(got) : ulps(got, want) <= 1 || got == want);
        }
    }
    assert_true(isnan(fm_pow(-1, 2)) && isnan(fm_pow(-INFINITY, 1)) && fm_pow(-1, 0) == 1);
    assert_true(fm_pow(-0.0, 3) == 0 && fm_pow(-0.0, -3) == INFINITY);
}

static uint64_t add_bits(uint64_t hash, double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    for (int i = 0; i < 64; i += 8)
        hash = (hash ^ (bits >> i & 255)) * 0x100000001B3U;
    return hash;
}

static void test_bytes(void **state) {
    (void)state;
    struct dice d = {.key = 2026};
    uint64_t exps = 0xCBF29CE484222325U, logs = exps, pows = exps;
    for (int i = 0; i < SUMMED; i++) {
        double x = any_positive(&d), y = unit(&d);
        exps = add_bits(exps, fm_exp(1500 * y - 750));
        logs = add_bits(add_bits(logs, fm_log(x)), fm_log(0.5 + y));
        pows = add_bits(add_bits(pows, fm_pow(x, y)), fm_pow(2 * y, 300 * unit(&d) - 150));
    }
    uint64_t gammas = 0xCBF29CE484222325U;
    for (int i = 0; i < SUMMED; i++)
        gammas = add_bits(gammas, fm_gamma(1 + i * 1e-4));
    assert_int_equal(gammas, 0x19b2f95b9e6dffaa);
    assert_int_equal(exps, 0x87fecb32175a1fb8);
    assert_int_equal(logs, 0x06d6840b64d8eb95);
    assert_int_equal(pows, 0xb54e6a9058287e8e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp),           cmocka_unit_test(test_log),
        cmocka_unit_test(test_log_at_edges),  cmocka_unit_test(test_pow),
        cmocka_unit_test(test_exact),         cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_limits_of_exp), cmocka_unit_test(test_limits_of_log),
        cmocka_unit_test(test_limits_of_pow), cmocka_unit_test(test_gamma),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
