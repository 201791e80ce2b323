/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_context: the tree of contexts: the first error counts, cancelling goes down and not up or
 * sideways, deadlines are the earliest upwards, who waits is woken, who listens hears once or not
 * at all; random trees against a slow model; and the lock under it. Storms open, cancel, listen and
 * close at once. No time is measured, but that an end comes.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pool/context.h"
#include "pool/lock.h"

enum { THREADS = 4, MS = 1000000 };

static void start(pthread_t *thread, void *(*run)(void *), void *argument) {
    assert_int_equal(pthread_create(thread, NULL, run, argument), 0);
}

static void join(pthread_t thread) {
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* ---- the lock -------------------------------------------------------------------------------- */

struct counter {
    unsigned lock;
    long count; /* no atomic: the lock is what keeps it */
};

static void *count_up(void *argument) {
    struct counter *counter = argument;
    for (int i = 0; i < 20000; i++) {
        lock_take(&counter->lock);
        counter->count++;
        lock_release(&counter->lock);
    }
    return NULL;
}

static void test_lock(void **state) {
    (void)state;
    struct counter counter = {0};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        start(&threads[i], count_up, &counter);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    assert_int_equal(counter.count, THREADS * 20000);
    assert_int_equal(counter.lock, LOCK_FREE);
    assert_true(lock_try(&counter.lock));
    assert_false(lock_try(&counter.lock));
    lock_release(&counter.lock);
    assert_int_equal(counter.lock, LOCK_FREE);
}

/* Sleepers behind a holder who keeps it for long: all get it in the end, and the word is free. */
static void test_lock_slept_on(void **state) {
    (void)state;
    struct counter counter = {0};
    pthread_t threads[THREADS];
    lock_take(&counter.lock);
    for (int i = 0; i < THREADS; i++)
        start(&threads[i], count_up, &counter);
    while (__atomic_load_n(&counter.lock, __ATOMIC_RELAXED) != LOCK_SLEPT_ON)
        lock_pause();
    lock_release(&counter.lock);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    assert_int_equal(counter.count, THREADS * 20000);
    assert_int_equal(counter.lock, LOCK_FREE);
}

/* ---- one thread ------------------------------------------------------------------------------ */

static void test_first_error_counts(void **state) {
    (void)state;
    struct headroom_context context;
    headroom_context_open(&context, NULL, HEADROOM_NEVER);
    assert_int_equal(headroom_context_error(&context), 0);
    assert_true(headroom_context_deadline(&context) == HEADROOM_NEVER);
    headroom_context_cancel(&context, EIO);
    headroom_context_cancel(&context, EPIPE);
    assert_int_equal(headroom_context_error(&context), EIO);
    assert_int_equal(headroom_context_wait(&context, HEADROOM_NEVER), EIO);
    headroom_context_close(&context);
    headroom_context_open(&context, NULL, HEADROOM_NEVER); /* anew */
    headroom_context_cancel(&context, 0);
    assert_int_equal(headroom_context_error(&context), ECANCELED);
    headroom_context_close(&context);
}

/*      root
 *     /    \
 *   left   right
 *   /
 * leaf                cancelling left reaches leaf alone; root then reaches right. */
static void test_tree(void **state) {
    (void)state;
    struct headroom_context root, left, right, leaf, late;
    headroom_context_open(&root, NULL, HEADROOM_NEVER);
    headroom_context_open(&left, &root, HEADROOM_NEVER);
    headroom_context_open(&right, &root, HEADROOM_NEVER);
    headroom_context_open(&leaf, &left, HEADROOM_NEVER);
    headroom_context_cancel(&left, EIO);
    assert_int_equal(headroom_context_error(&leaf), EIO);
    assert_int_equal(headroom_context_error(&left), EIO);
    assert_int_equal(headroom_context_error(&right), 0);
    assert_int_equal(headroom_context_error(&root), 0);
    headroom_context_cancel(&root, EPIPE);
    assert_int_equal(headroom_context_error(&right), EPIPE);
    assert_int_equal(headroom_context_error(&leaf), EIO);
    headroom_context_open(&late, &right, HEADROOM_NEVER); /* born cancelled */
    assert_int_equal(headroom_context_error(&late), EPIPE);
    headroom_context_close(&late);
    headroom_context_close(&leaf);
    headroom_context_close(&right);
    headroom_context_close(&left);
    headroom_context_close(&root);
}

static void test_deadlines(void **state) {
    (void)state;
    headroom_ns now = headroom_now();
    struct headroom_context root, child, grandchild, past;
    headroom_context_open(&root, NULL, now + 1000 * HEADROOM_SECOND);
    headroom_context_open(&child, &root, now + 2000 * HEADROOM_SECOND);
    headroom_context_open(&grandchild, &child, now + 500 * HEADROOM_SECOND);
    assert_true(headroom_context_deadline(&child) == now + 1000 * HEADROOM_SECOND);
    assert_true(headroom_context_deadline(&grandchild) == now + 500 * HEADROOM_SECOND);
    assert_int_equal(headroom_context_error(&grandchild), 0);
    headroom_context_open(&past, &grandchild, now);
    assert_int_equal(headroom_context_error(&past), ETIMEDOUT);
    assert_int_equal(headroom_context_wait(&past, HEADROOM_NEVER), ETIMEDOUT);
    headroom_context_cancel(&root, EIO); /* later: it stays with what it said */
    assert_int_equal(headroom_context_error(&past), ETIMEDOUT);
    assert_int_equal(headroom_context_error(&grandchild), EIO);
    headroom_context_close(&past);
    headroom_context_close(&grandchild);
    headroom_context_close(&child);
    headroom_context_close(&root);
}

static void test_wait_ends(void **state) {
    (void)state;
    struct headroom_context root, child;
    headroom_context_open(&root, NULL, headroom_now() + 20 * MS);
    headroom_context_open(&child, &root, HEADROOM_NEVER);
    assert_int_equal(headroom_context_wait(&child, headroom_now() + MS), 0); /* `until` */
    assert_int_equal(headroom_context_wait(&child, 0), 0);
    assert_int_equal(headroom_context_wait(&child, HEADROOM_NEVER), ETIMEDOUT); /* the root's */
    assert_true(headroom_now() >= headroom_context_deadline(&root));
    headroom_context_close(&child);
    headroom_context_close(&root);
}

/* A deep tree is walked without a stack. */
static void test_depth(void **state) {
    (void)state;
    enum { DEPTH = 200000 };
    struct headroom_context *chain = calloc(DEPTH, sizeof *chain);
    assert_non_null(chain);
    for (int i = 0; i < DEPTH; i++)
        headroom_context_open(&chain[i], i ? &chain[i - 1] : NULL, HEADROOM_NEVER);
    headroom_context_cancel(&chain[0], EIO);
    assert_int_equal(headroom_context_error(&chain[DEPTH - 1]), EIO);
    for (int i = DEPTH - 1; i >= 0; i--)
        headroom_context_close(&chain[i]);
    free(chain);
}

/* ---- listeners ------------------------------------------------------------------------------- */

struct ear {
    struct headroom_listener listener;
    int heard, error;
};

static void hear(struct headroom_listener *listener, int error) {
    struct ear *ear = (struct ear *)listener;
    ear->heard++;
    ear->error = error;
}

static void test_listeners(void **state) {
    (void)state;
    struct headroom_context root, child;
    headroom_context_open(&root, NULL, HEADROOM_NEVER);
    headroom_context_open(&child, &root, HEADROOM_NEVER);
    struct ear ears[4] = {{.listener.cancelled = hear},
                          {.listener.cancelled = hear},
                          {.listener.cancelled = hear},
                          {.listener.cancelled = hear}};
    for (int i = 0; i < 3; i++)
        assert_int_equal(headroom_context_listen(&child, &ears[i].listener), 0);
    headroom_context_leave(&child, &ears[1].listener); /* from the middle */
    headroom_context_leave(&child, &ears[1].listener); /* and again */
    headroom_context_cancel(&root, EIO);
    assert_int_equal(headroom_context_listen(&child, &ears[3].listener), EIO);
    headroom_context_cancel(&child, EPIPE);
    for (int i = 0; i < 4; i++) {
        bool stayed = i == 0 || i == 2;
        assert_int_equal(ears[i].heard, stayed ? 1 : 0);
        assert_int_equal(ears[i].error, stayed ? EIO : 0);
        headroom_context_leave(&child, &ears[i].listener);
    }
    headroom_context_close(&child);
    headroom_context_close(&root);
}

/* ---- against a model ------------------------------------------------------------------------- */

enum { NODES = 40, STEPS = 20000 };

/* What a context should say, found the slow way: by the parents, and the order of cancellations. */
struct node {
    struct headroom_context context;
    struct ear ear;
    struct node *parent;
    int children, error;
    bool open;
};

static bool below(const struct node *node, const struct node *top) {
    while (node && node != top)
        node = node->parent;
    return node;
}

static void open_node(struct node *node, struct node *parent) {
    *node = (struct node){.parent = parent, .open = true, .ear.listener.cancelled = hear};
    headroom_context_open(&node->context, parent ? &parent->context : NULL, HEADROOM_NEVER);
    if (parent) {
        parent->children++;
        node->error = parent->error;
    }
    int answer = headroom_context_listen(&node->context, &node->ear.listener);
    assert_int_equal(answer, node->error);
    node->ear.heard = answer != 0; /* it will not be told */
    node->ear.error = answer;
}

static void close_node(struct node *node) {
    headroom_context_leave(&node->context, &node->ear.listener);
    headroom_context_close(&node->context);
    node->open = false;
    if (node->parent)
        node->parent->children--;
}

static void cancel_node(struct node *nodes, struct node *top, int error) {
    headroom_context_cancel(&top->context, error);
    for (int i = 0; i < NODES; i++)
        if (nodes[i].open && nodes[i].error == 0 && below(&nodes[i], top))
            nodes[i].error = error;
}

static void test_model(void **state) {
    (void)state;
    static struct node nodes[NODES];
    uint32_t dice = 20260109;
    for (int step = 0; step < STEPS; step++) {
        dice = dice * 1664525 + 1013904223;
        struct node *node = &nodes[(dice >> 8) % NODES], *other = &nodes[(dice >> 16) % NODES];
        if (!node->open)
            open_node(node, other->open ? other : NULL);
        else if (node->children == 0)
            close_node(node);
        else if (dice >> 30 == 0)
            cancel_node(nodes, node, step + 1);
        for (int i = 0; i < NODES; i++) {
            if (!nodes[i].open)
                continue;
            assert_int_equal(headroom_context_error(&nodes[i].context), nodes[i].error);
            assert_int_equal(nodes[i].ear.error, nodes[i].error);
            assert_int_equal(nodes[i].ear.heard, nodes[i].error != 0);
        }
    }
    for (int left = 1; left > 0;) {
        left = 0;
        for (int i = 0; i < NODES; i++) {
            if (nodes[i].open && nodes[i].children == 0)
                close_node(&nodes[i]);
            left += nodes[i].open;
        }
    }
}

/* ---- several threads ------------------------------------------------------------------------- */

struct waiter {
    struct headroom_context *context;
    int answer;
};

static void *wait_for_it(void *argument) {
    struct waiter *waiter = argument;
    waiter->answer = headroom_context_wait(waiter->context, HEADROOM_NEVER);
    return NULL;
}

/* Waits on a leaf end when its grandparent is cancelled, whether they sleep by then or not. */
static void test_ancestor_wakes(void **state) {
    (void)state;
    for (int round = 0; round < 100; round++) {
        struct headroom_context chain[3];
        pthread_t threads[THREADS];
        struct waiter waiters[THREADS];
        for (int i = 0; i < 3; i++)
            headroom_context_open(&chain[i], i ? &chain[i - 1] : NULL, HEADROOM_NEVER);
        for (int i = 0; i < THREADS; i++) {
            waiters[i] = (struct waiter){&chain[2], 0};
            start(&threads[i], wait_for_it, &waiters[i]);
        }
        if (round % 4 == 0)
            headroom_context_wait(&chain[0], headroom_now() + MS);
        headroom_context_cancel(&chain[0], EIO);
        for (int i = 0; i < THREADS; i++) {
            join(threads[i]);
            assert_int_equal(waiters[i].answer, EIO);
        }
        for (int i = 2; i >= 0; i--)
            headroom_context_close(&chain[i]);
    }
}

/* A child that sees its cancellation closes at once, and its memory is gone, while whoever cancels
 * is still at work on its sisters (what asan and tsan look at). */
static void *live_and_die(void *argument) {
    struct headroom_context *root = argument;
    for (;;) {
        struct headroom_context *child = malloc(sizeof *child);
        struct ear *ear = calloc(1, sizeof *ear);
        if (!child || !ear)
            abort();
        ear->listener.cancelled = hear;
        headroom_context_open(child, root, HEADROOM_NEVER);
        int refused = headroom_context_listen(child, &ear->listener);
        int error = headroom_context_wait(child, headroom_now() + MS / 20);
        headroom_context_leave(child, &ear->listener);
        /* Who left has heard all there was: once, where the wait was told so, too. */
        bool sound = refused ? ear->heard == 0 : ear->heard == 1 || (ear->heard == 0 && !error);
        headroom_context_close(child);
        free(child);
        free(ear);
        if (!sound)
            return argument; /* a failure */
        if (error)
            return NULL;
    }
}

static void test_close_against_cancel(void **state) {
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct headroom_context *root = malloc(sizeof *root);
        assert_non_null(root);
        headroom_context_open(root, NULL, HEADROOM_NEVER);
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++)
            start(&threads[i], live_and_die, root);
        headroom_context_wait(root, headroom_now() + round * MS / 20);
        headroom_context_cancel(root, EIO);
        for (int i = 0; i < THREADS; i++) {
            void *failure;
            assert_int_equal(pthread_join(threads[i], &failure), 0);
            assert_null(failure);
        }
        headroom_context_close(root);
        free(root);
    }
}

/* Many cancel the same context: one error, and all agree on it. */
struct rival {
    struct headroom_context *context;
    int error, seen;
};

static void *cancel_it(void *argument) {
    struct rival *rival = argument;
    headroom_context_cancel(rival->context, rival->error);
    rival->seen = headroom_context_error(rival->context);
    return NULL;
}

static void test_rivals(void **state) {
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct headroom_context root, child;
        struct rival rivals[THREADS];
        pthread_t threads[THREADS];
        headroom_context_open(&root, NULL, HEADROOM_NEVER);
        headroom_context_open(&child, &root, HEADROOM_NEVER);
        for (int i = 0; i < THREADS; i++) {
            rivals[i] = (struct rival){&root, i + 1, 0};
            start(&threads[i], cancel_it, &rivals[i]);
        }
        for (int i = 0; i < THREADS; i++)
            join(threads[i]);
        int error = headroom_context_error(&root);
        assert_in_range(error, 1, THREADS);
        assert_int_equal(headroom_context_error(&child), error);
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(rivals[i].seen, error);
        headroom_context_close(&child);
        headroom_context_close(&root);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_lock_slept_on),
        cmocka_unit_test(test_first_error_counts),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_wait_ends),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_listeners),
        cmocka_unit_test(test_model),
        cmocka_unit_test(test_ancestor_wakes),
        cmocka_unit_test(test_close_against_cancel),
        cmocka_unit_test(test_rivals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
