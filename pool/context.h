/* SPDX-License-Identifier: MIT */
/*
 * context: a request to stop, which work can poll and wait on; a tree, cancelled from the root
 * down.
 *
 *     struct headroom_context request;
 *     headroom_context_open(&request, parent_or_NULL, headroom_now() + 2 * HEADROOM_SECOND);
 *     ... headroom_context_error(&request) == 0 ...          nobody wants us to stop
 *     headroom_context_close(&request);
 *
 * A context is the caller's memory, from open to close; close its children first. It is cancelled
 * by headroom_context_cancel, by its deadline, or because its parent was. Cancelling asks, it never
 * interrupts: work stops where it looks. All calls may be made from any thread, also from inside a
 * job; open and close not while another thread uses the same context. No allocation, no failure.
 *
 * Times: nanoseconds of CLOCK_MONOTONIC. Errors are errno values.
 */
#ifndef HEADROOM_CONTEXT_H
#define HEADROOM_CONTEXT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t headroom_ns; /* of CLOCK_MONOTONIC, or a span */

#define HEADROOM_SECOND INT64_C(1000000000)
#define HEADROOM_NEVER INT64_MAX

/* Now, of CLOCK_MONOTONIC. About 30 ns. */
headroom_ns headroom_now(void);

/* Who wants to hear of a cancellation; inside a struct of the listener's own. */
struct headroom_listener {
    /* On the thread that cancels, under the tree's lock: short, and calls nothing of headroom. */
    void (*cancelled)(struct headroom_listener *listener, int error);
    struct headroom_listener *next, *previous; /* the context's */
};

/* All fields are the library's. */
struct headroom_context {
    struct headroom_listener above; /* hears of the parent */
    struct headroom_context *parent, *root;
    struct headroom_listener *listeners;
    headroom_ns deadline;
    int error;
    unsigned word; /* changes when it is cancelled */
    unsigned lock; /* of the tree; the root's */
};

/* Cancelled with its parent (may be NULL), or at `deadline` (HEADROOM_NEVER: none). O(1). */
void headroom_context_open(struct headroom_context *context, struct headroom_context *parent,
                           headroom_ns deadline);

/* No listener and no child is left. O(1). */
void headroom_context_close(struct headroom_context *context);

/* Cancels it and all below it; `error` is what they will say, ECANCELED where it is 0. The first
 * one counts. O(listeners below). */
void headroom_context_cancel(struct headroom_context *context, int error);

/* 0: go on. Else the errno it was cancelled with; ETIMEDOUT: its deadline, or one above, has
 * passed. One load; a look at the clock where there is a deadline. */
int headroom_context_error(const struct headroom_context *context);

/* Sleeps until it is cancelled or `until`: the error, or 0 at `until`. The polite nanosleep. */
int headroom_context_wait(struct headroom_context *context, headroom_ns until);

/* The earliest deadline from it upwards; HEADROOM_NEVER: none. */
headroom_ns headroom_context_deadline(const struct headroom_context *context);

/* Hears of the cancellation, at once where it has happened: then the answer is the error and the
 * listener was not added. Deadlines are not heard of; who waits looks at the clock. */
int headroom_context_listen(struct headroom_context *context, struct headroom_listener *listener);
void headroom_context_leave(struct headroom_context *context, struct headroom_listener *listener);

#ifdef __cplusplus
}
#endif
#endif
