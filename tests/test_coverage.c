/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_coverage: a small cell of the coverage study (tests/study/coverage.c), so that an interval
 * that breaks is noticed at once. Of 200 experiments 190 should hold the exact value, give or take
 * 3; an interval a third too narrow holds 160, one half as wide again 199.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "tests/coverage.h"

enum { EXPERIMENTS = 200, LEAST = 178, MOST = 199 };

static const double LARGEST_BIAS = 0.03;

static void test_small_cell(void **state) {
    (void)state;
    struct coverage c = {0};
    coverage_run(&c, &(struct coverage_cell){1, 0.5, 500, 10, NULL}, 0, EXPERIMENTS);
    assert_int_equal(c.experiments, EXPERIMENTS);
    for (int i = 0; i < COVERAGE_FIGURES; i++) {
        print_message(
            "  %s: %u of %u hold it, %u below, %u open; bias %+.2f %%, half width %.2f %%\n",
            coverage_names[i], c.held[i], c.known[i], c.low[i], c.open[i],
            100 * c.bias[i] / EXPERIMENTS, 100 * c.half[i] / EXPERIMENTS);
        assert_int_equal(c.known[i], EXPERIMENTS);
        assert_in_range(c.held[i], LEAST, MOST);
        assert_true(fabs(c.bias[i] / EXPERIMENTS) < LARGEST_BIAS);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_cell),
    };
    return cmocka_run_group_tests_name("coverage", tests, NULL, NULL);
}
