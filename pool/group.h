/* SPDX-License-Identifier: MIT */
/*
 * headroom/group: jobs that belong together, on a pool: wait for all, stop at the first error, at
 * most so many at once, results in order (after Go's errgroup).
 *
 *     struct headroom_group *group;
 *     int error = headroom_group_open(&group, pool, NULL, NULL);
 *     for (i = 0; i < n && error == 0; i++)
 *         error = headroom_group_go(group, fetch, &pages[i]);
 *     error = headroom_group_close(group);                      waits: the first error
 *
 * A job is a function of a context and an argument: 0 is success, all else an error, an errno or
 * one of its own. The context is cancelled when the group is, with the error that did it; work
 * polls it or waits on it. What else is an error of the group, as its job did not do what it was
 * given for:
 *   - EOWNERDEAD: the job ended its thread, as often as config.deaths allows;
 *   - EAGAIN: it was dropped from a full queue (drop_oldest);
 *   - ECANCELED: the pool was cancelled before it started;
 *   - the context's error, where the group was cancelled before it started.
 *
 * Memory: a record for each job that runs or waits, or whose result is to be read, reused from job
 * to job and allocated 32 at a time (9 kB). A job that was taken needs no more memory to end,
 * however it ends.
 *
 * Threads: every call may be made from any thread, also from inside a job of the group, but open
 * and close. Inside a job of the same pool go may wait for a place that only the job's own end
 * would give (limit, a full pool), and wait for jobs that have no worker: not there. The pool
 * outlives the group. Errors are errno values, returned.
 */
#ifndef HEADROOM_GROUP_H
#define HEADROOM_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "context.h"
#include "pool.h"

#ifdef __cplusplus
extern "C" {
#endif

enum headroom_group_mode {
    HEADROOM_STOP_AT_FIRST_ERROR, /* it cancels the group's context; what waits never starts */
    HEADROOM_COLLECT_ERRORS       /* the others go on */
};

/* {0}: no limit but the pool's own, stops at the first error, results are not kept. */
struct headroom_group_options {
    uint32_t limit; /* jobs of the group at once, running or in the pool's queue; 0: any number */
    enum headroom_group_mode mode;
    bool ordered; /* results are kept until headroom_group_next has handed them out */
};

struct headroom_group_result {
    uint64_t index; /* how many calls of go came before, those refused by the pool included */
    void *argument;
    int error; /* as above; 0: success */
    enum headroom_fate fate;
};

typedef int headroom_group_function(struct headroom_context *context, void *argument);

struct headroom_group;

/* A group on `pool`, cancelled with `parent` (may be NULL); `options` (may be NULL: {0}). Returns 0
 * or ENOMEM. */
int headroom_group_open(struct headroom_group **group, struct headroom_pool *pool,
                        struct headroom_context *parent,
                        const struct headroom_group_options *options);

/* Submits function(context, argument). Blocks while `limit` jobs are under way, first come first
 * served, and where the pool makes its submitters block. 0: it will end, one way or another. Else
 * it was not taken, nothing is kept of it, and it is the caller's to try again or not:
 *   - the group's error, where it is cancelled, also while blocked by the limit or the
 *     pool; wait says it, too;
 *   - EAGAIN, ESHUTDOWN, ENOMEM: of the submission, or no memory; no error of the group.
 *
 * Two locks more than a submission and its end, four with a limit; an allocation every 32 jobs at
 * most. */
int headroom_group_go(struct headroom_group *group, headroom_group_function *function,
                      void *argument);

/* Sleeps until no job is under way: 0, or the first error (in time; where the group was cancelled,
 * what cancelled it). The group can go on afterwards. */
int headroom_group_wait(struct headroom_group *group);

/* How many jobs have failed so far; the first `room` of them, by index, into `results` (may be NULL
 * with room 0). Worth it after a wait, in mode COLLECT; in the other mode these are the first error
 * and what was cancelled by it. O(n log n). */
size_t headroom_group_errors(struct headroom_group *group, struct headroom_group_result *results,
                             size_t room);

/* The next result in order of submission, as soon as it is there, whatever ended before; each is
 * handed out once. 0; ENODATA: all that were submitted so far have been; ETIMEDOUT: not until then;
 * EINVAL: the group is not `ordered`. */
int headroom_group_next(struct headroom_group *group, struct headroom_group_result *result,
                        headroom_ns until);

/* What its jobs' contexts descend from. Cancel it to stop the group. */
struct headroom_context *headroom_group_context(struct headroom_group *group);

/* Waits as headroom_group_wait, and frees the group: the first error. NULL: 0. */
int headroom_group_close(struct headroom_group *group);

/* function(context, &array[i]) for each of `count` elements, on the workers of `pool`, at most
 * `limit` at once (0: as many as there are workers), in order of their start. No more are started
 * after the first error, or once `context` (may be NULL) is cancelled. Returns when none runs any
 * more: 0: all were called and returned 0; the first error; the context's; ENOMEM; or why the pool
 * took nothing. It occupies up to `limit` workers until it is done: one job each, that takes the
 * next element, by one atomic addition (about 10 ns), when it has done one. Not from inside a job
 * of the same pool. */
int headroom_map(struct headroom_pool *pool, uint32_t limit, headroom_group_function *function,
                 void *array, size_t element_size, size_t count, struct headroom_context *context);

#ifdef __cplusplus
}
#endif
#endif
