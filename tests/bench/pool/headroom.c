/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our pool: the only file of the comparison that knows its interface. Jobs are the caller's memory.
 */
#include "pool/pool.h"
#include "tests/bench/pool/contender.h"

struct job {
    struct pool_job base;
    void (*run)(void *);
    void *argument;
};

static void run(struct pool_job *base) {
    struct job *job = (struct job *)base;
    job->run(job->argument);
}

static void *open_pool(unsigned workers, unsigned producers) {
    (void)producers;
    struct pool_config config = {.workers = workers, .capacity = STATION_UNBOUNDED};
    struct pool *pool;
    return pool_open(&pool, &config) == 0 ? pool : NULL;
}

static int submit(void *pool, void (*function)(void *), void *argument, void *room) {
    struct job *job = room;
    *job = (struct job){.base = {.run = run}, .run = function, .argument = argument};
    return pool_submit(pool, &job->base) == POOL_ADMITTED;
}

static void close_pool(void *pool) {
    pool_close(pool);
}

const struct contender contender = {
    .about = "this project's, unbounded first-in first-out queue",
    .room = sizeof(struct job),
    .open = open_pool,
    .submit = submit,
    .close = close_pool,
};
