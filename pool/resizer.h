/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resizer: a real pool that changes its size: the same policy that the simulator asks, asked at the
 * same ticks and on the same events, about what the pool says of itself.
 *
 * A thread of its own keeps the ticks. New workers sleep for their spawn and their warm-up in
 * worker_init, before they serve; that their thread takes its time to start comes on top. What is
 * decided, and how many serve and start from when on, is kept and told to the recorder after the
 * run.
 */
#ifndef POOL_RESIZER_H
#define POOL_RESIZER_H

#include <pthread.h>
#include <stdatomic.h>

#include "model/governor.h"
#include "pool/pool.h"
#include "pool/replay.h"

struct resizer {
    struct governor governor;
    struct headroom_pool *pool;
    int64_t capacity;
    nsec origin; /* the clock at t = 0 */
    pthread_mutex_t lock;
    pthread_t ticker;
    atomic_bool ticking;
    uint32_t first;    /* workers of the opening: they take no time to start */
    atomic_uint begun; /* so many workers have */
    atomic_bool ending;
    atomic_uint bell;
    nsec last, tick_at, again_at, asked; /* asked: as of when, last; it never decreases */
    uint32_t refused;                    /* the size that the pool could not reach, the last time */
    struct resize_log log;
    struct crew_change *changes;
    size_t count, room;
    uint32_t serving, starting; /* as last noted */
};

/* Of a pool of the scenario, before it is opened with resizer_init, resizer_fini and the resizer as
 * `user`. */
struct resizer *resizer_new(const struct scenario *scenario, uint32_t pool, uint64_t replication);
void resizer_init(void *resizer, void *scratch);
void resizer_fini(void *resizer, void *scratch);

/* Between opening and closing the pool. 0, or an errno: no thread. */
int resizer_begin(struct resizer *r, struct headroom_pool *pool, nsec origin);
void resizer_end(struct resizer *r);
void resizer_free(struct resizer *r);

/* A job is about to be submitted; something has happened; a job starts, has ended, is lost. */
void resizer_arrival(struct resizer *r);
void resizer_event(struct resizer *r);
void resizer_started(struct resizer *r, nsec wait);
void resizer_ended(struct resizer *r, nsec service, nsec response);
void resizer_lost(struct resizer *r);

#endif
