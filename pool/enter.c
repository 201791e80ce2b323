/* SPDX-License-Identifier: MIT */
/* enter: how work comes into a pool: calls and jobs, by those who wait for a place and by those who
 * do not; and the end of jobs. What is decided under the lock is in admit.c. */
#include <errno.h>
#include <limits.h>
#include <stddef.h>

#include "pool/core.h"
#include "pool/park.h"

/* ---- submitting ------------------------------------------------------------------------------ */

enum how { AS_CONFIGURED, NEVER_WAIT, WAIT, POST };

/* What an answer of `enter` means besides an errno. */
enum { ENTER_WAIT = -1, ENTER_RUN = -2 };

/* How a submission went, besides its errno; which may be any number, of a context. */
struct way {
    bool here;    /* it was not taken: the submitter is to run it */
    bool at_door; /* its submitter was blocked */
};

static int refuse(struct headroom_pool *pool) {
    pool->counts.rejected++;
    return EAGAIN;
}

static int put(struct headroom_pool *pool, struct entry *e, bool held, headroom_ns now,
               struct errands *errands) {
    if (pool_admit(pool, e, held, now, errands))
        return 0;
    pool->counts.submitted--;
    return ENOMEM;
}

/* The pool is full. */
static int full(struct headroom_pool *pool, struct entry *e, enum how how, headroom_ns now,
                struct errands *errands) {
    if (how == NEVER_WAIT)
        return refuse(pool);
    if (how == WAIT || pool->config.when_full == HEADROOM_BLOCK)
        return ENTER_WAIT;
    if (pool->config.when_full == HEADROOM_CALLER_RUNS) {
        pool->counts.caller_ran++;
        if (e->job && how != POST)
            e->job->state = JOB_RUNS;
        return ENTER_RUN;
    }
    if (pool->config.when_full == HEADROOM_DROP_OLDEST && pool_drop_oldest(pool, errands))
        return put(pool, e, false, now, errands);
    return refuse(pool);
}

/* A submission arrives, under the lock: 0: taken; an errno; ENTER_WAIT; ENTER_RUN. */
static int enter(struct headroom_pool *pool, struct entry *e, enum how how,
                 struct errands *errands) {
    if (pool->refusing)
        return ESHUTDOWN;
    pool_mend(pool, errands);
    headroom_ns now = 0;
    if (e->job) {
        now = e->job->submitted = pool_stamp(pool);
        pool_expire(pool, now, errands);
    }
    pool->counts.submitted++;
    pool->called = pool->called || !e->job;
    bool room = !pool->door_first && pool_has_room(pool);
    return room ? put(pool, e, pool_worker_free(pool, e), now, errands)
                : full(pool, e, how, now, errands);
}

static void on_cancel(struct headroom_listener *listener, int error) {
    (void)error;
    struct visitor *v =
        (struct visitor *)(void *)((char *)listener - offsetof(struct visitor, ear));
    __atomic_fetch_or(&v->word, CALLED_OFF, __ATOMIC_RELEASE);
    park_wake(&v->word, 1);
}

/* Not admitted in time: out of the door, unless it was answered meanwhile. */
static int give_up(struct headroom_pool *pool, struct visitor *v, int error) {
    struct errands errands = {0};
    lock_take(&pool->lock);
    bool waits = (__atomic_load_n(&v->word, __ATOMIC_ACQUIRE) & ANSWERED) == 0;
    if (waits) {
        pool_leave_door(pool, &v->base);
        pool->counts.submitted--;
        pool->gave_up++;
        pool_open_door(pool, pool_stamp(pool), &errands);
    }
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
    return waits ? error : v->answer;
}

/* Sleeps until the visitor is answered, `until`, or the context's end. */
static int sleep_at_door(struct headroom_pool *pool, struct visitor *v, headroom_ns until,
                         struct headroom_context *context) {
    headroom_ns end = context ? headroom_context_deadline(context) : HEADROOM_NEVER;
    end = until < end ? until : end;
    for (;;) {
        unsigned word = __atomic_load_n(&v->word, __ATOMIC_ACQUIRE);
        if (word & ANSWERED)
            return v->answer;
        int error = context ? headroom_context_error(context) : 0;
        if (!error && headroom_now() >= end)
            error = ETIMEDOUT;
        if (error)
            return give_up(pool, v, error);
        park_wait(&v->word, word, end);
    }
}

static int wait_at_door(struct headroom_pool *pool, struct visitor *v, headroom_ns until,
                        struct headroom_context *context) {
    bool hears = context && headroom_context_listen(context, &v->ear) == 0;
    int error = sleep_at_door(pool, v, until, context);
    if (hears)
        headroom_context_leave(context, &v->ear);
    return error;
}

/* No room: the job itself, posted, or its submitter waits at the door. False: no memory. */
static bool stand(struct headroom_pool *pool, struct visitor *v, bool posted,
                  struct errands *errands) {
    struct headroom_job *job = v->entry.job;
    if (posted && !pool_set_timer(pool, job))
        return false;
    if (job)
        job->waited = true;
    if (job)
        job->state = posted ? JOB_AT_DOOR : JOB_VISITS;
    if (job && !posted)
        job->next = &v->base; /* for who cancels it */
    v->own = !posted && pool_is_own(pool);
    pool_join_door(pool, posted ? job : &v->base);
    pool_open_door(pool, pool_stamp(pool),
                   errands); /* room was made while it was not announced yet */
    return true;
}

/* The lock is taken, and let go here: the entry, or its submitter, waits for a place. */
__attribute__((noinline)) static int wait_for_place(struct headroom_pool *pool, struct entry *e,
                                                    bool posted, headroom_ns until,
                                                    struct headroom_context *context,
                                                    struct errands *errands) {
    struct visitor v = {.entry = *e, .ear = {.cancelled = on_cancel}};
    bool stands = stand(pool, &v, posted, errands);
    pool->counts.submitted -= !stands;
    lock_release(&pool->lock);
    pool_run_errands(pool, errands);
    if (!stands || posted)
        return stands ? EINPROGRESS : ENOMEM;
    return wait_at_door(pool, &v, until, context);
}

/* As enter, where a call meets nothing that is to be decided: all have a place, nobody has to be
 * woken or started. False: nothing has changed. */
static inline bool slip_in(struct headroom_pool *pool, const struct entry *e) {
    if (e->job || !pool->open || pool->refusing || pool->parked_top ||
        pool->threads < pool->target || !queue_has_place(&pool->ready))
        return false;
    queue_write(&pool->ready, e);
    pool->counts.submitted++;
    pool->admitted++;
    pool->called = true;
    return true;
}

static int submit(struct headroom_pool *pool, struct entry *e, enum how how, headroom_ns until,
                  struct headroom_context *context, struct way *way) {
    struct errands errands;
    *way = (struct way){0};
    if (pool->config.hook)
        pool_hook(pool, HEADROOM_ON_SUBMIT, e, HEADROOM_PENDING);
    lock_take(&pool->lock);
    if (slip_in(pool, e)) {
        lock_release(&pool->lock);
        return 0;
    }
    errands_none(&errands);
    int error = enter(pool, e, how, &errands);
    if (error == ENTER_WAIT) {
        way->at_door = how != POST;
        return wait_for_place(pool, e, how == POST, until, context, &errands);
    }
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
    way->here = error == ENTER_RUN;
    return way->here ? 0 : error;
}

static struct entry call_entry(struct headroom_pool *pool, void (*function)(void *),
                               void *argument) {
    return (struct entry){
        .function = function, .argument = argument, .ticks = ticks_now(&pool->ticks)};
}

int headroom_pool_submit(struct headroom_pool *pool, void (*function)(void *), void *argument) {
    struct entry e = call_entry(pool, function, argument);
    struct way way;
    int error = submit(pool, &e, AS_CONFIGURED, HEADROOM_NEVER, NULL, &way);
    if (way.here)
        pool_run_here(pool, &e);
    return error;
}

int headroom_pool_try(struct headroom_pool *pool, void (*function)(void *), void *argument) {
    struct entry e = call_entry(pool, function, argument);
    struct way way;
    return submit(pool, &e, NEVER_WAIT, HEADROOM_NEVER, NULL, &way);
}

int headroom_pool_submit_until(struct headroom_pool *pool, void (*function)(void *), void *argument,
                               headroom_ns until, struct headroom_context *context) {
    struct entry e = call_entry(pool, function, argument);
    struct way way;
    return submit(pool, &e, WAIT, until, context, &way);
}

size_t headroom_pool_submit_many(struct headroom_pool *pool, void (*function)(void *),
                                 void *const *arguments, size_t count) {
    struct errands errands = {0};
    struct entry e = call_entry(pool, function, NULL);
    size_t taken = 0;
    lock_take(&pool->lock);
    pool->called = true;
    pool_mend(pool, &errands);
    while (taken < count && !pool->refusing && !pool->door_first && pool_has_room(pool)) {
        e.argument = arguments[taken];
        pool->counts.submitted++;
        if (put(pool, &e, pool_worker_free(pool, &e), 0, &errands) != 0)
            break;
        taken++;
    }
    lock_release(&pool->lock);
    for (size_t i = 0; pool->config.hook && i < taken; i++) {
        e.argument = arguments[i];
        pool_hook(pool, HEADROOM_ON_SUBMIT, &e, HEADROOM_PENDING);
    }
    pool_run_errands(pool, &errands);
    return taken;
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static bool fit(const struct headroom_pool *pool, const struct headroom_job *job) {
    return job->run && job->priority >= 0 && job->priority < HEADROOM_PRIORITIES &&
           (job->start_by == 0 || pool->config.deadlines);
}

/* Of a job that was not taken. */
static enum headroom_fate fate_of(int error, const struct way *way) {
    if (way->at_door && error != ETIMEDOUT && error != ESHUTDOWN && error != ENOMEM)
        return HEADROOM_CANCELLED;
    return !way->at_door && error == EAGAIN ? HEADROOM_REJECTED : HEADROOM_PENDING;
}

static int submit_job(struct headroom_pool *pool, struct headroom_job *job, enum how how,
                      struct way *way) {
    *way = (struct way){0};
    if (!fit(pool, job))
        return EINVAL;
    job->fate = HEADROOM_PENDING;
    job->submitted = job->admitted = job->started = job->finished = 0;
    job->waited = job->queued = false;
    job->error = 0;
    job->deaths = job->done = 0;
    job->timer = UINT32_MAX;
    headroom_context_open(&job->context, job->parent, job->end_by ? job->end_by : HEADROOM_NEVER);
    struct entry e = {.job = job};
    headroom_ns until = job->start_by ? job->start_by : HEADROOM_NEVER;
    int error = submit(pool, &e, how, until, job->parent, way);
    bool refused = error && !(how == POST && error == EINPROGRESS);
    if (refused)
        job->fate = fate_of(error, way);
    if (refused || (way->here && how == POST))
        headroom_context_close(&job->context);
    return error;
}

/* The submitter runs it, as nobody else would. */
static void run_here(struct headroom_pool *pool, struct headroom_job *job) {
    job->started = headroom_now();
    job->waited = true;
    pool_run_here(pool, &(struct entry){.job = job});
    job->finished = headroom_now();
    job->fate = job->error ? HEADROOM_FAILED : HEADROOM_COMPLETED;
    lock_take(&pool->lock);
    job->state = JOB_OUT;
    lock_release(&pool->lock);
    pool_end_job(pool, job);
}

int headroom_pool_submit_job(struct headroom_pool *pool, struct headroom_job *job) {
    struct way way;
    int error = submit_job(pool, job, AS_CONFIGURED, &way);
    if (way.here)
        run_here(pool, job);
    return error;
}

int headroom_pool_try_job(struct headroom_pool *pool, struct headroom_job *job) {
    struct way way;
    return submit_job(pool, job, NEVER_WAIT, &way);
}

int headroom_pool_post_job(struct headroom_pool *pool, struct headroom_job *job) {
    struct way way;
    int error = submit_job(pool, job, POST, &way);
    return way.here ? EBUSY : error;
}

struct headroom_context *headroom_job_context(struct headroom_job *job) {
    return &job->context;
}

enum { NOT_DONE, DONE, AWAITED };

int headroom_job_wait(struct headroom_job *job, headroom_ns until) {
    for (;;) {
        unsigned done = __atomic_load_n(&job->done, __ATOMIC_ACQUIRE);
        if (done == DONE)
            return 0;
        if (headroom_now() >= until)
            return ETIMEDOUT;
        if (done == NOT_DONE && !__atomic_compare_exchange_n(&job->done, &done, AWAITED, false,
                                                             __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            continue;
        park_wait(&job->done, AWAITED, until);
    }
}

void pool_end_job(struct headroom_pool *pool, struct headroom_job *job) {
    headroom_context_close(&job->context);
    if (pool->config.hook)
        pool_hook(pool, HEADROOM_ON_END, &(struct entry){.job = job}, job->fate);
    if (job->ended) {
        job->ended(job);
        return;
    }
    unsigned *done = &job->done; /* the job may be gone after the exchange */
    if (__atomic_exchange_n(done, DONE, __ATOMIC_ACQ_REL) == AWAITED)
        park_wake(done, INT_MAX);
}
