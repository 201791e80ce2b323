/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recursion: see recursion.h.
 *
 * Jobs go through in blocks: instants and demands (model/source), starts and ends (sim/frees), the
 * books (model/ledger). Pools are independent of one another; they go on together, a step of the
 * series at a time, so that an interrupt finds all of them at one instant.
 */
#include "sim/recursion.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/ledger.h"
#include "model/mem.h"
#include "model/phases.h"
#include "model/source.h"
#include "sim/frees.h"

enum { BLOCK = HIST_MANY };
_Static_assert((int)BLOCK == (int)SOURCE_AHEAD, "a block of a source is a block of jobs");

/* A pool, and the jobs that go to it. */
struct stream {
    struct frees frees;
    struct source *sources; /* of its classes, in the scenario's order */
    uint32_t *classes;
    nsec *next; /* the next arrival of each */
    uint32_t class_count;
    const nsec *arrival, *demand; /* of the block: merged, or where the only source has them */
    nsec merged_arrival[BLOCK], merged_demand[BLOCK], start[BLOCK], end[BLOCK];
    uint32_t class[BLOCK];
    size_t count, entered; /* jobs in the block; of them in the ledger */
    bool ended;            /* nobody arrives any more, or not before T */
};

struct recursion {
    const struct scenario *scenario;
    struct trial *trial;
    struct stream *streams; /* a pool each */
    struct ledger ledger;
};

const char *recursion_misfit(const struct scenario *scenario) {
    if (scenario->profile.read)
        return "the host takes time of its own";
    for (size_t i = 0; i < scenario->classes.count; i++) {
        const struct class *class = &scenario->classes.items[i];
        if (class->arrivals.kind == ARRIVAL_CLOSED)
            return "closed clients wait for their answers";
        if (scenario_loses(class))
            return "jobs give up";
    }
    if (phases_meet(scenario))
        return "jobs share the host's cores, or a lock of their pool";
    for (size_t i = 0; i < scenario->pools.count; i++) {
        const struct queue_spec *q = &scenario->pools.items[i].queue;
        if (scenario_resizes(&scenario->pools.items[i]))
            return "a pool changes its size";
        if (scenario_endless(&scenario->pools.items[i]))
            return "there is a thread for every job";
        if (q->order != STATION_FIFO)
            return "jobs do not start in the order in which they arrive";
        if (q->capacity != CAPACITY_UNBOUNDED && q->when_full != STATION_REJECT)
            return "a full queue does something else than reject";
        if (q->capacity > FREES_PLACES_MOST)
            return "the starts of so many waiting jobs are not kept";
    }
    return NULL;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static bool open_stream(struct recursion *r, size_t pool) {
    const struct scenario *sc = r->scenario;
    struct stream *s = &r->streams[pool];
    s->sources = mem_new(sc->classes.count, sizeof *s->sources);
    s->classes = mem_new(sc->classes.count, sizeof *s->classes);
    s->next = mem_new(sc->classes.count, sizeof *s->next);
    for (uint32_t i = 0; i < sc->classes.count; i++) {
        if (sc->classes.items[i].route.items[0].pool != pool)
            continue;
        struct source *source = &s->sources[s->class_count];
        source_open(source, &sc->classes.items[i], (uint64_t)sc->seed, r->trial->replication,
                    -sc->run.warmup, scenario_arrivals_end(sc));
        s->classes[s->class_count++] = i;
    }
    for (uint32_t k = 0; s->class_count > 1 && k < s->class_count; k++)
        s->next[k] = source_next(&s->sources[k]);
    const struct pool_spec *spec = &sc->pools.items[pool];
    return frees_open(&s->frees, (uint32_t)spec->workers, spec->queue.capacity, -sc->run.warmup);
}

static bool open_all(struct recursion *r) {
    r->streams = mem_new(r->scenario->pools.count, sizeof *r->streams);
    bool ok = ledger_open(&r->ledger, &r->trial->record);
    for (size_t i = 0; ok && i < r->scenario->pools.count; i++)
        ok = open_stream(r, i);
    return ok;
}

static void close_all(struct recursion *r) {
    for (size_t i = 0; i < r->scenario->pools.count; i++) {
        frees_close(&r->streams[i].frees);
        free(r->streams[i].sources);
        free(r->streams[i].classes);
        free(r->streams[i].next);
    }
    free(r->streams);
    if (r->ledger.record)
        ledger_close(&r->ledger);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

/* The class that arrives first; ties go to the earlier one. */
static uint32_t first_class(const struct stream *s) {
    uint32_t first = 0;
    for (uint32_t i = 1; i < s->class_count; i++)
        first = s->next[i] < s->next[first] ? i : first;
    return first;
}

/* The next jobs that arrive before `until`, of all classes in order. */
static void merge_jobs(struct stream *s, nsec until) {
    s->arrival = s->merged_arrival;
    s->demand = s->merged_demand;
    while (s->count < BLOCK && s->class_count > 0) {
        uint32_t k = first_class(s);
        struct source *source = &s->sources[k];
        if (s->next[k] >= until)
            break;
        s->merged_arrival[s->count] = s->next[k];
        s->merged_demand[s->count] = source_demand(source, source->index - 1);
        s->class[s->count++] = k;
        s->next[k] = source_next(source);
    }
}

/* Likewise, of the only class there is. */
static void borrow_jobs(struct stream *s, nsec until) {
    size_t count = source_block(&s->sources[0], &s->arrival, &s->demand);
    while (count > 0 && s->arrival[count - 1] >= until)
        count--;
    s->count = count;
}

static void take_jobs(struct stream *s, nsec until) {
    s->count = s->entered = 0;
    (s->class_count == 1 ? borrow_jobs : merge_jobs)(s, until);
    s->ended = s->count < BLOCK;
    frees_serve(&s->frees, s->arrival, s->demand, s->count, s->start, s->end);
}

/* Enters jobs from ... to - 1 of the block that are of class k, and those turned away. */
static void enter_class(struct recursion *r, uint32_t pool, size_t step, uint32_t k, size_t to) {
    struct stream *s = &r->streams[pool];
    nsec arrival[BLOCK], start[BLOCK], end[BLOCK];
    struct ledger_jobs jobs = {arrival, start, end, s->classes[k], pool, 0, step};
    for (size_t i = s->entered; i < to; i++) {
        if (s->class_count > 1 && s->class[i] != k)
            continue;
        if (s->start[i] == NSEC_NEVER) {
            ledger_lose(&r->ledger, s->classes[k], pool, step, s->arrival[i]);
            continue;
        }
        arrival[jobs.count] = s->arrival[i];
        start[jobs.count] = s->start[i];
        end[jobs.count++] = s->end[i];
    }
    ledger_enter(&r->ledger, &jobs);
}

/* Enters what is in the block and arrives before `end`, the end of `step`. */
static void enter(struct recursion *r, uint32_t pool, size_t step, nsec end) {
    struct stream *s = &r->streams[pool];
    size_t from = s->entered, to = from;
    if (s->count > 0 && s->arrival[s->count - 1] < end)
        to = s->count;
    while (to < s->count && s->arrival[to] < end)
        to++;
    if (s->class_count == 1 && s->frees.places == CAPACITY_UNBOUNDED) {
        struct ledger_jobs jobs = {s->arrival + from,
                                   s->start + from,
                                   s->end + from,
                                   s->classes[0],
                                   pool,
                                   to - from,
                                   step};
        ledger_enter(&r->ledger, &jobs);
    } else
        for (uint32_t k = 0; k < s->class_count; k++)
            enter_class(r, pool, step, k, to);
    s->entered = to;
}

static bool stopped(const struct trial *trial) {
    return trial->stop && atomic_load_explicit(trial->stop, memory_order_relaxed);
}

/* All arrivals of one pool before the end of `step`. False: the user wants an end, and half a
 * replication is of no use. */
static bool step_of_pool(struct recursion *r, uint32_t pool, size_t step) {
    struct stream *s = &r->streams[pool];
    nsec end = ledger_bound(&r->ledger, step), until = r->scenario->run.duration + 1;
    for (;;) {
        enter(r, pool, step, end);
        if (s->entered < s->count || s->ended)
            return true;
        if (r->trial->discard_partial && stopped(r->trial))
            return false;
        take_jobs(s, until);
        if (s->count > 0)
            atomic_store_explicit(&r->trial->progress, s->arrival[0] + r->scenario->run.warmup,
                                  memory_order_relaxed);
    }
}

static bool all_pools(struct recursion *r, size_t step) {
    for (uint32_t i = 0; i < r->scenario->pools.count; i++)
        if (!step_of_pool(r, i, step))
            return false;
    ledger_step_over(&r->ledger, step);
    return true;
}

/* The steps; false: given up. */
static bool run(struct recursion *r) {
    size_t step = 0;
    for (;; step++) {
        if (!all_pools(r, step))
            return false;
        if (step + 1 == r->ledger.bounds)
            break;
        if (stopped(r->trial) && r->trial->discard_partial)
            return false;
        if (stopped(r->trial))
            break;
    }
    /* Who comes at T itself is seen where the run goes on beyond it. */
    if (step + 1 == r->ledger.bounds && ledger_goes_on(&r->ledger) && !all_pools(r, step + 1))
        return false;
    ledger_finish(&r->ledger, step);
    return true;
}

bool recursion_run(struct trial *trial) {
    struct recursion r = {.scenario = trial->scenario, .trial = trial};
    bool opened = record_open(&trial->record, trial->scenario, trial->keep_windows);
    bool ok = opened && open_all(&r);
    bool done = ok && run(&r);
    if (r.streams)
        close_all(&r); /* while the record is there */
    if (opened && !done)
        record_close(&trial->record);
    if (!ok)
        snprintf(trial->failure, sizeof trial->failure, "out of memory");
    trial->state = done ? TRIAL_DONE : ok ? TRIAL_WAITING : TRIAL_FAILED;
    atomic_store(&trial->progress, INT64_MAX);
    return ok;
}
