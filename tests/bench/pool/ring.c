/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pool that one writes oneself: a ring of (function, argument) under a mutex, which doubles
 * when it is full, and a condition that each submission signals. */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "tests/bench/pool/contender.h"

struct job {
    void (*run)(void *);
    void *argument;
};

struct pool {
    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t some;  /* in the ring, or the end */
    struct job *ring;
    size_t room, first, count; /* room: a power of two */
    bool ending;
    unsigned workers;
    pthread_t threads[];
};

static void *work(void *context) {
    struct pool *pool = context;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->count == 0 && !pool->ending)
            pthread_cond_wait(&pool->some, &pool->lock);
        if (pool->count == 0)
            break;
        struct job job = pool->ring[pool->first];
        pool->first = (pool->first + 1) & (pool->room - 1);
        pool->count--;
        pthread_mutex_unlock(&pool->lock);
        job.run(job.argument);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void *open_pool(unsigned workers, unsigned producers) {
    (void)producers;
    struct pool *pool = calloc(1, sizeof *pool + workers * sizeof *pool->threads);
    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->some, NULL);
    for (; pool->workers < workers; pool->workers++)
        if (pthread_create(&pool->threads[pool->workers], NULL, work, pool))
            return NULL;
    return pool;
}

static bool grow(struct pool *pool) {
    size_t room = pool->room ? 2 * pool->room : 256;
    struct job *ring = malloc(room * sizeof *ring);
    if (!ring)
        return false;
    for (size_t i = 0; i < pool->count; i++)
        ring[i] = pool->ring[(pool->first + i) & (pool->room - 1)];
    free(pool->ring);
    pool->ring = ring;
    pool->room = room;
    pool->first = 0;
    return true;
}

static int submit(void *context, void (*run)(void *), void *argument, void *room) {
    (void)room;
    struct pool *pool = context;
    pthread_mutex_lock(&pool->lock);
    bool taken = pool->count < pool->room || grow(pool);
    if (taken)
        pool->ring[(pool->first + pool->count++) & (pool->room - 1)] = (struct job){run, argument};
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_signal(&pool->some);
    return taken;
}

static void close_pool(void *context) {
    struct pool *pool = context;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_broadcast(&pool->some);
    for (unsigned i = 0; i < pool->workers; i++)
        pthread_join(pool->threads[i], NULL);
    free(pool->ring);
    free(pool);
}

const struct contender contender = {
    .about = "a mutex, a condition and a ring that doubles",
    .open = open_pool,
    .submit = submit,
    .close = close_pool,
};
