/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * record: all measuring, once. An engine tells it what happened, in the order of time; nobody else
 * computes a wait, a percentile or a utilisation.
 *
 * One record is one replication (or one run of the real pool). Jobs that mean to arrive in [0, T)
 * are `counted`: counts, shares and times are over them. Levels are integrated over [0, T)
 * whosoever the jobs. Little's Law is kept as books: the integral of the level counter, and apart
 * from it the sum of the parts of all stays inside [0, T), both in exact integers; record_finish
 * asserts nothing, the result says whether they agree. Costs a few ns an event; memory is constant
 * in jobs.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/hist.h"
#include "model/job.h"
#include "model/resizing.h"
#include "model/scenario.h"

/* What a contract test sees of a run, and `--keep-jobs` later: events in order. */
enum event_kind {
    EVENT_START,
    EVENT_QUEUE,
    EVENT_DOOR,
    EVENT_HOLD,
    EVENT_CALLER,
    EVENT_REJECT,
    EVENT_DROP,
    EVENT_TIMEOUT,
    EVENT_END
};

struct event_log {
    struct event {
        nsec at;
        uint64_t index;
        uint32_t class;
        enum event_kind kind;
    } * items;
    size_t count, room;
};

/* How one counted job of the paired replication ended, to be compared job by job. */
struct outcome {
    uint64_t index;
    nsec intended, started, ended; /* NSEC_UNSET: it never did */
    nsec wait, response;           /* of completed jobs, else 0 */
    uint8_t fate;                  /* enum fate */
};

struct outcomes {
    struct outcome *items; /* a class each */
    size_t count, room;
};

/* A level (jobs in the system, busy workers ...) and its integral over [0, T). To move it costs two
 * additions of 64 bits: `turns` is the sum of the instants at which it fell less those at which it
 * rose, modulo 2^64; as is turns + n t, which grows by the integral. The integral is settled before
 * that could grow by 2^64 (record_advance). */
struct level {
    int64_t n;            /* < 2^27: more jobs than any memory holds */
    uint64_t turns, mark; /* mark: turns + n t when it was settled */
    nsec_sum area;        /* until then; after record_finish all of it */
};

enum tally_time { TALLY_DOOR, TALLY_WAIT, TALLY_SERVICE, TALLY_RESPONSE, TALLY_TIMES };

/* What submitters run themselves is of the class, not of the pool; kept apart until the end. */
enum caller_time { CALLER_WAIT, CALLER_SERVICE, CALLER_TIMES };

/* Counted jobs of one class that a worker completed, until there are enough to be worth while. */
struct ended {
    nsec intended[HIST_MANY], started[HIST_MANY], at[HIST_MANY];
    uint32_t step[HIST_MANY];
    bool waited[HIST_MANY];
    uint32_t count;
};

/* A set of jobs, measured: a class, or (after the run) all of them. */
struct tally {
    uint64_t offered, fates[FATES];
    uint64_t admitted, blocked, caller_ran, started, waited;
    uint64_t turned_away;                  /* lost before they were admitted */
    uint64_t within[SLO_WITHIN_MOST];      /* completed within each of the scenario's times */
    uint64_t offered_inside, ended_inside; /* events inside [0, T), whosoever the job */
    uint64_t arrived_quietly;              /* in none of the counts yet */
    uint64_t good_inside;                  /* of ended_inside, in time to be of use */
    struct hist times[TALLY_TIMES];
    struct ended *ended;              /* the last ones, which are in nothing else yet */
    struct hist caller[CALLER_TIMES]; /* merged into times by record_finish */
    nsec_sum stay;  /* of counted jobs that ended; until record_finish of those not completed */
    nsec_sum books; /* of all jobs, the part inside [0, T) */
    struct level in_system;
    nsec good; /* a completion is of use within this time; NSEC_NEVER: always */
};

/* What Little's Law is looked at by, a step each: of all classes together. Step i is that before
 * sample i; a job is of the step of its intended instant. */
struct flow {
    nsec_sum area; /* integral of in_system from 0 to sample i */
    nsec_sum stay; /* of the counted jobs of the step */
    uint64_t left; /* of them, in the system still when the run stopped: their stay is not known */
};

enum pool_time { POOL_WAIT, POOL_SERVICE, POOL_TIMES };

/* A pool's counters at a sample instant; counts are since the begin. */
struct sample {
    int64_t workers, busy, queue, arrivals, completions, rejected;
};

/* Coarse histogram of the responses that ended in one step of the series: 32 of hist's buckets in
 * one, 3 % wide. */
enum { WINDOW_FINE_BITS = 5, WINDOW_BUCKETS = (HIST_BUCKETS >> WINDOW_FINE_BITS) + 1 };

struct window {
    uint32_t *bucket, *count; /* of those in use */
    uint32_t size;
};

struct pool_tally {
    uint64_t offered, lost; /* counted jobs */
    uint64_t unstarted;     /* counted, never started: in the queue, at the door, held */
    struct level workers, busy, queue;
    struct level starting; /* workers; and the rest, of a pool that changes its size: */
    struct resizing resizing;
    struct hist times[POOL_TIMES];
    int64_t arrivals, completions, rejected; /* of all jobs, since the begin */
    struct sample *samples;                  /* record.samples of them */
    struct window *windows; /* of the step that ends at each sample; NULL: not kept */
    uint32_t *window;       /* the step's own, full */
    bool keep_windows;
    bool endless; /* a thread for every job: workers are the busy ones */
};

struct record {
    const struct scenario *scenario;
    nsec horizon; /* T; earlier when interrupted */
    nsec clock;   /* the event's instant, clamped to [0, T] */
    nsec settled; /* the levels are, until then */
    bool inside;  /* it lies in [0, T) */
    nsec quiet;   /* events before it need nothing special: see record_advance */
    nsec sample_every, next_sample;
    size_t samples, sampled;
    size_t class_count, pool_count;
    struct tally *classes;
    struct pool_tally *pools;
    struct flow *flows;         /* samples + 1 of them */
    uint64_t counted_left;      /* counted jobs that have not ended */
    struct event_log *log;      /* or NULL */
    struct outcomes *outcomes;  /* per class, or NULL */
    struct resize_log *resizes; /* or NULL */
    nsec *steps;                /* of the load, where a pool changes its size */
    size_t step_count, step;    /* step: of the next */
    nsec finished;              /* when the run stopped */
    bool interrupted;
};

/* Opens an empty record; false: out of memory. `windows`: keep the histograms of the p99 series. */
bool record_open(struct record *r, const struct scenario *scenario, bool windows);

/* Keeps outcomes, or what resizing pools do, too (before the first event). */
void record_keep_outcomes(struct record *r);
void record_keep_resizes(struct record *r);

void record_close(struct record *r);

/* Time goes on to the next event, at `now`, which never decreases; call it first, once an event.
 * Takes the samples that are due: levels at every sample instant before `now`.
 *
 * Then r->quiet is the instant before which time is inside, nothing is due and nobody listens (log,
 * outcomes). For an event before it record_go_on does instead, and what is told of it may be told
 * `quietly` (a constant), which costs half as much; but what submitters run is not. Who reads
 * counts before record_finish calls record_settle first. */
void record_sample(struct record *r, nsec now);
void record_settle(struct record *r);
void record_settle_levels(struct record *r, nsec clock);

enum { RECORD_SETTLE_BITS = 36 }; /* of ns, 69 s; and 27 bits of n */

static inline void record_advance(struct record *r, nsec now) {
    if (now > r->next_sample)
        record_sample(r, now);
    nsec clock = now < 0 ? 0 : now > r->horizon ? r->horizon : now;
    nsec settle = r->settled + (INT64_C(1) << RECORD_SETTLE_BITS);
    if (clock > settle) {
        record_settle_levels(r, clock);
        settle = clock + (INT64_C(1) << RECORD_SETTLE_BITS);
    }
    r->clock = clock;
    r->inside = now >= 0 && now < r->horizon;
    r->quiet = r->next_sample < r->horizon ? r->next_sample : r->horizon;
    r->quiet = r->quiet < settle ? r->quiet : settle;
    if (!r->inside || r->log || r->outcomes)
        r->quiet = INT64_MIN;
}

static inline void record_go_on(struct record *r, nsec now) {
    r->clock = now;
}

/* What happens at `now`. A job is admitted by record_queue, or by record_start where it does not
 * come `from_queue` (the pool's). */
static inline void record_arrive(struct record *r, struct job *job, size_t pool, nsec now);
static inline void record_queue(struct record *r, const struct job *job, size_t pool, nsec now);
void record_block(struct record *r, struct job *job, nsec now); /* notes it on the job */
void record_hold(struct record *r, struct job *job, nsec now);  /* likewise */
static inline void record_start(struct record *r, const struct job *job, size_t pool, nsec now,
                                bool from_queue);
void record_caller(struct record *r, const struct job *job, nsec now);
static inline void record_end(struct record *r, const struct job *job, size_t pool, nsec now);
void record_lose(struct record *r, const struct job *job, size_t pool, nsec now, enum fate fate,
                 bool from_queue);

/* The size of a pool is changed by a decision; so many workers serve and start from now on. */
void record_resize(struct record *r, size_t pool, nsec now, uint32_t from, uint32_t to);
void record_workers(struct record *r, size_t pool, nsec now, uint32_t serving, uint32_t starting);

/* A job still in the system when the run stopped at `now` (not before T unless interrupted). */
void record_left(struct record *r, const struct job *job, size_t pool, nsec now, bool started);

/* The run stopped at `now`: closes the integrals and trims the histograms. */
void record_finish(struct record *r, nsec now);

/* Keeps those in use of WINDOW_BUCKETS counts, of the step that ends at sample `at`. */
void record_keep_window(struct pool_tally *p, size_t at, const uint32_t *counts);

/* A value in a window's bucket, in ns: `part` 0 is its low end, 1 its high end. */
double record_window_value(uint32_t bucket, double part);

/* ---- the hot half, inline ----------------------------------------------------------------------
 */

void record_log(struct record *r, const struct job *job, nsec now, enum event_kind kind);
void record_outcome(struct record *r, const struct job *job, nsec now, enum fate fate,
                    bool started);

/* Measures those of ended[]; they are in the order of their ends. */
void record_flush(struct record *r, struct tally *class);

/* Adds a class's times to its pool's. The first class's are the pool's, trimmed, which are opened
 * for a second one. */
void record_add_to_pool(struct hist *pool, const struct hist *class);

/* Into a histogram that most runs do not need. */
void record_seldom(struct hist *h, nsec value);

/* Of one that is not kept there: uncounted, or run by its submitter. */
void record_end_now(struct record *r, struct tally *class, struct pool_tally *pool,
                    const struct job *job, nsec now);

static inline nsec record_inside(const struct record *r, nsec t) {
    return t < 0 ? 0 : t > r->horizon ? r->horizon : t;
}

static inline void record_rise(struct level *level, nsec clock) {
    level->turns -= (uint64_t)clock;
    level->n++;
}

static inline void record_fall(struct level *level, nsec clock) {
    level->turns += (uint64_t)clock;
    level->n--;
}

static inline void record_event(struct record *r, const struct job *job, nsec now,
                                enum event_kind kind) {
    if (r->log)
        record_log(r, job, now, kind);
}

/* The step an instant inside is of. Who comes at a sample's instant is in the system from there on:
 * he is of the step that begins. */
static inline uint32_t record_step(const struct record *r, nsec at, nsec now) {
    return at == now ? (uint32_t)r->sampled + (now == r->next_sample)
                     : (uint32_t)(at / r->sample_every) + 1;
}

/* Of a job's class and pool, which the caller has at hand. Who is busy is told apart
 * (record_busy), as a worker that goes on with the next job is so all the time. */
static inline void record_busy(struct record *r, struct pool_tally *pool, bool busy) {
    (busy ? record_rise : record_fall)(&pool->busy, r->clock);
}

static inline void record_arrive_at(struct record *r, struct tally *class, struct pool_tally *pool,
                                    struct job *job, nsec now, bool quietly) {
    record_rise(&class->in_system, r->clock);
    if (quietly) {
        class->arrived_quietly++;
        job->step = (uint32_t)r->sampled;
        return;
    }
    class->offered_inside += r->inside;
    pool->arrivals++;
    if (job->counted) {
        job->step = record_step(r, job->intended, now);
        class->offered++;
        pool->offered++;
        r->counted_left++;
    }
}

/* Past the door. Those who came straight in are added to its times by record_finish. */
static inline void record_admit(struct tally *class, const struct job *job, nsec now) {
    if (!job->counted)
        return;
    class->admitted++;
    if (job->outside)
        record_seldom(&class->times[TALLY_DOOR], now - job->intended);
}

static inline void record_queue_at(struct record *r, struct tally *class, struct pool_tally *pool,
                                   const struct job *job, nsec now, bool quietly) {
    record_rise(&pool->queue, r->clock);
    record_admit(class, job, now);
    if (!quietly)
        record_event(r, job, now, EVENT_QUEUE);
}

static inline void record_start_at(struct record *r, struct tally *class, struct pool_tally *pool,
                                   const struct job *job, nsec now, bool from_queue, bool quietly) {
    if (from_queue)
        record_fall(&pool->queue, r->clock);
    else
        record_admit(class, job, now);
    if (!quietly)
        record_event(r, job, now, EVENT_START);
}

/* Of a counted job that a worker has completed. */
static inline void record_keep(struct record *r, struct tally *class, const struct job *job,
                               nsec now) {
    struct ended *e = class->ended;
    uint32_t i = e->count++;
    e->intended[i] = job->intended;
    e->started[i] = job->started;
    e->at[i] = now;
    e->step[i] = job->step;
    e->waited[i] = job->waited;
    if (i + 1 == HIST_MANY)
        record_flush(r, class);
}

static inline void record_end_at(struct record *r, struct tally *class, struct pool_tally *pool,
                                 const struct job *job, nsec now, bool quietly) {
    bool by_caller = !quietly && job->by_caller;
    pool->completions++;
    record_fall(&class->in_system, r->clock);
    if (job->counted)
        r->counted_left--;
    if (job->counted && !by_caller)
        record_keep(r, class, job, now);
    else
        record_end_now(r, class, pool, job, now);
    if (quietly)
        return;
    if (r->outcomes && job->counted)
        record_outcome(r, job, now, FATE_COMPLETED, true);
    record_event(r, job, now, EVENT_END);
}

static inline void record_arrive(struct record *r, struct job *job, size_t pool, nsec now) {
    record_arrive_at(r, &r->classes[job->class], &r->pools[pool], job, now, false);
}

static inline void record_queue(struct record *r, const struct job *job, size_t pool, nsec now) {
    record_queue_at(r, &r->classes[job->class], &r->pools[pool], job, now, false);
}

static inline void record_start(struct record *r, const struct job *job, size_t pool, nsec now,
                                bool from_queue) {
    record_busy(r, &r->pools[pool], true);
    record_start_at(r, &r->classes[job->class], &r->pools[pool], job, now, from_queue, false);
}

static inline void record_end(struct record *r, const struct job *job, size_t pool, nsec now) {
    if (!job->by_caller)
        record_busy(r, &r->pools[pool], false);
    record_end_at(r, &r->classes[job->class], &r->pools[pool], job, now, false);
}

#endif
