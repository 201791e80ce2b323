/* SPDX-License-Identifier: MIT */
/*
 * station: what a pool does with a job, as one state machine: the meaning for both engines.
 *
 * Integers only, O(1) a call; no clock, no lock, no allocation. The simulator calls it from its
 * loop. The real pool keeps the same rules in a form that takes calls without its lock; it is held
 * to this one step by step (tests/test_one_meaning.c). Jobs are slots and workers are numbers, both
 * the caller's; the station links them into its lists through arrays the caller provides (`links`
 * has an entry for every slot in use and may move between calls). What most jobs need of it, a
 * worker or a place on arrival and the next job on an end, is inline: the simulator lives on it.
 *
 * Admission: a job is admitted while queued + running < workers + starting + capacity; it reserves
 * an idle worker at that instant, whether the worker's thread is awake or not. Capacity counts
 * waiting jobs only. "Oldest" is the earliest enqueued, whatever the order of service. The door is
 * one first-come line; jobs in it are not admitted. The idle worker taken is the one idle for the
 * shortest time.
 *
 * Resizing: a worker that is asked for starts (`starting`: it has a place for a job to wait in, but
 * serves nobody), then joins. One that is not wanted any more goes at once while it starts (the
 * caller's to choose: the last asked for), else if it is idle (longest first); else one of the busy
 * goes when it finishes (`leaving`), who finishes first.
 *
 * Where priority orders the queue its jobs stand in two lists: `queue`, first come first, which
 * knows the oldest, and that of their rank; a bit for each rank that somebody waits in makes the
 * highest one instruction.
 *
 * Invariants (asserted in all builds but release): idle workers and waiting jobs never exist
 * together at rest; busy + idle = workers; leaving <= busy, and leaving and idle or starting
 * workers never exist together; in a pool of fixed size queued <= capacity.
 */
#ifndef MODEL_STATION_H
#define MODEL_STATION_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#define STATION_NONE UINT32_MAX
#define STATION_UNBOUNDED INT64_C(-1)

enum station_when_full { STATION_BLOCK, STATION_REJECT, STATION_DROP_OLDEST, STATION_CALLER_RUNS };

/* Who of those in the queue is next: the first that came, the last, or the first of the highest
 * rank. */
enum station_order { STATION_FIFO, STATION_LIFO, STATION_PRIORITY };
enum { STATION_RANKS = 64 }; /* 0 ... 63, higher first */

enum station_verdict {
    STATION_START,           /* worker `other` starts it now */
    STATION_QUEUE,           /* it waits */
    STATION_DROP_OLDEST_JOB, /* it waits; job `other` was dropped for it */
    STATION_REJECTED,
    STATION_DOOR,   /* it stands at the door, not admitted */
    STATION_CALLER, /* its submitter runs it */
    STATION_NEXT,   /* the worker goes on with job `other` */
    STATION_IDLE,   /* the worker is idle; from station_door: nothing to do */
    STATION_RETIRE, /* worker `other` goes */
    STATION_LEAVING /* some worker goes when it finishes */
};

struct station_link {
    uint32_t next, prev;
};

struct station_list {
    uint32_t head, tail, count;
};

#define STATION_EMPTY_LIST ((struct station_list){STATION_NONE, STATION_NONE, 0})

/* Ranks of jobs, for any number of stations; the caller's. The arrays have an entry for every slot
 * in use and may move between calls. */
struct station_ranks {
    uint8_t *of;                /* each job's, written before it arrives */
    struct station_link *links; /* of the lists by rank */
};

/* One station's lists by rank. */
struct station_lines {
    const struct station_ranks *ranks;
    uint64_t waiting; /* a bit for each rank whose list is not empty */
    struct station_list of[STATION_RANKS];
};

struct station {
    uint32_t workers, busy;     /* that serve; of these */
    uint32_t starting, leaving; /* not of workers yet; of busy */
    int64_t capacity;           /* STATION_UNBOUNDED or waiting places */
    enum station_when_full when_full;
    enum station_order order;
    struct station_list queue, door;
    uint32_t idle;               /* workers; the last to become idle on top of the stack: */
    uint32_t *crew;              /* borrowed */
    struct station_lines *lines; /* borrowed, of STATION_PRIORITY */
};

struct station_answer {
    enum station_verdict verdict;
    uint32_t other;
};

/* All workers idle, nobody waits; `crew` is an array of as many numbers as there may be workers. */
void station_open(struct station *s, uint32_t workers, int64_t capacity,
                  enum station_when_full when_full, enum station_order order, uint32_t *crew);

/* Once after station_open, where the order is STATION_PRIORITY: where its lists by rank lie. */
void station_rank_by(struct station *s, struct station_lines *lines,
                     const struct station_ranks *ranks);

/* One worker more, idle; crew has a place for it. */
static inline void station_hire(struct station *s) {
    s->crew[s->idle++] = s->workers++;
}

/* A job asks to be admitted. */
static inline struct station_answer station_arrive(struct station *s, struct station_link *links,
                                                   uint32_t job);

/* A worker has ended its job. After it, while the door is not empty, call station_door. */
static inline struct station_answer station_finish(struct station *s, struct station_link *links,
                                                   uint32_t worker);

/* Admits the head of the door if there is room: START or QUEUE with the job in *job, or IDLE. */
struct station_answer station_door(struct station *s, struct station_link *links, uint32_t *job);

/* One worker more, or less, is wanted. station_grow: IDLE: one that was leaving stays; START: the
 * caller starts one, which station_join or station_unstart ends. station_shrink, where none is
 * starting: RETIRE or LEAVING. */
struct station_answer station_grow(struct station *s);
struct station_answer station_shrink(struct station *s);

/* A worker that was starting serves (NEXT with job `other`, or IDLE), or is not wanted any more.
 * After both, and station_grow, while the door is not empty, call station_door. */
struct station_answer station_join(struct station *s, struct station_link *links, uint32_t worker);
void station_unstart(struct station *s);

/* This idle worker goes. */
void station_dismiss(struct station *s, uint32_t worker);

/* A job that waits in the queue, or at the door, gives up. After the first, while the door is not
 * empty, call station_door. */
void station_leave_queue(struct station *s, struct station_link *links, uint32_t job);
void station_leave_door(struct station *s, struct station_link *links, uint32_t job);

/* Lists, for the callers' own lines (held submissions). The last item's next is STATION_NONE, the
 * first one's prev is anything. */
static inline void station_append(struct station_list *list, struct station_link *links,
                                  uint32_t item);
static inline uint32_t station_take_first(struct station_list *list, struct station_link *links);
uint32_t station_take(struct station_list *list, struct station_link *links, uint32_t item);

/* ---- the hot half, inline ----------------------------------------------------------------------
 */

static inline void station_check(const struct station *s) {
#ifdef HEADROOM_CHECKS
    assert(s->busy + s->idle == s->workers);
    assert(s->idle == 0 || s->queue.count == 0);
    assert(s->leaving <= s->busy && (s->leaving == 0 || s->idle + s->starting == 0));
#endif
    (void)s;
}

static inline void station_append(struct station_list *list, struct station_link *links,
                                  uint32_t item) {
    links[item] = (struct station_link){STATION_NONE, list->tail};
    if (list->count++ == 0)
        list->head = item;
    else
        links[list->tail].next = item;
    list->tail = item;
}

static inline uint32_t station_take_first(struct station_list *list, struct station_link *links) {
    uint32_t item = list->head;
    list->head = links[item].next;
    list->count--;
    return item;
}

static inline bool station_has_place(const struct station *s) {
    return s->capacity == STATION_UNBOUNDED || s->queue.count < s->capacity + s->starting;
}

static inline struct station_answer station_start(struct station *s) {
    s->busy++;
    return (struct station_answer){STATION_START, s->crew[--s->idle]};
}

/* The slower orders: a job in the queue joins the list of its rank; the next, out of the queue. */
void station_line_up(struct station *s, uint32_t job);
uint32_t station_next(struct station *s, struct station_link *links);

static inline void station_wait(struct station *s, struct station_link *links, uint32_t job) {
    station_append(&s->queue, links, job);
    if (s->order == STATION_PRIORITY)
        station_line_up(s, job);
}

/* There is no room for it. */
struct station_answer station_full(struct station *s, struct station_link *links, uint32_t job);

static inline struct station_answer station_arrive(struct station *s, struct station_link *links,
                                                   uint32_t job) {
    struct station_answer answer = {STATION_QUEUE, STATION_NONE};
    /* Who stands at the door was there before; the door is empty wherever there is room at rest. */
    if (s->door.count > 0)
        answer = station_full(s, links, job);
    else if (s->idle > 0)
        answer = station_start(s);
    else if (station_has_place(s))
        station_wait(s, links, job);
    else
        answer = station_full(s, links, job);
    station_check(s);
    return answer;
}

static inline struct station_answer station_finish(struct station *s, struct station_link *links,
                                                   uint32_t worker) {
    struct station_answer answer = {STATION_IDLE, STATION_NONE};
    if (s->leaving > 0) {
        s->leaving--;
        s->workers--;
        s->busy--;
        answer = (struct station_answer){STATION_RETIRE, worker};
    } else if (s->queue.count == 0) {
        s->busy--;
        s->crew[s->idle++] = worker;
    } else if (s->order == STATION_FIFO)
        answer = (struct station_answer){STATION_NEXT, station_take_first(&s->queue, links)};
    else
        answer = (struct station_answer){STATION_NEXT, station_next(s, links)};
    station_check(s);
    return answer;
}

#endif
