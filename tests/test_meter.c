/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_meter: what a meter makes of events against brute force: every event kept, levels added up
 * nanosecond by nanosecond, percentiles of the sorted responses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "model/meter.h"
#include "model/scenario.h"
#include "model/variate.h"

enum { MOST = 2000, SPAN = 3000 };

/* A window as it was: its events, and the levels in each nanosecond of it. */
struct plain {
    nsec from;
    uint64_t arrived, lost, started, completed;
    nsec wait[MOST], service[MOST], response[MOST];
    struct meter_levels at[SPAN];
    uint64_t most; /* in flight */
};

static void near(double value, double wanted) {
    if (!(fabs(value - wanted) <= 1e-12 * fabs(wanted)))
        fail_msg("%.17g, not %.17g", value, wanted);
}

static int ascending(const void *a, const void *b) {
    nsec x = *(const nsec *)a, y = *(const nsec *)b;
    return (x > y) - (x < y);
}

static nsec plain_mean(const nsec *times, uint64_t n) {
    nsec sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += times[i];
    return n ? (2 * sum + (nsec)n) / (2 * (nsec)n) : NSEC_UNSET;
}

static nsec plain_least(const nsec *times, uint64_t n) {
    nsec least = n ? times[0] : NSEC_UNSET;
    for (uint64_t i = 1; i < n; i++)
        least = times[i] < least ? times[i] : least;
    return least;
}

/* Rank ceil(p n) of the sorted, within a 16th, and exact below 32 ns. */
static void check_percentiles(const struct observed *seen, struct plain *p) {
    static const double share[RESIZE_PERCENTILES] = {0.5, 0.9, 0.95, 0.99};
    qsort(p->response, p->completed, sizeof *p->response, ascending);
    for (int i = 0; i < RESIZE_PERCENTILES; i++) {
        if (p->completed == 0) {
            assert_true(seen->response[i] == NSEC_UNSET);
            continue;
        }
        size_t rank = (size_t)ceil(share[i] * (double)p->completed - 1e-9);
        nsec exact = p->response[rank - 1], off = llabs(seen->response[i] - exact);
        assert_true(exact < 32 ? off == 0 : 16 * off <= exact);
        assert_true(seen->response[i] >= p->response[0]);
        assert_true(seen->response[i] <= p->response[p->completed - 1]);
    }
}

static void check_levels(const struct observed *seen, const struct plain *p, nsec now,
                         struct meter_levels last) {
    double busy = 0, workers = 0, queued = 0, n = (double)(now - p->from);
    for (nsec t = 0; t < now - p->from; t++) {
        busy += p->at[t].busy;
        workers += p->at[t].workers;
        queued += (double)p->at[t].queued;
    }
    near(seen->busy, n > 0 ? busy / n : last.busy);
    near(seen->workers, n > 0 ? workers / n : last.workers);
    near(seen->queued, n > 0 ? queued / n : (double)last.queued);
    assert_int_equal(seen->in_flight_most, p->most);
}

static void check(const struct observed *seen, struct plain *p, nsec now,
                  struct meter_levels last) {
    assert_true(seen->from == p->from);
    assert_int_equal(seen->arrived, p->arrived);
    assert_int_equal(seen->lost, p->lost);
    assert_int_equal(seen->started, p->started);
    assert_int_equal(seen->completed, p->completed);
    assert_true(seen->service_mean == plain_mean(p->service, p->completed));
    assert_true(seen->response_mean == plain_mean(p->response, p->completed));
    assert_true(seen->service_least == plain_least(p->service, p->completed));
    assert_true(seen->wait_least == plain_least(p->wait, p->started));
    check_levels(seen, p, now, last);
    check_percentiles(seen, p);
}

static uint32_t below(struct dice *dice, uint32_t n) {
    return (uint32_t)(dice_word(dice) >> 32) % n;
}

static void begin(struct plain *p, nsec now, struct meter_levels levels) {
    *p = (struct plain){.from = now, .most = levels.busy + levels.queued};
}

/* Times over many octaves, from 0 ns on. */
static nsec some_time(struct dice *dice) {
    return (nsec)(dice_word(dice) >> (24 + below(dice, 40)));
}

static void event(struct dice *dice, struct meter *m, struct plain *p) {
    nsec time = some_time(dice), more = some_time(dice);
    switch (below(dice, 4)) {
    case 0:
        meter_arrive(m);
        p->arrived++;
        break;
    case 1:
        meter_lost(m);
        p->lost++;
        break;
    case 2:
        meter_start(m, time);
        p->wait[p->started++] = time;
        break;
    default:
        meter_end(m, time, time + more);
        p->service[p->completed] = time;
        p->response[p->completed++] = time + more;
    }
}

static void test_brute_force(void **state) {
    (void)state;
    struct meter *m = malloc(sizeof *m);
    struct plain *p = malloc(sizeof *p);
    struct meter_levels levels = {2, 3, 0};
    struct dice dice;
    nsec now = -500;
    dice_open(&dice, 2026, 0);
    meter_open(m, now, levels.busy, levels.workers, levels.queued);
    begin(p, now, levels);
    for (uint64_t i = 0; i < 200000; i++) {
        dice_item(&dice, i);
        nsec passed = below(&dice, 3) ? 0 : below(&dice, 20);
        bool take = below(&dice, 300) == 0 || p->started == MOST || p->completed == MOST ||
                    now + passed - p->from >= SPAN;
        if (take) {
            struct observed seen = meter_take(m, now);
            check(&seen, p, now, levels);
            begin(p, now, levels);
        }
        for (nsec t = 0; t < passed; t++)
            p->at[now + t - p->from] = levels;
        now += passed;
        if (below(&dice, 2)) {
            levels = (struct meter_levels){below(&dice, 9), below(&dice, 30), below(&dice, 50)};
            meter_levels(m, now, levels.busy, levels.workers, levels.queued);
            uint64_t in_flight = levels.busy + levels.queued;
            p->most = in_flight > p->most ? in_flight : p->most;
        } else
            event(&dice, m, p);
    }
    free(m);
    free(p);
}

/* Nothing happened: no times, the levels as they are. */
static void test_nothing(void **state) {
    (void)state;
    struct meter *m = malloc(sizeof *m);
    meter_open(m, 5, 3, 4, 2);
    for (int i = 0; i < 3; i++) {
        struct observed seen = meter_take(m, i < 2 ? 5 : 9);
        assert_true(seen.busy == 3 && seen.workers == 4 && seen.queued == 2);
        assert_int_equal(seen.in_flight_most, 5);
        assert_true(seen.arrived + seen.started + seen.completed + seen.lost == 0);
        assert_true(seen.service_mean == NSEC_UNSET && seen.service_least == NSEC_UNSET);
        assert_true(seen.response_mean == NSEC_UNSET && seen.wait_least == NSEC_UNSET);
        for (int k = 0; k < RESIZE_PERCENTILES; k++)
            assert_true(seen.response[k] == NSEC_UNSET);
        assert_true(seen.from == 5);
    }
    free(m);
}

/* 1 ... 15 once each: p50 is 8, p90 14, p99 15. The longest times have a bucket, too. */
static void test_known(void **state) {
    (void)state;
    struct meter *m = malloc(sizeof *m);
    meter_open(m, 0, 0, 0, 0);
    for (nsec t = 1; t <= 15; t++)
        meter_end(m, 1, t);
    struct observed seen = meter_take(m, 1);
    assert_true(seen.response[RESIZE_P50] == 8 && seen.response[RESIZE_P90] == 14);
    assert_true(seen.response[RESIZE_P99] == 15 && seen.response_mean == 8);
    meter_end(m, 0, 0);
    meter_end(m, 1, INT64_MAX);
    seen = meter_take(m, 2);
    assert_true(seen.response[RESIZE_P50] == 0);
    assert_true(seen.response[RESIZE_P99] > INT64_MAX / 16 * 15);
    seen = meter_take(m, 3);
    assert_int_equal(seen.completed, 0); /* nothing is left of it */
    meter_end(m, 7, 7);
    seen = meter_take(m, 4);
    assert_true(seen.response[RESIZE_P50] == 7 && seen.response[RESIZE_P99] == 7);
    free(m);
}

/* At one instant the order of events does not show. */
static void test_order(void **state) {
    (void)state;
    struct meter *a = malloc(sizeof *a), *b = malloc(sizeof *b);
    meter_open(a, 0, 1, 2, 0);
    meter_open(b, 0, 1, 2, 0);
    for (nsec t = 0; t < 1000; t++) {
        meter_end(a, t, t * t);
        meter_end(b, 999 - t, (999 - t) * (999 - t));
    }
    struct observed x = meter_take(a, 10), y = meter_take(b, 10);
    assert_true(x.service_mean == y.service_mean && x.response_mean == y.response_mean);
    assert_true(x.service_least == y.service_least && x.completed == y.completed);
    assert_memory_equal(x.response, y.response, sizeof x.response);
    free(a);
    free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brute_force),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
