/* SPDX-License-Identifier: MIT */
/* keeper: the thread that keeps the time: takes out who waits in vain, reports who runs too long.
 */
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "pool/core.h"
#include "pool/park.h"

enum { NO_TIMER = -1 };

/* ---- timers of jobs that wait ---------------------------------------------------------------- */

static bool grow(struct headroom_pool *pool) {
    uint32_t room = pool->timed_room ? 2 * pool->timed_room : 64;
    struct headroom_job **timed = realloc(pool->timed, room * sizeof *timed);
    if (timed)
        pool->timed = timed;
    if (!timed || !timers_grow(&pool->timers, room))
        return false;
    pool->timed_room = room;
    return true;
}

/* A free slot: one given back (its number is kept in the job table, as a pointer), or a new one. */
static bool take_slot(struct headroom_pool *pool, uint32_t *slot) {
    if (pool->timed_free != UINT32_MAX) {
        *slot = pool->timed_free;
        pool->timed_free = (uint32_t)(uintptr_t)pool->timed[*slot];
        return true;
    }
    if (pool->timed_used == pool->timed_room && !grow(pool))
        return false;
    *slot = pool->timed_used++;
    return true;
}

bool pool_set_timer(struct headroom_pool *pool, struct headroom_job *job) {
    if (job->start_by == 0 || job->timer != UINT32_MAX)
        return true;
    if (!take_slot(pool, &job->timer))
        return false;
    pool->timed[job->timer] = job;
    bool first = job->start_by < timers_next(&pool->timers);
    timers_set(&pool->timers, job->timer, job->start_by);
    if (first) {
        __atomic_fetch_add(&pool->bell, 1, __ATOMIC_RELEASE);
        park_wake(&pool->bell, 1);
    }
    return true;
}

static void free_slot(struct headroom_pool *pool, struct headroom_job *job) {
    pool->timed[job->timer] = (struct headroom_job *)(uintptr_t)pool->timed_free;
    pool->timed_free = job->timer;
    job->timer = UINT32_MAX;
}

void pool_clear_timer(struct headroom_pool *pool, struct headroom_job *job) {
    if (job->timer == UINT32_MAX)
        return;
    timers_clear(&pool->timers, job->timer);
    free_slot(pool, job);
}

void pool_expire(struct headroom_pool *pool, headroom_ns now, struct errands *errands) {
    while (timers_next(&pool->timers) < now) {
        struct headroom_job *job = pool->timed[timers_take(&pool->timers)];
        free_slot(pool, job);
        pool_take_out(pool, job, HEADROOM_TIMED_OUT, errands);
    }
}

/* ---- the watchdog ---------------------------------------------------------------------------- */

/* Under the lock: one that runs over the limit and was not reported; false: none. */
static bool find_late(struct headroom_pool *pool, headroom_ns now, struct headroom_event *event) {
    for (struct worker *w = pool->all; w; w = w->next) {
        struct sight s;
        if (!pool_look(pool, w, &s) || now - s.since <= pool->config.job_limit ||
            w->reported == s.mark)
            continue;
        w->reported = s.mark;
        *event = (struct headroom_event){.what = HEADROOM_ON_START,
                                         .function = s.function,
                                         .argument = s.argument,
                                         .job = s.job,
                                         .at = s.since};
        return true;
    }
    return false;
}

/* Under the lock, let go meanwhile. The next look. */
static headroom_ns watch(struct headroom_pool *pool) {
    headroom_ns limit = pool->config.job_limit;
    if (limit == 0)
        return HEADROOM_NEVER;
    struct headroom_event event;
    while (pool->config.late && find_late(pool, headroom_now(), &event)) {
        lock_release(&pool->lock);
        pool->config.late(pool->config.user, &event);
        lock_take(&pool->lock);
    }
    return headroom_now() + (limit / 4 > 1000000 ? limit / 4 : 1000000);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void *keep_time(void *context) {
    struct headroom_pool *pool = context;
    prctl(PR_SET_TIMERSLACK, 1UL);
    prctl(PR_SET_NAME, pool->config.name);
    for (;;) {
        struct errands errands = {0};
        unsigned seen = __atomic_load_n(&pool->bell, __ATOMIC_ACQUIRE); /* before all it rang for */
        lock_take(&pool->lock);
        if (pool->ending) {
            lock_release(&pool->lock);
            return NULL;
        }
        pool_expire(pool, pool_stamp(pool), &errands);
        headroom_ns look = watch(pool), next = timers_next(&pool->timers);
        lock_release(&pool->lock);
        pool_run_errands(pool, &errands);
        park_wait(&pool->bell, seen, next < look ? next : look);
    }
}

int pool_start_keeper(struct headroom_pool *pool) {
    sigset_t all, before;
    sigfillset(&all);
    int error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!error) {
        error = pthread_create(&pool->keeper, NULL, keep_time, pool);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pool->has_keeper = !error;
    return error;
}

void pool_stop_keeper(struct headroom_pool *pool) {
    if (!pool->has_keeper)
        return;
    __atomic_fetch_add(&pool->bell, 1, __ATOMIC_RELEASE);
    park_wake(&pool->bell, 1);
    pthread_join(pool->keeper, NULL);
}
