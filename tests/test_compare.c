/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_compare: pairing by (class, index), fates, and what is said job by job.
 *
 * Outcomes are written into records by hand, in any order, as a real run ends its jobs. Percentiles
 * are of semantics.md: the value of rank ceil(p n).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/compare.h"
#include "model/node.h"
#include "tests/parse.h"

#define MS INT64_C(1000000)

static void near_at(double found, double wanted, double tolerance, int line) {
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("line %d: %.17g, not %.17g within %g", line, found, wanted, tolerance);
}
#define near(found, wanted, tolerance) near_at(found, wanted, tolerance, __LINE__)

#define RUN "run: {duration: 10s, warmup: 0s, sample_every: 1s}\n"

static struct scenario *one_class(void) {
    return parse("headroom: 1\nname: t\narrivals: {poisson: {rate: 10/s}}\n"
                 "service: {exponential: {mean: 10ms}}\npool: {workers: 1}\n" RUN);
}

static struct scenario *two_classes(void) {
    return parse("headroom: 1\nname: t\n" RUN "classes:\n"
                 "  - {name: a, arrivals: {poisson: {rate: 1/s}},"
                 " route: [{pool: p, service: {exponential: {mean: 1ms}}}]}\n"
                 "  - {name: b, arrivals: {poisson: {rate: 1/s}},"
                 " route: [{pool: p, service: {exponential: {mean: 1ms}}}]}\n"
                 "pools:\n  - {name: p, workers: 3}\n");
}

/* Two records with outcomes and nothing else. */
struct pair {
    struct scenario *scenario;
    struct record sim, pool;
    struct comparison comparison;
};

static void open_pair(struct pair *p, struct scenario *sc) {
    p->scenario = sc;
    assert_true(record_open(&p->sim, sc, false) && record_open(&p->pool, sc, false));
    record_keep_outcomes(&p->sim);
    record_keep_outcomes(&p->pool);
}

static void close_pair(struct pair *p) {
    record_close(&p->sim);
    record_close(&p->pool);
    scenario_free(p->scenario);
}

static void put(struct record *r, uint32_t class, uint64_t index, enum fate fate, nsec response) {
    struct outcomes *o = &r->outcomes[class];
    if (o->count == o->room) {
        o->room = 2 * o->room + 16;
        o->items = realloc(o->items, o->room * sizeof *o->items);
        assert_non_null(o->items);
    }
    o->items[o->count++] =
        (struct outcome){.index = index, .fate = (uint8_t)fate, .response = response};
}

static void completed(struct record *r, uint64_t index, nsec response) {
    put(r, 0, index, FATE_COMPLETED, response);
}

static const struct comparison *compared(struct pair *p) {
    compare_results(&p->comparison, NULL, &p->sim, NULL, &p->pool);
    return &p->comparison;
}

static void nothing_job_by_job(const struct comparison *c) {
    assert_true(isnan(c->p50) && isnan(c->p99) && isnan(c->max) && isnan(c->bias));
}

/* Differences -3, 0, +1, +2, +50 ms; without their signs 0, 1, 2, 3, 50. */
static void test_pairing(void **state) {
    (void)state;
    static const nsec sim[] = {10, 20, 30, 40, 50}, pool[] = {11, 17, 80, 40, 52};
    static const uint64_t sim_order[] = {4, 0, 3, 1, 2}, pool_order[] = {2, 3, 1, 4, 0};
    struct pair p;
    open_pair(&p, one_class());
    for (int i = 0; i < 5; i++) {
        completed(&p.sim, sim_order[i], sim[sim_order[i]] * MS);
        completed(&p.pool, pool_order[i], pool[pool_order[i]] * MS);
    }
    const struct comparison *c = compared(&p);
    assert_true(c->jobs == 5 && c->same == 5 && c->same_fate == 1);
    near(c->bias, 0.001, 1e-15);
    near(c->p50, 0.002, 1e-15);
    near(c->max, 0.050, 1e-15);
    close_pair(&p);
}

/* 101 jobs that are 0, 1 ... 100 ms later in the pool: rank 100 of 101 is 99 ms. */
static void test_percentiles(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p, one_class());
    for (uint64_t i = 0; i <= 100; i++) {
        completed(&p.sim, i, 7 * MS);
        completed(&p.pool, 100 - i, 7 * MS + (nsec)(i * 37 % 101) * MS);
    }
    const struct comparison *c = compared(&p);
    near(c->p50, 0.050, 1e-15);
    near(c->bias, 0.050, 1e-15);
    near(c->p99, 0.099, 1e-15);
    near(c->max, 0.100, 1e-15);
    close_pair(&p);
}

/* Of 1 ... 10 ms the median is the 5th and the p99 the 10th: values that some job had. */
static void test_percentiles_are_by_rank(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p, one_class());
    for (uint64_t i = 1; i <= 10; i++) {
        completed(&p.sim, i, 7 * MS);
        completed(&p.pool, i, 7 * MS + (nsec)i * MS);
    }
    const struct comparison *c = compared(&p);
    near(c->p50, 0.005, 1e-15);
    near(c->p99, 0.010, 1e-15);
    close_pair(&p);
}

/* Jobs that only one engine has are jobs with another fate; the others are paired all the same. Of
 * 1000 indices the simulator lacks 3 and the pool 4: 993 of 1000 are the same. */
static void test_missing_jobs(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p, one_class());
    for (uint64_t i = 0; i < 1000; i++) {
        if (i != 0 && i != 500 && i != 999)
            completed(&p.sim, i, (nsec)i * MS);
        if (i != 1 && i != 499 && i != 501 && i != 998)
            completed(&p.pool, i, (nsec)i * MS + 2385);
    }
    const struct comparison *c = compared(&p);
    assert_true(c->jobs == 1000 && c->same == 993);
    near(c->same_fate, 0.993, 1e-15);
    near(c->p50, 2385e-9, 1e-15);
    near(c->max, 2385e-9, 1e-15);
    near(c->bias, 2385e-9, 1e-15);
    close_pair(&p);
}

/* 100 jobs of which the first `other` have another fate in the pool. */
static const struct comparison *with_others(struct pair *p, uint64_t other) {
    open_pair(p, one_class());
    for (uint64_t i = 0; i < 100; i++) {
        completed(&p->sim, i, 5 * MS);
        put(&p->pool, 0, i, i < other ? FATE_REJECTED : FATE_COMPLETED, i < other ? 0 : 6 * MS);
    }
    return compared(p);
}

static void test_same_fate(void **state) {
    (void)state;
    struct pair p;
    const struct comparison *c = with_others(&p, 1);
    near(c->same_fate, 0.99, 1e-15); /* not below: still said */
    near(c->p50, 0.001, 1e-15);
    near(c->max, 0.001, 1e-15); /* the rejected job is not paired */
    close_pair(&p);
    open_pair(&p, one_class());
    for (uint64_t i = 0; i < 100; i++) { /* the other way round */
        put(&p.sim, 0, i, i ? FATE_COMPLETED : FATE_REJECTED, i ? 5 * MS : 0);
        completed(&p.pool, i, 6 * MS);
    }
    near(compared(&p)->max, 0.001, 1e-15);
    close_pair(&p);
    c = with_others(&p, 2);
    near(c->same_fate, 0.98, 1e-15);
    nothing_job_by_job(c);
    close_pair(&p);
}

/* Rejected in both is the same fate, and no difference of times. */
static void test_lost_in_both(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p, one_class());
    for (uint64_t i = 0; i < 10; i++) {
        put(&p.sim, 0, i, i % 2 ? FATE_REJECTED : FATE_COMPLETED, i % 2 ? 0 : MS);
        put(&p.pool, 0, i, i % 2 ? FATE_REJECTED : FATE_COMPLETED, i % 2 ? 0 : 4 * MS);
    }
    const struct comparison *c = compared(&p);
    assert_true(c->jobs == 10 && c->same == 10);
    near(c->p50, 0.003, 1e-15);
    near(c->bias, 0.003, 1e-15);
    close_pair(&p);
    open_pair(&p, one_class());
    for (uint64_t i = 0; i < 10; i++) { /* none completed at all */
        put(&p.sim, 0, i, FATE_REJECTED, 0);
        put(&p.pool, 0, i, FATE_REJECTED, 0);
    }
    c = compared(&p);
    assert_true(c->same_fate == 1);
    nothing_job_by_job(c);
    close_pair(&p);
}

/* Index 0 of class a is another job than index 0 of class b; closed jobs have (client, cycle). */
static void test_classes(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p, two_classes());
    for (uint64_t i = 0; i < 3; i++) {
        put(&p.sim, 0, i, FATE_COMPLETED, 10 * MS);
        put(&p.pool, 0, i, FATE_COMPLETED, 12 * MS);
    }
    for (uint32_t client = 2; client-- > 0;) {
        put(&p.sim, 1, job_closed_index(client, 1 - client), FATE_COMPLETED, 100 * MS);
        put(&p.pool, 1, job_closed_index(1 - client, client), FATE_COMPLETED, 93 * MS);
    }
    const struct comparison *c = compared(&p);
    assert_true(c->jobs == 5 && c->same == 5);
    near(c->bias, 0.002, 1e-15);
    near(c->p50, 0.002, 1e-15);
    near(c->max, 0.007, 1e-15);
    close_pair(&p);
}

static void test_no_jobs(void **state) {
    (void)state;
    struct pair p;
    open_pair(&p, one_class());
    const struct comparison *c = compared(&p);
    assert_true(c->jobs == 0 && c->same == 0 && isnan(c->same_fate));
    nothing_job_by_job(c);
    close_pair(&p);
    open_pair(&p, one_class());
    completed(&p.sim, 3, MS); /* and one engine without */
    c = compared(&p);
    assert_true(c->jobs == 1 && c->same == 0 && c->same_fate == 0);
    nothing_job_by_job(c);
    close_pair(&p);
}

/* ---- JSON ---- */

/* One job of `service` ns at 0, told to the recorder. */
static void live(struct record *r, nsec service) {
    struct job job = {.counted = true};
    record_advance(r, 0);
    record_arrive(r, &job, 0, 0);
    record_start(r, &job, 0, 0, false);
    record_advance(r, service);
    record_end(r, &job, 0, service);
    record_advance(r, r->horizon);
    record_finish(r, r->horizon);
}

static const char *stands_at(const struct node *root, const char *path) {
    char copy[200], *save = NULL;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *part = strtok_r(copy, ".", &save); part; part = strtok_r(NULL, ".", &save)) {
        root = node_get(root, part);
        if (!root)
            fail_msg("%s: there is no %s", path, part);
    }
    return root->text;
}

static struct node *json_of(const struct comparison *c) {
    struct err err = {0};
    char *text = NULL;
    size_t size;
    struct json j = {open_memstream(&text, &size), 0, false};
    assert_non_null(j.to);
    json_open(&j, NULL, '{');
    compare_json(c, &j);
    json_close(&j, '}');
    fclose(j.to);
    assert_true(!strstr(text, "nan") && !strstr(text, "inf"));
    struct node *root = node_parse(text, "json", &err);
    assert_non_null(root);
    free(text);
    return root;
}

/* A job of 2 s against 2.5 s: error = (pool - sim) / sim = 0.25; waits are 0, of which there is no
 * relative error. */
static void test_json(void **state) {
    (void)state;
    struct pair p;
    struct result sim, pool;
    open_pair(&p, one_class());
    live(&p.sim, 2000 * MS);
    live(&p.pool, 2500 * MS);
    const struct record *sims[] = {&p.sim}, *pools[] = {&p.pool};
    result_from_records(&sim, p.scenario, "sim", sims, 1);
    result_from_records(&pool, p.scenario, "pool", pools, 1);
    compare_results(&p.comparison, &sim, &p.sim, &pool, &p.pool);
    struct node *root = json_of(&p.comparison);
    static const char *const wanted[][2] = {
        {"response.mean.sim", "2"},
        {"response.mean.pool", "2.5"},
        {"response.mean.difference", "0.5"},
        {"response.mean.error", "0.25"},
        {"response.p50.sim", "null"}, /* one job has no percentiles */
        {"response.p999.error", "null"},
        {"wait.mean.difference", "0"},
        {"wait.mean.error", "null"},
        {"throughput.error", "0"},
        {"pools.pool.utilisation.sim", "0.2"},
        {"pools.pool.utilisation.error", "0.25"},
        {"per_job.p50", "0.5"},
        {"per_job.bias", "0.5"},
        {"per_job.max", "0.5"},
        {"per_job.same_fate", "1"},
        {"per_job.jobs", "1"},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strcmp(stands_at(root, wanted[i][0]), wanted[i][1]))
            fail_msg("%s is %s, not %s", wanted[i][0], stands_at(root, wanted[i][0]), wanted[i][1]);
    node_free(root);
    result_free(&sim);
    result_free(&pool);
    close_pair(&p);
}

/* Below 99 % `per_job` is null (semantics.md), same_fate stands. */
static void test_null_in_json(void **state) {
    (void)state;
    struct pair p;
    struct result sim, pool;
    open_pair(&p, one_class());
    live(&p.sim, 2000 * MS);
    live(&p.pool, 2500 * MS);
    const struct record *sims[] = {&p.sim}, *pools[] = {&p.pool};
    result_from_records(&sim, p.scenario, "sim", sims, 1);
    result_from_records(&pool, p.scenario, "pool", pools, 1);
    put(&p.sim, 0, 7, FATE_REJECTED, 0);
    compare_results(&p.comparison, &sim, &p.sim, &pool, &p.pool);
    struct node *root = json_of(&p.comparison);
    static const char *const words[] = {"p50", "p99", "max", "bias"};
    for (int i = 0; i < 4; i++) {
        char path[40];
        snprintf(path, sizeof path, "per_job.%s", words[i]);
        assert_string_equal(stands_at(root, path), "null");
    }
    assert_string_equal(stands_at(root, "per_job.same_fate"), "0.5");
    node_free(root);
    result_free(&sim);
    result_free(&pool);
    close_pair(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairing),
        cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_percentiles_are_by_rank),
        cmocka_unit_test(test_missing_jobs),
        cmocka_unit_test(test_same_fate),
        cmocka_unit_test(test_lost_in_both),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_no_jobs),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_null_in_json),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
