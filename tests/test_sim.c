/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_sim: the simulator against the plain driver on random scenarios, event by event; the same
 * bytes on any number of threads; exact answers of queueing theory inside its intervals; bounded
 * memory.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/mem.h"
#include "model/result.h"
#include "model/series.h"
#include "model/theory.h"
#include "sim/calendar.h"
#include "sim/sim.h"
#include "tests/drive.h"
#include "tests/parse.h"

static unsigned next_random(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static const char *pick(unsigned *state, const char *const *words, unsigned count) {
    return words[next_random(state) % count];
}

/* A scenario of one or two classes on one pool, any policy, often overloaded. */
static char *random_scenario(unsigned *state) {
    static const char *const arrivals[] = {
        "{poisson: {rate: 100/s}}",
        "{constant: {rate: 100/s}}",
        "{batch: {rate: 20/s, size: {uniform: {min: 1, max: 9}}}}",
        "{batch: {every: 70ms, size: {constant: 8}}}",
        "{closed: {clients: 9, think: {exponential: {mean: 30ms}}}}",
        "{closed: {clients: 5, think: {constant: 20ms}}}",
        "{renewal: {gap: {gamma: {mean: 10ms, cv: 2}}}}",
        "{mmpp: {rates: [300/s, 0/s, 40/s], dwell: [50ms, 200ms, 100ms]}}",
        "{profile: {points: [[0s, 20/s], [700ms, 300/s], [1s, 0/s]], shape: linear}}",
        "{profile: {points: [[0s, 200/s], [100ms, 0/s]], repeat: 400ms}}"};
    enum { ARRIVALS = sizeof arrivals / sizeof *arrivals };
    static const char *const runs[] = {
        "kind: steady, warmup: 0s, cooldown: 0s", "kind: steady, warmup: 200ms, cooldown: 300ms",
        "kind: steady, warmup: 400ms, cooldown: 600ms", "kind: terminating, cooldown: 300ms",
        "kind: terminating, until: empty"};
    static const char *const services[] = {
        "{constant: 20ms}", "{exponential: {mean: 20ms}}", "{lognormal: {mean: 20ms, cv: 1.5}}",
        "{uniform: {min: 0ms, max: 40ms}}", "{hyperexponential: {mean: 20ms, cv: 3}}"};
    static const char *const capacities[] = {"0", "1", "3", "20", "unbounded"};
    static const char *const policies[] = {"block", "reject", "drop_oldest", "caller_runs"};
    static const char *const orders[] = {"fifo", "lifo", "priority"};
    static const char *const patience[] = {
        "",
        "timeout: 70ms, ",
        "timeout: {queue: 30ms, total: 100ms}, ",
        "timeout: {queue: {exponential: {mean: 40ms}}}, ",
    };
    char *second =
        next_random(state) % 2
            ? mem_format("  - {name: b, priority: %u, %sarrivals: %s, route: [{pool: p, service: "
                         "%s}]}\n",
                         next_random(state) % 3, pick(state, patience, 4),
                         pick(state, arrivals, ARRIVALS), pick(state, services, 5))
            : mem_text("");
    char *text = mem_format(
        "headroom: 1\nname: random\nseed: %u\n"
        "run: {duration: 2s, sample_every: 100ms, %s}\n"
        "classes:\n  - {name: a, priority: 1, %sarrivals: %s, route: [{pool: p, service: %s}]}\n%s"
        "pools:\n  - {name: p, workers: %u, queue: {capacity: %s, when_full: %s, order: %s}}\n",
        next_random(state), pick(state, runs, 5), pick(state, patience, 4),
        pick(state, arrivals, ARRIVALS), pick(state, services, 5), second,
        next_random(state) % 4 + 1, pick(state, capacities, 5), pick(state, policies, 4),
        pick(state, orders, 3));
    free(second);
    return text;
}

static void check_identity(const struct record *r) {
    for (size_t i = 0; i < r->class_count; i++) {
        const struct tally *t = &r->classes[i];
        uint64_t ended = 0;
        for (int f = 0; f < FATES; f++)
            ended += t->fates[f];
        assert_int_equal(ended, t->offered);
        assert_true(t->books == t->in_system.area);
    }
}

static void same_runs(const char *text, const struct trial *a, const struct trial *b) {
    for (size_t i = 0; i < a->log->count || i < b->log->count; i++) {
        if (i >= a->log->count || i >= b->log->count)
            fail_msg("one log ends at event %zu of\n%s", i, text);
        const struct event *x = &a->log->items[i], *y = &b->log->items[i];
        if (x->at != y->at || x->class != y->class || x->index != y->index || x->kind != y->kind)
            fail_msg("event %zu differs (%lld, %u, %llu, %d and %lld, %u, %llu, %d) in\n%s", i,
                     (long long)x->at, x->class, (unsigned long long)x->index, (int)x->kind,
                     (long long)y->at, y->class, (unsigned long long)y->index, (int)y->kind, text);
    }
    for (size_t i = 0; i < a->record.samples; i++)
        assert_memory_equal(&a->record.pools[0].samples[i], &b->record.pools[0].samples[i],
                            sizeof(struct sample));
}

static void test_random_scenarios(void **state) {
    (void)state;
    unsigned dice = 20261123;
    uint64_t gave_up = 0;
    for (int i = 0; i < 600; i++) {
        char *text = random_scenario(&dice);
        struct scenario *sc = parse(text);
        struct event_log logs[2] = {{0}, {0}};
        struct trial a = {.scenario = sc, .replication = 1, .log = &logs[0]};
        struct trial b = {.scenario = sc, .replication = 1, .log = &logs[1]};
        assert_true(sim_run(&a));
        assert_true(drive_run(&b));
        same_runs(text, &a, &b);
        check_identity(&a.record);
        check_identity(&b.record);
        gave_up += a.record.classes[0].fates[FATE_TIMED_OUT];
        record_close(&a.record);
        record_close(&b.record);
        free(logs[0].items);
        free(logs[1].items);
        scenario_free(sc);
        free(text);
    }
    assert_true(gave_up > 1000);
}

static char *result_text(const struct scenario *sc, unsigned threads) {
    size_t count = (size_t)sc->run.replications;
    struct trial *trials = mem_new(count, sizeof *trials);
    const struct record **records = mem_new(count, sizeof *records);
    for (size_t i = 0; i < count; i++) {
        trials[i] = (struct trial){.scenario = sc, .replication = i + 1, .keep_windows = true};
        records[i] = &trials[i].record;
    }
    sim_replicate(trials, count, threads, sim_run, NULL, NULL);
    struct result result;
    result_from_records(&result, sc, "sim", records, count);
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    struct json json = {.to = to};
    json_open(&json, NULL, '{');
    result_json(&result, &json);
    json_close(&json, '}');
    series_write(&result.series, sc, to);
    fclose(to);
    result_free(&result);
    for (size_t i = 0; i < count; i++)
        record_close(&trials[i].record);
    free(trials);
    free(records);
    return text;
}

static void test_same_bytes_on_any_threads(void **state) {
    (void)state;
    struct scenario *sc =
        parse("headroom: 1\nname: threads\nrun: {duration: 3s, replications: 13}\n"
              "arrivals: {poisson: {rate: 500/s}}\nservice: {gamma: {mean: 15ms, cv: 0.7}}\n"
              "pool: {workers: 8, queue: {capacity: 10, when_full: drop_oldest}}\n");
    char *one = result_text(sc, 1), *two = result_text(sc, 2), *seven = result_text(sc, 7);
    assert_string_equal(one, two);
    assert_string_equal(one, seven);
    free(one);
    free(two);
    free(seven);
    scenario_free(sc);
}

/* A figure of the simulator against theory's exact one: within 4 standard errors. */
static void near(const char *what, const struct figure *f, double exact, size_t replications) {
    double error = (f->high - f->low) / 2 / stats_t(replications);
    if (!(fabs(f->mean - exact) <= 4 * error + 1e-12))
        fail_msg("%s: %g (%g..%g), exactly %g", what, f->mean, f->low, f->high, exact);
}

static void against_theory(const char *text) {
    struct scenario *sc = parse(text);
    size_t count = (size_t)sc->run.replications;
    struct trial *trials = mem_new(count, sizeof *trials);
    const struct record **records = mem_new(count, sizeof *records);
    for (size_t i = 0; i < count; i++) {
        trials[i] = (struct trial){.scenario = sc, .replication = i + 1};
        records[i] = &trials[i].record;
        assert_true(sim_run(&trials[i]));
        check_identity(&trials[i].record);
    }
    struct result r;
    struct theory t;
    result_from_records(&r, sc, "sim", records, count);
    theory_of(&t, sc);
    assert_int_equal(t.wait_mean.mark, THEORY_EXACT);
    near("throughput", &r.total.throughput, t.throughput.value, count);
    near("utilisation", &r.pools[0].utilisation, t.utilisation.value, count);
    near("queue length", &r.pools[0].queue_length, t.queue_length.value, count);
    near("in system", &r.total.in_system, t.in_system.value, count);
    near("must wait", &r.total.wait_probability, t.wait_probability.value, count);
    near("mean wait", &r.total.wait.mean, t.wait_mean.value, count);
    if (t.rejected_share.value > 0)
        near("rejected", &r.total.rejected_share, t.rejected_share.value, count);
    for (int i = 0; i < RESULT_PERCENTILES && t.response[i].mark == THEORY_EXACT; i++)
        near("response percentile", times_percentile(&r.total.response, i), t.response[i].value,
             count);
    theory_free(&t);
    result_free(&r);
    for (size_t i = 0; i < count; i++)
        record_close(&trials[i].record);
    free(trials);
    free(records);
    scenario_free(sc);
}

static void test_exact_answers(void **state) {
    (void)state;
    against_theory("headroom: 1\nname: mm1\narrivals: {poisson: {rate: 70/s}}\nservice: "
                   "{exponential: {mean: 10ms}}\n"
                   "pool: {workers: 1}\nrun: {duration: 600s, warmup: 20s, replications: 20}\n");
    against_theory("headroom: 1\nname: mm5\narrivals: {poisson: {rate: 400/s}}\nservice: "
                   "{exponential: {mean: 10ms}}\n"
                   "pool: {workers: 5}\nrun: {duration: 100s, warmup: 5s, replications: 20}\n");
    against_theory("headroom: 1\nname: mm3k\narrivals: {poisson: {rate: 330/s}}\nservice: "
                   "{exponential: {mean: 10ms}}\n"
                   "pool: {workers: 3, queue: {capacity: 4, when_full: reject}}\n"
                   "run: {duration: 100s, warmup: 1s, replications: 20}\n");
    against_theory("headroom: 1\nname: mg1\narrivals: {poisson: {rate: 60/s}}\nservice: {uniform: "
                   "{min: 5ms, max: 15ms}}\n"
                   "pool: {workers: 1}\nrun: {duration: 300s, warmup: 5s, replications: 20}\n");
}

/* ---- until the system is empty ---- */

/* What arrived has ended, nobody arrives later, and T is what it was. */
static void check_until_empty(const char *arrivals) {
    char *text = mem_format("headroom: 1\nname: until\narrivals: %s\nservice: {exponential: {mean: "
                            "50s}}\npool: {workers: 2}\n"
                            "run: {kind: terminating, until: empty, duration: 2s}\n",
                            arrivals);
    struct scenario *sc = parse(text);
    struct event_log log = {0};
    struct trial trial = {.scenario = sc, .replication = 1, .log = &log};
    assert_true(sim_run(&trial));
    const struct tally *t = &trial.record.classes[0];
    assert_true(t->offered > 5 && t->fates[FATE_COMPLETED] == t->offered);
    assert_true(trial.record.horizon == 2 * NSEC_PER_SEC);
    assert_true(log.items[log.count - 1].at > 60 * NSEC_PER_SEC); /* far beyond 30 s */
    uint64_t starts = 0;
    for (size_t i = 0; i < log.count; i++)
        starts += log.items[i].kind == EVENT_START;
    assert_int_equal(starts, t->offered);
    check_identity(&trial.record);
    record_close(&trial.record);
    free(log.items);
    scenario_free(sc);
    free(text);
}

static void test_until_empty(void **state) {
    (void)state;
    check_until_empty("{poisson: {rate: 10/s}}");
    check_until_empty("{closed: {clients: 12, think: {exponential: {mean: 1s}}}}");
    check_until_empty("{mmpp: {rates: [30/s, 5/s], dwell: [1s, 1s]}}");
}

static void test_memory_is_bounded(void **state) {
    (void)state;
    struct scenario *sc = parse(
        "headroom: 1\nname: flood\narrivals: {poisson: {rate: 100000/s}}\n"
        "service: {constant: 1s}\npool: {workers: 1}\nrun: {duration: 10s, replications: 1}\n");
    struct trial trial = {.scenario = sc, .replication = 1, .most_jobs = 5000};
    assert_false(sim_calendar(&trial));
    assert_int_equal(trial.state, TRIAL_FAILED);
    assert_non_null(strstr(trial.failure, "5000 jobs"));
    scenario_free(sc);
}

static void test_stop(void **state) {
    (void)state;
    struct scenario *sc = parse("headroom: 1\nname: stop\narrivals: {poisson: {rate: 1000/s}}\n"
                                "service: {constant: 1ms}\npool: {workers: 2}\n");
    atomic_bool stop = true;
    struct trial whole = {.scenario = sc, .replication = 1, .stop = &stop, .discard_partial = true};
    assert_true(sim_run(&whole));
    assert_int_equal(whole.state, TRIAL_WAITING);
    struct trial part = {.scenario = sc, .replication = 1, .stop = &stop};
    assert_true(sim_run(&part));
    assert_int_equal(part.state, TRIAL_DONE);
    assert_true(part.record.interrupted);
    check_identity(&part.record);
    record_close(&part.record);
    scenario_free(sc);
}

/* The calendar gives back what it took in the order of time, rank, scheduling. */
static void test_calendar(void **state) {
    (void)state;
    enum { MANY = 5000 };
    struct calendar c;
    unsigned dice = 7;
    assert_true(calendar_open(&c, MANY));
    struct event_entry last = {INT64_MIN, 0};
    for (uint32_t i = 0; i < MANY; i++)
        calendar_push(&c, (struct event_entry){
                              next_random(&dice) % 100,
                              calendar_key((enum calendar_rank)(next_random(&dice) % 5), i, i)});
    for (uint32_t i = 0; i < 2 * MANY; i++) {
        struct event_entry first = c.heap[1];
        assert_true(calendar_before(last, first));
        last = first;
        if (i < MANY)
            calendar_replace_first(&c, (struct event_entry){first.at + 1 + next_random(&dice) % 100,
                                                            calendar_key(RANK_DOOR, MANY + i, i)});
        else
            calendar_pop(&c);
    }
    assert_int_equal(c.count, 0);
    calendar_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_random_scenarios),
        cmocka_unit_test(test_same_bytes_on_any_threads),
        cmocka_unit_test(test_exact_answers),
        cmocka_unit_test(test_until_empty),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
