/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench: pacer, clients and callers around real pools; see bench.h.
 *
 * Threads: the pacer (the thread of bench_run) submits what is due; workers run jobs; a caller, one
 * for each submitter of a caller_runs pool, runs what its pool sent back. `lock` guards what they
 * share: the clients' next instants, the submitters, the list of jobs. The pools have locks of
 * their own, and none is taken while `lock` is held by the same thread, nor the other way round.
 */
#include "pool/bench.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "model/mem.h"
#include "model/source.h"
#include "pool/host.h"
#include "pool/park.h"
#include "pool/pool.h"
#include "pool/replay.h"
#include "pool/work.h"

enum { CHUNK = 1024, STACK_BYTES = 64 * 1024, CALLER_STACK_BYTES = 128 * 1024 };
static const nsec LEAD = 20 * 1000 * 1000; /* between opening the pools and the begin */

struct bench;

/* A job on its way: stamps of the monotonic clock are made the scenario's when all is over. */
struct bench_job {
    struct pool_job base; /* first */
    struct real_job real;
    struct bench *bench;
    bool rejected, dropped, aborted, held;
    struct bench_job *next_held;
};

/* Who sends the jobs of an open class, or one client of a closed one. */
struct sender {
    uint32_t class, client, cycle;
    nsec due; /* clients: the next submission; NEVER: waits for an answer */
    bool running;
    struct bench_job *held, **held_end;
    /* its caller's thread, where the pool wants one */
    pthread_t thread;
    bool has_thread;
    atomic_uint word;
    _Atomic(struct bench_job *) given;
    struct bench *bench;
};

struct bench {
    struct trial *trial;
    const struct scenario *scenario;
    nsec origin; /* the monotonic clock at t = 0 */
    struct pool **pools;
    struct source *sources;
    nsec *next; /* of open classes */
    struct work_place place;
    pthread_mutex_t lock;
    struct sender *senders;
    uint32_t *first_sender, sender_count;
    uint32_t *heap, heap_count; /* clients that think, by due; senders' numbers */
    struct bench_job **jobs;    /* every CHUNK-th begins a chunk */
    size_t job_count, job_room;
    atomic_uint bell;        /* something changed for the pacer */
    atomic_bool ending;      /* callers go home */
    _Atomic int64_t counted; /* counted jobs in the system */
    atomic_bool no_memory;
    nsec stretch; /* before an arrival, in which the pacer watches the clock; 0 on one core */
    struct bench_report *report;
};

static nsec scenario_time(const struct bench *b, nsec clock) {
    return clock - b->origin;
}

/* ---- clients that think: a binary heap by (due, number) ---------------------------------------
 */

static bool sooner(const struct bench *b, uint32_t x, uint32_t y) {
    nsec a = b->senders[x].due, c = b->senders[y].due;
    return a < c || (a == c && x < y);
}

static void heap_push(struct bench *b, uint32_t sender) {
    uint32_t i = b->heap_count++;
    while (i > 0 && sooner(b, sender, b->heap[(i - 1) / 2])) {
        b->heap[i] = b->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    b->heap[i] = sender;
}

static uint32_t heap_pop(struct bench *b) {
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
static void think(struct bench *b, struct sender *s, nsec at) {
    struct source *source = &b->sources[s->class];
    pthread_mutex_lock(&b->lock);
    s->due = at + source_think(source, s->client, s->cycle);
    if (!source_ended(source, s->due))
        heap_push(b, (uint32_t)(s - b->senders));
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
        think(b, s, scenario_time(b, at));
    }
}

/* ---- jobs -------------------------------------------------------------------------------------
 */

static bool work_on(struct bench_job *job, nsec from) {
    const struct scenario *sc = job->bench->scenario;
    const struct step *step = &sc->classes.items[job->real.job.class].route.items[0];
    if (step->cpu > 0)
        return work_spin(&job->bench->place, job->real.job.demand);
    return work_sleep(&job->bench->place, from + job->real.job.demand);
}

static void run_job(struct pool_job *base) {
    struct bench_job *job = (struct bench_job *)base;
    job->aborted = !work_on(job, base->started);
}

static void job_ended(struct pool_job *base, enum pool_outcome outcome) {
    struct bench_job *job = (struct bench_job *)base;
    job->dropped = outcome == POOL_DROPPED;
    job->aborted = job->aborted || outcome == POOL_CANCELLED;
    if (!job->aborted)
        gone(job->bench, job, base->finished);
}

static struct bench_job *new_job(struct bench *b) {
    size_t chunk = b->job_count / CHUNK;
    if (b->job_count % CHUNK == 0) {
        if (chunk == b->job_room) {
            size_t room = b->job_room ? 2 * b->job_room : 64;
            struct bench_job **jobs = realloc(b->jobs, room * sizeof(struct bench_job *));
            if (!jobs)
                return NULL;
            b->jobs = jobs;
            b->job_room = room;
        }
        b->jobs[chunk] = calloc(CHUNK, sizeof **b->jobs);
        if (!b->jobs[chunk])
            return NULL;
    }
    return &b->jobs[chunk][b->job_count++ % CHUNK];
}

static struct bench_job *job_at(const struct bench *b, size_t i) {
    return &b->jobs[i / CHUNK][i % CHUNK];
}

/* ---- submitting -------------------------------------------------------------------------------
 */

static void give_caller(struct sender *s, struct bench_job *job) {
    job->real.job.by_caller = true;
    atomic_store(&s->given, job);
    atomic_fetch_add(&s->word, 1);
    park_wake(&s->word, 1);
}

/* Hands a job to its pool; what comes back is ended here. True: its submitter has to run it. */
static bool hand_in(struct bench *b, struct bench_job *job) {
    struct pool *pool = b->pools[job->real.pool];
    switch (pool_submit(pool, &job->base)) {
    case POOL_REJECTED:
        job->rejected = true;
        gone(b, job, job->base.submitted);
        break;
    case POOL_AT_DOOR: /* the pool has noted that it waited */
    case POOL_ADMITTED:
        break;
    case POOL_CALLER:
        return true;
    case POOL_NO_MEMORY:
        b->no_memory = true;
        break;
    case POOL_CLOSED:
        job->aborted = true;
        break;
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

/* The next held job of a sender whose own has ended; NULL: it is free again. */
static struct bench_job *next_held(struct sender *s) {
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

/* A caller's thread: runs what the pool sent back, then submits what was held meanwhile. */
static void *caller(void *context) {
    struct sender *s = context;
    prctl(PR_SET_TIMERSLACK, 1UL);
    while (!atomic_load(&s->bench->ending)) {
        unsigned seen = atomic_load(&s->word);
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
    return NULL;
}

/* A job of a class means to arrive at `at` and is due now. */
static void arrive(struct bench *b, uint32_t class, uint32_t sender, uint64_t index, nsec at) {
    struct bench_job *job = new_job(b);
    if (!job) {
        b->no_memory = true;
        return;
    }
    nsec demand;
    pthread_mutex_lock(&b->lock);
    demand = source_demand(&b->sources[class], index);
    pthread_mutex_unlock(&b->lock);
    bool counted = at >= 0 && at < b->scenario->run.duration;
    *job = (struct bench_job){
        .base = {.run = run_job, .ended = job_ended},
        .real = {.job = {.intended = at,
                         .demand = demand,
                         .index = index,
                         .class = class,
                         .counted = counted},
                 .pool = (uint32_t)b->scenario->classes.items[class].route.items[0].pool},
        .bench = b};
    if (counted)
        atomic_fetch_add(&b->counted, 1);
    nsec lag = scenario_time(b, park_now()) - at;
    hist_add(&b->report->lag, lag > 0 ? lag : 0);
    submit(b, &b->senders[sender], job);
}

/* ---- the pacer --------------------------------------------------------------------------------
 */

/* What is due first: an open class's arrival, or a client's. */
static nsec first_due(struct bench *b, uint32_t *class, bool *client) {
    *class = 0;
    for (uint32_t i = 1; i < b->scenario->classes.count; i++)
        if (b->next[i] < b->next[*class])
            *class = i;
    pthread_mutex_lock(&b->lock);
    nsec thinking = b->heap_count ? b->senders[b->heap[0]].due : NSEC_NEVER;
    pthread_mutex_unlock(&b->lock);
    *client = thinking < b->next[*class];
    return *client ? thinking : b->next[*class];
}

static void arrive_next(struct bench *b, uint32_t class, bool client) {
    if (client) {
        pthread_mutex_lock(&b->lock);
        uint32_t number = heap_pop(b);
        pthread_mutex_unlock(&b->lock);
        struct sender *s = &b->senders[number];
        arrive(b, s->class, number, job_closed_index(s->client, s->cycle), s->due);
        return;
    }
    nsec at = b->next[class];
    uint64_t index = b->sources[class].index - 1;
    b->next[class] = source_next(&b->sources[class]);
    arrive(b, class, b->first_sender[class], index, at);
}

static bool stopped(const struct bench *b) {
    return b->no_memory || (b->trial->stop && atomic_load(b->trial->stop));
}

/* Every counted job was sent and has ended, or the cool-down is over. */
static bool over(struct bench *b, nsec now, nsec due) {
    nsec end = b->scenario->run.duration;
    return stopped(b) || now > end + b->scenario->run.cooldown ||
           (now >= end && due >= end && atomic_load(&b->counted) == 0);
}

/* Waits until `due` or until something changes; in slices, so that a stop and progress are seen. */
static void wait_until(struct bench *b, unsigned seen, nsec now, nsec due) {
    nsec slice = now + 50 * 1000 * 1000;
    nsec end = b->scenario->run.duration;
    nsec until = due - b->stretch < slice ? due - b->stretch : slice;
    if (now < end && until > end)
        until = end;
    atomic_store_explicit(&b->trial->progress, now + b->scenario->run.warmup, memory_order_relaxed);
    if (until > now)
        park_wait(&b->bell, seen, b->origin + until);
    else
        while (scenario_time(b, park_now()) < due && atomic_load(&b->bell) == seen) {
        }
}

/* Sends the jobs; returns the instant at which the run stopped. */
static nsec pace(struct bench *b) {
    for (;;) {
        unsigned seen = atomic_load(&b->bell);
        uint32_t class;
        bool client;
        nsec due = first_due(b, &class, &client);
        nsec now = scenario_time(b, park_now());
        if (over(b, now, due))
            return scenario_time(b, park_now()); /* not before the last end */
        if (due <= now)
            arrive_next(b, class, client);
        else
            wait_until(b, seen, now, due);
    }
}

/* ---- opening and closing ----------------------------------------------------------------------
 */

static bool caller_pool(const struct bench *b, uint32_t class) {
    size_t pool = b->scenario->classes.items[class].route.items[0].pool;
    return b->scenario->pools.items[pool].queue.when_full == STATION_CALLER_RUNS;
}

static bool fail(struct trial *trial, const char *format, const char *pool, long workers,
                 const char *why) {
    snprintf(trial->failure, sizeof trial->failure, format, pool, workers, why);
    trial->state = TRIAL_FAILED;
    return false;
}

static bool open_pools(struct bench *b) {
    for (size_t i = 0; i < b->scenario->pools.count; i++) {
        const struct pool_spec *spec = &b->scenario->pools.items[i];
        struct pool_config config = {.workers = (uint32_t)spec->workers,
                                     .capacity = spec->queue.capacity,
                                     .when_full = (enum station_when_full)spec->queue.when_full,
                                     .stack_bytes = STACK_BYTES};
        int error = pool_open(&b->pools[i], &config);
        if (error)
            return fail(b->trial,
                        "pool '%s': %ld threads cannot be started on this host (%s); see ulimit -u "
                        "and the memory there is",
                        spec->name, (long)spec->workers, strerror(error));
    }
    return true;
}

static bool open_senders(struct bench *b) {
    const struct scenario *sc = b->scenario;
    for (uint32_t i = 0; i < sc->classes.count; i++) {
        const struct arrivals *a = &sc->classes.items[i].arrivals;
        b->first_sender[i] = b->sender_count;
        b->sender_count += a->kind == ARRIVAL_CLOSED ? (uint32_t)a->clients : 1;
    }
    b->senders = calloc(b->sender_count, sizeof *b->senders);
    b->heap = calloc(b->sender_count, sizeof *b->heap);
    if (!b->senders || !b->heap)
        return fail(b->trial, "%s out of memory for %ld senders%s", "", (long)b->sender_count, "");
    for (uint32_t i = 0; i < sc->classes.count; i++) {
        uint32_t end = i + 1 < sc->classes.count ? b->first_sender[i + 1] : b->sender_count;
        for (uint32_t k = b->first_sender[i]; k < end; k++) {
            struct sender *s = &b->senders[k];
            s->class = i;
            s->client = k - b->first_sender[i];
            s->bench = b;
            s->held_end = &s->held;
        }
    }
    return true;
}

static bool open_callers(struct bench *b) {
    pthread_attr_t attr;
    int error = pthread_attr_init(&attr);
    error = error ? error : pthread_attr_setstacksize(&attr, CALLER_STACK_BYTES);
    for (uint32_t i = 0; !error && i < b->sender_count; i++) {
        struct sender *s = &b->senders[i];
        if (!caller_pool(b, s->class))
            continue;
        error = pthread_create(&s->thread, &attr, caller, s);
        s->has_thread = !error;
    }
    pthread_attr_destroy(&attr);
    return !error || fail(b->trial, "%s%ld threads for callers cannot be started (%s)", "",
                          (long)b->sender_count, strerror(error));
}

static void open_sources(struct bench *b) {
    const struct scenario *sc = b->scenario;
    nsec from = -sc->run.warmup;
    for (uint32_t i = 0; i < sc->classes.count; i++) {
        source_open(&b->sources[i], &sc->classes.items[i], (uint64_t)sc->seed,
                    b->trial->replication, from, scenario_arrivals_end(sc));
        b->next[i] = source_next(&b->sources[i]);
    }
    for (uint32_t i = 0; i < b->sender_count; i++) {
        struct sender *s = &b->senders[i];
        if (source_closed(&b->sources[s->class]))
            think(b, s, from);
    }
}

/* Everything stands still: what waits is cancelled, what runs is cut short, threads are joined. */
static void stop_all(struct bench *b) {
    atomic_store(&b->place.abort, 1);
    park_wake(&b->place.abort, INT_MAX);
    for (size_t i = 0; i < b->scenario->pools.count; i++)
        if (b->pools[i])
            pool_cancel(b->pools[i]);
    atomic_store(&b->ending, true);
    for (uint32_t i = 0; b->senders && i < b->sender_count; i++)
        if (b->senders[i].has_thread) {
            atomic_fetch_add(&b->senders[i].word, 1);
            park_wake(&b->senders[i].word, 1);
            pthread_join(b->senders[i].thread, NULL);
        }
    for (size_t i = 0; i < b->scenario->pools.count; i++)
        if (b->pools[i] && !pool_close(b->pools[i]))
            fail(b->trial, "pool '%s': the books of %ld workers do not balance%s; this is a bug",
                 b->scenario->pools.items[i].name, (long)b->scenario->pools.items[i].workers, "");
}

static nsec instant(const struct bench *b, nsec clock) {
    return clock ? scenario_time(b, clock) : NSEC_UNSET;
}

/* The job's stamps in the scenario's time; no stamp comes before the instant it was meant for. */
static struct real_job *settle(const struct bench *b, struct bench_job *job) {
    struct real_job *r = &job->real;
    r->job.waited = r->job.waited || job->base.waited;
    r->queued = job->base.queued;
    r->held = job->held ? job->real.job.intended : NSEC_UNSET;
    r->admitted = r->job.by_caller ? NSEC_UNSET : instant(b, job->base.admitted);
    r->started = instant(b, job->base.started);
    r->finished = job->aborted ? NSEC_UNSET : instant(b, job->base.finished);
    r->rejected = job->rejected;
    r->dropped = job->dropped;
    bool waited_at_door = !r->job.by_caller && !r->rejected && job->base.waited &&
                          job->base.submitted &&
                          (job->base.admitted == 0 || job->base.admitted > job->base.submitted);
    r->blocked = waited_at_door && !job->held ? instant(b, job->base.submitted) : NSEC_UNSET;
    if (r->started != NSEC_UNSET && r->finished != NSEC_UNSET && !r->dropped &&
        r->finished <= r->started)
        r->finished = r->started + 1;
    return r;
}

static bool tell(struct bench *b, nsec stop) {
    struct trial *trial = b->trial;
    struct real_job **jobs = malloc((b->job_count + 1) * sizeof *jobs);
    if (!jobs || !record_open(&trial->record, b->scenario, trial->keep_windows)) {
        free(jobs);
        return fail(trial, "%s%ld jobs: out of memory%s", "", (long)b->job_count, "");
    }
    trial->record.log = trial->log;
    if (trial->keep_outcomes)
        record_keep_outcomes(&trial->record);
    for (size_t i = 0; i < b->job_count; i++)
        jobs[i] = settle(b, job_at(b, i));
    bool ok = replay(&trial->record, jobs, b->job_count, stop);
    free(jobs);
    if (!ok) {
        record_close(&trial->record);
        return fail(trial, "%s%ld jobs: out of memory%s", "", (long)b->job_count, "");
    }
    record_finish(&trial->record, stop);
    trial->state = TRIAL_DONE;
    return true;
}

static void close_bench(struct bench *b) {
    for (size_t i = 0; i * CHUNK < b->job_count; i++)
        free(b->jobs[i]);
    pthread_mutex_destroy(&b->lock);
    free(b->jobs);
    free(b->pools);
    free(b->sources);
    free(b->next);
    free(b->first_sender);
    free(b->senders);
    free(b->heap);
}

static double spinning_workers(const struct scenario *sc) {
    double workers = 0;
    for (size_t p = 0; p < sc->pools.count; p++) {
        bool spins = false;
        for (size_t i = 0; i < sc->classes.count; i++) {
            const struct step *step = &sc->classes.items[i].route.items[0];
            spins = spins || (step->pool == p && step->cpu > 0);
        }
        workers += spins ? (double)sc->pools.items[p].workers : 0;
    }
    return workers;
}

static bool open_all(struct bench *b) {
    return open_senders(b) && open_pools(b) && open_callers(b);
}

/* A pacer that sleeps most of the time may go before all others; one that hardly does would starve
 * them. */
static bool seldom_awake(const struct bench *b) {
    double rate = 0;
    for (size_t i = 0; i < b->scenario->classes.count; i++) {
        double of_class = scenario_class_rate(&b->scenario->classes.items[i]);
        rate += isnan(of_class) ? 0 : of_class;
    }
    return b->report->cores > 1 && rate * WORK_STRETCH / 1e9 < 0.25;
}

/* Runs between opening and closing; the stop's instant. */
static nsec drive(struct bench *b) {
    struct host_usage before = host_usage();
    b->origin = park_now() + LEAD + b->scenario->run.warmup;
    open_sources(b);
    b->report->realtime_pacer = seldom_awake(b) && host_realtime(true);
    nsec stop = pace(b);
    host_realtime(false);
    host_shares(before, host_usage(), &b->report->steal, &b->report->busy);
    return stop;
}

bool bench_run(struct trial *trial) {
    const struct scenario *sc = trial->scenario;
    struct bench b = {.trial = trial, .scenario = sc};
    b.pools = mem_new(sc->pools.count, sizeof *b.pools);
    b.sources = mem_new(sc->classes.count, sizeof *b.sources);
    b.next = mem_new(sc->classes.count, sizeof *b.next);
    b.first_sender = mem_new(sc->classes.count, sizeof *b.first_sender);
    b.report = mem_new(1, sizeof *b.report);
    trial->details = b.report;
    b.report->cores = bench_cores();
    b.report->spinning = spinning_workers(sc);
    b.report->system = host_system();
    b.place.watchers_most = b.report->cores > 2 ? b.report->cores - 1 : b.report->cores > 1;
    b.stretch = b.report->cores > 1 ? WORK_STRETCH : 0;
    pthread_mutex_init(&b.lock, NULL);
    prctl(PR_SET_TIMERSLACK, 1UL);
    bool ok =
        hist_open(&b.report->lag) || fail(trial, "%s%ld%s: out of memory", "", 1L, " histogram");
    ok = ok && open_all(&b);
    nsec stop = ok ? drive(&b) : 0;
    stop_all(&b);
    if (b.no_memory)
        ok =
            fail(trial, "%sno memory for more than %ld jobs; bound the queue, or shorten the run%s",
                 "", (long)b.job_count, "");
    if (ok && trial->state != TRIAL_FAILED)
        tell(&b, stop);
    close_bench(&b);
    return trial->state == TRIAL_DONE;
}

void bench_report_free(struct bench_report *report) {
    if (!report)
        return;
    hist_close(&report->lag);
    free(report->system);
    free(report);
}
