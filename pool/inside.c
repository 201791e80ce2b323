/* SPDX-License-Identifier: MIT */
/*
 * inside: what a worker runs, and the times of all that ran.
 *
 * Times lie in the shards, under a lock each, and, up to 64 of them, with each worker (`held`),
 * who moves them into a shard under that shard's lock. Whoever has the pool's lock and those of all
 * shards sees therefore each of them exactly once. Those with the workers are copied first; then
 * the pool goes on, and each shard as soon as it has been added: what comes into a shard before
 * that was with a worker when the copy was made, or it came later and could not get in.
 *
 * Locks: the pool's before a shard's, shards in order; a worker has one shard's at a time.
 * Cost: the copy; then one pass over the buckets up to the longest time, 56,000 at most a shard.
 *
 * Known answer: 1 ... 1000 us once each: p50 500 us, p99 990 us, max 1000 us, within 0.1 %.
 */
#include <stdlib.h>

#include "pool/core.h"

/* ---- what a worker runs ---------------------------------------------------------------------- */

headroom_ns pool_clock(const struct headroom_pool *pool, int64_t ticks) {
    double ago = (double)(ticks_now(&pool->ticks) - ticks) * ticks_scale(&pool->ticks);
    return headroom_now() - (headroom_ns)ago;
}

/* The job's memory is the pool's while it is in the worker's hands. */
static void look_at_job(struct worker *w, struct sight *s) {
    lock_take(&w->hands);
    s->job = w->job;
    if (s->job)
        s->run = s->job->run;
    lock_release(&w->hands);
}

/* `since` is written last at a start and first at an end: where it has not changed meanwhile, the
 * rest belongs to it. */
bool pool_look(const struct headroom_pool *pool, struct worker *w, struct sight *s) {
    *s = (struct sight){.mark = __atomic_load_n(&w->since, __ATOMIC_ACQUIRE)};
    if (s->mark == 0)
        return false;
    s->since = s->mark < 0 ? -s->mark : pool_clock(pool, s->mark);
    if (s->mark < 0) {
        look_at_job(w, s);
    } else {
        s->function = __atomic_load_n(&w->function, __ATOMIC_ACQUIRE);
        s->argument = __atomic_load_n(&w->argument, __ATOMIC_ACQUIRE);
    }
    return __atomic_load_n(&w->since, __ATOMIC_RELAXED) == s->mark;
}

/* ---- times ----------------------------------------------------------------------------------- */

bool times_open(struct times *t) {
    *t = (struct times){.count = calloc(HIST_BUCKETS, sizeof *t->count)};
    return t->count != NULL;
}

static void add(struct times *t, nsec value) {
    if (t->count)
        times_add(t, value);
}

static void merge_held(const struct worker *w, struct times into[3]) {
    uint32_t held = __atomic_load_n(&w->held, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < held; i++) {
        add(&into[HEADROOM_WAIT], w->waits[i]);
        add(&into[HEADROOM_SERVICE], w->services[i]);
        add(&into[HEADROOM_RESPONSE], w->waits[i] + w->services[i]);
    }
}

static void merge_times(struct times *into, const struct times *from) {
    if (!into->count || from->n == 0)
        return;
    into->n += from->n;
    into->sum += from->sum;
    into->max = from->max > into->max ? from->max : into->max;
    for (uint32_t i = 0, last = hist_bucket(from->max); i <= last; i++)
        into->count[i] += from->count[i];
}

void pool_merge(struct headroom_pool *pool, struct times into[3]) {
    lock_take(&pool->lock);
    for (uint32_t i = 0; i < pool->shard_count; i++)
        lock_take(&pool->shards[i].lock);
    for (const struct worker *w = pool->all; w; w = w->next)
        merge_held(w, into);
    lock_release(&pool->lock);
    for (uint32_t i = 0; i < pool->shard_count; i++) {
        for (int k = 0; k < 3; k++)
            merge_times(&into[k], &pool->shards[i].times[k]);
        lock_release(&pool->shards[i].lock);
    }
}

static headroom_ns value_of(const struct times *t, uint64_t rank) {
    uint64_t before = 0;
    uint32_t i = 0;
    while (before + t->count[i] < rank)
        before += t->count[i++];
    nsec value = (nsec)(hist_inside(i, (double)rank, before, t->count[i]) + 0.5);
    return value < t->max ? value : t->max;
}

/* Of rank ceil(n * (1 - 1 / above)). */
static headroom_ns percentile(const struct times *t, uint64_t above) {
    return value_of(t, t->n - t->n / above);
}

struct headroom_times headroom_pool_times(struct headroom_pool *pool, enum headroom_time which) {
    struct times all[3] = {0}, *t = &all[which];
    struct headroom_times said = {0};
    if (!times_open(t))
        return said;
    pool_merge(pool, all);
    if (t->n > 0)
        said = (struct headroom_times){.n = t->n,
                                       .mean = (double)t->sum / (double)t->n,
                                       .p50 = percentile(t, 2),
                                       .p90 = percentile(t, 10),
                                       .p99 = percentile(t, 100),
                                       .p999 = percentile(t, 1000),
                                       .max = t->max};
    free(t->count);
    return said;
}
