/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_pool_faults: the pool where memory or threads are refused. The linker hands this program its
 * own malloc, calloc, realloc, aligned_alloc, pthread_create and what prepares it (Makefile:
 * --wrap), which fail when told to: the n-th time, for every n there is, or from the n-th on.
 * Whatever is refused, the answer is an errno or a smaller pool that works, everything taken has
 * one fate, and nothing leaks (MODE=asan).
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pool/pool.h"

/* ---- what fails ------------------------------------------------------------------------------ */

struct fault {
    atomic_long left; /* attempts before it fails; below 0: has failed */
    atomic_bool armed;
    bool for_ever;
};

static struct fault memory, threads, attributes;

static void arm(struct fault *f, long after, bool for_ever) {
    f->for_ever = for_ever;
    atomic_store(&f->left, after);
    atomic_store(&f->armed, true);
}

static void disarm(struct fault *f) {
    atomic_store(&f->armed, false);
}

static bool fails(struct fault *f) {
    if (!atomic_load(&f->armed))
        return false;
    long left = atomic_fetch_sub(&f->left, 1);
    return left == 0 || (left < 0 && f->for_ever);
}

typedef void *thread_fn(void *);
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__real_aligned_alloc(size_t align, size_t bytes);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, thread_fn *run, void *arg);
int __real_pthread_attr_init(pthread_attr_t *attr);
int __real_pthread_attr_setstacksize(pthread_attr_t *attr, size_t bytes);
int __real_pthread_sigmask(int how, const sigset_t *set, sigset_t *before);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, thread_fn *run, void *arg);
int __wrap_pthread_attr_init(pthread_attr_t *attr);
int __wrap_pthread_attr_setstacksize(pthread_attr_t *attr, size_t bytes);
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *before);

void *__wrap_malloc(size_t bytes) {
    return fails(&memory) ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t n, size_t bytes) {
    return fails(&memory) ? NULL : __real_calloc(n, bytes);
}

void *__wrap_realloc(void *old, size_t bytes) {
    return fails(&memory) ? NULL : __real_realloc(old, bytes);
}

void *__wrap_aligned_alloc(size_t align, size_t bytes) {
    return fails(&memory) ? NULL : __real_aligned_alloc(align, bytes);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, thread_fn *run,
                          void *arg) {
    return fails(&threads) ? EAGAIN : __real_pthread_create(thread, attr, run, arg);
}

int __wrap_pthread_attr_init(pthread_attr_t *attr) {
    return fails(&memory) || fails(&attributes) ? ENOMEM : __real_pthread_attr_init(attr);
}

int __wrap_pthread_attr_setstacksize(pthread_attr_t *attr, size_t bytes) {
    return fails(&attributes) ? EINVAL : __real_pthread_attr_setstacksize(attr, bytes);
}

/* Signals are blocked for a new thread; that they are let through again cannot fail. */
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *before) {
    return before && fails(&attributes) ? EINVAL : __real_pthread_sigmask(how, set, before);
}

/* ---- one life of a pool ---------------------------------------------------------------------- */

enum { JOBS = 150, CALLS = 150, MANY = 40 };

struct life {
    struct headroom_pool *pool;
    atomic_int gate;
    atomic_uint ran, lost, ended; /* ran: calls */
    unsigned calls, jobs, here;   /* taken; here: by the caller */
    struct headroom_job job[JOBS];
};

static struct life *alive; /* of the one life at a time */

static void call(void *argument) {
    struct life *life = argument;
    while (atomic_load(&life->gate) == 0)
        usleep(50);
    atomic_fetch_add(&life->ran, 1);
}

static void run(struct headroom_job *job) {
    size_t i = (size_t)(job - alive->job);
    while (atomic_load(&alive->gate) == 0)
        usleep(50);
    if (i % 50 == 49)
        pthread_exit(NULL);
    job->error = i % 7 == 0;
}

static void ended(struct headroom_job *job) {
    assert_int_not_equal(job->fate, HEADROOM_PENDING);
    atomic_fetch_add(&alive->ended, 1);
}

static void lost(void *user, void (*function)(void *), void *argument, enum headroom_fate fate) {
    (void)user;
    (void)argument;
    assert_true(function == call && (fate == HEADROOM_DROPPED || fate == HEADROOM_CANCELLED));
    atomic_fetch_add(&alive->lost, 1);
}

static bool taken(int error) {
    assert_true(error == 0 || error == EAGAIN || error == ENOMEM || error == EINPROGRESS ||
                error == EBUSY || error == ETIMEDOUT || (error == EINVAL && attributes.armed));
    return error == 0 || error == EINPROGRESS;
}

static void submit_calls(struct life *life) {
    for (int i = 0; i < CALLS; i++)
        life->calls += taken(headroom_pool_try(life->pool, call, life));
    void *arguments[MANY];
    for (int i = 0; i < MANY; i++)
        arguments[i] = life;
    life->calls += (unsigned)headroom_pool_submit_many(life->pool, call, arguments, MANY);
    life->calls +=
        taken(headroom_pool_submit_until(life->pool, call, life, headroom_now() + 100000, NULL));
}

static void submit_jobs(struct life *life, bool deadlines) {
    for (int i = 0; i < JOBS; i++) {
        struct headroom_job *job = &life->job[i];
        *job = (struct headroom_job){.run = run, .ended = ended, .priority = i % 5};
        if (deadlines && i % 3 == 0)
            job->start_by = headroom_now() + (i % 2 ? 1000000 : HEADROOM_SECOND);
        int error = headroom_pool_post_job(life->pool, job);
        life->jobs += taken(error);
        life->here += error == EBUSY;
        if (i % 10 == 9)
            headroom_job_cancel(life->pool, &life->job[i - 3]);
    }
}

static void close_life(struct life *life) {
    struct headroom_counts c;
    atomic_store(&life->gate, 1);
    headroom_pool_drain(life->pool, headroom_now() + 2000000);
    disarm(&threads);
    disarm(&memory);
    disarm(&attributes);
    headroom_pool_close(life->pool, HEADROOM_NEVER, &c);
    assert_int_equal(c.submitted, c.completed + c.failed + c.rejected + c.dropped + c.cancelled +
                                      c.timed_out + c.dead_lettered + c.caller_ran);
    assert_int_equal(c.in_flight, 0);
    assert_int_equal(c.caller_ran, life->here);
    assert_int_equal(atomic_load(&life->ended), life->jobs);
    assert_int_equal(atomic_load(&life->ran) + atomic_load(&life->lost), life->calls);
}

/* True: the pool could be opened. */
static bool live(struct headroom_config config) {
    struct life *life = alive;
    *life = (struct life){0};
    config.workers = 3;
    config.scratch_bytes = 100;
    config.lost = lost;
    int error = headroom_pool_open(&life->pool, &config);
    if (error) {
        assert_true(error == ENOMEM || error == EAGAIN || (error == EINVAL && attributes.armed));
        assert_null(life->pool);
        return false;
    }
    submit_calls(life);
    submit_jobs(life, config.deadlines);
    bool far = config.order == HEADROOM_LIFO && config.when_full == HEADROOM_BLOCK;
    taken(headroom_pool_resize(life->pool, far ? 66 : 6)); /* a ring of 64 has to grow */
    taken(headroom_pool_resize(life->pool, 2));
    submit_calls(life);
    close_life(life);
    return true;
}

#if defined __SANITIZE_THREAD__ /* ten times as slow */
enum { CLOSE = 4 };
#else
enum { CLOSE = 40 };
#endif

/* How far apart those are that fail: FAULT_STEP, where it is given. */
static long step_after(long n) {
    const char *given = getenv("FAULT_STEP");
    return given && atol(given) > 0 ? atol(given) : n < CLOSE ? 1 : 7;
}

/* Every failure there is (in the large, each seventh), alone or with all after it, up to the first
 * life that does without. */
static void fail_each(struct fault *fault, bool for_ever, struct headroom_config config) {
    unsigned opened = 0;
    for (long n = 0;; n += step_after(n)) {
        arm(fault, n, for_ever);
        bool open = live(config);
        assert_false(open && n == 0 && for_ever); /* nothing at all was to be had */
        opened += open;
        disarm(fault);
        if (atomic_load(&fault->left) >= 0)
            break;
        assert_true(n < 1000);
    }
    assert_true(opened > 0);
}

static void fail_in_all(struct fault *fault) {
    alive = __real_malloc(sizeof *alive);
    for (int i = 0; i < 12; i++) {
        struct headroom_config config = {.order = (enum headroom_order)(i % 3),
                                         .when_full = (enum headroom_when_full)(i / 3),
                                         .capacity = i % 2 ? 130 : HEADROOM_UNBOUNDED,
                                         .stack_bytes = 256 * 1024,
                                         .deadlines = i % 4 != 0};
        fail_each(fault, i % 2 == 0, config);
        fail_each(fault, i % 2 != 0, config);
    }
    free(alive);
}

static void test_memory(void **state) {
    (void)state;
    fail_in_all(&memory);
}

static void test_threads(void **state) {
    (void)state;
    fail_in_all(&threads);
}

/* Signals, stack size and the attributes themselves, each in turn. */
static void test_attributes(void **state) {
    (void)state;
    fail_in_all(&attributes);
}

/* No failure but the user's: no thread has so small a stack. */
static void test_small_stack(void **state) {
    (void)state;
    struct headroom_pool *pool;
    struct headroom_config config = {.workers = 2, .stack_bytes = 1};
    assert_int_equal(headroom_pool_open(&pool, &config), EINVAL);
    assert_null(pool);
}

/* ---- a pool without workers ------------------------------------------------------------------ */

static atomic_int gate, finished;

static void end_thread(void *argument) {
    (void)argument;
    while (atomic_load(&gate) == 0)
        usleep(50);
    pthread_exit(NULL);
}

static void count_one(void *argument) {
    (void)argument;
    atomic_fetch_add(&finished, 1);
}

static struct headroom_pool *make_pool(struct headroom_config config) {
    struct headroom_pool *pool;
    atomic_store(&gate, 0);
    atomic_store(&finished, 0);
    assert_int_equal(headroom_pool_open(&pool, &config), 0);
    return pool;
}

static void await_workers(struct headroom_pool *pool, uint32_t workers) {
    while (headroom_pool_counts(pool).workers != workers)
        usleep(100);
}

/* The only worker ends, and no other can be started for a while: then what waits runs, and nobody
 * has to come and ask. */
static void test_recovers_by_itself(void **state) {
    (void)state;
    for (enum headroom_order order = HEADROOM_FIFO; order <= HEADROOM_PRIORITY; order++) {
        struct headroom_pool *pool =
            make_pool((struct headroom_config){.workers = 1, .capacity = 5, .order = order});
        headroom_pool_submit(pool, end_thread, NULL);
        for (int i = 0; i < 5; i++)
            assert_int_equal(headroom_pool_try(pool, count_one, NULL), 0);
        arm(&threads, 0, true);
        atomic_store(&gate, 1);
        await_workers(pool, 0);
        usleep(15000);
        disarm(&threads);
        while (atomic_load(&finished) < 5)
            usleep(100);
        struct headroom_counts c;
        assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, &c), 0);
        assert_int_equal(c.completed, 5);
        assert_int_equal(c.workers_lost, 1);
        assert_true(c.failed_to_start > 0);
    }
}

static void *submit_one(void *pool) {
    return (void *)(intptr_t)headroom_pool_submit(pool, count_one, NULL);
}

/* The same for a submitter at the door of a pool that hands over. */
static void test_door_without_workers(void **state) {
    (void)state;
    for (enum headroom_order order = HEADROOM_FIFO; order <= HEADROOM_PRIORITY; order++) {
        struct headroom_pool *pool =
            make_pool((struct headroom_config){.workers = 1, .order = order});
        pthread_t thread;
        void *error;
        headroom_pool_submit(pool, end_thread, NULL);
        pthread_create(&thread, NULL, submit_one, pool);
        while (headroom_pool_counts(pool).door == 0)
            usleep(100);
        arm(&threads, 0, true);
        atomic_store(&gate, 1);
        await_workers(pool, 0);
        disarm(&threads);
        pthread_join(thread, &error);
        assert_null(error);
        assert_int_equal(headroom_pool_drain(pool, HEADROOM_NEVER), 0);
        assert_int_equal(atomic_load(&finished), 1);
        headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    }
}

/* Both workers end and there are no more threads: close gives up what waits, also what a worker was
 * to take that is no more. */
static void test_close_without_workers(void **state) {
    (void)state;
    for (enum headroom_order order = HEADROOM_FIFO; order <= HEADROOM_PRIORITY; order++) {
        struct headroom_pool *pool =
            make_pool((struct headroom_config){.workers = 2, .capacity = 6, .order = order});
        headroom_pool_submit(pool, end_thread, NULL);
        headroom_pool_submit(pool, end_thread, NULL);
        while (headroom_pool_counts(pool).started < 2)
            usleep(100);
        for (int i = 0; i < 6; i++)
            headroom_pool_try(pool, count_one, NULL);
        arm(&threads, 0, true);
        atomic_store(&gate, 1);
        await_workers(pool, 0);
        struct headroom_counts c;
        assert_int_equal(headroom_pool_close(pool, headroom_now() + 20000000, &c), ETIMEDOUT);
        assert_int_equal(c.cancelled + c.completed, 6);
        assert_int_equal(c.dead_lettered, 2);
        disarm(&threads);
    }
}

static void wait_at_gate(struct headroom_job *job) {
    (void)job;
    while (atomic_load(&gate) == 0)
        usleep(50);
}

/* A place that comes free, and no memory to let in who waits at the door: he is told so, and was
 * never there. */
static void test_no_memory_at_the_door(void **state) {
    (void)state;
    static struct headroom_job jobs[65];
    struct headroom_pool *pool = make_pool((struct headroom_config){.workers = 1, .capacity = 64});
    pthread_t thread;
    void *error;
    for (int i = 0; i < 65; i++) {
        jobs[i] = (struct headroom_job){.run = wait_at_gate};
        assert_int_equal(headroom_pool_try_job(pool, &jobs[i]), 0);
        while (i == 0 && headroom_pool_counts(pool).started == 0)
            usleep(100);
    }
    pthread_create(&thread, NULL, submit_one, pool);
    while (headroom_pool_counts(pool).door == 0)
        usleep(100);
    arm(&memory, 0, true);
    assert_true(headroom_job_cancel(pool, &jobs[30])); /* a gap, which a shared ring cannot close */
    pthread_join(thread, &error);
    disarm(&memory);
    assert_int_equal((intptr_t)error, ENOMEM);
    atomic_store(&gate, 1);
    struct headroom_counts c;
    assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, &c), 0);
    assert_int_equal(c.submitted, 65);
    assert_int_equal(c.completed, 64);
}

static int set_alarm(void **state) {
    (void)state;
    alarm(300);
    return 0;
}

#define FAULT(test) cmocka_unit_test_setup(test, set_alarm)

int main(int argc, char **argv) {
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        FAULT(test_memory),
        FAULT(test_threads),
        FAULT(test_attributes),
        FAULT(test_small_stack),
        FAULT(test_recovers_by_itself),
        FAULT(test_door_without_workers),
        FAULT(test_close_without_workers),
        FAULT(test_no_memory_at_the_door),
    };
    return cmocka_run_group_tests_name("pool faults", tests, NULL, NULL);
}
