/* SPDX-License-Identifier: MIT */
/*
 * queue: a line of entries for the pool, a ring that grows. An entry is a *call* (by value) or a
 * *job* (a pointer).
 *
 * Everything is done under the pool's lock, but one thing: queue_pop_call takes a call from the
 * head without it, by one compare-and-swap. Jobs are taken under the lock only, so that whoever
 * holds it may take one out of the middle (queue_remove leaves a gap, which is skipped later).
 *
 * Why that is safe: positions only grow, so a compare-and-swap of `head` cannot mistake an old
 * position for a new one; a place is written again only when `head` has passed it, which makes a
 * late compare-and-swap fail; a ring that was outgrown is kept, unchanged, until the end, and at
 * positions below its last tail it says the same as the new one. A queue whose takers are all under
 * the lock (`shared` false) closes its gaps before it grows.
 */
#ifndef POOL_QUEUE_H
#define POOL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct headroom_job;

struct entry {
    struct headroom_job *job; /* NULL: a call */
    void (*function)(void *);
    void *argument;
    int64_t ticks; /* of the submission of a call; in queues that are not shared, rising */
};

struct ring {
    _Alignas(64) struct ring *older;
    uint64_t mask; /* places - 1 */
    _Alignas(64) struct entry entries[];
};

/* Takers and the one who pushes write lines of their own, and read each other's seldom. */
struct queue {
    _Alignas(64) uint64_t head; /* the next to be taken */
    _Alignas(64) uint64_t tail; /* the next to be written */
    uint64_t head_seen;         /* by who pushes: head is not below it */
    uint64_t gaps;              /* in [head, tail) */
    _Alignas(64) struct ring *ring;
    bool shared; /* calls are taken without the lock */
};

static inline uint64_t queue_tail(const struct queue *q) {
    return __atomic_load_n(&q->tail, __ATOMIC_ACQUIRE);
}

/* How many wait in it; under the lock. */
static inline uint64_t queue_count(const struct queue *q) {
    return q->tail - __atomic_load_n(&q->head, __ATOMIC_ACQUIRE) - q->gaps;
}

static inline uint64_t queue_places(const struct queue *q) {
    return q->ring ? q->ring->mask + 1 : 0;
}

/* Is there a place at the tail, so far as is known without a look at the takers? Under the lock. */
static inline bool queue_has_place(const struct queue *q) {
    return q->tail - q->head_seen < queue_places(q);
}

/* Writes an entry into that place; of jobs their place is noted by queue_push. */
static inline void queue_write(struct queue *q, const struct entry *e) {
    struct entry *place = &q->ring->entries[q->tail & q->ring->mask];
    __atomic_store_n(&place->function, e->function, __ATOMIC_RELAXED);
    __atomic_store_n(&place->argument, e->argument, __ATOMIC_RELAXED);
    __atomic_store_n(&place->ticks, e->ticks, __ATOMIC_RELAXED);
    __atomic_store_n(&place->job, e->job, __ATOMIC_RELAXED);
    __atomic_store_n(&q->tail, q->tail + 1, __ATOMIC_RELEASE);
}

/* Frees the rings; the queue is empty afterwards and can be used again. */
void queue_close(struct queue *q);

/* At the tail; false: no memory, and nothing has changed. A job's place is noted in it. */
bool queue_push(struct queue *q, const struct entry *e);

/* The first, or the last; false: empty. */
bool queue_take_first(struct queue *q, struct entry *e);
bool queue_take_last(struct queue *q, struct entry *e); /* not shared */

/* The first, to look at; NULL: empty. Not shared. */
const struct entry *queue_first(struct queue *q);

/* The same, and nothing is changed; any queue, under the lock. */
bool queue_peek(const struct queue *q, struct entry *e);

/* Makes room for `places` entries in all; false: no memory. */
bool queue_reserve(struct queue *q, uint64_t places);

/* Takes out a job that waits in it. */
void queue_remove(struct queue *q, struct headroom_job *job);

/* Without the lock, of a shared queue: a call from the head; false: empty, or a job is first.
 * *seen is the caller's, 0 at first: the tail as he saw it last. */
static inline bool queue_pop_call(struct queue *q, uint64_t *seen, struct entry *e) {
    uint64_t head = __atomic_load_n(&q->head, __ATOMIC_ACQUIRE);
    for (;;) {
        if (head >= *seen && head >= (*seen = queue_tail(q)))
            return false;
        struct ring *ring = __atomic_load_n(&q->ring, __ATOMIC_ACQUIRE);
        struct entry *place = &ring->entries[head & ring->mask];
        if (__atomic_load_n(&place->job, __ATOMIC_RELAXED) != NULL)
            return false;
        e->job = NULL;
        e->function = __atomic_load_n(&place->function, __ATOMIC_RELAXED);
        e->argument = __atomic_load_n(&place->argument, __ATOMIC_RELAXED);
        e->ticks = __atomic_load_n(&place->ticks, __ATOMIC_RELAXED);
        if (__atomic_compare_exchange_n(&q->head, &head, head + 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return true;
    }
}

#endif
