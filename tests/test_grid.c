/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_grid: the order of a grid's cells, what each is, --vary beside `sweep:`, tasks, the text
 * that gives it again, and its identity; and node_write, by which both are written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/grid.h"
#include "model/mem.h"
#include "model/node_write.h"

#define HEAD                                                                                       \
    "headroom: 1\nname: t\narrivals: {poisson: {rate: 10/s}}\n"                                    \
    "service: {exponential: {mean: 10ms}}\npool: {workers: 2}\nrun: {replications: 3}\n"

static void write_file(const char *text) {
    FILE *f = fopen("grid-test.yaml", "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* The grid of a text and up to two --vary; `wanted`: part of the first error, or NULL. */
static struct grid load(const char *text, const char *a, const char *b, const char *wanted) {
    const char *vary[] = {a, b};
    const struct grid_request request = {NULL, vary, 0, (size_t)(a != NULL) + (b != NULL)};
    struct grid g;
    struct err err = {0};
    write_file(text);
    bool ok = grid_load(&g, "grid-test.yaml", &request, &err);
    remove("grid-test.yaml");
    if (ok != !wanted || (wanted && !strstr(err.items[0].text, wanted)))
        err_print(&err, stderr);
    assert_int_equal(ok, !wanted);
    assert_true(!wanted || strstr(err.items[0].text, wanted));
    err_free(&err);
    return g;
}

static void says(const struct grid *g, size_t cell, const char *wanted) {
    char *text = grid_says(g, cell);
    assert_string_equal(text, wanted);
    free(text);
}

/* The last path is the fastest. */
static void order(void **state) {
    (void)state;
    struct grid g = load(HEAD, "pool.workers=1,2", "arrivals.poisson.rate=5/s,6/s,7/s", NULL);
    assert_int_equal(g.cells, 6);
    says(&g, 0, "pool.workers 1, arrivals.poisson.rate 5/s");
    says(&g, 1, "pool.workers 1, arrivals.poisson.rate 6/s");
    says(&g, 4, "pool.workers 2, arrivals.poisson.rate 6/s");
    struct err err = {0};
    struct scenario *sc = grid_cell(&g, 4, &err);
    assert_non_null(sc);
    assert_int_equal(sc->pools.items[0].workers, 2);
    assert_true(sc->classes.items[0].arrivals.rate > 5.9 &&
                sc->classes.items[0].arrivals.rate < 6.1);
    scenario_free(sc);
    grid_free(&g);
}

static void tasks(void **state) {
    (void)state;
    struct grid g = load(HEAD, "run.replications=2,5,1", NULL, NULL);
    assert_int_equal(grid_tasks(&g), 8);
    const size_t cells[] = {0, 0, 1, 1, 1, 1, 1, 2};
    for (size_t t = 0; t < 8; t++)
        assert_int_equal(grid_cell_of(&g, t), cells[t]);
    grid_free(&g);
}

/* --vary takes the place of the scenario's, however the path is spelt; others come behind. */
static void overridden(void **state) {
    (void)state;
    const char *text = HEAD "sweep: {pool.workers: [1, 2], pool.queue.capacity: [0, 3]}\n";
    struct grid g = load(text, "pools.pool.workers=7", "run.duration=1s", NULL);
    assert_int_equal(g.cells, 2);
    says(&g, 1, "pools.pool.workers 7, pool.queue.capacity 3, run.duration 1s");
    grid_free(&g);
}

static void again(void **state) {
    (void)state;
    struct grid g = load(HEAD "about: \"quote \\\" \\\\ \\u00e9 \\u2028 \\U0001f600\"\n",
                         "pool.workers=1:4:1", "service={gamma: {mean: 1ms, cv: 2}}", NULL);
    struct grid back;
    struct err err = {0};
    assert_true(grid_parse(&back, g.text, &err));
    assert_string_equal(back.text, g.text);
    assert_true(back.identity == g.identity);
    assert_string_equal(back.scenario->about, g.scenario->about);
    says(&back, 2, "pool.workers 3, service {gamma: {mean: 1ms, cv: 2}}");
    grid_free(&back);
    grid_free(&g);
}

/* Whatever could change a result changes the identity; the form in which values are given does not.
 */
static void identity(void **state) {
    (void)state;
    struct grid a = load(HEAD, "pool.workers=1:3:1", NULL, NULL);
    struct grid same = load(HEAD "sweep: {pool.workers: [1, 2, 3]}\n", NULL, NULL, NULL);
    struct grid values = load(HEAD, "pool.workers=1,2,4", NULL, NULL);
    struct grid seed = load(HEAD "seed: 2\n", "pool.workers=1:3:1", NULL, NULL);
    assert_true(a.identity == same.identity);
    assert_true(a.identity != values.identity);
    assert_true(a.identity != seed.identity);
    struct grid *all[] = {&a, &same, &values, &seed};
    for (size_t i = 0; i < 4; i++)
        grid_free(all[i]);
}

static void refused(void **state) {
    (void)state;
    const struct {
        const char *text, *a, *b, *wanted;
    } cases[] = {
        {HEAD, NULL, NULL, "nothing is varied"},
        {HEAD, "pool.wrokers=3", NULL,
         "did you mean 'workers'? (allowed: name, workers, queue, threads, resize) "
         "(cell 1: pool.wrokers 3)"},
        {HEAD, "pool.workers=4,0", NULL, "0 is too small; at least 1 (cell 2: pool.workers 0)"},
        {HEAD, "name.x=4", NULL, "name.x: nothing is named 'x' there"},
        {HEAD, "pool.workers=1:1000:1", "seed=1:1000:1", "more than 100000 cells"},
        {HEAD, "run.replications=1e5", "seed=1:101:1", "more than 10000000 runs"},
        {HEAD "sweep: {pool.workers: {from: 1, to: 3, step: 0}}\n", NULL, NULL, "step is 0"},
        {"headroom: 1\nname: t\nclasses:\n  - {name: a, arrivals: {poisson: {rate: 1/s}}, route: "
         "[{pool: p, service: {constant: 1ms}}]}\npools: [{name: p, workers: 1}]\n",
         "pools=[{name: p, workers: 1}],[{name: p, workers: 1}, {name: q, workers: 1}]", NULL,
         "the same classes and pools"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct grid g = load(cases[i].text, cases[i].a, cases[i].b, cases[i].wanted);
        grid_free(&g);
    }
}

/* FNV-1a's published known answer. */
static void hash(void **state) {
    (void)state;
    assert_true(grid_hash(FNV_BEGIN, "foobar", 6) == UINT64_C(0x85944171f73967e8));
    assert_true(grid_hash(grid_hash(FNV_BEGIN, "foo", 3), "bar", 3) ==
                UINT64_C(0x85944171f73967e8));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order), cmocka_unit_test(tasks),    cmocka_unit_test(overridden),
        cmocka_unit_test(again), cmocka_unit_test(identity), cmocka_unit_test(refused),
        cmocka_unit_test(hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
