/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_map: headroom_map: every element once, the limit, the first error, full pools, dead threads.
 */
#include "tests/group.h"

/* ---- map ---------------------------------------------------------------------------------------
 */

struct number {
    struct crowd *crowd;
    uint64_t value;
    int answer;
};

static int square(struct headroom_context *context, void *element) {
    struct number *number = element;
    int error = number->answer != 0 ? number->answer : join_crowd(context, number->crowd);
    number->value *= number->value;
    return error;
}

static void test_map(void **state) {
    (void)state;
    enum { N = 100 };
    struct headroom_pool *pool = make_pool(4, 4, HEADROOM_BLOCK);
    struct crowd crowd = {0, 0};
    struct number numbers[N];
    for (uint32_t limit = 0; limit < 20; limit += 3) {
        crowd = (struct crowd){0, 0};
        for (uint64_t i = 0; i < N; i++)
            numbers[i] = (struct number){&crowd, i, 0};
        assert_int_equal(headroom_map(pool, limit, square, numbers, sizeof *numbers, N, NULL), 0);
        for (uint64_t i = 0; i < N; i++)
            assert_int_equal(numbers[i].value, i * i);
        assert_in_range(crowd.most, 1, limit == 0 || limit > 4 ? 4 : limit);
    }
    assert_int_equal(headroom_map(pool, 4, square, NULL, sizeof *numbers, 0, NULL), 0);
    close_pool(pool);
}

static void test_map_stops(void **state) {
    (void)state;
    enum { N = 1000 };
    struct headroom_pool *pool = make_pool(2, 0, HEADROOM_BLOCK);
    struct crowd crowd = {0, 0};
    struct number *numbers = calloc(N, sizeof *numbers);
    struct headroom_context context;
    assert_non_null(numbers);
    for (uint64_t i = 0; i < N; i++)
        numbers[i] = (struct number){&crowd, 2, i == 20 ? EIO : 0};
    assert_int_equal(headroom_map(pool, 2, square, numbers, sizeof *numbers, N, NULL), EIO);
    assert_int_equal(numbers[20].value, 4);
    assert_int_equal(numbers[N - 1].value, 2);
    headroom_context_open(&context, NULL, HEADROOM_NEVER);
    headroom_context_cancel(&context, EPIPE);
    assert_int_equal(headroom_map(pool, 2, square, numbers, sizeof *numbers, N, &context), EPIPE);
    assert_int_equal(numbers[0].value, 4); /* squared once, before */
    headroom_context_close(&context);
    assert_int_equal(headroom_pool_drain(pool, HEADROOM_NEVER), 0);
    assert_int_equal(headroom_map(pool, 2, square, numbers, sizeof *numbers, N, NULL), ESHUTDOWN);
    close_pool(pool);
    free(numbers);
}

/* A full pool that refuses: who was taken does all; or nobody was, and it says so. */
static void test_map_on_a_full_pool(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(2, 0, HEADROOM_REJECT);
    struct headroom_group *group = make_group(pool, NULL, (struct headroom_group_options){0});
    struct order *orders = make_orders(2);
    struct crowd crowd = {0, 0};
    struct number numbers[20];
    for (uint64_t i = 0; i < 20; i++)
        numbers[i] = (struct number){&crowd, 3, 0};
    assert_int_equal(headroom_group_go(group, do_gated, &orders[0]), 0);
    assert_int_equal(headroom_map(pool, 2, square, numbers, sizeof *numbers, 20, NULL), 0);
    for (uint64_t i = 0; i < 20; i++)
        assert_int_equal(numbers[i].value, 9);
    assert_int_equal(crowd.most, 1);
    int error;
    while ((error = headroom_group_go(group, do_gated, &orders[1])) == EAGAIN)
        sched_yield(); /* the map's worker is about to be idle */
    assert_int_equal(error, 0);
    assert_int_equal(headroom_map(pool, 2, square, numbers, sizeof *numbers, 20, NULL), EAGAIN);
    open_gate(&orders[0]);
    open_gate(&orders[1]);
    assert_int_equal(headroom_group_close(group), 0);
    close_pool(pool);
    free(orders);
}

/* An element that ends its thread is tried as often as config.deaths says, then it is the error. */
static int end_thread_twice(struct headroom_context *context, void *element) {
    (void)context;
    struct order *order = element;
    if (++order->runs <= 2 && order->answer)
        pthread_exit(NULL);
    return 0;
}

static void test_map_ends_threads(void **state) {
    (void)state;
    for (unsigned deaths = 2; deaths <= 3; deaths++) {
        struct headroom_pool *pool;
        struct headroom_config config = {.workers = 1, .deaths = deaths};
        assert_int_equal(headroom_pool_open(&pool, &config), 0);
        struct order *orders = make_orders(5);
        orders[2].answer = 1;
        int error = headroom_map(pool, 1, end_thread_twice, orders, sizeof *orders, 5, NULL);
        assert_int_equal(error, deaths == 2 ? EOWNERDEAD : 0);
        assert_int_equal(orders[2].runs, deaths);
        assert_int_equal(orders[4].runs, deaths == 2 ? 0 : 1);
        close_pool(pool);
        free(orders);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_map_stops),
        cmocka_unit_test(test_map_on_a_full_pool),
        cmocka_unit_test(test_map_ends_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
