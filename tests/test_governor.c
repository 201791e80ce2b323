/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_governor: one policy, wherever it is asked. What the simulator's pools and real ones saw and
 * were told is kept; a fresh policy that is shown the same says the same, to the last decision. And
 * both engines tell the recorder the same story: sizes follow one another, stay between the bounds,
 * and are resizes and reversals as the events count them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/governor.h"
#include "model/mem.h"
#include "pool/bench.h"
#include "sim/sim.h"

static const char *const policies[] = {
    "policy: watermark, grow_at: 70%, shrink_at: 40%, step: 2, dwell: {exponential: {mean: 30ms}}",
    "policy: watermark, grow_at: {queue: 1}, shrink_at: {idle: 2}, every: 0s",
    "policy: on_demand, keep_alive: 30ms",
    "policy: on_demand, grow_when: queue_full, keep_alive: 30ms",
    "policy: target_utilisation, stabilise_down: 100ms",
    "policy: aimd",
    "policy: gradient",
    "policy: vegas",
    "policy: littles_law, percentile: p90",
    "policy: hill_climbing",
    "policy: schedule, sizes: [[0s, 4], [100ms, 12], [300ms, 2]], repeat: 400ms",
};
enum { POLICIES = sizeof policies / sizeof *policies, LEAST = 2, MOST = 16 };

static struct scenario *scenario_of(const char *policy) {
    bool ticks =
        !strstr(policy, "every:") && !strstr(policy, "on_demand") && !strstr(policy, "schedule");
    char *text = mem_format(
        "headroom: 1\nname: governor\nseed: 5\n"
        "arrivals: {profile: {points: [[0s, 2000/s], [150ms, 200/s]], repeat: 300ms}}\n"
        "service: {exponential: {mean: 3ms}}\n"
        "pool: {workers: 2, queue: {capacity: 20}, resize: {%s, min: %d, max: %d%s, warm_up: "
        "{exponential: {mean: 4ms}}}}\n"
        "run: {duration: 800ms, kind: terminating, replications: 1}\n",
        policy, LEAST, MOST, ticks ? ", every: {exponential: {mean: 20ms}}" : "");
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "none.yaml", &err);
    if (!sc) {
        err_print(&err, stderr);
        fail_msg("refused: %s", text);
    }
    free(text);
    return sc;
}

/* A fresh policy, shown what was seen. */
static size_t replay(const struct scenario *sc, const struct resize_log *log) {
    struct governor g;
    governor_open(&g, sc, 0, 1, 0, NULL);
    for (size_t i = 0; i < log->decided_count; i++) {
        const struct decided *d = &log->decided[i];
        struct decision said = governor_ask(&g, &d->load, d->tick ? &d->seen : NULL, d->at);
        if (said.size != d->said.size || said.again != d->said.again)
            fail_msg("decision %zu at %.9f: %u, not %u", i, nsec_seconds(d->at), said.size,
                     d->said.size);
    }
    return log->decided_count;
}

/* The events, against what the recorder has counted of them. */
static void check_events(const struct record *r) {
    const struct resizing *z = &r->pools[0].resizing;
    uint64_t resizes = 0, reversals = 0;
    uint32_t serving = 2;
    int direction = 0;
    nsec last = INT64_MIN;
    for (size_t i = 0; i < r->resizes->event_count; i++) {
        const struct resize_event *e = &r->resizes->events[i];
        assert_true(e->at >= last);
        last = e->at;
        if (e->what == RESIZED_READY || e->what == RESIZED_GONE) {
            assert_int_equal(e->from, serving);
            assert_int_equal(e->to > e->from, e->what == RESIZED_READY);
            serving = e->to;
            continue;
        }
        assert_true(e->to >= LEAST && e->to <= MOST);
        int now = e->to > e->from ? 1 : -1;
        bool inside = e->at >= 0 && e->at < r->scenario->run.duration;
        resizes += inside;
        reversals += inside && direction == -now;
        direction = now;
    }
    assert_int_equal(resizes, z->resizes);
    assert_int_equal(reversals, z->reversals);
    assert_true(z->most >= LEAST && z->most <= MOST);
}

static void run(engine_fn *engine, const char *name) {
    for (int i = 0; i < POLICIES; i++) {
        struct scenario *sc = scenario_of(policies[i]);
        struct trial trial = {.scenario = sc, .replication = 1, .keep_resizes = true};
        if (!engine(&trial))
            fail_msg("%s: %s", name, trial.failure);
        size_t asked = replay(sc, trial.record.resizes);
        print_message("%s, %.30s: %zu decisions, %llu resizes, %llu reversals\n", name, policies[i],
                      asked, (unsigned long long)trial.record.pools[0].resizing.resizes,
                      (unsigned long long)trial.record.pools[0].resizing.reversals);
        assert_true(asked > 0);
        check_events(&trial.record);
        record_close(&trial.record);
        bench_report_free(trial.details);
        scenario_free(sc);
    }
}

static void test_simulated(void **state) {
    (void)state;
    run(sim_run, "simulated");
}

static void test_real(void **state) {
    (void)state;
    run(bench_run, "real");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_simulated),
                                       cmocka_unit_test(test_real)};
    return cmocka_run_group_tests_name("governor", tests, NULL, NULL);
}
