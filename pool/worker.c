/* SPDX-License-Identifier: MIT */
/*
 * worker: what a worker does: taking, running, booking, searching, parking, leaving. Its thread is
 * in thread.c.
 *
 * A call in a direct pool costs its worker one compare-and-swap to take, one look at the counter
 * (its end is the next one's start) and a count of its own or, where somebody may wait for a place,
 * one atomic addition to a line of its processor; every 64 calls their times are booked in that
 * processor's histograms. A job costs a lock, in which its end is booked and the next entry is
 * taken.
 */
#include <errno.h>
#include <sched.h>

#include "pool/core.h"
#include "pool/park.h"

/* ---- booking --------------------------------------------------------------------------------- */

struct shard *pool_shard(struct headroom_pool *pool) {
    int cpu = sched_getcpu();
    return &pool->shards[cpu > 0 ? (uint32_t)cpu % pool->shard_count : 0];
}

/* Books the samples, and says whether jobs are short. */
void pool_book(struct worker *w) {
    struct headroom_pool *pool = w->pool;
    struct shard *shard = pool_shard(pool);
    nsec responses[SAMPLES];
    nsec_sum service = 0;
    uint32_t held = w->held;
    for (uint32_t i = 0; i < held; i++) {
        responses[i] = w->waits[i] + w->services[i];
        service += w->services[i];
    }
    lock_take(&shard->lock);
    times_add_many(&shard->times[HEADROOM_WAIT], w->waits, held);
    times_add_many(&shard->times[HEADROOM_SERVICE], w->services, held);
    times_add_many(&shard->times[HEADROOM_RESPONSE], responses, held);
    __atomic_store_n(&w->held, 0, __ATOMIC_RELAXED);
    lock_release(&shard->lock);
    unsigned brisk = service < (nsec_sum)held * BRISK_NS;
    if (held > 0 && __atomic_load_n(&pool->brisk, __ATOMIC_RELAXED) != brisk)
        __atomic_store_n(&pool->brisk, brisk, __ATOMIC_RELAXED);
    w->shard = shard;
    w->scale = ticks_scale(&pool->ticks);
}

/* Before the end is booked: when nothing is in flight all times are there. */
static void sample(struct worker *w, nsec wait, nsec service) {
    w->waits[w->held] = wait > 0 ? wait : 0;
    w->services[w->held] = service > 0 ? service : 0;
    __atomic_store_n(&w->held, w->held + 1, __ATOMIC_RELEASE);
}

static void book_full(struct worker *w) {
    if (w->held == SAMPLES)
        pool_book(w);
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* In this order, for pool_look. */
static void show(struct worker *w, void (*function)(void *), void *argument, int64_t since) {
    __atomic_store_n(&w->argument, argument, __ATOMIC_RELEASE);
    __atomic_store_n(&w->function, function, __ATOMIC_RELEASE);
    __atomic_store_n(&w->since, since, __ATOMIC_RELEASE);
}

/* Something has ended: whoever stands at the door may come in; but where the worker has to leave:
 * try_next. */
static void make_room(struct headroom_pool *pool) {
    if (__atomic_load_n(&pool->door_count, __ATOMIC_SEQ_CST) == 0 ||
        __atomic_load_n(&pool->excess, __ATOMIC_RELAXED) > 0)
        return;
    struct errands errands = {0};
    lock_take(&pool->lock);
    pool_open_door(pool, pool_stamp(pool), &errands);
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
}

static void run_call(struct worker *w, const struct entry *e) {
    struct headroom_pool *pool = w->pool;
    int64_t started = w->last_ticks ? w->last_ticks : ticks_now(&pool->ticks);
    started = started > e->ticks ? started : e->ticks;
    show(w, e->function, e->argument, started);
    if (pool->config.hook)
        pool_hook(pool, HEADROOM_ON_START, e, HEADROOM_PENDING);
    e->function(e->argument);
    w->last_ns = 0;
    w->last_ticks = ticks_now(&pool->ticks);
    __atomic_store_n(&w->since, 0, __ATOMIC_RELAXED);
    sample(w, (nsec)((double)(started - e->ticks) * w->scale),
           (nsec)((double)(w->last_ticks - started) * w->scale));
    book_full(w);
    if (pool->config.hook)
        pool_hook(pool, HEADROOM_ON_END, e, HEADROOM_COMPLETED);
    if (pool->open) {
        __atomic_store_n(&w->calls, w->calls + 1, __ATOMIC_RELEASE);
    } else if (pool->direct) {
        __atomic_fetch_add(&w->shard->ended, 1, __ATOMIC_SEQ_CST);
        make_room(pool);
    }
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static void run_job(struct worker *w, struct headroom_job *job) {
    lock_take(&w->hands);
    w->job = job;
    __atomic_store_n(&w->since, -job->started, __ATOMIC_RELAXED);
    lock_release(&w->hands);
    if (__atomic_load_n(&w->pool->cancelled, __ATOMIC_RELAXED)) /* before it could be seen here */
        headroom_context_cancel(&job->context, 0);
    if (w->pool->config.hook)
        pool_hook(w->pool, HEADROOM_ON_START, &(struct entry){.job = job}, HEADROOM_PENDING);
    job->run(job);
}

/* The job is out of the worker's hands; nobody cancels it from now on. */
struct headroom_job *pool_let_go(struct worker *w) {
    lock_take(&w->hands);
    struct headroom_job *job = w->job;
    w->job = NULL;
    __atomic_store_n(&w->since, 0, __ATOMIC_RELAXED);
    lock_release(&w->hands);
    return job;
}

/* ---- taking ---------------------------------------------------------------------------------- */

/* What to do with an entry just taken: start it, or end it where nobody wants it any more. */
static bool wanted(struct worker *w, const struct entry *e, struct errands *errands) {
    struct headroom_job *job = e->job;
    struct headroom_pool *pool = w->pool;
    if (!job)
        return true;
    pool_clear_timer(pool, job);
    headroom_ns started = w->last_ns >= job->admitted ? w->last_ns : pool_stamp(pool);
    int error = headroom_context_error(&job->context);
    if (job->state == JOB_WAITS && job->queued && job->deaths == 0 && job->start_by &&
        job->start_by < started)
        error = ETIMEDOUT;
    if (error) {
        pool_leave(pool, job, error == ETIMEDOUT ? HEADROOM_TIMED_OUT : HEADROOM_CANCELLED,
                   errands);
        return false;
    }
    job->started = started;
    job->state = JOB_RUNS;
    return true;
}

static bool take(struct worker *w, struct entry *e, struct errands *errands) {
    struct headroom_pool *pool = w->pool;
    bool found = false;
    while (!found && queue_take_first(&pool->ready, e)) {
        found = wanted(w, e, errands);
        if (!found)
            pool_move_up(pool, errands);
    }
    if (found && !pool->direct)
        pool->running++;
    return found;
}

/* ---- nothing to do --------------------------------------------------------------------------- */

/* Looks for more for a while, in place of a wake on its way; the lock is let go meanwhile. */
static void search(struct worker *w) {
    struct headroom_pool *pool = w->pool;
    pool->wakes++;
    uint64_t seen = pool->ready.tail;
    lock_release(&pool->lock);
    headroom_ns until = headroom_now() + SEARCH_NS;
    do {
        for (int i = 0; i < 16 && queue_tail(&pool->ready) == seen; i++)
            lock_pause();
    } while (queue_tail(&pool->ready) == seen && headroom_now() < until);
    lock_take(&pool->lock);
    pool->wakes--;
}

static void unlink_parked(struct headroom_pool *pool, struct worker *w) {
    *(w->above ? &w->above->below : &pool->parked_top) = w->below;
    *(w->below ? &w->below->above : &pool->parked_bottom) = w->above;
    __atomic_store_n(&pool->parked, pool->parked - 1, __ATOMIC_RELAXED);
}

/* Sleeps until it is called; the lock is let go meanwhile. */
static void park(struct worker *w) {
    struct headroom_pool *pool = w->pool;
    unsigned seen = w->word;
    if (!w->rested) /* else it was woken for nothing */
        w->idle_since = headroom_now();
    w->rested = true;
    w->above = NULL;
    w->below = pool->parked_top;
    *(w->below ? &w->below->above : &pool->parked_bottom) = w;
    pool->parked_top = w;
    __atomic_store_n(&pool->parked, pool->parked + 1, __ATOMIC_RELAXED);
    lock_release(&pool->lock);
    while (__atomic_load_n(&w->word, __ATOMIC_ACQUIRE) == seen)
        park_wait(&w->word, seen, NSEC_NEVER);
    lock_take(&pool->lock);
    pool->wakes--;
}

void pool_wake(struct headroom_pool *pool, struct worker *w, struct errands *errands) {
    unlink_parked(pool, w);
    pool->wakes++;
    __atomic_fetch_add(&w->word, 1, __ATOMIC_RELEASE);
    if (errands->woken_count < WAKES_AT_ONCE)
        errands->woken[errands->woken_count++] = &w->word;
    else
        park_wake(&w->word, 1);
}

void pool_call(struct headroom_pool *pool, struct errands *errands) {
    if (!pool->parked_top)
        return;
    bool brisk = __atomic_load_n(&pool->brisk, __ATOMIC_RELAXED);
    if (brisk && pool->wakes > 0)
        return;
    uint64_t ready = queue_count(&pool->ready), most = brisk ? ready > 0 : ready;
    while (pool->parked_top && pool->wakes < most && errands->woken_count < WAKES_AT_ONCE)
        pool_wake(pool, pool->parked_top, errands);
}

/* ---- taking, the whole ----------------------------------------------------------------------- */

/* Under the lock, after hand_back. */
void pool_settle(struct worker *w) {
    w->pool->handing -= w->handing;
    w->handing = false;
}

/* Books the end of what ran under the lock; the job is to be handed back after it. */
static struct headroom_job *finish(struct worker *w, bool ran_locked, struct errands *errands) {
    struct headroom_pool *pool = w->pool;
    struct headroom_job *job = w->job ? pool_let_go(w) : NULL;
    pool_settle(w);
    if (!job && !ran_locked)
        return NULL;
    if (job) {
        w->handing = true;
        pool->handing++;
        w->last_ticks = 0;
        w->last_ns = job->finished = pool_stamp(pool);
        pool_expire(pool, job->finished, errands);
        job->fate = job->error ? HEADROOM_FAILED : HEADROOM_COMPLETED;
        job->state = JOB_OUT;
        sample(w, job->started - job->submitted, job->finished - job->started);
        if (job->error)
            __atomic_fetch_add(&w->shard->failed, 1, __ATOMIC_RELAXED);
    }
    __atomic_fetch_add(&w->shard->ended, 1, __ATOMIC_SEQ_CST);
    if (!pool->direct) {
        pool->running--;
        pool_refill(pool);
    }
    if (pool->door_first && pool->threads <= pool->target)
        pool_open_door(pool, job ? job->finished : pool_stamp(pool), errands);
    return job;
}

void pool_set_excess(struct headroom_pool *pool) {
    uint32_t excess = pool->threads > pool->target ? pool->threads - pool->target : 0;
    __atomic_store_n(&pool->excess, excess, __ATOMIC_RELAXED);
}

/* The worker leaves: others do what it might have done. What it still calls of the user's may call
 * anything of the pool: so nobody but the next that leaves, when it has done all, waits for it. */
void pool_retire(struct worker *w, struct errands *errands) {
    struct headroom_pool *pool = w->pool;
    pool_book(w); /* where nobody sees what it holds any more */
    __atomic_fetch_add(&w->shard->ended, w->calls, __ATOMIC_SEQ_CST);
    *(w->previous ? &w->previous->next : &pool->all) = w->next;
    if (w->next)
        w->next->previous = w->previous;
    --*(w->unwanted ? &pool->unwanted : &pool->threads);
    pool->starting -= w->starts; /* its worker_init has ended the thread */
    w->starts = false;
    pool_set_excess(pool);
    w->before = pool->gone;
    pool->gone = w;
    pool_call(pool, errands);
    pool_tell_rest(pool);
}

enum next { NEXT_RUN, NEXT_LEAVE, NEXT_NOTHING };

static enum next try_next(struct worker *w, struct entry *e, struct errands *errands) {
    struct headroom_pool *pool = w->pool;
    if (pool->ending || pool->threads > pool->target) {
        pool_retire(w, errands);
        if (!pool->ending)
            pool_move_up(pool, errands);
        return NEXT_LEAVE;
    }
    pool_mend(pool, errands);
    if (!take(w, e, errands))
        return NEXT_NOTHING;
    w->searched = w->rested = false;
    pool_call(pool, errands);
    return NEXT_RUN;
}

/* Does off the lock what is to be done before a worker may rest; true: there was something. */
static bool tidy(struct worker *w, struct errands *errands) {
    struct headroom_pool *pool = w->pool;
    if (w->held == 0 && !errands->ended && errands->woken_count == 0)
        return false;
    lock_release(&pool->lock);
    pool_book(w);
    pool_run_errands(pool, errands);
    lock_take(&pool->lock);
    return true;
}

/* Under the lock, with nothing to run: until there is something, or it has to leave. */
static enum next await(struct worker *w, struct entry *e, struct errands *errands) {
    struct headroom_pool *pool = w->pool;
    enum next next;
    do {
        w->last_ticks = w->last_ns = 0;
        pool_tell_rest(pool);
        if (!tidy(w, errands)) {
            bool brisk = __atomic_load_n(&pool->brisk, __ATOMIC_RELAXED);
            w->searched = !w->searched && brisk && pool->wakes == 0 && pool->processors > 1;
            if (w->searched)
                search(w);
            else
                park(w);
        }
        next = try_next(w, e, errands);
    } while (next == NEXT_NOTHING);
    return next;
}

static void hand_back(struct worker *w, struct headroom_job *job) {
    if (!job)
        return;
    book_full(w);
    pool_end_job(w->pool, job);
}

void pool_settle_last(struct worker *w) {
    lock_take(&w->pool->lock);
    pool_settle(w);
    pool_tell_rest(w->pool);
    lock_release(&w->pool->lock);
}

/* Books the end of what ran before, where that needs the lock; the next entry, or false: leave. */
static bool next_locked(struct worker *w, struct entry *e, bool ran_locked) {
    struct headroom_pool *pool = w->pool;
    struct errands errands;
    errands_none(&errands);
    lock_take(&pool->lock);
    struct headroom_job *job = finish(w, ran_locked, &errands);
    enum next next = try_next(w, e, &errands);
    if (next == NEXT_NOTHING && job) { /* handed back before anything else is waited for */
        lock_release(&pool->lock);
        pool_run_errands(pool, &errands);
        hand_back(w, job);
        job = NULL;
        lock_take(&pool->lock);
        pool_settle(w);
        next = try_next(w, e, &errands); /* who came meanwhile has called nobody */
    }
    if (next == NEXT_NOTHING)
        next = await(w, e, &errands);
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
    hand_back(w, job);
    if (next == NEXT_LEAVE)
        pool_settle_last(w);
    return next == NEXT_RUN;
}

/* A call from a direct pool without the lock, waited for shortly where calls are short and nobody
 * is parked: who is, is woken by rule, and a worker that looks uncounted would only be one more. */
static bool pop_call(struct worker *w, struct entry *e) {
    struct headroom_pool *pool = w->pool;
    for (int i = 0; i < LINGERS; i++) {
        if (__atomic_load_n(&pool->excess, __ATOMIC_RELAXED) > 0)
            return false;
        if (queue_pop_call(&pool->ready, &w->seen, e))
            return true;
        if (!__atomic_load_n(&pool->brisk, __ATOMIC_RELAXED) ||
            __atomic_load_n(&pool->parked, __ATOMIC_RELAXED) > 0)
            return false;
        lock_pause();
        w->last_ticks = 0; /* it has waited */
    }
    return false;
}

/* What a worker does all its life. */
void pool_live_on(struct worker *w) {
    struct headroom_pool *pool = w->pool;
    struct entry e;
    bool ran_locked = false;
    for (;;) {
        bool direct = pool->direct && !ran_locked && pop_call(w, &e);
        if (!direct && !next_locked(w, &e, ran_locked))
            return;
        if (e.job)
            run_job(w, e.job);
        else
            run_call(w, &e);
        ran_locked = e.job || !pool->direct;
    }
}
