/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_pool_races: instants at which the pool once did the wrong thing, each made to happen: hooks
 * and callbacks hold a thread where the race was open. A test that fails mostly hangs: an alarm
 * ends it.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "pool/park.h"
#include "pool/pool.h"

static void await(atomic_int *what, int least) {
    while (atomic_load(what) < least)
        usleep(50);
}

static struct headroom_pool *make_pool(struct headroom_config config) {
    struct headroom_pool *pool;
    assert_int_equal(headroom_pool_open(&pool, &config), 0);
    return pool;
}

static struct headroom_counts close_pool(struct headroom_pool *pool, headroom_ns until) {
    struct headroom_counts c;
    headroom_pool_close(pool, until, &c);
    assert_int_equal(c.submitted, c.completed + c.failed + c.rejected + c.dropped + c.cancelled +
                                      c.timed_out + c.dead_lettered + c.caller_ran);
    assert_int_equal(c.in_flight, 0);
    return c;
}

static void nothing(struct headroom_job *job) {
    (void)job;
}

/* ---- a worker in `ended` --------------------------------------------------------------------- */

static atomic_int let_run, last_ended, submitted;

/* Long enough that workers do not search. */
static void work_a_little(struct headroom_job *job) {
    (void)job;
    await(&let_run, 1);
    for (headroom_ns until = headroom_now() + 10000; headroom_now() < until;)
        continue;
}

static void wait_for_another(struct headroom_job *job) {
    (void)job;
    atomic_store(&last_ended, 1);
    await(&submitted, 1);
}

/* Who comes while the only worker hands a job back is seen by it afterwards, also where it has just
 * booked its samples: with the 64th. */
static void test_come_during_ended(void **state) {
    (void)state;
    enum { JOBS = 64 };
    static struct headroom_job jobs[JOBS + 1];
    struct headroom_pool *pool =
        make_pool((struct headroom_config){.workers = 1, .capacity = HEADROOM_UNBOUNDED});
    for (int i = 0; i <= JOBS; i++) {
        if (i == JOBS)
            await(&last_ended, 1);
        jobs[i] = (struct headroom_job){.run = work_a_little,
                                        .ended = i == JOBS - 1 ? wait_for_another : NULL};
        assert_int_equal(headroom_pool_submit_job(pool, &jobs[i]), 0);
        atomic_store(&let_run, i >= JOBS - 1);
    }
    atomic_store(&submitted, 1);
    assert_int_equal(headroom_job_wait(&jobs[JOBS], HEADROOM_NEVER), 0);
    assert_int_equal(close_pool(pool, HEADROOM_NEVER).completed, JOBS + 1);
}

static int set_alarm(void **state) {
    (void)state;
    alarm(30);
    return 0;
}

#define RACE(test) cmocka_unit_test_setup(test, set_alarm)

int main(void) {
    const struct CMUnitTest tests[] = {
        RACE(test_come_during_ended),
    };
    (void)nothing;
    return cmocka_run_group_tests_name("pool races", tests, NULL, NULL);
}
