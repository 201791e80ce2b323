/* SPDX-License-Identifier: MIT */
/*
 * timers: the instants at which waiting jobs give up; one for a slot, set and cleared at will.
 *
 * A binary heap that knows where each slot stands, so that a timer cleared is gone: memory is
 * bounded by the jobs that wait, not by how long they would. At equal instants the one set first is
 * first. O(log n) to set or clear, O(1) to look. Both engines keep one: the simulator beside its
 * calendar, the real pool under its lock.
 */
#ifndef MODEL_TIMERS_H
#define MODEL_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/nsec.h"

struct timer {
    nsec at;
    uint64_t order;
    uint32_t slot;
};

struct timers {
    struct timer *heap; /* from 1; `count` of them */
    uint32_t *place;    /* of each slot in the heap; 0: it has no timer */
    uint32_t count, room;
    uint64_t set; /* so far */
};

/* Room for slots 0 .. room - 1; false: out of memory, and nothing has changed. */
bool timers_grow(struct timers *t, uint32_t room);
void timers_close(struct timers *t);

void timers_set(struct timers *t, uint32_t slot, nsec at); /* the slot has none */
void timers_remove(struct timers *t, uint32_t slot);       /* it has one */

static inline nsec timers_next(const struct timers *t) {
    return t->count > 0 ? t->heap[1].at : NSEC_NEVER;
}

static inline bool timers_has(const struct timers *t, uint32_t slot) {
    return slot < t->room && t->place[slot] > 0;
}

static inline void timers_clear(struct timers *t, uint32_t slot) {
    if (timers_has(t, slot))
        timers_remove(t, slot);
}

/* The slot of the first; its timer is gone. There is one. */
uint32_t timers_take(struct timers *t);

#endif
