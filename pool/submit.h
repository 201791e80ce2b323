/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * submit: the jobs of a real run and those who send them: from the instant a job is due until its
 * pool, or its submitter, is done with it. The pacer, the opening and the closing are pool/bench.c.
 *
 * `lock` guards what the pacer, workers and callers share: the clients' next instants, the senders,
 * the list of jobs. The pools have locks of their own, and none is taken while `lock` is held by
 * the same thread, nor the other way round.
 */
#ifndef POOL_SUBMIT_H
#define POOL_SUBMIT_H

#include <pthread.h>
#include <stdatomic.h>

#include "model/source.h"
#include "model/trial.h"
#include "pool/bench.h"
#include "pool/per_job.h"
#include "pool/pool.h"
#include "pool/replay.h"
#include "pool/resizer.h"
#include "pool/serial.h"
#include "pool/work.h"

enum { SUBMIT_CHUNK = 1024 };

struct bench;

/* A job on its way: stamps of the monotonic clock are made the scenario's when all is over. */
struct bench_job {
    struct headroom_job base; /* first */
    struct real_job real;
    struct bench *bench;
    bool rejected, dropped, timed_out, aborted, held;
    struct bench_job *next_held;
};

/* Who sends the jobs of an open class, or one client of a closed one. */
struct sender {
    uint32_t class, client, cycle;
    nsec due; /* clients: the next submission; NEVER: waits for an answer */
    bool running;
    struct bench_job *held, **held_end;
    /* its caller's thread, where the pool wants one */
    pthread_t thread;
    bool has_thread;
    atomic_uint word;
    _Atomic(struct bench_job *) given;
    struct bench *bench;
};

struct bench {
    struct trial *trial;
    const struct scenario *scenario;
    nsec origin; /* the monotonic clock at t = 0 */
    struct headroom_pool **pools;
    struct resizer **resizers; /* of pools that change their size; else NULL */
    struct per_job **per_job;  /* instead, of pools with a thread per job; the other is NULL */
    atomic_int no_thread;      /* the errno of the first of them that could not be started */
    struct serial *serials;    /* a pool each: the lock of its jobs' serial parts */
    struct source *sources;
    nsec *next; /* of open classes */
    struct work_place place;
    pthread_mutex_t lock;
    struct sender *senders;
    uint32_t *first_sender, sender_count;
    uint32_t *heap, heap_count; /* clients that think, by due; senders' numbers */
    struct bench_job **jobs;    /* every CHUNK-th begins a chunk */
    size_t job_count, job_room;
    atomic_uint bell;        /* something changed for the pacer */
    atomic_bool ending;      /* callers go home */
    _Atomic int64_t counted; /* counted jobs in the system */
    atomic_bool no_memory;
    nsec stretch; /* before an arrival, in which the pacer watches the clock; 0 on one core */
    struct bench_report *report;
};

static inline nsec submit_time(const struct bench *b, nsec clock) {
    return clock - b->origin;
}

static inline struct bench_job *submit_job(const struct bench *b, size_t i) {
    return &b->jobs[i / SUBMIT_CHUNK][i % SUBMIT_CHUNK];
}

/* A job of a class means to arrive at `at` and is due now. */
void submit_arrive(struct bench *b, uint32_t class, uint32_t sender, uint64_t index, nsec at);

/* The client, whose last job has ended, thinks again from the scenario's instant `at` on. */
void submit_think(struct bench *b, struct sender *s, nsec at);

/* The first of the clients that think, by (due, number). The caller holds the lock. */
uint32_t submit_next_client(struct bench *b);

/* A caller's thread, of a struct sender: runs what the pool sent back, then submits what was held
 * meanwhile. */
void *submit_caller(void *sender);

#endif
