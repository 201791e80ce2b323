/* SPDX-License-Identifier: MIT */
/* pool: see pool.h, and core.h for how it works: opening, resizing, counting, closing. */
#include "pool/pool.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pool/core.h"
#include "pool/park.h"

/* ---- after the lock -------------------------------------------------------------------------- */

static uint64_t end_all(struct headroom_pool *pool, struct headroom_job *chain) {
    uint64_t count = 0;
    for (; chain; count++) {
        struct headroom_job *next = chain->next; /* before its memory is the caller's again */
        pool_end_job(pool, chain);
        chain = next;
    }
    return count;
}

static void end_call(struct headroom_pool *pool, const struct entry *e, enum headroom_fate fate) {
    if (pool->config.hook)
        pool_hook(pool, HEADROOM_ON_END, e, fate);
    if (pool->config.lost)
        pool->config.lost(pool->config.user, e->function, e->argument, fate);
}

void pool_run_errands(struct headroom_pool *pool, struct errands *errands) {
    if (errands->woken_count == 0 && !errands->ended && !errands->lost.function)
        return;
    struct errands todo = *errands;
    errands_none(errands);
    for (uint32_t i = 0; i < todo.woken_count; i++)
        park_wake(todo.woken[i], 1); /* who may be awake, or gone: an address alone */
    uint64_t ended = end_all(pool, todo.ended) + (todo.lost.function != NULL);
    if (todo.lost.function)
        end_call(pool, &todo.lost, todo.lost_fate);
    if (ended == 0)
        return;
    lock_take(&pool->lock);
    pool->handing -= ended;
    pool_tell_rest(pool);
    lock_release(&pool->lock);
}

void pool_hook(struct headroom_pool *pool, enum headroom_moment what, const struct entry *e,
               enum headroom_fate fate) {
    struct headroom_event event = {.what = what,
                                   .function = e->job ? NULL : e->function,
                                   .argument = e->job ? NULL : e->argument,
                                   .job = e->job,
                                   .fate = fate,
                                   .at = headroom_now()};
    pool->config.hook(pool->config.user, &event);
}

/* ---- opening --------------------------------------------------------------------------------- */

static bool sound(const struct headroom_config *c) {
    return c->workers > 0 && c->workers <= HEADROOM_WORKERS_MOST &&
           c->capacity >= HEADROOM_UNBOUNDED && c->when_full <= HEADROOM_CALLER_RUNS &&
           c->order <= HEADROOM_PRIORITY;
}

static bool open_shards(struct headroom_pool *pool) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    pool->processors = processors > 0 ? (uint32_t)processors : 1;
    uint32_t count = pool->processors < SHARDS_MOST ? pool->processors : SHARDS_MOST;
    pool->shards = aligned_alloc(_Alignof(struct shard), count * sizeof *pool->shards);
    if (!pool->shards)
        return false;
    memset(pool->shards, 0, count * sizeof *pool->shards);
    pool->shard_count = count;
    for (uint32_t i = 0; i < 3 * count; i++) {
        struct times *t = &pool->shards[i / 3].times[i % 3];
        if (!(t->count = calloc(HIST_BUCKETS, sizeof *t->count)))
            return false;
    }
    return true;
}

static bool open_lines(struct headroom_pool *pool) {
    pool->ready.shared = pool->direct;
    if (!queue_reserve(&pool->ready, pool->config.workers))
        return false;
    if (pool->direct)
        return true;
    pool->line_count = pool->config.order == HEADROOM_PRIORITY ? HEADROOM_PRIORITIES : 1;
    size_t bytes = pool->line_count * sizeof *pool->lines;
    pool->lines = aligned_alloc(_Alignof(struct queue), bytes);
    if (pool->lines)
        memset(pool->lines, 0, bytes);
    return pool->lines != NULL;
}

static void release(struct headroom_pool *pool) {
    for (uint32_t i = 0; i < 3 * pool->shard_count; i++)
        free(pool->shards[i / 3].times[i % 3].count);
    free(pool->shards);
    for (uint32_t i = 0; pool->lines && i < pool->line_count; i++)
        queue_close(&pool->lines[i]);
    free(pool->lines);
    queue_close(&pool->ready);
    timers_close(&pool->timers);
    free(pool->timed);
    free(pool);
}

static struct headroom_pool *allocate(const struct headroom_config *config) {
    struct headroom_pool *pool = aligned_alloc(_Alignof(struct headroom_pool), sizeof *pool);
    if (!pool)
        return NULL;
    memset(pool, 0, sizeof *pool);
    pool->config = *config;
    pool->config.deaths = config->deaths ? config->deaths : 1;
    pool->config.name = config->name ? config->name : "pool";
    pool->direct = config->order == HEADROOM_FIFO && config->when_full != HEADROOM_DROP_OLDEST;
    pool->open = pool->direct && config->capacity == HEADROOM_UNBOUNDED;
    pool->timed_free = UINT32_MAX;
    pool->target = config->workers;
    if (!open_shards(pool) || !open_lines(pool)) {
        release(pool);
        return NULL;
    }
    ticks_open(&pool->ticks);
    return pool;
}

/* ---- ending the threads ---------------------------------------------------------------------- */

/* Under the lock: all that are parked are called, to see that they have to leave. */
static void call_all(struct headroom_pool *pool, struct errands *errands) {
    while (pool->parked_top)
        pool_wake(pool, pool->parked_top, errands);
}

static void end_threads(struct headroom_pool *pool) {
    struct errands errands = {0};
    lock_take(&pool->lock);
    pool->ending = true;
    pool_give_up_starts(pool);
    pool->resters++;
    call_all(pool, &errands);
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
    pool_stop_keeper(pool);
    lock_take(&pool->lock);
    while (pool->threads + pool->unwanted > 0) {
        unsigned seen = pool->rest;
        lock_release(&pool->lock);
        park_wait(&pool->rest, seen, NSEC_NEVER); /* retire bumps it */
        lock_take(&pool->lock);
    }
    lock_release(&pool->lock);
    if (pool->gone)
        pool_join(pool->gone); /* which has joined the others */
}

int headroom_pool_open(struct headroom_pool **out, const struct headroom_config *config) {
    *out = NULL;
    if (!sound(config))
        return EINVAL;
    struct errands errands = {0};
    struct headroom_pool *pool = allocate(config);
    if (!pool)
        return ENOMEM;
    lock_take(&pool->lock);
    int error = pool_replenish(pool, &errands);
    error = pool->threads > 0 ? 0 : error;
    pool->opened = true;
    lock_release(&pool->lock);
    if (!error && (config->deadlines || config->job_limit))
        error = pool_start_keeper(pool);
    if (error) {
        end_threads(pool);
        release(pool);
        return error;
    }
    *out = pool;
    return 0;
}

/* ---- resizing -------------------------------------------------------------------------------- */

int headroom_pool_resize(struct headroom_pool *pool, uint32_t workers) {
    struct errands errands = {0};
    if (workers == 0 || workers > HEADROOM_WORKERS_MOST)
        return EINVAL;
    lock_take(&pool->lock);
    int error = pool->refusing ? ESHUTDOWN : 0;
    error = error || queue_reserve(&pool->ready, workers) ? error : ENOMEM;
    if (!error) {
        pool->target = workers;
        pool_unstart(pool);
        error = pool_replenish(pool, &errands);
        pool_set_excess(pool);
        for (uint32_t i = pool->excess; i > 0 && pool->parked_bottom; i--)
            pool_wake(pool, pool->parked_bottom, &errands); /* the longest idle */
        pool_move_up(pool, &errands);
        pool_call(pool, &errands);
    }
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
    return error;
}

/* ---- counting -------------------------------------------------------------------------------- */

struct headroom_counts pool_count(const struct headroom_pool *pool) {
    struct headroom_counts c = pool->counts;
    uint64_t ended = pool_ended(pool);
    for (uint32_t i = 0; i < pool->shard_count; i++) {
        const struct shard *s = &pool->shards[i];
        c.failed += __atomic_load_n(&s->failed, __ATOMIC_RELAXED);
        c.dead_lettered += __atomic_load_n(&s->dead, __ATOMIC_RELAXED);
    }
    uint64_t inside = pool->admitted - pool->left - ended, waiting = pool_waiting(pool);
    waiting = waiting < inside ? waiting : inside;
    c.completed = ended - c.failed - c.dead_lettered;
    c.started = ended + inside - waiting;
    uint64_t run = inside - waiting, live = pool_live(pool, inside);
    uint64_t held = inside < live ? inside : live;
    c.busy = (uint32_t)(run > held ? run : held);
    c.depth = inside - c.busy;
    c.door = pool->door_count;
    c.in_flight = inside + c.door;
    c.size = pool->target;
    c.workers = pool->threads;
    c.starting = pool->starting;
    c.idle_since = pool->parked_bottom ? pool->parked_bottom->idle_since : 0;
    return c;
}

struct headroom_counts headroom_pool_counts(struct headroom_pool *pool) {
    lock_take(&pool->lock);
    struct headroom_counts counts = pool_count(pool);
    lock_release(&pool->lock);
    return counts;
}

/* ---- draining and closing -------------------------------------------------------------------- */

bool pool_rests(const struct headroom_pool *pool) {
    return !pool->door_first && pool->handing == 0 && pool_in_flight(pool) == 0;
}

void pool_tell_rest(struct headroom_pool *pool) {
    if (pool->resters == 0 || (pool->threads + pool->unwanted > 0 && !pool_rests(pool)))
        return;
    __atomic_fetch_add(&pool->rest, 1, __ATOMIC_RELEASE);
    park_wake(&pool->rest, INT_MAX);
}

/* Under the lock, let go meanwhile: nothing is in flight, or `until` has come: false. */
static bool await_rest(struct headroom_pool *pool, headroom_ns until) {
    struct errands errands = {0};
    pool->resters++;
    bool rest;
    while (!(rest = pool_rests(pool)) && headroom_now() < until) {
        headroom_ns look = until;
        pool_mend(pool, &errands);
        if (pool->threads < pool->target && pool->next_try < until)
            look = pool->next_try;
        unsigned seen = pool->rest;
        lock_release(&pool->lock);
        pool_run_errands(pool, &errands);
        park_wait(&pool->rest, seen, look);
        lock_take(&pool->lock);
    }
    pool->resters--;
    return rest;
}

int headroom_pool_drain(struct headroom_pool *pool, headroom_ns until) {
    lock_take(&pool->lock);
    pool->refusing = true;
    bool rest = await_rest(pool, until);
    lock_release(&pool->lock);
    return rest ? 0 : ETIMEDOUT;
}

int headroom_pool_close(struct headroom_pool *pool, headroom_ns until,
                        struct headroom_counts *counts) {
    int error = headroom_pool_drain(pool, until);
    if (error) {
        headroom_pool_cancel(pool);
        headroom_pool_drain(pool, HEADROOM_NEVER);
    }
    end_threads(pool);
    if (counts)
        *counts = pool_count(pool);
    release(pool);
    return error;
}
