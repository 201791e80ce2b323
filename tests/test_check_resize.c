/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_check_resize: what a `resize` comes to: the defaults, which are the published ones, and its
 * distributions as parameters. What is refused lies in tests/bad.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "tests/parse.h"

#define SECOND NSEC_PER_SEC
#define HEAD "headroom: 1\nname: t\narrivals: {poisson: {rate: 5/s}}\nservice: {constant: 1ms}\n"

static struct scenario *pool(const char *words) {
    char text[600];
    snprintf(text, sizeof text, HEAD "pool: {workers: 4%s}\n", words);
    return parse(text);
}

static const struct resize_spec *spec_of(const struct scenario *sc) {
    return &sc->pools.items[0].resize;
}

static void test_none(void **state) {
    (void)state;
    struct scenario *sc = pool("");
    assert_int_equal(spec_of(sc)->max, 0);
    scenario_free(sc);
}

static void near(double value, double wanted) {
    if (!(fabs(value - wanted) <= 1e-12))
        fail_msg("%.17g, not %.17g", value, wanted);
}

static void test_defaults(void **state) {
    (void)state;
    struct scenario *sc = pool(", resize: {policy: gradient, max: 9}");
    const struct resize_spec *s = spec_of(sc);
    assert_int_equal(s->policy, RESIZE_GRADIENT);
    assert_true(s->min == 1 && s->max == 9 && s->step == 1 && isnan(s->factor));
    near(s->every.a, 0.1 * SECOND);
    near(s->keep_alive.a, 60.0 * SECOND);
    near(s->dwell.a + s->spawn.a + s->warm_up.a, 0);
    near(s->target, 0.7);
    near(s->tolerance, 0.1);
    assert_true(s->stabilise_up == 0 && s->stabilise_down == 300 * SECOND);
    near(s->backoff, 0.9);
    near(s->slack, 1.5);
    near(s->smoothing, 0.2);
    near(s->headroom, 1.2);
    assert_true(s->slow == 5 * SECOND && s->long_window == 600 && s->extra == 4);
    assert_true(s->probe == 30 && s->percentile == RESIZE_P99 && s->repeat == NSEC_UNSET);
    assert_true(isnan(s->grow_at.utilisation) && s->grow_at.count == COUNT_UNSET);
    scenario_free(sc);
}

static void test_marks(void **state) {
    (void)state;
    struct scenario *sc =
        pool(", resize: {policy: watermark, max: 9, grow_at: 80%, shrink_at: {idle: 3}, "
             "while_starting: hold, dwell: {exponential: {mean: 2s}}}");
    const struct resize_spec *s = spec_of(sc);
    near(s->grow_at.utilisation, 0.8);
    assert_true(s->grow_at.count == COUNT_UNSET && isnan(s->shrink_at.utilisation));
    assert_true(s->shrink_at.count == 3 && s->while_starting == 1);
    assert_true(s->dwell.kind == DIST_EXPONENTIAL && dist_mean(&s->dwell) == 2e9);
    scenario_free(sc);
}

static void test_sizes(void **state) {
    (void)state;
    struct scenario *sc = pool(", resize: {policy: schedule, max: 9, sizes: [[0s, 4], [2s, 9]], "
                               "repeat: 5s}");
    const struct resize_spec *s = spec_of(sc);
    assert_int_equal(s->sizes.count, 2);
    assert_true(s->sizes.items[1].at == 2 * SECOND && s->sizes.items[1].workers == 9);
    assert_true(s->repeat == 5 * SECOND);
    scenario_free(sc);
}

/* Bounds that are just met. */
static void test_edges(void **state) {
    (void)state;
    scenario_free(pool(", resize: {policy: aimd, min: 4, max: 4}"));
    scenario_free(pool(", resize: {policy: on_demand, min: 0, max: 4, keep_alive: 0s}"));
    scenario_free(pool(", resize: {policy: watermark, max: 4, every: 0s, grow_at: {queue: 1}, "
                       "shrink_at: {idle: 1}}"));
    scenario_free(pool(", resize: {policy: watermark, max: 4, grow_at: 70%, shrink_at: 70%}"));
    scenario_free(pool(", resize: {policy: aimd, max: 4, dwell: 50ns, spawn: 0s}"));
    scenario_free(pool(", queue: {capacity: 2, when_full: caller_runs}, resize: {policy: "
                       "on_demand, max: 4}"));
    scenario_free(
        pool(", queue: {capacity: 2, when_full: block}, resize: {policy: vegas, max: 4}"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),  cmocka_unit_test(test_defaults), cmocka_unit_test(test_marks),
        cmocka_unit_test(test_sizes), cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests_name("check_resize", tests, NULL, NULL);
}
