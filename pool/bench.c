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
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "model/mem.h"
#include "pool/host.h"
#include "pool/park.h"
#include "pool/replay.h"
#include "pool/submit.h"
#include "pool/tell.h"

enum { STACK_BYTES = 64 * 1024, CALLER_STACK_BYTES = 128 * 1024 };
static const nsec LEAD = 20 * 1000 * 1000; /* between opening the pools and the begin */

/* ---- the pacer ------------------------------------------------------------------------------- */

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
        uint32_t number = submit_next_client(b);
        pthread_mutex_unlock(&b->lock);
        struct sender *s = &b->senders[number];
        submit_arrive(b, s->class, number, job_closed_index(s->client, s->cycle), s->due);
        return;
    }
    nsec at = b->next[class];
    uint64_t index = b->sources[class].index - 1;
    b->next[class] = source_next(&b->sources[class]);
    submit_arrive(b, class, b->first_sender[class], index, at);
}

static bool stopped(const struct bench *b) {
    return b->no_memory || atomic_load(&b->no_thread) != 0 ||
           (b->trial->stop && atomic_load(b->trial->stop));
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
        while (submit_time(b, park_now()) < due && atomic_load(&b->bell) == seen) {
        }
}

static void dump_per_job(const struct bench *b, size_t pool) {
    struct per_job_counts c = per_job_counts(b->per_job[pool]);
    fprintf(b->trial->dump_to,
            "pool %s: a thread per job: %u threads (at most %u so far), %u wait, %u at the door\n",
            b->scenario->pools.items[pool].name, c.threads, c.most, c.waiting, c.door);
}

/* Shows the pools to who has asked for it. */
static void dump_if_asked(struct bench *b) {
    struct trial *trial = b->trial;
    if (!trial->dump || !atomic_load_explicit(trial->dump, memory_order_relaxed))
        return;
    atomic_store(trial->dump, false);
    for (size_t i = 0; i < b->scenario->pools.count; i++) {
        putc('\n', trial->dump_to);
        if (b->per_job[i])
            dump_per_job(b, i);
        else
            headroom_pool_dump(b->pools[i], trial->dump_to);
    }
}

/* Sends the jobs; returns the instant at which the run stopped. */
static nsec pace(struct bench *b) {
    for (;;) {
        unsigned seen = atomic_load(&b->bell);
        uint32_t class;
        bool client;
        nsec due = first_due(b, &class, &client);
        nsec now = submit_time(b, park_now());
        if (over(b, now, due))
            return submit_time(b, park_now()); /* not before the last end */
        dump_if_asked(b);
        if (due <= now)
            arrive_next(b, class, client);
        else
            wait_until(b, seen, now, due);
    }
}

/* ---- opening and closing --------------------------------------------------------------------- */

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

/* So many bytes, or the least that the machine allows (arm64: 128 KB). */
static uint32_t stack_of(uint32_t bytes) {
    long least = sysconf(_SC_THREAD_STACK_MIN);
    return least > (long)bytes ? (uint32_t)least : bytes;
}

/* The scenario's words are the pool's. */
_Static_assert((int)STATION_BLOCK == (int)HEADROOM_BLOCK &&
                   (int)STATION_REJECT == (int)HEADROOM_REJECT &&
                   (int)STATION_DROP_OLDEST == (int)HEADROOM_DROP_OLDEST &&
                   (int)STATION_CALLER_RUNS == (int)HEADROOM_CALLER_RUNS &&
                   (int)STATION_FIFO == (int)HEADROOM_FIFO &&
                   (int)STATION_LIFO == (int)HEADROOM_LIFO &&
                   (int)STATION_PRIORITY == (int)HEADROOM_PRIORITY &&
                   (int)STATION_RANKS == (int)HEADROOM_PRIORITIES,
               "one order of words");

/* A pool with all its workers: 0, or an errno. */
static int open_whole(struct headroom_pool **pool, const struct headroom_config *config) {
    int error = headroom_pool_open(pool, config);
    if (!error && headroom_pool_counts(*pool).workers < config->workers) {
        headroom_pool_close(*pool, HEADROOM_NEVER, NULL);
        *pool = NULL;
        error = EAGAIN;
    }
    return error;
}

static bool open_per_job(struct bench *b, size_t pool) {
    const struct pool_spec *spec = &b->scenario->pools.items[pool];
    int error = per_job_open(&b->per_job[pool], spec, stack_of(STACK_BYTES),
                             scenario_pool_loses(b->scenario, pool), &b->no_thread);
    return !error || fail(b->trial, "pool '%s': cannot be opened for %ld threads (%s)", spec->name,
                          (long)spec->workers, strerror(error));
}

/* What only the simulator can do. */
static bool real_resize(struct bench *b, const struct pool_spec *spec) {
    const struct resize_spec *z = &spec->resize;
    if (z->min == 0)
        return fail(b->trial, "pool '%s': %ld workers as the least are for the simulator alone%s",
                    spec->name, 0L, "");
    if (z->policy == RESIZE_ON_DEMAND && dist_random(&z->keep_alive))
        return fail(
            b->trial,
            "pool '%s': a keep_alive that is a distribution is for the simulator alone%.0ld%s",
            spec->name, 0L, "");
    return true;
}

static bool open_pools(struct bench *b) {
    for (size_t i = 0; i < b->scenario->pools.count; i++) {
        const struct pool_spec *spec = &b->scenario->pools.items[i];
        if (spec->threads.kind == THREADS_PER_JOB) {
            if (!open_per_job(b, i))
                return false;
            continue;
        }
        struct headroom_config config = {.workers = (uint32_t)spec->workers,
                                         .capacity = spec->queue.capacity,
                                         .when_full =
                                             (enum headroom_when_full)spec->queue.when_full,
                                         .order = (enum headroom_order)spec->queue.order,
                                         .deadlines = scenario_pool_loses(b->scenario, i),
                                         .stack_bytes = stack_of(STACK_BYTES),
                                         .name = spec->name};
        if (scenario_resizes(spec) && !real_resize(b, spec))
            return false;
        if (scenario_resizes(spec)) {
            b->resizers[i] = resizer_new(b->scenario, (uint32_t)i, b->trial->replication);
            config.user = b->resizers[i];
            config.worker_init = resizer_init;
            config.worker_fini = resizer_fini;
        }
        int error = open_whole(&b->pools[i], &config);
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
    error = error ? error : pthread_attr_setstacksize(&attr, stack_of(CALLER_STACK_BYTES));
    for (uint32_t i = 0; !error && i < b->sender_count; i++) {
        struct sender *s = &b->senders[i];
        if (!caller_pool(b, s->class))
            continue;
        error = pthread_create(&s->thread, &attr, submit_caller, s);
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
            submit_think(b, s, from);
    }
}

/* False: the books do not balance. */
static bool close_pool(struct headroom_pool *pool) {
    struct headroom_counts c;
    headroom_pool_close(pool, HEADROOM_NEVER, &c);
    return c.submitted == c.completed + c.failed + c.rejected + c.dropped + c.cancelled +
                              c.timed_out + c.dead_lettered + c.caller_ran;
}

/* The run is over, as a job found no thread. */
static bool fail_thread(struct bench *b) {
    long most = 0;
    const char *name = "";
    for (size_t i = 0; i < b->scenario->pools.count; i++)
        if (b->per_job[i] && (long)per_job_counts(b->per_job[i]).most >= most) {
            most = (long)per_job_counts(b->per_job[i]).most;
            name = b->scenario->pools.items[i].name;
        }
    return fail(b->trial,
                "pool '%s': with %ld threads at once no more can be started on this host (%s); "
                "give `per_job` a lower limit, see ulimit -u and the memory there is",
                name, most, strerror(atomic_load(&b->no_thread)));
}

/* Everything stands still: what waits is cancelled, what runs is cut short, threads are joined. */
static void stop_all(struct bench *b) {
    for (size_t i = 0; i < b->scenario->pools.count; i++)
        if (b->resizers[i])
            resizer_end(b->resizers[i]);
    atomic_store(&b->place.abort, 1);
    park_wake(&b->place.abort, INT_MAX);
    for (size_t i = 0; i < b->scenario->pools.count; i++)
        if (b->per_job[i])
            per_job_cancel(b->per_job[i]);
        else if (b->pools[i])
            headroom_pool_cancel(b->pools[i]);
    atomic_store(&b->ending, true);
    for (uint32_t i = 0; b->senders && i < b->sender_count; i++)
        if (b->senders[i].has_thread) {
            atomic_fetch_add(&b->senders[i].word, 1);
            park_wake(&b->senders[i].word, 1);
            pthread_join(b->senders[i].thread, NULL);
        }
    for (size_t i = 0; i < b->scenario->pools.count; i++)
        if ((b->per_job[i] && !per_job_close(b->per_job[i])) ||
            (b->pools[i] && !close_pool(b->pools[i])))
            fail(b->trial, "pool '%s': the books of %ld workers do not balance%s; this is a bug",
                 b->scenario->pools.items[i].name, (long)b->scenario->pools.items[i].workers, "");
}

static bool tell(struct bench *b, nsec stop) {
    if (!tell_recorder(b, stop))
        return fail(b->trial, "%s%ld jobs: out of memory%s", "", (long)b->job_count, "");
    b->trial->state = TRIAL_DONE;
    return true;
}

static void close_bench(struct bench *b) {
    for (size_t i = 0; i * SUBMIT_CHUNK < b->job_count; i++)
        free(b->jobs[i]);
    pthread_mutex_destroy(&b->lock);
    free(b->jobs);
    for (size_t i = 0; i < b->scenario->pools.count; i++)
        resizer_free(b->resizers[i]);
    free(b->resizers);
    free(b->pools);
    free(b->per_job);
    free(b->serials);
    free(b->sources);
    free(b->next);
    free(b->first_sender);
    free(b->senders);
    free(b->heap);
}

/* Workers; of a thread for every job how many there are on average, of closed clients at most. */
static double crew(const struct scenario *sc, size_t pool) {
    double load = scenario_offered_load(sc, pool), clients = 0;
    if (!scenario_endless(&sc->pools.items[pool]))
        return (double)sc->pools.items[pool].workers;
    for (size_t i = 0; i < sc->classes.count; i++)
        if (sc->classes.items[i].route.items[0].pool == pool)
            clients += fmax(0, (double)sc->classes.items[i].arrivals.clients);
    return isnan(load) ? clients : load;
}

/* How many cores' worth of computing the workers can do at once: each by the largest share of its
 * pool's classes. */
static double spinning_workers(const struct scenario *sc) {
    double workers = 0;
    for (size_t p = 0; p < sc->pools.count; p++) {
        double share = 0;
        for (size_t i = 0; i < sc->classes.count; i++) {
            const struct step *step = &sc->classes.items[i].route.items[0];
            share = step->pool == p ? fmax(share, step->cpu) : share;
        }
        workers += share * crew(sc, p);
    }
    return workers;
}

static bool open_all(struct bench *b) {
    return open_senders(b) && open_pools(b) && open_callers(b);
}

/* A pacer goes before all others where they compute, as it would wait for a core; where they sleep
 * nobody is in its way, and a normal one wakes them sooner: most then run on its own core as soon
 * as it sleeps. One that hardly sleeps would starve them. */
static bool goes_first(const struct bench *b) {
    double rate = 0;
    for (size_t i = 0; i < b->scenario->classes.count; i++) {
        double of_class = scenario_class_rate(&b->scenario->classes.items[i]);
        rate += isnan(of_class) ? 0 : of_class;
    }
    return b->report->spinning > 0 && b->report->cores > 1 && rate * WORK_STRETCH / 1e9 < 0.25;
}

static bool begin_resizers(struct bench *b) {
    for (size_t i = 0; i < b->scenario->pools.count; i++) {
        int error = b->resizers[i] ? resizer_begin(b->resizers[i], b->pools[i], b->origin) : 0;
        if (error)
            return fail(b->trial, "pool '%s': its %ld. thread cannot be started (%s)",
                        b->scenario->pools.items[i].name, 1L, strerror(error));
    }
    return true;
}

/* Runs between opening and closing; the stop's instant. */
static nsec drive(struct bench *b) {
    struct host_usage before = host_usage();
    b->origin = park_now() + LEAD + b->scenario->run.warmup;
    open_sources(b);
    if (!begin_resizers(b))
        return 0;
    b->report->realtime_pacer = goes_first(b) && host_realtime(true);
    if (b->report->realtime_pacer && b->report->spinning >= b->report->cores)
        b->stretch = 0; /* a core that computes is awake: it wakes on time, and watching takes it */
    nsec stop = pace(b);
    host_realtime(false);
    b->report->share = host_shares(before, host_usage());
    return stop;
}

bool bench_run(struct trial *trial) {
    const struct scenario *sc = trial->scenario;
    struct bench b = {.trial = trial, .scenario = sc};
    b.pools = mem_new(sc->pools.count, sizeof *b.pools);
    b.resizers = mem_new(sc->pools.count, sizeof(struct resizer *));
    b.per_job = mem_new(sc->pools.count, sizeof *b.per_job);
    b.serials = mem_new(sc->pools.count, sizeof *b.serials);
    b.sources = mem_new(sc->classes.count, sizeof *b.sources);
    b.next = mem_new(sc->classes.count, sizeof *b.next);
    b.first_sender = mem_new(sc->classes.count, sizeof *b.first_sender);
    b.report = mem_new(1, sizeof *b.report);
    trial->details = b.report;
    b.report->cores = bench_cores();
    b.report->spinning = spinning_workers(sc);
    b.report->simulated_cores = sc->cores > 0 ? (int)sc->cores : 0;
    b.report->system = host_system();
    b.place.watchers_most = b.report->cores > 2 ? b.report->cores - 1 : b.report->cores > 1;
    b.stretch = b.report->cores > 1 ? WORK_STRETCH : 0;
    pthread_mutex_init(&b.lock, NULL);
    prctl(PR_SET_TIMERSLACK, 1UL);
    bool ok =
        hist_open(&b.report->lag) || fail(trial, "%s%ld%s: out of memory", "", 1L, " histogram");
    ok = ok && open_all(&b);
    nsec stop = ok ? drive(&b) : 0;
    ok = ok && (atomic_load(&b.no_thread) == 0 || fail_thread(&b));
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
