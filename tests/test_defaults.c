/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_defaults: what is common to classes and pools is as if each had said it; a mistake in it is
 * told once, where it stands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/scenario.h"

#define HEAD "headroom: 1\nname: x\n"

static void expect_lines(struct err *err, const char *wanted) {
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    err_print(err, to);
    fclose(to);
    err_free(err);
    bool same = !strcmp(text, wanted);
    if (!same)
        print_error("found: %swanted: %s", *text ? text : "nothing\n", wanted);
    free(text);
    assert_true(same);
}

static struct scenario *parse(const char *text) {
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "t", &err);
    expect_lines(&err, "");
    assert_non_null(sc);
    return sc;
}

static void refuse(const char *text, const char *wanted) {
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "t", &err);
    bool refused = !sc;
    scenario_free(sc);
    expect_lines(&err, wanted);
    assert_true(refused);
}

static void same(double a, double b) {
    assert_true(a <= b && a >= b);
}

static void test_whole(void **state) {
    (void)state;
    struct scenario *sc = parse(
        HEAD "defaults:\n  class: {arrivals: {poisson: {rate: 100/s}}, route: [{pool: a, service: "
             "{constant: 1ms}}]}\n  pool: {workers: 7, queue: {capacity: 3, when_full: block}}\n"
             "classes:\n  - {name: k}\n  - {name: l, arrivals: {constant: {rate: 5/s}}}\n"
             "  - {name: m, route: [{pool: b, service: {constant: 9ms}}]}\n"
             "pools:\n  - {name: a}\n  - {name: b, workers: 2, queue: {capacity: 4}}\n");
    assert_int_equal(sc->classes.count, 3);
    static const int kinds[] = {ARRIVAL_POISSON, ARRIVAL_CONSTANT, ARRIVAL_POISSON};
    static const size_t pools[] = {0, 0, 1};
    static const double rates[] = {100, 5, 100}, services[] = {1e6, 1e6, 9e6};
    for (int i = 0; i < 3; i++) {
        const struct class *c = &sc->classes.items[i];
        assert_int_equal(c->arrivals.kind, kinds[i]);
        assert_int_equal(c->route.items[0].pool, pools[i]);
        same(scenario_class_rate(c), rates[i]);
        same(dist_mean(&c->route.items[0].service), services[i]);
    }
    assert_string_equal(sc->classes.items[0].name, "k");
    assert_int_equal(sc->pools.items[0].workers, 7);
    assert_int_equal(sc->pools.items[0].queue.capacity, 3);
    assert_int_equal(sc->pools.items[0].queue.when_full, STATION_BLOCK);
    assert_int_equal(sc->pools.items[1].workers, 2);
    assert_int_equal(sc->pools.items[1].queue.capacity, 4);
    assert_int_equal(sc->pools.items[1].queue.when_full, STATION_REJECT); /* key by key, not deep */
    scenario_free(sc);
}

/* A resize in common: each pool has its own laws and sizes. */
static void test_resize(void **state) {
    (void)state;
    struct scenario *sc = parse(
        HEAD
        "defaults:\n  pool: {workers: 3, resize: {policy: schedule, max: 9, sizes: [[0s, 3], "
        "[5s, 9]], spawn: {mixture: [{weight: 1, constant: 1ms}, {weight: 1, constant: 3ms}]}, "
        "dwell: {exponential: {mean: 1s}}}}\n"
        "classes: [{name: k, arrivals: {poisson: {rate: 1/s}}, route: [{pool: a, service: "
        "{constant: 1ms}}]}]\npools:\n  - {name: a}\n  - {name: b, workers: 4}\n"
        "  - {name: c, resize: {policy: aimd, max: 5}}\n");
    for (int i = 0; i < 2; i++) {
        const struct resize_spec *s = &sc->pools.items[i].resize;
        assert_true(s->policy == RESIZE_SCHEDULE && s->max == 9 && s->sizes.count == 2);
        same(dist_mean(&s->spawn), 2e6);
        same(dist_mean(&s->dwell), 1e9);
    }
    assert_ptr_not_equal(sc->pools.items[0].resize.sizes.items,
                         sc->pools.items[1].resize.sizes.items);
    assert_true(sc->pools.items[2].resize.policy == RESIZE_AIMD);
    assert_int_equal(sc->pools.items[2].resize.sizes.count, 0);
    scenario_free(sc);
}

/* In the short form the root is the class and its step. */
static void test_short(void **state) {
    (void)state;
    struct scenario *sc =
        parse(HEAD "defaults: {class: {arrivals: {poisson: {rate: 100/s}}, service: {constant: "
                   "1ms}, cpu: 100%}, pool: {workers: 7, queue: {capacity: 3}}}\n"
                   "service: {constant: 2ms}\npool: {workers: 4}\n");
    assert_false(sc->whole);
    same(scenario_class_rate(&sc->classes.items[0]), 100);
    same(dist_mean(&sc->classes.items[0].route.items[0].service), 2e6);
    same(sc->classes.items[0].route.items[0].cpu, 1);
    assert_int_equal(sc->pools.items[0].workers, 4);
    assert_int_equal(sc->pools.items[0].queue.capacity, 3);
    scenario_free(sc);
}

static void test_nothing_common(void **state) {
    (void)state;
    scenario_free(parse(HEAD "defaults: {class: {}, pool: {}}\narrivals: {poisson: {rate: 1/s}}\n"
                             "service: {constant: 1ms}\npool: {workers: 4}\n"));
    scenario_free(parse(HEAD "defaults: {}\narrivals: {poisson: {rate: 1/s}}\n"
                             "service: {constant: 1ms}\npool: {workers: 4}\n"));
}

#define TWO                                                                                        \
    "classes: [{name: a}, {name: b}]\npools: [{name: p, workers: 1}, {name: q, workers: 2}]\n"
#define ROUTE "route: [{pool: p, service: {constant: 1ms}}]"

/* Once, whether the reader or the check finds it, and however many take it. */
static void test_told_once(void **state) {
    (void)state;
    refuse(
        HEAD "defaults: {class: {" ROUTE ", arrivals: {poisson: {rate: 100}}}}\n" TWO,
        "t:3:93: defaults.class.arrivals.poisson.rate: '100' needs a unit (/s, /min or /h), such "
        "as 1000/s\n");
    refuse(HEAD "defaults: {class: {" ROUTE
                ", arrivals: {mmpp: {rates: [1/s, 2/s], dwell: [1s]}}}}\n" TWO,
           "t:3:110: classes.a.arrivals.mmpp.dwell: wants a length for each of the 2 rates; 1 are "
           "given\n");
    refuse(
        HEAD "defaults: {pool: {queue: {capacity: -1}}, class: {" ROUTE
             ", arrivals: {poisson: {rate: 1/s}}}}\n" TWO,
        "t:3:37: defaults.pool.queue.capacity: '-1' must not be negative; 'unbounded' is allowed "
        "too\n");
    refuse(HEAD "defaults: {class: {" ROUTE
                ", arrivals: {poisson: {rate: 1/s}}}, pool: {resize: {}}}\n" TWO,
           "t:3:116: defaults.pool.resize: 'policy' is missing: who decides\n"
           "t:3:116: defaults.pool.resize: 'max' is missing: most workers\n");
}

/* Also where nobody takes them. */
static void test_told_to_nobody(void **state) {
    (void)state;
    const char *rest = "arrivals: {poisson: {rate: 1/s}}\nservice: {constant: 1ms}\n"
                       "pool: {workers: 4, queue: {}}\n";
    char text[600];
    snprintf(text, sizeof text,
             HEAD "defaults: {class: {arrivals: {poison: {rate: 1/s}}}, pool: {queue: 3}}\n%s",
             rest);
    refuse(text, "t:3:31: defaults.class.arrivals: unknown arrivals 'poison'; did you mean "
                 "'poisson'? (allowed: poisson, constant, renewal, mmpp, batch, profile, closed, "
                 "trace)\n"
                 "t:3:68: defaults.pool.queue: wants a map, such as {capacity: 3}; its keys: "
                 "capacity, order, when_full\n");
    snprintf(text, sizeof text, HEAD "defaults: {class: [], pool: 3, clss: {}}\n%s", rest);
    refuse(text, "t:3:19: defaults.class: wants a map, such as {arrivals: ...}\n"
                 "t:3:29: defaults.pool: wants a map, such as {queue: ...}\n"
                 "t:3:32: defaults: unknown key 'clss'; did you mean 'class'? (allowed: class, "
                 "pool)\n");
    snprintf(text, sizeof text, HEAD "defaults: 3\n%s", rest);
    refuse(text, "t:3:11: defaults: wants a map: {class: {...}, pool: {...}}\n");
    snprintf(text, sizeof text, HEAD "defaults: {pool: {name: a}, class: {name: b}}\n%s", rest);
    refuse(text, "t:3:19: defaults.pool.name: cannot be common: each has its own\n"
                 "t:3:37: defaults.class.name: cannot be common: each has its own\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),          cmocka_unit_test(test_short),
        cmocka_unit_test(test_nothing_common), cmocka_unit_test(test_resize),
        cmocka_unit_test(test_told_once),      cmocka_unit_test(test_told_to_nobody),
    };
    return cmocka_run_group_tests_name("defaults", tests, NULL, NULL);
}
