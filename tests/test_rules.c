/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_rules: sizes side by side, against figures computed by hand, and the smallest pool for an
 * slo, which must meet it while one worker fewer must not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/rules.h"
#include "tests/parse.h"

static const struct rule *rule(const struct rules *r, const char *name) {
    for (size_t i = 0; i < r->count; i++)
        if (!strcmp(r->items[i].rule, name))
            return &r->items[i];
    fail_msg("no rule %s", name);
    return NULL;
}

static void is(const struct rules *r, const char *name, double workers, enum theory_mark mark) {
    const struct rule *found = rule(r, name);
    if (!(found->workers == workers || (isnan(found->workers) && isnan(workers))) ||
        found->mark != mark)
        fail_msg("%s: %g (mark %d), not %g (mark %d)", name, found->workers, (int)found->mark,
                 workers, (int)mark);
    assert_true(found->because && strlen(found->because) > 10);
}

#define IO                                                                                         \
    "headroom: 1\nname: t\narrivals: {poisson: {rate: 1000/s}}\n"                                  \
    "service: {lognormal: {mean: 200ms, p99: 600ms}}\n"

/* a = 200; + 30 % 260; 250 and 285.7; sqrt(200) = 14.1; the p50 is 200 exp(-0.5334^2 / 2) = 173.5.
 */
static void test_by_load(void **state) {
    (void)state;
    struct scenario *sc = parse(IO "pool: {workers: 210}\n");
    struct rules r;
    rules_of(&r, sc, 0, 4);
    is(&r, "rate x mean service", 200, THEORY_EXACT);
    is(&r, "rate x p50 service", 174, THEORY_NONE);
    is(&r, "rate x p99 service", 600, THEORY_NONE);
    is(&r, "floor + 30 %", 260, THEORY_ABOUT);
    is(&r, "80 % busy", 250, THEORY_ABOUT);
    is(&r, "70 % busy", 286, THEORY_ABOUT);
    is(&r, "load + sqrt(load)", 215, THEORY_ABOUT);
    is(&r, "load + 2 sqrt(load)", 229, THEORY_ABOUT);
    is(&r, "theory, for the slo", NAN, THEORY_NONE);
    is(&r, "cores x (1 + wait/compute)", NAN, THEORY_NONE);
    is(&r, "2 x cores + spindles", 9, THEORY_NONE);
    rules_free(&r);
    scenario_free(sc);
}

/* By the tables of the normal distribution: Phi(1) = 0.841345, phi(1) = 0.241971. */
static void test_halfin_whitt(void **state) {
    (void)state;
    assert_true(fabs(rules_halfin_whitt(1) - 1 / (1 + 0.841344746 / 0.241970725)) < 1e-8);
    assert_true(fabs(rules_halfin_whitt(0) - 1) < 1e-15);
}

/* What the best model says at so many workers. */
static double p99_at(const struct scenario *sc, double workers) {
    struct facts f;
    struct theory t;
    facts_of(&f, sc, 0);
    facts_resize(&f, workers);
    theory_best(&t, &f);
    double p99 = t.reason ? INFINITY : t.response[3].value;
    theory_free(&t);
    facts_free(&f);
    return p99;
}

static void smallest(const char *text, double limit, enum theory_mark mark) {
    struct scenario *sc = parse(text);
    struct rules r;
    rules_of(&r, sc, 0, 2);
    const struct rule *found = rule(&r, "theory, for the slo");
    assert_int_equal(found->mark, mark);
    if (!(p99_at(sc, found->workers) <= limit) || p99_at(sc, found->workers - 1) <= limit)
        fail_msg("%g workers: p99 %g, with one fewer %g", found->workers,
                 p99_at(sc, found->workers), p99_at(sc, found->workers - 1));
    rules_free(&r);
    scenario_free(sc);
}

static void test_by_slo(void **state) {
    (void)state;
    smallest(IO "pool: {workers: 2}\nslo: {p99: 650ms}\n", 0.65, THEORY_ABOUT);
    smallest("headroom: 1\nname: t\narrivals: {poisson: {rate: 1000/s}}\n"
             "service: {exponential: {mean: 20ms}}\npool: {workers: 2}\nslo: {p99: 95ms}\n",
             0.095, THEORY_EXACT);
    smallest("headroom: 1\nname: t\narrivals: {poisson: {rate: 1000/s}}\n"
             "service: {constant: 20ms}\npool: {workers: 50}\nslo: {p99: 25ms}\n",
             0.025, THEORY_EXACT);
}

/* Shares lost: one worker and no queue lose a / (1 + a); here 0.2 / 1.2 = 16.7 %, and two lose 0.02
 * / 1.22 = 1.6 %. */
static void test_rejected(void **state) {
    (void)state;
    struct scenario *sc =
        parse("headroom: 1\nname: t\narrivals: {poisson: {rate: 2/s}}\n"
              "service: {gamma: {mean: 100ms, cv: 2}}\n"
              "pool: {workers: 9, queue: {capacity: 0, when_full: reject}}\nslo: {rejected: 2%}\n");
    struct rules r;
    rules_of(&r, sc, 0, 2);
    is(&r, "theory, for the slo", 2, THEORY_EXACT);
    rules_free(&r);
    scenario_free(sc);
}

/* No pool makes a service shorter than it is. */
static void test_never(void **state) {
    (void)state;
    struct scenario *sc = parse(IO "pool: {workers: 210}\nslo: {p99: 500ms}\n");
    struct rules r;
    rules_of(&r, sc, 0, 2);
    is(&r, "theory, for the slo", NAN, THEORY_NONE);
    rules_free(&r);
    scenario_free(sc);
    sc = parse(IO "pool: {workers: 210}\nslo: {max: 5s}\n"); /* no formula has a maximum */
    rules_of(&r, sc, 0, 2);
    is(&r, "theory, for the slo", NAN, THEORY_NONE);
    rules_free(&r);
    scenario_free(sc);
}

/* Computing jobs: as many workers as cores; closed clients: one each, and the bounds' share. */
static void test_machine_and_clients(void **state) {
    (void)state;
    struct scenario *sc =
        parse("headroom: 1\nname: t\narrivals: {closed: {clients: 12, think: {constant: 1s}}}\n"
              "service: {exponential: {mean: 500ms}}\ncpu: 100%\npool: {workers: 2}\n");
    struct rules r;
    rules_of(&r, sc, 0, 6);
    is(&r, "a worker a client", 12, THEORY_EXACT);
    is(&r, "clients x service share", 4, THEORY_ABOUT);
    is(&r, "cores x (1 + wait/compute)", 6, THEORY_ABOUT);
    rules_free(&r);
    scenario_free(sc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_load), cmocka_unit_test(test_halfin_whitt),
        cmocka_unit_test(test_by_slo),  cmocka_unit_test(test_rejected),
        cmocka_unit_test(test_never),   cmocka_unit_test(test_machine_and_clients),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
