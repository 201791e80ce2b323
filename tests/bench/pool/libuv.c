/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libuv's uv_queue_work, which one thread alone may call: that of the loop, where the end of each
 * request must be met, too. One producer is that thread, and runs the loop when it has submitted
 * all; several hand their jobs to a thread of the loop's, over a list under a mutex and a uv_async.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "tests/bench/pool/contender.h"

struct job {
    uv_work_t request;
    void (*run)(void *);
    void *argument;
    struct job *next;
};

struct pool {
    uv_loop_t loop;
    int shared; /* more than one producer: what follows is used */
    uv_async_t bell;
    pthread_t thread;
    pthread_mutex_t lock; /* guards the list and `ending` */
    struct job *first, **last;
    int ending;
};

static void run(uv_work_t *request) {
    struct job *job = (struct job *)request;
    job->run(job->argument);
}

/* On the loop: takes the list as it is, and begins all of it. */
static void take(uv_async_t *bell) {
    struct pool *pool = bell->data;
    pthread_mutex_lock(&pool->lock);
    struct job *job = pool->first;
    pool->first = NULL;
    pool->last = &pool->first;
    int ending = pool->ending;
    pthread_mutex_unlock(&pool->lock);
    while (job) {
        struct job *next = job->next;
        uv_queue_work(&pool->loop, &job->request, run, NULL);
        job = next;
    }
    if (ending)
        uv_close((uv_handle_t *)bell, NULL);
}

static void *loop(void *context) {
    struct pool *pool = context;
    uv_run(&pool->loop, UV_RUN_DEFAULT);
    return NULL;
}

static void *open_pool(unsigned workers, unsigned producers) {
    char number[16];
    snprintf(number, sizeof number, "%u", workers);
    setenv("UV_THREADPOOL_SIZE", number, 1); /* read at the first uv_queue_work */
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool || uv_loop_init(&pool->loop))
        return NULL;
    pool->shared = producers > 1;
    if (!pool->shared)
        return pool;
    pool->last = &pool->first;
    pool->bell.data = pool;
    pthread_mutex_init(&pool->lock, NULL);
    if (uv_async_init(&pool->loop, &pool->bell, take) ||
        pthread_create(&pool->thread, NULL, loop, pool))
        return NULL;
    return pool;
}

static void hand_over(struct pool *pool, struct job *job) {
    pthread_mutex_lock(&pool->lock);
    *pool->last = job;
    pool->last = &job->next;
    pthread_mutex_unlock(&pool->lock);
    uv_async_send(&pool->bell);
}

static int submit(void *context, void (*function)(void *), void *argument, void *room) {
    struct pool *pool = context;
    struct job *job = room;
    job->run = function;
    job->argument = argument;
    job->next = NULL;
    if (!pool->shared)
        return uv_queue_work(&pool->loop, &job->request, run, NULL) == 0;
    hand_over(pool, job);
    return 1;
}

static void settle(void *context) {
    struct pool *pool = context;
    if (!pool->shared)
        uv_run(&pool->loop, UV_RUN_DEFAULT);
}

static void close_pool(void *context) {
    struct pool *pool = context;
    if (pool->shared) {
        pthread_mutex_lock(&pool->lock);
        pool->ending = 1;
        pthread_mutex_unlock(&pool->lock);
        uv_async_send(&pool->bell);
        pthread_join(pool->thread, NULL);
        pthread_mutex_destroy(&pool->lock);
    }
    settle(pool);
    uv_loop_close(&pool->loop);
    free(pool);
}

const struct contender contender = {
    .about = "libuv " CONTENDER_VERSION(UV_VERSION_MAJOR, UV_VERSION_MINOR,
                                        UV_VERSION_PATCH) ", uv_queue_work and its loop",
    .room = sizeof(struct job),
    .open = open_pool,
    .submit = submit,
    .settle = settle,
    .close = close_pool,
};
