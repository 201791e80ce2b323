/* SPDX-License-Identifier: GPL-3.0-or-later */
/* submit: see submit.h. */
#include "pool/submit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "model/phases.h"
#include "pool/park.h"

/* ---- clients that think: a binary heap by (due, number) -------------------------------------- */

static bool sooner(const struct bench *b, uint32_t x, uint32_t y) {
    nsec a = b->senders[x].due, c = b->senders[y].due;
    return a < c || (a == c && x < y);
}

static void push_client(struct bench *b, uint32_t sender) {
    uint32_t i = b->heap_count++;
    while (i > 0 && sooner(b, sender, b->heap[(i - 1) / 2])) {
        b->heap[i] = b->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    b->heap[i] = sender;
}

uint32_t submit_next_client(struct bench *b) {
    uint32_t first = b->heap[0], last = b->heap[--b->heap_count], i = 0;
    for (uint32_t child; (child = 2 * i + 1) < b->heap_count; i = child) {
        if (child + 1 < b->heap_count && sooner(b, b->heap[child + 1], b->heap[child]))
            child++;
        if (!sooner(b, b->heap[child], last))
            break;
        b->heap[i] = b->heap[child];
    }
    b->heap[i] = last;
    return first;
}

static void ring(struct bench *b) {
    atomic_fetch_add(&b->bell, 1);
    park_wake(&b->bell, 1);
}

/* The client of an ended job thinks again, from `at` on. */
void submit_think(struct bench *b, struct sender *s, nsec at) {
    struct source *source = &b->sources[s->class];
    pthread_mutex_lock(&b->lock);
    s->due = at + source_think(source, s->client, s->cycle);
    if (!source_ended(source, s->due))
        push_client(b, (uint32_t)(s - b->senders));
    pthread_mutex_unlock(&b->lock);
    ring(b);
}

static struct sender *sender_of(const struct bench *b, const struct bench_job *job) {
    const struct job *j = &job->real.job;
    bool closed = source_closed(&b->sources[j->class]);
    return &b->senders[b->first_sender[j->class] + (closed ? (uint32_t)(j->index >> 32) : 0)];
}

/* The job has ended, one way or another, at the clock's `at`. */
static void gone(struct bench *b, struct bench_job *job, nsec at) {
    struct sender *s = sender_of(b, job);
    bool closed = source_closed(&b->sources[s->class]);
    if (job->real.job.counted && atomic_fetch_sub(&b->counted, 1) == 1)
        ring(b);
    if (closed) {
        s->cycle++;
        submit_think(b, s, submit_time(b, at));
    }
}

/* ---- jobs ------------------------------------------------------------------------------------ */

/* Computes, then waits; `from` is now. False: aborted. */
static bool spend(struct bench *b, nsec computing, nsec waiting, nsec from) {
    if (computing > 0 && !work_spin(&b->place, computing))
        return false;
    if (waiting == 0)
        return true;
    return work_sleep(&b->place, (computing > 0 ? park_now() : from) + waiting);
}

/* What the job demands, as model/phases has it. */
static bool work_on(struct bench_job *job, nsec from) {
    struct bench *b = job->bench;
    const struct step *step = &b->scenario->classes.items[job->real.job.class].route.items[0];
    nsec length[PHASES];
    phases_of(length, step, job->real.job.demand);
    if (!spend(b, length[PHASE_COMPUTE], length[PHASE_WAIT], from))
        return false;
    if (length[PHASE_LOCKED_COMPUTE] == 0 && length[PHASE_LOCKED_WAIT] == 0)
        return true;
    serial_take(&b->serials[step->pool]);
    bool whole = spend(b, length[PHASE_LOCKED_COMPUTE], length[PHASE_LOCKED_WAIT], park_now());
    serial_release(&b->serials[step->pool]);
    return whole;
}

static struct resizer *resizer_of(const struct bench_job *job) {
    return job->bench->resizers[job->real.pool];
}

static void run_job(struct headroom_job *base) {
    struct bench_job *job = (struct bench_job *)base;
    if (resizer_of(job))
        resizer_started(resizer_of(job),
                        submit_time(job->bench, base->started) - job->real.job.intended);
    job->aborted = !work_on(job, base->started);
}

static void job_ended(struct headroom_job *base) {
    struct bench_job *job = (struct bench_job *)base;
    job->dropped = base->fate == HEADROOM_DROPPED;
    job->timed_out = base->fate == HEADROOM_TIMED_OUT;
    job->aborted = job->aborted || base->fate == HEADROOM_CANCELLED;
    if (resizer_of(job) && base->fate == HEADROOM_COMPLETED)
        resizer_ended(resizer_of(job), base->finished - base->started,
                      submit_time(job->bench, base->finished) - job->real.job.intended);
    else if (resizer_of(job))
        resizer_lost(resizer_of(job));
    if (!job->aborted)
        gone(job->bench, job, base->finished);
}

static struct bench_job *new_job(struct bench *b) {
    size_t chunk = b->job_count / SUBMIT_CHUNK;
    if (b->job_count % SUBMIT_CHUNK == 0) {
        if (chunk == b->job_room) {
            size_t room = b->job_room ? 2 * b->job_room : 64;
            struct bench_job **jobs = realloc(b->jobs, room * sizeof(struct bench_job *));
            if (!jobs)
                return NULL;
            b->jobs = jobs;
            b->job_room = room;
        }
        b->jobs[chunk] = calloc(SUBMIT_CHUNK, sizeof **b->jobs);
        if (!b->jobs[chunk])
            return NULL;
    }
    return &b->jobs[chunk][b->job_count++ % SUBMIT_CHUNK];
}

/* ---- submitting ------------------------------------------------------------------------------ */

static void give_caller(struct sender *s, struct bench_job *job) {
    job->real.job.by_caller = true;
    atomic_store(&s->given, job);
    atomic_fetch_add(&s->word, 1);
    park_wake(&s->word, 1);
}

/* Hands a job to its pool; what comes back is ended here. True: its submitter has to run it. */
static bool hand_in(struct bench *b, struct bench_job *job) {
    struct resizer *resizer = resizer_of(job);
    struct per_job *per_job = b->per_job[job->real.pool];
    if (resizer)
        resizer_arrival(resizer);
    int answer = per_job ? per_job_post(per_job, &job->base)
                         : headroom_pool_post_job(b->pools[job->real.pool], &job->base);
    if (resizer)
        resizer_event(resizer);
    switch (answer) {
    case EAGAIN:
        job->rejected = true;
        if (resizer)
            resizer_lost(resizer);
        gone(b, job, job->base.submitted);
        break;
    case 0:
    case EINPROGRESS: /* at the door; the pool has noted that it waited */
        break;
    case EBUSY:
        return true;
    case ENOMEM:
        b->no_memory = true;
        break;
    default: /* closed */
        job->aborted = true;
    }
    return false;
}

/* The sender is busy running a job itself: this one waits. Under the lock. */
static bool hold(struct sender *s, struct bench_job *job) {
    if (!s->running)
        return false;
    job->held = true;
    *s->held_end = job;
    s->held_end = &job->next_held;
    return true;
}

static void submit(struct bench *b, struct sender *s, struct bench_job *job) {
    pthread_mutex_lock(&b->lock);
    bool held = hold(s, job);
    pthread_mutex_unlock(&b->lock);
    if (held || !hand_in(b, job))
        return;
    pthread_mutex_lock(&b->lock);
    s->running = true;
    pthread_mutex_unlock(&b->lock);
    give_caller(s, job);
}

/* The first of the held jobs, out of the line; NULL: the sender is free again. */
static struct bench_job *take_held(struct sender *s) {
    pthread_mutex_lock(&s->bench->lock);
    struct bench_job *job = s->held;
    if (job) {
        s->held = job->next_held;
        s->held_end = s->held ? s->held_end : &s->held;
    } else
        s->running = false;
    pthread_mutex_unlock(&s->bench->lock);
    return job;
}

/* The next held job of a sender whose own has ended. Nobody has to do anything for those that have
 * given up meanwhile: they left at their deadline. */
static struct bench_job *next_held(struct sender *s) {
    struct bench_job *job = take_held(s);
    for (; job && job->base.start_by && job->base.start_by < park_now(); job = take_held(s)) {
        job->timed_out = true;
        job->base.finished = job->base.start_by;
        gone(s->bench, job, job->base.finished);
    }
    return job;
}

static void run_as_caller(struct sender *s, struct bench_job *job) {
    struct bench *b = s->bench;
    job->base.started = park_now();
    job->real.job.waited = true;
    job->aborted = !work_on(job, job->base.started);
    job->base.finished = park_now();
    if (source_closed(&b->sources[s->class]))
        next_held(s); /* a client holds nothing; it is free */
    if (!job->aborted)
        gone(b, job, job->base.finished);
}

void *submit_caller(void *context) {
    struct sender *s = context;
    prctl(PR_SET_TIMERSLACK, 1UL);
    for (;;) {
        unsigned seen = atomic_load(&s->word); /* before all that it may have changed for */
        if (atomic_load(&s->bench->ending))
            return NULL;
        struct bench_job *job = atomic_exchange(&s->given, NULL);
        if (!job) {
            park_wait(&s->word, seen, NSEC_NEVER);
            continue;
        }
        bool mine = true, closed = source_closed(&s->bench->sources[s->class]);
        while (job) {
            if (mine) {
                job->real.job.by_caller = true;
                run_as_caller(s, job);
            }
            job = closed ? NULL : next_held(s);
            mine = job && hand_in(s->bench, job);
        }
    }
}

/* A job of a class means to arrive at `at` and is due now. */
void submit_arrive(struct bench *b, uint32_t class, uint32_t sender, uint64_t index, nsec at) {
    struct bench_job *job = new_job(b);
    if (!job) {
        b->no_memory = true;
        return;
    }
    pthread_mutex_lock(&b->lock);
    nsec demand = source_demand(&b->sources[class], index);
    nsec patience = source_patience(&b->sources[class], index);
    pthread_mutex_unlock(&b->lock);
    bool counted = at >= 0 && at < b->scenario->run.duration;
    *job = (struct bench_job){
        .base = {.run = run_job,
                 .ended = job_ended,
                 .priority = b->scenario->classes.items[class].rank,
                 .start_by = patience < NSEC_NEVER ? b->origin + at + patience : 0},
        .real = {.job = {.intended = at,
                         .demand = demand,
                         .index = index,
                         .class = class,
                         .counted = counted},
                 .pool = (uint32_t)b->scenario->classes.items[class].route.items[0].pool},
        .bench = b};
    if (counted)
        atomic_fetch_add(&b->counted, 1);
    nsec lag = submit_time(b, park_now()) - at;
    hist_add(&b->report->lag, lag > 0 ? lag : 0);
    submit(b, &b->senders[sender], job);
}
