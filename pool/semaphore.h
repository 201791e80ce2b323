/* SPDX-License-Identifier: MIT */
/*
 * headroom/semaphore: so many permits, taken n at a time, first come first served.
 *
 *     struct headroom_semaphore memory;
 *     headroom_semaphore_open(&memory, 512);                                  512 MB in all
 *     int error = headroom_semaphore_acquire(&memory, 64, HEADROOM_NEVER, context);
 *     ... headroom_semaphore_release(&memory, 64);
 *     headroom_semaphore_close(&memory);
 *
 * One line: who asks for much and waits at its head is not overtaken by those behind who ask for
 * little. Who gives up (too late, cancelled) leaves the line, and those behind him move up at once.
 * The sum of what is held never exceeds the permits. Each waiter sleeps on a word of its own: a
 * release wakes those who go on and nobody else.
 *
 * It is the caller's memory, from open to close. All calls but open and close may be made from any
 * thread, also from inside a job; a worker that waits is a worker less. No allocation, no failure
 * but those named. Errors are errno values.
 */
#ifndef HEADROOM_SEMAPHORE_H
#define HEADROOM_SEMAPHORE_H

#include <stdint.h>

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

struct headroom_semaphore_waiter;

/* All fields are the library's. */
struct headroom_semaphore {
    uint64_t permits, free;
    struct headroom_semaphore_waiter *first, *last; /* the line */
    unsigned lock;
    unsigned inside; /* acquisitions that wait; the top bit: it closes */
};

/* All permits are free. O(1). */
void headroom_semaphore_open(struct headroom_semaphore *semaphore, uint64_t permits);

/* Takes n permits, in turn; sleeps at most until then, and until `context` (may be NULL) is
 * cancelled. Where they are free and nobody waits it does not look at `until`.
 * 0; EINVAL: more than there are at all; ETIMEDOUT; the context's error, also where it was
 * cancelled before; ESHUTDOWN: closed. Not 0: nothing was taken. One lock where they are free
 * (about 20 ns); else two, and a sleep; the context's lock twice where it has to wait. */
int headroom_semaphore_acquire(struct headroom_semaphore *semaphore, uint64_t n, headroom_ns until,
                               struct headroom_context *context);

/* Never sleeps: EAGAIN where they are not free or somebody waits before. */
int headroom_semaphore_try(struct headroom_semaphore *semaphore, uint64_t n);

/* Gives back n, to whoever comes first in the line; any thread may, not only who took them. EINVAL:
 * more than are out, nothing changed. One lock; O(waiters that go on), a wake each, off the lock.
 */
int headroom_semaphore_release(struct headroom_semaphore *semaphore, uint64_t n);

/* Who waits returns ESHUTDOWN, and so does who comes later; permits that are out may still be
 * released. When it returns nobody waits any more: the memory can go as soon as no other call is in
 * progress. Idempotent. */
void headroom_semaphore_close(struct headroom_semaphore *semaphore);

/* Permits that nobody holds. A glance: it may be another number by now. */
uint64_t headroom_semaphore_free(struct headroom_semaphore *semaphore);

#ifdef __cplusplus
}
#endif
#endif
