/* SPDX-License-Identifier: MIT */
/* queue: see queue.h. */
#include "pool/queue.h"

#include <stdlib.h>

#include "pool/pool.h"

enum { FIRST_PLACES = 64 };

/* Stands where a job was taken out. */
static struct headroom_job gap;

static struct entry *place_of(struct ring *ring, uint64_t position) {
    return &ring->entries[position & ring->mask];
}

void queue_close(struct queue *q) {
    while (q->ring) {
        struct ring *older = q->ring->older;
        free(q->ring);
        q->ring = older;
    }
    q->head = q->tail = q->head_seen = q->gaps = 0;
}

/* Closes the gaps; jobs get other places. */
static void pack(struct queue *q) {
    uint64_t to = q->head;
    for (uint64_t at = q->head; at < q->tail; at++) {
        struct entry *e = place_of(q->ring, at);
        if (e->job == &gap)
            continue;
        if (e->job)
            e->job->place = to;
        *place_of(q->ring, to++) = *e;
    }
    q->tail = to;
    q->gaps = 0;
}

/* A ring of so many places, with what waits at the same positions. */
static bool grow(struct queue *q, uint64_t places) {
    struct ring *ring =
        aligned_alloc(_Alignof(struct ring), sizeof *ring + places * sizeof *ring->entries);
    if (!ring)
        return false;
    ring->mask = places - 1;
    ring->older = q->ring;
    for (uint64_t at = __atomic_load_n(&q->head, __ATOMIC_ACQUIRE); at < q->tail; at++)
        *place_of(ring, at) = *place_of(q->ring, at);
    if (!q->shared) {
        free(q->ring);
        ring->older = NULL;
    }
    __atomic_store_n(&q->ring, ring, __ATOMIC_RELEASE);
    return true;
}

bool queue_reserve(struct queue *q, uint64_t places) {
    uint64_t room = queue_places(q) ? queue_places(q) : FIRST_PLACES;
    while (room < places)
        room *= 2;
    return room == queue_places(q) || grow(q, room);
}

static bool make_place(struct queue *q) {
    if (queue_has_place(q))
        return true;
    q->head_seen = __atomic_load_n(&q->head, __ATOMIC_ACQUIRE);
    if (queue_has_place(q))
        return true;
    if (!q->shared && q->gaps > 0) {
        pack(q);
        return true;
    }
    return queue_reserve(q, 2 * queue_places(q));
}

bool queue_push(struct queue *q, const struct entry *e) {
    if (!make_place(q))
        return false;
    if (e->job)
        e->job->place = q->tail;
    queue_write(q, e);
    return true;
}

const struct entry *queue_first(struct queue *q) {
    for (; q->head < q->tail; q->head++, q->gaps--) {
        const struct entry *e = place_of(q->ring, q->head);
        if (e->job != &gap)
            return e;
    }
    return NULL;
}

bool queue_peek(const struct queue *q, struct entry *e) {
    uint64_t at = __atomic_load_n(&q->head, __ATOMIC_ACQUIRE);
    while (at < q->tail) {
        *e = *place_of(q->ring, at);
        uint64_t head = __atomic_load_n(&q->head, __ATOMIC_ACQUIRE);
        if (head <= at && e->job != &gap)
            return true;
        at = head > at ? head : at + 1;
    }
    return false;
}

bool queue_take_first(struct queue *q, struct entry *e) {
    uint64_t head = __atomic_load_n(&q->head, __ATOMIC_ACQUIRE);
    while (head < q->tail) {
        *e = *place_of(q->ring, head);
        /* Only a call can be taken by another meanwhile. */
        if (!__atomic_compare_exchange_n(&q->head, &head, head + 1, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE))
            continue;
        if (e->job != &gap)
            return true;
        q->gaps--;
        head++;
    }
    return false;
}

bool queue_take_last(struct queue *q, struct entry *e) {
    while (q->head < q->tail) {
        *e = *place_of(q->ring, --q->tail);
        if (e->job != &gap)
            return true;
        q->gaps--;
    }
    return false;
}

void queue_remove(struct queue *q, struct headroom_job *job) {
    __atomic_store_n(&place_of(q->ring, job->place)->job, &gap, __ATOMIC_RELAXED);
    q->gaps++;
}
