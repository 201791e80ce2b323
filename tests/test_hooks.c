/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_hooks: whoever counts hooks counts what the pool ran: each start has an end, for calls and
 * jobs, on workers, by their submitter, and where they end their thread; and who runs work of one
 * pool in a job of another has no worker's memory there.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pool/park.h"
#include "pool/pool.h"

struct heard {
    atomic_int submits, starts, ends, dead;
};

static void hook(void *user, const struct headroom_event *event) {
    struct heard *heard = user;
    atomic_fetch_add(event->what == HEADROOM_ON_SUBMIT  ? &heard->submits
                     : event->what == HEADROOM_ON_START ? &heard->starts
                                                        : &heard->ends,
                     1);
    if (event->what == HEADROOM_ON_END && event->fate == HEADROOM_DEAD_LETTERED)
        atomic_fetch_add(&heard->dead, 1);
}

static void await_gate(void *gate) {
    while (atomic_load((atomic_uint *)gate) == 0)
        park_wait(gate, 0, NSEC_NEVER);
}

static void nothing(void *argument) {
    (void)argument;
}

static void nothing_much(struct headroom_job *job) {
    (void)job;
}

static void die(void *argument) {
    (void)argument;
    pthread_exit(NULL);
}

static void die_of_it(struct headroom_job *job) {
    (void)job;
    pthread_exit(NULL);
}

static struct headroom_pool *open_pool(struct headroom_config config) {
    struct headroom_pool *pool;
    assert_int_equal(headroom_pool_open(&pool, &config), 0);
    return pool;
}

static void check(const struct heard *heard, int ran, int dead) {
    assert_int_equal(heard->submits, ran);
    assert_int_equal(heard->starts, ran);
    assert_int_equal(heard->ends, ran);
    assert_int_equal(heard->dead, dead);
}

static void test_on_workers(void **state) {
    (void)state;
    struct heard heard = {0};
    struct headroom_pool *pool = open_pool((struct headroom_config){
        .workers = 2, .capacity = HEADROOM_UNBOUNDED, .user = &heard, .hook = hook});
    struct headroom_job jobs[3] = {
        {.run = nothing_much}, {.run = die_of_it}, {.run = nothing_much}};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(headroom_pool_submit(pool, i == 1 ? die : nothing, NULL), 0);
        assert_int_equal(headroom_pool_submit_job(pool, &jobs[i]), 0);
    }
    assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, NULL), 0);
    check(&heard, 6, 2);
}

static void test_by_the_submitter(void **state) {
    (void)state;
    struct heard heard = {0};
    atomic_uint gate = 0;
    struct headroom_pool *pool = open_pool((struct headroom_config){
        .workers = 1, .when_full = HEADROOM_CALLER_RUNS, .user = &heard, .hook = hook});
    struct headroom_job job = {.run = nothing_much};
    assert_int_equal(headroom_pool_submit(pool, await_gate, &gate), 0);
    assert_int_equal(headroom_pool_submit(pool, nothing, NULL), 0);
    assert_int_equal(headroom_pool_submit_job(pool, &job), 0);
    assert_int_equal(job.fate, HEADROOM_COMPLETED);
    atomic_store(&gate, 1);
    park_wake(&gate, 1);
    struct headroom_counts counts;
    assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, &counts), 0);
    assert_int_equal(counts.caller_ran, 2);
    check(&heard, 3, 0);
}

struct nested {
    struct headroom_pool *full;
    void *outside, *inside; /* headroom_scratch */
};

static void look(void *nested) {
    ((struct nested *)nested)->inside = headroom_scratch();
}

static void submit_to_the_full(void *context) {
    struct nested *nested = context;
    nested->outside = headroom_scratch();
    headroom_pool_submit(nested->full, look, nested);
}

static void test_no_memory_of_another_pool(void **state) {
    (void)state;
    atomic_uint gate = 0;
    struct nested nested = {.inside = &gate};
    nested.full = open_pool((struct headroom_config){
        .workers = 1, .when_full = HEADROOM_CALLER_RUNS, .scratch_bytes = 4096});
    assert_int_equal(headroom_pool_submit(nested.full, await_gate, &gate), 0);
    struct headroom_pool *pool =
        open_pool((struct headroom_config){.workers = 1, .scratch_bytes = 8});
    assert_int_equal(headroom_pool_submit(pool, submit_to_the_full, &nested), 0);
    assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, NULL), 0);
    assert_non_null(nested.outside);
    assert_null(nested.inside);
    atomic_store(&gate, 1);
    park_wake(&gate, 1);
    assert_int_equal(headroom_pool_close(nested.full, HEADROOM_NEVER, NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_on_workers),
        cmocka_unit_test(test_by_the_submitter),
        cmocka_unit_test(test_no_memory_of_another_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
