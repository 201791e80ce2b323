/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_mser: where a series is cut. Series whose cut is plain, and the definition itself, computed
 * the long way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "model/mser.h"

enum { COUNT = 500 };

static void step_at(double *x, size_t at) {
    for (size_t i = 0; i < COUNT; i++)
        x[i] = i >= at;
}

static void test_steps(void **state) {
    (void)state;
    double x[COUNT];
    bool edge;
    static const size_t at[] = {0, 5, 50, 52, 240};
    static const size_t cut[] = {0, 5, 50, 55, 240}; /* a batch of both goes whole */
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        step_at(x, at[i]);
        assert_int_equal(mser_cut(x, COUNT, &edge), cut[i]);
        assert_false(edge);
    }
}

static void test_edge(void **state) {
    (void)state;
    double x[COUNT];
    bool edge;
    for (size_t i = 0; i < COUNT; i++)
        x[i] = (double)i;
    assert_int_equal(mser_cut(x, COUNT, &edge), COUNT / 2);
    assert_true(edge);
    assert_int_equal(mser_cut(x, 9, &edge), 0);
    assert_true(edge);
    assert_int_equal(mser_cut(x, 0, &edge), 0);
    assert_true(edge);
}

/* The least over the first half of sum (z - mean)^2 / n^2, by two passes each. */
static size_t the_long_way(const double *x, size_t count) {
    size_t batches = count / 5, best = 0;
    double least = INFINITY;
    for (size_t d = 0; d <= batches / 2; d++) {
        double mean = 0, squares = 0, n = (double)(batches - d);
        for (size_t i = d * 5; i < batches * 5; i++)
            mean += x[i] / 5 / n;
        for (size_t k = d; k < batches; k++) {
            double z = (x[5 * k] + x[5 * k + 1] + x[5 * k + 2] + x[5 * k + 3] + x[5 * k + 4]) / 5;
            squares += (z - mean) * (z - mean);
        }
        if (squares / n / n < least) {
            least = squares / n / n;
            best = d;
        }
    }
    return best * 5;
}

/* Noise around a level that is approached from below, in a hundred shapes. */
static void test_definition(void **state) {
    (void)state;
    double x[COUNT];
    uint64_t dice = 1;
    bool edge;
    for (int shape = 1; shape <= 100; shape++) {
        for (size_t i = 0; i < COUNT; i++) {
            dice = dice * 6364136223846793005U + 1442695040888963407U;
            double noise = (double)(dice >> 11) / 9007199254740992.0 - 0.5;
            x[i] = 1e6 + 10 * (1 - exp(-(double)i / shape)) + noise;
        }
        assert_int_equal(mser_cut(x, COUNT, &edge), the_long_way(x, COUNT));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_edge),
        cmocka_unit_test(test_definition),
    };
    return cmocka_run_group_tests_name("mser", tests, NULL, NULL);
}
