/* SPDX-License-Identifier: MIT */
/* admit: submissions: who is let in, who waits at the door, who makes room; and cancelling. */
#include <errno.h>
#include <limits.h>
#include <stddef.h>

#include "pool/core.h"
#include "pool/park.h"

/* ---- under the lock -------------------------------------------------------------------------- */

headroom_ns pool_stamp(struct headroom_pool *pool) {
    headroom_ns now = headroom_now();
    pool->last = now > pool->last ? now : pool->last;
    return pool->last;
}

uint64_t pool_in_flight(const struct headroom_pool *pool) {
    uint64_t ended = pool->left;
    for (uint32_t i = 0; i < pool->shard_count; i++)
        ended += __atomic_load_n(&pool->shards[i].ended, __ATOMIC_SEQ_CST);
    return pool->admitted - ended;
}

uint32_t pool_live(const struct headroom_pool *pool) {
    return pool->threads < pool->target ? pool->threads : pool->target;
}

bool pool_has_room(const struct headroom_pool *pool) {
    return pool->config.capacity == HEADROOM_UNBOUNDED ||
           pool_in_flight(pool) < pool_live(pool) + (uint64_t)pool->config.capacity;
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
    return queue_push(line_of(pool, job), &(struct entry){.job = job, .number = pool->sequence++});
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

void pool_refill(struct headroom_pool *pool) {
    struct entry e;
    while (pool->lined && pool->running + queue_count(&pool->ready) < pool_live(pool) &&
           take_lined(pool, &e)) {
        if (e.job) {
            pool_clear_timer(pool, e.job);
            e.job->state = JOB_HELD;
        }
        queue_push(&pool->ready, &e); /* has places for all workers: pool_open, pool_resize */
    }
}

/* One more is in the pool: `held` says that a worker is free for it. False: no memory. */
static bool admit(struct headroom_pool *pool, struct entry *e, bool held, headroom_ns now,
                  struct errands *errands) {
    struct headroom_job *job = e->job;
    bool timed = job && job->timer != UINT32_MAX; /* at the door */
    e->number = pool->sequence;
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
    pool->sequence++;
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

static bool worker_free(const struct headroom_pool *pool, const struct entry *e) {
    return (pool->direct && !e->job) || pool_in_flight(pool) < pool_live(pool);
}

/* ---- the door -------------------------------------------------------------------------------- */

static void join_door(struct headroom_pool *pool, struct headroom_job *node) {
    node->next = NULL;
    node->previous = pool->door_last;
    *(pool->door_last ? &pool->door_last->next : &pool->door_first) = node;
    pool->door_last = node;
    __atomic_fetch_add(&pool->door_count, 1, __ATOMIC_SEQ_CST);
}

static void leave_door(struct headroom_pool *pool, struct headroom_job *node) {
    *(node->previous ? &node->previous->next : &pool->door_first) = node->next;
    *(node->next ? &node->next->previous : &pool->door_last) = node->previous;
    struct headroom_job *job = node->run ? NULL : ((struct visitor *)node)->entry.job;
    if (job && job->state == JOB_VISITS) /* not admitted */
        job->state = JOB_OUT;
    __atomic_fetch_sub(&pool->door_count, 1, __ATOMIC_SEQ_CST);
}

enum { ANSWERED = 1, CALLED_OFF = 2 }; /* bits of a visitor's word */

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
        bool held = worker_free(pool, &e);
        bool admitted = admit(pool, &e, held, now, errands);
        if (!admitted && !v)
            return; /* a posted job waits for memory */
        leave_door(pool, node);
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
static bool drop_oldest(struct headroom_pool *pool, struct errands *errands) {
    struct queue *oldest = NULL;
    uint64_t first = UINT64_MAX;
    for (uint32_t i = 0; i < pool->line_count; i++) {
        const struct entry *e = queue_first(&pool->lines[i]);
        if (e && e->number < first) {
            first = e->number;
            oldest = &pool->lines[i];
        }
    }
    struct entry e;
    if (!oldest || !queue_take_first(oldest, &e))
        return false;
    discard(pool, &e, HEADROOM_DROPPED, errands);
    return true;
}

/* ---- submitting ------------------------------------------------------------------------------ */

enum how { AS_CONFIGURED, NEVER_WAIT, WAIT, POST };

/* What an answer of `enter` means besides an errno. */
enum { ENTER_WAIT = -1, ENTER_RUN = -2 };

static int refuse(struct headroom_pool *pool) {
    pool->counts.rejected++;
    return EAGAIN;
}

static int put(struct headroom_pool *pool, struct entry *e, bool held, headroom_ns now,
               struct errands *errands) {
    if (admit(pool, e, held, now, errands))
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
    if (pool->config.when_full == HEADROOM_DROP_OLDEST && drop_oldest(pool, errands))
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
    bool room = !pool->door_first && pool_has_room(pool);
    return room ? put(pool, e, worker_free(pool, e), now, errands)
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
        leave_door(pool, &v->base);
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
    v->own = !posted && pool_is_own(pool);
    join_door(pool, posted ? job : &v->base);
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

static int submit(struct headroom_pool *pool, struct entry *e, enum how how, headroom_ns until,
                  struct headroom_context *context) {
    struct errands errands;
    errands_none(&errands);
    if (pool->config.hook)
        pool_hook(pool, HEADROOM_ON_SUBMIT, e, HEADROOM_PENDING);
    lock_take(&pool->lock);
    int error = enter(pool, e, how, &errands);
    if (error == ENTER_WAIT)
        return wait_for_place(pool, e, how == POST, until, context, &errands);
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
    return error;
}

static struct entry call_entry(struct headroom_pool *pool, void (*function)(void *),
                               void *argument) {
    return (struct entry){
        .function = function, .argument = argument, .ticks = ticks_now(&pool->ticks)};
}

int headroom_pool_submit(struct headroom_pool *pool, void (*function)(void *), void *argument) {
    struct entry e = call_entry(pool, function, argument);
    int error = submit(pool, &e, AS_CONFIGURED, HEADROOM_NEVER, NULL);
    if (error != ENTER_RUN)
        return error;
    function(argument);
    return 0;
}

int headroom_pool_try(struct headroom_pool *pool, void (*function)(void *), void *argument) {
    struct entry e = call_entry(pool, function, argument);
    return submit(pool, &e, NEVER_WAIT, HEADROOM_NEVER, NULL);
}

int headroom_pool_submit_until(struct headroom_pool *pool, void (*function)(void *), void *argument,
                               headroom_ns until, struct headroom_context *context) {
    struct entry e = call_entry(pool, function, argument);
    return submit(pool, &e, WAIT, until, context);
}

size_t headroom_pool_submit_many(struct headroom_pool *pool, void (*function)(void *),
                                 void *const *arguments, size_t count) {
    struct errands errands = {0};
    struct entry e = call_entry(pool, function, NULL);
    size_t taken = 0;
    lock_take(&pool->lock);
    pool_mend(pool, &errands);
    while (taken < count && !pool->refusing && !pool->door_first && pool_has_room(pool)) {
        e.argument = arguments[taken];
        pool->counts.submitted++;
        if (put(pool, &e, worker_free(pool, &e), 0, &errands) != 0)
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

static int submit_job(struct headroom_pool *pool, struct headroom_job *job, enum how how) {
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
    int error = submit(pool, &e, how, job->start_by ? job->start_by : HEADROOM_NEVER, NULL);
    if (error == 0 || error == EINPROGRESS)
        return error;
    if (error == EAGAIN)
        job->fate = HEADROOM_REJECTED;
    if (error != ENTER_RUN || how == POST)
        headroom_context_close(&job->context);
    return error;
}

/* The submitter runs it, as nobody else would. */
static void run_here(struct headroom_pool *pool, struct headroom_job *job) {
    job->started = headroom_now();
    job->waited = true;
    job->run(job);
    job->finished = headroom_now();
    job->fate = job->error ? HEADROOM_FAILED : HEADROOM_COMPLETED;
    lock_take(&pool->lock);
    job->state = JOB_OUT;
    lock_release(&pool->lock);
    pool_end_job(pool, job);
}

int headroom_pool_submit_job(struct headroom_pool *pool, struct headroom_job *job) {
    int error = submit_job(pool, job, AS_CONFIGURED);
    if (error != ENTER_RUN)
        return error;
    run_here(pool, job);
    return 0;
}

int headroom_pool_try_job(struct headroom_pool *pool, struct headroom_job *job) {
    return submit_job(pool, job, NEVER_WAIT);
}

int headroom_pool_post_job(struct headroom_pool *pool, struct headroom_job *job) {
    int error = submit_job(pool, job, POST);
    return error == ENTER_RUN ? EBUSY : error;
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

/* ---- cancelling ------------------------------------------------------------------------------ */

bool headroom_job_cancel(struct headroom_pool *pool, struct headroom_job *job) {
    struct errands errands = {0};
    lock_take(&pool->lock);
    bool waits = job->state == JOB_WAITS || job->state == JOB_HELD || job->state == JOB_AT_DOOR;
    if (waits)
        pool_take_out(pool, job, HEADROOM_CANCELLED, &errands);
    else if (job->state != JOB_OUT) /* under the lock: it cannot end, nor its context go, before */
        headroom_context_cancel(&job->context, 0);
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
    return waits;
}

void pool_take_out(struct headroom_pool *pool, struct headroom_job *job, enum headroom_fate fate,
                   struct errands *errands) {
    pool_clear_timer(pool, job);
    if (job->state == JOB_AT_DOOR)
        leave_door(pool, job);
    else
        queue_remove(job->state == JOB_HELD ? &pool->ready : line_of(pool, job), job);
    pool_leave(pool, job, fate, errands);
    pool_move_up(pool, errands);
}

static void cancel_door(struct headroom_pool *pool, struct errands *errands) {
    while (pool->door_first) {
        struct headroom_job *node = pool->door_first;
        leave_door(pool, node);
        if (node->run) {
            pool_clear_timer(pool, node);
            pool_leave(pool, node, HEADROOM_CANCELLED, errands);
        } else {
            pool->counts.submitted--;
            pool->gave_up++;
            answer((struct visitor *)node, ESHUTDOWN);
        }
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
    return pool_live(pool) > run ? pool_live(pool) - run : 0;
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
    cancel_door(pool, &errands);
    cancel_running(pool);
    cancel_queue(pool, &errands);
    pool_tell_rest(pool);
    lock_release(&pool->lock);
    pool_run_errands(pool, &errands);
}
