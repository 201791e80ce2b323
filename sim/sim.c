/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sim: one replication, by a calendar of events; see sim.h.
 *
 * Invariant: time never decreases; what happens at one instant happens in the order departures,
 * who gives up, changes of size, door, arrivals (classes in the scenario's order), then order of
 * scheduling. The ends of the busy (sim/ends), the next arrival of each open class and who gives up
 * (model/timers) stand outside the calendar, so that in most scenarios it is empty. Who serves a
 * job is a "server": a worker (workers of pool 0, of pool 1, ...), or behind them a submitter that
 * runs a job itself (caller_runs): one for each open class, one for each client.
 *
 * The loop looks at two instants, the first end and the first open arrival, and at one bound,
 * `soon`, before which nothing else is due: nothing of the calendar, nobody gives up, no sample. Up
 * to there the recorder is told quietly. Whatever comes then is any_event's, which knows all.
 *
 * Cost: 38 ns a job on one core for M/M/1, 50 for M/M/16, 65 for M/M/200, 1.2 to 1.5 times the
 * least loop (make bench), with AVX-512; on a slower one with AVX2 68, 71 and 142, 1.3 to 1.7
 * times. Memory: 56 bytes a job in the system, whatever the number of jobs.
 */
#include "sim/sim.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/moves.h"

enum { POLL = 4096 };

/* Finds the open class that arrives first; ties go to the earlier one. */
static void find_first(struct sim *s) {
    s->first = s->facts;
    for (uint32_t i = 1; i < s->class_count; i++)
        if (s->facts[i].next < s->first->next)
            s->first = &s->facts[i];
    s->first_arrival = s->first->next;
}

HOT void arrive_open(struct sim *s, enum known known) {
    struct facts *facts = s->first;
    uint64_t index = facts->source->index - 1;
    s->first_arrival = facts->next = source_next(facts->source);
    if (s->class_count > 1)
        find_first(s);
    arrive(s, facts, index, known);
}

static nsec calendar_next(const struct sim *s) {
    return s->calendar.count > 0 ? s->calendar.heap[1].at : NSEC_NEVER;
}

/* Of an event of the calendar and an open arrival at one instant, which is first? */
static bool event_first(const struct sim *s) {
    return s->calendar.heap[1].key <
           calendar_key(RANK_ARRIVAL, arrival_order(s->first->class, 0), 0);
}

static nsec earlier(nsec a, nsec b) {
    return a < b ? a : b;
}

/* When the run ends: every counted job has ended, or the cool-down is over. */
static bool over(const struct sim *s, nsec next) {
    struct record *r = s->record;
    if (next < r->horizon)
        return false;
    record_settle(r);
    return r->counted_left == 0 || next == NSEC_NEVER || next > s->stop_at;
}

static bool stopped(const struct trial *trial) {
    return trial->stop && atomic_load_explicit(trial->stop, memory_order_relaxed);
}

/* The next event, whatever it is. False: the run is over. */
static __attribute__((noinline)) bool any_event(struct sim *s) {
    nsec event_at = calendar_next(s), gives_up = timers_next(&s->timers);
    nsec resize_at = timers_next(&s->resize_timers);
    nsec end_at = earlier(s->ends.next, s->spend.next);
    nsec at = earlier(earlier(end_at, s->first_arrival), earlier(event_at, gives_up));
    at = earlier(at, resize_at);
    if (s->full || over(s, at))
        return false;
    assert(at >= s->now);
    s->now = at;
    record_advance(s->record, at);
    if (s->ends.next == at)
        depart(s, ends_first(&s->ends), NOTHING);
    else if (s->spend.next == at)
        spend(s);
    else if (gives_up == at)
        give_up(s);
    else if (resize_at == at)
        resize_due(s);
    else if (event_at == at && (s->first_arrival > at || event_first(s)))
        event(s);
    else
        arrive_open(s, NOTHING);
    nsec soon = earlier(calendar_next(s), timers_next(&s->timers));
    soon = earlier(soon, timers_next(&s->resize_timers));
    s->soon = s->full || s->spend.on ? INT64_MIN : earlier(s->record->quiet, soon);
    return true;
}

HOT void go_on(struct sim *s, nsec now) {
    s->now = now;
    record_go_on(s->record, now);
}

/* The hot loop: an end or an open arrival, until something else is due. False: the run is over. */
HOT bool turns(struct sim *s, enum known known) {
    for (uint32_t turn = 0; turn < POLL; turn++) {
        nsec arrival = s->first_arrival, end = s->ends.next;
        if (earlier(arrival, end) >= s->soon) {
            if (!any_event(s))
                return false;
        } else if (arrival < end) {
            go_on(s, arrival);
            arrive_open(s, known);
        } else {
            go_on(s, end);
            depart(s, ends_first(&s->ends), known);
        }
    }
    return true;
}

static __attribute__((noinline)) bool turns_of(struct sim *s) {
    return s->plain ? turns(s, PLAIN) : turns(s, QUIET);
}

/* False when the user wants an end. */
static bool loop(struct sim *s, struct trial *trial) {
    while (turns_of(s)) {
        atomic_store_explicit(&trial->progress, s->now + s->scenario->run.warmup,
                              memory_order_relaxed);
        if (stopped(trial))
            return false;
    }
    return true;
}

static void finish(struct sim *s, struct trial *trial, bool whole) {
    record_settle(s->record);
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

static bool crowded(const struct sim *s) {
    for (size_t i = 0; i < s->scenario->pools.count; i++)
        if (scenario_endless(&s->scenario->pools.items[i]) &&
            s->stations[i].workers == POOL_WORKERS_MOST)
            return true;
    return false;
}

static void fail_full(const struct sim *s, struct trial *trial) {
    char why[160];
    if (crowded(s))
        snprintf(why, sizeof why,
                 "after %.3g s there are more than %d threads at once; give `per_job` a limit, or "
                 "shorten the run",
                 nsec_seconds(s->now), POOL_WORKERS_MOST);
    else
        snprintf(why, sizeof why,
                 "after %.3g s more than %u jobs are in the system, for which there is no memory; "
                 "bound the "
                 "queue, or shorten the run",
                 nsec_seconds(s->now), s->jobs_room);
    fail(trial, why);
}

/* Clients think first. */
static void begin(struct sim *s) {
    find_first(s);
    if (s->resizing)
        resize_begin(s);
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
    if (trial->keep_resizes)
        record_keep_resizes(&trial->record);
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
