/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_recursion: the recursion against the calendar on random scenarios: every count, sum and
 * bucket of the record, and the start and end of every job; each way of keeping the free instants;
 * what it refuses; an interrupt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/mem.h"
#include "model/source.h"
#include "sim/frees.h"
#include "sim/recursion.h"
#include "sim/sim.h"
#include "tests/parse.h"
#include "tests/twins.h"

static unsigned next_random(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

#define PICK(state, words) (words)[next_random(state) % (sizeof(words) / sizeof *(words))]

static const char *const arrivals[] = {
    "{poisson: {rate: %d/s}}",
    "{constant: {rate: %d/s}}",
    "{batch: {rate: %d/s, size: {uniform: {min: 1, max: 3}}}}",
    "{batch: {every: 10ms, size: {constant: 4}}}",
    "{renewal: {gap: {gamma: {mean: 5ms, cv: 2}}}}",
    "{mmpp: {rates: [900/s, 0/s, 140/s], dwell: [50ms, 200ms, 100ms]}}",
    "{profile: {points: [[0s, 120/s], [700ms, 500/s], [1s, 0/s]], shape: linear}}"};
static const char *const services[] = {
    "{constant: 10ms}", "{exponential: {mean: 20ms}}", "{lognormal: {mean: 20ms, cv: 1.5}}",
    "{uniform: {min: 0ms, max: 30ms}}", "{hyperexponential: {mean: 20ms, cv: 3}}"};
static const char *const runs[] = {
    "kind: steady, warmup: 0s, cooldown: 0s, sample_every: 100ms",
    "kind: steady, warmup: 200ms, cooldown: 30ms, sample_every: 10ms",
    "kind: steady, warmup: 400ms, sample_every: 70ms", /* T is no sample's instant */
    "kind: terminating, cooldown: 300ms, sample_every: 2s",
    "kind: terminating, until: empty, sample_every: 330ms"};
static const int workers[] = {1, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 70, 130, 209, 257};
static const char *const queues[] = {"",
                                     "",
                                     ", queue: {capacity: unbounded}",
                                     ", queue: {capacity: 0, when_full: reject}",
                                     ", queue: {capacity: 1, when_full: reject}",
                                     ", queue: {capacity: 40, when_full: reject}"};

/* One to three classes on one or two pools, from idle to overloaded. */
static char *random_scenario(unsigned *state) {
    unsigned classes = next_random(state) % 3 + 1, pools = next_random(state) % 2 + 1;
    char *text = mem_format("headroom: 1\nname: random\nseed: %u\nrun: {duration: 2s, %s}\n"
                            "slo: {within: {30ms: 90%%}}\nclasses:\n",
                            next_random(state), PICK(state, runs));
    for (unsigned i = 0; i < classes; i++) {
        char *arrival = mem_format(PICK(state, arrivals), (int)(next_random(state) % 900 + 1));
        char *more =
            mem_format("%s  - {name: c%u, arrivals: %s, route: [{pool: p%u, service: %s}]}\n", text,
                       i, arrival, i % pools, PICK(state, services));
        free(arrival);
        free(text);
        text = more;
    }
    for (unsigned i = 0; i < (pools < classes ? pools : classes); i++) {
        char *more = mem_format("%s%s  - {name: p%u, workers: %d%s}\n", text, i ? "" : "pools:\n",
                                i, PICK(state, workers), PICK(state, queues));
        free(text);
        text = more;
    }
    return text;
}

#define SAME(field)                                                                                \
    if (!((a->field) == (b->field)))                                                               \
    fail_msg("%s of %s differs: %lld and %lld in\n%s", #field, what, (long long)(a->field),        \
             (long long)(b->field), text)

static void same_hist(const char *what, const struct hist *a, const struct hist *b,
                      const char *text) {
    SAME(n);
    SAME(sum);
    SAME(squares);
    SAME(squares_high);
    SAME(min);
    SAME(max);
    SAME(first);
    SAME(size);
    if (a->size && memcmp(a->count, b->count, a->size * sizeof *a->count))
        fail_msg("buckets of %s differ in\n%s", what, text);
}

static void same_class(const struct tally *a, const struct tally *b, const char *text) {
    static const char *const times[] = {"door", "wait", "service", "response"};
    const char *what = "a class";
    SAME(offered);
    for (int f = 0; f < FATES; f++)
        SAME(fates[f]);
    SAME(admitted);
    SAME(started);
    SAME(waited);
    SAME(turned_away);
    SAME(within[0]);
    SAME(offered_inside);
    SAME(ended_inside);
    SAME(good_inside);
    SAME(stay);
    SAME(books);
    SAME(in_system.area);
    for (int t = 0; t < TALLY_TIMES; t++)
        same_hist(times[t], &a->times[t], &b->times[t], text);
}

static void same_window(const struct window *a, const struct window *b, const char *text) {
    const char *what = "a window";
    SAME(size);
    assert_memory_equal(a->bucket, b->bucket, a->size * sizeof *a->bucket);
    assert_memory_equal(a->count, b->count, a->size * sizeof *a->count);
}

static void same_pool(const struct pool_tally *a, const struct pool_tally *b, size_t samples,
                      const char *text) {
    const char *what = "a pool";
    SAME(offered);
    SAME(lost);
    SAME(unstarted);
    SAME(workers.area);
    SAME(busy.area);
    SAME(queue.area);
    for (int t = 0; t < POOL_TIMES; t++)
        same_hist("a pool", &a->times[t], &b->times[t], text);
    for (size_t i = 0; i < samples; i++) {
        SAME(samples[i].workers);
        SAME(samples[i].busy);
        SAME(samples[i].queue);
        SAME(samples[i].arrivals);
        SAME(samples[i].completions);
        SAME(samples[i].rejected);
        same_window(&a->windows[i], &b->windows[i], text);
    }
}

static void same_record(const struct record *a, const struct record *b, const char *text) {
    const char *what = "the record";
    SAME(horizon);
    SAME(finished);
    SAME(sampled);
    SAME(interrupted);
    for (size_t i = 0; i < a->class_count; i++) {
        same_class(&a->classes[i], &b->classes[i], text);
        assert_true(b->classes[i].books == b->classes[i].in_system.area);
    }
    for (size_t i = 0; i < a->pool_count; i++)
        same_pool(&a->pools[i], &b->pools[i], a->samples, text);
    for (size_t i = 0; i < a->samples + 1; i++) {
        SAME(flows[i].area);
        SAME(flows[i].stay);
        SAME(flows[i].left);
    }
}

/* Each method by each kind of vectors, in all pairs. */
static void test_same_record(void **state) {
    (void)state;
    unsigned dice = 20261125;
    uint64_t left = 0, lost = 0, done = 0;
    for (int i = 0; i < 600; i++) {
        char *text = random_scenario(&dice);
        struct scenario *sc = parse(text);
        struct trial a = {.scenario = sc, .replication = 3, .keep_windows = true};
        struct trial b = a;
        assert_null(recursion_misfit(sc));
        vectors_limit((enum vectors)(i % 3));
        assert_true(sim_calendar(&a));
        vectors_limit((enum vectors)(i / 3 % 3));
        assert_true(recursion_run(&b));
        same_record(&a.record, &b.record, text);
        left += b.record.classes[0].fates[FATE_IN_FLIGHT];
        lost += b.record.classes[0].fates[FATE_REJECTED];
        done += b.record.classes[0].fates[FATE_COMPLETED];
        record_close(&a.record);
        record_close(&b.record);
        scenario_free(sc);
        free(text);
    }
    assert_true(left > 1000 && lost > 1000 && done > 100000);
}

/* Starts and ends job by job: the calendar keeps them as outcomes, in order of their ends. */
static void same_jobs(const struct scenario *sc, const struct outcomes *kept) {
    enum { MOST = 4000 };
    static nsec arrival[MOST], demand[MOST], start[MOST], end[MOST];
    struct source source;
    struct frees frees;
    source_open(&source, &sc->classes.items[0], (uint64_t)sc->seed, 1, 0,
                scenario_arrivals_end(sc));
    size_t count = 0;
    for (nsec at; count < MOST && (at = source_next(&source)) < sc->run.duration; count++) {
        arrival[count] = at;
        demand[count] = source_demand(&source, count);
    }
    assert_true(count < MOST && count == kept->count);
    assert_true(frees_open(&frees, (uint32_t)sc->pools.items[0].workers,
                           sc->pools.items[0].queue.capacity, 0));
    for (size_t i = 0; i < count; i += 100) /* in blocks, as it comes */
        frees_serve(&frees, arrival + i, demand + i, count - i < 100 ? count - i : 100, start + i,
                    end + i);
    frees_close(&frees);
    for (size_t i = 0; i < count; i++) {
        const struct outcome *o = &kept->items[i];
        assert_int_equal(o->intended, arrival[o->index]);
        assert_int_equal(o->fate == FATE_REJECTED, start[o->index] == NSEC_NEVER);
        if (o->fate == FATE_COMPLETED) {
            assert_int_equal(o->started, start[o->index]);
            assert_int_equal(o->ended, end[o->index]);
        }
    }
}

static void same_jobs_of_all(void) {
    for (size_t w = 0; w < sizeof workers / sizeof *workers; w++)
        for (size_t q = 0; q < sizeof queues / sizeof *queues; q++) {
            char *text = mem_format(
                "headroom: 1\nname: jobs\nrun: {duration: 1s, warmup: 0s, cooldown: 1h}\n"
                "arrivals: {batch: {rate: 700/s, size: {uniform: {min: 1, max: 3}}}}\n"
                "service: {exponential: {mean: %dus}}\npool: {workers: %d%s}\n",
                workers[w] * 650, workers[w], queues[q]);
            struct scenario *sc = parse(text);
            struct trial a = {.scenario = sc, .replication = 1, .keep_outcomes = true};
            assert_true(sim_run(&a));
            same_jobs(sc, &a.record.outcomes[0]);
            record_close(&a.record);
            scenario_free(sc);
            free(text);
        }
}

static void test_same_jobs(void **state) {
    (void)state;
    EACH_TWIN(kind)
    same_jobs_of_all();
}

/* The sorted vectors and the heap serve alike, also where ends pile up beyond any run. Twin 0 has
 * the heap. */
static void test_sorted_and_heap(void **state) {
    (void)state;
    enum { JOBS = 3000, TWINS = VECTORS_AVX512 + 1 };
    static nsec arrival[JOBS], demand[JOBS], start[TWINS][JOBS], end[TWINS][JOBS];
    unsigned dice = 7;
    for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
        for (int i = 0; i < JOBS; i++) {
            arrival[i] = (i ? arrival[i - 1] : 0) + next_random(&dice) % 5;
            demand[i] =
                next_random(&dice) % (5 * (unsigned)workers[w]) + (i > 2900 ? NSEC_LONGEST : 0);
        }
        EACH_TWIN(kind) {
            struct frees f;
            assert_true(frees_open(&f, (uint32_t)workers[w], STATION_UNBOUNDED, -100));
            for (int i = 0; i < JOBS; i += 100)
                frees_serve(&f, arrival + i, demand + i, 100, start[kind] + i, end[kind] + i);
            frees_close(&f);
            assert_memory_equal(start[0], start[kind], sizeof start[0]);
            assert_memory_equal(end[0], end[kind], sizeof end[0]);
        }
        assert_true(end[0][JOBS - 1] > end[0][0]);
    }
}

static void test_misfits(void **state) {
    (void)state;
    static const char *const pools[] = {
        "{workers: 2, queue: {order: lifo}}",
        "{workers: 2, queue: {capacity: 4, when_full: block}}",
        "{workers: 2, queue: {capacity: 4, when_full: drop_oldest}}",
        "{workers: 2, queue: {capacity: 4, when_full: caller_runs}}"};
    for (size_t i = 0; i < sizeof pools / sizeof *pools; i++) {
        char *text = mem_format("headroom: 1\nname: misfit\narrivals: {poisson: {rate: 100/s}}\n"
                                "service: {constant: 1ms}\npool: %s\n",
                                pools[i]);
        struct scenario *sc = parse(text);
        assert_non_null(recursion_misfit(sc));
        assert_int_equal(sim_method(sc, TRIAL_FITTING), TRIAL_CALENDAR);
        scenario_free(sc);
        free(text);
    }
    struct scenario *closed = parse("headroom: 1\nname: closed\npool: {workers: 2}\n"
                                    "arrivals: {closed: {clients: 3, think: {constant: 1ms}}}\n"
                                    "service: {constant: 1ms}\n");
    assert_string_equal(recursion_misfit(closed), "closed clients wait for their answers");
    scenario_free(closed);
}

/* Stopped in the middle: whole steps, whose books balance; or nothing where half is of no use. */
static void test_interrupt(void **state) {
    (void)state;
    struct scenario *sc =
        parse("headroom: 1\nname: stop\nrun: {duration: 10s, warmup: 1s, sample_every: 100ms}\n"
              "arrivals: {poisson: {rate: 500/s}}\nservice: {exponential: {mean: 10ms}}\n"
              "pool: {workers: 6}\n");
    atomic_bool stop = true;
    struct trial a = {.scenario = sc, .replication = 1, .stop = &stop, .keep_windows = true};
    struct trial b = {.scenario = sc, .replication = 1, .stop = &stop, .discard_partial = true};
    assert_true(recursion_run(&a));
    assert_true(a.state == TRIAL_DONE && a.record.interrupted && a.record.horizon < 200000000);
    assert_true(a.record.classes[0].books == a.record.classes[0].in_system.area);
    assert_true(recursion_run(&b));
    assert_true(b.state == TRIAL_WAITING);
    record_close(&a.record);
    scenario_free(sc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_record),     cmocka_unit_test(test_same_jobs),
        cmocka_unit_test(test_sorted_and_heap), cmocka_unit_test(test_misfits),
        cmocka_unit_test(test_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
