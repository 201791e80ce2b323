/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_scenario: what a scenario file comes to, and how a wrong one is refused.
 *
 * Good scenarios are compared field by field with values worked out by hand from interface.md and
 * semantics.md. Every file of tests/bad/ opens with its errors, `# expect: LINE:COLUMN: TEXT`, one
 * a line, without the file's name (of another file's error: without the folder's); all of them and
 * nothing else must be printed, in this order. They say what a user should read, so change the
 * program to fit them before you change them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/format.h"
#include "model/scenario.h"

#define MS INT64_C(1000000)
#define HEAD "headroom: 1\nname: x\n"
#define ARRIVALS "arrivals: {poisson: {rate: 100/s}}\n"
#define SERVICE "service: {exponential: {mean: 10ms}}\n"
#define POOL "pool: {workers: 2}\n"
#define SHORT HEAD ARRIVALS SERVICE POOL
#define TWO_POOLS "pools:\n  - {name: download, workers: 20}\n  - {name: resize, workers: 4}\n"
#define FREE                                                                                       \
    "classes:\n"                                                                                   \
    "  - name: free\n"                                                                             \
    "    arrivals: {poisson: {rate: 300/s}}\n"                                                     \
    "    route: [{pool: resize, service: {gamma: {mean: 3ms, cv: 0.5}}}]\n"
#define PAID                                                                                       \
    "  - name: paid\n"                                                                             \
    "    arrivals: {constant: {rate: 10/s}}\n"                                                     \
    "    route: [{pool: download, service: {constant: 40ms}, cpu: 100%}]\n"
#define WHOLE HEAD FREE PAID TWO_POOLS

/* ---- helpers -------------------------------------------------------------------------------- */

/* All of err's lines; fresh memory. err is emptied. */
static char *lines_of(struct err *err) {
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    err_print(err, to);
    fclose(to);
    err_free(err);
    return text;
}

static void expect_lines(struct err *err, const char *wanted) {
    char *lines = lines_of(err);
    bool same = !strcmp(lines, wanted);
    if (!same)
        print_error("found: %swanted: %s", *lines ? lines : "nothing\n",
                    *wanted ? wanted : "nothing\n");
    free(lines);
    assert_true(same);
}

/* The scenario of a text, which must be good; files named in it lie in tests/bad. */
static struct scenario *parse(const char *text) {
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "tests/bad/t.yaml", &err);
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

/* The short scenario with one more line. */
static struct scenario *parse_with(const char *more) {
    char text[2000];
    snprintf(text, sizeof text, "%s%s", SHORT, more);
    return parse(text);
}

static struct scenario *parse_arrivals(const char *arrivals) {
    char text[2000];
    snprintf(text, sizeof text, HEAD SERVICE POOL "arrivals: %s\n", arrivals);
    return parse(text);
}

static struct scenario *parse_service(const char *service) {
    char text[2000];
    snprintf(text, sizeof text, HEAD ARRIVALS POOL "service: %s\n", service);
    return parse(text);
}

static struct step *step_of(const struct scenario *sc) {
    return &sc->classes.items[0].route.items[0];
}

static void near(double value, double wanted, double relative) {
    if (!(fabs(value - wanted) <= relative * fabs(wanted)))
        fail_msg("%.17g, not %.17g", value, wanted);
}

static void exactly(double value, double wanted) {
    near(value, wanted, 0);
}

static void same_double(double a, double b) {
    assert_true((isnan(a) && isnan(b)) || (a <= b && a >= b));
}

static void same_text(const char *a, const char *b) {
    assert_true(!a == !b && (!a || !strcmp(a, b)));
}

static void same_dist(const struct dist *a, const struct dist *b) {
    assert_int_equal(a->kind, b->kind);
    same_double(a->a, b->a);
    same_double(a->b, b->b);
    same_double(a->p, b->p);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        same_double(a->values[i], b->values[i]);
}

static void same_arrivals(const struct arrivals *a, const struct arrivals *b) {
    assert_int_equal(a->kind, b->kind);
    same_double(a->rate, b->rate);
    assert_int_equal(a->every, b->every);
    assert_int_equal(a->phase, b->phase);
    same_dist(&a->gap, &b->gap);
    same_dist(&a->size, &b->size);
    same_dist(&a->think, &b->think);
    assert_int_equal(a->clients, b->clients);
    same_text(a->trace.file, b->trace.file);
    assert_int_equal(a->trace.count, b->trace.count);
    for (size_t i = 0; i < a->trace.count; i++) {
        assert_int_equal(a->trace.rows[i].at, b->trace.rows[i].at);
        assert_int_equal(a->trace.rows[i].demand, b->trace.rows[i].demand);
    }
    assert_int_equal(a->mmpp.rates.count, b->mmpp.rates.count);
    for (size_t i = 0; i < a->mmpp.rates.count; i++) {
        same_double(a->mmpp.rates.items[i], b->mmpp.rates.items[i]);
        assert_int_equal(a->mmpp.dwell.items[i], b->mmpp.dwell.items[i]);
    }
    assert_int_equal(a->profile.points.count, b->profile.points.count);
    assert_int_equal(a->profile.shape, b->profile.shape);
    assert_int_equal(a->profile.repeat, b->profile.repeat);
    for (size_t i = 0; i < a->profile.points.count; i++) {
        assert_int_equal(a->profile.points.items[i].at, b->profile.points.items[i].at);
        same_double(a->profile.points.items[i].rate, b->profile.points.items[i].rate);
    }
}

static void same_class(const struct class *a, const struct class *b) {
    assert_string_equal(a->name, b->name);
    same_arrivals(&a->arrivals, &b->arrivals);
    assert_int_equal(a->priority, b->priority);
    assert_int_equal(a->rank, b->rank);
    assert_int_equal(a->route.count, b->route.count);
    for (size_t i = 0; i < a->route.count; i++) {
        assert_string_equal(a->route.items[i].pool_name, b->route.items[i].pool_name);
        assert_int_equal(a->route.items[i].pool, b->route.items[i].pool);
        same_dist(&a->route.items[i].service, &b->route.items[i].service);
        same_double(a->route.items[i].cpu, b->route.items[i].cpu);
        same_double(a->route.items[i].serial, b->route.items[i].serial);
    }
}

static void same_pool(const struct pool_spec *a, const struct pool_spec *b) {
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->workers, b->workers);
    assert_int_equal(a->queue.capacity, b->queue.capacity);
    assert_int_equal(a->queue.order, b->queue.order);
    assert_int_equal(a->queue.when_full, b->queue.when_full);
}

static void same_run(const struct scenario *a, const struct scenario *b) {
    assert_int_equal(a->run.duration, b->run.duration);
    assert_int_equal(a->run.warmup, b->run.warmup);
    assert_int_equal(a->run.cooldown, b->run.cooldown);
    assert_int_equal(a->run.sample_every, b->run.sample_every);
    assert_int_equal(a->run.kind, b->run.kind);
    assert_int_equal(a->run.until, b->run.until);
    assert_int_equal(a->run.replications, b->run.replications);
    assert_int_equal(a->seed, b->seed);
    assert_int_equal(a->ideal, b->ideal);
    assert_int_equal(a->cores, b->cores);
    assert_int_equal(a->random, b->random);
}

/* Equal in all that a run can see. */
static void same_scenario(const struct scenario *a, const struct scenario *b) {
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->about, b->about);
    assert_int_equal(a->version, b->version);
    same_run(a, b);
    assert_int_equal(a->classes.count, b->classes.count);
    for (size_t i = 0; i < a->classes.count; i++)
        same_class(&a->classes.items[i], &b->classes.items[i]);
    assert_int_equal(a->pools.count, b->pools.count);
    for (size_t i = 0; i < a->pools.count; i++)
        same_pool(&a->pools.items[i], &b->pools.items[i]);
    assert_int_equal(a->slo.count, b->slo.count);
    for (size_t i = 0; i < a->slo.count; i++) {
        assert_int_equal(a->slo.items[i].class, b->slo.items[i].class);
        assert_int_equal(a->slo.items[i].metric, b->slo.items[i].metric);
        same_double(a->slo.items[i].limit, b->slo.items[i].limit);
    }
}

/* ---- the two forms -------------------------------------------------------------------------- */

static void check_forms(const char *common, const char *class, const char *step, const char *pool) {
    char text[2000];
    snprintf(text, sizeof text, HEAD "%s%s\n%s\npool: {%s}\n", common, class, step, pool);
    struct scenario *a = parse(text);
    snprintf(text, sizeof text,
             HEAD "%sclasses:\n  - name: jobs\n    %s\n    route:\n      - pool: pool\n        %s\n"
                  "pools:\n  - {name: pool, %s}\n",
             common, class, step, pool);
    struct scenario *b = parse(text);
    assert_false(a->whole);
    assert_true(b->whole);
    same_scenario(a, b);
    scenario_free(a);
    scenario_free(b);
}

static void test_short_is_whole(void **state) {
    (void)state;
    check_forms("", "arrivals: {poisson: {rate: 1000/s}}",
                "service: {lognormal: {mean: 200ms, p99: 600ms}}",
                "workers: 260, queue: {capacity: 260, when_full: reject}");
    check_forms(
        "about: both forms\nseed: 42\nslo: {p99: 800ms, rejected: 0.1%, jobs: {p50: 1s}}\n"
        "run: {duration: 3s, warmup: 1s, replications: 4, sample_every: 20ms, cooldown: 1s}\n",
        "arrivals: {closed: {clients: 7, think: {uniform: {min: 1ms, max: 2ms}}}}",
        "service: {gamma: {mean: 5ms, cv: 2}}",
        "workers: 3, queue: {capacity: 0, when_full: block}");
    check_forms("", "arrivals: {batch: {every: 1s, size: {constant: 5}, phase: 10ms}}",
                "service: {empirical: {file: good.csv, column: took}}",
                "workers: 1, queue: {order: fifo}");
    check_forms("", "arrivals: {trace: {file: good.csv, time: time, service: took, unit: ms}}",
                "cpu: 100%", "workers: 1");
    check_forms("run: {until: empty, duration: 3s}\n",
                "arrivals: {profile: {points: [[0s, 5/s], [2s, 9/s]], shape: linear}}",
                "service: {constant: 5ms}", "workers: 1");
    check_forms("", "arrivals: {mmpp: {rates: [5/s, 0/s], dwell: [2s, 9ms]}}",
                "service: {constant: 5ms}", "workers: 1");
}

static void test_defaults(void **state) {
    (void)state;
    struct scenario *sc = parse(SHORT);
    assert_string_equal(sc->name, "x");
    assert_string_equal(sc->about, "");
    assert_string_equal(sc->file, "tests/bad/t.yaml");
    assert_int_equal(sc->version, 1);
    assert_int_equal(sc->seed, 1);
    assert_int_equal(sc->ideal, 1);
    assert_true(sc->cores <= 0);
    exactly(sc->classes.items[0].route.items[0].serial, 0);
    assert_int_equal(sc->run.duration, 10000 * MS);
    assert_int_equal(sc->run.warmup, 1000 * MS); /* 10 % of the duration */
    assert_int_equal(sc->run.cooldown, 30000 * MS);
    assert_int_equal(sc->run.sample_every, 100 * MS);
    assert_int_equal(sc->run.kind, RUN_STEADY);
    assert_int_equal(sc->run.replications, 10);
    assert_int_equal(sc->classes.count, 1);
    assert_string_equal(sc->classes.items[0].name, "jobs");
    assert_int_equal(sc->classes.items[0].route.count, 1);
    assert_int_equal(sc->classes.items[0].priority, 0);
    assert_int_equal(sc->classes.items[0].rank, 0);
    assert_string_equal(step_of(sc)->pool_name, "pool");
    assert_int_equal(step_of(sc)->pool, 0);
    exactly(step_of(sc)->cpu, 0);
    assert_int_equal(sc->pools.count, 1);
    assert_string_equal(sc->pools.items[0].name, "pool");
    assert_int_equal(sc->pools.items[0].workers, 2);
    assert_int_equal(sc->pools.items[0].queue.capacity, CAPACITY_UNBOUNDED);
    assert_int_equal(sc->pools.items[0].queue.order, 0);
    assert_int_equal(sc->pools.items[0].queue.when_full, STATION_REJECT);
    assert_int_equal(sc->slo.count, 0);
    assert_true(sc->random);
    scenario_free(sc);
}

static void test_run(void **state) {
    (void)state;
    struct scenario *sc =
        parse_with("seed: 9e15\nrun: {duration: 30s, warmup: 0s, cooldown: 0s, "
                   "replications: 1e3, sample_every: 15 ms, kind: terminating}\n");
    assert_true(sc->seed == INT64_C(9000000000000000));
    assert_int_equal(sc->run.duration, 30000 * MS);
    assert_int_equal(sc->run.warmup, 0);
    assert_int_equal(sc->run.cooldown, 0);
    assert_int_equal(sc->run.replications, 1000);
    assert_int_equal(sc->run.sample_every, 15 * MS);
    assert_int_equal(sc->run.kind, RUN_TERMINATING);
    scenario_free(sc);
}

static void check_sample_step(const char *duration, nsec step) {
    char text[200];
    snprintf(text, sizeof text, "run: {duration: %s}\n", duration);
    struct scenario *sc = parse_with(text);
    assert_int_equal(sc->run.sample_every, step);
    scenario_free(sc);
}

/* About a hundredth of the duration: 1, 2 or 5 times a power of ten. */
static void test_sample_step(void **state) {
    (void)state;
    check_sample_step("1s", 10 * MS);
    check_sample_step("2s", 20 * MS);
    check_sample_step("30s", 500 * MS);
    check_sample_step("7s", 100 * MS);
    check_sample_step("1h", 50000 * MS);
    check_sample_step("1us", 10);
}

static void test_pool(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t workers, capacity, when_full;
    } cases[] = {
        {"{workers: 1e6, queue: {capacity: 0}}", 1000000, 0, STATION_REJECT},
        {"{workers: 1, queue: {capacity: unbounded, when_full: block}}", 1, -1, STATION_BLOCK},
        {"{workers: 3, queue: {capacity: 1e9, when_full: drop_oldest}}", 3, 1000000000,
         STATION_DROP_OLDEST},
        {"{workers: 4, queue: {order: fifo, when_full: caller_runs}}", 4, -1, STATION_CALLER_RUNS},
        {"{workers: 5, queue: {}}", 5, -1, STATION_REJECT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[500];
        snprintf(text, sizeof text, HEAD ARRIVALS SERVICE "pool: %s\n", cases[i].text);
        struct scenario *sc = parse(text);
        assert_int_equal(sc->pools.items[0].workers, cases[i].workers);
        assert_int_equal(sc->pools.items[0].queue.capacity, cases[i].capacity);
        assert_int_equal(sc->pools.items[0].queue.when_full, cases[i].when_full);
        scenario_free(sc);
    }
}

static void test_whole(void **state) {
    (void)state;
    struct scenario *sc = parse(WHOLE);
    assert_true(sc->whole);
    assert_int_equal(sc->classes.count, 2);
    assert_string_equal(sc->classes.items[0].name, "free");
    assert_string_equal(sc->classes.items[1].name, "paid");
    assert_int_equal(sc->classes.items[0].route.items[0].pool, 1);
    assert_int_equal(sc->classes.items[1].route.items[0].pool, 0);
    exactly(sc->classes.items[1].route.items[0].cpu, 1);
    assert_int_equal(sc->pools.count, 2);
    assert_string_equal(sc->pools.items[1].name, "resize");
    exactly(scenario_class_rate(&sc->classes.items[0]), 300);
    near(scenario_offered_load(sc, 0), 0.4, 1e-12); /* 10/s x 40 ms */
    near(scenario_offered_load(sc, 1), 0.9, 1e-12); /* 300/s x 3 ms */
    scenario_free(sc);
}

/* Both classes on one pool add up. */
static void test_load_of_two(void **state) {
    (void)state;
    struct scenario *sc = parse(HEAD "pools: [{name: a, workers: 9}]\nclasses:\n"
                                     "  - {name: c, arrivals: {poisson: {rate: 100/s}}, "
                                     "route: [{pool: a, service: {constant: 20ms}}]}\n"
                                     "  - {name: d, arrivals: {constant: {rate: 30/min}}, "
                                     "route: [{pool: a, service: {exponential: {mean: 6s}}}]}\n");
    near(scenario_offered_load(sc, 0), 2 + 3, 1e-12);
    scenario_free(sc);
}

/* ---- arrivals ------------------------------------------------------------------------------- */

static void test_arrivals(void **state) {
    (void)state;
    struct scenario *sc = parse_arrivals("{poisson: {rate: 30/min}}");
    struct arrivals *a = &sc->classes.items[0].arrivals;
    assert_int_equal(a->kind, ARRIVAL_POISSON);
    exactly(a->rate, 0.5);
    scenario_free(sc);

    sc = parse_arrivals("{constant: {rate: 20/s, phase: 3ms}}");
    a = &sc->classes.items[0].arrivals;
    assert_int_equal(a->kind, ARRIVAL_CONSTANT);
    exactly(a->rate, 20);
    assert_int_equal(a->phase, 3 * MS);
    exactly(scenario_class_rate(&sc->classes.items[0]), 20);
    scenario_free(sc);

    sc = parse_arrivals("{renewal: {gap: {gamma: {mean: 4ms, cv: 2}}}}");
    a = &sc->classes.items[0].arrivals;
    assert_int_equal(a->kind, ARRIVAL_RENEWAL);
    assert_int_equal(a->gap.kind, DIST_GAMMA);
    near(scenario_class_rate(&sc->classes.items[0]), 250, 1e-12);
    scenario_free(sc);

    sc = parse_arrivals("{closed: {clients: 40, think: {exponential: {mean: 1s}}}}");
    a = &sc->classes.items[0].arrivals;
    assert_int_equal(a->kind, ARRIVAL_CLOSED);
    assert_int_equal(a->clients, 40);
    exactly(dist_mean(&a->think), 1e9);
    assert_true(isnan(scenario_class_rate(&sc->classes.items[0])));
    assert_true(isnan(scenario_offered_load(sc, 0)));
    scenario_free(sc);
    scenario_free(parse_arrivals("{closed: {clients: 1, think: {constant: 0s}}}"));
}

static void test_batches(void **state) {
    (void)state;
    struct scenario *sc =
        parse_arrivals("{batch: {rate: 10/s, size: {uniform: {min: 2, max: 6}}}}");
    struct arrivals *a = &sc->classes.items[0].arrivals;
    assert_int_equal(a->kind, ARRIVAL_BATCH);
    exactly(a->rate, 10);
    assert_int_equal(a->every, NSEC_UNSET);
    assert_int_equal(a->phase, 0);
    exactly(a->size.a, 2); /* a count, no time */
    exactly(a->size.b, 6);
    near(scenario_class_rate(&sc->classes.items[0]), 40, 1e-12);
    scenario_free(sc);

    sc = parse_arrivals("{batch: {every: 500ms, size: {constant: 3}, phase: 1ms}}");
    a = &sc->classes.items[0].arrivals;
    assert_true(isnan(a->rate));
    assert_int_equal(a->every, 500 * MS);
    assert_int_equal(a->phase, MS);
    exactly(a->size.a, 3);
    near(scenario_class_rate(&sc->classes.items[0]), 6, 1e-12);
    assert_int_equal(step_of(sc)->service.kind, DIST_EXPONENTIAL);
    exactly(step_of(sc)->service.a, 1e7); /* a time again */
    scenario_free(sc);

    sc = parse_arrivals("{batch: {rate: 1/s, size: {empirical: {file: good.csv, column: time}}}}");
    a = &sc->classes.items[0].arrivals;
    assert_int_equal(a->size.count, 4);
    exactly(a->size.values[3], 4); /* counts are not seconds */
    scenario_free(sc);
}

/* good.csv: time,took = 0,0.5  1,0.25  1,2  4,1 */
static void test_trace(void **state) {
    (void)state;
    struct scenario *sc =
        parse(HEAD POOL "arrivals: {trace: {file: good.csv, time: time, service: took}}\n");
    const struct arrivals *a = &sc->classes.items[0].arrivals;
    assert_int_equal(a->kind, ARRIVAL_TRACE);
    assert_int_equal(a->trace.count, 4);
    static const nsec at[] = {0, 1000 * MS, 1000 * MS, 4000 * MS},
                      demand[] = {500, 250, 2000, 1000};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(a->trace.rows[i].at, at[i]);
        assert_int_equal(a->trace.rows[i].demand, demand[i] * MS);
    }
    assert_int_equal(sc->run.kind, RUN_TERMINATING);
    assert_int_equal(sc->run.warmup, 0);
    assert_int_equal(sc->run.duration, 4000 * MS + 1); /* the last job arrives in it */
    assert_false(sc->random);
    assert_int_equal(sc->run.replications, 1);
    assert_int_equal(step_of(sc)->service.kind, DIST_TRACE);
    exactly(dist_mean(&step_of(sc)->service), 937.5e6); /* (0.5 + 0.25 + 2 + 1) / 4 s */
    near(scenario_offered_load(sc, 0), 0.9375, 1e-8);   /* 4 jobs in 4 s */
    scenario_free(sc);
}

/* time_scale shrinks both columns, rate the arrivals alone; the unit is of both. */
static void test_trace_scales(void **state) {
    (void)state;
    struct scenario *sc =
        parse(HEAD POOL "arrivals: {trace: {file: good.csv, time: time, service: took, "
                        "unit: ms, time_scale: 2, rate: x4}}\n");
    const struct arrivals *a = &sc->classes.items[0].arrivals;
    assert_int_equal(a->trace.rows[1].at, 125000);     /* 1 ms / 2 / 4 */
    assert_int_equal(a->trace.rows[3].at, 500000);     /* 4 ms / 2 / 4 */
    assert_int_equal(a->trace.rows[0].demand, 250000); /* 0.5 ms / 2 */
    assert_int_equal(a->trace.rows[2].demand, MS);     /* 2 ms / 2 */
    assert_int_equal(sc->run.duration, 500001);
    scenario_free(sc);
    sc = parse(
        HEAD POOL
        "arrivals: {trace: {file: good.csv, time: time, service: took, unit: us, rate: x0.5}}\n"
        "run: {kind: steady, duration: 1s}\n");
    a = &sc->classes.items[0].arrivals;
    assert_int_equal(a->trace.rows[3].at, 8000);
    assert_int_equal(a->trace.rows[3].demand, 1000);
    assert_int_equal(sc->run.kind, RUN_STEADY);
    assert_int_equal(sc->run.duration, 1000 * MS);
    scenario_free(sc);
    sc = parse(HEAD POOL "arrivals: {trace: {file: good.csv, time: time, service: time, unit: ns, "
                         "time_scale: 0.25}}\n");
    assert_int_equal(sc->classes.items[0].arrivals.trace.rows[3].at, 16);
    scenario_free(sc);
}

/* Without a service column `service:` draws. */
static void test_trace_without_service(void **state) {
    (void)state;
    struct scenario *sc =
        parse(HEAD POOL SERVICE "arrivals: {trace: {file: good.csv, time: time}}\n");
    const struct arrivals *a = &sc->classes.items[0].arrivals;
    assert_int_equal(a->trace.count, 4);
    assert_int_equal(a->trace.rows[1].at, 1000 * MS);
    assert_int_equal(step_of(sc)->service.kind, DIST_EXPONENTIAL);
    assert_true(sc->random);
    assert_int_equal(sc->run.replications, 10);
    assert_int_equal(sc->run.kind, RUN_TERMINATING);
    scenario_free(sc);
}

/* ---- distributions -------------------------------------------------------------------------- */

static void check_dist(const char *text, enum dist_kind kind, double a, double b, double mean,
                       double scv) {
    struct scenario *sc = parse_service(text);
    const struct dist *d = &step_of(sc)->service;
    assert_int_equal(d->kind, kind);
    near(d->a, a, 1e-4);
    near(d->b, b, 1e-4);
    near(dist_mean(d), mean, 1e-9);
    near(dist_scv(d), scv, 1e-4);
    scenario_free(sc);
}

static void test_distributions(void **state) {
    (void)state;
    check_dist("{constant: 5ms}", DIST_CONSTANT, 5e6, 0, 5e6, 0);
    check_dist("{exponential: {mean: 8ms}}", DIST_EXPONENTIAL, 8e6, 0, 8e6, 1);
    check_dist("{gamma: {mean: 3ms, cv: 0.5}}", DIST_GAMMA, 4, 75e4, 3e6, 0.25);
    check_dist("{uniform: {min: 1ms, max: 4ms}}", DIST_UNIFORM, 1e6, 4e6, 2.5e6, 0.12);
    /* z = 2.3263479, sigma = z - sqrt(z^2 - 2 ln 3), mu = ln 2e8 - sigma^2 / 2; the median is
     * 173.48 ms */
    check_dist("{lognormal: {mean: 200ms, p99: 600ms}}", DIST_LOGNORMAL, 18.971571, 0.533398, 2e8,
               0.329115);
    /* sigma^2 = ln 2 */
    check_dist("{lognormal: {mean: 1s, cv: 1}}", DIST_LOGNORMAL, 20.37669, 0.832555, 1e9, 1);
    /* of the log of seconds: mean exp(0.5) s, scv e - 1 */
    check_dist("{lognormal: {mu: 0, sigma: 1}}", DIST_LOGNORMAL, 20.72327, 1, 1.6487212707001282e9,
               1.718282);
    /* p = (1 + sqrt(3/5)) / 2 = 0.88730, a = 1 / 2p, b = 1 / 2(1 - p) */
    check_dist("{hyperexponential: {mean: 1s, cv: 2}}", DIST_HYPEREXPONENTIAL, 0.5635083e9,
               4.436492e9, 1e9, 4);
    /* mean 0.9 + 1 ms; second moment 2 (0.9 + 10), over 3.61, less 1 */
    check_dist("{hyperexponential: {p: 90%, means: [1ms, 10ms]}}", DIST_HYPEREXPONENTIAL, 1e6, 1e7,
               1.9e6, 5.038781);
}

static void test_lognormal_by_quantiles(void **state) {
    (void)state;
    struct scenario *sc = parse_service("{lognormal: {median: 100ms, p99: 1s}}");
    near(dist_quantile(&step_of(sc)->service, 0.5), 1e8, 1e-9);
    near(dist_quantile(&step_of(sc)->service, 0.99), 1e9, 1e-9);
    scenario_free(sc);
    sc = parse_service(
        "{lognormal: {mean: 100ms, p99: 1496ms}}"); /* the limit is exp(z^2 / 2) = 14.9685 */
    near(dist_mean(&step_of(sc)->service), 1e8, 1e-9);
    near(dist_quantile(&step_of(sc)->service, 0.99), 1.496e9, 1e-9);
    assert_true(step_of(sc)->service.b <= 2.3263479); /* the smaller root: at most z */
    scenario_free(sc);
}

static void test_empirical(void **state) {
    (void)state;
    struct scenario *sc = parse_service("{empirical: {file: good.csv, column: took}}");
    const struct dist *d = &step_of(sc)->service;
    assert_int_equal(d->kind, DIST_EMPIRICAL);
    assert_int_equal(d->count, 4);
    static const double sorted[] = {0.25e9, 0.5e9, 1e9, 2e9};
    for (size_t i = 0; i < 4; i++)
        exactly(d->values[i], sorted[i]);
    exactly(dist_mean(d), 937.5e6);
    scenario_free(sc);
}

/* At the edges of what is allowed. */
static void test_edges(void **state) {
    (void)state;
    static const char *const services[] = {"{constant: 50ns}",
                                           "{exponential: {mean: 50ns}}",
                                           "{gamma: {mean: 1s, cv: 0.01}}",
                                           "{gamma: {mean: 1s, cv: 30}}",
                                           "{lognormal: {mean: 1s, cv: 100}}",
                                           "{uniform: {min: 0s, max: 1s}}",
                                           "{lognormal: {mu: -16, sigma: 0.001}}",
                                           "{hyperexponential: {mean: 1s, cv: 1.001}}",
                                           "{constant: 100000000s}",
                                           "{lognormal: {mean: 1ms, p99: 1.001ms}}"};
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        scenario_free(parse_service(services[i]));
    scenario_free(parse_arrivals("{poisson: {rate: 2e7/s}}"));
    scenario_free(parse_arrivals("{poisson: {rate: 1e-9/s}}"));
    scenario_free(parse_with("run: {duration: 1us, warmup: 0s, sample_every: 1us}\n"));
    scenario_free(parse_with("run: {duration: 10s, sample_every: 1ms}\n")); /* 10,000 samples */
    scenario_free(parse_with("cpu: 0%\n"));
    scenario_free(parse_with("cpu: 1\n"));
    scenario_free(parse_with("cpu: 50%\nserial: 100%\nhost: {cores: 1000000}\n"));
    scenario_free(parse_with("host: {ideal: false, cores: 2}\n"));
    scenario_free(parse_with("host: {ideal: true}\n"));
    scenario_free(parse_with("host: {}\nslo: {}\nrun: {}\n"));
}

/* ---- slo ------------------------------------------------------------------------------------ */

static void check_slo(const struct scenario *sc, size_t i, size_t class, enum slo_metric metric,
                      double limit) {
    assert_true(i < sc->slo.count);
    assert_true(sc->slo.items[i].class == class);
    assert_int_equal(sc->slo.items[i].metric, metric);
    near(sc->slo.items[i].limit, limit, 1e-15);
}

static void test_slo(void **state) {
    (void)state;
    struct scenario *sc = parse_with(
        "slo: {p99: 800ms, rejected: 0.1%, utilisation: 0.8, throughput: 90/s, "
        "goodput: 600/min, mean: 5us, p50: 1s, p90: 2s, p95: 3s, p999: 1min, max: 1h}\n");
    assert_int_equal(sc->slo.count, 11);
    check_slo(sc, 0, SLO_TOTAL, SLO_P99, 0.8);
    check_slo(sc, 1, SLO_TOTAL, SLO_REJECTED, 0.001);
    check_slo(sc, 2, SLO_TOTAL, SLO_UTILISATION, 0.8);
    check_slo(sc, 3, SLO_TOTAL, SLO_THROUGHPUT, 90);
    check_slo(sc, 4, SLO_TOTAL, SLO_GOODPUT, 10);
    check_slo(sc, 5, SLO_TOTAL, SLO_MEAN, 5e-6);
    check_slo(sc, 6, SLO_TOTAL, SLO_P50, 1);
    check_slo(sc, 7, SLO_TOTAL, SLO_P90, 2);
    check_slo(sc, 8, SLO_TOTAL, SLO_P95, 3);
    check_slo(sc, 9, SLO_TOTAL, SLO_P999, 60);
    check_slo(sc, 10, SLO_TOTAL, SLO_MAX, 3600);
    scenario_free(sc);
}

static void test_slo_of_classes(void **state) {
    (void)state;
    struct scenario *sc =
        parse(WHOLE "slo: {paid: {p99: 1s, rejected: 0}, p50: 2ms, free: {goodput: 5/s}}\n");
    assert_int_equal(sc->slo.count, 4);
    check_slo(sc, 0, 1, SLO_P99, 1);
    check_slo(sc, 1, 1, SLO_REJECTED, 0);
    check_slo(sc, 2, SLO_TOTAL, SLO_P50, 0.002);
    check_slo(sc, 3, 0, SLO_GOODPUT, 5);
    scenario_free(sc);
    sc = parse_with("slo: {jobs: {p99: 1s}}\n");
    check_slo(sc, 0, 0, SLO_P99, 1);
    scenario_free(sc);
}

static void test_slo_words(void **state) {
    (void)state;
    assert_string_equal(slo_word(SLO_P999), "p999");
    assert_string_equal(slo_word(SLO_UTILISATION), "utilisation");
    assert_int_equal(slo_unit(SLO_MEAN), 't');
    assert_int_equal(slo_unit(SLO_MAX), 't');
    assert_int_equal(slo_unit(SLO_REJECTED), 's');
    assert_int_equal(slo_unit(SLO_UTILISATION), 's');
    assert_int_equal(slo_unit(SLO_THROUGHPUT), 'r');
    assert_int_equal(slo_unit(SLO_GOODPUT), 'r');
}

/* ---- what follows from it ------------------------------------------------------------------- */

static void check_run(const char *run, enum run_kind kind, nsec duration, nsec warmup) {
    char text[200];
    snprintf(text, sizeof text, "run: %s\n", run);
    struct scenario *sc = parse_with(text);
    assert_int_equal(sc->run.kind, kind);
    assert_int_equal(sc->run.duration, duration);
    assert_int_equal(sc->run.warmup, warmup);
    scenario_free(sc);
}

static void test_kinds_of_run(void **state) {
    (void)state;
    check_run("{}", RUN_STEADY, 10000 * MS, 1000 * MS);
    check_run("{duration: 30s}", RUN_STEADY, 30000 * MS, 3000 * MS);
    check_run("{kind: steady, warmup: 7s}", RUN_STEADY, 10000 * MS, 7000 * MS);
    check_run("{kind: terminating}", RUN_TERMINATING, 10000 * MS, 0);
    check_run("{kind: terminating, duration: 5s, warmup: 0s}", RUN_TERMINATING, 5000 * MS, 0);
}

static void check_least_loss(const char *class, const char *queue, double loss) {
    char text[1024];
    snprintf(text, sizeof text,
             "headroom: 1\nname: t\nclasses:\n"
             "  - {name: a, arrivals: {poisson: {rate: 1000/s}}, route: [{pool: p, service: "
             "{exponential: {mean: 0.5ms}}}]}\n"
             "  - {name: b, arrivals: {poisson: {rate: 2/s}}, route: [{pool: p, service: "
             "{exponential: {mean: 500ms}}}]%s}\n"
             "pools: [{name: p, workers: 1%s}]\n",
             class, queue);
    struct scenario *sc = parse(text);
    near(scenario_least_loss(sc), loss, 1e-12);
    scenario_free(sc);
}

/* Half a worker's work is too much: it is one long job in a second, 1 in 1002. Callers work too. */
static void test_least_loss(void **state) {
    (void)state;
    check_least_loss("", "", 0);
    check_least_loss(", timeout: {queue: 300ms}", "", 1 / 1002.0);
    check_least_loss("", ", queue: {capacity: 10, when_full: reject}", 1 / 1002.0);
    check_least_loss(", timeout: {queue: 300ms}", ", queue: {capacity: 10, when_full: caller_runs}",
                     0);
}

static void check_unstable(const char *arrivals, const char *pool, const char *more,
                           bool unstable) {
    char text[1000];
    snprintf(text, sizeof text, HEAD "service: {constant: 10ms}\narrivals: %s\npool: %s\n%s",
             arrivals, pool, more);
    struct scenario *sc = parse(text);
    if (scenario_unstable(sc, 0) != unstable)
        fail_msg("%s %s %s", arrivals, pool, more);
    scenario_free(sc);
}

static void test_unstable(void **state) {
    (void)state;
    const char *under = "{poisson: {rate: 199/s}}", *at = "{poisson: {rate: 200/s}}",
               *over = "{poisson: {rate: 300/s}}";
    check_unstable(under, "{workers: 2}", "", false);
    check_unstable(at, "{workers: 2}", "", true); /* load = workers: no steady state either */
    check_unstable(over, "{workers: 2}", "", true);
    check_unstable(over, "{workers: 2, queue: {when_full: block}}", "", true);
    check_unstable(over, "{workers: 2, queue: {capacity: 5, when_full: block}}", "",
                   true); /* the door */
    check_unstable(over, "{workers: 2, queue: {capacity: 5}}", "", false);
    check_unstable(over, "{workers: 2, queue: {capacity: 0, when_full: drop_oldest}}", "", false);
    check_unstable(over, "{workers: 2}", "run: {kind: terminating}\n", false);
    check_unstable("{closed: {clients: 99, think: {constant: 0s}}}", "{workers: 2}", "", false);
}

/* The host's cores and the lock bound a pool as its workers do. */
static void test_unstable_by_cores_or_lock(void **state) {
    (void)state;
    const char *under = "{poisson: {rate: 199/s}}", *at = "{poisson: {rate: 200/s}}";
    const char *cores = "cpu: 50%\nhost: {cores: 1}\n", *lock = "serial: 50%\n";
    check_unstable(under, "{workers: 9}", cores, false);
    check_unstable(at, "{workers: 9}", cores, true);
    check_unstable(at, "{workers: 9}", "cpu: 50%\n", false);
    check_unstable(at, "{workers: 9}", "host: {cores: 1}\n", false);
    check_unstable(at, "{workers: 9, queue: {capacity: 5}}", cores, false);
    check_unstable(at, "{workers: 9, queue: {capacity: 5, when_full: block}}", cores, true);
    check_unstable(at, "{workers: 9}", "cpu: 50%\nhost: {cores: 1}\ntimeout: 1s\n", false);
    check_unstable(under, "{workers: 9}", lock, false);
    check_unstable(at, "{workers: 9}", lock, true);
    check_unstable(at, "{workers: 9, queue: {capacity: 5}}", lock, false);
}

/* 300/s of 10 ms, half of it in the lock or on one core, where 200 fit: a third is lost. */
static void test_least_loss_by_cores_or_lock(void **state) {
    (void)state;
    static const char *const of[] = {"serial: 50%\n", "cpu: 50%\nhost: {cores: 1}\n", "cpu: 50%\n",
                                     "cpu: 50%\nserial: 10%\nhost: {cores: 3}\n"};
    static const double loss[] = {1. / 3, 1. / 3, 0, 0};
    for (size_t i = 0; i < 4; i++) {
        char text[400];
        snprintf(text, sizeof text,
                 HEAD "service: {constant: 10ms}\narrivals: {poisson: {rate: 300/s}}\n"
                      "pool: {workers: 9, queue: {capacity: 5, when_full: reject}}\n%s",
                 of[i]);
        struct scenario *sc = parse(text);
        near(scenario_least_loss(sc), loss[i], 1e-12);
        scenario_free(sc);
    }
}

/* A closed class bounds its own load; an open one beside it that is too much stays too much. */
static void test_unstable_beside_closed(void **state) {
    (void)state;
    struct scenario *sc =
        parse(HEAD "pools: [{name: a, workers: 2}]\nclasses:\n"
                   "  - {name: c, arrivals: {closed: {clients: 2, think: {constant: 1s}}}, "
                   "route: [{pool: a, service: {constant: 1ms}}]}\n"
                   "  - {name: d, arrivals: {poisson: {rate: 300/s}}, "
                   "route: [{pool: a, service: {constant: 10ms}}]}\n");
    bool unstable = scenario_unstable(sc, 0);
    scenario_free(sc);
    assert_true(unstable);
}

/* A thousand clients of 50 ns jobs are too many, but for a lock, or cores, that they all want. */
static void test_most_jobs(void **state) {
    (void)state;
    static const char *const more[] = {"", "serial: 100%\n", "cpu: 100%\nhost: {cores: 2}\n",
                                       "cpu: 100%\nhost: {cores: 100}\n", "serial: 1%\n"};
    static const bool sound[] = {false, true, true, false, false};
    for (size_t i = 0; i < 5; i++) {
        char text[400];
        struct err err = {0};
        snprintf(text, sizeof text,
                 HEAD "arrivals: {closed: {clients: 1000, think: {constant: 50ns}}}\n"
                      "service: {constant: 50ns}\npool: {workers: 1000}\n%s",
                 more[i]);
        struct scenario *sc = scenario_parse(text, "none.yaml", &err);
        if ((sc != NULL) != sound[i])
            fail_msg("%s", text);
        scenario_free(sc);
        err_free(&err);
    }
}

static void check_random(const char *arrivals, const char *service, bool random) {
    char text[1000];
    snprintf(text, sizeof text, HEAD POOL "arrivals: %s\nservice: %s\nrun: {replications: 7}\n",
             arrivals, service);
    struct scenario *sc = parse(text);
    if (sc->random != random)
        fail_msg("%s %s", arrivals, service);
    assert_int_equal(sc->run.replications, random ? 7 : 1);
    scenario_free(sc);
}

static void test_random(void **state) {
    (void)state;
    const char *fixed = "{constant: 1ms}", *drawn = "{exponential: {mean: 1ms}}";
    check_random("{constant: {rate: 5/s}}", fixed, false);
    check_random("{constant: {rate: 5/s}}", drawn, true);
    check_random("{poisson: {rate: 5/s}}", fixed, true);
    check_random("{renewal: {gap: {constant: 1s}}}", fixed, false);
    check_random("{renewal: {gap: {uniform: {min: 1s, max: 2s}}}}", fixed, true);
    check_random("{batch: {every: 1s, size: {constant: 4}}}", fixed, false);
    check_random("{batch: {every: 1s, size: {uniform: {min: 1, max: 4}}}}", fixed, true);
    check_random("{batch: {rate: 1/s, size: {constant: 4}}}", fixed, true);
    check_random("{closed: {clients: 3, think: {constant: 1s}}}", fixed, false);
    check_random("{closed: {clients: 3, think: {exponential: {mean: 1s}}}}", fixed, true);
}

/* ---- --set ---------------------------------------------------------------------------------- */

static char folder[200];

/* The scenario of a text with one or two assignments, loaded from a file. */
static struct scenario *load_set(const char *text, const char *first, const char *second,
                                 struct err *err) {
    char path[300];
    snprintf(path, sizeof path, "%s/set.yaml", folder);
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
    const char *const set[] = {first, second};
    return scenario_load(path, set, second ? 2 : 1, err);
}

static struct scenario *set(const char *text, const char *assignment) {
    struct err err = {0};
    struct scenario *sc = load_set(text, assignment, NULL, &err);
    if (!sc)
        print_error("--set %s\n", assignment);
    expect_lines(&err, "");
    assert_non_null(sc);
    return sc;
}

static void check_workers(const char *text, const char *assignment, size_t pool, int64_t workers) {
    struct scenario *sc = set(text, assignment);
    assert_int_equal(sc->pools.items[pool].workers, workers);
    scenario_free(sc);
}

static void check_rate(const char *text, const char *assignment, size_t class, double rate) {
    struct scenario *sc = set(text, assignment);
    exactly(scenario_class_rate(&sc->classes.items[class]), rate);
    scenario_free(sc);
}

static void check_mean(const char *text, const char *assignment, double mean) {
    struct scenario *sc = set(text, assignment);
    exactly(dist_mean(&step_of(sc)->service), mean);
    scenario_free(sc);
}

static void test_set_short(void **state) {
    (void)state;
    check_workers(SHORT, "pool.workers=40", 0, 40);
    check_workers(SHORT, "pools.pool.workers=40", 0, 40);
    check_workers(SHORT, "pools.0.workers=40", 0, 40);
    check_workers(SHORT, "pool={workers: 1e3}", 0, 1000);
    check_rate(SHORT, "arrivals.poisson.rate=7/s", 0, 7);
    check_rate(SHORT, "classes.jobs.arrivals.poisson.rate=7/s", 0, 7);
    check_rate(SHORT, "classes.0.arrivals.poisson.rate=7/s", 0, 7);
    check_rate(SHORT, "arrivals={constant: {rate: 30/min}}", 0, 0.5);
    check_mean(SHORT, "service.exponential.mean=3ms", 3e6);
    check_mean(SHORT, "service={constant: 3 ms}", 3e6);
    check_mean(SHORT, "classes.jobs.route.0.service.exponential.mean=3ms", 3e6);
    struct scenario *sc = set(SHORT, "seed=77");
    assert_int_equal(sc->seed, 77);
    scenario_free(sc);
    sc = set(SHORT, "run.duration=3s"); /* creates run */
    assert_int_equal(sc->run.duration, 3000 * MS);
    assert_int_equal(sc->run.warmup, 300 * MS);
    scenario_free(sc);
    sc = set(SHORT, "slo.p99=1s");
    check_slo(sc, 0, SLO_TOTAL, SLO_P99, 1);
    scenario_free(sc);
    sc = set(SHORT, "pool.queue.capacity=0");
    assert_int_equal(sc->pools.items[0].queue.capacity, 0);
    scenario_free(sc);
}

/* Every way to name the one class and its one step. */
static void test_set_short_by_index(void **state) {
    (void)state;
    check_mean(SHORT, "classes.0.route.0.service.exponential.mean=3ms", 3e6);
}

static void test_set_whole(void **state) {
    (void)state;
    check_workers(WHOLE, "pools.resize.workers=9", 1, 9);
    check_workers(WHOLE, "pools.1.workers=9", 1, 9);
    check_workers(WHOLE, "pools.download.workers=9", 0, 9);
    check_rate(WHOLE, "classes.free.arrivals.poisson.rate=5/s", 0, 5);
    check_rate(WHOLE, "classes.1.arrivals.constant.rate=5/s", 1, 5);
    check_rate(WHOLE, "classes.paid.arrivals={poisson: {rate: 6/s}}", 1, 6);
    check_mean(WHOLE, "classes.free.route.0.service.gamma.mean=8ms", 8e6);
    check_mean(WHOLE, "classes.free.route.0.service={constant: 8ms}", 8e6);
    struct scenario *sc = set(WHOLE, "classes.free.route.0.pool=download");
    assert_int_equal(step_of(sc)->pool, 0);
    scenario_free(sc);
    sc = set(WHOLE, "run.replications=3");
    assert_int_equal(sc->run.replications, 3);
    scenario_free(sc);
}

/* `pool.workers` is, in the whole form, the pool of that name. */
static void test_set_whole_named_pool(void **state) {
    (void)state;
    check_workers(HEAD "classes: [{name: a, "
                       "arrivals: {poisson: {rate: 1/s}}, route: [{pool: pool, service: "
                       "{constant: 1ms}}]}]\npools: [{name: pool, workers: 3}]\n",
                  "pool.workers=8", 0, 8);
}

static void test_set_order(void **state) {
    (void)state;
    struct err err = {0};
    struct scenario *sc = load_set(SHORT, "pool.workers=5", "pool.workers=6", &err);
    expect_lines(&err, "");
    assert_int_equal(sc->pools.items[0].workers, 6);
    scenario_free(sc);
}

static void refuse_set(const char *text, const char *assignment, const char *wanted) {
    struct err err = {0};
    struct scenario *sc = load_set(text, assignment, NULL, &err);
    bool refused = !sc;
    scenario_free(sc);
    expect_lines(&err, wanted);
    assert_true(refused);
}

#define POOL_KEYS "name, workers, queue, threads, resize"

static void test_set_wrong(void **state) {
    (void)state;
    refuse_set(SHORT, "pool.wrkers=5",
               "--set: pool: unknown key 'wrkers'; did you mean 'workers'? (allowed: " POOL_KEYS
               ")\n");
    refuse_set(SHORT, "pool.workers=0", "--set: pool.workers: 0 is too small; at least 1\n");
    refuse_set(SHORT, "pool.workers=[1]", "--set: pool.workers: wants one value, not a list\n");
    refuse_set(SHORT, "run.duration=10",
               "--set: run.duration: '10' needs a unit (ns, us, ms, s, min or h), such as 200ms\n");
    refuse_set(SHORT, "pool.resize.max=4",
               "--set: pool.resize: 'policy' is missing: who decides\n");
    refuse_set(WHOLE, "pools.resise.workers=5",
               "--set: pools.resise.workers=5: nothing is named 'resise' there\n");
    refuse_set(WHOLE, "pool.workers=5",
               "--set: pools.pool.workers=5: nothing is named 'pool' there\n");
    refuse_set(WHOLE, "classes.free.arrivals.poisson.rate=0.1",
               "--set: classes.free.arrivals.poisson.rate: '0.1' needs a unit (/s, /min or /h), "
               "such as 1000/s\n");
    refuse_set(SHORT, "pool.workers", "--set: 'pool.workers' is not PATH=VALUE\n");
}

/* A file named in the scenario lies beside it; one named with --set, in the current folder. */
static void test_set_trace_file(void **state) {
    (void)state;
    const char *text = HEAD POOL "arrivals: {trace: {file: none.csv, time: time, service: took}}\n";
    struct scenario *sc = set(text, "arrivals.trace.file=tests/bad/good.csv");
    assert_int_equal(sc->classes.items[0].arrivals.trace.count, 4);
    scenario_free(sc);
    char wanted[600];
    struct err err = {0};
    assert_null(load_set(text, "seed=2", NULL, &err));
    snprintf(wanted, sizeof wanted,
             "%s/set.yaml:4:26: arrivals.trace.file: '%s/none.csv' cannot be read: No such file or "
             "directory\n",
             folder, folder);
    expect_lines(&err, wanted);
}

static void test_set_empirical_file(void **state) {
    (void)state;
    const char *text = HEAD POOL ARRIVALS "service: {empirical: {file: none.csv, column: took}}\n";
    check_mean(text, "service.empirical.file=tests/bad/good.csv", 937.5e6);
}

/* ---- keys that are known and not run yet ---------------------------------------------------- */

/* A scenario with one key of a section, KEY, at the end of its text; NULL: no map of it is
 * reachable. */
static const char *around(enum section in, const char **path) {
    static const struct {
        enum section in;
        const char *text, *path;
    } texts[] = {
        {IN_ROOT, SHORT "%s: x\n", ""},
        {IN_CLASS, SHORT "%s: x\n", ""},
        {IN_STEP, SHORT "%s: x\n", ""},
        {IN_RUN, SHORT "run: {%s: x}\n", "run."},
        {IN_HOST, SHORT "host: {%s: x}\n", "host."},
        {IN_SLO, SHORT "slo: {%s: x}\n", "slo."},
        {IN_ARRIVALS, HEAD SERVICE POOL "arrivals: {%s: x}\n", "arrivals."},
        {IN_DIST, HEAD ARRIVALS POOL "service: {%s: x}\n", "service."},
        {IN_POOL, HEAD ARRIVALS SERVICE "pool: {workers: 1, %s: x}\n", "pool."},
        {IN_QUEUE, HEAD ARRIVALS SERVICE "pool: {workers: 1, queue: {%s: x}}\n", "pool.queue."}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].in == in) {
            *path = texts[i].path;
            return texts[i].text;
        }
    return NULL;
}

/* Can a map of this section be written at all, or only inside a key that is refused itself? */
static bool reachable(enum section in) {
    if (in == IN_ROOT)
        return true;
    for (size_t i = 0; i < format_key_count; i++)
        if (format_keys[i].of == in && !format_keys[i].later)
            return true;
    return false;
}

static void check_later(const struct key *key) {
    const char *path = "", *format = around(key->in, &path);
    if (!format)
        fail_msg("test_scenario: say in around() how '%s' of section %d is written", key->name,
                 key->in);
    char text[1000], wanted[300];
    const char *percent = strstr(format, "%s");
    assert_non_null(percent);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(percent - format), format, key->name,
             percent + 2);
    int line = 1, column = 1;
    for (const char *p = format; p < percent; p++) {
        line += *p == '\n';
        column = *p == '\n' ? 1 : column + 1;
    }
    snprintf(wanted, sizeof wanted, "t:%d:%d: %s%s: not supported yet\n", line, column, path,
             key->name);
    refuse(text, wanted);
}

static void test_later(void **state) {
    (void)state;
    size_t seen = 0;
    for (size_t i = 0; i < format_key_count; i++)
        if (format_keys[i].later && reachable(format_keys[i].in)) {
            check_later(&format_keys[i]);
            seen++;
        }
    print_message("  %zu keys are not supported yet\n", seen);
}

/* The same inside the whole form. */
static void test_later_whole(void **state) {
    (void)state;
    refuse(HEAD FREE "    poison: 1%\n" TWO_POOLS,
           "t:7:5: classes.free.poison: not supported yet\n");
    refuse(HEAD FREE "pools:\n  - name: resize\n    workers: 4\n    breaker: {window: 100}\n",
           "t:10:5: pools.resize.breaker: not supported yet\n");
    refuse(HEAD FREE "    retry: {attempts: 3}\n    limit: {rate: 100/s}\n" TWO_POOLS,
           "t:7:5: classes.free.retry: not supported yet\n"
           "t:8:5: classes.free.limit: not supported yet\n");
}

/* The table agrees with itself: no key twice, words and bounds where they belong. */
static void test_table(void **state) {
    (void)state;
    for (size_t i = 0; i < format_key_count; i++) {
        const struct key *key = &format_keys[i];
        assert_ptr_equal(format_find(key->in, key->name), key);
        assert_true(key->type != KEY_WORD || key->words);
        assert_true(key->low <= key->high);
        assert_true(!key->later || !key->otherwise || strcmp(key->otherwise, FORMAT_REQUIRED));
    }
    assert_null(format_find(IN_POOL, "worker"));
    char *names = format_names(IN_CLOSED);
    assert_string_equal(names, "clients think");
    free(names);
}

/* ---- files ---------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

/* The names of a folder's scenarios, sorted; each and the array fresh memory. */
static size_t scenarios_in(const char *where, char ***names) {
    struct dirent **found = NULL;
    int n = scandir(where, &found, NULL, alphasort);
    assert_true(n >= 0);
    size_t count = 0;
    *names = calloc((size_t)n + 1, sizeof **names);
    assert_non_null(*names);
    for (int i = 0; i < n; i++) {
        if (ends_with(found[i]->d_name, ".yaml"))
            (*names)[count++] = strdup(found[i]->d_name);
        free(found[i]);
    }
    free(found);
    return count;
}

/* The lines after "# expect: " at the head of a file; fresh memory. */
static char *expected(const char *path) {
    FILE *from = fopen(path, "r");
    assert_non_null(from);
    char *text = NULL, *line = NULL;
    size_t size = 0, room = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    static const char mark[] = "# expect: ";
    while (getline(&line, &room, from) > 0 && !strncmp(line, mark, sizeof mark - 1))
        fputs(line + sizeof mark - 1, to);
    free(line);
    fclose(from);
    fclose(to);
    return text;
}

/* err's lines without "PATH:" and the space after it, or without "FOLDER/"; fresh memory. */
static char *found_lines(struct err *err, const char *path, const char *where) {
    char *lines = lines_of(err), *save = NULL, *text = NULL;
    size_t size = 0, n = strlen(path), m = strlen(where);
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        if (!strncmp(line, path, n) && line[n] == ':')
            line += n + 1 + (line[n + 1] == ' ');
        else if (!strncmp(line, where, m) && line[m] == '/')
            line += m + 1;
        fprintf(to, "%s\n", line);
    }
    fclose(to);
    free(lines);
    return text;
}

static bool check_bad(const char *name) {
    char path[300];
    snprintf(path, sizeof path, "tests/bad/%s", name);
    char *wanted = expected(path);
    struct err err = {0};
    struct scenario *sc = scenario_load(path, NULL, 0, &err);
    bool refused = !sc && err.status == ERR_USER;
    scenario_free(sc);
    char *found = found_lines(&err, path, "tests/bad");
    bool same = refused && *wanted && !strcmp(found, wanted);
    if (!same)
        print_error("%s\nfound:\n%swanted:\n%s\n", path, *found ? found : "nothing\n",
                    *wanted ? wanted : "nothing\n");
    free(found);
    free(wanted);
    return same;
}

static void test_bad_files(void **state) {
    (void)state;
    char **names;
    size_t count = scenarios_in("tests/bad", &names), good = 0;
    for (size_t i = 0; i < count; i++) {
        good += check_bad(names[i]);
        free(names[i]);
    }
    free(names);
    print_message("  %zu of %zu bad scenarios are refused as they should be\n", good, count);
    assert_true(count >= 70);
    assert_int_equal(good, count);
}

/* What ships, loads. */
static void test_shipped(void **state) {
    (void)state;
    char **names;
    size_t count = scenarios_in("scenarios", &names);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        char path[300];
        struct err err = {0};
        snprintf(path, sizeof path, "scenarios/%s", names[i]);
        struct scenario *sc = scenario_load(path, NULL, 0, &err);
        expect_lines(&err, "");
        assert_non_null(sc);
        names[i][strlen(names[i]) - strlen(".yaml")] = 0;
        assert_string_equal(sc->name, names[i]);
        scenario_free(sc);
        free(names[i]);
    }
    free(names);
}

static void test_no_file(void **state) {
    (void)state;
    struct err err = {0};
    assert_null(scenario_load("tests/bad/no-such.yaml", NULL, 0, &err));
    assert_int_equal(err.status, ERR_USER);
    expect_lines(&err, "tests/bad/no-such.yaml: cannot be opened: No such file or directory\n");
}

/* ---- any text ------------------------------------------------------------------------------- */

/* Two scenarios in both forms with a few bytes changed: a scenario or an error, and nothing leaks.
 */
static void check_any(const char *text, uint32_t seed, int rounds) {
    uint32_t x = seed;
    size_t n = strlen(text);
    for (int i = 0; i < rounds; i++) {
        char changed[2000];
        snprintf(changed, sizeof changed, "%s", text);
        for (int k = 0; k < 3; k++) {
            static const char bytes[] = "{}[]:, 0159.-eE/%smxnu\n";
            x = x * 1664525 + 1013904223;
            changed[(x >> 12) % n] = bytes[(x >> 5) % (sizeof bytes - 1)];
        }
        struct err err = {0};
        struct scenario *sc = scenario_parse(changed, "tests/bad/t.yaml", &err);
        assert_true(!sc == (err.count > 0));
        scenario_free(sc);
        err_free(&err);
    }
}

static void test_any_text(void **state) {
    (void)state;
    check_any(SHORT "run: {duration: 1s, warmup: 0s}\nslo: {p99: 1s, rejected: 1%}\n", 1, 3000);
    check_any(WHOLE "slo: {p99: 1s, free: {p50: 1s}}\nseed: 4\n", 2, 3000);
    check_any(HEAD POOL
              "arrivals: {trace: {file: good.csv, time: time, service: took, unit: ms}}\n",
              3, 1000);
    check_any(HEAD POOL "arrivals: {batch: {every: 1s, size: {uniform: {min: 2, max: 6}}}}\n"
                        "service: {hyperexponential: {p: 10%, means: [1ms, 20ms]}}\n",
              4, 1000);
    check_any(HEAD POOL SERVICE "arrivals: {mmpp: {rates: [9/s, 0/s], dwell: [1s, 20ms]}}\n"
                                "run: {until: empty, kind: terminating}\n",
              5, 1000);
    check_any(HEAD POOL SERVICE "arrivals: {profile: {points: [[0s, 9/s], [1s, 2/s]], "
                                "shape: linear, repeat: 3s}}\n",
              6, 1000);
    check_any(HEAD "defaults: {class: {arrivals: {poisson: {rate: 1/s}}}, pool: {workers: 2}}\n"
                   "classes: [{name: a, route: [{pool: p, service: {constant: 1ms}}]}]\n"
                   "pools: [{name: p}, {name: q, workers: 3}]\n",
              7, 2000);
}

static int open_folder(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/headroom-scenario-XXXXXX", base && *base ? base : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char path[300];
    snprintf(path, sizeof path, "%s/set.yaml", folder);
    remove(path);
    return remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_is_whole),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_sample_step),
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_load_of_two),
        cmocka_unit_test(test_arrivals),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_trace),
        cmocka_unit_test(test_trace_scales),
        cmocka_unit_test(test_distributions),
        cmocka_unit_test(test_lognormal_by_quantiles),
        cmocka_unit_test(test_empirical),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_slo),
        cmocka_unit_test(test_slo_of_classes),
        cmocka_unit_test(test_slo_words),
        cmocka_unit_test(test_kinds_of_run),
        cmocka_unit_test(test_least_loss),
        cmocka_unit_test(test_unstable),
        cmocka_unit_test(test_unstable_by_cores_or_lock),
        cmocka_unit_test(test_most_jobs),
        cmocka_unit_test(test_least_loss_by_cores_or_lock),
        cmocka_unit_test(test_unstable_beside_closed),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_set_short),
        cmocka_unit_test(test_set_short_by_index),
        cmocka_unit_test(test_set_whole),
        cmocka_unit_test(test_set_whole_named_pool),
        cmocka_unit_test(test_set_order),
        cmocka_unit_test(test_set_wrong),
        cmocka_unit_test(test_set_trace_file),
        cmocka_unit_test(test_set_empirical_file),
        cmocka_unit_test(test_later),
        cmocka_unit_test(test_later_whole),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_trace_without_service),
        cmocka_unit_test(test_any_text),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests_name("scenario", tests, open_folder, remove_folder);
}
