/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_precise: `run.precision`: when it is looked, what satisfies it, what the format refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/format.h"
#include "model/mem.h"
#include "model/precise.h"
#include "sim/sim.h"

static struct scenario *parse(const char *run) {
    struct err err = {0};
    char *text = mem_format("headroom: 1\nname: t\narrivals: {poisson: {rate: 50/s}}\nservice: "
                            "{exponential: {mean: 10ms}}\npool: {workers: 1}\nrun: {%s}\n",
                            run);
    struct scenario *sc = scenario_parse(text, "t.yaml", &err);
    err_print(&err, stderr);
    assert_non_null(sc);
    free(text);
    return sc;
}

static void looks(const char *run, const size_t *wanted) {
    struct scenario *sc = parse(run);
    size_t have = 0;
    for (; *wanted; wanted++) {
        size_t next = precise_next(&sc->run, have);
        assert_int_equal(next, *wanted);
        have = next;
    }
    assert_int_equal(precise_next(&sc->run, have), have); /* no more */
    scenario_free(sc);
}

static void test_looks(void **state) {
    (void)state;
    looks("replications: 7", (size_t[]){7, 0});
    looks("precision: {metric: p99, within: 2%}",
          (size_t[]){20, 30, 45, 67, 100, 150, 225, 337, 505, 757, 1000, 0});
    looks("precision: {metric: p99, within: 2%, max_replications: 50}",
          (size_t[]){20, 30, 45, 50, 0});
    looks("precision: {metric: p99, within: 2%, max_replications: 20}", (size_t[]){20, 0});
    looks("replications: 31, precision: {metric: p99, within: 2%, max_replications: 100}",
          (size_t[]){45, 67, 100, 0});
    looks("replications: 20, precision: {metric: p99, within: 2%, max_replications: 20}",
          (size_t[]){20, 0});
}

static void test_width(void **state) {
    (void)state;
    struct figure f = {.mean = 100, .low = 99, .high = 102};
    assert_true(fabs(precise_width(&f) - 0.02) < 1e-12); /* the farther end */
    f.low = 90;
    assert_true(fabs(precise_width(&f) - 0.1) < 1e-12);
    f.open = true;
    assert_true(isnan(precise_width(&f)));
    assert_true(isnan(precise_width(&FIGURE_NULL)));
    assert_true(isnan(precise_width(&(struct figure){0}))); /* no share of 0 is so wide */
    assert_true(isnan(precise_width(&(struct figure){.mean = 1, .low = NAN, .high = NAN})));
}

/* The metrics are the slo's own, and so are their words. */
static void test_metrics(void **state) {
    (void)state;
    char *words = mem_text(format_find(IN_PRECISION, "metric")->words), *save = NULL;
    int64_t metric = 0;
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save), metric++) {
        assert_string_equal(slo_word((enum slo_metric)metric), w);
        char *run = mem_format("precision: {metric: %s, within: 0.5%%}", w);
        struct scenario *sc = parse(run);
        assert_int_equal(sc->run.precision.metric, metric);
        assert_true(sc->run.precision.within == 0.005);
        assert_int_equal(sc->run.precision.max_replications, 1000);
        scenario_free(sc);
        free(run);
    }
    assert_int_equal(metric, SLO_MAX); /* all before have an interval */
    free(words);
}

static void test_without_chance(void **state) {
    (void)state;
    struct err err = {0};
    struct scenario *sc =
        scenario_parse("headroom: 1\nname: t\narrivals: {constant: {rate: 50/s}}\nservice: "
                       "{constant: 10ms}\npool: {workers: 1}\n"
                       "run: {precision: {metric: p99, within: 2%}}\n",
                       "t.yaml", &err);
    assert_non_null(sc);
    assert_int_equal(precise_next(&sc->run, 0), 1);
    assert_int_equal(precise_next(&sc->run, 1), 1);
    scenario_free(sc);
}

/* The result of `count` replications, looked at for the last time. */
static struct result look(const struct scenario *sc, size_t count) {
    struct trial *trials = mem_new(count, sizeof *trials);
    const struct record **records = mem_new(count, sizeof *records);
    struct result r;
    for (size_t i = 0; i < count; i++) {
        trials[i].scenario = sc;
        trials[i].replication = i + 1;
        assert_true(sim_run(&trials[i]));
        records[i] = &trials[i].record;
    }
    result_from_records(&r, sc, "sim", records, count);
    precise_look(&r);
    precise_end(&r);
    for (size_t i = 0; i < count; i++)
        record_close(&trials[i].record);
    free(trials);
    free(records);
    return r;
}

static void test_looked_at(void **state) {
    (void)state;
    struct scenario *sc = parse("precision: {metric: mean, within: 20%}");
    struct result r = look(sc, 20);
    assert_true(r.trusted && r.precision.met && r.precision.reached <= 0.2);
    const struct figure *f = &r.total.response.mean;
    double width = fmax(f->high - f->mean, f->mean - f->low) / f->mean;
    assert_true(fabs(r.precision.reached - width) < 1e-12);
    assert_string_equal(r.precision.metric, "mean");
    result_free(&r);
    scenario_free(sc);

    sc = parse("precision: {metric: p99, within: 0.5%, max_replications: 20}");
    r = look(sc, 20);
    assert_false(r.trusted || r.precision.met);
    assert_non_null(strstr(r.reasons[0], "p99 was to be known to 0.5 %: after 20 replications"));
    result_free(&r);
    scenario_free(sc);

    sc = parse("precision: {metric: rejected, within: 50%}"); /* nothing is lost here */
    r = look(sc, 20);
    assert_false(r.trusted || r.precision.met);
    assert_true(isnan(r.precision.reached));
    result_free(&r);
    scenario_free(sc);

    sc = parse("replications: 3"); /* nobody asked */
    r = look(sc, 3);
    assert_true(r.trusted && !r.precision.metric);
    result_free(&r);
    scenario_free(sc);
}

/* Is the look at 20 replications the last one, though it is not reached? */
static bool given_up(const char *run) {
    struct scenario *sc = parse(run);
    struct result r = look(sc, 20);
    bool last = precise_look(&r);
    assert_false(r.precision.met || r.trusted);
    result_free(&r);
    scenario_free(sc);
    return last;
}

/* At 20 replications of 1000 jobs the p99 of M/M/1 at 50 % is known to about 10 %, so after n to
 * 10 % sqrt(20 / n). */
static void test_hopeless(void **state) {
    (void)state;
    assert_true(
        given_up("duration: 20s, precision: {metric: p99, within: 0.5%, max_replications: 200}"));
    assert_false(given_up("duration: 20s, precision: {metric: p99, within: 2%}"));
    assert_true(
        given_up("duration: 20s, precision: {metric: p99, within: 2%, max_replications: 25}"));
    assert_false(
        given_up("duration: 20s, precision: {metric: p99, within: 5%, max_replications: 25}"));
    assert_true(given_up("precision: {metric: rejected, within: 100%}")); /* none can be */
    /* five jobs a replication: 1000 of them for the 5000 that a p99.9 needs */
    assert_true(
        given_up("duration: 100ms, precision: {metric: p999, within: 50%, max_replications: 900}"));
    assert_false(given_up(
        "duration: 100ms, precision: {metric: p999, within: 50%, max_replications: 2000}"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_looks),     cmocka_unit_test(test_width),
        cmocka_unit_test(test_metrics),   cmocka_unit_test(test_without_chance),
        cmocka_unit_test(test_looked_at), cmocka_unit_test(test_hopeless),
    };
    return cmocka_run_group_tests_name("precise", tests, NULL, NULL);
}
