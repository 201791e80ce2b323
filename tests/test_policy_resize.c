/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_policy_resize: the policies that resize, replayed from the traces of tests/traces, whose
 * expected decisions were worked out apart from the code; and what holds for any of them: bounds,
 * dwell, copies, nothing but the arguments counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "model/variate.h"
#include "tests/trace.h"

#define SECOND NSEC_PER_SEC
#define MS (SECOND / 1000)

/* ---- traces ---------------------------------------------------------------------------------- */

/* One decision against the line. */
static void compare(const char *file, int line, const struct trace_step *s, struct decision d) {
    if (d.size != s->expected.size || (s->asks_again && d.again != s->expected.again))
        fail_msg("%s:%d: %u again=%lld, not %u again=%lld", file, line, d.size, (long long)d.again,
                 s->expected.size, (long long)(s->asks_again ? s->expected.again : d.again));
}

/* The scenario above the line `---`. */
static int read_head(FILE *from, char *head, size_t size) {
    char line[1000];
    int lines = 0;
    *head = 0;
    while (fgets(line, sizeof line, from) && ++lines && strcmp(line, "---\n") != 0) {
        assert_true(strlen(head) + strlen(line) < size);
        strcat(head, line);
    }
    return lines;
}

static unsigned replay(const char *file, unsigned kinds[RESIZE_KINDS]) {
    char text[4000];
    FILE *from = fopen(file, "r");
    assert_non_null(from);
    int line = read_head(from, text, sizeof text);
    struct trace t;
    struct err err = {0};
    if (!trace_open(&t, text, &err)) {
        err_print(&err, stderr);
        fail_msg("%s: its scenario is refused", file);
    }
    unsigned decisions = 0;
    while (fgets(text, sizeof text, from)) {
        struct trace_step s;
        line++;
        text[strcspn(text, "#\n")] = 0;
        if (!*text)
            continue;
        if (!trace_line(&t, text, &s))
            fail_msg("%s:%d: cannot be read", file, line);
        compare(file, line, &s, trace_ask(&t, &s));
        decisions++;
    }
    kinds[t.policy.spec->policy]++;
    trace_close(&t);
    err_free(&err);
    fclose(from);
    return decisions;
}

/* Two traces of each kind at least. */
static void test_traces(void **state) {
    (void)state;
    glob_t found;
    unsigned kinds[RESIZE_KINDS] = {0}, decisions = 0;
    assert_int_equal(glob("tests/traces/*.txt", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        decisions += replay(found.gl_pathv[i], kinds);
    printf("  %zu traces, %u decisions\n", found.gl_pathc, decisions);
    for (int kind = 0; kind < RESIZE_KINDS; kind++)
        if (kinds[kind] < 2)
            fail_msg("%u traces of kind %d", kinds[kind], kind);
    globfree(&found);
}

static void refuse_line(struct trace *t, const char *text) {
    char line[100];
    struct trace_step s;
    snprintf(line, sizeof line, "%s", text);
    if (trace_line(t, line, &s))
        fail_msg("taken: %s", text);
}

/* A trace that says nothing would pass: the reader takes no word it does not know. */
static void test_reader(void **state) {
    (void)state;
    struct trace t;
    struct err err = {0};
    assert_false(trace_open(&t, "pool: {workers: 2}\n", &err));
    assert_true(trace_open(&t, "pool: {workers: 2, resize: {policy: aimd, max: 4}}\n", &err));
    refuse_line(&t, "1s util=80%");
    refuse_line(&t, "1s util=80% -> ");
    refuse_line(&t, "1s utli=80% -> 3");
    refuse_line(&t, "1s util=80 -> 3 agian=4s");
    refuse_line(&t, "1s busy=3 -> 3"); /* of 2 */
    refuse_line(&t, "1s leaving=1 -> 3");
    refuse_line(&t, "1s idle_since=2s -> 3");
    refuse_line(&t, "1s service=-2s -> 3");
    refuse_line(&t, "soon util=80% -> 3");
    refuse_line(&t, "never util=80% -> 3");
    char line[] = "1s service=20ms -> 2 again=3s";
    struct trace_step s;
    assert_true(trace_line(&t, line, &s));
    assert_true(s.tick && s.seen.completed == 1 && s.seen.service_mean == 20 * MS);
    assert_true(s.load.workers == 2 && s.now == SECOND && s.expected.again == 3 * SECOND);
    trace_close(&t);
    err_free(&err);
}

/* ---- what holds for all -----------------------------------------------------------------------
 */

/* Each kind as a scenario; two have a dwell that varies. */
static const char *const specs[] = {
    "policy: watermark, min: 2, max: 12, grow_at: 75%, shrink_at: 50%, dwell: 700ms",
    "policy: watermark, min: 3, max: 12, every: 0s, grow_at: {queue: 2}, shrink_at: {idle: 3}, "
    "factor: x1.3",
    "policy: on_demand, min: 0, max: 12, keep_alive: 300ms",
    "policy: on_demand, min: 3, max: 12, keep_alive: 1s, grow_when: queue_full, dwell: 1s",
    "policy: target_utilisation, min: 2, max: 12, stabilise_up: 70ms, stabilise_down: 200ms",
    "policy: aimd, min: 2, max: 12, slow: 50ms",
    "policy: gradient, min: 2, max: 12, dwell: 400ms",
    "policy: vegas, min: 2, max: 12, probe: 2, dwell: 300ms",
    "policy: littles_law, min: 2, max: 12, percentile: p90",
    "policy: hill_climbing, min: 2, max: 12",
    "policy: hill_climbing, min: 2, max: 12, dwell: 2s",
    "policy: schedule, min: 2, max: 12, sizes: [[0s, 3], [2s, 9], [5s, 4]], repeat: 7s",
    "policy: target_utilisation, max: 12, stabilise_down: 0s, dwell: {exponential: {mean: 1s}}",
    "policy: watermark, max: 12, grow_at: 60%, shrink_at: 60%, step: 4, "
    "dwell: {uniform: {min: 1s, max: 3s}}",
};
enum { SPECS = sizeof specs / sizeof *specs, TURNS = 4000 };

static struct scenario *scenario_of(const char *spec) {
    char text[500];
    struct err err = {0};
    snprintf(text, sizeof text, "pool: {workers: 4, queue: {capacity: 5}, resize: {%s}}\n", spec);
    struct scenario *sc = trace_scenario(text, &err);
    if (!sc) {
        err_print(&err, stderr);
        fail_msg("refused: %s", spec);
    }
    err_free(&err);
    return sc;
}

static uint32_t below(struct dice *dice, uint32_t n) {
    return (uint32_t)(dice_word(dice) >> 32) % n;
}

static nsec some_time(struct dice *dice) {
    return (nsec)(variate_exponential(dice) * 20e6) + 1;
}

/* A load of this size, and a window since the last one. */
static void make_step(struct dice *dice, struct trace_step *s, uint32_t size, bool ticks) {
    nsec from = s->now;
    s->now += some_time(dice) * 3;
    s->load = (struct load){.starting = below(dice, size + 1), .capacity = 5};
    s->load.leaving = below(dice, 3);
    s->load.workers = size - s->load.starting + s->load.leaving;
    s->load.busy = s->load.leaving + below(dice, s->load.workers - s->load.leaving + 1);
    bool idle = s->load.busy < s->load.workers;
    s->load.queued = idle ? 0 : below(dice, 8);
    s->load.idle_since = idle ? s->now - below(dice, 2000) * MS : NSEC_NEVER;
    s->load.arrival = !ticks && below(dice, 2) == 0;
    s->tick = ticks;
    s->seen = (struct observed){.from = from,
                                .arrived = below(dice, 50),
                                .started = below(dice, 3) * below(dice, 40),
                                .completed = below(dice, 4) * below(dice, 60),
                                .lost = below(dice, 8) == 0,
                                .workers = 1 + below(dice, 12),
                                .in_flight_most = below(dice, 30)};
    s->seen.busy = s->seen.workers * variate_uniform(dice);
    bool some = s->seen.completed > 0;
    s->seen.service_mean = some ? some_time(dice) : NSEC_UNSET;
    s->seen.response_mean = some ? s->seen.service_mean + some_time(dice) : NSEC_UNSET;
    for (int i = 0; i < RESIZE_PERCENTILES; i++)
        s->seen.response[i] = some ? s->seen.response_mean * (i + 1) : NSEC_UNSET;
}

/* Where the dice stands does not count. */
static struct decision decide_at(struct policy_resize *p, const struct trace_step *s, uint64_t key,
                                 uint64_t item) {
    struct dice dice;
    dice_open(&dice, key, 0);
    dice_item(&dice, item);
    dice_word(&dice);
    return policy_resize_decide(p, &s->load, s->tick ? &s->seen : NULL, s->now, &dice);
}

static struct decision decide(struct policy_resize *p, const struct trace_step *s, uint64_t key) {
    return decide_at(p, s, key, 0);
}

static void same(struct decision a, struct decision b) {
    assert_int_equal(a.size, b.size);
    assert_true(a.again == b.again);
}

/* Any load and window: within the bounds, nothing within a constant dwell; a copy made at any time
 * goes on the same way. The load is of the size that was decided; all else is chance. */
static unsigned random_walk(const struct resize_spec *spec, uint64_t seed) {
    struct dice dice;
    struct policy_resize p, copy;
    struct trace_step s = {.now = 0};
    uint32_t size = 4;
    nsec changed = INT64_MIN / 2;
    unsigned changes = 0;
    dice_open(&dice, seed, 0);
    policy_resize_open(&p, spec, size, 0);
    copy = p;
    for (int i = 0; i < TURNS; i++) {
        dice_item(&dice, (uint64_t)i);
        make_step(&dice, &s, size, policy_resize_ticks(spec));
        if (below(&dice, 50) == 0)
            copy = p;
        struct decision d = decide(&p, &s, seed + 1);
        same(d, decide_at(&copy, &s, seed + 1, (uint64_t)i + 7));
        assert_in_range(d.size, spec->min, spec->max);
        assert_true(d.again >= s.now);
        if (d.size != size) {
            nsec dwell = dist_random(&spec->dwell) ? 0 : (nsec)spec->dwell.a;
            assert_true(s.now - changed >= dwell);
            changed = s.now;
            changes++;
        }
        size = d.size;
    }
    return changes;
}

static void test_any_load(void **state) {
    (void)state;
    for (size_t i = 0; i < SPECS; i++) {
        struct scenario *sc = scenario_of(specs[i]);
        unsigned changes = random_walk(&sc->pools.items[0].resize, 2026 + i);
        if (changes < 20)
            fail_msg("%u changes: it was not put to the test: %s", changes, specs[i]);
        scenario_free(sc);
    }
}

/* A size outside the bounds (it cannot come of decisions) is brought back, dwell or not; below its
 * core an executor waits for arrivals. */
static void test_outside(void **state) {
    (void)state;
    for (size_t i = 0; i < SPECS; i++) {
        struct scenario *sc = scenario_of(specs[i]);
        const struct resize_spec *spec = &sc->pools.items[0].resize;
        struct policy_resize p;
        policy_resize_open(&p, spec, 4, 0);
        p.hold_until = 10 * SECOND;
        struct trace_step s = {.now = SECOND, .load = {.idle_since = NSEC_NEVER, .capacity = 5}};
        struct decision low = decide(&p, &s, 1);
        bool executor = spec->policy == RESIZE_ON_DEMAND && spec->grow_when == 1;
        assert_true(executor ? low.size == 0 : low.size >= spec->min && low.size <= spec->max);
        s.load.workers = s.load.busy = 30;
        assert_true(decide(&p, &s, 1).size <= spec->max);
        scenario_free(sc);
    }
}

static void test_when_asked(void **state) {
    (void)state;
    const bool eager[SPECS] = {[1] = true, [2] = true, [3] = true};
    for (size_t i = 0; i < SPECS; i++) {
        struct scenario *sc = scenario_of(specs[i]);
        const struct resize_spec *spec = &sc->pools.items[0].resize;
        assert_true(policy_resize_eager(spec) == eager[i]);
        assert_true(policy_resize_ticks(spec) == (!eager[i] && spec->policy != RESIZE_SCHEDULE));
        scenario_free(sc);
    }
}

/* ---- one kind each ----------------------------------------------------------------------------
 */

/* x1.1 of 10, 20 ... 90 is one more for each ten, whatever doubles make of 0.1. */
static void test_factor_is_exact(void **state) {
    (void)state;
    struct scenario *sc =
        scenario_of("policy: watermark, max: 1000, grow_at: 50%, shrink_at: 10%, factor: x1.1");
    for (uint32_t size = 1; size <= 900; size++) {
        struct policy_resize p;
        policy_resize_open(&p, &sc->pools.items[0].resize, size, 0);
        struct trace_step s = {
            .now = SECOND,
            .load = {.workers = size, .busy = size, .capacity = -1, .idle_since = NSEC_NEVER},
            .tick = true,
            .seen = {.busy = size, .workers = size}};
        assert_int_equal(decide(&p, &s, 1).size, size + (size + 9) / 10);
    }
    scenario_free(sc);
}

/* A distribution of keep-alives is the engine's: the policy neither shrinks nor wants to be asked,
 * and says who may go. */
static void test_keep_alive_drawn(void **state) {
    (void)state;
    struct scenario *sc = scenario_of("policy: on_demand, min: 2, max: 9, keep_alive: "
                                      "{exponential: {mean: 1s}}");
    const struct resize_spec *spec = &sc->pools.items[0].resize;
    struct policy_resize p;
    policy_resize_open(&p, spec, 4, 0);
    struct trace_step s = {.now = 100 * SECOND, .load = {.workers = 4, .capacity = -1}};
    struct decision d = decide(&p, &s, 1);
    assert_true(d.size == 4 && d.again == NSEC_NEVER);
    assert_true(policy_resize_may_go(spec, &s.load));
    s.load.workers = 3;
    assert_true(policy_resize_may_go(spec, &s.load));
    s.load.workers = 2;
    assert_false(policy_resize_may_go(spec, &s.load));
    s.load.starting = 1;
    assert_true(policy_resize_may_go(spec, &s.load));
    scenario_free(sc);
}

/* The M/M/c queue with setup times, in every state of c = 6 and up to 9 waiting jobs: in setup are
 * min(waiting, c - on), however many were before. */
static void test_setup_queue(void **state) {
    (void)state;
    enum { C = 6 };
    struct scenario *sc = scenario_of("policy: on_demand, min: 0, max: 6, keep_alive: 0s");
    for (uint32_t on = 0; on <= C; on++)
        for (uint32_t queued = 0; queued < 10; queued++)
            for (uint32_t starting = 0; starting + on <= C; starting++)
                for (int arrival = 0; arrival < 2; arrival++) {
                    struct policy_resize p;
                    uint32_t waiting = queued + (uint32_t)arrival, places = C - on;
                    struct trace_step s = {.now = SECOND,
                                           .load = {.workers = on,
                                                    .busy = on,
                                                    .starting = starting,
                                                    .queued = queued,
                                                    .capacity = -1,
                                                    .idle_since = NSEC_NEVER,
                                                    .arrival = arrival}};
                    policy_resize_open(&p, &sc->pools.items[0].resize, on + starting, 0);
                    assert_int_equal(decide(&p, &s, 1).size - on,
                                     waiting < places ? waiting : places);
                }
    scenario_free(sc);
}

/* More is wanted than the history can hold: 300 values that fall from tick to tick in a window of
 * 300 ticks. What it keeps is never less cautious than the truth, and late by little. */
static void test_full_history(void **state) {
    (void)state;
    struct scenario *sc = scenario_of("policy: target_utilisation, max: 2000, target: 100%, "
                                      "tolerance: 0%, stabilise_down: 300s");
    struct policy_resize p;
    uint32_t size = 1000, wanted[600];
    policy_resize_open(&p, &sc->pools.items[0].resize, size, 0);
    for (uint32_t i = 0; i < 600; i++) {
        wanted[i] = 1000 - i; /* asked at i + 1 s */
        struct trace_step s = {.now = (nsec)(i + 1) * SECOND,
                               .load = {.workers = size, .capacity = -1, .idle_since = NSEC_NEVER},
                               .tick = true,
                               .seen = {.busy = wanted[i], .workers = size}};
        size = decide(&p, &s, 1).size;
        uint32_t exact = i < 300 ? 1000 : wanted[i - 299];
        assert_in_range(size, exact, exact + 20);
    }
    assert_true(size < 800);
    scenario_free(sc);
}

/* 2000 ticks of gradient from 100 on: the first 10 take 10 ms on a worker, the others 18.75. */
static uint32_t slowed(const char *spec, uint32_t *least) {
    struct scenario *sc = scenario_of(spec);
    struct policy_resize p;
    struct dice dice;
    uint32_t size = 100;
    *least = size;
    dice_open(&dice, 1, 0);
    policy_resize_open(&p, &sc->pools.items[0].resize, size, 0);
    for (int i = 0; i < 2000; i++) {
        struct load load = {.workers = size, .capacity = -1, .idle_since = NSEC_NEVER};
        struct observed seen = {
            .completed = 100, .service_mean = i < 10 ? 10000000 : 18750000, .in_flight_most = 500};
        size = policy_resize_decide(&p, &load, &seen, (nsec)(i + 1) * 100 * MS, &dice).size;
        *least = size < *least ? size : *least;
    }
    scenario_free(sc);
    return size;
}

/* At a constant gradient of 0.8 = 1.5 x 10 / 18.75 the size tends to 20 = extra / (1 - 0.8). But
 * the long average follows, and the size creeps up to max although the work is as slow as before.
 */
static void test_gradient_creeps(void **state) {
    (void)state;
    uint32_t least;
    assert_int_equal(slowed("policy: gradient, max: 200, long_window: 1e6", &least), 20);
    assert_int_equal(least, 20);
    assert_int_equal(slowed("policy: gradient, max: 200", &least), 200);
    assert_in_range(least, 40, 60);
}

/* Vegas, of work that has become 100 times as slow for good: down step by step, until it measures
 * anew after 0.5 to 1 times probe x L samples and takes the slow work for the normal. */
static int probed_at(const struct resize_spec *spec, uint64_t key) {
    struct policy_resize p;
    struct dice dice;
    uint32_t size = 20, last;
    int i = 0;
    dice_open(&dice, key, 0);
    policy_resize_open(&p, spec, size, 0);
    do {
        struct load load = {.workers = size, .capacity = -1, .idle_since = NSEC_NEVER};
        struct observed seen = {
            .completed = 9, .service_mean = i ? SECOND : 10 * MS, .in_flight_most = 90};
        last = size;
        size = policy_resize_decide(&p, &load, &seen, ++i * SECOND, &dice).size;
    } while (size == last - 1 || i == 1); /* the first sample is the first least */
    assert_int_equal(size, last);         /* the probe itself changes nothing */
    assert_true(i >= (int)last && i - 1 < 2 * (int)(last + 1)); /* 2 L x (0.5 to 1) */
    struct load load = {.workers = size, .capacity = -1, .idle_since = NSEC_NEVER};
    struct observed seen = {.completed = 9, .service_mean = SECOND, .in_flight_most = 90};
    assert_int_equal(policy_resize_decide(&p, &load, &seen, ++i * SECOND, &dice).size, size + 6);
    return i;
}

static void test_vegas_probes(void **state) {
    (void)state;
    struct scenario *sc = scenario_of("policy: vegas, max: 90, probe: 2");
    int first = probed_at(&sc->pools.items[0].resize, 0), others = 0;
    for (uint64_t key = 1; key < 30; key++)
        others += probed_at(&sc->pools.items[0].resize, key) != first;
    assert_in_range(others, 5, 29);
    scenario_free(sc);
}

/* A pool whose throughput grows up to `best` workers and falls beyond. */
static double throughput(uint32_t size, uint32_t best) {
    return size <= best ? 1000.0 * size : 1000.0 * best * best / size;
}

/* Hill climbing finds the top from below and from above, and shakes around it for ever. */
static void climb(uint32_t from) {
    struct scenario *sc = scenario_of("policy: hill_climbing, max: 100");
    struct policy_resize p;
    struct dice dice;
    uint32_t size = from, changes = 0;
    double mean = 0;
    dice_open(&dice, 1, 0);
    policy_resize_open(&p, &sc->pools.items[0].resize, size, 0);
    for (int i = 1; i <= 4000; i++) {
        struct load load = {.workers = size, .busy = size, .capacity = -1, .queued = 1};
        load.idle_since = NSEC_NEVER;
        struct observed seen = {.from = (i - 1) * 100 * MS,
                                .completed = (uint64_t)(throughput(size, 30) / 10)};
        seen.started = seen.completed;
        struct decision d = policy_resize_decide(&p, &load, &seen, i * 100 * MS, &dice);
        changes += i > 3000 && d.size != size;
        size = d.size;
        mean += i > 3000 ? size / 1000.0 : 0;
    }
    assert_true(mean > 25 && mean < 36);
    assert_true(changes > 300); /* it never rests */
    scenario_free(sc);
}

static void test_hill_climbs(void **state) {
    (void)state;
    climb(4);
    climb(90);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traces),           cmocka_unit_test(test_reader),
        cmocka_unit_test(test_any_load),         cmocka_unit_test(test_outside),
        cmocka_unit_test(test_when_asked),       cmocka_unit_test(test_factor_is_exact),
        cmocka_unit_test(test_keep_alive_drawn), cmocka_unit_test(test_setup_queue),
        cmocka_unit_test(test_full_history),     cmocka_unit_test(test_gradient_creeps),
        cmocka_unit_test(test_vegas_probes),     cmocka_unit_test(test_hill_climbs),
    };
    return cmocka_run_group_tests_name("policy_resize", tests, NULL, NULL);
}
