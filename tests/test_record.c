/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_record: lives of a few jobs, told to the recorder, and every figure by hand.
 *
 * T = 10 s, a warm-up of 2 s, a sample a second. In hand-made lives times are in eighths of a
 * second, so that each sum can be checked on paper. Random lives are held against the plainest
 * integral there is: the sum of each job's own overlap with [0, T).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/record.h"
#include "model/rng.h"
#include "tests/parse.h"

#define SECOND NSEC_PER_SEC
#define T (10 * SECOND)

/* Seconds; all that are used are whole nanoseconds. */
static nsec s(double seconds) {
    return (nsec)(seconds * 1e9);
}

#define RUN "run: {duration: 10s, warmup: 2s, cooldown: 5s, sample_every: 1s}\n"

static struct scenario *one_pool(void) {
    return parse("headroom: 1\nname: t\narrivals: {poisson: {rate: 1/s}}\n"
                 "service: {exponential: {mean: 1s}}\npool: {workers: 1}\n" RUN);
}

static struct scenario *two_pools(void) {
    return parse("headroom: 1\nname: t\n" RUN "classes:\n"
                 "  - {name: a, arrivals: {poisson: {rate: 1/s}},"
                 " route: [{pool: q, service: {exponential: {mean: 1s}}}]}\n"
                 "  - {name: b, arrivals: {poisson: {rate: 1/s}},"
                 " route: [{pool: p, service: {exponential: {mean: 1s}}}]}\n"
                 "pools:\n  - {name: p, workers: 3}\n  - {name: q, workers: 2}\n");
}

static void open_record(struct record *r, const struct scenario *sc) {
    assert_true(record_open(r, sc, true));
    record_keep_outcomes(r);
    r->next_sample = 0;
}

static struct job job_at(uint64_t index, nsec intended) {
    return (struct job){
        .index = index, .intended = intended, .counted = intended >= 0 && intended < T};
}

/* ---- telling ---- */

static void arrive(struct record *r, struct job *j, size_t pool) {
    record_advance(r, j->intended);
    record_arrive(r, j, pool, j->intended);
}

static void enqueue(struct record *r, struct job *j, size_t pool, nsec now) {
    record_advance(r, now);
    j->waited = true;
    record_queue(r, j, pool, now);
}

static void start(struct record *r, struct job *j, size_t pool, nsec now, bool from_queue) {
    record_advance(r, now);
    j->started = now;
    record_start(r, j, pool, now, from_queue);
}

static void end(struct record *r, struct job *j, size_t pool, nsec now) {
    record_advance(r, now);
    record_end(r, j, pool, now);
}

static void finish(struct record *r, nsec now) {
    record_advance(r, now);
    record_finish(r, now);
}

static void times(const struct hist *h, uint64_t n, double sum, double least, double most) {
    assert_int_equal(h->n, n);
    assert_true(h->sum == s(sum));
    if (n)
        assert_true(h->min == s(least) && h->max == s(most));
}

/* ---- one worker, one life ---- */

/* Jobs 0 (warm-up) and 1 to 6; job 3 is rejected, 4 and 5 end after T, 6 comes at T and is left.
 *
 *            arrives  starts  ends   wait  service  response   in [0, T): system  busy  queue
 *   0         -1       -1      1                                            1      1     0
 *   1          0        1      3     1        2        3                    3      2     1
 *   2          2.5      3      4     0.5      1        1.5                  1.5    1     0.5
 *   3          2.75     rejected                                            0      0     0
 *   4          9        9     12     0        3        3                    1      1     0
 *   5          9.5     12     13     2.5      1        3.5                  0.5    0     0.5
 *   6         10       13
 */
static void live(struct record *r) {
    struct job j[7];
    static const double arrivals[] = {-1, 0, 2.5, 2.75, 9, 9.5, 10};
    for (uint64_t i = 0; i < 7; i++)
        j[i] = job_at(i, s(arrivals[i]));
    arrive(r, &j[0], 0);
    start(r, &j[0], 0, s(-1), false);
    arrive(r, &j[1], 0);
    enqueue(r, &j[1], 0, 0);
    end(r, &j[0], 0, s(1));
    start(r, &j[1], 0, s(1), true);
    arrive(r, &j[2], 0);
    enqueue(r, &j[2], 0, s(2.5));
    arrive(r, &j[3], 0);
    record_lose(r, &j[3], 0, s(2.75), FATE_REJECTED, false);
    end(r, &j[1], 0, s(3));
    start(r, &j[2], 0, s(3), true);
    end(r, &j[2], 0, s(4));
    arrive(r, &j[4], 0);
    start(r, &j[4], 0, s(9), false);
    arrive(r, &j[5], 0);
    enqueue(r, &j[5], 0, s(9.5));
    arrive(r, &j[6], 0);
    enqueue(r, &j[6], 0, s(10));
    end(r, &j[4], 0, s(12));
    start(r, &j[5], 0, s(12), true);
    assert_int_equal(r->counted_left, 1);
    end(r, &j[5], 0, s(13));
    start(r, &j[6], 0, s(13), true);
    record_left(r, &j[6], 0, s(13), true);
    finish(r, s(13));
}

static void test_counts_and_times(void **state) {
    (void)state;
    struct scenario *sc = one_pool();
    struct record r;
    open_record(&r, sc);
    live(&r);
    const struct tally *c = &r.classes[0];
    const struct pool_tally *p = &r.pools[0];
    assert_int_equal(c->offered, 5);
    assert_int_equal(c->fates[FATE_COMPLETED], 4);
    assert_int_equal(c->fates[FATE_REJECTED], 1);
    assert_int_equal(c->fates[FATE_IN_FLIGHT], 0); /* job 6 was not counted */
    assert_true(c->admitted == 4 && c->started == 4 && c->waited == 3);
    assert_true(c->blocked == 0 && c->caller_ran == 0);
    assert_int_equal(c->offered_inside, 5);
    assert_int_equal(c->ended_inside, 3); /* 0, 1 and 2 */
    times(&c->times[TALLY_DOOR], 4, 0, 0, 0);
    times(&c->times[TALLY_WAIT], 4, 4, 0, 2.5);
    times(&c->times[TALLY_SERVICE], 4, 7, 1, 3);
    times(&c->times[TALLY_RESPONSE], 4, 11, 1.5, 3.5);
    times(&p->times[POOL_WAIT], 4, 4, 0, 2.5);
    times(&p->times[POOL_SERVICE], 4, 7, 1, 3);
    assert_true(c->stay == s(11));
    assert_true(p->offered == 5 && p->lost == 1 && p->unstarted == 0);
    assert_true(r.finished == s(13) && r.horizon == T && !r.interrupted && r.counted_left == 0);
    record_close(&r);
    scenario_free(sc);
}

static void test_areas(void **state) {
    (void)state;
    struct scenario *sc = one_pool();
    struct record r;
    open_record(&r, sc);
    live(&r);
    assert_true(r.classes[0].in_system.area == s(7));
    assert_true(r.classes[0].books == s(7));
    assert_true(r.pools[0].busy.area == s(5));
    assert_true(r.pools[0].queue.area == s(2));
    assert_true(r.pools[0].workers.area == s(10));
    record_close(&r);
    scenario_free(sc);
}

static void test_samples(void **state) {
    (void)state;
    /* at 0, 1 ... 10 s, what happens at that instant included */
    static const struct sample wanted[] = {
        {1, 1, 1, 2, 0, 0}, {1, 1, 0, 2, 1, 0}, {1, 1, 0, 2, 1, 0}, {1, 1, 0, 4, 2, 1},
        {1, 0, 0, 4, 3, 1}, {1, 0, 0, 4, 3, 1}, {1, 0, 0, 4, 3, 1}, {1, 0, 0, 4, 3, 1},
        {1, 0, 0, 4, 3, 1}, {1, 1, 0, 5, 3, 1}, {1, 1, 2, 7, 3, 1},
    };
    static const nsec ended[11] = {0, 2, 0, 3, 1}; /* response of the job that ended in the step */
    struct scenario *sc = one_pool();
    struct record r;
    open_record(&r, sc);
    live(&r);
    assert_true(r.samples == 11 && r.sampled == 11);
    for (int i = 0; i < 11; i++) {
        const struct window *w = &r.pools[0].windows[i];
        assert_memory_equal(&r.pools[0].samples[i], &wanted[i], sizeof wanted[i]);
        assert_int_equal(w->size, ended[i] > 0);
        if (w->size) {
            double low = record_window_value(w->bucket[0], 0),
                   high = record_window_value(w->bucket[0], 1);
            nsec response = ended[i] == 1 ? s(1.5) : ended[i] * SECOND;
            assert_true(w->count[0] == 1 && low <= (double)response && (double)response < high);
            assert_true(high <= low * (1 + 1.0 / 32));
        }
    }
    record_close(&r);
    scenario_free(sc);
}

static void check_outcome(const struct outcome *o, uint64_t index, double intended, double wait,
                          double response, enum fate fate) {
    assert_true(o->index == index && o->intended == s(intended) && o->fate == fate);
    assert_true(o->wait == s(wait) && o->response == s(response));
}

static void test_outcomes(void **state) {
    (void)state;
    struct scenario *sc = one_pool();
    struct record r;
    open_record(&r, sc);
    live(&r);
    const struct outcomes *o = &r.outcomes[0];
    assert_int_equal(o->count, 5); /* in the order of their ends */
    check_outcome(&o->items[0], 3, 2.75, 0, 0, FATE_REJECTED);
    check_outcome(&o->items[1], 1, 0, 1, 3, FATE_COMPLETED);
    check_outcome(&o->items[2], 2, 2.5, 0.5, 1.5, FATE_COMPLETED);
    check_outcome(&o->items[3], 4, 9, 0, 3, FATE_COMPLETED);
    check_outcome(&o->items[4], 5, 9.5, 2.5, 3.5, FATE_COMPLETED);
    record_close(&r);
    scenario_free(sc);
}

/* ---- edges ---- */

/* Wholly in the warm-up, across its end, wholly after T, and over all of [0, T): 10 + 1 ns. */
static void test_edges_of_the_measured_time(void **state) {
    (void)state;
    static const nsec lives[][2] = {
        {-2 * SECOND, -1}, {-1, 1}, {T, T + SECOND}, {-SECOND, T + 1}, {T - 1, T}};
    struct scenario *sc = one_pool();
    for (int i = 0; i < 5; i++) {
        struct record r;
        struct job j = job_at(0, lives[i][0]);
        open_record(&r, sc);
        arrive(&r, &j, 0);
        start(&r, &j, 0, lives[i][0], false);
        end(&r, &j, 0, lives[i][1]);
        finish(&r, lives[i][1] > T ? lives[i][1] : T);
        static const nsec inside[] = {0, 1, 0, T, 1};
        assert_true(r.classes[0].in_system.area == inside[i] && r.classes[0].books == inside[i]);
        assert_true(r.pools[0].busy.area == inside[i]);
        assert_int_equal(r.classes[0].offered, i == 4);
        assert_int_equal(r.classes[0].offered_inside, i == 4);
        assert_int_equal(r.classes[0].ended_inside, i == 1);
        assert_int_equal(r.classes[0].times[TALLY_RESPONSE].n, i == 4);
        record_close(&r);
    }
    scenario_free(sc);
}

static void test_nothing_happens(void **state) {
    (void)state;
    struct scenario *sc = one_pool();
    struct record r;
    open_record(&r, sc);
    finish(&r, T);
    assert_true(r.sampled == 11 && r.pools[0].workers.area == T && r.pools[0].busy.area == 0);
    assert_true(r.classes[0].offered == 0 && r.classes[0].books == 0 && !r.interrupted);
    record_close(&r);
    scenario_free(sc);
}

/* Stopped at 5 s with one job in service since 1 s and one in the queue since 4 s. */
static void test_interrupted(void **state) {
    (void)state;
    struct scenario *sc = one_pool();
    struct record r;
    struct job a = job_at(0, s(1)), b = job_at(1, s(4));
    open_record(&r, sc);
    arrive(&r, &a, 0);
    start(&r, &a, 0, s(1), false);
    arrive(&r, &b, 0);
    enqueue(&r, &b, 0, s(4));
    record_advance(&r, s(5));
    record_left(&r, &a, 0, s(5), true);
    record_left(&r, &b, 0, s(5), false);
    finish(&r, s(5));
    const struct tally *c = &r.classes[0];
    assert_true(r.interrupted && r.horizon == s(5) && r.finished == s(5) && r.counted_left == 0);
    assert_true(c->in_system.area == s(5) && c->books == s(5));
    assert_true(r.pools[0].busy.area == s(4) && r.pools[0].queue.area == s(1));
    assert_true(r.pools[0].workers.area == s(5));
    assert_true(c->offered == 2 && c->fates[FATE_IN_FLIGHT] == 2 && c->started == 1);
    assert_int_equal(r.pools[0].unstarted, 1);
    assert_int_equal(r.sampled, 5); /* 0 ... 4; that of 5 s is not whole */
    check_outcome(&r.outcomes[0].items[0], 0, 1, 0, 0, FATE_IN_FLIGHT);
    record_close(&r);
    scenario_free(sc);
}

/* Stopped in the warm-up: nothing is measured, and nothing breaks. */
static void test_interrupted_in_the_warmup(void **state) {
    (void)state;
    struct scenario *sc = one_pool();
    struct record r;
    struct job a = job_at(0, s(-1.5));
    open_record(&r, sc);
    arrive(&r, &a, 0);
    start(&r, &a, 0, s(-1.5), false);
    record_advance(&r, s(-0.5));
    record_left(&r, &a, 0, s(-0.5), true);
    finish(&r, s(-0.5));
    assert_true(r.interrupted && r.horizon == 0 && r.sampled == 0);
    assert_true(r.classes[0].in_system.area == 0 && r.classes[0].books == 0);
    assert_true(r.pools[0].busy.area == 0 && r.pools[0].workers.area == 0);
    record_close(&r);
    scenario_free(sc);
}

/* Left after the cool-down: the books end at T. */
static void test_left_after_the_cooldown(void **state) {
    (void)state;
    struct scenario *sc = one_pool();
    struct record r;
    struct job a = job_at(0, s(8)), b = job_at(1, s(9));
    open_record(&r, sc);
    arrive(&r, &a, 0);
    start(&r, &a, 0, s(8), false);
    arrive(&r, &b, 0);
    enqueue(&r, &b, 0, s(9));
    record_advance(&r, s(15));
    record_left(&r, &a, 0, s(15), true);
    record_left(&r, &b, 0, s(15), false);
    finish(&r, s(15));
    const struct tally *c = &r.classes[0];
    assert_true(!r.interrupted && c->fates[FATE_IN_FLIGHT] == 2 && c->offered == 2);
    assert_true(c->in_system.area == s(3) && c->books == s(3));
    assert_true(c->times[TALLY_WAIT].n == 1 && c->times[TALLY_RESPONSE].n == 0);
    assert_int_equal(r.pools[0].unstarted, 1);
    record_close(&r);
    scenario_free(sc);
}

/* ---- door, dropped, caller ---- */

/* b stands at the door from 1 to 2 s, then in the queue to 3 s: a queue of 1 s, a wait of 2 s. */
static void test_door(void **state) {
    (void)state;
    struct scenario *sc = one_pool();
    struct record r;
    struct job a = job_at(0, 0), b = job_at(1, s(1));
    open_record(&r, sc);
    arrive(&r, &a, 0);
    start(&r, &a, 0, 0, false);
    arrive(&r, &b, 0);
    b.waited = true;
    record_block(&r, &b, s(1));
    enqueue(&r, &b, 0, s(2));
    end(&r, &a, 0, s(3));
    start(&r, &b, 0, s(3), true);
    end(&r, &b, 0, s(3.5));
    finish(&r, T);
    const struct tally *c = &r.classes[0];
    assert_true(c->blocked == 1 && c->admitted == 2 && c->waited == 1);
    times(&c->times[TALLY_DOOR], 2, 1, 0, 1);
    times(&c->times[TALLY_WAIT], 2, 2, 0, 2);
    times(&c->times[TALLY_RESPONSE], 2, 5.5, 2.5, 3);
    assert_true(r.pools[0].queue.area == s(1) && c->in_system.area == s(5.5) && c->books == s(5.5));
    record_close(&r);
    scenario_free(sc);
}

/* b waits from 1 s and is dropped at 2 s for c. */
static void test_dropped(void **state) {
    (void)state;
    struct scenario *sc = one_pool();
    struct record r;
    struct job a = job_at(0, 0), b = job_at(1, s(1)), c = job_at(2, s(2));
    open_record(&r, sc);
    arrive(&r, &a, 0);
    start(&r, &a, 0, 0, false);
    arrive(&r, &b, 0);
    enqueue(&r, &b, 0, s(1));
    arrive(&r, &c, 0);
    record_lose(&r, &b, 0, s(2), FATE_DROPPED, true);
    enqueue(&r, &c, 0, s(2));
    end(&r, &a, 0, s(4));
    start(&r, &c, 0, s(4), true);
    end(&r, &c, 0, s(5));
    finish(&r, T);
    const struct tally *t = &r.classes[0];
    assert_true(t->offered == 3 && t->admitted == 3 && t->started == 2);
    assert_true(t->fates[FATE_DROPPED] == 1 && t->fates[FATE_COMPLETED] == 2);
    assert_true(t->stay == s(4 + 1 + 3) && t->books == s(8) && t->in_system.area == s(8));
    assert_true(r.pools[0].queue.area == s(3) && r.pools[0].lost == 1);
    assert_int_equal(r.pools[0].samples[3].rejected, 1);
    check_outcome(&r.outcomes[0].items[0], 1, 1, 0, 0, FATE_DROPPED);
    record_close(&r);
    scenario_free(sc);
}

/* b is run by its submitter from 1 to 3 s: no work of the pool's; c is held back from 2 to 3 s. */
static void test_caller(void **state) {
    (void)state;
    struct scenario *sc = one_pool();
    struct record r;
    struct job a = job_at(0, 0), b = job_at(1, s(1)), c = job_at(2, s(2));
    open_record(&r, sc);
    arrive(&r, &a, 0);
    start(&r, &a, 0, 0, false);
    arrive(&r, &b, 0);
    b.by_caller = true;
    b.started = s(1);
    record_caller(&r, &b, s(1));
    arrive(&r, &c, 0);
    record_hold(&r, &c, s(2));
    end(&r, &a, 0, s(2.5));
    end(&r, &b, 0, s(3));
    start(&r, &c, 0, s(3), false);
    end(&r, &c, 0, s(3.25));
    finish(&r, T);
    const struct tally *t = &r.classes[0];
    const struct pool_tally *p = &r.pools[0];
    assert_true(t->caller_ran == 1 && t->admitted == 2 && t->started == 3);
    assert_int_equal(t->waited, 1); /* it found no free worker; c found one when its turn came */
    times(&t->times[TALLY_DOOR], 2, 1, 0, 1);
    times(&t->times[TALLY_WAIT], 3, 1, 0, 1);
    times(&t->times[TALLY_SERVICE], 3, 4.75, 0.25, 2.5);
    times(&t->times[TALLY_RESPONSE], 3, 5.75, 1.25, 2.5);
    times(&p->times[POOL_WAIT], 2, 1, 0, 1);
    times(&p->times[POOL_SERVICE], 2, 2.75, 0.25, 2.5);
    assert_true(p->busy.area == s(2.75) && t->in_system.area == s(5.75) && t->books == s(5.75));
    record_close(&r);
    scenario_free(sc);
}

/* ---- classes, pools, the log ---- */

static void test_classes_and_pools(void **state) {
    (void)state;
    struct scenario *sc = two_pools();
    struct record r;
    struct job a = job_at(0, 0), b = job_at(0, s(1));
    open_record(&r, sc);
    b.class = 1;
    arrive(&r, &a, 1);
    start(&r, &a, 1, 0, false);
    arrive(&r, &b, 0);
    start(&r, &b, 0, s(1), false);
    end(&r, &a, 1, s(3));
    end(&r, &b, 0, s(6));
    finish(&r, T);
    assert_true(r.classes[0].in_system.area == s(3) && r.classes[1].in_system.area == s(5));
    assert_true(r.pools[1].busy.area == s(3) && r.pools[0].busy.area == s(5));
    assert_true(r.pools[0].workers.area == s(30) && r.pools[1].workers.area == s(20));
    times(&r.classes[0].times[TALLY_RESPONSE], 1, 3, 3, 3);
    times(&r.pools[1].times[POOL_SERVICE], 1, 3, 3, 3);
    times(&r.pools[0].times[POOL_SERVICE], 1, 5, 5, 5);
    assert_true(r.pools[1].samples[2].busy == 1 && r.pools[0].samples[5].busy == 1);
    assert_true(r.outcomes[0].count == 1 && r.outcomes[1].count == 1);
    record_close(&r);
    scenario_free(sc);
}

static void test_log(void **state) {
    (void)state;
    static const struct {
        double at;
        uint64_t index;
        enum event_kind kind;
    } wanted[] = {{-1, 0, EVENT_START}, {0, 1, EVENT_QUEUE},   {1, 0, EVENT_END},
                  {1, 1, EVENT_START},  {2.5, 2, EVENT_QUEUE}, {2.75, 3, EVENT_REJECT},
                  {3, 1, EVENT_END},    {3, 2, EVENT_START},   {4, 2, EVENT_END},
                  {9, 4, EVENT_START},  {9.5, 5, EVENT_QUEUE}, {10, 6, EVENT_QUEUE},
                  {12, 4, EVENT_END},   {12, 5, EVENT_START},  {13, 5, EVENT_END},
                  {13, 6, EVENT_START}};
    struct scenario *sc = one_pool();
    struct record r;
    struct event_log log = {0};
    open_record(&r, sc);
    r.log = &log;
    live(&r);
    assert_int_equal(log.count, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < log.count; i++) {
        assert_true(log.items[i].at == s(wanted[i].at) && log.items[i].index == wanted[i].index);
        assert_int_equal(log.items[i].kind, wanted[i].kind);
    }
    free(log.items);
    record_close(&r);
    scenario_free(sc);
}

/* ---- random lives ---- */

enum { LIVES = 400, STEPS = 3 };

struct life {
    struct job job;
    nsec start, end;
};

struct moment {
    nsec at;
    int life, step;
};

static int earlier(const void *a, const void *b) {
    const struct moment *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->life != y->life ? x->life - y->life : x->step - y->step;
}

static nsec overlap(nsec from, nsec to) {
    from = from < 0 ? 0 : from > T ? T : from;
    to = to < 0 ? 0 : to > T ? T : to;
    return to - from;
}

/* 0 ... `most`, in whole nanoseconds. */
static nsec any(struct dice *dice, nsec most) {
    return (nsec)(dice_word(dice) % (uint64_t)(most + 1));
}

static void tell(struct record *r, struct life *life, const struct moment *m) {
    bool waits = life->start > life->job.intended;
    if (m->step == 0) {
        arrive(r, &life->job, 0);
        if (waits)
            enqueue(r, &life->job, 0, m->at);
    } else if (m->step == 1)
        start(r, &life->job, 0, m->at, waits);
    else
        end(r, &life->job, 0, m->at);
}

/* Jobs that come, start and end when they like; of five, one does not wait. */
static void live_at_random(uint64_t seed, nsec stop) {
    struct scenario *sc = one_pool();
    struct record r;
    struct dice dice;
    struct life lives[LIVES];
    struct moment moments[LIVES * STEPS];
    nsec system = 0, busy = 0, queue = 0, stay = 0;
    uint64_t counted = 0, ended = 0;
    dice_open(&dice, seed, 0);
    for (int i = 0; i < LIVES; i++) {
        struct life *l = &lives[i];
        l->job = job_at((uint64_t)i, any(&dice, 13 * SECOND) - 2 * SECOND);
        l->start = l->job.intended + (i % 5 ? 1 + any(&dice, SECOND) : 0);
        l->end = l->start + any(&dice, 2 * SECOND);
        for (int step = 0; step < STEPS; step++)
            moments[i * STEPS + step] = (struct moment){step == 0   ? l->job.intended
                                                        : step == 1 ? l->start
                                                                    : l->end,
                                                        i, step};
        system += overlap(l->job.intended, l->end);
        busy += overlap(l->start, l->end);
        queue += overlap(l->job.intended, l->start);
        stay += l->job.counted ? l->end - l->job.intended : 0;
        counted += l->job.counted;
        ended += l->end >= 0 && l->end < T;
    }
    qsort(moments, LIVES * STEPS, sizeof *moments, earlier);
    open_record(&r, sc);
    for (int i = 0; i < LIVES * STEPS; i++)
        tell(&r, &lives[moments[i].life], &moments[i]);
    finish(&r, stop);
    const struct tally *c = &r.classes[0];
    assert_true(c->in_system.area == system && c->books == system && c->stay == stay);
    assert_true(r.pools[0].busy.area == busy && r.pools[0].queue.area == queue);
    assert_true(c->offered == counted && c->fates[FATE_COMPLETED] == counted);
    assert_true(c->ended_inside == ended && r.counted_left == 0);
    assert_true(c->times[TALLY_RESPONSE].sum ==
                c->times[TALLY_WAIT].sum + c->times[TALLY_SERVICE].sum);
    record_close(&r);
    scenario_free(sc);
}

static void test_random_lives(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        live_at_random(seed, 20 * SECOND);
}

/* A window's bucket holds the response it counts, and is 1/32 of it wide at most. */
static void test_windows(void **state) {
    (void)state;
    struct scenario *sc = one_pool();
    for (double response = 2048; response < 1e13; response *= 1.385) {
        struct record r;
        struct job j = job_at(0, 0);
        nsec at = (nsec)response;
        open_record(&r, sc);
        r.horizon = 20000 * SECOND; /* so that it ends inside */
        r.sample_every = r.horizon / 10;
        arrive(&r, &j, 0);
        start(&r, &j, 0, 0, false);
        end(&r, &j, 0, at);
        finish(&r, r.horizon);
        int found = 0;
        for (size_t i = 0; i < r.samples; i++)
            for (uint32_t k = 0; k < r.pools[0].windows[i].size; k++) {
                uint32_t bucket = r.pools[0].windows[i].bucket[k];
                double low = record_window_value(bucket, 0), high = record_window_value(bucket, 1);
                assert_true(low <= (double)at && (double)at < high && high - low <= low / 32);
                assert_int_equal(r.pools[0].windows[i].count[k], 1);
                found++;
            }
        assert_int_equal(found, 1);
        record_close(&r);
    }
    scenario_free(sc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_and_times),
        cmocka_unit_test(test_areas),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_edges_of_the_measured_time),
        cmocka_unit_test(test_nothing_happens),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_interrupted_in_the_warmup),
        cmocka_unit_test(test_left_after_the_cooldown),
        cmocka_unit_test(test_door),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_caller),
        cmocka_unit_test(test_classes_and_pools),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_random_lives),
        cmocka_unit_test(test_windows),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
