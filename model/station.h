/* SPDX-License-Identifier: MIT */
/*
 * station: what a pool does with a job, as one state machine for both engines.
 *
 * Integers only, O(1) a call; no clock, no lock, no allocation. The simulator calls it from its
 * loop, the real pool under its lock. Jobs are slots and workers are numbers, both the caller's;
 * the station links them into its lists through arrays the caller provides (`links` has an entry
 * for every slot in use and may move between calls).
 *
 * Admission: a job is admitted while queued + running < workers + capacity; it reserves an idle
 * worker at that instant, whether the worker's thread is awake or not. Capacity counts waiting jobs
 * only. "Oldest" is the earliest enqueued, whatever the order of service. The door is one
 * first-come line; jobs in it are not admitted. The idle worker taken is the one idle for the
 * shortest time.
 *
 * Invariants (asserted): idle workers and waiting jobs never exist together at rest; busy + idle =
 * workers; queued <= capacity.
 */
#ifndef MODEL_STATION_H
#define MODEL_STATION_H

#include <stdint.h>

#define STATION_NONE UINT32_MAX
#define STATION_UNBOUNDED INT64_C(-1)

enum station_when_full { STATION_BLOCK, STATION_REJECT, STATION_DROP_OLDEST, STATION_CALLER_RUNS };

/* Who of those in the queue is next: the first that came, or the last. */
enum station_order { STATION_FIFO, STATION_LIFO };

enum station_verdict {
    STATION_START,           /* worker `other` starts it now */
    STATION_QUEUE,           /* it waits */
    STATION_DROP_OLDEST_JOB, /* it waits; job `other` was dropped for it */
    STATION_REJECTED,
    STATION_DOOR,   /* it stands at the door, not admitted */
    STATION_CALLER, /* its submitter runs it */
    STATION_NEXT,   /* the worker goes on with job `other` */
    STATION_IDLE    /* the worker is idle; from station_door: nothing to do */
};

struct station_link {
    uint32_t next, prev;
};

struct station_list {
    uint32_t head, tail, count;
};

#define STATION_EMPTY_LIST ((struct station_list){STATION_NONE, STATION_NONE, 0})

struct station {
    uint32_t workers, busy;
    int64_t capacity; /* STATION_UNBOUNDED or waiting places */
    enum station_when_full when_full;
    enum station_order order;
    struct station_list queue, door, idle;
    struct station_link *crew; /* of the workers; borrowed */
};

struct station_answer {
    enum station_verdict verdict;
    uint32_t other;
};

/* All workers idle, nobody waits; `crew` is an array of `workers` links. */
void station_open(struct station *s, uint32_t workers, int64_t capacity,
                  enum station_when_full when_full, enum station_order order,
                  struct station_link *crew);

/* A job asks to be admitted. */
struct station_answer station_arrive(struct station *s, struct station_link *links, uint32_t job);

/* A worker has ended its job. After it, while the door is not empty, call station_door. */
struct station_answer station_finish(struct station *s, struct station_link *links,
                                     uint32_t worker);

/* Admits the head of the door if there is room: START or QUEUE with the job in *job, or IDLE. */
struct station_answer station_door(struct station *s, struct station_link *links, uint32_t *job);

/* A job that waits in the queue, or at the door, gives up. After the first, while the door is not
 * empty, call station_door. */
void station_leave_queue(struct station *s, struct station_link *links, uint32_t job);
void station_leave_door(struct station *s, struct station_link *links, uint32_t job);

/* Lists, for the callers' own lines (held submissions). */
void station_append(struct station_list *list, struct station_link *links, uint32_t item);
uint32_t station_take_first(struct station_list *list, struct station_link *links);
uint32_t station_take(struct station_list *list, struct station_link *links, uint32_t item);

#endif
