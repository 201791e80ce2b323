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

#include "sim/stage.h"

enum { POLL = 4096 };

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
        s->full = !jobs || !links || (s->losing && !timers_grow(&s->timers, room));
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
    job->place = JOB_SERVED;
    if (s->losing)
        timers_clear(&s->timers, slot);
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
    timers_clear(&s->timers, slot);
    record_lose(s->record, &s->jobs[slot], pool, s->now, fate, s->jobs[slot].place == JOB_QUEUED);
    leave(s, slot);
}

/* The job waits; from the first place on it has until its patience ends. */
static void waits(struct sim *s, uint32_t slot, enum job_place place) {
    struct job *job = &s->jobs[slot];
    job->waited = job->waited || place != JOB_HELD;
    bool first = s->facts[job->class].loses && !timers_has(&s->timers, slot);
    job->place = (uint8_t)place;
    nsec patience = first ? source_patience(&s->sources[job->class], job->index) : NSEC_NEVER;
    if (patience < NSEC_NEVER)
        timers_set(&s->timers, slot, job->intended + patience);
}

static void queue(struct sim *s, uint32_t slot, uint32_t pool) {
    waits(s, slot, JOB_QUEUED);
    record_queue(s->record, &s->jobs[slot], pool, s->now);
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
    timers_clear(&s->timers, slot);
    s->submitters[submitter].running = true;
    s->servers[s->workers + submitter] = slot;
    record_caller(s->record, job, s->now);
    schedule_departure(s, s->workers + submitter, job->demand);
}

/* A submitter asks the pool to admit its job. */
static void submit(struct sim *s, uint32_t slot) {
    struct job *job = &s->jobs[slot];
    uint32_t pool = stage_pool(s, job);
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
        waits(s, slot, JOB_AT_DOOR);
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
    record_arrive(s->record, &s->jobs[slot], s->facts[class].pool, s->now);
    struct submitter *submitter = &s->submitters[submitter_of(s, &s->jobs[slot])];
    if (s->callers && submitter->running) {
        waits(s, slot, JOB_HELD);
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
    if (s->submitters[submitter].held.count == 0)
        return; /* the last of them has given up in this very instant */
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

/* A waiting job's patience is over. Whoever stands at the door may have its place. */
static void give_up(struct sim *s) {
    uint32_t slot = timers_take(&s->timers), pool = stage_pool(s, &s->jobs[slot]);
    switch ((enum job_place)s->jobs[slot].place) {
    case JOB_QUEUED:
        station_leave_queue(&s->stations[pool], s->links, slot);
        door_due(s, pool);
        break;
    case JOB_AT_DOOR:
        station_leave_door(&s->stations[pool], s->links, slot);
        break;
    case JOB_HELD:
        station_take(&s->submitters[submitter_of(s, &s->jobs[slot])].held, s->links, slot);
        break;
    case JOB_SERVED:
        break;
    }
    lose(s, slot, pool, FATE_TIMED_OUT);
}

static void caller_ends(struct sim *s, uint32_t submitter) {
    uint32_t slot = s->servers[s->workers + submitter];
    struct submitter *who = &s->submitters[submitter];
    record_end(s->record, &s->jobs[slot], stage_pool(s, &s->jobs[slot]), s->now);
    who->running = false;
    leave(s, slot);
    held_due(s, submitter);
}

static void depart(struct sim *s, uint32_t server) {
    if (server >= s->workers) {
        caller_ends(s, server - s->workers);
        return;
    }
    uint32_t slot = s->servers[server], pool = stage_pool(s, &s->jobs[slot]);
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
    case RANK_GIVE_UP:
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

/* Does the first to give up come before the other first event, an arrival or the calendar's? */
static bool give_up_first(const struct sim *s, nsec at, bool arrival) {
    nsec gives_up = timers_next(&s->timers);
    return gives_up < at || (gives_up == at && at < NSEC_NEVER &&
                             (arrival || calendar_rank(s->calendar.heap[1].key) > RANK_GIVE_UP));
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
        bool gives_up = s->timers.count > 0 && give_up_first(s, at, arrival);
        at = gives_up ? timers_next(&s->timers) : at;
        if (over(s, at))
            return true;
        assert(at >= s->now);
        s->now = at;
        record_advance(s->record, at);
        if (gives_up)
            give_up(s);
        else if (arrival)
            arrive_open(s);
        else
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

static void finish(struct sim *s, struct trial *trial, bool whole) {
    if (whole && s->now < s->record->horizon)
        s->now = s->record->horizon;
    if (whole && s->record->counted_left > 0)
        s->now = s->stop_at; /* cut off: so far it was seen */
    stage_account(s);
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

/* Clients think first. */
static void begin(struct sim *s) {
    find_first(s);
    for (uint32_t i = 0; i < s->submitter_count; i++)
        if (s->facts[s->submitters[i].class].closed)
            think(s, i);
}

bool sim_calendar(struct trial *trial) {
    struct sim s = {0};
    if (!record_open(&trial->record, trial->scenario, trial->keep_windows))
        return fail(trial, "out of memory");
    trial->record.log = trial->log;
    if (trial->keep_outcomes)
        record_keep_outcomes(&trial->record);
    bool ok = stage_open(&s, trial);
    if (ok)
        begin(&s);
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
    stage_close(&s);
    return trial->state != TRIAL_FAILED;
}
