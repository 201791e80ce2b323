/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_check_arrivals: what arrivals come to in a scenario: rates that move, their means and peaks,
 * the kind of run they ask for. What is refused lies in tests/bad.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "model/scenario.h"
#include "model/theory.h"

#define SECOND NSEC_PER_SEC

static struct scenario *parse(const char *arrivals, const char *more) {
    char text[1000];
    struct err err = {0};
    snprintf(text, sizeof text,
             "headroom: 1\nname: t\narrivals: %s\nservice: {exponential: {mean: 10ms}}\n"
             "pool: {workers: 2}\n%s",
             arrivals, more);
    struct scenario *sc = scenario_parse(text, "tests/bad/t.yaml", &err);
    if (!sc) {
        err_print(&err, stderr);
        fail_msg("%s%s", arrivals, more);
    }
    err_free(&err);
    return sc;
}

static const struct class *class_of(const struct scenario *sc) {
    return &sc->classes.items[0];
}

static void near(double value, double wanted) {
    if (!(fabs(value - wanted) <= 1e-12 * fabs(wanted)))
        fail_msg("%.17g, not %.17g", value, wanted);
}

static void test_mmpp(void **state) {
    (void)state;
    struct scenario *sc =
        parse("{mmpp: {rates: [600/min, 0/s, 70/s], dwell: [1s, 500ms, 2s]}}", "");
    const struct arrivals *a = &class_of(sc)->arrivals;
    assert_int_equal(a->kind, ARRIVAL_MMPP);
    assert_int_equal(a->mmpp.rates.count, 3);
    near(a->mmpp.rates.items[0], 10);
    assert_true(a->mmpp.dwell.items[1] == SECOND / 2);
    near(scenario_class_rate(class_of(sc)), 150 / 3.5); /* 10 + 0 + 140 jobs in 3.5 s */
    near(scenario_class_peak_rate(class_of(sc)), 70);
    near(scenario_offered_load(sc, 0), 1.5 / 3.5);
    assert_true(sc->random && sc->run.kind == RUN_STEADY);
    scenario_free(sc);
    scenario_free(parse("{mmpp: {rates: [10/s], dwell: [1us]}}", "run: {duration: 1s}\n"));
}

static void test_profile(void **state) {
    (void)state;
    const char *points = "{profile: {points: [[0s, 100/s], [5s, 300/s]]}}";
    struct scenario *sc = parse(points, "run: {duration: 20s}\n");
    const struct arrivals *a = &class_of(sc)->arrivals;
    assert_int_equal(a->kind, ARRIVAL_PROFILE);
    assert_int_equal(a->profile.points.count, 2);
    assert_int_equal(a->profile.shape, PROFILE_STEP);
    assert_true(a->profile.repeat == NSEC_UNSET && a->profile.points.items[1].at == 5 * SECOND);
    near(scenario_class_rate(class_of(sc)), 250); /* over the measured time */
    near(scenario_class_peak_rate(class_of(sc)), 300);
    assert_int_equal(sc->run.kind, RUN_TERMINATING);
    assert_true(sc->run.warmup == 0 && sc->random);
    scenario_free(sc);
    sc = parse("{profile: {points: [[0s, 100/s], [5s, 300/s]], shape: linear, repeat: 10s}}", "");
    near(scenario_class_rate(class_of(sc)), 250); /* over the period: 1000 and 1500 jobs */
    near(scenario_offered_load(sc, 0), 2.5);
    assert_int_equal(sc->run.kind, RUN_STEADY);
    assert_true(sc->run.warmup == SECOND && scenario_unstable(sc, 0));
    scenario_free(sc);
    sc = parse(points, "run: {kind: steady, warmup: 2s}\n"); /* who says so gets a warm-up */
    assert_int_equal(sc->run.kind, RUN_STEADY);
    assert_true(sc->run.warmup == 2 * SECOND);
    scenario_free(sc);
    scenario_free(parse("{profile: {points: [[0s, 1/s], [1s, 9/s], [1s, 3/s]], shape: linear, "
                        "repeat: 1s}}",
                        "")); /* a jump */
}

static void test_peaks_of_others(void **state) {
    (void)state;
    struct scenario *sc = parse("{batch: {every: 500ms, size: {constant: 3}}}", "");
    near(scenario_class_peak_rate(class_of(sc)), 6);
    scenario_free(sc);
    sc = parse("{closed: {clients: 3, think: {constant: 1s}}}", "");
    assert_true(isnan(scenario_class_peak_rate(class_of(sc))));
    scenario_free(sc);
}

static void test_until(void **state) {
    (void)state;
    struct scenario *sc = parse("{poisson: {rate: 5/s}}", "run: {cooldown: 3s}\n");
    assert_true(scenario_arrivals_end(sc) > 13 * SECOND); /* the load goes on */
    assert_true(sc->run.until == RUN_UNTIL_DURATION);
    scenario_free(sc);
    sc = parse("{poisson: {rate: 5/s}}", "run: {kind: terminating, until: empty}\n");
    assert_true(scenario_arrivals_end(sc) == 10 * SECOND && sc->run.cooldown == NSEC_LONGEST);
    scenario_free(sc);
    scenario_free(parse("{profile: {points: [[0s, 5/s]]}}", "run: {until: empty}\n"));
    scenario_free(parse("{trace: {file: good.csv, time: time}}", "run: {until: empty}\n"));
}

static void test_clients_who_do_not_think(void **state) {
    (void)state;
    const char *eager = "{closed: {clients: 2, think: {constant: 0s}}}";
    scenario_free(parse(eager, ""));
    scenario_free(parse(eager, "run: {duration: 1s}\n"));
    struct err err = {0};
    struct scenario *sc = scenario_parse(
        "headroom: 1\nname: t\narrivals: {closed: {clients: 4, think: {constant: 0s}}}\n"
        "service: {constant: 1ms}\npool: {workers: 2, queue: {capacity: 2}}\n",
        "t", &err);
    assert_non_null(sc); /* nobody is ever refused */
    scenario_free(sc);
    err_free(&err);
}

static void no_theory(const char *arrivals, const char *more) {
    struct scenario *sc = parse(arrivals, more);
    struct theory t;
    theory_of(&t, sc);
    bool none = t.reason && !t.name;
    theory_free(&t);
    scenario_free(sc);
    assert_true(none);
}

/* A moving rate is no renewal process, whatever its mean. */
static void test_no_formula(void **state) {
    (void)state;
    no_theory("{mmpp: {rates: [10/s, 5/s], dwell: [1s, 1s]}}", "");
    no_theory("{profile: {points: [[0s, 10/s], [1s, 20/s]], repeat: 2s}}", "");
    no_theory("{profile: {points: [[0s, 10/s], [1s, 20/s]]}}", "");
    no_theory("{profile: {points: [[0s, 1000/s]], repeat: 2s}}", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mmpp),
        cmocka_unit_test(test_profile),
        cmocka_unit_test(test_peaks_of_others),
        cmocka_unit_test(test_until),
        cmocka_unit_test(test_clients_who_do_not_think),
        cmocka_unit_test(test_no_formula),
    };
    return cmocka_run_group_tests_name("check_arrivals", tests, NULL, NULL);
}
