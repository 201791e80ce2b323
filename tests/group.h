/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * group: what the tests of groups and of map share: pools whose books are looked at when they
 * close, jobs that wait at a gate, fail, note what they saw, and count how many run at once.
 */
#ifndef TESTS_GROUP_H
#define TESTS_GROUP_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pool/group.h"
#include "pool/pool.h"

enum { MS = 1000000 };

/* ---- pools, groups, jobs -----------------------------------------------------------------------
 */

static inline struct headroom_pool *make_pool(uint32_t workers, int64_t capacity,
                                              enum headroom_when_full when_full) {
    struct headroom_pool *pool;
    struct headroom_config config = {
        .workers = workers, .capacity = capacity, .when_full = when_full};
    assert_int_equal(headroom_pool_open(&pool, &config), 0);
    return pool;
}

/* The books balance: nothing is lost. */
static inline void close_pool(struct headroom_pool *pool) {
    struct headroom_counts c;
    assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, &c), 0);
    assert_int_equal(c.in_flight, 0);
    assert_int_equal(c.submitted, c.completed + c.failed + c.rejected + c.dropped + c.cancelled +
                                      c.timed_out + c.dead_lettered + c.caller_ran);
}

static inline struct headroom_group *make_group(struct headroom_pool *pool,
                                                struct headroom_context *parent,
                                                struct headroom_group_options options) {
    struct headroom_group *group;
    assert_int_equal(headroom_group_open(&group, pool, parent, &options), 0);
    return group;
}

/* What a job is told, and what it did. */
struct order {
    int answer; /* it returns */
    int runs;
    int seen;                     /* what its context said at its end */
    struct headroom_context gate; /* where `gated`: it waits until this is cancelled */
    unsigned started;
};

static inline int do_it(struct headroom_context *context, void *argument) {
    struct order *order = argument;
    __atomic_fetch_add(&order->runs, 1, __ATOMIC_RELAXED);
    order->seen = headroom_context_error(context);
    return order->answer;
}

static inline int do_gated(struct headroom_context *context, void *argument) {
    struct order *order = argument;
    __atomic_store_n(&order->started, 1, __ATOMIC_RELEASE);
    headroom_context_wait(&order->gate, HEADROOM_NEVER);
    return do_it(context, argument);
}

/* Polite work: until it is told to stop, and then it says why. */
static inline int do_until_cancelled(struct headroom_context *context, void *argument) {
    struct order *order = argument;
    __atomic_store_n(&order->started, 1, __ATOMIC_RELEASE);
    return headroom_context_wait(context, HEADROOM_NEVER);
}

static inline int do_end_thread(struct headroom_context *context, void *argument) {
    (void)context;
    __atomic_fetch_add(&((struct order *)argument)->runs, 1, __ATOMIC_RELAXED);
    pthread_exit(NULL);
}

static inline struct order *make_orders(size_t count) {
    struct order *orders = calloc(count, sizeof *orders);
    assert_non_null(orders);
    for (size_t i = 0; i < count; i++)
        headroom_context_open(&orders[i].gate, NULL, HEADROOM_NEVER);
    return orders;
}

static inline void open_gate(struct order *order) {
    headroom_context_cancel(&order->gate, 0);
}

static inline void await_start(struct order *order) {
    while (!__atomic_load_n(&order->started, __ATOMIC_ACQUIRE))
        sched_yield();
}

struct crowd {
    int now, most;
};

static inline int join_crowd(struct headroom_context *context, void *argument) {
    struct crowd *crowd = argument;
    int now = __atomic_add_fetch(&crowd->now, 1, __ATOMIC_SEQ_CST);
    int most = __atomic_load_n(&crowd->most, __ATOMIC_SEQ_CST);
    while (now > most && !__atomic_compare_exchange_n(&crowd->most, &most, now, false,
                                                      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
    headroom_context_wait(context, headroom_now() + MS / 10);
    __atomic_sub_fetch(&crowd->now, 1, __ATOMIC_SEQ_CST);
    return 0;
}

#endif
