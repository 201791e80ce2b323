/* SPDX-License-Identifier: MIT */
/*
 * pool: a pool of worker threads with a bounded queue, as model/station means it.
 *
 *     struct pool_config config = {.workers = 8, .capacity = 64, .when_full = STATION_REJECT};
 *     struct pool *pool;
 *     if (pool_open(&pool, &config) == 0) {
 *         pool_submit(pool, &my_job.base);    my_job.base.run = my_function
 *         pool_close(pool);                   drains, joins, frees
 *     }
 *
 * Jobs are the caller's memory: a struct pool_job inside a struct of his own, untouched by him from
 * pool_submit until `ended` was called (or until pool_submit said POOL_REJECTED or POOL_CALLER). No
 * allocation a job, but for a table that grows to the most jobs ever waiting. All calls may be made
 * from any thread, also from inside a job, but pool_close: one thread, not a worker, while no other
 * call on this pool is in progress.
 *
 * Lock rules: `pool->lock` guards the station, the table and the counters; no callback is called
 * under it. A deadline is kept under the lock by whoever takes it next after the instant, at the
 * latest by the time keeper's thread, so that no worker starts a job whose time was up. A worker's
 * own word is changed by whoever gives it a job, under the lock, and waited on
 * outside. Cost: one lock and at most one futex wake a submission; one lock an end.
 */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "model/nsec.h"
#include "model/station.h"

enum pool_outcome {
    POOL_COMPLETED,
    POOL_DROPPED,   /* the oldest in a full queue, made room for a newer one */
    POOL_TIMED_OUT, /* its deadline came before a worker; never ran */
    POOL_CANCELLED  /* waited when the pool was cancelled; never ran */
};

struct pool_job {
    void (*run)(struct pool_job *job); /* on a worker */
    /* Once, after run or instead of it, on some thread, off the lock; may be NULL. The job's memory
     * is the caller's again. */
    void (*ended)(struct pool_job *job, enum pool_outcome outcome);
    nsec deadline; /* of the monotonic clock: who still waits then is taken out; 0: none */
    /* Stamps of the monotonic clock, set by the pool; 0: not reached. */
    nsec submitted, admitted, started, finished;
    bool waited;           /* found no free worker */
    bool queued;           /* waited in the queue */
    uint32_t slot;         /* the pool's */
    struct pool_job *next; /* the pool's */
};

enum pool_answer {
    POOL_ADMITTED, /* runs or waits */
    POOL_AT_DOOR,  /* when_full block: will be admitted in its turn; nobody is delayed meanwhile */
    POOL_REJECTED, /* not taken; `ended` is not called */
    POOL_CALLER, /* when_full caller_runs: the caller is to run it himself; `ended` is not called */
    POOL_CLOSED, /* pool_close or pool_cancel was called */
    POOL_NO_MEMORY /* the table could not grow; not taken */
};

struct pool_config {
    uint32_t workers;
    int64_t capacity; /* waiting jobs, or STATION_UNBOUNDED */
    enum station_when_full when_full;
    enum station_order order;
    bool deadlines;        /* jobs may have some: one more thread keeps the time; else ignored */
    uint32_t stack_bytes;  /* of a worker; 0: the system's default */
    void (*begin)(void *); /* called first on every worker, or NULL */
    void *context;
};

struct pool_counts {
    uint64_t submitted, completed, rejected, dropped, timed_out, cancelled, caller;
    uint64_t waiting, running; /* now */
};

struct pool;

/* 0, or an errno: ENOMEM, EAGAIN (not all threads could be started; none is left), EINVAL. */
int pool_open(struct pool **pool, const struct pool_config *config);

enum pool_answer pool_submit(struct pool *pool, struct pool_job *job);

/* Refuses further submissions and cancels what waits (in the queue and at the door); what runs goes
 * on. Idempotent. */
void pool_cancel(struct pool *pool);

/* Refuses further submissions, waits until all that was taken has ended, ends the threads, frees
 * the pool. False: the books did not balance (a bug): submitted != sum of the outcomes. */
bool pool_close(struct pool *pool);

struct pool_counts pool_count(struct pool *pool);

#endif
