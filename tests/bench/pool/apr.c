/* SPDX-License-Identifier: GPL-3.0-or-later */
/* APR-util's apr_thread_pool, as many threads from the beginning as it may have at most. */
#include <apr_general.h>
#include <apr_thread_pool.h>
#include <apu_version.h>

#include "tests/bench/pool/contender.h"

struct job {
    void (*run)(void *);
    void *argument;
};

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *data) {
    (void)thread;
    struct job *job = data;
    job->run(job->argument);
    return NULL;
}

static void *open_pool(unsigned workers, unsigned producers) {
    (void)producers;
    apr_pool_t *memory;
    apr_thread_pool_t *pool;
    if (apr_initialize() || apr_pool_create(&memory, NULL) ||
        apr_thread_pool_create(&pool, workers, workers, memory))
        return NULL;
    apr_thread_pool_idle_max_set(pool, workers);
    return pool;
}

static int submit(void *pool, void (*function)(void *), void *argument, void *room) {
    struct job *job = room;
    *job = (struct job){function, argument};
    return apr_thread_pool_push(pool, run, job, APR_THREAD_TASK_PRIORITY_NORMAL, NULL) ==
           APR_SUCCESS;
}

static void close_pool(void *pool) {
    apr_thread_pool_destroy(pool);
}

const struct contender contender = {
    .about = "APR-util " APU_VERSION_STRING ", apr_thread_pool",
    .room = sizeof(struct job),
    .open = open_pool,
    .submit = submit,
    .close = close_pool,
};
