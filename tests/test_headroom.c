/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_headroom: the search for the largest rate and the fewest workers against exact answers.
 *
 * The bracket alone is asked questions whose boundary is known. The simulator's answer on M/M/c is
 * held to Erlang's C, on M/M/c/K to its state probabilities, on clients who think and are served by
 * one worker to mean value analysis (Reiser and Lavenberg, 1980), each computed here from the
 * book's formula. Seeds are fixed; the runs are so long that 1 % (the search's own step) and the
 * simulated interval decide.
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

#include "model/mem.h"
#include "sim/boundary.h"
#include "sim/headroom.h"
#include "sim/sim.h"

/* ---- the bracket ---- */

struct line {
    double rate;     /* yes up to this factor */
    int64_t workers; /* and from so many on */
    int asked;
};

static enum answer ask_line(void *context, double rate, int64_t workers) {
    struct line *l = context;
    l->asked++;
    return rate <= l->rate && workers >= l->workers ? ANSWER_YES : ANSWER_NO;
}

static struct question question(struct line *l, int64_t workers, double load) {
    return (struct question){.ask = ask_line,
                             .context = l,
                             .workers = workers,
                             .present = ask_line(l, 1, workers),
                             .load = load};
}

static void test_rate_bracket(void **state) {
    (void)state;
    static const double factors[] = {1.001, 1.05, 1.37, 2.2, 7, 15.9, 0.999, 0.93, 0.5, 0.07};
    static const double loads[] = {0.1, 6, 9.9, 10, 25};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++)
        for (size_t k = 0; k < sizeof loads / sizeof *loads; k++) {
            struct line l = {factors[i], 0, 0};
            struct question q = question(&l, 10, loads[k]);
            struct boundary b = boundary_rate(&q, 0.01);
            assert_false(b.open);
            assert_true(b.value <= factors[i] && b.value * 1.01 >= factors[i]);
            assert_true(l.asked <= 16);
        }
}

static void test_rate_has_ends(void **state) {
    (void)state;
    struct line far = {1000, 0, 0}, none = {0.01, 0, 0};
    struct question q = question(&far, 10, 5);
    struct boundary b = boundary_rate(&q, 0.01);
    assert_true(b.open && b.value == BOUNDARY_RATE_MOST);
    q = question(&none, 10, 5);
    b = boundary_rate(&q, 0.01);
    assert_true(isnan(b.value) && b.otherwise == ANSWER_NO);
}

static void test_workers_bracket(void **state) {
    (void)state;
    static const int64_t present[] = {1, 2, 10, 255};
    static const double loads[] = {0, 0.4, 1, 9.9, 200, NAN};
    for (int64_t fewest = 1; fewest < 70; fewest++)
        for (size_t i = 0; i < sizeof present / sizeof *present; i++)
            for (size_t k = 0; k < sizeof loads / sizeof *loads; k++) {
                struct line l = {1, fewest, 0};
                struct question q = question(&l, present[i], loads[k]);
                struct boundary b = boundary_workers(&q);
                if (fewest <= 32 * present[i])
                    assert_true(b.value == (double)fewest);
                assert_true(l.asked <= 20);
            }
    struct line never = {0.5, 1, 0};
    struct question q = question(&never, 10, 5);
    assert_true(isnan(boundary_workers(&q).value));
}

static enum answer ask_never(void *context, double rate, int64_t workers) {
    (void)context;
    (void)workers;
    return rate < 0.2 ? ANSWER_UNKNOWN : ANSWER_NEVER;
}

static void test_why_there_is_none(void **state) {
    (void)state;
    struct question q = {ask_never, NULL, 10, ANSWER_NEVER, 5};
    assert_true(isnan(boundary_rate(&q, 0.01).value));
    assert_int_equal(boundary_rate(&q, 0.01).otherwise, ANSWER_NEVER);
    assert_int_equal(boundary_workers(&q).otherwise, ANSWER_NEVER);
    q.present = ANSWER_UNKNOWN;
    assert_int_equal(boundary_rate(&q, 0.01).otherwise, ANSWER_UNKNOWN);
}

/* ---- the simulator ---- */

struct found {
    struct scenario *scenario;
    struct result result;
};

static struct found search(const char *text, unsigned threads) {
    struct found f;
    struct err err = {0};
    f.scenario = scenario_parse(text, "tests/oracles/none.yaml", &err);
    err_print(&err, stderr);
    assert_non_null(f.scenario);
    size_t count = (size_t)f.scenario->run.replications;
    struct trial *trials = mem_new(count, sizeof *trials);
    const struct record **records = mem_new(count, sizeof *records);
    for (size_t i = 0; i < count; i++) {
        trials[i].scenario = f.scenario;
        trials[i].replication = i + 1;
        records[i] = &trials[i].record;
    }
    sim_replicate(trials, count, threads, sim_run, NULL, NULL);
    result_from_records(&f.result, f.scenario, "sim", records, count);
    headroom_search(&f.result, threads, NULL);
    for (size_t i = 0; i < count; i++)
        record_close(&trials[i].record);
    free(records);
    free(trials);
    return f;
}

static void found_free(struct found *f) {
    result_free(&f->result);
    scenario_free(f->scenario);
}

/* Of probes on the same workers: met below, missed above; and the sure ones hold the boundary. */
static void check_monotone(const struct headroom *h) {
    for (size_t i = 1; i < h->count; i++) {
        const struct headroom_probe *a = &h->probes[i - 1], *b = &h->probes[i];
        assert_true(a->workers < b->workers || (a->workers == b->workers && a->rate < b->rate));
        if (a->workers == b->workers)
            assert_true(a->met || !b->met);
        if (a->rate == 1 && b->rate == 1)
            assert_true(!a->met || b->met);
    }
    assert_false(h->rate_low > h->rate || h->rate_high <= h->rate);
    assert_false(h->workers_high < h->workers || h->workers_low >= h->workers);
}

static double erlang_c(double a, double c) {
    double b = 1;
    for (int k = 1; k <= (int)c; k++)
        b = a * b / (k + a * b);
    return b / (1 - a / c * (1 - b));
}

/* P(response > t) of M/M/c. */
static double late(double rate, double service, double c, double t) {
    double mu = 1 / service, delta = c * mu - rate;
    if (delta <= 0)
        return 1;
    double wait = erlang_c(rate * service, c);
    return (1 - wait) * exp(-mu * t) +
           wait * (delta * exp(-mu * t) - mu * exp(-delta * t)) / (delta - mu);
}

/* M/M/c/K: the share lost. */
static double lost(double rate, double service, double c, double places) {
    double a = rate * service, p = 1, sum = 1;
    for (int k = 1; k <= (int)(c + places); k++) {
        p *= a / fmin(k, c);
        sum += p;
    }
    return p / sum;
}

static void within(double found, double exact, double share, const char *what) {
    if (!(fabs(found - exact) <= share * exact))
        fail_msg("%s: %.5g, exactly %.5g", what, found, exact);
}

/* M/M/10, mean 100 ms, p99 of the response at most 600 ms. */
static double erlang_rate(double c, double t) {
    double yes = 0, no = c * 10;
    for (int i = 0; i < 100; i++) {
        double middle = (yes + no) / 2;
        *(late(middle, 0.1, c, t) <= 0.01 ? &yes : &no) = middle;
    }
    return yes;
}

static int erlang_workers(double rate, double t) {
    int c = 1;
    while (late(rate, 0.1, c, t) > 0.01)
        c++;
    return c;
}

static struct found mmc(double rate, unsigned workers, const char *slo, unsigned threads) {
    char *text = mem_format(
        "headroom: 1\nname: t\nseed: 7\narrivals: {poisson: {rate: %g/s}}\nservice: {exponential: "
        "{mean: 100ms}}\npool: {workers: %u}\nslo: {%s}\nrun: {duration: 100s, warmup: 20s, "
        "replications: 5}\n",
        rate, workers, slo);
    struct found f = search(text, threads);
    free(text);
    return f;
}

static void test_erlang_c(void **state) {
    (void)state;
    struct found f = mmc(61, 10, "p99: 600ms", 2);
    const struct headroom *h = &f.result.headroom;
    double exact = erlang_rate(10, 0.6) / 61;
    int workers = erlang_workers(61, 0.6);
    within(h->rate, exact, 0.02, "rate");
    within(h->theory_rate, exact, 0.0011, "theory's rate");
    assert_true(h->rate_low < exact && exact < h->rate_high);
    within(h->workers, workers, 1.0 / workers, "workers");
    within(h->theory_workers, workers, 0, "theory's workers");
    assert_true(h->workers_low < workers && workers <= h->workers_high);
    check_monotone(h);
    found_free(&f);
}

/* The slo is missed: how far the rate must fall, how many workers it takes. */
static void test_missed(void **state) {
    (void)state;
    struct found f = mmc(94, 10, "p99: 600ms", 2);
    const struct headroom *h = &f.result.headroom;
    double exact = erlang_rate(10, 0.6) / 94;
    int workers = erlang_workers(94, 0.6);
    assert_false(f.result.slo[0].met);
    assert_true(h->rate < 1 && h->workers > 10);
    within(h->rate, exact, 0.02, "rate");
    within(h->theory_rate, exact, 0.0011, "theory's rate");
    within(h->workers, workers, 1.0 / workers, "workers");
    within(h->theory_workers, workers, 0, "theory's workers");
    check_monotone(h);
    found_free(&f);
}

/* More load than workers: no run of any length would meet it, though this one's p50 does. */
static void test_unstable(void **state) {
    (void)state;
    struct found f = mmc(104, 10, "p50: 10s", 2);
    const struct headroom *h = &f.result.headroom;
    assert_string_equal(f.result.regime, "unstable");
    assert_true(f.result.slo[0].met);
    assert_true(h->rate < 1 && h->rate > 0.9 && h->workers == 11);
    found_free(&f);
}

static void test_lost(void **state) {
    (void)state;
    struct found f = search(
        "headroom: 1\nname: t\nseed: 9\narrivals: {poisson: {rate: 60/s}}\nservice: {exponential: "
        "{mean: 100ms}}\npool: {workers: 8, queue: {capacity: 4, when_full: reject}}\nslo: "
        "{rejected: 5%}\nrun: {duration: 200s, warmup: 10s, replications: 5}\n",
        2);
    const struct headroom *h = &f.result.headroom;
    double yes = 0, no = 200;
    for (int i = 0; i < 100; i++) {
        double middle = (yes + no) / 2;
        *(lost(middle, 0.1, 8, 4) <= 0.05 ? &yes : &no) = middle;
    }
    int workers = 1;
    while (lost(60, 0.1, workers, 4) > 0.05)
        workers++;
    within(h->rate, yes / 60, 0.02, "rate");
    within(h->theory_rate, yes / 60, 0.0011, "theory's rate");
    assert_true(h->workers == workers && h->theory_workers == workers);
    check_monotone(h);
    found_free(&f);
}

/* Clients who think 1 s and are served by one worker in 50 ms: R(n) by mean value analysis. */
static void test_closed(void **state) {
    (void)state;
    struct found f =
        search("headroom: 1\nname: t\nseed: 3\narrivals: {closed: {clients: 10, think: "
               "{exponential: {mean: 1s}}}}\nservice: {exponential: {mean: 50ms}}\npool: "
               "{workers: 1}\nslo: {mean: 120ms}\nrun: {duration: 300s, warmup: 10s, "
               "replications: 5}\n",
               2);
    const struct headroom *h = &f.result.headroom;
    double queue = 0, response = 0;
    int clients = 0;
    for (int n = 1; response <= 0.12; n++) {
        response = 0.05 * (1 + queue);
        queue = n * response / (1 + response);
        clients = response <= 0.12 ? n : clients;
    }
    assert_true(fabs(floor(h->rate * 10 + 0.5) - clients) <= 1);
    assert_true(h->workers == 1);
    assert_true(fabs(floor(h->theory_rate * 10 + 0.5) - clients) <= 1 && h->theory_workers == 1);
    check_monotone(h);
    found_free(&f);
}

static bool advised(const struct result *r, const char *word) {
    for (size_t i = 0; i < r->advice_count; i++)
        if (strstr(r->advice[i], word))
            return true;
    return false;
}

/* A p99 below the service's own, 460 ms: nothing helps, and it says so. */
static void test_nothing_helps(void **state) {
    (void)state;
    struct found f = mmc(60, 30, "p99: 400ms", 2);
    assert_true(isnan(f.result.headroom.rate) && isnan(f.result.headroom.workers));
    assert_true(
        advised(&f.result, "no rate is known at which the slo is met: jobs that never wait"));
    assert_true(advised(&f.result, "no number of workers is known"));
    found_free(&f);
}

static void test_no_slo(void **state) {
    (void)state;
    struct found f =
        search("headroom: 1\nname: t\narrivals: {poisson: {rate: 60/s}}\nservice: "
               "{exponential: {mean: 10ms}}\npool: {workers: 2}\nrun: {duration: 1s}\n",
               1);
    assert_true(isnan(f.result.headroom.rate) && f.result.headroom.count == 0);
    found_free(&f);
}

/* A queue that loses keeps the p99 of who gets in: the slo without `rejected` holds at any rate. */
static void test_at_least(void **state) {
    (void)state;
    struct found f = search("headroom: 1\nname: t\narrivals: {poisson: {rate: 60/s}}\nservice: "
                            "{constant: 10ms}\npool: {workers: 2, queue: {capacity: 2, when_full: "
                            "reject}}\nslo: {p99: 100ms}\nrun: {duration: 5s}\n",
                            2);
    assert_true(f.result.headroom.at_least && f.result.headroom.rate == BOUNDARY_RATE_MOST);
    assert_true(f.result.headroom.workers == 1);
    found_free(&f);
}

/* Two pools, 6 and 3 workers, each in proportion; loads 3 and 1.5. */
static void test_pools_in_proportion(void **state) {
    (void)state;
    struct found f = search(
        "headroom: 1\nname: t\nclasses:\n  - {name: a, arrivals: {constant: {rate: 30/s}}, route: "
        "[{pool: p, service: {constant: 100ms}}]}\n  - {name: b, arrivals: {constant: {rate: "
        "15/s}}, "
        "route: [{pool: q, service: {constant: 100ms}}]}\npools: [{name: p, workers: 6}, {name: q, "
        "workers: 3}]\nslo: {p99: 110ms}\nrun: {duration: 50s, warmup: 5s}\n",
        2);
    const struct headroom *h = &f.result.headroom;
    within(h->rate, 2, 0.02, "rate");
    assert_true(h->workers == 6); /* 4 and 2; 3 would have no steady state */
    found_free(&f);
}

static char *json_of(const struct result *r) {
    char *text = NULL;
    size_t size = 0;
    struct json j = {.to = open_memstream(&text, &size)};
    json_open(&j, NULL, '{');
    result_json(r, &j);
    json_close(&j, '}');
    fclose(j.to);
    return text;
}

static void test_threads_do_not_matter(void **state) {
    (void)state;
    struct found one = mmc(60, 10, "p99: 600ms, utilisation: 80%", 1),
                 three = mmc(60, 10, "p99: 600ms, utilisation: 80%", 3);
    char *a = json_of(&one.result), *b = json_of(&three.result);
    assert_string_equal(a, b);
    assert_non_null(strstr(a, "\"headroom\":"));
    assert_int_equal(one.result.headroom.count, three.result.headroom.count);
    for (size_t i = 0; i < one.result.headroom.count; i++)
        assert_memory_equal(&one.result.headroom.probes[i].rate,
                            &three.result.headroom.probes[i].rate, sizeof(double));
    free(a);
    free(b);
    found_free(&one);
    found_free(&three);
}

/* Too many jobs for a probe: fewer replications, a shorter time; the answer is the same pool's. */
static void test_large_runs_are_cut(void **state) {
    (void)state;
    struct found f =
        search("headroom: 1\nname: t\narrivals: {poisson: {rate: 6000/s}}\nservice: "
               "{exponential: {mean: 1ms}}\npool: {workers: 10}\nslo: {p99: 6ms}\nrun: "
               "{duration: 90s, warmup: 1s, replications: 2}\n",
               2);
    const struct headroom *h = &f.result.headroom;
    within(h->rate, erlang_rate(10, 0.6) / 60, 0.02, "rate");
    for (size_t i = 0; i < h->count; i++)
        if (h->probes[i].rate > 1 && !isnan(h->probes[i].wait.mean))
            assert_true(isnan(h->probes[i].wait.low)); /* one replication */
    found_free(&f);
}

/* ---- the scaled copy ---- */

static void test_scaled_copy(void **state) {
    (void)state;
    struct err err = {0};
    struct scenario scaled,
        *sc = scenario_parse(
            "headroom: 1\nname: t\nclasses:\n"
            "  - {name: a, arrivals: {poisson: {rate: 10/s}}, route: [{pool: p, service: "
            "{constant: 1s}}]}\n"
            "  - {name: b, arrivals: {closed: {clients: 5, think: {constant: 1s}}}, route: [{pool: "
            "q, "
            "service: {constant: 1s}}]}\npools: [{name: p, workers: 7}, {name: q, workers: 2}]\n",
            "none.yaml", &err);
    assert_non_null(sc);
    scenario_scaled(&scaled, sc, 1.5, 5);
    assert_true(fabs(scenario_class_rate(&scaled.classes.items[0]) - 15) < 1e-12);
    assert_true(scenario_class_rate(&sc->classes.items[0]) == 10);
    assert_int_equal(scaled.classes.items[1].arrivals.clients, 8);
    assert_int_equal(scaled.pools.items[0].workers, 4); /* 5 x 7/9 = 3.9 */
    assert_int_equal(scaled.pools.items[1].workers, 2); /* 1.1 */
    assert_int_equal(scenario_workers(&scaled), 6);
    assert_int_equal(scenario_workers(sc), 9);
    scenario_scaled_free(&scaled);
    scenario_scaled(&scaled, sc, 1, 9);
    assert_int_equal(scenario_workers(&scaled), 9);
    scenario_scaled_free(&scaled);
    scenario_free(sc);
}

int main(void) {
    gsl_set_error_handler_off(); /* as main does */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate_bracket),
        cmocka_unit_test(test_rate_has_ends),
        cmocka_unit_test(test_workers_bracket),
        cmocka_unit_test(test_why_there_is_none),
        cmocka_unit_test(test_erlang_c),
        cmocka_unit_test(test_missed),
        cmocka_unit_test(test_unstable),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_nothing_helps),
        cmocka_unit_test(test_no_slo),
        cmocka_unit_test(test_at_least),
        cmocka_unit_test(test_pools_in_proportion),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_large_runs_are_cut),
        cmocka_unit_test(test_scaled_copy),
    };
    return cmocka_run_group_tests_name("headroom", tests, NULL, NULL);
}
