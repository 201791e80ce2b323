/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * moves: what happens to a job of the simulator, from its arrival to its end, one move of a model/
 * station after the other. Of sim/sim.c alone, whose loop it is a part of: all of it is one
 * function in the end.
 */
#ifndef SIM_MOVES_H
#define SIM_MOVES_H

#include "sim/stage.h"

/* What the loop does with most events is one function in the end. */
#define HOT static inline __attribute__((always_inline))

/* What is known of an event, a constant in the loop: nothing; that the recorder may be told quietly
 * (model/record); besides, that the scenario is plain: open classes without patience, no door, no
 * callers (sim/stage). */
enum known { NOTHING, QUIET, PLAIN };

/* A free slot for a job, or STATION_NONE when there is no memory for more. */
HOT uint32_t take_slot(struct sim *s) {
    if (s->free_job != STATION_NONE) {
        uint32_t slot = s->free_job;
        s->free_job = s->links[slot].next;
        return slot;
    }
    return s->jobs_used < s->jobs_room || stage_more_jobs(s) ? s->jobs_used++ : STATION_NONE;
}

HOT void free_slot(struct sim *s, uint32_t slot) {
    s->links[slot].next = s->free_job;
    s->free_job = slot;
}

/* Into the calendar. */
static inline void schedule(struct sim *s, nsec at, uint64_t key) {
    calendar_push(&s->calendar, (struct event_entry){at, key});
    s->soon = at < s->soon ? at : s->soon;
}

HOT void start(struct sim *s, uint32_t slot, const struct facts *facts, uint32_t server,
               bool from_queue, bool goes_on, enum known known) {
    struct job *job = &s->jobs[slot];
    job->started = s->now;
    if (known != PLAIN && s->losing) {
        job->place = JOB_SERVED;
        timers_clear(&s->timers, slot);
    }
    if (known != PLAIN && s->resizing)
        resize_started(s, facts->pool, server, job);
    s->servers[server] = (struct served){facts, slot};
    record_start_at(s->record, facts->tally, facts->pool_tally, job, s->now, from_queue,
                    known != NOTHING);
    if (!goes_on)
        record_busy(s->record, facts->pool_tally, true); /* else who ended the one before goes on */
    if (known == NOTHING && s->spend.on) {
        stage_spend(s, server);
        return;
    }
    nsec end = known == PLAIN ? s->now + job->demand : stage_due(s, job, server, from_queue);
    (goes_on ? ends_replace : ends_push)(&s->ends, end, server);
}

/* Among arrivals of one instant: what submitters held back first, then classes in their order. */
static inline uint64_t arrival_order(uint32_t class, uint64_t n) {
    return (uint64_t)(class + 1) << 27 | (n & ((1U << 27) - 1));
}

/* A closed client begins to think about its next submission. */
static inline void think(struct sim *s, uint32_t submitter) {
    struct submitter *who = &s->submitters[submitter];
    struct source *source = s->facts[who->class].source;
    nsec at = s->now + source_think(source, who->client, who->cycle);
    uint64_t order = arrival_order(who->class, s->scheduled++);
    if (!source_ended(source, at))
        schedule(s, at, calendar_key(RANK_ARRIVAL, order, submitter));
}

static inline uint32_t submitter_of(const struct sim *s, const struct job *job) {
    const struct facts *class = &s->facts[job->class];
    return class->first_submitter + (class->closed ? (uint32_t)(job->index >> 32) : 0);
}

/* A closed client's job is out of the system: it thinks again. */
static inline void next_cycle(struct sim *s, uint32_t submitter) {
    s->submitters[submitter].cycle++;
    think(s, submitter);
}

HOT void leave(struct sim *s, uint32_t slot, const struct facts *facts, enum known known) {
    if (known != PLAIN && facts->closed)
        next_cycle(s, submitter_of(s, &s->jobs[slot]));
    free_slot(s, slot);
}

static inline void lose(struct sim *s, uint32_t slot, uint32_t pool, enum fate fate) {
    timers_clear(&s->timers, slot);
    if (s->resizing)
        resize_lost(s, pool);
    record_lose(s->record, &s->jobs[slot], pool, s->now, fate, s->jobs[slot].place == JOB_QUEUED);
    leave(s, slot, stage_facts(s, &s->jobs[slot]), NOTHING);
}

/* From the first place it waits at on a job has until its patience ends. */
static inline void wait_in_patience(struct sim *s, uint32_t slot) {
    struct job *job = &s->jobs[slot];
    bool first = s->facts[job->class].loses && !timers_has(&s->timers, slot);
    nsec patience = first ? source_patience(s->facts[job->class].source, job->index) : NSEC_NEVER;
    if (patience == NSEC_NEVER)
        return;
    nsec at = job->intended + patience;
    timers_set(&s->timers, slot, at);
    s->soon = at < s->soon ? at : s->soon;
}

HOT void waits(struct sim *s, uint32_t slot, enum job_place place, enum known known) {
    struct job *job = &s->jobs[slot];
    job->waited = job->waited || place != JOB_HELD;
    job->place = (uint8_t)place;
    if (known != PLAIN && s->losing)
        wait_in_patience(s, slot);
}

HOT void queue(struct sim *s, uint32_t slot, const struct facts *facts, enum known known) {
    waits(s, slot, JOB_QUEUED, known);
    record_queue_at(s->record, facts->tally, facts->pool_tally, &s->jobs[slot], s->now,
                    known != NOTHING);
}

HOT void admit(struct sim *s, uint32_t slot, const struct facts *facts,
               struct station_answer answer, enum known known) {
    if (answer.verdict == STATION_START)
        start(s, slot, facts, facts->first_worker + answer.other, false, false, known);
    else
        queue(s, slot, facts, known);
}

static inline void run_by_caller(struct sim *s, uint32_t slot) {
    struct job *job = &s->jobs[slot];
    uint32_t submitter = submitter_of(s, job);
    job->started = s->now;
    job->by_caller = true;
    timers_clear(&s->timers, slot);
    s->submitters[submitter].running = true;
    s->servers[s->workers + submitter] = (struct served){stage_facts(s, job), slot};
    record_caller(s->record, job, s->now);
    if (s->spend.on)
        stage_spend(s, s->workers + submitter);
    else
        ends_push(&s->ends, stage_due(s, job, s->workers + submitter, false),
                  s->workers + submitter);
}

/* The pool has no room for a job as it is. */
static inline void turn_away(struct sim *s, uint32_t slot, const struct facts *facts,
                             struct station_answer answer) {
    switch (answer.verdict) {
    case STATION_DROP_OLDEST_JOB:
        lose(s, answer.other, facts->pool, FATE_DROPPED);
        queue(s, slot, facts, NOTHING);
        break;
    case STATION_REJECTED:
        lose(s, slot, facts->pool, FATE_REJECTED);
        break;
    case STATION_DOOR:
        waits(s, slot, JOB_AT_DOOR, NOTHING);
        record_block(s->record, &s->jobs[slot], s->now);
        break;
    case STATION_CALLER:
        run_by_caller(s, slot);
        break;
    case STATION_START:
    case STATION_QUEUE:
    case STATION_NEXT:
    case STATION_IDLE:
    case STATION_RETIRE:
    case STATION_LEAVING:
        break;
    }
}

/* A thread for one more job at once than ever before; false: there are too many. */
static inline bool hire(struct sim *s, const struct facts *facts) {
    s->full = facts->station->workers == POOL_WORKERS_MOST;
    if (s->full)
        s->soon = INT64_MIN;
    else
        station_hire(facts->station);
    return !s->full;
}

/* A submitter asks the pool to admit its job. */
HOT void submit(struct sim *s, uint32_t slot, const struct facts *facts, enum known known) {
    if (known != PLAIN && facts->endless && facts->station->idle == 0 && !hire(s, facts))
        return;
    if (known != PLAIN && s->resizing)
        resize_arrival(s, facts->pool);
    struct station_answer answer = station_arrive(facts->station, s->links, slot);
    if (answer.verdict == STATION_START || answer.verdict == STATION_QUEUE)
        admit(s, slot, facts, answer, known);
    else
        turn_away(s, slot, facts, answer);
    if (known != PLAIN && s->resizing)
        resize_event(s, facts->pool);
}

/* Does its submitter, which runs a job itself, hold the job back? */
static inline bool held_back(struct sim *s, uint32_t slot) {
    struct job *job = &s->jobs[slot];
    struct submitter *submitter = &s->submitters[submitter_of(s, job)];
    if (!submitter->running)
        return false;
    waits(s, slot, JOB_HELD, NOTHING);
    station_append(&submitter->held, s->links, slot);
    record_hold(s->record, job, s->now);
    return true;
}

/* Job `index` of a class means to arrive now. */
HOT void arrive(struct sim *s, const struct facts *facts, uint64_t index, enum known known) {
    uint32_t slot = take_slot(s);
    if (slot == STATION_NONE)
        return;
    struct job *job = &s->jobs[slot];
    job->intended = s->now;
    job->demand = source_demand(facts->source, index);
    job->index = index;
    job->class = facts->class;
    job->counted = known != NOTHING || s->record->inside;
    job->waited = job->outside = job->by_caller = false;
    job->place = JOB_HELD;
    if (known != PLAIN && s->ranked)
        s->ranks.of[slot] = facts->rank;
    record_arrive_at(s->record, facts->tally, facts->pool_tally, job, s->now, known != NOTHING);
    if (known == PLAIN || !s->callers || !held_back(s, slot))
        submit(s, slot, facts, known);
}

/* Held arrivals come back one by one, at the rank of arrivals but before fresh ones. */
static inline void held_due(struct sim *s, uint32_t submitter) {
    const struct submitter *who = &s->submitters[submitter];
    if (who->held.count > 0 && !who->running)
        schedule(s, s->now, calendar_key(RANK_ARRIVAL, who->class, submitter));
}

static inline void release_held(struct sim *s, uint32_t submitter) {
    if (s->submitters[submitter].held.count == 0)
        return; /* the last of them has given up in this very instant */
    submit(s, station_take_first(&s->submitters[submitter].held, s->links),
           &s->facts[s->submitters[submitter].class], NOTHING);
    held_due(s, submitter);
}

static inline void door_due(struct sim *s, uint32_t pool) {
    if (s->stations[pool].door.count == 0 || s->door_due[pool])
        return;
    s->door_due[pool] = true;
    schedule(s, s->now, calendar_key(RANK_DOOR, pool, pool));
}

static inline void door(struct sim *s, uint32_t pool) {
    uint32_t slot;
    s->door_due[pool] = false;
    for (;;) {
        struct station_answer answer = station_door(&s->stations[pool], s->links, &slot);
        if (answer.verdict == STATION_IDLE)
            break;
        admit(s, slot, stage_facts(s, &s->jobs[slot]), answer, NOTHING);
    }
    if (s->resizing)
        resize_event(s, pool);
}

/* A waiting job's patience is over. Whoever stands at the door may have its place. */
static inline void give_up(struct sim *s) {
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
    if (s->resizing)
        resize_event(s, pool);
}

static inline void caller_ends(struct sim *s, uint32_t submitter) {
    uint32_t slot = s->servers[s->workers + submitter].slot;
    const struct facts *facts = s->servers[s->workers + submitter].facts;
    struct submitter *who = &s->submitters[submitter];
    record_end_at(s->record, facts->tally, facts->pool_tally, &s->jobs[slot], s->now, false);
    if (!s->spend.on)
        ends_pop(&s->ends);
    who->running = false;
    leave(s, slot, facts, NOTHING);
    held_due(s, submitter);
}

/* A worker has nothing to do, or goes. */
static inline void rests(struct sim *s, uint32_t pool, uint32_t server,
                         enum station_verdict verdict) {
    if (verdict == STATION_RETIRE)
        resize_gone(s, pool, server);
    else
        resize_idle(s, pool, server);
}

void sim_join(struct sim *s, uint32_t pool, uint32_t server) {
    struct station *station = &s->stations[pool];
    struct station_answer answer = station_join(station, s->links, server - s->first_worker[pool]);
    record_workers(s->record, pool, s->now, station->workers, station->starting);
    if (answer.verdict == STATION_NEXT)
        start(s, answer.other, stage_facts(s, &s->jobs[answer.other]), server, true, false,
              NOTHING);
    else
        resize_idle(s, pool, server);
}

void sim_door_due(struct sim *s, uint32_t pool) {
    door_due(s, pool);
}

/* The server's job ends: the first of the busy. */
HOT void depart(struct sim *s, uint32_t server, enum known known) {
    uint32_t slot = s->servers[server].slot;
    if (known != PLAIN && s->overhead && stage_put_off(s, server))
        return;
    if (known != PLAIN && server >= s->workers) {
        caller_ends(s, server - s->workers);
        return;
    }
    const struct facts *facts = s->servers[server].facts;
    record_end_at(s->record, facts->tally, facts->pool_tally, &s->jobs[slot], s->now,
                  known != NOTHING);
    if (known != PLAIN && s->resizing)
        resize_ended(s, facts->pool, &s->jobs[slot]);
    leave(s, slot, facts, known);
    struct station_answer answer =
        station_finish(facts->station, s->links, server - facts->first_worker);
    if (answer.verdict == STATION_NEXT)
        start(s, answer.other, stage_facts(s, &s->jobs[answer.other]), server, true, true, known);
    else {
        record_busy(s->record, facts->pool_tally, false);
        if (known != NOTHING || !s->spend.on)
            ends_pop(&s->ends);
        if (known != PLAIN && s->resizing)
            rests(s, facts->pool, server, answer.verdict);
    }
    if (known != PLAIN && s->resizing)
        resize_event(s, facts->pool);
    if (known != PLAIN && facts->station->door.count > 0)
        door_due(s, facts->pool);
}

/* The first phase of what the busy spend ends, and maybe a job. */
static inline void spend(struct sim *s) {
    uint32_t server = spend_go_on(&s->spend, s->now);
    if (server != SPEND_NONE)
        depart(s, server, NOTHING);
}

/* A client's thinking is over, or an open class's submitter comes back to what it held. */
static inline void submitter_event(struct sim *s, uint32_t submitter) {
    struct submitter *who = &s->submitters[submitter];
    if (s->facts[who->class].closed)
        arrive(s, &s->facts[who->class], job_closed_index(who->client, who->cycle), NOTHING);
    else
        release_held(s, submitter);
}

/* The first of the calendar. */
static inline void event(struct sim *s) {
    uint64_t key = s->calendar.heap[1].key;
    calendar_pop(&s->calendar);
    if (calendar_rank(key) == RANK_DOOR)
        door(s, calendar_who(key));
    else
        submitter_event(s, calendar_who(key));
}

#endif
