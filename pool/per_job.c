/* SPDX-License-Identifier: GPL-3.0-or-later */
/* per_job: see per_job.h. */
#include "pool/per_job.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "model/timers.h"
#include "pool/lock.h"
#include "pool/park.h"

/* A job's thread. */
struct task {
    struct per_job *per_job;
    struct headroom_job *job;
    uint32_t place; /* of the station's workers */
    struct task *next;
    struct task *before; /* ended before: to be joined */
    pthread_t thread;
};

/* Where a job that has a slot is; in job->state. job->timer is its slot. */
enum where { IN_QUEUE, AT_DOOR, ON_THREAD };

struct per_job {
    const struct pool_spec *spec;
    pthread_attr_t attr;
    atomic_int *failed;
    unsigned lock; /* of all that follows */
    bool endless, refusing, ending;
    headroom_ns last; /* stamps never decrease */
    struct station station;
    uint32_t *crew;
    struct station_ranks ranks;
    struct station_lines lines;
    struct headroom_job **jobs; /* by slot */
    struct station_link *links; /* also of the free slots */
    uint32_t used, room, free;
    uint32_t threads, most;
    uint64_t taken, ended; /* jobs */
    unsigned rest;         /* bumped when no thread is left */
    struct task *gone;     /* the last that has ended */
    struct timers timers;
    pthread_t keeper;
    bool deadlines; /* there is a keeper */
    unsigned bell;
};

/* What is to be done after the lock. */
struct after {
    struct task *start, **start_end;
    struct headroom_job *ended; /* their fates are set */
};

static headroom_ns stamp(struct per_job *p) {
    headroom_ns now = headroom_now();
    p->last = now > p->last ? now : p->last;
    return p->last;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static bool resize(void **array, uint32_t room, size_t size) {
    void *more = realloc(*array, room * size);
    if (!more)
        return false;
    *array = more;
    return true;
}

static bool grow(struct per_job *p) {
    uint32_t room = p->room ? 2 * p->room : 64;
    void *jobs = p->jobs, *links = p->links, *of = p->ranks.of, *line = p->ranks.links;
    bool ok = resize(&jobs, room, sizeof *p->jobs) && resize(&links, room, sizeof *p->links) &&
              resize(&of, room, sizeof *p->ranks.of) &&
              resize(&line, room, sizeof *p->ranks.links) &&
              (!p->deadlines || timers_grow(&p->timers, room));
    p->jobs = jobs;
    p->links = links;
    p->ranks.of = of;
    p->ranks.links = line;
    p->room = ok ? room : p->room;
    return ok;
}

/* A slot for the job; false: no memory. */
static bool take_slot(struct per_job *p, struct headroom_job *job) {
    if (p->free == STATION_NONE && p->used == p->room && !grow(p))
        return false;
    uint32_t slot = p->free;
    if (slot == STATION_NONE)
        slot = p->used++;
    else
        p->free = p->links[slot].next;
    p->jobs[slot] = job;
    p->ranks.of[slot] = (uint8_t)job->priority;
    job->timer = slot;
    return true;
}

static void give_slot(struct per_job *p, uint32_t slot) {
    timers_clear(&p->timers, slot);
    p->links[slot].next = p->free;
    p->free = slot;
}

/* ---- under the lock: what becomes of a job --------------------------------------------------- */

/* It ends without a thread of its own. */
static void end(struct per_job *p, uint32_t slot, enum headroom_fate fate, struct after *after) {
    struct headroom_job *job = p->jobs[slot];
    give_slot(p, slot);
    job->fate = fate;
    job->finished = stamp(p);
    job->next = after->ended;
    after->ended = job;
    p->ended++;
}

static void fail(struct per_job *p, int error) {
    int none = 0;
    atomic_compare_exchange_strong(p->failed, &none, error);
}

/* It has a place, and gets a thread. */
static void start(struct per_job *p, uint32_t slot, uint32_t place, struct after *after) {
    struct headroom_job *job = p->jobs[slot];
    struct task *task = malloc(sizeof *task);
    timers_clear(&p->timers, slot);
    job->state = ON_THREAD;
    if (!task) {
        fail(p, ENOMEM);
        end(p, slot, HEADROOM_CANCELLED, after);
        return;
    }
    *task = (struct task){.per_job = p, .job = job, .place = place};
    *after->start_end = task;
    after->start_end = &task->next;
    p->threads++;
    p->most = p->threads > p->most ? p->threads : p->most;
}

static void wait_at(struct per_job *p, uint32_t slot, enum where where, headroom_ns now) {
    struct headroom_job *job = p->jobs[slot];
    job->waited = true;
    job->queued = where == IN_QUEUE;
    job->admitted = where == IN_QUEUE ? now : 0;
    job->state = where;
    if (!job->start_by || timers_has(&p->timers, slot))
        return;
    bool first = job->start_by < timers_next(&p->timers);
    timers_set(&p->timers, slot, job->start_by);
    if (first) {
        __atomic_fetch_add(&p->bell, 1, __ATOMIC_RELEASE);
        park_wake(&p->bell, 1);
    }
}

/* Lets in from the door while there is room. */
static void open_door(struct per_job *p, headroom_ns now, struct after *after) {
    for (;;) {
        uint32_t slot;
        struct station_answer answer = station_door(&p->station, p->links, &slot);
        if (answer.verdict == STATION_IDLE)
            return;
        if (answer.verdict == STATION_START) {
            p->jobs[slot]->admitted = now;
            start(p, slot, answer.other, after);
        } else
            wait_at(p, slot, IN_QUEUE, now);
    }
}

static void take_out(struct per_job *p, uint32_t slot, enum headroom_fate fate,
                     struct after *after) {
    (p->jobs[slot]->state == AT_DOOR ? station_leave_door : station_leave_queue)(&p->station,
                                                                                 p->links, slot);
    end(p, slot, fate, after);
}

/* Who has waited too long leaves. */
static void expire(struct per_job *p, headroom_ns now, struct after *after) {
    while (timers_next(&p->timers) < now)
        take_out(p, timers_take(&p->timers), HEADROOM_TIMED_OUT, after);
    open_door(p, now, after);
}

/* The place of a job that has ended: the next one's. */
static void hand_over(struct per_job *p, uint32_t place, headroom_ns now, struct after *after) {
    struct station_answer answer = station_finish(&p->station, p->links, place);
    if (answer.verdict == STATION_NEXT)
        start(p, answer.other, place, after);
    open_door(p, now, after);
}

/* ---- after the lock -------------------------------------------------------------------------- */

static void *run(void *context);

/* Signals are not its business. */
static int create(pthread_t *thread, const pthread_attr_t *attr, void *(*function)(void *),
                  void *context) {
    sigset_t all, before;
    sigfillset(&all);
    int error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (error)
        return error;
    error = pthread_create(thread, attr, function, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

/* One thread less; the last wakes who closes. Under the lock. */
static void less(struct per_job *p) {
    if (--p->threads > 0)
        return;
    __atomic_fetch_add(&p->rest, 1, __ATOMIC_RELEASE);
    park_wake(&p->rest, 1);
}

/* No thread for this job. Its place stays taken: the run is over. */
static void give_up(struct task *task, int error) {
    struct per_job *p = task->per_job;
    struct headroom_job *job = task->job;
    struct after after = {0};
    fail(p, error);
    lock_take(&p->lock);
    end(p, job->timer, HEADROOM_CANCELLED, &after);
    lock_release(&p->lock);
    job->ended(job);
    free(task);
    lock_take(&p->lock);
    less(p);
    lock_release(&p->lock);
}

static void do_after(struct after *after) {
    for (struct task *task = after->start, *next; task; task = next) {
        next = task->next;
        pthread_t thread; /* it notes itself: nobody may touch the task once it runs */
        int error = create(&thread, &task->per_job->attr, run, task);
        if (error)
            give_up(task, error);
    }
    for (struct headroom_job *job = after->ended, *next; job; job = next) {
        next = job->next;
        job->ended(job);
    }
}

static void after_none(struct after *after) {
    *after = (struct after){0};
    after->start_end = &after->start;
}

/* ---- a thread's life ------------------------------------------------------------------------- */

static void join(struct task *task) {
    pthread_join(task->thread, NULL);
    free(task);
}

/* The last it does with the lock. */
static void leave(struct task *task) {
    struct per_job *p = task->per_job;
    lock_take(&p->lock);
    task->before = p->gone;
    p->gone = task;
    less(p);
    lock_release(&p->lock);
    if (task->before)
        join(task->before);
}

static void *run(void *context) {
    struct task *task = context;
    struct per_job *p = task->per_job;
    struct headroom_job *job = task->job;
    struct after after;
    after_none(&after);
    job->started = headroom_now();
    task->thread = pthread_self();
    job->run(job);
    lock_take(&p->lock);
    headroom_ns now = job->finished = stamp(p);
    expire(p, now, &after);
    job->fate = HEADROOM_COMPLETED;
    give_slot(p, job->timer);
    p->ended++;
    hand_over(p, task->place, now, &after);
    lock_release(&p->lock);
    do_after(&after);
    job->ended(job);
    leave(task);
    return NULL;
}

/* ---- posting --------------------------------------------------------------------------------- */

/* Without a limit there is always a place; false: there are as many threads as there may be. */
static bool hire(struct per_job *p) {
    if (!p->endless || p->station.idle > 0)
        return true;
    if (p->station.workers == POOL_WORKERS_MOST)
        return false;
    station_hire(&p->station);
    return true;
}

/* What the station said of it: as per_job_post returns it. */
static int settle(struct per_job *p, struct headroom_job *job, struct station_answer answer,
                  struct after *after) {
    uint32_t slot = job->timer;
    headroom_ns now = job->submitted;
    p->taken++;
    switch (answer.verdict) {
    case STATION_START:
        job->admitted = now;
        start(p, slot, answer.other, after);
        return 0;
    case STATION_DROP_OLDEST_JOB:
        end(p, answer.other, HEADROOM_DROPPED, after);
        wait_at(p, slot, IN_QUEUE, now);
        return 0;
    case STATION_QUEUE:
        wait_at(p, slot, IN_QUEUE, now);
        return 0;
    case STATION_DOOR:
        wait_at(p, slot, AT_DOOR, now);
        return EINPROGRESS;
    case STATION_REJECTED:
    case STATION_CALLER:
    case STATION_NEXT:
    case STATION_IDLE:
    case STATION_RETIRE:
    case STATION_LEAVING:
        break;
    }
    p->taken--;
    give_slot(p, slot);
    job->fate = answer.verdict == STATION_CALLER ? HEADROOM_PENDING : HEADROOM_REJECTED;
    return answer.verdict == STATION_CALLER ? EBUSY : EAGAIN;
}

/* Under the lock. */
static int arrive(struct per_job *p, struct headroom_job *job, struct after *after) {
    if (p->refusing)
        return ESHUTDOWN;
    job->submitted = stamp(p);
    expire(p, job->submitted, after);
    if (!hire(p)) {
        fail(p, EAGAIN);
        return ESHUTDOWN;
    }
    if (!take_slot(p, job))
        return ENOMEM;
    return settle(p, job, station_arrive(&p->station, p->links, job->timer), after);
}

int per_job_post(struct per_job *p, struct headroom_job *job) {
    struct after after;
    after_none(&after);
    job->fate = HEADROOM_PENDING;
    job->submitted = job->admitted = job->started = job->finished = 0;
    job->waited = job->queued = false;
    lock_take(&p->lock);
    int error = arrive(p, job, &after);
    lock_release(&p->lock);
    do_after(&after);
    return error;
}

/* ---- the keeper of deadlines ----------------------------------------------------------------- */

static void *keep_time(void *context) {
    struct per_job *p = context;
    prctl(PR_SET_TIMERSLACK, 1UL);
    for (;;) {
        struct after after;
        after_none(&after);
        unsigned seen = __atomic_load_n(&p->bell, __ATOMIC_ACQUIRE);
        lock_take(&p->lock);
        bool ending = p->ending;
        if (!ending)
            expire(p, stamp(p), &after);
        nsec next = timers_next(&p->timers);
        lock_release(&p->lock);
        do_after(&after);
        if (ending)
            return NULL;
        park_wait(&p->bell, seen, next);
    }
}

static void stop_keeper(struct per_job *p) {
    lock_take(&p->lock);
    p->ending = true;
    lock_release(&p->lock);
    __atomic_fetch_add(&p->bell, 1, __ATOMIC_RELEASE);
    park_wake(&p->bell, 1);
    pthread_join(p->keeper, NULL);
}

/* ---- opening and closing --------------------------------------------------------------------- */

static void release(struct per_job *p) {
    pthread_attr_destroy(&p->attr);
    timers_close(&p->timers);
    free(p->ranks.of);
    free(p->ranks.links);
    free(p->links);
    free(p->jobs);
    free(p->crew);
    free(p);
}

static int open_attr(struct per_job *p, uint32_t stack_bytes) {
    int error = pthread_attr_setstacksize(&p->attr, stack_bytes);
    p->crew = calloc((size_t)p->spec->workers, sizeof *p->crew); /* without a limit hardly used */
    return error ? error : p->crew ? 0 : ENOMEM;
}

static void open_station(struct per_job *p) {
    const struct queue_spec *q = &p->spec->queue;
    p->endless = scenario_endless(p->spec);
    station_open(&p->station, p->endless ? 0 : (uint32_t)p->spec->workers, q->capacity,
                 (enum station_when_full)q->when_full, (enum station_order)q->order, p->crew);
    if (q->order == STATION_PRIORITY)
        station_rank_by(&p->station, &p->lines, &p->ranks);
    p->free = STATION_NONE;
}

int per_job_open(struct per_job **out, const struct pool_spec *spec, uint32_t stack_bytes,
                 bool deadlines, atomic_int *failed) {
    struct per_job *p = calloc(1, sizeof *p);
    int error = p ? pthread_attr_init(&p->attr) : ENOMEM;
    *out = NULL;
    if (error) {
        free(p);
        return error;
    }
    p->spec = spec;
    p->failed = failed;
    error = open_attr(p, stack_bytes);
    if (!error)
        open_station(p);
    if (!error && deadlines)
        error = create(&p->keeper, NULL, keep_time, p);
    if (error) {
        release(p);
        return error;
    }
    p->deadlines = deadlines;
    *out = p;
    return 0;
}

void per_job_cancel(struct per_job *p) {
    struct after after;
    after_none(&after);
    lock_take(&p->lock);
    p->refusing = true;
    while (p->station.door.count > 0)
        take_out(p, p->station.door.head, HEADROOM_CANCELLED, &after);
    while (p->station.queue.count > 0)
        take_out(p, p->station.queue.head, HEADROOM_CANCELLED, &after);
    lock_release(&p->lock);
    do_after(&after);
}

bool per_job_close(struct per_job *p) {
    lock_take(&p->lock);
    while (p->threads > 0) {
        unsigned seen = p->rest;
        lock_release(&p->lock);
        park_wait(&p->rest, seen, NSEC_NEVER);
        lock_take(&p->lock);
    }
    lock_release(&p->lock);
    if (p->gone)
        join(p->gone);
    if (p->deadlines)
        stop_keeper(p);
    bool balanced = p->taken == p->ended &&
                    (atomic_load(p->failed) != 0 ||
                     p->station.busy + p->station.queue.count + p->station.door.count == 0);
    release(p);
    return balanced;
}

struct per_job_counts per_job_counts(struct per_job *p) {
    lock_take(&p->lock);
    struct per_job_counts c = {p->threads, p->station.queue.count, p->station.door.count, p->most};
    lock_release(&p->lock);
    return c;
}
