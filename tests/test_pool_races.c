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
#include <string.h>
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

/* ---- cancelling ------------------------------------------------------------------------------ */

/* After its end a job's tree may be gone: nothing is touched. */
static void test_cancel_after_end(void **state) {
    (void)state;
    struct headroom_context parent;
    struct headroom_job job = {.run = nothing, .parent = &parent};
    struct headroom_pool *pool = make_pool((struct headroom_config){.workers = 1});
    headroom_context_open(&parent, NULL, HEADROOM_NEVER);
    assert_int_equal(headroom_pool_submit_job(pool, &job), 0);
    assert_int_equal(headroom_job_wait(&job, HEADROOM_NEVER), 0);
    headroom_context_close(&parent);
    memset(&parent, 0xff, sizeof parent);
    assert_false(headroom_job_cancel(pool, &job));
    close_pool(pool, HEADROOM_NEVER);
}

struct canceller {
    struct headroom_pool *pool;
    struct headroom_job job;
    atomic_int stop;
};

static void *cancel_again_and_again(void *context) {
    struct canceller *c = context;
    while (atomic_load(&c->stop) == 0)
        headroom_job_cancel(c->pool, &c->job);
    return NULL;
}

/* The same, where the end and the canceller meet. */
static void test_cancel_meets_end(void **state) {
    (void)state;
    struct canceller c = {.pool = make_pool((struct headroom_config){.workers = 1}),
                          .job = {.run = nothing}};
    pthread_t thread;
    pthread_create(&thread, NULL, cancel_again_and_again, &c);
    for (int i = 0; i < 5000; i++) {
        struct headroom_context *parent = malloc(sizeof *parent);
        headroom_context_open(parent, NULL, HEADROOM_NEVER);
        c.job.parent = parent;
        assert_int_equal(headroom_pool_submit_job(c.pool, &c.job), 0);
        assert_int_equal(headroom_job_wait(&c.job, HEADROOM_NEVER), 0);
        headroom_context_close(parent);
        free(parent);
    }
    atomic_store(&c.stop, 1);
    pthread_join(thread, NULL);
    close_pool(c.pool, HEADROOM_NEVER);
}

/* ---- cancelling a job whose submitter is blocked with it ------------------------------------- */

static atomic_int opened, blocked_ended;

static void wait_open(struct headroom_job *job) {
    (void)job;
    await(&opened, 1);
}

static void count_ended(struct headroom_job *job) {
    (void)job;
    atomic_fetch_add(&blocked_ended, 1);
}

struct submitter {
    struct headroom_pool *pool;
    struct headroom_job job;
    pthread_t thread;
    int answer;
};

static void *submit_blocked(void *context) {
    struct submitter *s = context;
    s->answer = headroom_pool_submit_job(s->pool, &s->job);
    return NULL;
}

/* Three submitters at the door of a full pool: the second one's job is cancelled, he returns; the
 * others stay, in their order, and the job can be submitted again. */
static void test_cancel_visitor(void **state) {
    (void)state;
    for (enum headroom_order order = HEADROOM_FIFO; order <= HEADROOM_PRIORITY; order++) {
        struct headroom_pool *pool =
            make_pool((struct headroom_config){.workers = 1, .order = order});
        struct headroom_job first = {.run = wait_open};
        static struct submitter s[3];
        opened = blocked_ended = 0;
        assert_int_equal(headroom_pool_submit_job(pool, &first), 0);
        for (int i = 0; i < 3; i++) {
            s[i] =
                (struct submitter){.pool = pool, .job = {.run = wait_open, .ended = count_ended}};
            pthread_create(&s[i].thread, NULL, submit_blocked, &s[i]);
            while (headroom_pool_counts(pool).door < (uint64_t)i + 1)
                usleep(50);
        }
        assert_true(headroom_job_cancel(pool, &s[1].job));
        assert_false(headroom_job_cancel(pool, &s[1].job)); /* it is out already */
        pthread_join(s[1].thread, NULL);
        assert_int_equal(s[1].answer, ECANCELED);
        assert_int_equal(s[1].job.fate, HEADROOM_CANCELLED);
        assert_int_equal(headroom_pool_counts(pool).door, 2);
        assert_int_equal(headroom_pool_counts(pool).submitted, 3);
        atomic_store(&opened, 1);
        for (int i = 0; i < 3; i += 2) {
            pthread_join(s[i].thread, NULL);
            assert_int_equal(s[i].answer, 0);
        }
        assert_int_equal(headroom_pool_submit_job(pool, &s[1].job), 0);
        assert_int_equal(close_pool(pool, HEADROOM_NEVER).completed, 4);
        assert_int_equal(blocked_ended, 3);
        assert_true(s[0].job.admitted <= s[2].job.admitted);
    }
}

/* What its parent is cancelled with is the submitter's answer, before anybody makes room. */
static void cancel_parent_of_visitor(int error) {
    struct headroom_pool *pool = make_pool((struct headroom_config){.workers = 1});
    struct headroom_job first = {.run = wait_open};
    struct headroom_context parent;
    headroom_context_open(&parent, NULL, HEADROOM_NEVER);
    struct submitter s = {.pool = pool,
                          .job = {.run = nothing, .ended = count_ended, .parent = &parent}};
    opened = blocked_ended = 0;
    assert_int_equal(headroom_pool_submit_job(pool, &first), 0);
    pthread_create(&s.thread, NULL, submit_blocked, &s);
    while (headroom_pool_counts(pool).door == 0)
        usleep(50);
    headroom_context_cancel(&parent, error);
    pthread_join(s.thread, NULL);
    assert_int_equal(s.answer, error);
    assert_int_equal(s.job.fate, error == ETIMEDOUT ? HEADROOM_PENDING : HEADROOM_CANCELLED);
    assert_int_equal(headroom_pool_counts(pool).door, 0);
    atomic_store(&opened, 1);
    assert_int_equal(close_pool(pool, HEADROOM_NEVER).submitted, 1);
    assert_int_equal(blocked_ended, 0);
    headroom_context_close(&parent);
}

/* Whatever number that is: no answer of the pool's own. */
static void test_cancel_parent_of_visitor(void **state) {
    (void)state;
    const int errors[] = {EIO, ECANCELED, EAGAIN, EINPROGRESS, ETIMEDOUT, -1, -2, 12345};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        cancel_parent_of_visitor(errors[i]);
}

/* The same, where the cancel meets the admission: he returns, with one answer or the other. */
static void test_cancel_meets_admission(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool((struct headroom_config){.workers = 1});
    int cancelled = 0, ran = 0;
    blocked_ended = 0;
    for (int i = 0; i < 1000; i++) {
        struct headroom_job first = {.run = wait_open};
        struct submitter s = {.pool = pool, .job = {.run = nothing, .ended = count_ended}};
        opened = 0;
        assert_int_equal(headroom_pool_submit_job(pool, &first), 0);
        pthread_create(&s.thread, NULL, submit_blocked, &s);
        while (headroom_pool_counts(pool).door == 0)
            usleep(10);
        atomic_store(&opened, 1);
        for (volatile int k = 0; k < i % 50 * 100; k++)
            continue;
        headroom_job_cancel(pool, &s.job);
        pthread_join(s.thread, NULL);
        assert_true(s.answer == 0 || s.answer == ECANCELED);
        cancelled += s.answer == ECANCELED;
        ran += s.answer == 0;
        while (atomic_load(&blocked_ended) < ran)
            usleep(10);
        assert_int_equal(headroom_job_wait(&first, HEADROOM_NEVER), 0);
    }
    struct headroom_counts c = close_pool(pool, HEADROOM_NEVER);
    assert_int_equal(c.submitted, 1000 + ran);
    assert_int_equal(blocked_ended, ran);
    assert_int_equal(cancelled + ran, 1000);
}

static void run_until_cancelled(struct headroom_job *job) {
    job->error = headroom_context_wait(headroom_job_context(job), HEADROOM_NEVER);
}

static atomic_int in_ended, leave_ended;

static void stay_in_ended(struct headroom_job *job) {
    (void)job;
    atomic_store(&in_ended, 1);
    await(&leave_ended, 1);
}

/* A job whose worker has taken it and is on its way to it is cancelled with those that run. */
static void test_cancel_on_the_way(void **state) {
    (void)state;
    struct headroom_pool *pool =
        make_pool((struct headroom_config){.workers = 1, .capacity = HEADROOM_UNBOUNDED});
    struct headroom_job first = {.run = work_a_little, .ended = stay_in_ended};
    struct headroom_job second = {.run = run_until_cancelled};
    atomic_store(&let_run, 0);
    headroom_pool_submit_job(pool, &first);
    headroom_pool_submit_job(pool, &second);
    atomic_store(&let_run, 1);
    await(&in_ended, 1);
    headroom_pool_cancel(pool);
    atomic_store(&leave_ended, 1);
    close_pool(pool, HEADROOM_NEVER);
    assert_int_equal(second.error, ECANCELED);
}

static atomic_int let_init;

static void slow_init(void *user, void *scratch) {
    (void)user;
    (void)scratch;
    await(&let_init, 1);
}

/* And one that holds a worker whose thread is not there yet, in any order. */
static void test_cancel_held(void **state) {
    (void)state;
    for (enum headroom_order order = HEADROOM_FIFO; order <= HEADROOM_PRIORITY; order++) {
        atomic_store(&let_init, 0);
        struct headroom_pool *pool = make_pool(
            (struct headroom_config){.workers = 1, .order = order, .worker_init = slow_init});
        struct headroom_job job = {.run = run_until_cancelled};
        assert_int_equal(headroom_pool_try_job(pool, &job), 0);
        headroom_pool_cancel(pool);
        atomic_store(&let_init, 1);
        close_pool(pool, HEADROOM_NEVER);
        assert_true(job.fate == HEADROOM_CANCELLED || job.error == ECANCELED);
    }
}

/* ---- draining -------------------------------------------------------------------------------- */

static atomic_int out_of_ended;

static void leave_ended_late(struct headroom_job *job) {
    (void)job;
    atomic_store(&in_ended, 1);
    usleep(20000);
    atomic_fetch_add(&out_of_ended, 1);
}

/* Where drain has returned `ended` has, too. */
static void test_drain_waits_for_ended(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool((struct headroom_config){.workers = 1, .capacity = 5});
    struct headroom_job job = {.run = nothing, .ended = leave_ended_late};
    atomic_store(&in_ended, 0);
    atomic_store(&out_of_ended, 0);
    headroom_pool_submit_job(pool, &job);
    await(&in_ended, 1);
    assert_int_equal(headroom_pool_drain(pool, HEADROOM_NEVER), 0);
    assert_int_equal(atomic_load(&out_of_ended), 1);
    close_pool(pool, HEADROOM_NEVER);
}

/* ---- leaving and dying ----------------------------------------------------------------------- */

static struct headroom_pool *grown;
static atomic_int others_ran;

static void add_one(struct headroom_job *job) {
    (void)job;
    atomic_fetch_add(&others_ran, 1);
}

/* Grows the pool and waits for what only the new worker can run. */
static void grow_in_ended(struct headroom_job *job) {
    (void)job;
    static struct headroom_job another;
    another = (struct headroom_job){.run = add_one};
    headroom_pool_resize(grown, 2);
    headroom_pool_submit_job(grown, &another);
    headroom_job_wait(&another, HEADROOM_NEVER);
}

/* The worker that leaves because there are too many calls `ended`, which may resize. */
static void test_resize_while_leaving(void **state) {
    (void)state;
    grown = make_pool((struct headroom_config){.workers = 2, .capacity = HEADROOM_UNBOUNDED});
    struct headroom_job job = {.run = work_a_little, .ended = grow_in_ended};
    struct headroom_job other = {.run = work_a_little};
    atomic_store(&let_run, 0);
    atomic_store(&others_ran, 0);
    headroom_pool_submit_job(grown, &job);
    headroom_pool_submit_job(grown, &other);
    while (headroom_pool_counts(grown).depth > 0)
        usleep(50);
    headroom_pool_resize(grown, 1);
    atomic_store(&let_run, 1);
    await(&others_ran, 1);
    close_pool(grown, HEADROOM_NEVER);
}

static void end_thread(struct headroom_job *job) {
    (void)job;
    pthread_exit(NULL);
}

static void wait_for_others(void *user, void *scratch) {
    (void)user;
    (void)scratch;
    await(&others_ran, 1);
}

/* Where a job has ended its thread another serves at once, however long worker_fini takes. */
static void test_fini_of_the_dead(void **state) {
    (void)state;
    struct headroom_job job = {.run = end_thread}, other = {.run = add_one};
    struct headroom_pool *pool = make_pool(
        (struct headroom_config){.workers = 1, .capacity = 1, .worker_fini = wait_for_others});
    atomic_store(&others_ran, 0);
    headroom_pool_submit_job(pool, &job);
    headroom_pool_submit_job(pool, &other);
    assert_int_equal(headroom_job_wait(&other, HEADROOM_NEVER), 0);
    assert_int_equal(close_pool(pool, HEADROOM_NEVER).dead_lettered, 1);
}

static int set_alarm(void **state) {
    (void)state;
    alarm(30);
    return 0;
}

#define RACE(test) cmocka_unit_test_setup(test, set_alarm)

int main(void) {
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        RACE(test_come_during_ended),
        RACE(test_cancel_after_end),
        RACE(test_cancel_meets_end),
        RACE(test_cancel_visitor),
        RACE(test_cancel_parent_of_visitor),
        RACE(test_cancel_meets_admission),
        RACE(test_cancel_on_the_way),
        RACE(test_cancel_held),
        RACE(test_drain_waits_for_ended),
        RACE(test_resize_while_leaving),
        RACE(test_fini_of_the_dead),
    };
    /* clang-format on */
    return cmocka_run_group_tests_name("pool races", tests, NULL, NULL);
}
