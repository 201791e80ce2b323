/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The design of C-Thread-Pool, written anew (Debian has no package of it; none of its code is
 * here): a job is allocated and linked to a list under a mutex; a binary semaphore (a mutex, a
 * condition and a flag) says that there are some; the worker that took one of several posts it
 * again, so that workers wake one another in a chain; and a second mutex counts who works, before
 * and after each.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "tests/bench/pool/contender.h"

struct job {
    struct job *next;
    void (*run)(void *);
    void *argument;
};

struct semaphore { /* binary */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool set;
};

struct pool {
    pthread_mutex_t list_lock; /* guards the list */
    struct job *first, *last;
    size_t count;
    struct semaphore some;      /* jobs in the list */
    pthread_mutex_t count_lock; /* guards what follows */
    pthread_cond_t rest;        /* nobody works */
    unsigned alive, working;
    bool ending;
    unsigned workers;
    pthread_t threads[];
};

static void post(struct semaphore *s) {
    pthread_mutex_lock(&s->lock);
    s->set = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void post_all(struct semaphore *s) {
    pthread_mutex_lock(&s->lock);
    s->set = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void wait_for(struct semaphore *s) {
    pthread_mutex_lock(&s->lock);
    while (!s->set)
        pthread_cond_wait(&s->changed, &s->lock);
    s->set = false;
    pthread_mutex_unlock(&s->lock);
}

static struct job *take(struct pool *pool) {
    pthread_mutex_lock(&pool->list_lock);
    struct job *job = pool->first;
    if (job) {
        pool->first = job->next;
        if (--pool->count > 0)
            post(&pool->some);
        else
            pool->last = NULL;
    }
    pthread_mutex_unlock(&pool->list_lock);
    return job;
}

/* Adds to those that live and those that work; returns whether the pool ends. */
static bool count(struct pool *pool, int alive, int working) {
    pthread_mutex_lock(&pool->count_lock);
    pool->alive += (unsigned)alive;
    pool->working += (unsigned)working;
    if (pool->working == 0 && working < 0)
        pthread_cond_signal(&pool->rest);
    bool ending = pool->ending;
    pthread_mutex_unlock(&pool->count_lock);
    return ending;
}

static void *work(void *context) {
    struct pool *pool = context;
    count(pool, 1, 0);
    for (;;) {
        wait_for(&pool->some);
        if (count(pool, 0, 1))
            break;
        struct job *job = take(pool);
        if (job) {
            job->run(job->argument);
            free(job);
        }
        count(pool, 0, -1);
    }
    count(pool, -1, -1);
    post_all(&pool->some); /* the next may end */
    return NULL;
}

static void *open_pool(unsigned workers, unsigned producers) {
    (void)producers;
    struct pool *pool = calloc(1, sizeof *pool + workers * sizeof *pool->threads);
    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->list_lock, NULL);
    pthread_mutex_init(&pool->count_lock, NULL);
    pthread_mutex_init(&pool->some.lock, NULL);
    pthread_cond_init(&pool->some.changed, NULL);
    pthread_cond_init(&pool->rest, NULL);
    for (; pool->workers < workers; pool->workers++)
        if (pthread_create(&pool->threads[pool->workers], NULL, work, pool))
            return NULL;
    return pool;
}

static int submit(void *context, void (*run)(void *), void *argument, void *room) {
    (void)room;
    struct pool *pool = context;
    struct job *job = malloc(sizeof *job);
    if (!job)
        return 0;
    *job = (struct job){NULL, run, argument};
    pthread_mutex_lock(&pool->list_lock);
    if (pool->last)
        pool->last->next = job;
    else
        pool->first = job;
    pool->last = job;
    pool->count++;
    post(&pool->some);
    pthread_mutex_unlock(&pool->list_lock);
    return 1;
}

static void close_pool(void *context) {
    struct pool *pool = context;
    pthread_mutex_lock(&pool->count_lock);
    pool->ending = true;
    pthread_mutex_unlock(&pool->count_lock);
    post_all(&pool->some);
    for (unsigned i = 0; i < pool->workers; i++)
        pthread_join(pool->threads[i], NULL);
    free(pool);
}

const struct contender contender = {
    .about = "C-Thread-Pool's design, written anew: list, binary semaphore",
    .open = open_pool,
    .submit = submit,
    .close = close_pool,
};
