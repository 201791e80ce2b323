/* SPDX-License-Identifier: MIT */
/* admit: who is let in, who waits at the door, who makes room, who leaves; all under the lock. */
#include <errno.h>

#include "pool/core.h"
#include "pool/park.h"

/* ---- under the lock -------------------------------------------------------------------------- */

headroom_ns pool_stamp(struct headroom_pool *pool) {
    headroom_ns now = headroom_now();
    pool->last = now > pool->last ? now : pool->last;
    return pool->last;
}

uint64_t pool_ended(const struct headroom_pool *pool) {
    uint64_t ended = 0;
    for (uint32_t i = 0; i < pool->shard_count; i++)
        ended += __atomic_load_n(&pool->shards[i].ended, __ATOMIC_SEQ_CST);
    for (const struct worker *w = pool->called ? pool->all : NULL; w; w = w->next)
        ended += __atomic_load_n(&w->calls, __ATOMIC_ACQUIRE);
    return ended;
}

uint64_t pool_in_flight(const struct headroom_pool *pool) {
    return pool->admitted - pool->left - pool_ended(pool);
}

uint32_t pool_live(const struct headroom_pool *pool, uint64_t in_flight) {
    uint32_t serve = pool->threads - pool->starting, stay = pool->target - pool->starting;
    if (serve <= stay)
        return serve;
    uint64_t busy = in_flight < serve ? in_flight : serve; /* they go when they finish */
    return busy > stay ? (uint32_t)busy : stay;
}

bool pool_has_room(const struct headroom_pool *pool) {
    if (pool->config.capacity == HEADROOM_UNBOUNDED)
        return true;
    uint64_t inside = pool_in_flight(pool);
    return inside < pool_live(pool, inside) + pool->starting + (uint64_t)pool->config.capacity;
}

/* The line of an entry that holds no worker. */
static struct queue *line_of(struct headroom_pool *pool, const struct headroom_job *job) {
    if (pool->direct)
        return &pool->ready;
    uint32_t line = pool->line_count > 1 && job ? (uint32_t)job->priority : 0;
    pool->lined |= UINT64_C(1) << line;
    return &pool->lines[line];
}

bool pool_put_back(struct headroom_pool *pool, struct headroom_job *job) {
    return queue_push(line_of(pool, job), &(struct entry){.job = job, .ticks = ++pool->order});
}

uint64_t pool_waiting(const struct headroom_pool *pool) {
    uint64_t count = queue_count(&pool->ready);
    for (uint32_t i = 0; i < pool->line_count; i++)
        count += queue_count(&pool->lines[i]);
    return count;
}

/* The next of the lines, by the pool's order; false: they are empty. */
static bool take_lined(struct headroom_pool *pool, struct entry *e) {
    while (pool->lined) {
        int line = 63 - __builtin_clzll(pool->lined);
        struct queue *q = &pool->lines[line];
        if (pool->config.order == HEADROOM_LIFO ? queue_take_last(q, e) : queue_take_first(q, e))
            return true;
        pool->lined &= ~(UINT64_C(1) << line);
    }
    return false;
}

/* Workers that will take something more. */
static uint32_t stay(const struct headroom_pool *pool) {
    return pool_live(pool, 0);
}

void pool_refill(struct headroom_pool *pool) {
    struct entry e;
    while (pool->lined && pool->running + queue_count(&pool->ready) < stay(pool) &&
           take_lined(pool, &e)) {
        if (e.job) {
            pool_clear_timer(pool, e.job);
            e.job->state = JOB_HELD;
        }
        queue_push(&pool->ready, &e); /* has places for all workers: pool_open, pool_resize */
    }
}

/* One more is in the pool: `held` says that a worker is free for it. False: no memory. */
bool pool_admit(struct headroom_pool *pool, struct entry *e, bool held, headroom_ns now,
                struct errands *errands) {
    struct headroom_job *job = e->job;
    bool timed = job && job->timer != UINT32_MAX; /* at the door */
    if (!pool->direct)
        e->ticks = pool->order = e->ticks > pool->order ? e->ticks : pool->order + 1;
    if (job) {
        job->queued = !held;
        job->waited = job->waited || !held;
        if (!held && !pool_set_timer(pool, job))
            return false;
    }
    if (!queue_push(held ? &pool->ready : line_of(pool, job), e)) {
        if (job && !timed)
            pool_clear_timer(pool, job);
        return false;
    }
    pool->admitted++;
    if (job) {
        if (held)
            pool_clear_timer(pool, job);
        job->admitted = now;
        job->state = held && !pool->direct ? JOB_HELD : JOB_WAITS;
    }
    pool_call(pool, errands);
    return true;
}

bool pool_worker_free(const struct headroom_pool *pool, const struct entry *e) {
    return (pool->direct && !e->job) || pool_in_flight(pool) < stay(pool);
}

/* ---- the door -------------------------------------------------------------------------------- */

void pool_join_door(struct headroom_pool *pool, struct headroom_job *node) {
    node->next = NULL;
    node->previous = pool->door_last;
    *(pool->door_last ? &pool->door_last->next : &pool->door_first) = node;
    pool->door_last = node;
    __atomic_fetch_add(&pool->door_count, 1, __ATOMIC_SEQ_CST);
}

void pool_leave_door(struct headroom_pool *pool, struct headroom_job *node) {
    *(node->previous ? &node->previous->next : &pool->door_first) = node->next;
    *(node->next ? &node->next->previous : &pool->door_last) = node->previous;
    struct headroom_job *job = node->run ? NULL : ((struct visitor *)node)->entry.job;
    if (job && job->state == JOB_VISITS) /* not admitted */
        job->state = JOB_OUT;
    __atomic_fetch_sub(&pool->door_count, 1, __ATOMIC_SEQ_CST);
}

/* The visitor may go on; his stack may be gone at once. */
static void answer(struct visitor *v, int error) {
    v->answer = error;
    unsigned *word = &v->word;
    __atomic_fetch_or(word, ANSWERED, __ATOMIC_RELEASE);
    park_wake(word, 1);
}

void pool_open_door(struct headroom_pool *pool, headroom_ns now, struct errands *errands) {
    while (pool->door_first && pool_has_room(pool)) {
        struct headroom_job *node = pool->door_first;
        struct visitor *v = node->run ? NULL : (struct visitor *)node;
        struct entry e = v ? v->entry : (struct entry){.job = node};
        bool held = pool_worker_free(pool, &e);
        bool admitted = pool_admit(pool, &e, held, now, errands);
        if (!admitted && !v)
            return; /* a posted job waits for memory */
        pool_leave_door(pool, node);
        pool->counts.submitted -= !admitted;
        if (v)
            answer(v, admitted ? 0 : ENOMEM);
    }
}

void pool_move_up(struct headroom_pool *pool, struct errands *errands) {
    if (!pool->direct)
        pool_refill(pool);
    if (pool->door_first)
        pool_open_door(pool, pool_stamp(pool), errands);
}

/* ---- leaving without having run -------------------------------------------------------------- */

void pool_leave(struct headroom_pool *pool, struct headroom_job *job, enum headroom_fate fate,
                struct errands *errands) {
    uint64_t *count = fate == HEADROOM_TIMED_OUT ? &pool->counts.timed_out
                      : fate == HEADROOM_DROPPED ? &pool->counts.dropped
                                                 : &pool->counts.cancelled;
    ++*count;
    pool->left += job->state != JOB_AT_DOOR;
    pool->handing++;
    job->finished = pool_stamp(pool);
    job->fate = fate;
    job->state = JOB_OUT;
    job->next = errands->ended;
    errands->ended = job;
}

/* A call that was taken out. */
static void lose(struct headroom_pool *pool, const struct entry *e, enum headroom_fate fate,
                 struct errands *errands) {
    ++*(fate == HEADROOM_DROPPED ? &pool->counts.dropped : &pool->counts.cancelled);
    pool->left++;
    pool->handing++;
    errands->lost = *e;
    errands->lost_fate = fate;
}

static void discard(struct headroom_pool *pool, const struct entry *e, enum headroom_fate fate,
                    struct errands *errands) {
    if (!e->job) {
        lose(pool, e, fate, errands);
        return;
    }
    pool_clear_timer(pool, e->job);
    pool_leave(pool, e->job, fate, errands);
}

/* Takes out the one that has waited longest; false: nobody waits. */
bool pool_drop_oldest(struct headroom_pool *pool, struct errands *errands) {
    struct queue *oldest = NULL;
    int64_t first = INT64_MAX;
    for (uint32_t i = 0; i < pool->line_count; i++) {
        const struct entry *e = queue_first(&pool->lines[i]);
        if (e && e->ticks < first) {
            first = e->ticks;
            oldest = &pool->lines[i];
        }
    }
    struct entry e;
    if (!oldest || !queue_take_first(oldest, &e))
        return false;
    discard(pool, &e, HEADROOM_DROPPED, errands);
    return true;
}

/* ---- cancelling ------------------------------------------------------------------------------ */

/* A submitter at the door is sent away. */
static void dismiss(struct headroom_pool *pool, struct visitor *v, int error) {
    pool_leave_door(pool, &v->base);
    pool->counts.submitted--;
    pool->gave_up++;
    answer(v, error);
}

bool headroom_job_cancel(struct headroom_pool *pool, struct headroom_job *job) {
    struct errands errands = {0};
    lock_take(&pool->lock);
    bool visits = job->state == JOB_VISITS;
    bool waits = job->state == JOB_WAITS || job->state == JOB_HELD || job->state == JOB_AT_DOOR;
    if (visits)
        dismiss(pool, (struct visitor *)(void *)job->next, ECANCELED);
    else if (waits)
        pool_take_out(pool, job, HEADROOM_CANCELLED, &errands);
    else if (job->state != JOB_OUT) /* under the lock: it cannot end, nor its context go, before */
        headroom_context_cancel(&job->context, 0);
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
    return waits || visits;
}

void pool_take_out(struct headroom_pool *pool, struct headroom_job *job, enum headroom_fate fate,
                   struct errands *errands) {
    pool_clear_timer(pool, job);
    if (job->state == JOB_AT_DOOR)
        pool_leave_door(pool, job);
    else
        queue_remove(job->state == JOB_HELD ? &pool->ready : line_of(pool, job), job);
    pool_leave(pool, job, fate, errands);
    pool_move_up(pool, errands);
}

static void cancel_door(struct headroom_pool *pool, struct errands *errands) {
    while (pool->door_first) {
        struct headroom_job *node = pool->door_first;
        if (node->run) {
            pool_leave_door(pool, node);
            pool_clear_timer(pool, node);
            pool_leave(pool, node, HEADROOM_CANCELLED, errands);
        } else
            dismiss(pool, (struct visitor *)node, ESHUTDOWN);
    }
}

static void cancel_running(struct headroom_pool *pool) {
    for (struct worker *w = pool->all; w; w = w->next) {
        lock_take(&w->hands);
        if (w->job)
            headroom_context_cancel(&w->job->context, 0);
        lock_release(&w->hands);
    }
}

/* How many of those that are ready hold a worker. Where it has died and nobody could take its place
 * they are fewer than there were. */
static uint64_t held_count(const struct headroom_pool *pool) {
    uint64_t run = pool_in_flight(pool) - queue_count(&pool->ready);
    return stay(pool) > run ? stay(pool) - run : 0;
}

static void cancel_entry(struct headroom_pool *pool, const struct entry *e,
                         struct errands *errands) {
    discard(pool, e, HEADROOM_CANCELLED, errands);
    lock_release(&pool->lock);
    pool_run_errands(pool, errands);
    lock_take(&pool->lock);
}

/* Cancels all that wait in the queue; who holds a worker stays. Lets the lock go meanwhile. */
static void cancel_queue(struct headroom_pool *pool, struct errands *errands) {
    struct entry e;
    while (!pool->direct && take_lined(pool, &e))
        cancel_entry(pool, &e, errands);
    uint64_t held = held_count(pool), ready = queue_count(&pool->ready);
    for (uint64_t i = 0; i < ready && queue_take_first(&pool->ready, &e); i++)
        if (i < held)
            queue_push(&pool->ready, &e); /* into the place that has just come free */
        else
            cancel_entry(pool, &e, errands);
}

void headroom_pool_cancel(struct headroom_pool *pool) {
    struct errands errands = {0};
    lock_take(&pool->lock);
    pool->refusing = true;
    __atomic_store_n(&pool->cancelled, true, __ATOMIC_RELAXED); /* then looks into hands: run_job */
    pool_give_up_starts(pool);
    cancel_door(pool, &errands);
    cancel_running(pool);
    cancel_queue(pool, &errands);
    pool_tell_rest(pool);
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
}
