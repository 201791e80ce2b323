/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_pilot: `run.warmup: auto`. The warm-up found is one of the scenario alone, grows with the
 * time constant of M/M/1, and is not found where the run is too short to show it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/judge.h"
#include "model/mem.h"
#include "sim/pilot.h"
#include "sim/sim.h"

#define MS (NSEC_PER_SEC / 1000)

static struct scenario *parse(const char *rest) {
    struct err err = {0};
    char *text = mem_format("headroom: 1\nname: t\n%s", rest);
    struct scenario *sc = scenario_parse(text, "t.yaml", &err);
    err_print(&err, stderr);
    assert_non_null(sc);
    free(text);
    return sc;
}

static struct scenario *mm1(double rate, const char *run) {
    char *rest = mem_format("arrivals: {poisson: {rate: %g/s}}\nservice: {exponential: {mean: "
                            "10ms}}\npool: {workers: 1}\nrun: {warmup: auto, %s}\n",
                            rate, run);
    struct scenario *sc = parse(rest);
    free(rest);
    return sc;
}

static void settle(struct scenario *sc, unsigned threads) {
    struct pilot p;
    assert_true(pilot_wanted(sc));
    pilot_open(&p, sc, NULL, 0);
    sim_replicate(p.trials, p.count, threads, sim_run, NULL, NULL);
    assert_null(pilot_close(&p, &sc->run));
    assert_false(pilot_wanted(sc));
}

static nsec found(double rate, const char *run, unsigned threads) {
    struct scenario *sc = mm1(rate, run);
    assert_int_equal(sc->run.warmup, WARMUP_AUTO);
    settle(sc, threads);
    nsec warmup = sc->run.warmup;
    assert_int_equal(sc->run.warmup_origin, WARMUP_FOUND);
    scenario_free(sc);
    return warmup;
}

/* Time constants 10 ms / (1 - sqrt(rho))^2: 116 ms, 897 ms, 3.8 s; each run is 50 of them. */
static void test_grows_with_the_load(void **state) {
    (void)state;
    nsec half = found(50, "duration: 6s", 2), more = found(80, "duration: 45s", 2),
         most = found(90, "duration: 190s", 2);
    assert_true(half >= 30 * MS && half < 600 * MS);
    assert_true(more >= 250 * MS && more < 5000 * MS);
    assert_true(most >= 1000 * MS && most < 20000 * MS);
}

static void test_same_on_any_number_of_threads(void **state) {
    (void)state;
    nsec one = found(80, "duration: 10s", 1);
    assert_true(one == found(80, "duration: 10s", 2) && one == found(80, "duration: 10s", 5));
    /* how the user samples or replicates is nothing to it */
    assert_true(one == found(80, "duration: 10s, sample_every: 1s, replications: 3", 2));
}

/* Nothing random: one replication is all there is; a batch comes and is worked off. */
static void test_without_chance(void **state) {
    (void)state;
    struct scenario *sc =
        parse("arrivals: {constant: {rate: 100/s}}\nservice: {constant: 25ms}\npool: {workers: "
              "4}\nrun: {duration: 1s, warmup: auto}\n");
    struct pilot p;
    pilot_open(&p, sc, NULL, 0);
    assert_int_equal(p.count, 1);
    sim_replicate(p.trials, p.count, 1, sim_run, NULL, NULL);
    assert_null(pilot_close(&p, &sc->run));
    assert_true(sc->run.warmup >= 10 * MS && sc->run.warmup <= 50 * MS);
    scenario_free(sc);
}

/* On 100 workers with services of a second nothing settles in half a second: the level rises and
 * rises. */
static void test_too_short(void **state) {
    (void)state;
    struct scenario *sc =
        parse("arrivals: {poisson: {rate: 90/s}}\nservice: {constant: 1s}\npool: {workers: "
              "100}\nrun: {duration: 500ms, warmup: auto, replications: 2}\n");
    settle(sc, 2);
    assert_int_equal(sc->run.warmup_origin, WARMUP_AT_EDGE);
    assert_true(sc->run.warmup <= sc->run.duration / 2);
    struct trial trial = {.scenario = sc, .replication = 1};
    struct result r;
    const struct record *record = &trial.record;
    assert_true(sim_run(&trial));
    result_from_records(&r, sc, "sim", &record, 1);
    assert_false(r.trusted);
    assert_true(r.warmup_auto);
    assert_non_null(strstr(r.reasons[0], "run longer: in half of run.duration (250 ms)"));
    result_free(&r);
    record_close(&trial.record);
    scenario_free(sc);
}

static void test_no_steady_state(void **state) {
    (void)state;
    struct scenario *sc = mm1(120, "duration: 5s");
    assert_false(pilot_wanted(sc));
    assert_int_equal(sc->run.warmup, 500 * MS); /* the default */
    assert_int_equal(sc->run.warmup_origin, WARMUP_INAPPLICABLE);
    scenario_free(sc);
}

/* A hundred replications, as many as make five million jobs, or ten. */
static void test_how_many(void **state) {
    (void)state;
    static const struct {
        const char *duration;
        size_t replications;
    } cases[] = {{"duration: 10s", 100}, {"duration: 2000s", 50}, {"duration: 20h", 10}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scenario *sc = mm1(50, cases[i].duration);
        assert_int_equal(pilot_replications(sc), cases[i].replications);
        scenario_free(sc);
    }
}

/* Who interrupts the pilot gets the default. */
static void test_interrupted(void **state) {
    (void)state;
    struct scenario *sc = mm1(80, "duration: 10s");
    struct pilot p;
    atomic_bool stop = true;
    pilot_open(&p, sc, &stop, 0);
    sim_replicate(p.trials, p.count, 2, sim_run, NULL, NULL);
    assert_null(pilot_close(&p, &sc->run));
    assert_int_equal(sc->run.warmup, 1000 * MS);
    scenario_free(sc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_with_the_load),
        cmocka_unit_test(test_same_on_any_number_of_threads),
        cmocka_unit_test(test_without_chance),
        cmocka_unit_test(test_too_short),
        cmocka_unit_test(test_no_steady_state),
        cmocka_unit_test(test_how_many),
        cmocka_unit_test(test_interrupted),
    };
    return cmocka_run_group_tests_name("pilot", tests, NULL, NULL);
}
