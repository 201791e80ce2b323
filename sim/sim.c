/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sim: one replication, by a calendar of events; see sim.h.
 *
 * Invariant: time never decreases; what happens at one instant happens in the order departures,
 * door, arrivals (classes in the scenario's order), then order of scheduling. The next arrival of
 * each open class stands outside the heap, so that in a pool without feedback the heap holds busy
 * workers only. Who serves a job is a "server": a worker (workers of pool 0, of pool 1, ...), or
 * behind them a submitter that runs a job itself (caller_runs): one for each open class, one for
 * each client.
 *
 * Cost: 35 to 60 ns a job on one core for M/M/1 to M/M/200 (make bench). Memory: 64 bytes a job in
 * the system, whatever the number of jobs.
 */
#include "sim/sim.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/source.h"
#include "model/station.h"
#include "sim/calendar.h"

enum { POLL = 4096, SERVERS_MOST = 1 << CALENDAR_WHO_BITS };

struct submitter {
    struct station_list held; /* open classes: later arrivals while it runs a job itself */
    bool running;
    uint32_t class, client, cycle;
};

/* What the loop asks of a class. */
struct facts {
    uint32_t pool, first_submitter;
    bool closed;
};

struct sim {
    const struct scenario *scenario;
    struct facts *facts; /* a class each */
    struct record *record;
    struct calendar calendar;
    struct source *sources; /* a class each */
    nsec *next;             /* its next arrival; NEVER for closed classes */
    uint32_t first_class;   /* of them, whose arrival is first */
    nsec first_arrival;
    struct station *stations; /* a pool each */
    uint32_t *first_worker;   /* of each pool, among the servers */
    struct station_link *crew;
    uint32_t *servers;            /* the job each serves */
    struct submitter *submitters; /* of server workers + i */
    uint32_t workers, submitter_count;
    bool top_spent; /* the calendar's first event is over; the next one may take its place */
    bool *door_due; /* of each pool: an event is scheduled */
    struct job *jobs;
    struct station_link *links;
    uint32_t free_job, jobs_used, jobs_room, jobs_most;
    uint64_t started;
    nsec now, stop_at;
    bool full;
};

static uint32_t pool_of(const struct sim *s, const struct job *job) {
    return s->facts[job->class].pool;
}

/* A free slot for a job, or STATION_NONE when there is no memory for more. */
static uint32_t take_slot(struct sim *s) {
    if (s->free_job != STATION_NONE) {
        uint32_t slot = s->free_job;
        s->free_job = s->links[slot].next;
        return slot;
    }
    if (s->jobs_used == s->jobs_room) {
        uint32_t room = s->jobs_room ? s->jobs_room * 2 : 1024;
        room = room > s->jobs_most ? s->jobs_most : room;
        struct job *jobs = room > s->jobs_room ? realloc(s->jobs, room * sizeof *jobs) : NULL;
        s->jobs = jobs ? jobs : s->jobs;
        struct station_link *links = jobs ? realloc(s->links, room * sizeof *links) : NULL;
        s->links = links ? links : s->links;
        s->full = !jobs || !links;
        if (s->full)
            return STATION_NONE;
        s->jobs_room = room;
    }
    return s->jobs_used++;
}

static void free_slot(struct sim *s, uint32_t slot) {
    s->links[slot].next = s->free_job;
    s->free_job = slot;
}

/* An end and the start of the next job are one sift instead of two. */
static void schedule(struct sim *s, nsec at, uint64_t key) {
    struct event_entry e = {at, key};
    if (s->top_spent)
        calendar_replace_first(&s->calendar, e);
    else
        calendar_push(&s->calendar, e);
    s->top_spent = false;
}

static void schedule_departure(struct sim *s, uint32_t server, nsec demand) {
    schedule(s, s->now + demand, calendar_key(RANK_DEPARTURE, s->started++, server));
}

static void start(struct sim *s, uint32_t slot, uint32_t pool, uint32_t worker, bool from_queue) {
    struct job *job = &s->jobs[slot];
    uint32_t server = s->first_worker[pool] + worker;
    job->started = s->now;
    s->servers[server] = slot;
    record_start(s->record, job, pool, s->now, from_queue);
    schedule_departure(s, server, job->demand);
}

/* Among arrivals of one instant: what submitters held back first, then classes in their order. */
static uint64_t arrival_order(uint32_t class, uint64_t n) {
    return (uint64_t)(class + 1) << 27 | (n & ((1U << 27) - 1));
}

/* A closed client begins to think about its next submission. */
static void think(struct sim *s, uint32_t submitter) {
    struct submitter *who = &s->submitters[submitter];
    struct source *source = &s->sources[who->class];
    nsec at = s->now + source_think(source, who->client, who->cycle);
    uint64_t order = arrival_order(who->class, s->started++);
    if (!source_ended(source, at))
        schedule(s, at, calendar_key(RANK_ARRIVAL, order, submitter));
}

static uint32_t submitter_of(const struct sim *s, const struct job *job) {
    const struct facts *class = &s->facts[job->class];
    return class->first_submitter + (class->closed ? (uint32_t)(job->index >> 32) : 0);
}

/* The job is out of the system: a closed client thinks again. */
static void leave(struct sim *s, uint32_t slot) {
    const struct job *job = &s->jobs[slot];
    if (s->facts[job->class].closed) {
        uint32_t submitter = submitter_of(s, job);
        s->submitters[submitter].cycle++;
        think(s, submitter);
    }
    free_slot(s, slot);
}

static void lose(struct sim *s, uint32_t slot, uint32_t pool, enum fate fate) {
    record_lose(s->record, &s->jobs[slot], pool, s->now, fate, fate == FATE_DROPPED);
    leave(s, slot);
}

static void queue(struct sim *s, uint32_t slot, uint32_t pool) {
    struct job *job = &s->jobs[slot];
    job->waited = true;
    record_queue(s->record, job, pool, s->now);
}

static void admit(struct sim *s, uint32_t slot, uint32_t pool, struct station_answer answer) {
    if (answer.verdict == STATION_START)
        start(s, slot, pool, answer.other, false);
    else
        queue(s, slot, pool);
}

static void run_by_caller(struct sim *s, uint32_t slot) {
    struct job *job = &s->jobs[slot];
    uint32_t submitter = submitter_of(s, job);
    job->started = s->now;
    job->by_caller = true;
    s->submitters[submitter].running = true;
    s->servers[s->workers + submitter] = slot;
    record_caller(s->record, job, s->now);
    schedule_departure(s, s->workers + submitter, job->demand);
}

/* A submitter asks the pool to admit its job. */
static void submit(struct sim *s, uint32_t slot) {
    struct job *job = &s->jobs[slot];
    uint32_t pool = pool_of(s, job);
    struct station_answer answer = station_arrive(&s->stations[pool], s->links, slot);
    switch (answer.verdict) {
    case STATION_DROP_OLDEST_JOB:
        lose(s, answer.other, pool, FATE_DROPPED);
        admit(s, slot, pool, answer);
        break;
    case STATION_REJECTED:
        lose(s, slot, pool, FATE_REJECTED);
        break;
    case STATION_DOOR:
        job->waited = true;
        record_block(s->record, job, s->now);
        break;
    case STATION_CALLER:
        run_by_caller(s, slot);
        break;
    case STATION_START:
    case STATION_QUEUE:
    case STATION_NEXT:
    case STATION_IDLE:
        admit(s, slot, pool, answer);
        break;
    }
}

/* Job `index` of a class means to arrive now. */
static void arrive(struct sim *s, uint32_t class, uint64_t index) {
    uint32_t slot = take_slot(s);
    if (slot == STATION_NONE)
        return;
    s->jobs[slot] = (struct job){.intended = s->now,
                                 .index = index,
                                 .class = class,
                                 .demand = source_demand(&s->sources[class], index),
                                 .counted = s->now >= 0 && s->now < s->record->horizon};
    struct submitter *submitter = &s->submitters[submitter_of(s, &s->jobs[slot])];
    record_arrive(s->record, &s->jobs[slot], pool_of(s, &s->jobs[slot]), s->now);
    if (submitter->running) {
        station_append(&submitter->held, s->links, slot);
        record_hold(s->record, &s->jobs[slot], s->now);
    } else
        submit(s, slot);
}

/* Held arrivals come back one by one, at the rank of arrivals but before fresh ones. */
static void held_due(struct sim *s, uint32_t submitter) {
    const struct submitter *who = &s->submitters[submitter];
    if (who->held.count > 0 && !who->running)
        schedule(s, s->now, calendar_key(RANK_ARRIVAL, who->class, submitter));
}

static void release_held(struct sim *s, uint32_t submitter) {
    submit(s, station_take_first(&s->submitters[submitter].held, s->links));
    held_due(s, submitter);
}

static void door_due(struct sim *s, uint32_t pool) {
    if (s->stations[pool].door.count == 0 || s->door_due[pool])
        return;
    s->door_due[pool] = true;
    schedule(s, s->now, calendar_key(RANK_DOOR, pool, pool));
}

static void door(struct sim *s, uint32_t pool) {
    uint32_t slot;
    s->door_due[pool] = false;
    for (;;) {
        struct station_answer answer = station_door(&s->stations[pool], s->links, &slot);
        if (answer.verdict == STATION_IDLE)
            break;
        admit(s, slot, pool, answer);
    }
}

static void caller_ends(struct sim *s, uint32_t submitter) {
    uint32_t slot = s->servers[s->workers + submitter];
    struct submitter *who = &s->submitters[submitter];
    record_end(s->record, &s->jobs[slot], pool_of(s, &s->jobs[slot]), s->now);
    who->running = false;
    leave(s, slot);
    held_due(s, submitter);
}

static void depart(struct sim *s, uint32_t server) {
    if (server >= s->workers) {
        caller_ends(s, server - s->workers);
        return;
    }
    uint32_t slot = s->servers[server], pool = pool_of(s, &s->jobs[slot]);
    record_end(s->record, &s->jobs[slot], pool, s->now);
    struct station_answer answer =
        station_finish(&s->stations[pool], s->links, server - s->first_worker[pool]);
    if (answer.verdict == STATION_NEXT)
        start(s, answer.other, pool, server - s->first_worker[pool], true);
    leave(s, slot);
    door_due(s, pool);
}

/* A client's thinking is over, or an open class's submitter comes back to what it held. */
static void submitter_event(struct sim *s, uint32_t submitter) {
    struct submitter *who = &s->submitters[submitter];
    if (s->facts[who->class].closed)
        arrive(s, who->class, job_closed_index(who->client, who->cycle));
    else
        release_held(s, submitter);
}

static void event(struct sim *s) {
    uint64_t key = s->calendar.heap[1].key;
    s->top_spent = true;
    switch (calendar_rank(key)) {
    case RANK_DEPARTURE:
        depart(s, calendar_who(key));
        break;
    case RANK_DOOR:
        door(s, calendar_who(key));
        break;
    case RANK_ARRIVAL:
        submitter_event(s, calendar_who(key));
        break;
    }
    if (s->top_spent)
        calendar_pop(&s->calendar);
    s->top_spent = false;
}

/* Finds the open class that arrives first; ties go to the earlier one. */
static void find_first(struct sim *s) {
    uint32_t first = 0;
    for (uint32_t i = 1; i < s->scenario->classes.count; i++)
        if (s->next[i] < s->next[first])
            first = i;
    s->first_class = first;
    s->first_arrival = s->next[first];
}

/* Does the first open arrival come before the calendar's first event? */
static bool arrival_first(const struct sim *s) {
    if (s->calendar.count == 0)
        return true;
    struct event_entry first = s->calendar.heap[1];
    if (s->first_arrival != first.at)
        return s->first_arrival < first.at;
    return calendar_key(RANK_ARRIVAL, arrival_order(s->first_class, 0), 0) < first.key;
}

static void arrive_open(struct sim *s) {
    uint32_t class = s->first_class;
    uint64_t index = s->sources[class].index - 1;
    s->next[class] = source_next(&s->sources[class]);
    find_first(s);
    arrive(s, class, index);
}

/* When the run ends: every counted job has ended, or the cool-down is over. */
static bool over(const struct sim *s, nsec next) {
    const struct record *r = s->record;
    if (next < r->horizon)
        return false;
    return r->counted_left == 0 || next == NSEC_NEVER || next > s->stop_at;
}

static bool stopped(const struct trial *trial) {
    return trial->stop && atomic_load_explicit(trial->stop, memory_order_relaxed);
}

/* The hot loop. False when the user wants an end. */
static bool loop(struct sim *s, struct trial *trial) {
    for (uint32_t turn = 0; !s->full; turn++) {
        bool arrival = arrival_first(s);
        nsec at = arrival ? s->first_arrival : s->calendar.heap[1].at;
        if (over(s, at))
            return true;
        assert(at >= s->now);
        s->now = at;
        record_advance(s->record, at);
        if (arrival) {
            arrive_open(s);
        } else
            event(s);
        if (turn % POLL == 0) {
            atomic_store_explicit(&trial->progress, at + s->scenario->run.warmup,
                                  memory_order_relaxed);
            if (stopped(trial))
                return false;
        }
    }
    return true;
}

static void open_stations(struct sim *s) {
    const struct scenario *sc = s->scenario;
    for (size_t i = 0; i < sc->pools.count; i++) {
        const struct pool_spec *pool = &sc->pools.items[i];
        station_open(&s->stations[i], (uint32_t)pool->workers, pool->queue.capacity,
                     (enum station_when_full)pool->queue.when_full, s->crew + s->first_worker[i]);
    }
}

static void open_submitters(struct sim *s) {
    for (uint32_t i = 0; i < s->scenario->classes.count; i++) {
        const struct arrivals *a = &s->scenario->classes.items[i].arrivals;
        uint32_t clients = a->kind == ARRIVAL_CLOSED ? (uint32_t)a->clients : 1;
        for (uint32_t k = 0; k < clients; k++)
            s->submitters[s->facts[i].first_submitter + k] =
                (struct submitter){.held = STATION_EMPTY_LIST, .class = i, .client = k};
    }
}

/* Counts servers and lays out the arrays; false: out of memory. */
static bool lay_out(struct sim *s) {
    const struct scenario *sc = s->scenario;
    s->first_worker = mem_new(sc->pools.count, sizeof *s->first_worker);
    s->facts = mem_new(sc->classes.count, sizeof *s->facts);
    s->stations = mem_new(sc->pools.count, sizeof *s->stations);
    s->door_due = mem_new(sc->pools.count, sizeof *s->door_due);
    s->sources = mem_new(sc->classes.count, sizeof *s->sources);
    s->next = mem_new(sc->classes.count, sizeof *s->next);
    for (size_t i = 0; i < sc->pools.count; i++) {
        s->first_worker[i] = s->workers;
        s->workers += (uint32_t)sc->pools.items[i].workers;
    }
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct arrivals *a = &sc->classes.items[i].arrivals;
        s->facts[i] = (struct facts){(uint32_t)sc->classes.items[i].route.items[0].pool,
                                     s->submitter_count, a->kind == ARRIVAL_CLOSED};
        s->submitter_count += a->kind == ARRIVAL_CLOSED ? (uint32_t)a->clients : 1;
    }
    uint32_t servers = s->workers + s->submitter_count;
    s->crew = calloc((size_t)s->workers + 1, sizeof *s->crew);
    s->servers = calloc((size_t)servers + 1, sizeof *s->servers);
    s->submitters = calloc((size_t)s->submitter_count + 1, sizeof *s->submitters);
    return servers < SERVERS_MOST && s->crew && s->servers && s->submitters &&
           calendar_open(&s->calendar, servers + s->submitter_count + (uint32_t)sc->pools.count);
}

static bool sim_open(struct sim *s, struct trial *trial) {
    const struct scenario *sc = trial->scenario;
    *s = (struct sim){.scenario = sc,
                      .record = &trial->record,
                      .free_job = STATION_NONE,
                      .jobs_most = trial->most_jobs ? trial->most_jobs : SIM_JOBS_MOST,
                      .now = -sc->run.warmup,
                      .stop_at = sc->run.duration + sc->run.cooldown};
    if (!lay_out(s))
        return false;
    open_stations(s);
    open_submitters(s);
    for (uint32_t i = 0; i < sc->classes.count; i++) {
        source_open(&s->sources[i], &sc->classes.items[i], (uint64_t)sc->seed, trial->replication,
                    s->now, scenario_arrivals_end(sc));
        s->next[i] = source_next(&s->sources[i]);
    }
    find_first(s);
    for (uint32_t i = 0; i < s->submitter_count; i++)
        if (s->facts[s->submitters[i].class].closed)
            think(s, i);
    return true;
}

static void sim_close(struct sim *s) {
    calendar_close(&s->calendar);
    free(s->sources);
    free(s->next);
    free(s->stations);
    free(s->first_worker);
    free(s->crew);
    free(s->servers);
    free(s->submitters);
    free(s->facts);
    free(s->door_due);
    free(s->jobs);
    free(s->links);
}

static void left_in(struct sim *s, const struct station_list *list) {
    for (uint32_t slot = list->head, n = list->count; n > 0; n--, slot = s->links[slot].next)
        record_left(s->record, &s->jobs[slot], pool_of(s, &s->jobs[slot]), s->now, false);
}

/* Everybody who is still in the system goes into the books. */
static void account_for_left(struct sim *s) {
    for (uint32_t i = 1; i <= s->calendar.count; i++) {
        uint64_t key = s->calendar.heap[i].key;
        if (calendar_rank(key) == RANK_DEPARTURE) {
            const struct job *job = &s->jobs[s->servers[calendar_who(key)]];
            record_left(s->record, job, pool_of(s, job), s->now, true);
        }
    }
    for (size_t i = 0; i < s->scenario->pools.count; i++) {
        left_in(s, &s->stations[i].queue);
        left_in(s, &s->stations[i].door);
    }
    for (uint32_t i = 0; i < s->submitter_count; i++)
        left_in(s, &s->submitters[i].held);
    assert(s->record->counted_left == 0); /* conservation */
}

static void finish(struct sim *s, struct trial *trial, bool whole) {
    if (whole && s->now < s->record->horizon)
        s->now = s->record->horizon;
    account_for_left(s);
    record_finish(s->record, s->now);
    s->record->interrupted = s->record->interrupted || !whole;
    atomic_store(&trial->progress, INT64_MAX);
    trial->state = TRIAL_DONE;
}

static bool fail(struct trial *trial, const char *why) {
    snprintf(trial->failure, sizeof trial->failure, "%s", why);
    trial->state = TRIAL_FAILED;
    record_close(&trial->record);
    return false;
}

static void fail_full(const struct sim *s, struct trial *trial) {
    char why[160];
    snprintf(
        why, sizeof why,
        "after %.3g s more than %u jobs are in the system, for which there is no memory; bound the "
        "queue, or shorten the run",
        nsec_seconds(s->now), s->jobs_room);
    fail(trial, why);
}

bool sim_run(struct trial *trial) {
    struct sim s = {0};
    if (!record_open(&trial->record, trial->scenario, trial->keep_windows))
        return fail(trial, "out of memory");
    trial->record.log = trial->log;
    if (trial->keep_outcomes)
        record_keep_outcomes(&trial->record);
    bool ok = sim_open(&s, trial);
    bool whole = ok && loop(&s, trial);
    if (!ok)
        fail(trial, "out of memory, or more than 16 million workers and clients");
    else if (s.full)
        fail_full(&s, trial);
    else if (!whole && trial->discard_partial) {
        record_close(&trial->record);
        trial->state = TRIAL_WAITING;
    } else
        finish(&s, trial, whole);
    sim_close(&s);
    return trial->state != TRIAL_FAILED;
}
