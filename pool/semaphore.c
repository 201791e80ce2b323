/* SPDX-License-Identifier: MIT */
/*
 * semaphore: see semaphore.h.
 *
 * Invariant, under the lock: free < n of the first in the line, or the line is empty. Whoever
 * breaks it (a release, a leave from the head) takes out those who can go on, releases the lock,
 * and wakes them. From then on a waiter touches its own word and `inside` alone.
 *
 * A waiter is on the stack of who waits. Out of the line it belongs to who took it out, until
 * GRANTED is in its word; so one that gives up just then waits for that bit and has the permits.
 */
#include "pool/semaphore.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "pool/lock.h"

enum {
    GRANTED = 1,
    HEARD = 2
}; /* of a waiter's word: it has its answer; its context is cancelled */

static const unsigned CLOSING = 1u << 31; /* of semaphore.inside */

struct headroom_semaphore_waiter {
    struct headroom_listener listener; /* the first: of the context */
    struct headroom_semaphore_waiter *next, *previous;
    uint64_t n;
    bool in_line;  /* under the lock */
    int answer;    /* set before GRANTED */
    unsigned word; /* what it sleeps on */
};
typedef struct headroom_semaphore_waiter waiter;

/* ---- the line, under the lock ---------------------------------------------------------------- */

static void append(struct headroom_semaphore *semaphore, waiter *w) {
    w->previous = semaphore->last;
    if (w->previous)
        w->previous->next = w;
    else
        semaphore->first = w;
    semaphore->last = w;
    w->in_line = true;
    __atomic_fetch_add(&semaphore->inside, 1, __ATOMIC_RELAXED);
}

static void take_out(struct headroom_semaphore *semaphore, waiter *w) {
    if (w->previous)
        w->previous->next = w->next;
    else
        semaphore->first = w->next;
    if (w->next)
        w->next->previous = w->previous;
    else
        semaphore->last = w->previous;
    w->next = w->previous = NULL;
    w->in_line = false;
}

/* Takes out from the head who can go on now: a chain, in order. */
static waiter *take_grants(struct headroom_semaphore *semaphore) {
    waiter *chain = NULL, **end = &chain;
    while (semaphore->first && semaphore->first->n <= semaphore->free) {
        waiter *w = semaphore->first;
        semaphore->free -= w->n;
        take_out(semaphore, w);
        *end = w;
        end = &w->next;
    }
    return chain;
}

/* Off the lock. A waiter is gone once it has its bit; the wake needs its address alone. */
static void wake_chain(waiter *chain, int answer) {
    while (chain) {
        waiter *w = chain;
        chain = w->next;
        w->answer = answer;
        __atomic_fetch_or(&w->word, GRANTED, __ATOMIC_RELEASE);
        park_wake((void *)&w->word, 1);
    }
}

static bool closing(struct headroom_semaphore *semaphore) {
    return __atomic_load_n(&semaphore->inside, __ATOMIC_RELAXED) & CLOSING;
}

/* Takes n where they are free and nobody waits: 0, EAGAIN and what no waiting mends. */
static int take(struct headroom_semaphore *semaphore, uint64_t n) {
    if (closing(semaphore))
        return ESHUTDOWN;
    if (n > semaphore->permits)
        return EINVAL;
    if (semaphore->first || n > semaphore->free)
        return EAGAIN;
    semaphore->free -= n;
    return 0;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void hear(struct headroom_listener *listener, int error) {
    (void)error;
    unsigned *word = &((waiter *)listener)->word;
    __atomic_fetch_or(word, HEARD, __ATOMIC_RELEASE);
    park_wake((void *)word, 1);
}

/* Sleeps until it is granted: 0; else why it gives up. */
static int sleep_in_line(waiter *w, headroom_ns until, struct headroom_context *context) {
    headroom_ns end = context ? headroom_context_deadline(context) : HEADROOM_NEVER;
    end = until < end ? until : end;
    for (;;) {
        unsigned seen = __atomic_load_n(&w->word, __ATOMIC_ACQUIRE);
        if (seen & GRANTED)
            return 0;
        int error = context ? headroom_context_error(context) : 0;
        if (error != 0)
            return error;
        if (end != HEADROOM_NEVER && park_now() >= end)
            return ETIMEDOUT;
        park_wait((void *)&w->word, seen, end);
    }
}

/* Someone took it out of the line and is on the way with the answer. */
static int await_answer(waiter *w) {
    unsigned seen;
    while (!((seen = __atomic_load_n(&w->word, __ATOMIC_ACQUIRE)) & GRANTED))
        park_wait((void *)&w->word, seen, NSEC_NEVER);
    return w->answer;
}

/* Leaves the line, and lets those behind move up; where it was granted meanwhile it has that. */
static int give_up(struct headroom_semaphore *semaphore, waiter *w, int error) {
    lock_take(&semaphore->lock);
    bool in_line = w->in_line;
    if (in_line)
        take_out(semaphore, w);
    waiter *chain = take_grants(semaphore);
    lock_release(&semaphore->lock);
    wake_chain(chain, 0);
    return in_line ? error : await_answer(w);
}

/* The last that it does with the semaphore. */
static void leave(struct headroom_semaphore *semaphore) {
    if (__atomic_fetch_sub(&semaphore->inside, 1, __ATOMIC_RELEASE) == (CLOSING | 1))
        park_wake((void *)&semaphore->inside, INT_MAX);
}

static int wait_in_line(struct headroom_semaphore *semaphore, waiter *w, headroom_ns until,
                        struct headroom_context *context) {
    int error = context ? headroom_context_listen(context, &w->listener) : 0;
    if (error == 0)
        error = sleep_in_line(w, until, context);
    error = error != 0 ? give_up(semaphore, w, error) : w->answer;
    if (context)
        headroom_context_leave(context, &w->listener);
    leave(semaphore);
    return error;
}

/* ---- the calls ------------------------------------------------------------------------------- */

void headroom_semaphore_open(struct headroom_semaphore *semaphore, uint64_t permits) {
    *semaphore = (struct headroom_semaphore){.permits = permits, .free = permits};
}

int headroom_semaphore_acquire(struct headroom_semaphore *semaphore, uint64_t n, headroom_ns until,
                               struct headroom_context *context) {
    int error = context ? headroom_context_error(context) : 0;
    if (error != 0)
        return error;
    waiter w = {.listener.cancelled = hear, .n = n};
    lock_take(&semaphore->lock);
    error = take(semaphore, n);
    if (error == EAGAIN)
        append(semaphore, &w);
    lock_release(&semaphore->lock);
    return error == EAGAIN ? wait_in_line(semaphore, &w, until, context) : error;
}

int headroom_semaphore_try(struct headroom_semaphore *semaphore, uint64_t n) {
    lock_take(&semaphore->lock);
    int error = take(semaphore, n);
    lock_release(&semaphore->lock);
    return error;
}

int headroom_semaphore_release(struct headroom_semaphore *semaphore, uint64_t n) {
    waiter *chain = NULL;
    lock_take(&semaphore->lock);
    bool sound = n <= semaphore->permits - semaphore->free;
    if (sound) {
        semaphore->free += n;
        chain = take_grants(semaphore);
    }
    lock_release(&semaphore->lock);
    wake_chain(chain, 0);
    return sound ? 0 : EINVAL;
}

void headroom_semaphore_close(struct headroom_semaphore *semaphore) {
    lock_take(&semaphore->lock);
    __atomic_fetch_or(&semaphore->inside, CLOSING, __ATOMIC_RELAXED);
    waiter *chain = semaphore->first;
    for (waiter *w = chain; w; w = w->next)
        w->in_line = false;
    semaphore->first = semaphore->last = NULL;
    lock_release(&semaphore->lock);
    wake_chain(chain, ESHUTDOWN);
    unsigned inside;
    while ((inside = __atomic_load_n(&semaphore->inside, __ATOMIC_ACQUIRE)) != CLOSING)
        park_wait((void *)&semaphore->inside, inside, NSEC_NEVER);
}

uint64_t headroom_semaphore_free(struct headroom_semaphore *semaphore) {
    lock_take(&semaphore->lock);
    uint64_t free = semaphore->free;
    lock_release(&semaphore->lock);
    return free;
}
