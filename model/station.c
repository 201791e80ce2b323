/* SPDX-License-Identifier: MIT */
/* station: see station.h; semantics in scenarios/README.md, "What a pool does with a job". */
#include "model/station.h"

uint32_t station_take(struct station_list *list, struct station_link *links, uint32_t item) {
    struct station_link link = links[item];
    if (item == list->head)
        list->head = link.next;
    else
        links[link.prev].next = link.next;
    if (item == list->tail)
        list->tail = link.prev;
    else
        links[link.next].prev = link.prev;
    list->count--;
    return item;
}

void station_open(struct station *s, uint32_t workers, int64_t capacity,
                  enum station_when_full when_full, enum station_order order, uint32_t *crew) {
    *s = (struct station){.workers = workers,
                          .capacity = capacity,
                          .when_full = when_full,
                          .order = order,
                          .queue = STATION_EMPTY_LIST,
                          .door = STATION_EMPTY_LIST,
                          .idle = workers,
                          .crew = crew};
    for (uint32_t i = 0; i < workers; i++)
        crew[i] = workers - 1 - i; /* worker 0 is taken first */
}

struct station_answer station_full(struct station *s, struct station_link *links, uint32_t job) {
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

struct station_answer station_door(struct station *s, struct station_link *links, uint32_t *job) {
    struct station_answer answer = {STATION_QUEUE, STATION_NONE};
    if (s->door.count == 0 || (s->idle == 0 && !station_has_place(s)))
        return (struct station_answer){STATION_IDLE, STATION_NONE};
    *job = station_take_first(&s->door, links);
    if (s->idle > 0)
        answer = station_start(s);
    else
        station_append(&s->queue, links, *job);
    station_check(s);
    return answer;
}

void station_leave_queue(struct station *s, struct station_link *links, uint32_t job) {
    station_take(&s->queue, links, job);
    station_check(s);
}

void station_leave_door(struct station *s, struct station_link *links, uint32_t job) {
    station_take(&s->door, links, job);
    station_check(s);
}
