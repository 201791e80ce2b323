/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_semaphore: every answer; a model held against it step by step (who comes first is served
 * first, who gives up lets others go on, what is free is free); storms of threads that take, give
 * back, give up and are cancelled, in which what is held never exceeds the permits and all return;
 * a close under waiters. No time is measured, but that an end comes.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pool/lock.h"
#include "pool/semaphore.h"

enum { MS = 1000000, PENDING = -1 };

static const headroom_ns NEVER = HEADROOM_NEVER;

static uint32_t dice(uint64_t *state) { /* xorshift */
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 32);
}

/* ---- one thread ------------------------------------------------------------------------------ */

static void test_answers(void **state) {
    (void)state;
    struct headroom_semaphore s;
    struct headroom_context context;
    headroom_semaphore_open(&s, 3);
    headroom_context_open(&context, NULL, NEVER);
    assert_int_equal(headroom_semaphore_acquire(&s, 4, NEVER, NULL), EINVAL);
    assert_int_equal(headroom_semaphore_try(&s, 4), EINVAL);
    assert_int_equal(headroom_semaphore_acquire(&s, 2, 0, NULL),
                     0); /* free: `until` is no matter */
    assert_int_equal(headroom_semaphore_try(&s, 2), EAGAIN);
    assert_int_equal(headroom_semaphore_try(&s, 1), 0);
    assert_int_equal(headroom_semaphore_free(&s), 0);
    assert_int_equal(headroom_semaphore_acquire(&s, 1, 0, NULL), ETIMEDOUT);
    assert_int_equal(headroom_semaphore_acquire(&s, 1, headroom_now() + MS, &context), ETIMEDOUT);
    assert_int_equal(headroom_semaphore_release(&s, 4), EINVAL);
    assert_int_equal(headroom_semaphore_release(&s, 3), 0);
    assert_int_equal(headroom_semaphore_release(&s, 1), EINVAL);
    assert_int_equal(headroom_semaphore_free(&s), 3);
    headroom_context_cancel(&context, EIO);
    assert_int_equal(headroom_semaphore_acquire(&s, 1, NEVER, &context), EIO); /* though free */
    assert_int_equal(headroom_semaphore_acquire(&s, 3, NEVER, NULL), 0);
    headroom_semaphore_close(&s);
    headroom_semaphore_close(&s);
    assert_int_equal(headroom_semaphore_acquire(&s, 1, NEVER, NULL), ESHUTDOWN);
    assert_int_equal(headroom_semaphore_try(&s, 1), ESHUTDOWN);
    assert_int_equal(headroom_semaphore_release(&s, 3), 0);
    headroom_context_close(&context);
}

static void test_context_deadline(void **state) {
    (void)state;
    struct headroom_semaphore s;
    struct headroom_context parent, context;
    headroom_semaphore_open(&s, 1);
    headroom_context_open(&parent, NULL, headroom_now() + 5 * MS);
    headroom_context_open(&context, &parent, NEVER);
    assert_int_equal(headroom_semaphore_try(&s, 1), 0);
    assert_int_equal(headroom_semaphore_acquire(&s, 1, NEVER, &context), ETIMEDOUT);
    headroom_context_close(&context);
    headroom_context_close(&parent);
    headroom_semaphore_close(&s);
}

/* ---- against a model, step by step ----------------------------------------------------------- */

enum { ACTORS = 8, PERMITS = 10, STEPS = 2000 };

/* A thread that acquires when it is told to. */
struct actor {
    pthread_t thread;
    struct headroom_semaphore *semaphore;
    struct headroom_context context;
    unsigned bell; /* rung for each order, and for the end */
    bool stop;
    uint64_t n;
    int answer; /* PENDING: still waits */
};

/* What should be: the line in order, and what is free. */
struct model {
    struct headroom_semaphore semaphore;
    struct actor actors[ACTORS];
    int line[ACTORS], length;
    uint64_t held[ACTORS], free;
};

static void *act(void *argument) {
    struct actor *actor = argument;
    for (unsigned seen = 0;; seen++) {
        while (__atomic_load_n(&actor->bell, __ATOMIC_ACQUIRE) == seen)
            park_wait((void *)&actor->bell, seen, NSEC_NEVER);
        if (actor->stop)
            return NULL;
        int answer = headroom_semaphore_acquire(actor->semaphore, actor->n, NEVER, &actor->context);
        __atomic_store_n(&actor->answer, answer, __ATOMIC_RELEASE);
    }
}

static void ring(struct actor *actor) {
    __atomic_fetch_add(&actor->bell, 1, __ATOMIC_RELEASE);
    park_wake((void *)&actor->bell, 1);
}

static int answer_of(struct actor *actor) {
    return __atomic_load_n(&actor->answer, __ATOMIC_ACQUIRE);
}

/* An end comes; a minute is never. */
static void go_on_waiting(headroom_ns since) {
    assert_true(headroom_now() < since + 60 * HEADROOM_SECOND);
    sched_yield();
}

static void await(struct actor *actor, int answer) {
    headroom_ns now = headroom_now();
    while (answer_of(actor) == PENDING)
        go_on_waiting(now);
    assert_int_equal(answer_of(actor), answer);
}

/* The first in line goes on while there is enough for it: exactly these return. */
static void model_grants(struct model *m) {
    while (m->length > 0 && m->actors[m->line[0]].n <= m->free) {
        int who = m->line[0];
        m->length--;
        for (int i = 0; i < m->length; i++)
            m->line[i] = m->line[i + 1];
        m->free -= m->actors[who].n;
        m->held[who] = m->actors[who].n;
        await(&m->actors[who], 0);
    }
}

static void model_acquire(struct model *m, int who, uint64_t n) {
    struct actor *actor = &m->actors[who];
    actor->n = n;
    __atomic_store_n(&actor->answer, PENDING, __ATOMIC_RELAXED);
    m->line[m->length++] = who;
    ring(actor);
    model_grants(m); /* it comes at once, or has to be in line before the next step */
    headroom_ns now = headroom_now();
    while (__atomic_load_n(&m->semaphore.inside, __ATOMIC_RELAXED) != (unsigned)m->length)
        go_on_waiting(now);
}

static void model_cancel(struct model *m, int place) {
    int who = m->line[place];
    struct actor *actor = &m->actors[who];
    m->length--;
    for (int i = place; i < m->length; i++)
        m->line[i] = m->line[i + 1];
    headroom_context_cancel(&actor->context, EIO);
    await(actor, EIO);
    headroom_context_close(&actor->context);
    headroom_context_open(&actor->context, NULL, NEVER);
}

static void model_release(struct model *m, int who) {
    uint64_t n = m->held[who];
    m->held[who] = 0;
    m->free += n;
    assert_int_equal(headroom_semaphore_release(&m->semaphore, n), 0);
}

static bool waits(const struct model *m, int who) {
    for (int i = 0; i < m->length; i++)
        if (m->line[i] == who)
            return true;
    return false;
}

static void model_step(struct model *m, uint64_t *seed) {
    int who = (int)(dice(seed) % ACTORS);
    if (m->held[who] > 0)
        model_release(m, who);
    else if (!waits(m, who))
        model_acquire(m, who, 1 + dice(seed) % PERMITS);
    else if (dice(seed) % 3 == 0)
        model_cancel(m, (int)(dice(seed) % (uint32_t)m->length));
    model_grants(m);
    assert_int_equal(headroom_semaphore_free(&m->semaphore), m->free);
    for (int i = 0; i < m->length; i++)
        assert_int_equal(answer_of(&m->actors[m->line[i]]), PENDING);
}

static void test_model(void **state) {
    (void)state;
    struct model *m = calloc(1, sizeof *m);
    assert_non_null(m);
    uint64_t seed = 20260109;
    m->free = PERMITS;
    headroom_semaphore_open(&m->semaphore, PERMITS);
    for (int i = 0; i < ACTORS; i++) {
        m->actors[i].semaphore = &m->semaphore;
        headroom_context_open(&m->actors[i].context, NULL, NEVER);
        assert_int_equal(pthread_create(&m->actors[i].thread, NULL, act, &m->actors[i]), 0);
    }
    for (int i = 0; i < STEPS; i++)
        model_step(m, &seed);
    while (m->length > 0)
        model_cancel(m, m->length - 1);
    for (int i = 0; i < ACTORS; i++) {
        m->actors[i].stop = true;
        ring(&m->actors[i]);
        pthread_join(m->actors[i].thread, NULL);
        headroom_context_close(&m->actors[i].context);
    }
    headroom_semaphore_close(&m->semaphore);
    free(m);
}

/* ---- storms ---------------------------------------------------------------------------------- */

enum { THREADS = 6 };

struct storm {
    struct headroom_semaphore semaphore;
    struct headroom_context *contexts[THREADS];
    unsigned lock; /* of contexts */
    int64_t held;  /* in all, by those who have them: counted after an acquire, before a release */
    bool exceeded, wrong, stop;
};

struct sailor {
    struct storm *storm;
    int index;
    pthread_t thread;
};

static void hold_and_release(struct storm *storm, uint64_t n) {
    if (__atomic_add_fetch(&storm->held, (int64_t)n, __ATOMIC_SEQ_CST) > PERMITS)
        __atomic_store_n(&storm->exceeded, true, __ATOMIC_RELAXED);
    sched_yield();
    __atomic_sub_fetch(&storm->held, (int64_t)n, __ATOMIC_SEQ_CST);
    if (headroom_semaphore_release(&storm->semaphore, n) != 0)
        __atomic_store_n(&storm->wrong, true, __ATOMIC_RELAXED);
}

static void publish(struct storm *storm, int index, struct headroom_context *context) {
    lock_take(&storm->lock);
    storm->contexts[index] = context;
    lock_release(&storm->lock);
}

/* One of four ways to ask, each with the answers it may get. */
static void ask(struct storm *storm, int index, uint64_t *seed) {
    uint64_t n = 1 + dice(seed) % PERMITS;
    uint32_t way = dice(seed) % 4;
    int error, other = 0;
    if (way == 0) {
        error = headroom_semaphore_acquire(&storm->semaphore, n, NEVER, NULL);
    } else if (way == 1) {
        error = headroom_semaphore_try(&storm->semaphore, n);
        other = EAGAIN;
    } else if (way == 2) {
        headroom_ns until = headroom_now() + dice(seed) % (MS / 10);
        error = headroom_semaphore_acquire(&storm->semaphore, n, until, NULL);
        other = ETIMEDOUT;
    } else {
        struct headroom_context context;
        headroom_context_open(&context, NULL, NEVER);
        publish(storm, index, &context);
        error = headroom_semaphore_acquire(&storm->semaphore, n, NEVER, &context);
        publish(storm, index, NULL);
        headroom_context_close(&context);
        other = EIO;
    }
    if (error == 0)
        hold_and_release(storm, n);
    else if (error != other)
        __atomic_store_n(&storm->wrong, true, __ATOMIC_RELAXED);
}

static void *sail(void *argument) {
    struct sailor *sailor = argument;
    uint64_t seed = 88172645463325252u + (uint64_t)sailor->index;
    for (int i = 0; i < 2000; i++)
        ask(sailor->storm, sailor->index, &seed);
    return NULL;
}

static void *thunder(void *argument) {
    struct storm *storm = argument;
    uint64_t seed = 362436069;
    while (!__atomic_load_n(&storm->stop, __ATOMIC_RELAXED)) {
        lock_take(&storm->lock);
        struct headroom_context *context = storm->contexts[dice(&seed) % THREADS];
        if (context)
            headroom_context_cancel(context, EIO);
        lock_release(&storm->lock);
        sched_yield();
    }
    return NULL;
}

static void test_storm(void **state) {
    (void)state;
    struct storm *storm = calloc(1, sizeof *storm);
    assert_non_null(storm);
    headroom_semaphore_open(&storm->semaphore, PERMITS);
    struct sailor sailors[THREADS];
    pthread_t canceller;
    assert_int_equal(pthread_create(&canceller, NULL, thunder, storm), 0);
    for (int i = 0; i < THREADS; i++) {
        sailors[i] = (struct sailor){.storm = storm, .index = i};
        assert_int_equal(pthread_create(&sailors[i].thread, NULL, sail, &sailors[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(sailors[i].thread, NULL); /* all return: no wake was lost */
    __atomic_store_n(&storm->stop, true, __ATOMIC_RELAXED);
    pthread_join(canceller, NULL);
    assert_false(storm->exceeded);
    assert_false(storm->wrong);
    assert_int_equal(storm->held, 0);
    assert_int_equal(headroom_semaphore_free(&storm->semaphore), PERMITS);
    headroom_semaphore_close(&storm->semaphore);
    free(storm);
}

/* ---- closing --------------------------------------------------------------------------------- */

static void *acquire_one(void *semaphore) {
    return (void *)(intptr_t)headroom_semaphore_acquire(semaphore, 1, NEVER, NULL);
}
static void *acquire_shortly(void *semaphore) {
    return (void *)(intptr_t)headroom_semaphore_acquire(semaphore, 1, headroom_now() + MS / 10,
                                                        NULL);
}

/* Waiters return ESHUTDOWN, those that give up just then ETIMEDOUT; the memory goes at once. */
static void test_close(void **state) {
    (void)state;
    for (int round = 0; round < 100; round++) {
        struct headroom_semaphore *semaphore = malloc(sizeof *semaphore);
        assert_non_null(semaphore);
        headroom_semaphore_open(semaphore, 1);
        assert_int_equal(headroom_semaphore_try(semaphore, 1), 0);
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, i < 3 ? acquire_one : acquire_shortly, semaphore);
        while (__atomic_load_n(&semaphore->inside, __ATOMIC_RELAXED) < 3)
            sched_yield();
        if (round % 2) { /* all are in the line, or have been */
            struct headroom_context pause;
            headroom_context_open(&pause, NULL, NEVER);
            headroom_context_wait(&pause, headroom_now() + MS / 10);
            headroom_context_close(&pause);
        }
        headroom_semaphore_close(semaphore);
        for (int i = 0; i < THREADS; i++) {
            void *answer;
            pthread_join(threads[i], &answer);
            if (i < 3)
                assert_int_equal((intptr_t)answer, ESHUTDOWN);
            else
                assert_true((intptr_t)answer == ESHUTDOWN || (intptr_t)answer == ETIMEDOUT);
        }
        free(semaphore);
    }
}

/* All callers wait when it closes, so the memory can go when the call returns, before they do. */
static void test_memory_goes(void **state) {
    (void)state;
    for (int round = 0; round < 100; round++) {
        struct headroom_semaphore *semaphore = malloc(sizeof *semaphore);
        assert_non_null(semaphore);
        headroom_semaphore_open(semaphore, 1);
        assert_int_equal(headroom_semaphore_try(semaphore, 1), 0);
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, acquire_one, semaphore);
        while (__atomic_load_n(&semaphore->inside, __ATOMIC_RELAXED) < THREADS)
            sched_yield();
        headroom_semaphore_close(semaphore);
        free(semaphore);
        for (int i = 0; i < THREADS; i++) {
            void *answer;
            pthread_join(threads[i], &answer);
            assert_int_equal((intptr_t)answer, ESHUTDOWN);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers), cmocka_unit_test(test_context_deadline),
        cmocka_unit_test(test_model),   cmocka_unit_test(test_storm),
        cmocka_unit_test(test_close),   cmocka_unit_test(test_memory_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
