/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_group: groups of jobs on a real pool: all succeed, the first error stops the others, all
 * errors are collected; every way in which a job can fail to run, and no memory. No time is
 * measured, but that an end comes.
 */
#include "tests/group.h"

/* ---- memory that runs out, where no sanitizer has the allocator --------------------------------
 */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HAS_NO_MEMORY 1
void *__libc_calloc(size_t, size_t);
static _Thread_local bool no_memory;
void *calloc(size_t count, size_t size) {
    return no_memory ? NULL : __libc_calloc(count, size);
}
#endif

/* ---- errors ------------------------------------------------------------------------------------
 */

static void test_all_succeed(void **state) {
    (void)state;
    enum { N = 1000 };
    struct headroom_pool *pool = make_pool(4, HEADROOM_UNBOUNDED, HEADROOM_BLOCK);
    struct headroom_group *group;
    assert_int_equal(headroom_group_open(&group, pool, NULL, NULL), 0);
    struct order *orders = make_orders(N);
    assert_int_equal(headroom_group_wait(group), 0); /* of nothing */
    for (int round = 1; round <= 2; round++) {       /* a group goes on after a wait */
        for (int i = 0; i < N; i++)
            assert_int_equal(headroom_group_go(group, do_it, &orders[i]), 0);
        assert_int_equal(headroom_group_wait(group), 0);
        for (int i = 0; i < N; i++)
            assert_int_equal(orders[i].runs, round);
    }
    assert_int_equal(headroom_group_errors(group, NULL, 0), 0);
    assert_int_equal(headroom_group_close(group), 0);
    assert_int_equal(headroom_group_close(NULL), 0);
    close_pool(pool);
    free(orders);
}

/* One fails: those that run are told, those that wait never start, those that come are refused. */
static void test_first_error_stops(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(2, HEADROOM_UNBOUNDED, HEADROOM_BLOCK);
    struct headroom_group *group = make_group(pool, NULL, (struct headroom_group_options){0});
    struct order *orders = make_orders(4);
    orders[1].answer = EIO;
    assert_int_equal(headroom_group_go(group, do_until_cancelled, &orders[0]), 0);
    assert_int_equal(headroom_group_go(group, do_gated, &orders[1]), 0);
    await_start(&orders[0]);
    await_start(&orders[1]);
    assert_int_equal(headroom_group_go(group, do_it, &orders[2]), 0); /* no worker is free */
    open_gate(&orders[1]);
    assert_int_equal(headroom_group_wait(group), EIO);
    assert_int_equal(headroom_group_go(group, do_it, &orders[3]), EIO);
    assert_int_equal(headroom_context_error(headroom_group_context(group)), EIO);
    assert_int_equal(orders[2].runs + orders[3].runs, 0);
    struct headroom_group_result results[4];
    assert_int_equal(headroom_group_errors(group, results, 4), 3);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(results[i].index, i);
        assert_int_equal(results[i].error, EIO);
        assert_ptr_equal(results[i].argument, &orders[i]);
        assert_int_equal(results[i].fate, i == 2 ? HEADROOM_CANCELLED : HEADROOM_FAILED);
    }
    assert_int_equal(headroom_group_close(group), EIO);
    close_pool(pool);
    free(orders);
}

static void test_collect(void **state) {
    (void)state;
    enum { N = 700 };
    struct headroom_pool *pool = make_pool(4, HEADROOM_UNBOUNDED, HEADROOM_BLOCK);
    struct headroom_group *group =
        make_group(pool, NULL, (struct headroom_group_options){.mode = HEADROOM_COLLECT_ERRORS});
    struct order *orders = make_orders(N);
    for (int i = 0; i < N; i++) {
        orders[i].answer = i % 7 == 0 ? i + 1 : 0;
        assert_int_equal(headroom_group_go(group, do_it, &orders[i]), 0);
    }
    int first = headroom_group_wait(group);
    assert_int_equal(first % 7, 1);
    struct headroom_group_result results[100];
    assert_int_equal(headroom_group_errors(group, results, 100), 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(results[i].index, 7 * i);
        assert_int_equal(results[i].error, 7 * i + 1);
    }
    assert_int_equal(headroom_group_errors(group, results, 1), 100);
    assert_int_equal(results[0].index, 0);
    for (int i = 0; i < N; i++) {
        assert_int_equal(orders[i].runs, 1);
        assert_int_equal(orders[i].seen, 0);
    }
    assert_int_equal(headroom_group_close(group), first);
    close_pool(pool);
    free(orders);
}

static void test_parent(void **state) {
    (void)state;
    struct headroom_context parent;
    headroom_context_open(&parent, NULL, HEADROOM_NEVER);
    struct headroom_pool *pool = make_pool(1, HEADROOM_UNBOUNDED, HEADROOM_BLOCK);
    struct headroom_group *group =
        make_group(pool, &parent, (struct headroom_group_options){.mode = HEADROOM_COLLECT_ERRORS});
    struct order *orders = make_orders(3);
    assert_int_equal(headroom_group_go(group, do_until_cancelled, &orders[0]), 0);
    assert_int_equal(headroom_group_go(group, do_it, &orders[1]), 0);
    await_start(&orders[0]);
    headroom_context_cancel(&parent, EPIPE);
    assert_int_equal(headroom_group_wait(group), EPIPE);
    assert_int_equal(headroom_group_go(group, do_it, &orders[2]), EPIPE);
    struct headroom_group_result results[2];
    assert_int_equal(headroom_group_errors(group, results, 2), 2);
    assert_int_equal(results[1].error, EPIPE);
    assert_int_equal(results[1].fate, HEADROOM_CANCELLED);
    assert_int_equal(orders[1].runs + orders[2].runs, 0);
    assert_int_equal(headroom_group_close(group), EPIPE);
    close_pool(pool);
    headroom_context_close(&parent);
    free(orders);
}

/* Jobs are told of the parent's deadline, and those that have not started by then are refused or
 * never start. */
static void test_deadline(void **state) {
    (void)state;
    struct headroom_context parent;
    headroom_context_open(&parent, NULL, headroom_now() + 10 * MS);
    struct headroom_pool *pool = make_pool(1, HEADROOM_UNBOUNDED, HEADROOM_BLOCK);
    struct headroom_group *group = make_group(pool, &parent, (struct headroom_group_options){0});
    struct order *orders = make_orders(2);
    int error = headroom_group_go(group, do_until_cancelled, &orders[0]);
    assert_true(error == 0 || error == ETIMEDOUT);
    error = headroom_group_go(group, do_until_cancelled, &orders[1]);
    assert_true(error == 0 || error == ETIMEDOUT);
    assert_int_equal(headroom_group_close(group), ETIMEDOUT);
    assert_int_equal(orders[1].started, 0);
    close_pool(pool);
    headroom_context_close(&parent);
    free(orders);
}

/* A refusal alone is an error, too: the group was not able to do all. */
static void test_refused_by_cancellation(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(1, 0, HEADROOM_BLOCK);
    struct headroom_group *group = make_group(pool, NULL, (struct headroom_group_options){0});
    headroom_context_cancel(headroom_group_context(group), EPIPE);
    assert_int_equal(headroom_group_wait(group), 0);
    assert_int_equal(headroom_group_go(group, do_it, NULL), EPIPE);
    assert_int_equal(headroom_group_close(group), EPIPE);
    close_pool(pool);
}

struct going {
    struct headroom_group *group;
    struct order *order;
    int answer;
};

static void *go_blocked(void *context) {
    struct going *g = context;
    g->answer = headroom_group_go(g->group, do_it, g->order);
    return NULL;
}

/* Who is blocked by a full pool hears of it, before anybody makes room. */
static void test_cancelled_at_the_door(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(1, 0, HEADROOM_BLOCK);
    struct headroom_group *other = make_group(pool, NULL, (struct headroom_group_options){0});
    struct order *orders = make_orders(2);
    struct going g = {make_group(pool, NULL, (struct headroom_group_options){0}), &orders[1], 0};
    assert_int_equal(headroom_group_go(other, do_until_cancelled, &orders[0]), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, go_blocked, &g), 0);
    while (headroom_pool_counts(pool).door == 0)
        sched_yield();
    headroom_context_cancel(headroom_group_context(g.group), EPIPE);
    pthread_join(thread, NULL);
    assert_int_equal(g.answer, EPIPE);
    assert_int_equal(headroom_group_close(g.group), EPIPE);
    headroom_context_cancel(headroom_group_context(other), ECANCELED);
    assert_int_equal(headroom_group_close(other), ECANCELED);
    assert_int_equal(orders[1].runs, 0);
    close_pool(pool);
    free(orders);
}

/* ---- what the pool may do with a job -----------------------------------------------------------
 */

static void test_rejected(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(1, 1, HEADROOM_REJECT);
    struct headroom_group *group =
        make_group(pool, NULL, (struct headroom_group_options){.ordered = true, .limit = 3});
    struct order *orders = make_orders(3);
    assert_int_equal(headroom_group_go(group, do_gated, &orders[0]), 0);
    assert_int_equal(headroom_group_go(group, do_gated, &orders[1]), 0);
    for (int i = 0; i < 5; i++) /* neither a place of the limit nor a record stays with it */
        assert_int_equal(headroom_group_go(group, do_gated, &orders[2]), EAGAIN);
    open_gate(&orders[0]);
    open_gate(&orders[1]);
    assert_int_equal(headroom_group_wait(group), 0);
    struct headroom_group_result result;
    for (uint64_t i = 0; i < 2; i++) {
        assert_int_equal(headroom_group_next(group, &result, HEADROOM_NEVER), 0);
        assert_int_equal(result.index, i);
    }
    assert_int_equal(headroom_group_next(group, &result, HEADROOM_NEVER), ENODATA);
    assert_int_equal(headroom_pool_drain(pool, HEADROOM_NEVER), 0);
    assert_int_equal(headroom_group_go(group, do_it, &orders[2]), ESHUTDOWN);
    assert_int_equal(headroom_group_close(group), 0);
    assert_int_equal(orders[2].runs, 0);
    close_pool(pool);
    free(orders);
}

static void test_dropped(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(1, 1, HEADROOM_DROP_OLDEST);
    struct headroom_group *group =
        make_group(pool, NULL, (struct headroom_group_options){.mode = HEADROOM_COLLECT_ERRORS});
    struct order *orders = make_orders(3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(headroom_group_go(group, do_gated, &orders[i]), 0);
    for (int i = 0; i < 3; i++)
        open_gate(&orders[i]);
    assert_int_equal(headroom_group_wait(group), EAGAIN);
    struct headroom_group_result result;
    assert_int_equal(headroom_group_errors(group, &result, 1), 1);
    assert_int_equal(result.index, 1);
    assert_int_equal(result.fate, HEADROOM_DROPPED);
    assert_int_equal(orders[0].runs + orders[2].runs, 2);
    assert_int_equal(headroom_group_close(group), EAGAIN);
    close_pool(pool);
    free(orders);
}

static void test_ended_thread(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(2, HEADROOM_UNBOUNDED, HEADROOM_BLOCK);
    struct headroom_group *group =
        make_group(pool, NULL, (struct headroom_group_options){.mode = HEADROOM_COLLECT_ERRORS});
    struct order *orders = make_orders(20);
    for (int i = 0; i < 20; i++)
        assert_int_equal(headroom_group_go(group, i == 3 ? do_end_thread : do_it, &orders[i]), 0);
    assert_int_equal(headroom_group_wait(group), EOWNERDEAD);
    struct headroom_group_result result;
    assert_int_equal(headroom_group_errors(group, &result, 1), 1);
    assert_int_equal(result.index, 3);
    assert_int_equal(result.fate, HEADROOM_DEAD_LETTERED);
    for (int i = 0; i < 20; i++)
        assert_int_equal(orders[i].runs, 1);
    assert_int_equal(headroom_group_close(group), EOWNERDEAD);
    close_pool(pool);
    free(orders);
}

static void test_pool_cancelled(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(1, HEADROOM_UNBOUNDED, HEADROOM_BLOCK);
    struct headroom_group *group = make_group(pool, NULL, (struct headroom_group_options){0});
    struct order *orders = make_orders(2);
    assert_int_equal(headroom_group_go(group, do_until_cancelled, &orders[0]), 0);
    await_start(&orders[0]);
    assert_int_equal(headroom_group_go(group, do_it, &orders[1]), 0);
    headroom_pool_cancel(pool);
    assert_int_equal(headroom_group_close(group), ECANCELED);
    assert_int_equal(orders[1].runs, 0);
    close_pool(pool);
    free(orders);
}

/* The submitter runs what the pool has no room for. */
static void test_caller_runs(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(1, 0, HEADROOM_CALLER_RUNS);
    struct headroom_group *group = make_group(pool, NULL, (struct headroom_group_options){0});
    struct order *orders = make_orders(2);
    orders[1].answer = EIO;
    assert_int_equal(headroom_group_go(group, do_until_cancelled, &orders[0]), 0);
    await_start(&orders[0]);
    assert_int_equal(headroom_group_go(group, do_it, &orders[1]), 0); /* here; and it fails */
    assert_int_equal(orders[1].runs, 1);
    assert_int_equal(headroom_group_close(group), EIO);
    close_pool(pool);
    free(orders);
}

static void test_no_memory(void **state) {
    (void)state;
#ifdef HAS_NO_MEMORY
    enum { N = 100 };
    struct headroom_pool *pool = make_pool(1, HEADROOM_UNBOUNDED, HEADROOM_BLOCK);
    struct headroom_group *group = make_group(pool, NULL, (struct headroom_group_options){0}), *no;
    struct order *orders = make_orders(N);
    int taken = 0, refused = 0;
    assert_int_equal(headroom_group_go(group, do_gated, &orders[0]), 0);
    no_memory = true;
    assert_int_equal(headroom_group_open(&no, pool, NULL, NULL), ENOMEM);
    assert_int_equal(headroom_map(pool, 1, do_it, orders, sizeof *orders, N, NULL), ENOMEM);
    for (int i = 1; i < N; i++) {
        int error = headroom_group_go(group, do_it, &orders[i]);
        taken += error == 0;
        refused += error == ENOMEM;
    }
    no_memory = false;
    assert_in_range(taken, 1, N - 2);
    assert_int_equal(taken + refused, N - 1);
    open_gate(&orders[0]);
    assert_int_equal(headroom_group_wait(group), 0);
    for (int i = 0; i < N; i++)
        assert_int_equal(orders[i].runs, i <= taken ? 1 : 0);
    no_memory = true; /* records that have served serve again */
    for (int i = 0; i < 100 * N; i++) {
        assert_int_equal(headroom_group_go(group, do_it, &orders[N - 1]), 0);
        assert_int_equal(headroom_group_wait(group), 0);
    }
    no_memory = false;
    assert_int_equal(headroom_group_close(group), 0);
    assert_int_equal(orders[N - 1].runs, 100 * N);
    close_pool(pool);
    free(orders);
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_succeed),
        cmocka_unit_test(test_first_error_stops),
        cmocka_unit_test(test_collect),
        cmocka_unit_test(test_parent),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_refused_by_cancellation),
        cmocka_unit_test(test_cancelled_at_the_door),
        cmocka_unit_test(test_rejected),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_ended_thread),
        cmocka_unit_test(test_pool_cancelled),
        cmocka_unit_test(test_caller_runs),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
