/* SPDX-License-Identifier: MIT */
/*
 * headroom/pool: a pool of worker threads for C programs: bounded queues, rejection, deadlines,
 * cancellation, resizing, metrics, graceful shutdown. libc alone. Link with -lheadroom -pthread
 * (pkg-config headroom).
 *
 *     struct headroom_pool *pool;
 *     int error = headroom_pool_open(&pool, &(struct headroom_config){.workers = 8, .capacity =
 * 64}); error = headroom_pool_submit(pool, my_function, my_argument); headroom_pool_close(pool,
 * HEADROOM_NEVER, NULL);
 *
 * Two ways to submit. A *call* is a function and an argument: nothing to allocate, nothing to keep.
 * A *job* (struct headroom_job) is the caller's memory, and can be waited for, cancelled, given a
 * priority, deadlines, an error and a callback at its end.
 *
 * What a pool does with work (the same as the simulator's, scenarios/README.md):
 *   - It is admitted while queued + running < workers + capacity, and takes an idle worker at that
 *     instant, whether the worker's thread is awake or not: a burst of 200 on 200 parked workers is
 *     never refused. Capacity counts waiting work only. 0: hand-over.
 *   - when_full says what happens beyond: the submitter waits in one first-come line (block); it is
 *     refused (reject); the earliest enqueued that waits makes room (drop_oldest; with capacity 0 a
 *     rejection); the submitter runs it (caller_runs).
 *   - Priority does not preempt.
 *   - Growing: a worker serves when its worker_init has returned. Until then work may wait for it
 * as if the capacity were one more.
 *   - Shrinking: workers that start are let go first, the last asked for first; then idle ones,
 *     longest idle first, then busy ones as they finish. Until then they are workers.
 *   - Everything submitted has exactly one fate, and the counts add up:
 *     submitted = completed + failed + rejected + dropped + cancelled + timed_out + dead_lettered
 *                 + caller_ran + in_flight.
 *
 * Threads: every call may be made from any thread, also from inside a job and from a job of another
 * pool, but headroom_pool_close: once, by no worker of this pool, while no other call on it is in
 * progress. Workers block all signals, and so does a program that a job execs, unless its mask is
 * set before (sigprocmask, posix_spawnattr_setsigmask). After fork the child has the pool's memory
 * but no workers: there it may only be left alone (or exec). A blocking submission from a worker
 * into its own full pool can wait for itself: use headroom_pool_try there, or when_full
 * caller_runs. Work may end its thread (pthread_exit); callbacks (ended, hook, lost, late and the
 * worker's own) may not.
 *
 * Errors are errno values, returned: EINVAL, ENOMEM, EAGAIN (full, or no thread can be started),
 * ESHUTDOWN (closed), ETIMEDOUT, ECANCELED. Cost, on a 2-core virtual machine: see `make
 * bench-pool`.
 */
#ifndef HEADROOM_POOL_H
#define HEADROOM_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HEADROOM_UNBOUNDED INT64_C(-1)

enum headroom_when_full {
    HEADROOM_BLOCK,
    HEADROOM_REJECT,
    HEADROOM_DROP_OLDEST,
    HEADROOM_CALLER_RUNS
};

/* Who of those that wait is next. */
enum headroom_order {
    HEADROOM_FIFO,    /* the first that came */
    HEADROOM_LIFO,    /* the last */
    HEADROOM_PRIORITY /* the highest job.priority, the first that came among equals */
};

enum {
    HEADROOM_PRIORITIES = 64, /* 0 ... 63, higher first; calls have 0 */
    HEADROOM_WORKERS_MOST = 1000000
};

enum headroom_fate {
    HEADROOM_PENDING = 0, /* not ended, or never submitted */
    HEADROOM_COMPLETED,
    HEADROOM_FAILED,       /* ran; job.error is not 0 */
    HEADROOM_REJECTED,     /* full */
    HEADROOM_DROPPED,      /* the oldest in a full queue */
    HEADROOM_TIMED_OUT,    /* job.start_by passed before a worker came; never ran */
    HEADROOM_CANCELLED,    /* before it started; never ran */
    HEADROOM_DEAD_LETTERED /* ended its thread config.deaths times */
};

/* The caller's memory, untouched by him from a submission that returned 0 (or EINPROGRESS) until
 * the end: `ended` was called or, without one, headroom_job_wait returned 0. {0} but for `run` will
 * do; what the pool sets may be read afterwards. Can be submitted again after its end, also from
 * inside `ended`. */
struct headroom_job {
    void (*run)(struct headroom_job *job); /* on a worker */
    /* Once, after run or instead of it, off all locks, on some thread: the last the pool does with
     * the job. May be NULL. It may hold up what its thread has taken next: it waits for no other
     * job of the pool, and does not end the thread. */
    void (*ended)(struct headroom_job *job);
    struct headroom_context *parent; /* cancelled before it starts: it never does. May be NULL */
    headroom_ns start_by; /* who still waits then is taken out; 0: none. Needs config.deadlines */
    headroom_ns end_by;   /* its own context (headroom_job_context) is cancelled then; 0: none */
    int priority;
    int error; /* `run` sets it: not 0, an errno or one's own, counts as failed. 0 at each start */
    /* The pool sets these. Stamps of CLOCK_MONOTONIC; 0: not reached. */
    enum headroom_fate fate;
    headroom_ns submitted, admitted, started, finished;
    bool waited; /* found no free worker */
    bool queued; /* waited in the queue */
    unsigned deaths;
    /* The pool's own. */
    struct headroom_context context;
    struct headroom_job *next, *previous;
    uint64_t place;
    uint32_t timer;
    unsigned state, done;
};

struct headroom_pool;

enum headroom_moment { HEADROOM_ON_SUBMIT, HEADROOM_ON_START, HEADROOM_ON_END };

/* What hooks hear. */
struct headroom_event {
    enum headroom_moment what;
    void (*function)(void *); /* of a call; NULL: a job */
    void *argument;
    struct headroom_job *job; /* NULL: a call. On end not the pool's any more: an address alone */
    enum headroom_fate fate;  /* on end */
    headroom_ns at;
};

/* {0} but for `workers` is a pool with hand-over and blocking submitters. */
struct headroom_config {
    uint32_t workers; /* >= 1 */
    int64_t capacity; /* waiting places, or HEADROOM_UNBOUNDED */
    enum headroom_when_full when_full;
    enum headroom_order order;
    bool deadlines;       /* jobs may have start_by: one more thread keeps the time */
    unsigned deaths;      /* a job that ended its thread so often is a dead letter; 0: 1 */
    uint32_t stack_bytes; /* of a worker; 0: the system's default */
    size_t scratch_bytes; /* memory of each worker's own, kept from job to job (headroom_scratch) */
    const char *name;     /* in metrics and dumps, and of threads; NULL: "pool" */
    headroom_ns
        job_limit; /* the watchdog reports a job that runs longer; 0: none. One more thread */
    void *user;    /* handed to all below; each may be NULL */
    void (*worker_init)(void *user, void *scratch); /* first on every worker */
    void (*worker_fini)(void *user, void *scratch); /* last, also where a job ended the thread */
    void (*hook)(void *user, const struct headroom_event *event);
    /* A call that ends without having run (dropped, cancelled): its argument is the user's again.
     */
    void (*lost)(void *user, void (*function)(void *), void *argument, enum headroom_fate fate);
    /* The watchdog's, on its own thread, once for each start that lasts longer, a quarter of
     * job_limit after it or so. The job may have ended meanwhile: an address alone. */
    void (*late)(void *user, const struct headroom_event *start);
};

/* 0; ENOMEM, EINVAL, or EAGAIN: no worker at all could be started. Fewer than asked for is a
 * working pool: headroom_counts says `workers` < `size`, and it tries again by itself. */
int headroom_pool_open(struct headroom_pool **pool, const struct headroom_config *config);

/* Submits a call; full: as when_full says (block: sleeps in its turn; caller_runs: runs it before
 * it returns). 0; EAGAIN: rejected; ESHUTDOWN; ENOMEM. One lock, and a futex wake where a worker
 * has to be woken. */
int headroom_pool_submit(struct headroom_pool *pool, void (*function)(void *), void *argument);

/* Never blocks, never runs it here, never drops: EAGAIN where there is no room. */
int headroom_pool_try(struct headroom_pool *pool, void (*function)(void *), void *argument);

/* Blocks at most until then (ETIMEDOUT), or until `context` (may be NULL) is cancelled (its error);
 * whatever when_full says. */
int headroom_pool_submit_until(struct headroom_pool *pool, void (*function)(void *), void *argument,
                               headroom_ns until, struct headroom_context *context);

/* `count` calls with arguments[0] ... in one go: how many were taken, in order; fewer than `count`
 * where the pool is full (as try), closed or without memory. */
size_t headroom_pool_submit_many(struct headroom_pool *pool, void (*function)(void *),
                                 void *const *arguments, size_t count);

/* Submits a job, as headroom_pool_submit does a call. Where it is not taken (EAGAIN, ESHUTDOWN,
 * ENOMEM, EINVAL; while its submitter was blocked, ETIMEDOUT: start_by came, or its parent's
 * deadline, ECANCELED: it was cancelled, or the error of its parent, which was; end_by is not heard
 * there) `ended` is not called; fate says REJECTED on EAGAIN, CANCELLED where it or its parent
 * was. */
int headroom_pool_submit_job(struct headroom_pool *pool, struct headroom_job *job);
int headroom_pool_try_job(struct headroom_pool *pool, struct headroom_job *job);

/* Submits a job and never blocks: where the submitter would have to wait the job waits at the door
 * instead of him, in its turn: EINPROGRESS. Where the submitter would have to run it: EBUSY, it is
 * not taken, and it is for the caller to run it (counted as caller_ran). */
int headroom_pool_post_job(struct headroom_pool *pool, struct headroom_job *job);

/* Waits for the end of a job without `ended`: 0, or ETIMEDOUT. It is the caller's again. */
int headroom_job_wait(struct headroom_job *job, headroom_ns until);

/* Before it started: it is taken out and ends here and now as cancelled: true. So is a job whose
 * submitter is blocked with it: he returns, and it was never taken. Else its context is cancelled,
 * for it to see: false. Nothing happens after its end, while its memory is there. */
bool headroom_job_cancel(struct headroom_pool *pool, struct headroom_job *job);

/* What a running job polls and waits on: cancelled by headroom_job_cancel, by its parent, at
 * end_by, and when the pool gives up draining. */
struct headroom_context *headroom_job_context(struct headroom_job *job);

/* This worker's own memory (config.scratch_bytes, zeroed once), from inside what it runs; NULL
 * elsewhere, also in work that its submitter runs. */
void *headroom_scratch(void);

/* From inside worker_init: sleeps until then, or until this worker is not wanted any more, as the
 * pool shrinks or is given up: false. true elsewhere, at once. */
bool headroom_worker_sleep(headroom_ns until);

/* So many workers from now on (>= 1), as far as threads can be started. Growing starts them, lets
 * in who blocks at the door; shrinking asks them to go, and does not wait. 0, EAGAIN, ENOMEM,
 * EINVAL, ESHUTDOWN. */
int headroom_pool_resize(struct headroom_pool *pool, uint32_t workers);

/* Refuses further submissions, cancels what waits (in the queue and at the door; blocked submitters
 * return ESHUTDOWN), and cancels the contexts of jobs that run. Idempotent. */
void headroom_pool_cancel(struct headroom_pool *pool);

/* Refuses further submissions; waits until all that was taken has ended, and `ended` and `lost`
 * have returned, or `until`: 0 or ETIMEDOUT. Not from inside a job or these: they would wait for
 * themselves. */
int headroom_pool_drain(struct headroom_pool *pool, headroom_ns until);

struct headroom_counts {
    uint64_t submitted, started, completed, failed, rejected, dropped, cancelled, timed_out,
        dead_lettered, caller_ran;
    uint64_t in_flight;       /* now: taken and not ended */
    uint64_t depth;           /* of these, waiting in the queue for a worker */
    uint64_t door;            /* and of these, not yet admitted */
    uint32_t size, workers;   /* asked for; alive */
    uint32_t starting;        /* of these, in worker_init still, after the opening */
    headroom_ns idle_since;   /* since when the longest idle worker has been parked; 0: none is */
    uint32_t busy;            /* workers that run something, or whose thread is on its way to it */
    uint64_t workers_lost;    /* threads that jobs have ended */
    uint64_t failed_to_start; /* threads that could not be started, so far */
};

/* Drains until `until`, then cancels what is left and waits for what runs, ends the threads, frees
 * the pool. What happened into `counts` (may be NULL); counts->cancelled are those given up. 0;
 * ETIMEDOUT: not all was drained. */
int headroom_pool_close(struct headroom_pool *pool, headroom_ns until,
                        struct headroom_counts *counts);

struct headroom_counts headroom_pool_counts(struct headroom_pool *pool);

/* ---- seeing inside --------------------------------------------------------------------------- */

enum headroom_time { HEADROOM_WAIT, HEADROOM_SERVICE, HEADROOM_RESPONSE };

/* Of all that a worker ran to its end so far: how many, their mean, and the value of rank
 * ceil(p * n), in ns, within 0.1 % of itself; 0 where there are none. Each counts once, all as of
 * one instant, also while others end; with nothing in flight n = completed + failed. Takes memory
 * for the while (440 KB; all are 0 without it) and tens of microseconds, more with many processors;
 * the pool goes on meanwhile. */
struct headroom_times {
    uint64_t n;
    double mean;
    headroom_ns p50, p90, p99, p999, max;
};
struct headroom_times headroom_pool_times(struct headroom_pool *pool, enum headroom_time which);

/* All of it as OpenMetrics 1.0 text, ended by "# EOF": the counts as headroom_pool_*_total and
 * gauges, histograms headroom_pool_{wait,service,response}_seconds, labelled pool="name". A page is
 * of one pool. False: the stream failed, or no memory. */
bool headroom_pool_metrics(struct headroom_pool *pool, FILE *out);

/* One page for a hang: the counts, who runs what since when (addresses; the 40 that run longest),
 * the oldest that waits, who stands at the door; and, in lines that begin with "!", what looks
 * stuck, for a second or longer. Allocates nothing of its own. Where the pool's lock cannot be had
 * for a second it says so. Not from signal handlers. False: the stream failed. */
bool headroom_pool_dump(struct headroom_pool *pool, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
