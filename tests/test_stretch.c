/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_stretch: straight pieces of a rate: areas worked out by hand, the inverse against the area,
 * profiles cut into them, means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "model/stretch.h"

#define SECOND NSEC_PER_SEC

static void near(double value, double wanted, double relative) {
    if (!(fabs(value - wanted) <= relative * fabs(wanted)))
        fail_msg("%.17g, not %.17g", value, wanted);
}

static void exactly(double value, double wanted) {
    near(value, wanted, 0);
}

static void test_known_answers(void **state) {
    (void)state;
    struct stretch s = stretch_of(-SECOND, 2 * SECOND, 100, 100);
    near(s.area, 200, 1e-15);
    near(stretch_area(&s, SECOND / 2), 50, 1e-15);
    near(stretch_inverse(&s, 50), 5e8, 1e-15);
    s = stretch_of(0, SECOND, 0, 200); /* t^2 times 100 */
    near(s.area, 100, 1e-15);
    near(stretch_area(&s, SECOND / 2), 25, 1e-15);
    near(stretch_inverse(&s, 25), 5e8, 1e-15);
    near(stretch_inverse(&s, 1e-14), 10, 1e-12); /* the first 10 ns */
    s = stretch_of(0, SECOND, 200, 0);           /* 200 t - 100 t^2 */
    near(stretch_area(&s, SECOND / 2), 75, 1e-15);
    near(stretch_inverse(&s, 75), 5e8, 1e-15);
    near(stretch_inverse(&s, s.area), 1e9, 1e-7); /* the rate is 0 there: half the digits */
    assert_true(stretch_inverse(&s, s.area * (1 + 1e-15)) <= 1e9);
}

/* Without end, and without length. */
static void test_edges(void **state) {
    (void)state;
    struct stretch s = stretch_of(7, NSEC_NEVER, 50, 50);
    assert_true(isinf(s.area) && s.length == NSEC_NEVER);
    near(stretch_inverse(&s, 1e6), 2e13, 1e-15);
    exactly(stretch_of(7, NSEC_NEVER, 0, 0).area, 0);
    exactly(stretch_of(7, 0, 50, 90).area, 0);
    exactly(stretch_of(7, SECOND, 0, 0).area, 0);
}

static void test_inverse_of_area(void **state) {
    (void)state;
    static const double rates[] = {0, 1e-3, 1, 2385, 2e7};
    for (int i = 0; i < 25; i++) {
        double from = rates[i / 5], to = rates[i % 5];
        for (nsec length = 1000; length <= 1000 * SECOND; length *= 1000) {
            struct stretch s = stretch_of(0, length, from, to);
            for (int k = 1; k < 8 && from + to > 0; k++) {
                nsec t = length / 8 * k;
                near(stretch_inverse(&s, stretch_area(&s, t)), (double)t, 1e-9);
            }
            near(stretch_area(&s, length), s.area, 1e-12);
        }
    }
}

static struct profile_point points[] = {
    {0, 100}, {2 * SECOND, 500}, {4 * SECOND, 0}, {5 * SECOND, 0}};

static struct arrivals profile(enum profile_shape shape, nsec repeat) {
    struct arrivals a = {.kind = ARRIVAL_PROFILE};
    a.profile.points.items = points;
    a.profile.points.count = 4;
    a.profile.shape = shape;
    a.profile.repeat = repeat;
    return a;
}

static void check_stretch(const struct arrivals *a, uint64_t k, nsec begin, nsec length,
                          double area) {
    struct stretch s = stretch_of_profile(a, k, -SECOND);
    if (s.begin != begin || s.length != length)
        fail_msg("stretch %d: from %lld, %lld long", (int)k, (long long)s.begin,
                 (long long)s.length);
    near(s.area, area, 1e-12);
}

static void test_profiles(void **state) {
    (void)state;
    struct arrivals step = profile(PROFILE_STEP, NSEC_UNSET),
                    linear = profile(PROFILE_LINEAR, NSEC_UNSET),
                    round = profile(PROFILE_LINEAR, 6 * SECOND);
    check_stretch(&step, 0, -SECOND, SECOND, 100); /* the warm-up, at the first rate */
    check_stretch(&step, 1, 0, 2 * SECOND, 200);
    check_stretch(&step, 2, 2 * SECOND, 2 * SECOND, 1000);
    check_stretch(&step, 3, 4 * SECOND, SECOND, 0);
    check_stretch(&step, 4, 5 * SECOND, NSEC_NEVER, 0); /* the last rate, for ever */
    assert_true(stretch_of_profile(&step, 5, 0).begin == NSEC_NEVER);
    check_stretch(&linear, 0, -SECOND, SECOND, 100);
    check_stretch(&linear, 1, 0, 2 * SECOND, 600);
    check_stretch(&linear, 2, 2 * SECOND, 2 * SECOND, 500);
    check_stretch(&round, 0, -SECOND, SECOND, 100); /* nothing repeats before t = 0 */
    check_stretch(&round, 4, 5 * SECOND, SECOND, 0);
    check_stretch(&round, 5, 6 * SECOND, 2 * SECOND, 600);
    check_stretch(&round, 4002, 6002 * SECOND, 2 * SECOND, 500);
}

static void test_means(void **state) {
    (void)state;
    struct arrivals step = profile(PROFILE_STEP, NSEC_UNSET),
                    linear = profile(PROFILE_LINEAR, NSEC_UNSET),
                    round = profile(PROFILE_LINEAR, 6 * SECOND);
    near(stretch_profile_mean(&step, 10 * SECOND), 120, 1e-12);
    near(stretch_profile_mean(&step, 3 * SECOND), 700.0 / 3, 1e-12);
    near(stretch_profile_mean(&linear, SECOND), 200, 1e-12); /* 100 to 300 */
    near(stretch_profile_mean(&linear, 10 * SECOND), 110, 1e-12);
    near(stretch_profile_mean(&round, 7), 1100.0 / 6, 1e-12); /* of a period */
    points[3].rate = 60;
    near(stretch_profile_mean(&step, 15 * SECOND), 120, 1e-12); /* 1200 and 10 s of 60/s */
    points[3].rate = 0;
}

static void test_count(void **state) {
    (void)state;
    struct arrivals step = profile(PROFILE_STEP, NSEC_UNSET),
                    round = profile(PROFILE_STEP, 6 * SECOND);
    nsec dwell[] = {SECOND, 3 * SECOND};
    struct arrivals mmpp = {.kind = ARRIVAL_MMPP}, poisson = {.kind = ARRIVAL_POISSON};
    mmpp.mmpp.dwell.items = dwell;
    mmpp.mmpp.dwell.count = 2;
    exactly(stretch_count(&step, 100), 0);
    exactly(stretch_count(&round, 60), 40);
    exactly(stretch_count(&mmpp, 60), 30);
    exactly(stretch_count(&poisson, 60), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),   cmocka_unit_test(test_edges),
        cmocka_unit_test(test_inverse_of_area), cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_means),           cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests_name("stretch", tests, NULL, NULL);
}
