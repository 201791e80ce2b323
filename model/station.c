/* SPDX-License-Identifier: MIT */
/* station: see station.h; semantics in scenarios/README.md, "What a pool does with a job". */
#include "model/station.h"

#include <string.h>

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

void station_rank_by(struct station *s, struct station_lines *lines,
                     const struct station_ranks *ranks) {
    *lines = (struct station_lines){.ranks = ranks};
    for (int i = 0; i < STATION_RANKS; i++)
        lines->of[i] = STATION_EMPTY_LIST;
    s->lines = lines;
}

/* ---- by rank --------------------------------------------------------------------------------- */

void station_line_up(struct station *s, uint32_t job) {
    struct station_lines *lines = s->lines;
    uint8_t rank = lines->ranks->of[job];
    station_append(&lines->of[rank], lines->ranks->links, job);
    lines->waiting |= UINT64_C(1) << rank;
}

static void leave_line(struct station *s, uint32_t job) {
    struct station_lines *lines = s->lines;
    uint8_t rank = lines->ranks->of[job];
    station_take(&lines->of[rank], lines->ranks->links, job);
    if (lines->of[rank].count == 0)
        lines->waiting &= ~(UINT64_C(1) << rank);
}

/* Out of the queue, and of the list of its rank. */
static uint32_t take_out(struct station *s, struct station_link *links, uint32_t job) {
    if (s->order == STATION_PRIORITY)
        leave_line(s, job);
    return station_take(&s->queue, links, job);
}

uint32_t station_next(struct station *s, struct station_link *links) {
    if (s->order == STATION_LIFO)
        return station_take(&s->queue, links, s->queue.tail);
    return take_out(s, links, s->lines->of[63 - __builtin_clzll(s->lines->waiting)].head);
}

/* ---- the rest of what a pool does ------------------------------------------------------------ */

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
            (struct station_answer){STATION_DROP_OLDEST_JOB, take_out(s, links, s->queue.head)};
        station_wait(s, links, job);
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
        station_wait(s, links, *job);
    station_check(s);
    return answer;
}

void station_leave_queue(struct station *s, struct station_link *links, uint32_t job) {
    take_out(s, links, job);
    station_check(s);
}

void station_leave_door(struct station *s, struct station_link *links, uint32_t job) {
    station_take(&s->door, links, job);
    station_check(s);
}

/* ---- resizing -------------------------------------------------------------------------------- */

struct station_answer station_grow(struct station *s) {
    if (s->leaving > 0) {
        s->leaving--;
        return (struct station_answer){STATION_IDLE, STATION_NONE};
    }
    s->starting++;
    return (struct station_answer){STATION_START, STATION_NONE};
}

struct station_answer station_shrink(struct station *s) {
    if (s->idle == 0) {
        s->leaving++;
        return (struct station_answer){STATION_LEAVING, STATION_NONE};
    }
    uint32_t longest = s->crew[0];
    station_dismiss(s, longest);
    return (struct station_answer){STATION_RETIRE, longest};
}

struct station_answer station_join(struct station *s, struct station_link *links, uint32_t worker) {
    s->starting--;
    s->workers++;
    s->busy++; /* until it has asked for a job */
    return station_finish(s, links, worker);
}

void station_unstart(struct station *s) {
    s->starting--;
}

void station_dismiss(struct station *s, uint32_t worker) {
    uint32_t i = 0;
    while (s->crew[i] != worker)
        i++;
    memmove(&s->crew[i], &s->crew[i + 1], (s->idle - i - 1) * sizeof *s->crew);
    s->idle--;
    s->workers--;
    station_check(s);
}
