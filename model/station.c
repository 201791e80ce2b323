/* SPDX-License-Identifier: MIT */
/* station: see station.h; semantics in scenarios/README.md, "What a pool does with a job". */
#include "model/station.h"

#include <assert.h>
#include <stdbool.h>

void station_append(struct station_list *list, struct station_link *links, uint32_t item) {
    links[item] = (struct station_link){STATION_NONE, list->tail};
    if (list->count++ == 0)
        list->head = item;
    else
        links[list->tail].next = item;
    list->tail = item;
}

uint32_t station_take(struct station_list *list, struct station_link *links, uint32_t item) {
    struct station_link link = links[item];
    if (link.prev == STATION_NONE)
        list->head = link.next;
    else
        links[link.prev].next = link.next;
    if (link.next == STATION_NONE)
        list->tail = link.prev;
    else
        links[link.next].prev = link.prev;
    list->count--;
    return item;
}

uint32_t station_take_first(struct station_list *list, struct station_link *links) {
    return station_take(list, links, list->head);
}

static void check(const struct station *s) {
    assert(s->busy + s->idle.count == s->workers);
    assert(s->idle.count == 0 || s->queue.count == 0);
    assert(s->capacity == STATION_UNBOUNDED || s->queue.count <= s->capacity);
    (void)s;
}

void station_open(struct station *s, uint32_t workers, int64_t capacity,
                  enum station_when_full when_full, enum station_order order,
                  struct station_link *crew) {
    *s = (struct station){.workers = workers,
                          .capacity = capacity,
                          .when_full = when_full,
                          .order = order,
                          .queue = STATION_EMPTY_LIST,
                          .door = STATION_EMPTY_LIST,
                          .idle = STATION_EMPTY_LIST,
                          .crew = crew};
    for (uint32_t worker = workers; worker-- > 0;)
        station_append(&s->idle, crew, worker); /* worker 0 is taken first */
}

static bool has_place(const struct station *s) {
    return s->capacity == STATION_UNBOUNDED || s->queue.count < s->capacity;
}

/* Admits a job where there is room: START or QUEUE. */
static struct station_answer admit(struct station *s, struct station_link *links, uint32_t job) {
    if (s->idle.count > 0) {
        s->busy++;
        return (struct station_answer){STATION_START,
                                       station_take(&s->idle, s->crew, s->idle.tail)};
    }
    station_append(&s->queue, links, job);
    return (struct station_answer){STATION_QUEUE, STATION_NONE};
}

static struct station_answer full(struct station *s, struct station_link *links, uint32_t job) {
    struct station_answer answer = {STATION_REJECTED, STATION_NONE};
    switch (s->when_full) {
    case STATION_BLOCK:
        station_append(&s->door, links, job);
        answer.verdict = STATION_DOOR;
        break;
    case STATION_DROP_OLDEST:
        if (s->queue.count == 0) /* capacity 0: nobody to drop */
            break;
        answer =
            (struct station_answer){STATION_DROP_OLDEST_JOB, station_take_first(&s->queue, links)};
        station_append(&s->queue, links, job);
        break;
    case STATION_CALLER_RUNS:
        answer.verdict = STATION_CALLER;
        break;
    case STATION_REJECT:
        break;
    }
    return answer;
}

struct station_answer station_arrive(struct station *s, struct station_link *links, uint32_t job) {
    /* Who stands at the door was there before; the door is empty wherever there is room at rest. */
    bool room = (s->idle.count > 0 || has_place(s)) && s->door.count == 0;
    struct station_answer answer = room ? admit(s, links, job) : full(s, links, job);
    check(s);
    return answer;
}

struct station_answer station_finish(struct station *s, struct station_link *links,
                                     uint32_t worker) {
    struct station_answer answer = {STATION_IDLE, STATION_NONE};
    if (s->queue.count > 0) {
        uint32_t next = s->order == STATION_LIFO ? s->queue.tail : s->queue.head;
        answer = (struct station_answer){STATION_NEXT, station_take(&s->queue, links, next)};
    } else {
        s->busy--;
        station_append(&s->idle, s->crew, worker);
    }
    check(s);
    return answer;
}

struct station_answer station_door(struct station *s, struct station_link *links, uint32_t *job) {
    if (s->door.count == 0 || (s->idle.count == 0 && !has_place(s)))
        return (struct station_answer){STATION_IDLE, STATION_NONE};
    *job = station_take_first(&s->door, links);
    struct station_answer answer = admit(s, links, *job);
    check(s);
    return answer;
}

void station_leave_queue(struct station *s, struct station_link *links, uint32_t job) {
    station_take(&s->queue, links, job);
    check(s);
}

void station_leave_door(struct station *s, struct station_link *links, uint32_t job) {
    station_take(&s->door, links, job);
    check(s);
}
