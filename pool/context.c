/* SPDX-License-Identifier: MIT */
/*
 * context: see context.h.
 *
 * One lock for a tree, the root's: it guards the lists of listeners and who is cancelled. A child
 * is a listener of its parent. Deadlines do not change after open, so each context has the earliest
 * one from itself upwards, and looking up (error, deadline) needs no lock and no walk.
 *
 * A cancellation holds the lock until all below have heard. So leave and close, which take it too,
 * return when no call into the listener is in progress or to come: its memory can go. Nothing of a
 * child is touched after the lock is released, but its futex, by address.
 */
#include "pool/context.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

#include "pool/lock.h"

headroom_ns headroom_now(void) {
    return park_now();
}

enum { SLEPT_ON = 1, CANCELLED = 2 }; /* of context.word; a wake costs where somebody sleeps */

/* A listener that is a child: the walk in cancel_all goes down into it instead of calling this. */
static void pass_down(struct headroom_listener *above, int error) {
    (void)above;
    (void)error;
    assert(false && "a child is walked into");
}

static struct headroom_context *child_of(struct headroom_listener *above) {
    _Static_assert(offsetof(struct headroom_context, above) == 0, "above is the first field");
    return (struct headroom_context *)above;
}

/* ---- lists, under the lock ------------------------------------------------------------------- */

static void link_in(struct headroom_context *context, struct headroom_listener *listener) {
    listener->previous = NULL;
    listener->next = context->listeners;
    if (listener->next)
        listener->next->previous = listener;
    context->listeners = listener;
}

/* Nothing happens where it is in no list. */
static void take_out(struct headroom_context *context, struct headroom_listener *listener) {
    if (listener->previous)
        listener->previous->next = listener->next;
    else if (context->listeners == listener)
        context->listeners = listener->next;
    if (listener->next)
        listener->next->previous = listener->previous;
    listener->next = listener->previous = NULL;
}

/* ---- looking --------------------------------------------------------------------------------- */

headroom_ns headroom_context_deadline(const struct headroom_context *context) {
    return context->deadline;
}

int headroom_context_error(const struct headroom_context *context) {
    int error = __atomic_load_n(&context->error, __ATOMIC_ACQUIRE);
    if (error != 0 || context->deadline == HEADROOM_NEVER)
        return error;
    return park_now() >= context->deadline ? ETIMEDOUT : 0;
}

static headroom_ns earlier(headroom_ns a, headroom_ns b) {
    return a < b ? a : b;
}

int headroom_context_wait(struct headroom_context *context, headroom_ns until) {
    for (;;) {
        unsigned seen = __atomic_fetch_or(&context->word, SLEPT_ON, __ATOMIC_ACQUIRE) | SLEPT_ON;
        int error = headroom_context_error(context);
        if (error != 0 || (until != HEADROOM_NEVER && park_now() >= until))
            return error;
        park_wait((void *)&context->word, seen, earlier(until, context->deadline));
    }
}

/* ---- cancelling ------------------------------------------------------------------------------ */

/* The first error counts, and a deadline that has passed was before. */
static void mark(struct headroom_context *context, int error, headroom_ns now) {
    if (context->error != 0)
        return;
    error = now >= context->deadline ? ETIMEDOUT : error;
    __atomic_store_n(&context->error, error, __ATOMIC_RELEASE);
    if (__atomic_fetch_or(&context->word, CANCELLED, __ATOMIC_RELEASE) & SLEPT_ON)
        park_wake((void *)&context->word, INT_MAX);
}

/* Marks all from `top` down, depth first; takes each listener out before it hears, and needs no
 * memory for the way back. One already cancelled has no listeners. */
static void cancel_all(struct headroom_context *top, int error) {
    headroom_ns now = park_now();
    struct headroom_context *at = top;
    mark(at, error, now);
    for (;;) {
        struct headroom_listener *listener = at->listeners;
        if (!listener && at == top)
            return;
        if (!listener) {
            at = at->parent;
            continue;
        }
        take_out(at, listener);
        if (listener->cancelled == pass_down) {
            at = child_of(listener);
            mark(at, at->parent->error, now);
        } else {
            listener->cancelled(listener, at->error);
        }
    }
}

void headroom_context_cancel(struct headroom_context *context, int error) {
    unsigned *lock = &context->root->lock;
    lock_take(lock);
    cancel_all(context, error != 0 ? error : ECANCELED);
    lock_release(lock);
}

/* ---- listening ------------------------------------------------------------------------------- */

int headroom_context_listen(struct headroom_context *context, struct headroom_listener *listener) {
    listener->next = listener->previous = NULL;
    lock_take(&context->root->lock);
    int error = headroom_context_error(context);
    if (error == 0)
        link_in(context, listener);
    lock_release(&context->root->lock);
    return error;
}

void headroom_context_leave(struct headroom_context *context, struct headroom_listener *listener) {
    lock_take(&context->root->lock);
    take_out(context, listener);
    lock_release(&context->root->lock);
}

void headroom_context_open(struct headroom_context *context, struct headroom_context *parent,
                           headroom_ns deadline) {
    *context = (struct headroom_context){
        .above.cancelled = pass_down, .parent = parent, .root = context, .deadline = deadline};
    if (!parent)
        return;
    context->root = parent->root;
    context->deadline = earlier(deadline, parent->deadline);
    int error = headroom_context_listen(parent, &context->above);
    if (error != 0) /* else a cancellation may have been here already */
        context->error = error;
}

void headroom_context_close(struct headroom_context *context) {
    lock_take(&context->root->lock); /* whoever cancels it has done */
    assert(!context->listeners);
    if (context->parent)
        take_out(context->parent, &context->above);
    lock_release(&context->root->lock);
}
