/* SPDX-License-Identifier: MIT */
/*
 * core: what the files of the pool share: its structure, who may touch what, and the rule of
 * waking.
 *
 * One lock guards all that is not said otherwise. Calls are taken from a fifo pool without it, and
 * their end is counted by their worker or, where somebody may wait for a place, in the shard of a
 * processor; jobs, and everything in a pool of another order, go by the lock. No callback is called
 * under a lock.
 *
 * ready     entries that threads may take, in this order. In a fifo pool (`direct`) all that was
 *           admitted and not taken; else only those that hold a worker, whose thread may still have
 *           to wake, while the rest wait in `lines`, by priority.
 * in flight admitted - left - what the shards count as `ended`, and in an open pool, where nobody
 *           waits for a place, what its workers count as `calls`. Sums only grow, so a look at them
 *           is true of some instant during the look.
 * waking    Whenever something is ready and a worker is parked, at least one wake is on its way
 *           (`wakes` > 0: a worker popped from the parked who has not looked yet, or one that
 *           searches). Kept by whoever makes something ready, and by every worker that arrives
 *           from a wake, before it starts what it found: pool_call. Where jobs are short (`brisk`:
 *           below 2 us by the last measured) one wake is on its way at a time: a second would cost
 *           more than it saves; else as many as are ready, so that a burst is served at once.
 * door      submitters wait in it for a place. They announce themselves (door_count) before they
 *           look at the sums a last time; ends are booked before door_count is looked at, all
 *           sequentially consistent: one of both sees the other.
 * Waking, the door, close and resize are model-checked in tests/spin; so are `calls`, which only
 * those who look for rest sum, under the lock (each worker looks after its last), and a worker that
 * lingers, which nobody counts on.
 */
#ifndef POOL_CORE_H
#define POOL_CORE_H

#include <pthread.h>

#include "model/hist.h"
#include "model/timers.h"
#include "pool/lock.h"
#include "pool/pool.h"
#include "pool/queue.h"
#include "pool/ticks.h"

enum {
    SAMPLES = 64,                /* a worker keeps so many before it books them */
    BRISK_NS = 2000,             /* mean service below which wakes are throttled */
    SEARCH_NS = 4000,            /* how long a worker looks for more before it parks */
    RETRY_NS = 10 * 1000 * 1000, /* between attempts to start threads */
    RETRIES = 100,               /* so many by the last worker of a pool, on its way out */
    SHARDS_MOST = 64,
    WAKES_AT_ONCE = 8,
    LINGERS = 50 /* looks of a worker before it takes the lock, where nobody is parked */
};

/* Times of what ran, in the buckets of model/hist. */
struct times {
    uint64_t n;
    nsec_sum sum;
    nsec max;
    uint64_t *count; /* HIST_BUCKETS */
};

/* `n` values at once. */
static inline void times_add_many(struct times *t, const nsec *values, uint32_t n) {
    nsec_sum sum = 0;
    nsec max = t->max;
    for (uint32_t i = 0; i < n; i++) {
        sum += values[i];
        max = values[i] > max ? values[i] : max;
        t->count[hist_bucket(values[i])]++;
    }
    t->n += n;
    t->sum += sum;
    t->max = max;
}

static inline void times_add(struct times *t, nsec value) {
    times_add_many(t, &value, 1);
}

/* What is counted and measured on one processor. */
struct shard {
    _Alignas(64) uint64_t ended; /* of what workers ran; atomic */
    uint64_t failed, dead;       /* of these; atomic */
    _Alignas(64) unsigned lock;  /* of the histograms */
    struct times times[3];       /* by enum headroom_time */
};

struct worker {
    _Alignas(64) unsigned word;     /* changed by who wakes it */
    struct worker *below, *above;   /* among the parked */
    struct worker *next, *previous; /* among all */
    struct headroom_pool *pool;
    pthread_t thread;
    struct worker *before; /* left before: its thread is to be joined, its memory freed */
    void *scratch;
    uint32_t number;
    bool starts, unwanted;  /* under the lock; unwanted: atomic to read */
    headroom_ns idle_since; /* of a parked one; under the lock */
    int64_t reported;       /* the `since` that config.late has heard of; the keeper's */
    int tid;                /* atomic; 0: not yet on its way */
    /* What it runs; for others to read: pool_look. The next three are atomic. */
    _Alignas(64) int64_t since; /* ticks of a call; -ns of a job; 0: runs nothing */
    void (*function)(void *);   /* of a call */
    void *argument;
    unsigned hands; /* a lock: of `job`, and of `since` where that is negative */
    struct headroom_job *job;
    /* Its own. */
    uint64_t seen;               /* queue_pop_call */
    int64_t last_ticks, last_ns; /* the end of what it ran before; 0: look at the clock */
    uint64_t calls;              /* that ended, in an open pool; atomic to read */
    double scale;
    struct shard *shard;
    uint32_t held; /* atomic to read; grows by itself, becomes 0 under the lock of a shard alone */
    bool searched, handing;
    bool rested; /* has parked, and run nothing since; calls taken off the lock aside */
    nsec waits[SAMPLES], services[SAMPLES];
};

struct headroom_pool {
    struct headroom_config config;
    struct ticks ticks;
    bool direct, open; /* open: direct, and unbounded: nobody ever waits for a place */
    uint32_t processors, shard_count;
    struct shard *shards;
    unsigned brisk; /* atomic */

    _Alignas(64) unsigned lock;
    bool refusing, ending, has_keeper;
    bool cancelled;                /* atomic to read */
    struct headroom_counts counts; /* of what does not run; the rest is summed up on request */
    int64_t order;                 /* of those admitted, and admitted again; not direct */
    bool called;                   /* there were calls */
    uint64_t gave_up, retries;     /* submitters at the door; jobs that wait again after a death */
    uint64_t admitted, left;       /* left: ended without having run */
    uint64_t handing;              /* ended, and not yet handed back */
    uint32_t running;              /* not direct */
    struct queue *lines;           /* not direct: those that hold no worker, by priority */
    uint32_t line_count;
    uint64_t lined; /* bit i: line i holds some */
    struct worker *parked_top, *parked_bottom;
    uint32_t parked; /* atomic to read */
    uint32_t wakes;
    uint32_t target, threads; /* wanted; alive, those that start included */
    uint32_t starting;        /* of threads: in worker_init, after the opening */
    uint32_t unwanted;        /* in worker_init still, in none of these any more */
    bool opened, given_up;    /* given_up: atomic to read; nobody need start any more */
    uint32_t numbers;
    struct worker *all, *gone; /* gone: the last that has left; who leaves joins the one before */
    headroom_ns next_try;
    headroom_ns last; /* stamps of jobs never decrease */
    struct headroom_job *door_first, *door_last;
    unsigned rest, resters; /* bumped when nothing is in flight; who waits for that */

    struct timers timers;
    struct headroom_job **timed; /* by timer slot */
    uint32_t timed_used, timed_room, timed_free;
    unsigned bell;
    pthread_t keeper;

    _Alignas(64) uint64_t door_count; /* atomic */
    uint32_t excess;                  /* atomic: threads - target, where positive */
    struct queue ready;
};

/* A submitter who sleeps until his entry is admitted; on his stack. */
struct visitor {
    struct headroom_job base; /* a link of the door; run is NULL */
    struct headroom_listener ear;
    struct entry entry;
    bool own; /* he is a worker of this pool */
    int answer;
    unsigned word;
};

/* Bits of a visitor's word. */
enum { ANSWERED = 1, CALLED_OFF = 2 };

/* JOB_VISITS: its submitter, job->next, stands at the door. JOB_HELD: in `ready` of a pool that is
 * not direct: a worker is its own. JOB_RUNS: on a worker, or on its submitter. Its context is open
 * but where it is out; under the lock. */
enum job_state { JOB_OUT, JOB_VISITS, JOB_AT_DOOR, JOB_WAITS, JOB_HELD, JOB_RUNS };

/* What an operation under the lock leaves to be done after it. */
struct errands {
    unsigned *woken[WAKES_AT_ONCE]; /* the words of workers */
    uint32_t woken_count;
    struct headroom_job *ended; /* chained by `next`; their fates are set */
    struct entry lost;          /* a call; function NULL: none */
    enum headroom_fate lost_fate;
};

/* None as yet; cheaper than zeroing all of it. */
static inline void errands_none(struct errands *errands) {
    errands->woken_count = 0;
    errands->ended = NULL;
    errands->lost.function = NULL;
}

/* ---- under the lock -------------------------------------------------------------------------- */

headroom_ns pool_stamp(struct headroom_pool *pool);
uint64_t pool_ended(const struct headroom_pool *pool); /* of those that a worker took */
uint64_t pool_in_flight(const struct headroom_pool *pool);
/* Workers as admission counts them: that serve, and will not go before they have had something. */
uint32_t pool_live(const struct headroom_pool *pool, uint64_t in_flight);
bool pool_has_room(const struct headroom_pool *pool);

/* Keeps the rule of waking: pops whom to wake, onto errands->woken. */
void pool_call(struct headroom_pool *pool, struct errands *errands);

/* Pops one who is parked, onto errands->woken where there is a place, else wakes it at once. */
void pool_wake(struct headroom_pool *pool, struct worker *w, struct errands *errands);
void pool_set_excess(struct headroom_pool *pool);
uint64_t pool_waiting(const struct headroom_pool *pool); /* admitted, not taken by a thread */

/* Moves lines into ready while workers are free. Not direct pools. */
void pool_refill(struct headroom_pool *pool);

/* An entry that holds no worker joins the line; false: no memory. Any kind of pool. */
bool pool_put_back(struct headroom_pool *pool, struct headroom_job *job);

/* One more is in the pool: `held` says that a worker is free for it. False: no memory. */
bool pool_admit(struct headroom_pool *pool, struct entry *e, bool held, headroom_ns now,
                struct errands *errands);
bool pool_worker_free(const struct headroom_pool *pool, const struct entry *e);

void pool_join_door(struct headroom_pool *pool, struct headroom_job *node);
void pool_leave_door(struct headroom_pool *pool, struct headroom_job *node);

/* Takes out the one that has waited longest; false: nobody waits. */
bool pool_drop_oldest(struct headroom_pool *pool, struct errands *errands);

/* Lets in from the door while there is room. */
void pool_open_door(struct headroom_pool *pool, headroom_ns now, struct errands *errands);

/* The job ends without having run; it is in no queue any more. */
void pool_leave(struct headroom_pool *pool, struct headroom_job *job, enum headroom_fate fate,
                struct errands *errands);

/* A job that waits, at the door, in line or held, is taken out and ends. */
void pool_take_out(struct headroom_pool *pool, struct headroom_job *job, enum headroom_fate fate,
                   struct errands *errands);

/* Nothing is in flight, and all that was is handed back; wakes who waits for that. */
bool pool_rests(const struct headroom_pool *pool);
void pool_tell_rest(struct headroom_pool *pool);

/* Starts threads while there are fewer than wanted, and lets move up who has a place now. 0, or the
 * errno of the one that failed. */
int pool_replenish(struct headroom_pool *pool, struct errands *errands);

/* The same, where it is time to try again. */
void pool_mend(struct headroom_pool *pool, struct errands *errands);

/* While there are more than wanted those that start are let go, the last asked for first; nobody
 * need start any more. */
void pool_unstart(struct headroom_pool *pool);
void pool_give_up_starts(struct headroom_pool *pool);

/* There is more room: lines move up, and the door is opened. */
void pool_move_up(struct headroom_pool *pool, struct errands *errands);

/* Timers of jobs that wait (keeper.c). */
bool pool_set_timer(struct headroom_pool *pool, struct headroom_job *job);
void pool_clear_timer(struct headroom_pool *pool, struct headroom_job *job);
void pool_expire(struct headroom_pool *pool, headroom_ns now, struct errands *errands);

/* ---- off the lock ---------------------------------------------------------------------------- */

void pool_run_errands(struct headroom_pool *pool, struct errands *errands);
void pool_end_job(struct headroom_pool *pool, struct headroom_job *job); /* its fate is set */
void pool_hook(struct headroom_pool *pool, enum headroom_moment what, const struct entry *e,
               enum headroom_fate fate);
/* The submitter runs it himself; a job is handed back by the caller. */
void pool_run_here(struct headroom_pool *pool, const struct entry *e);
int pool_start_keeper(struct headroom_pool *pool);
void pool_stop_keeper(struct headroom_pool *pool);
struct shard *pool_shard(struct headroom_pool *pool);
void pool_book(struct worker *w); /* its samples */
void pool_join(struct worker *w); /* and frees it */

/* ---- a worker's life ------------------------------------------------------------------------- */

void pool_live_on(struct worker *w);                /* until it has to leave */
struct headroom_job *pool_let_go(struct worker *w); /* nobody cancels its job from now on */
void pool_settle(struct worker *w);                 /* under the lock */
void pool_settle_last(struct worker *w);            /* off the lock */
void pool_retire(struct worker *w, struct errands *errands); /* under the lock */
bool pool_is_own(const struct headroom_pool *pool);          /* this thread is one of its workers */

/* ---- seeing inside --------------------------------------------------------------------------- */

/* What a worker runs. */
struct sight {
    int64_t mark; /* its `since`: no other of this worker has the same */
    headroom_ns since;
    void (*function)(void *); /* of a call */
    void *argument;
    struct headroom_job *job; /* else; valid no longer than the lock is held */
    void (*run)(struct headroom_job *);
};

/* Under the lock; false: it runs nothing, or what it ran has just ended. */
bool pool_look(const struct headroom_pool *pool, struct worker *w, struct sight *sight);

headroom_ns pool_clock(const struct headroom_pool *pool, int64_t ticks); /* as an instant in ns */
struct headroom_counts pool_count(const struct headroom_pool *pool);     /* under the lock */

/* Adds the times of all that has ended to into[], as they were at one instant, but for those whose
 * `count` is NULL. */
void pool_merge(struct headroom_pool *pool, struct times into[3]);
bool times_open(struct times *t); /* false: no memory */

#endif
