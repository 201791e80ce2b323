/* SPDX-License-Identifier: MIT */
/* thread: the threads of workers: how they begin, die of a job, go, and are started again. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "pool/core.h"
#include "pool/park.h"

static _Thread_local struct worker *current;

void *headroom_scratch(void) {
    return current ? current->scratch : NULL;
}

bool pool_is_own(const struct headroom_pool *pool) {
    return current && current->pool == pool;
}

/* The submitter runs it: while he does he is no worker, also where he is one of another pool. */
void pool_run_here(struct headroom_pool *pool, const struct entry *e) {
    struct worker *himself = current;
    current = NULL;
    if (pool->config.hook)
        pool_hook(pool, HEADROOM_ON_START, e, HEADROOM_PENDING);
    if (e->job)
        e->job->run(e->job);
    else
        e->function(e->argument);
    if (pool->config.hook && !e->job) /* a job's end is told with its fate: pool_end_job */
        pool_hook(pool, HEADROOM_ON_END, e, HEADROOM_COMPLETED);
    current = himself;
}

/* ---- birth and death ------------------------------------------------------------------------- */

/* A job that has ended its thread waits again, where it may; under the lock. */
static bool retry(struct headroom_pool *pool, struct headroom_job *job) {
    if (!job || ++job->deaths >= pool->config.deaths || pool->cancelled ||
        !pool_put_back(pool, job))
        return false;
    job->state = JOB_WAITS;
    pool->retries++;
    return true;
}

/* Books what it ran when it died, under the lock; a job that has ended with it, or NULL. */
static struct headroom_job *bury(struct worker *w) {
    struct headroom_pool *pool = w->pool;
    bool ran = w->since != 0;
    struct headroom_job *job = w->job ? pool_let_go(w) : NULL;
    pool_settle(w);
    pool->counts.workers_lost++;
    if (!ran)
        return NULL;
    if (!pool->direct)
        pool->running--;
    if (retry(pool, job))
        return NULL;
    __atomic_fetch_add(&w->shard->dead, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&w->shard->ended, 1, __ATOMIC_SEQ_CST);
    if (job) {
        job->finished = pool_stamp(pool);
        job->fate = HEADROOM_DEAD_LETTERED;
        job->state = JOB_OUT;
        w->handing = true;
        pool->handing++;
    }
    return job;
}

/* The last a worker does with its thread. */
static void go(struct worker *w) {
    const struct headroom_config *config = &w->pool->config;
    if (config->worker_fini)
        config->worker_fini(config->user, w->scratch);
    if (w->before)
        pool_join(w->before);
}

/* No worker is left, none could be started, and somebody waits: it is tried again for a while. Not
 * for ever: it may be this very thread that is one too many. */
static void outlast(struct headroom_pool *pool) {
    struct errands errands = {0};
    lock_take(&pool->lock);
    for (int i = 0; i < RETRIES && !pool->ending && pool->threads == 0 &&
                    (pool->door_first || pool_in_flight(pool) > 0);
         i++) {
        unsigned seen = pool->rest;
        lock_release(&pool->lock);
        park_wait(&pool->rest, seen, headroom_now() + RETRY_NS);
        lock_take(&pool->lock);
        pool_mend(pool, &errands);
    }
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
}

/* A job has ended this thread: its end is booked, another worker takes the place. */
static void die(void *context) {
    struct worker *w = context;
    struct headroom_pool *pool = w->pool;
    struct errands errands = {0};
    struct entry e = {.function = w->function, .argument = w->argument};
    bool call = w->since > 0;
    lock_take(&pool->lock);
    struct headroom_job *ended = bury(w);
    pool_retire(w, &errands);
    if (!pool->ending)
        pool_replenish(pool, &errands);
    pool_move_up(pool, &errands);
    pool_call(pool, &errands);
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
    pool_book(w);
    if (call && pool->config.hook)
        pool_hook(pool, HEADROOM_ON_END, &e, HEADROOM_DEAD_LETTERED);
    if (ended)
        pool_end_job(pool, ended);
    pool_settle_last(w);
    outlast(pool);
    go(w);
}

/* Its worker_init has returned; false: it is not wanted any more, and is out of the pool. */
static bool begin(struct worker *w) {
    struct headroom_pool *pool = w->pool;
    struct errands errands = {0};
    lock_take(&pool->lock);
    bool wanted = !w->unwanted;
    if (!wanted)
        pool_retire(w, &errands);
    else if (w->starts) {
        w->starts = false;
        pool->starting--;
        pool_move_up(pool, &errands);
        pool_call(pool, &errands);
    }
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
    if (!wanted)
        pool_settle_last(w);
    return wanted;
}

static void *work(void *context) {
    struct worker *w = context;
    const struct headroom_config *config = &w->pool->config;
    current = w;
    prctl(PR_SET_TIMERSLACK, 1UL);
    prctl(PR_SET_NAME, config->name);
    __atomic_store_n(&w->tid, (int)syscall(SYS_gettid), __ATOMIC_RELAXED);
    w->shard = pool_shard(w->pool);
    w->scale = ticks_scale(&w->pool->ticks);
    pthread_cleanup_push(die, w);
    if (config->worker_init)
        config->worker_init(config->user, w->scratch);
    if (begin(w))
        pool_live_on(w);
    pthread_cleanup_pop(0);
    go(w);
    return NULL;
}

void pool_join(struct worker *w) {
    pthread_join(w->thread, NULL);
    free(w->scratch);
    free(w);
}

bool headroom_worker_sleep(headroom_ns until) {
    struct worker *w = current;
    while (w && headroom_now() < until) {
        unsigned seen = __atomic_load_n(&w->word, __ATOMIC_ACQUIRE);
        if (__atomic_load_n(&w->unwanted, __ATOMIC_RELAXED) ||
            __atomic_load_n(&w->pool->given_up, __ATOMIC_RELAXED))
            return false;
        park_wait(&w->word, seen, until);
    }
    return true;
}

/* Ends its sleep in worker_init; under the lock. */
static void rouse(struct worker *w) {
    __atomic_fetch_add(&w->word, 1, __ATOMIC_RELEASE);
    park_wake(&w->word, 1);
}

void pool_give_up_starts(struct headroom_pool *pool) {
    __atomic_store_n(&pool->given_up, true, __ATOMIC_RELAXED);
    for (struct worker *w = pool->all; w; w = w->next)
        if (w->starts || w->unwanted)
            rouse(w);
}

void pool_unstart(struct headroom_pool *pool) {
    struct worker *w = pool->all; /* the last that was started is first */
    for (; w && pool->starting > 0 && pool->threads > pool->target; w = w->next) {
        if (!w->starts)
            continue;
        w->starts = false;
        __atomic_store_n(&w->unwanted, true, __ATOMIC_RELAXED);
        rouse(w);
        pool->starting--;
        pool->threads--;
        pool->unwanted++;
    }
}

static struct worker *make_worker(struct headroom_pool *pool) {
    struct worker *w = aligned_alloc(_Alignof(struct worker), sizeof *w);
    if (!w)
        return NULL;
    memset(w, 0, sizeof *w);
    w->pool = pool;
    w->number = pool->numbers;
    if (pool->config.scratch_bytes && !(w->scratch = calloc(1, pool->config.scratch_bytes))) {
        free(w);
        return NULL;
    }
    return w;
}

static int create(struct worker *w) {
    sigset_t all, before;
    pthread_attr_t attr;
    int error = pthread_attr_init(&attr);
    if (error)
        return error;
    if (w->pool->config.stack_bytes)
        error = pthread_attr_setstacksize(&attr, w->pool->config.stack_bytes);
    sigfillset(&all);
    error = error ? error : pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!error) {
        error = pthread_create(&w->thread, &attr, work, w);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attr);
    return error;
}

static int start_one(struct headroom_pool *pool) {
    struct worker *w = make_worker(pool);
    if (!w)
        return ENOMEM;
    int error = create(w);
    if (error) {
        free(w->scratch);
        free(w);
        return error;
    }
    pool->numbers++;
    pool->threads++;
    w->starts = pool->opened && pool->config.worker_init;
    pool->starting += w->starts;
    w->next = pool->all;
    if (w->next)
        w->next->previous = w;
    pool->all = w;
    return 0;
}

int pool_replenish(struct headroom_pool *pool, struct errands *errands) {
    uint32_t before = pool->threads;
    int error = 0;
    while (pool->threads < pool->target && !(error = start_one(pool)))
        continue;
    if (error) {
        pool->counts.failed_to_start++;
        pool->next_try = headroom_now() + RETRY_NS;
    }
    if (pool->threads > before)
        pool_move_up(pool, errands);
    return error;
}

void pool_mend(struct headroom_pool *pool, struct errands *errands) {
    if (!pool->ending && pool->threads < pool->target && headroom_now() >= pool->next_try)
        pool_replenish(pool, errands);
}
