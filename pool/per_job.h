/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * per_job: a new thread for each job, with or without a limit: what pools are compared to.
 *
 * It takes jobs as a pool does (headroom_pool_post_job) and sets the same stamps, so that bench can
 * drive either. Who is admitted, waits, is dropped or refused is decided by model/station, under
 * one lock: its "workers" are the places of a semaphore, first come first served; without a limit
 * there is one more place whenever none is free. A job that gets a place gets a thread, created at
 * its submission or, after a wait, by the thread that has just ended: nobody else has to wake up
 * for it. `started` is stamped by the new thread, so its creation is part of the wait.
 *
 * A thread that cannot be started is not waited for: the error is told, and the run has failed.
 *
 * Threads join one another: each one that ends joins the one that has ended before it. Cost: a
 * pthread_create, a malloc and three locks a job.
 */
#ifndef POOL_PER_JOB_H
#define POOL_PER_JOB_H

#include <stdatomic.h>

#include "model/scenario.h"
#include "pool/pool.h"

struct per_job;

/* As the scenario has it; `failed` (borrowed) becomes the errno of the first thread that could not
 * be started. `deadlines`: jobs may have start_by. 0, or an errno. */
int per_job_open(struct per_job **out, const struct pool_spec *spec, uint32_t stack_bytes,
                 bool deadlines, atomic_int *failed);

/* As headroom_pool_post_job: 0; EINPROGRESS: it waits at the door; EAGAIN: refused; EBUSY: its
 * submitter has to run it; ENOMEM; ESHUTDOWN. Jobs need `run` and `ended`. */
int per_job_post(struct per_job *p, struct headroom_job *job);

/* Takes no more; what waits ends as cancelled. */
void per_job_cancel(struct per_job *p);

/* After a cancel: waits until all threads have ended. False: the books do not balance. */
bool per_job_close(struct per_job *p);

struct per_job_counts {
    uint32_t threads, waiting, door; /* now; threads: those on their way, too */
    uint32_t most;                   /* threads at once, so far */
};
struct per_job_counts per_job_counts(struct per_job *p);

#endif
