/* SPDX-License-Identifier: MIT */
/* timers: see timers.h. */
#include "model/timers.h"

#include <stdlib.h>
#include <string.h>

bool timers_grow(struct timers *t, uint32_t room) {
    struct timer *heap = realloc(t->heap, ((size_t)room + 1) * sizeof *heap);
    if (!heap)
        return false;
    t->heap = heap;
    uint32_t *place = realloc(t->place, (size_t)room * sizeof *place);
    if (!place)
        return false;
    t->place = place;
    memset(place + t->room, 0, (room - t->room) * sizeof *place);
    t->room = room;
    return true;
}

void timers_close(struct timers *t) {
    free(t->heap);
    free(t->place);
    *t = (struct timers){0};
}

static bool sooner(const struct timer *a, const struct timer *b) {
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void put(struct timers *t, uint32_t i, struct timer timer) {
    t->heap[i] = timer;
    t->place[timer.slot] = i;
}

/* Finds the timer's place from i on: up, else down. */
static void settle(struct timers *t, uint32_t i, struct timer timer) {
    for (; i > 1 && sooner(&timer, &t->heap[i / 2]); i /= 2)
        put(t, i, t->heap[i / 2]);
    for (uint32_t child; (child = 2 * i) <= t->count; i = child) {
        if (child < t->count && sooner(&t->heap[child + 1], &t->heap[child]))
            child++;
        if (!sooner(&t->heap[child], &timer))
            break;
        put(t, i, t->heap[child]);
    }
    put(t, i, timer);
}

void timers_set(struct timers *t, uint32_t slot, nsec at) {
    t->count++;
    settle(t, t->count, (struct timer){at, t->set++, slot});
}

void timers_remove(struct timers *t, uint32_t slot) {
    uint32_t i = t->place[slot];
    t->place[slot] = 0;
    struct timer last = t->heap[t->count--];
    if (last.slot != slot)
        settle(t, i, last);
}

uint32_t timers_take(struct timers *t) {
    uint32_t slot = t->heap[1].slot;
    timers_remove(t, slot);
    return slot;
}
