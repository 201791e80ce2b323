/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_group_order: the limit holds, who is blocked by it returns when the group is cancelled;
 * results come in order of submission whatever ended first; storms of submitters, readers and
 * errors.
 */
#include "tests/group.h"

/* ---- the limit ---------------------------------------------------------------------------------
 */

static void test_limit(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(8, HEADROOM_UNBOUNDED, HEADROOM_BLOCK);
    struct headroom_group *group =
        make_group(pool, NULL, (struct headroom_group_options){.limit = 3});
    struct crowd crowd = {0, 0};
    for (int i = 0; i < 200; i++)
        assert_int_equal(headroom_group_go(group, join_crowd, &crowd), 0);
    assert_int_equal(headroom_group_close(group), 0);
    assert_in_range(crowd.most, 1, 3);
    assert_int_equal(crowd.now, 0);
    close_pool(pool);
}

struct goer {
    struct headroom_group *group;
    struct order *order;
    int answer;
};

static void *go_on_thread(void *argument) {
    struct goer *goer = argument;
    goer->answer = headroom_group_go(goer->group, do_it, goer->order);
    return NULL;
}

/* Who is blocked by the limit returns when the group is cancelled. */
static void test_blocked_go_returns(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(2, 0, HEADROOM_BLOCK);
    struct headroom_group *group =
        make_group(pool, NULL, (struct headroom_group_options){.limit = 1});
    struct order *orders = make_orders(2);
    assert_int_equal(headroom_group_go(group, do_gated, &orders[0]), 0);
    struct goer goer = {group, &orders[1], 0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, go_on_thread, &goer), 0);
    headroom_context_wait(headroom_group_context(group), headroom_now() + MS);
    headroom_context_cancel(headroom_group_context(group), EIO);
    pthread_join(thread, NULL);
    assert_int_equal(goer.answer, EIO);
    assert_int_equal(orders[1].runs, 0);
    open_gate(&orders[0]);
    assert_int_equal(headroom_group_close(group), EIO);
    close_pool(pool);
    free(orders);
}

/* ---- in order ----------------------------------------------------------------------------------
 */

static void test_order(void **state) {
    (void)state;
    enum { N = 4 };
    struct headroom_pool *pool = make_pool(N, 0, HEADROOM_BLOCK);
    struct headroom_group *group = make_group(
        pool, NULL,
        (struct headroom_group_options){.ordered = true, .mode = HEADROOM_COLLECT_ERRORS});
    struct order *orders = make_orders(N);
    struct headroom_group_result result;
    assert_int_equal(headroom_group_next(group, &result, HEADROOM_NEVER), ENODATA);
    for (int i = 0; i < N; i++) {
        orders[i].answer = i == 2 ? EIO : 0;
        assert_int_equal(headroom_group_go(group, do_gated, &orders[i]), 0);
    }
    for (int i = N - 1; i > 0; i--)
        open_gate(&orders[i]); /* all but the first end */
    assert_int_equal(headroom_group_next(group, &result, headroom_now() + MS), ETIMEDOUT);
    assert_int_equal(headroom_group_next(group, &result, 0), ETIMEDOUT);
    open_gate(&orders[0]);
    for (int i = 0; i < N; i++) {
        assert_int_equal(headroom_group_next(group, &result, HEADROOM_NEVER), 0);
        assert_int_equal(result.index, i);
        assert_ptr_equal(result.argument, &orders[i]);
        assert_int_equal(result.error, orders[i].answer);
        assert_int_equal(result.fate, i == 2 ? HEADROOM_FAILED : HEADROOM_COMPLETED);
    }
    assert_int_equal(headroom_group_next(group, &result, HEADROOM_NEVER), ENODATA);
    assert_int_equal(headroom_group_errors(group, &result, 1), 1);
    assert_int_equal(result.index, 2);
    assert_int_equal(headroom_group_close(group), EIO);
    group = make_group(pool, NULL, (struct headroom_group_options){0});
    assert_int_equal(headroom_group_next(group, &result, HEADROOM_NEVER), EINVAL);
    assert_int_equal(headroom_group_close(group), 0);
    close_pool(pool);
    free(orders);
}

static int yield_a_little(struct headroom_context *context, void *argument) {
    (void)context;
    for (uintptr_t i = (uintptr_t)argument % 5; i > 0; i--)
        sched_yield();
    return (uintptr_t)argument % 11 == 0 ? EIO : 0;
}

/* Reads results while others submit; unread ones are freed by close. */
struct reader {
    struct headroom_group *group;
    uint64_t most, read;
    bool ordered;
};

static void *read_results(void *argument) {
    struct reader *reader = argument;
    struct headroom_group_result result;
    uint64_t next = 0;
    reader->ordered = true;
    while (reader->read < reader->most) {
        int error = headroom_group_next(reader->group, &result, HEADROOM_NEVER);
        if (error == ENODATA) {
            sched_yield();
            continue;
        }
        bool fails = (uintptr_t)result.argument % 11 == 0;
        reader->ordered = reader->ordered && error == 0 && result.index == next++ &&
                          result.error == (fails ? EIO : 0);
        reader->read++;
    }
    return NULL;
}

struct writer {
    struct headroom_group *group;
    uintptr_t from, to;
    bool sound;
};

static void *write_jobs(void *argument) {
    struct writer *writer = argument;
    writer->sound = true;
    for (uintptr_t i = writer->from; i < writer->to; i++)
        if (headroom_group_go(writer->group, yield_a_little, (void *)i) != 0)
            writer->sound = false;
    return NULL;
}

static void test_storm(void **state) {
    (void)state;
    enum { WRITERS = 3, EACH = 2000 };
    struct headroom_pool *pool = make_pool(4, 8, HEADROOM_BLOCK);
    struct headroom_group *group =
        make_group(pool, NULL,
                   (struct headroom_group_options){
                       .limit = 16, .ordered = true, .mode = HEADROOM_COLLECT_ERRORS});
    struct reader reader = {.group = group, .most = WRITERS * EACH - 100};
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS + 1];
    assert_int_equal(pthread_create(&threads[WRITERS], NULL, read_results, &reader), 0);
    for (uintptr_t i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){group, i * EACH, (i + 1) * EACH, false};
        assert_int_equal(pthread_create(&threads[i], NULL, write_jobs, &writers[i]), 0);
    }
    for (int i = 0; i <= WRITERS; i++)
        pthread_join(threads[i], NULL);
    assert_true(reader.ordered);
    for (int i = 0; i < WRITERS; i++)
        assert_true(writers[i].sound);
    assert_int_equal(headroom_group_wait(group), EIO);
    assert_int_equal(headroom_group_errors(group, NULL, 0), (WRITERS * EACH + 10) / 11);
    assert_int_equal(headroom_group_close(group), EIO);
    close_pool(pool);
}

/* Many groups that stop at an error while their jobs start, on one pool. */
static void test_storm_of_errors(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(4, HEADROOM_UNBOUNDED, HEADROOM_BLOCK);
    for (int round = 0; round < 200; round++) {
        struct headroom_group *group =
            make_group(pool, NULL, (struct headroom_group_options){.limit = round % 2 ? 8 : 0});
        int error = 0;
        for (uintptr_t i = 1; i <= 50 && error == 0; i++)
            error = headroom_group_go(group, yield_a_little, (void *)i);
        assert_true(error == 0 || error == EIO);
        assert_int_equal(headroom_group_close(group), EIO); /* 11, 22, 33 or 44 */
    }
    close_pool(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),           cmocka_unit_test(test_blocked_go_returns),
        cmocka_unit_test(test_order),           cmocka_unit_test(test_storm),
        cmocka_unit_test(test_storm_of_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
