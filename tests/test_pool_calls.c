/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_pool_calls: what pool.h says, sentence by sentence: calls and their answers, the door,
 * resizing, scratch memory and hooks of workers, priorities, waiting for jobs, deaths.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "pool/pool.h"

/* Calls note their argument here, in the order in which they run. */
static struct {
    atomic_int gate, started, count;
    intptr_t order[64];
    atomic_int lost;
    intptr_t lost_argument;
    enum headroom_fate lost_fate;
} seen;

static void reset(void) {
    atomic_store(&seen.gate, 0);
    atomic_store(&seen.started, 0);
    atomic_store(&seen.count, 0);
    atomic_store(&seen.lost, 0);
}

static void await(atomic_int *what, int least) {
    while (atomic_load(what) < least)
        usleep(50);
}

static void note(void *argument) {
    seen.order[atomic_load(&seen.count)] = (intptr_t)argument;
    atomic_fetch_add(&seen.count, 1);
}

static void block(void *argument) {
    (void)argument;
    atomic_fetch_add(&seen.started, 1);
    await(&seen.gate, 1);
}

static void end_thread(void *argument) {
    (void)argument;
    pthread_exit(NULL);
}

static void note_lost(void *user, void (*function)(void *), void *argument,
                      enum headroom_fate fate) {
    assert_ptr_equal(user, &seen);
    assert_true(function == note);
    seen.lost_argument = (intptr_t)argument;
    seen.lost_fate = fate;
    atomic_fetch_add(&seen.lost, 1);
}

static void *number(int i) {
    return (void *)(intptr_t)i;
}

static struct headroom_pool *make_pool(struct headroom_config config) {
    struct headroom_pool *pool;
    config.user = &seen;
    config.lost = note_lost;
    reset();
    assert_int_equal(headroom_pool_open(&pool, &config), 0);
    return pool;
}

/* Its workers are busy until the gate opens. */
static struct headroom_pool *make_busy(struct headroom_config config) {
    struct headroom_pool *pool = make_pool(config);
    for (uint32_t i = 0; i < config.workers; i++)
        assert_int_equal(headroom_pool_try(pool, block, NULL), 0);
    await(&seen.started, (int)config.workers);
    return pool;
}

static struct headroom_counts close_pool(struct headroom_pool *pool) {
    struct headroom_counts c;
    atomic_store(&seen.gate, 1);
    assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, &c), 0);
    assert_int_equal(c.submitted, c.completed + c.failed + c.rejected + c.dropped + c.cancelled +
                                      c.timed_out + c.dead_lettered + c.caller_ran);
    return c;
}

static void await_door(struct headroom_pool *pool, uint64_t door) {
    while (headroom_pool_counts(pool).door < door)
        usleep(50);
}

static void assert_order(int count, const int *order) {
    assert_int_equal(atomic_load(&seen.count), count);
    for (int i = 0; i < count; i++)
        assert_int_equal(seen.order[i], order[i]);
}

/* ---- full ------------------------------------------------------------------------------------ */

static void test_try_and_many(void **state) {
    (void)state;
    struct headroom_pool *pool = make_busy((struct headroom_config){.workers = 1, .capacity = 4});
    void *arguments[] = {number(1), number(2), number(3), number(4), number(5)};
    assert_int_equal(headroom_pool_try(pool, note, number(0)), 0);
    assert_int_equal(headroom_pool_submit_many(pool, note, arguments, 5), 3);
    assert_int_equal(headroom_pool_try(pool, note, number(9)), EAGAIN);
    struct headroom_counts c = close_pool(pool);
    assert_order(4, (int[]){0, 1, 2, 3});
    assert_int_equal(c.rejected, 1);
    assert_int_equal(c.completed, 5);
}

static void test_until(void **state) {
    (void)state;
    struct headroom_pool *pool =
        make_busy((struct headroom_config){.workers = 1, .when_full = HEADROOM_REJECT});
    headroom_ns until = headroom_now() + 3000000;
    assert_int_equal(headroom_pool_submit_until(pool, note, NULL, until, NULL), ETIMEDOUT);
    assert_true(headroom_now() >= until);
    assert_int_equal(close_pool(pool).submitted, 1);
}

struct visit {
    struct headroom_pool *pool;
    struct headroom_context *context;
    pthread_t thread;
    int i, error;
};

static void *visit(void *context) {
    struct visit *v = context;
    v->error = v->context ? headroom_pool_submit_until(v->pool, note, number(v->i), HEADROOM_NEVER,
                                                       v->context)
                          : headroom_pool_submit(v->pool, note, number(v->i));
    return NULL;
}

static void send(struct visit *v, struct headroom_pool *pool, int count,
                 struct headroom_context *context) {
    for (int i = 0; i < count; i++) {
        v[i] = (struct visit){.pool = pool, .context = context, .i = i};
        pthread_create(&v[i].thread, NULL, visit, &v[i]);
        await_door(pool, (uint64_t)i + 1);
    }
}

static void join(struct visit *v, int count, int error) {
    for (int i = 0; i < count; i++) {
        pthread_join(v[i].thread, NULL);
        assert_int_equal(v[i].error, error);
    }
}

/* First come, first let in, in a pool of any order. */
static void test_blocked_in_order(void **state) {
    (void)state;
    for (enum headroom_order order = HEADROOM_FIFO; order <= HEADROOM_PRIORITY; order++) {
        struct visit v[5];
        struct headroom_pool *pool =
            make_busy((struct headroom_config){.workers = 1, .order = order});
        send(v, pool, 5, NULL);
        assert_int_equal(headroom_pool_try(pool, note, NULL), EAGAIN);
        atomic_store(&seen.gate, 1);
        join(v, 5, 0);
        close_pool(pool);
        assert_order(5, (int[]){0, 1, 2, 3, 4});
    }
}

static void test_called_off_at_the_door(void **state) {
    (void)state;
    struct visit v[3];
    struct headroom_context context;
    headroom_context_open(&context, NULL, HEADROOM_NEVER);
    struct headroom_pool *pool = make_busy((struct headroom_config){.workers = 1});
    send(v, pool, 3, &context);
    headroom_context_cancel(&context, EINTR);
    join(v, 3, EINTR);
    headroom_context_close(&context);
    headroom_context_open(&context, NULL, headroom_now() + 2000000);
    assert_int_equal(headroom_pool_submit_until(pool, note, NULL, HEADROOM_NEVER, &context),
                     ETIMEDOUT);
    headroom_context_close(&context);
    assert_int_equal(close_pool(pool).submitted, 1);
}

static void test_cancel_wakes_the_door(void **state) {
    (void)state;
    struct visit v[2];
    struct headroom_pool *pool = make_busy((struct headroom_config){.workers = 1, .capacity = 1});
    assert_int_equal(headroom_pool_try(pool, note, number(7)), 0);
    send(v, pool, 2, NULL);
    headroom_pool_cancel(pool);
    join(v, 2, ESHUTDOWN);
    assert_int_equal(atomic_load(&seen.lost), 1);
    assert_int_equal(seen.lost_argument, 7);
    assert_int_equal(seen.lost_fate, HEADROOM_CANCELLED);
    assert_int_equal(headroom_pool_submit(pool, note, NULL), ESHUTDOWN);
    assert_int_equal(headroom_pool_resize(pool, 3), ESHUTDOWN);
    assert_int_equal(close_pool(pool).cancelled, 1);
}

static pthread_t ran_on;

static void note_thread(void *argument) {
    (void)argument;
    ran_on = pthread_self();
}

static void test_caller_runs(void **state) {
    (void)state;
    struct headroom_pool *pool =
        make_busy((struct headroom_config){.workers = 2, .when_full = HEADROOM_CALLER_RUNS});
    assert_int_equal(headroom_pool_submit(pool, note_thread, NULL), 0);
    assert_true(pthread_equal(ran_on, pthread_self()));
    assert_int_equal(close_pool(pool).caller_ran, 1);
}

static void test_drop_oldest(void **state) {
    (void)state;
    struct headroom_config config = {
        .workers = 1, .capacity = 2, .when_full = HEADROOM_DROP_OLDEST};
    struct headroom_pool *pool = make_busy(config);
    for (int i = 0; i < 3; i++)
        assert_int_equal(headroom_pool_submit(pool, note, number(i)), 0);
    assert_int_equal(atomic_load(&seen.lost), 1);
    assert_int_equal(seen.lost_argument, 0);
    assert_int_equal(seen.lost_fate, HEADROOM_DROPPED);
    close_pool(pool);
    assert_order(2, (int[]){1, 2});
    config.capacity = 0;
    pool = make_busy(config);
    assert_int_equal(headroom_pool_submit(pool, note, NULL), EAGAIN);
    assert_int_equal(close_pool(pool).rejected, 1);
}

/* A burst on parked workers is taken whole, with no waiting place. */
static void test_hand_over(void **state) {
    (void)state;
    for (enum headroom_order order = HEADROOM_FIFO; order <= HEADROOM_PRIORITY; order++) {
        struct headroom_pool *pool = make_busy(
            (struct headroom_config){.workers = 20, .when_full = HEADROOM_REJECT, .order = order});
        assert_int_equal(headroom_pool_try(pool, block, NULL), EAGAIN);
        assert_int_equal(headroom_pool_counts(pool).busy, 20);
        assert_int_equal(headroom_pool_counts(pool).depth, 0);
        close_pool(pool);
    }
}

/* ---- resizing, and what is each worker's own ------------------------------------------------- */

static void test_resize_up_lets_in(void **state) {
    (void)state;
    struct visit v[2];
    struct headroom_pool *pool = make_busy((struct headroom_config){.workers = 1});
    send(v, pool, 2, NULL);
    assert_int_equal(headroom_pool_resize(pool, 2), 0);
    join(v, 2, 0); /* one after the other on the new worker */
    await(&seen.count, 2);
    assert_int_equal(headroom_pool_counts(pool).workers, 2);
    close_pool(pool);
}

static atomic_int inits, finis;
static void *first_scratch, *last_fini;

static void init(void *user, void *scratch) {
    assert_ptr_equal(user, &seen);
    assert_int_equal(*(int *)scratch, 0);
    *(int *)scratch = 1 + atomic_fetch_add(&inits, 1);
}

static void fini(void *user, void *scratch) {
    assert_ptr_equal(user, &seen);
    __atomic_store_n(&last_fini, scratch, __ATOMIC_RELEASE);
    atomic_fetch_add(&finis, 1);
}

static struct headroom_config with_scratch(uint32_t workers) {
    atomic_store(&inits, 0);
    atomic_store(&finis, 0);
    return (struct headroom_config){.workers = workers,
                                    .capacity = HEADROOM_UNBOUNDED,
                                    .scratch_bytes = 100,
                                    .worker_init = init,
                                    .worker_fini = fini};
}

static void note_scratch(void *argument) {
    int *scratch = headroom_scratch();
    *(void **)argument = scratch;
    scratch[1]++;
    note(number(scratch[1]));
}

/* Kept from job to job. */
static void test_scratch(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(with_scratch(1));
    assert_null(headroom_scratch());
    for (int i = 0; i < 3; i++)
        headroom_pool_submit(pool, note_scratch, &first_scratch);
    close_pool(pool);
    assert_order(3, (int[]){1, 2, 3});
    assert_int_equal(atomic_load(&inits) + atomic_load(&finis), 2);
}

/* Once a worker, also where a job ends its thread; and the next has memory of its own. */
static void test_hooks_of_workers(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool(with_scratch(3));
    for (int i = 0; i < 10; i++)
        headroom_pool_submit(pool, end_thread, NULL);
    struct headroom_counts c = close_pool(pool);
    assert_int_equal(c.dead_lettered, 10);
    assert_int_equal(c.workers_lost, 10);
    assert_int_equal(atomic_load(&inits), 13);
    assert_int_equal(atomic_load(&finis), 13);
}

static void hold_scratch(void *argument) {
    *(void **)argument = headroom_scratch();
    atomic_fetch_add(&seen.started, 1);
    while (*(atomic_int *)((void **)argument + 1) == 0)
        usleep(50);
}

/* The longest idle goes first. */
static void test_resize_down(void **state) {
    (void)state;
    struct {
        void *scratch;
        atomic_int gate;
    } of[3] = {{0}};
    struct headroom_pool *pool = make_pool(with_scratch(3));
    for (int i = 0; i < 3; i++)
        headroom_pool_submit(pool, hold_scratch, &of[i]);
    await(&seen.started, 3);
    for (int i = 0; i < 3; i++) {
        atomic_store(&of[(i + 1) % 3].gate, 1);
        while (headroom_pool_counts(pool).busy > (uint32_t)(2 - i))
            usleep(50);
        usleep(50000); /* parked */
    }
    assert_int_equal(headroom_pool_resize(pool, 2), 0);
    await(&finis, 1);
    assert_ptr_equal(last_fini, of[1].scratch);
    assert_int_equal(headroom_pool_resize(pool, 0), EINVAL);
    close_pool(pool);
    assert_int_equal(atomic_load(&finis), 3);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

struct numbered {
    struct headroom_job job;
    int i;
};

static void note_job(struct headroom_job *job) {
    note(number(((struct numbered *)job)->i));
}

static void test_priorities(void **state) {
    (void)state;
    static const int priorities[] = {0, 5, 63, 5, 0, 62, 63};
    struct numbered jobs[7];
    struct headroom_pool *pool = make_busy((struct headroom_config){
        .workers = 1, .capacity = HEADROOM_UNBOUNDED, .order = HEADROOM_PRIORITY});
    for (int i = 0; i < 7; i++) {
        jobs[i] = (struct numbered){{.run = note_job, .priority = priorities[i]}, i};
        assert_int_equal(headroom_pool_submit_job(pool, &jobs[i].job), 0);
    }
    headroom_pool_submit(pool, note, number(7)); /* a call has 0 */
    assert_true(headroom_job_cancel(pool, &jobs[3].job));
    jobs[3].job.priority = 64;
    assert_int_equal(headroom_pool_submit_job(pool, &jobs[3].job), EINVAL);
    close_pool(pool);
    assert_order(7, (int[]){2, 6, 5, 1, 0, 4, 7});
}

static void fail_it(struct headroom_job *job) {
    job->error = EIO;
}

static void test_job_wait(void **state) {
    (void)state;
    struct headroom_pool *pool = make_busy((struct headroom_config){.workers = 1, .capacity = 1});
    struct headroom_job job = {.run = fail_it};
    assert_int_equal(headroom_pool_submit_job(pool, &job), 0);
    assert_int_equal(headroom_job_wait(&job, headroom_now() + 1000000), ETIMEDOUT);
    atomic_store(&seen.gate, 1);
    assert_int_equal(headroom_job_wait(&job, HEADROOM_NEVER), 0);
    assert_int_equal(job.fate, HEADROOM_FAILED);
    assert_int_equal(job.error, EIO);
    assert_true(job.waited && job.queued && job.started >= job.admitted);
    assert_int_equal(close_pool(pool).failed, 1);
}

static struct headroom_pool *again_on;

static void submit_again(struct headroom_job *job) {
    if (atomic_load(&seen.count) < 10)
        assert_int_equal(headroom_pool_submit_job(again_on, job), 0);
    else
        atomic_store(&seen.started, 1);
}

static void test_again_from_ended(void **state) {
    (void)state;
    struct numbered job = {{.run = note_job, .ended = submit_again}, 1};
    again_on = make_pool((struct headroom_config){.workers = 2, .capacity = 1});
    assert_int_equal(headroom_pool_submit_job(again_on, &job.job), 0);
    await(&seen.started, 1);
    assert_int_equal(close_pool(again_on).completed, 10);
}

static void end_thread_job(struct headroom_job *job) {
    note_job(job);
    pthread_exit(NULL);
}

/* Tried so often, then dead; what else waits is not held up. */
static void test_deaths(void **state) {
    (void)state;
    for (enum headroom_order order = HEADROOM_FIFO; order <= HEADROOM_PRIORITY; order++) {
        struct headroom_pool *pool = make_pool(
            (struct headroom_config){.workers = 1, .capacity = 3, .deaths = 3, .order = order});
        struct numbered job = {{.run = end_thread_job}, 1};
        assert_int_equal(headroom_pool_submit_job(pool, &job.job), 0);
        assert_int_equal(headroom_job_wait(&job.job, HEADROOM_NEVER), 0);
        assert_int_equal(job.job.fate, HEADROOM_DEAD_LETTERED);
        assert_int_equal(job.job.deaths, 3);
        assert_int_equal(close_pool(pool).workers_lost, 3);
        assert_int_equal(atomic_load(&seen.count), 3);
    }
}

static void fan_out(struct headroom_job *job) {
    struct headroom_pool *pool;
    struct numbered inner[4];
    job->error = headroom_pool_open(&pool, &(struct headroom_config){.workers = 1, .capacity = 1});
    for (int i = 0; !job->error && i < 4; i++) {
        inner[i] = (struct numbered){{.run = note_job, .parent = headroom_job_context(job)}, i};
        job->error = headroom_pool_submit_job(pool, &inner[i].job);
    }
    if (pool)
        headroom_pool_close(pool, HEADROOM_NEVER, NULL);
}

static void test_pool_in_a_job(void **state) {
    (void)state;
    struct headroom_pool *pool = make_pool((struct headroom_config){.workers = 1});
    struct headroom_job job = {.run = fan_out};
    assert_int_equal(headroom_pool_submit_job(pool, &job), 0);
    assert_int_equal(headroom_job_wait(&job, HEADROOM_NEVER), 0);
    assert_int_equal(job.fate, HEADROOM_COMPLETED);
    assert_order(4, (int[]){0, 1, 2, 3});
    close_pool(pool);
}

static int set_alarm(void **state) {
    (void)state;
    alarm(60);
    return 0;
}

#define CALLS(test) cmocka_unit_test_setup(test, set_alarm)

int main(void) {
    const struct CMUnitTest tests[] = {
        CALLS(test_try_and_many),
        CALLS(test_until),
        CALLS(test_blocked_in_order),
        CALLS(test_called_off_at_the_door),
        CALLS(test_cancel_wakes_the_door),
        CALLS(test_caller_runs),
        CALLS(test_drop_oldest),
        CALLS(test_hand_over),
        CALLS(test_resize_up_lets_in),
        CALLS(test_scratch),
        CALLS(test_hooks_of_workers),
        CALLS(test_resize_down),
        CALLS(test_priorities),
        CALLS(test_job_wait),
        CALLS(test_again_from_ended),
        CALLS(test_deaths),
        CALLS(test_pool_in_a_job),
    };
    return cmocka_run_group_tests_name("pool calls", tests, NULL, NULL);
}
