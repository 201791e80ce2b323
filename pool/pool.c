/* SPDX-License-Identifier: MIT */
/* pool: see pool.h. The station decides, under the lock; threads only carry out. */
#include "pool/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "model/timers.h"
#include "pool/park.h"

struct worker {
    _Alignas(64) atomic_uint word;  /* counts what it was given, and the end */
    _Atomic(struct pool_job *) job; /* given, not taken yet */
    struct pool *pool;
    pthread_t thread;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t empty; /* nothing waits or runs */
    struct station station;
    struct station_link *links; /* of job slots */
    uint32_t *crew; /* the station's */
    struct pool_job **table; /* the job in each slot */
    struct timers timers;    /* of those that wait, by slot; where config.deadlines */
    pthread_t keeper;        /* of the time */
    atomic_uint bell;        /* the first deadline is another */
    bool has_keeper;
    uint32_t room, used, free_slot;
    struct pool_counts counts;
    nsec last; /* stamps never decrease under the lock */
    bool refusing;
    atomic_bool ending;
    struct pool_config config;
    struct worker *workers;
};

/* The instant of an operation under the lock. */
static nsec stamp(struct pool *pool) {
    nsec now = park_now();
    pool->last = now > pool->last ? now : pool->last;
    return pool->last;
}

static bool grow(struct pool *pool) {
    uint32_t room = pool->room ? 2 * pool->room : 256;
    struct pool_job **table = realloc(pool->table, room * sizeof *table);
    if (table)
        pool->table = table;
    struct station_link *links = realloc(pool->links, room * sizeof *links);
    if (links)
        pool->links = links;
    bool ok = table && links && (!pool->config.deadlines || timers_grow(&pool->timers, room));
    if (ok)
        pool->room = room;
    return ok;
}

/* A slot for a job, or STATION_NONE: no memory. */
static uint32_t take_slot(struct pool *pool, struct pool_job *job) {
    uint32_t slot = pool->free_slot;
    if (slot != STATION_NONE)
        pool->free_slot = pool->links[slot].next;
    else if (pool->used < pool->room || grow(pool))
        slot = pool->used++;
    if (slot != STATION_NONE) {
        pool->table[slot] = job;
        job->slot = slot;
    }
    return slot;
}

static struct pool_job *free_slot(struct pool *pool, uint32_t slot) {
    timers_clear(&pool->timers, slot);
    pool->links[slot].next = pool->free_slot;
    pool->free_slot = slot;
    return pool->table[slot];
}

/* Gives a job to an idle worker; returns whom to wake. */
static struct worker *give(struct pool *pool, uint32_t worker, struct pool_job *job) {
    struct worker *w = &pool->workers[worker];
    atomic_store_explicit(&w->job, job, memory_order_release);
    atomic_fetch_add_explicit(&w->word, 1, memory_order_release);
    return w;
}

/* The job waits now: its deadline counts, and the keeper may have to wake sooner. */
static void keep_deadline(struct pool *pool, struct pool_job *job) {
    if (!pool->config.deadlines || job->deadline == 0 || timers_has(&pool->timers, job->slot))
        return;
    bool first = job->deadline < timers_next(&pool->timers);
    timers_set(&pool->timers, job->slot, job->deadline);
    if (first) {
        atomic_fetch_add(&pool->bell, 1);
        park_wake(&pool->bell, 1);
    }
}

static struct worker *admit(struct pool *pool, struct pool_job *job, struct station_answer answer,
                            nsec now) {
    job->admitted = now;
    job->queued = answer.verdict != STATION_START;
    job->waited = job->waited || job->queued;
    if (job->queued)
        keep_deadline(pool, job);
    else
        timers_clear(&pool->timers, job->slot);
    return answer.verdict == STATION_START ? give(pool, answer.other, job) : NULL;
}

static void wake(struct worker *w) {
    if (w)
        park_wake(&w->word, 1);
}

/* Lets in from the door while there is room; wakes whom it started (the lock is held: rare). */
static void open_door(struct pool *pool, nsec now) {
    uint32_t slot;
    for (;;) {
        struct station_answer answer = station_door(&pool->station, pool->links, &slot);
        if (answer.verdict == STATION_IDLE)
            return;
        wake(admit(pool, pool->table[slot], answer, now));
    }
}

/* Takes out whose deadline has passed, onto the chain; whoever stands at the door moves up. */
static void expire(struct pool *pool, nsec now, struct pool_job **chain) {
    bool any = timers_next(&pool->timers) < now;
    while (timers_next(&pool->timers) < now) {
        uint32_t slot = timers_take(&pool->timers);
        struct pool_job *job = pool->table[slot];
        if (job->queued)
            station_leave_queue(&pool->station, pool->links, slot);
        else
            station_leave_door(&pool->station, pool->links, slot);
        free_slot(pool, slot);
        job->finished = now;
        pool->counts.timed_out++;
        job->next = *chain;
        *chain = job;
    }
    if (any && pool->station.door.count > 0)
        open_door(pool, now);
}

/* What an operation leaves to be done off the lock. */
struct errands {
    struct worker *woken;
    struct pool_job *dropped, *expired;
};

/* What a verdict means to the submitter. */
static enum pool_answer decide(struct pool *pool, struct pool_job *job, struct errands *errands) {
    job->submitted = stamp(pool);
    expire(pool, job->submitted, &errands->expired);
    uint32_t slot = take_slot(pool, job);
    if (slot == STATION_NONE)
        return POOL_NO_MEMORY;
    pool->counts.submitted++;
    struct station_answer answer = station_arrive(&pool->station, pool->links, slot);
    switch (answer.verdict) {
    case STATION_REJECTED:
        pool->counts.rejected++;
        free_slot(pool, slot);
        return POOL_REJECTED;
    case STATION_CALLER:
        pool->counts.caller++;
        free_slot(pool, slot);
        return POOL_CALLER;
    case STATION_DOOR:
        job->waited = true;
        keep_deadline(pool, job);
        return POOL_AT_DOOR;
    case STATION_DROP_OLDEST_JOB:
        pool->counts.dropped++;
        errands->dropped = free_slot(pool, answer.other);
        errands->dropped->finished = job->submitted;
        break;
    case STATION_START:
    case STATION_QUEUE:
    case STATION_NEXT:
    case STATION_IDLE:
        break;
    }
    errands->woken = admit(pool, job, answer, job->submitted);
    return POOL_ADMITTED;
}

static void end_job(struct pool_job *job, enum pool_outcome outcome) {
    if (job->ended)
        job->ended(job, outcome);
}

static void end_all(struct pool_job *chain, enum pool_outcome outcome) {
    while (chain) {
        struct pool_job *job = chain;
        chain = job->next; /* before its memory is the caller's again */
        end_job(job, outcome);
    }
}

enum pool_answer pool_submit(struct pool *pool, struct pool_job *job) {
    struct errands errands = {0};
    job->admitted = job->started = job->finished = 0;
    job->waited = job->queued = false;
    pthread_mutex_lock(&pool->lock);
    enum pool_answer answer = pool->refusing ? POOL_CLOSED : decide(pool, job, &errands);
    pthread_mutex_unlock(&pool->lock);
    wake(errands.woken);
    if (errands.dropped)
        end_job(errands.dropped, POOL_DROPPED);
    end_all(errands.expired, POOL_TIMED_OUT);
    return answer;
}

static bool at_rest(const struct pool *pool) {
    const struct station *s = &pool->station;
    return s->busy == 0 && s->queue.count == 0 && s->door.count == 0;
}

/* Books the end of a worker's job; returns the next one it goes on with, or NULL. */
static struct pool_job *finish(struct worker *w, struct pool_job *job, struct pool_job **expired) {
    struct pool *pool = w->pool;
    struct pool_job *next = NULL;
    pthread_mutex_lock(&pool->lock);
    job->finished = stamp(pool);
    expire(pool, job->finished, expired);
    free_slot(pool, job->slot);
    pool->counts.completed++;
    struct station_answer answer =
        station_finish(&pool->station, pool->links, (uint32_t)(w - pool->workers));
    if (answer.verdict == STATION_NEXT) {
        next = pool->table[answer.other];
        timers_clear(&pool->timers, answer.other);
        next->started = job->finished; /* one end stamp is the next start stamp */
    }
    if (pool->station.door.count > 0)
        open_door(pool, job->finished);
    if (at_rest(pool))
        pthread_cond_broadcast(&pool->empty);
    pthread_mutex_unlock(&pool->lock);
    return next;
}

/* Waits until it is given a job; NULL: the pool ends. */
static struct pool_job *await(struct worker *w) {
    for (;;) {
        unsigned seen = atomic_load_explicit(&w->word, memory_order_acquire);
        struct pool_job *job = atomic_exchange_explicit(&w->job, NULL, memory_order_acquire);
        if (job || atomic_load(&w->pool->ending))
            return job;
        park_wait(&w->word, seen, NSEC_NEVER);
    }
}

static void *work(void *context) {
    struct worker *w = context;
    prctl(PR_SET_TIMERSLACK, 1UL);
    if (w->pool->config.begin)
        w->pool->config.begin(w->pool->config.context);
    for (struct pool_job *job; (job = await(w));) {
        job->started = park_now();
        while (job) {
            struct pool_job *expired = NULL;
            job->run(job);
            struct pool_job *next = finish(w, job, &expired);
            end_job(job, POOL_COMPLETED);
            end_all(expired, POOL_TIMED_OUT);
            job = next;
        }
    }
    return NULL;
}

/* The keeper of the time: takes out who waits in vain when nobody else comes along. */
static void *keep_time(void *context) {
    struct pool *pool = context;
    prctl(PR_SET_TIMERSLACK, 1UL);
    for (;;) {
        struct pool_job *expired = NULL;
        unsigned seen = atomic_load(&pool->bell); /* before all that it may have rung for */
        if (atomic_load(&pool->ending))
            return NULL;
        pthread_mutex_lock(&pool->lock);
        expire(pool, stamp(pool), &expired);
        nsec next = timers_next(&pool->timers);
        pthread_mutex_unlock(&pool->lock);
        end_all(expired, POOL_TIMED_OUT);
        park_wait(&pool->bell, seen, next);
    }
}

static void end_threads(struct pool *pool, uint32_t started) {
    atomic_store(&pool->ending, true);
    atomic_fetch_add(&pool->bell, 1);
    park_wake(&pool->bell, 1);
    if (pool->has_keeper)
        pthread_join(pool->keeper, NULL);
    for (uint32_t i = 0; i < started; i++) {
        atomic_fetch_add(&pool->workers[i].word, 1);
        park_wake(&pool->workers[i].word, 1);
    }
    for (uint32_t i = 0; i < started; i++)
        pthread_join(pool->workers[i].thread, NULL);
}

static void release(struct pool *pool) {
    pthread_cond_destroy(&pool->empty);
    pthread_mutex_destroy(&pool->lock);
    free(pool->table);
    free(pool->links);
    free(pool->crew);
    free(pool->workers);
    timers_close(&pool->timers);
    free(pool);
}

/* 0, or the errno of the thread that could not be started; *started were. */
static int start_threads(struct pool *pool, uint32_t *started) {
    pthread_attr_t attr;
    int error = pthread_attr_init(&attr);
    if (error)
        return error;
    if (pool->config.stack_bytes)
        error = pthread_attr_setstacksize(&attr, pool->config.stack_bytes);
    while (!error && *started < pool->config.workers) {
        struct worker *w = &pool->workers[*started];
        w->pool = pool;
        error = pthread_create(&w->thread, &attr, work, w);
        *started += !error;
    }
    if (!error && pool->config.deadlines) {
        error = pthread_create(&pool->keeper, &attr, keep_time, pool);
        pool->has_keeper = !error;
    }
    pthread_attr_destroy(&attr);
    return error;
}

static struct pool *allocate(const struct pool_config *config) {
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->config = *config;
    pool->free_slot = STATION_NONE;
    pool->crew = calloc(config->workers, sizeof *pool->crew);
    pool->workers = aligned_alloc(64, config->workers * sizeof *pool->workers);
    if (!pool->crew || !pool->workers) {
        free(pool->crew);
        free(pool->workers);
        free(pool);
        return NULL;
    }
    for (uint32_t i = 0; i < config->workers; i++)
        pool->workers[i] = (struct worker){0};
    return pool;
}

int pool_open(struct pool **out, const struct pool_config *config) {
    *out = NULL;
    if (config->workers == 0 || config->capacity < STATION_UNBOUNDED)
        return EINVAL;
    struct pool *pool = allocate(config);
    if (!pool)
        return ENOMEM;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->empty, NULL);
    station_open(&pool->station, config->workers, config->capacity, config->when_full,
                 config->order, pool->crew);
    uint32_t started = 0;
    int error = start_threads(pool, &started);
    if (error) {
        end_threads(pool, started);
        release(pool);
        return error;
    }
    *out = pool;
    return 0;
}

/* Takes all of a list out of the pool, under the lock, onto the chain. */
static void cancel_list(struct pool *pool, struct station_list *list, struct pool_job **chain) {
    while (list->count > 0) {
        struct pool_job *job = free_slot(pool, station_take_first(list, pool->links));
        job->finished = stamp(pool);
        pool->counts.cancelled++;
        job->next = *chain;
        *chain = job;
    }
}

void pool_cancel(struct pool *pool) {
    struct pool_job *chain = NULL;
    pthread_mutex_lock(&pool->lock);
    pool->refusing = true;
    cancel_list(pool, &pool->station.queue, &chain);
    cancel_list(pool, &pool->station.door, &chain);
    if (at_rest(pool))
        pthread_cond_broadcast(&pool->empty);
    pthread_mutex_unlock(&pool->lock);
    end_all(chain, POOL_CANCELLED);
}

static bool balanced(const struct pool_counts *c) {
    return c->submitted ==
           c->completed + c->rejected + c->dropped + c->timed_out + c->cancelled + c->caller;
}

bool pool_close(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pool->refusing = true;
    while (!at_rest(pool))
        pthread_cond_wait(&pool->empty, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    end_threads(pool, pool->config.workers);
    bool ok = balanced(&pool->counts);
    release(pool);
    return ok;
}

struct pool_counts pool_count(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    struct pool_counts counts = pool->counts;
    counts.waiting = pool->station.queue.count + pool->station.door.count;
    counts.running = pool->station.busy;
    pthread_mutex_unlock(&pool->lock);
    return counts;
}
