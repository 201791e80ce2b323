/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resize: see resize.h. */
#include "sim/resize.h"

#include <assert.h>
#include <stdlib.h>

#include "model/mem.h"
#include "sim/stage.h"

/* ---- opening --------------------------------------------------------------------------------- */

static void set_timer(struct sim *s, uint32_t slot, nsec at) {
    timers_clear(&s->resize_timers, slot);
    timers_set(&s->resize_timers, slot, at);
    s->soon = at < s->soon ? at : s->soon;
}

static uint32_t tick_slot(const struct sim *s, uint32_t pool) {
    return s->workers + 2 * pool;
}

static uint32_t again_slot(const struct sim *s, uint32_t pool) {
    return s->workers + 2 * pool + 1;
}

static void next_tick(struct sim *s, uint32_t pool) {
    struct resizer *z = &s->resizers[pool];
    if (z->governor.ticks)
        set_timer(s, tick_slot(s, pool), s->now + governor_every(&z->governor));
}

static bool open_one(struct sim *s, uint32_t pool, uint64_t replication) {
    const struct pool_spec *spec = &s->scenario->pools.items[pool];
    struct resizer *z = &s->resizers[pool];
    uint32_t most = (uint32_t)scenario_most_workers(spec), workers = (uint32_t)spec->workers;
    governor_open(&z->governor, s->scenario, pool, replication, s->now, s->record->resizes);
    z->draws_keep_alive = governor_draws_keep_alive(&z->governor);
    z->numbers = calloc(most, sizeof *z->numbers);
    z->starts = calloc(most, sizeof *z->starts);
    z->idle_since = calloc(most, sizeof *z->idle_since);
    if (!z->numbers || !z->starts || !z->idle_since)
        return false;
    while (z->free < most - workers) {
        z->numbers[z->free] = most - 1 - z->free;
        z->free++;
    }
    return true;
}

bool resize_open(struct sim *s, uint64_t replication) {
    size_t pools = s->scenario->pools.count;
    s->resizers = mem_new(pools, sizeof *s->resizers);
    if (!timers_grow(&s->resize_timers, s->workers + 2 * (uint32_t)pools))
        return false;
    for (uint32_t pool = 0; pool < pools; pool++)
        if (scenario_resizes(&s->scenario->pools.items[pool]) && !open_one(s, pool, replication))
            return false;
    return true;
}

/* The idle workers at the begin, and the first questions. */
void resize_begin(struct sim *s) {
    for (uint32_t pool = 0; pool < s->scenario->pools.count; pool++) {
        if (!s->resizers[pool].governor.spec)
            continue;
        for (uint32_t i = 0; i < s->stations[pool].idle; i++)
            resize_idle(s, pool, s->first_worker[pool] + s->stations[pool].crew[i]);
        next_tick(s, pool);
        set_timer(s, again_slot(s, pool), s->now);
    }
}

void resize_close(struct sim *s) {
    for (size_t i = 0; s->resizers && i < s->scenario->pools.count; i++) {
        free(s->resizers[i].numbers);
        free(s->resizers[i].starts);
        free(s->resizers[i].idle_since);
    }
    free(s->resizers);
    timers_close(&s->resize_timers);
}

/* ---- workers --------------------------------------------------------------------------------- */

/* What the station has now, for the recorder and the meter. */
static void note(struct sim *s, uint32_t pool) {
    const struct station *station = &s->stations[pool];
    record_workers(s->record, pool, s->now, station->workers, station->starting);
    meter_levels(&s->resizers[pool].governor.meter, s->now, station->busy, station->workers,
                 station->queue.count);
}

static struct load load_of(const struct sim *s, uint32_t pool, bool arrival) {
    const struct station *station = &s->stations[pool];
    bool idle = station->idle > 0;
    return (struct load){.workers = station->workers,
                         .leaving = station->leaving,
                         .starting = station->starting,
                         .busy = station->busy,
                         .queued = station->queue.count,
                         .capacity = station->capacity,
                         .idle_since =
                             idle ? s->resizers[pool].idle_since[station->crew[0]] : NSEC_NEVER,
                         .arrival = arrival};
}

void resize_idle(struct sim *s, uint32_t pool, uint32_t server) {
    struct resizer *z = &s->resizers[pool];
    if (!z->governor.spec)
        return;
    z->idle_since[server - s->first_worker[pool]] = s->now;
    if (z->draws_keep_alive)
        set_timer(s, server, s->now + governor_keep_alive(&z->governor));
}

void resize_gone(struct sim *s, uint32_t pool, uint32_t server) {
    struct resizer *z = &s->resizers[pool];
    timers_clear(&s->resize_timers, server);
    z->numbers[z->free++] = server - s->first_worker[pool];
    note(s, pool);
}

/* A worker is asked for; it serves after its spawn and its warm-up. */
static void begin_start(struct sim *s, uint32_t pool) {
    struct resizer *z = &s->resizers[pool];
    uint32_t number = z->numbers[--z->free], server = s->first_worker[pool] + number;
    nsec delay = governor_start(&z->governor);
    z->starts[s->stations[pool].starting - 1] = number;
    if (delay > 0)
        set_timer(s, server, s->now + delay);
    else
        sim_join(s, pool, server);
}

static void grow(struct sim *s, uint32_t pool) {
    if (station_grow(&s->stations[pool]).verdict == STATION_START)
        begin_start(s, pool);
}

/* Of those that start the last asked for. */
static void unstart(struct sim *s, uint32_t pool) {
    struct resizer *z = &s->resizers[pool];
    uint32_t number = z->starts[s->stations[pool].starting - 1];
    station_unstart(&s->stations[pool]);
    resize_gone(s, pool, s->first_worker[pool] + number);
}

static void shrink(struct sim *s, uint32_t pool) {
    if (s->stations[pool].starting > 0) {
        unstart(s, pool);
        return;
    }
    struct station_answer answer = station_shrink(&s->stations[pool]);
    if (answer.verdict == STATION_RETIRE)
        resize_gone(s, pool, s->first_worker[pool] + answer.other);
}

/* The worker does not start any more: out of the list of those that do. */
static void end_start(struct resizer *z, uint32_t starting, uint32_t number) {
    uint32_t i = 0;
    while (z->starts[i] != number)
        i++;
    for (; i + 1 < starting; i++)
        z->starts[i] = z->starts[i + 1];
}

/* ---- decisions ------------------------------------------------------------------------------- */

static void apply(struct sim *s, uint32_t pool, uint32_t from, uint32_t to) {
    record_resize(s->record, pool, s->now, from, to);
    for (uint32_t i = from; i < to; i++)
        grow(s, pool);
    for (uint32_t i = to; i < from; i++)
        shrink(s, pool);
    note(s, pool);
    sim_door_due(s, pool);
}

/* Asks the policy once; false: it is content, or what it looks at has not changed yet. */
static bool ask(struct sim *s, uint32_t pool, const struct observed *seen, bool arrival) {
    struct load load = load_of(s, pool, arrival);
    struct decision said = governor_ask(&s->resizers[pool].governor, &load, seen, s->now);
    uint32_t from = load_size(&load);
    timers_clear(&s->resize_timers, again_slot(s, pool));
    if (said.again < NSEC_NEVER)
        set_timer(s, again_slot(s, pool), said.again > s->now ? said.again : s->now + 1);
    if (said.size == from)
        return false;
    apply(s, pool, from, said.size);
    struct load after = load_of(s, pool, arrival);
    return after.workers != load.workers || after.queued != load.queued;
}

static void ask_until_content(struct sim *s, uint32_t pool, bool arrival) {
    uint32_t most = (uint32_t)scenario_most_workers(&s->scenario->pools.items[pool]);
    for (uint32_t i = 0; i <= most && ask(s, pool, NULL, arrival); i++)
        continue;
}

void resize_arrival(struct sim *s, uint32_t pool) {
    struct resizer *z = &s->resizers[pool];
    if (!z->governor.spec)
        return;
    meter_arrive(&z->governor.meter);
    if (z->governor.before)
        ask_until_content(s, pool, true);
}

void resize_event(struct sim *s, uint32_t pool) {
    if (!s->resizers[pool].governor.spec)
        return;
    note(s, pool);
    if (s->resizers[pool].governor.eager)
        ask_until_content(s, pool, false);
}

void resize_started(struct sim *s, uint32_t pool, uint32_t server, const struct job *job) {
    if (!s->resizers[pool].governor.spec)
        return;
    timers_clear(&s->resize_timers, server); /* its keep-alive */
    meter_start(&s->resizers[pool].governor.meter, s->now - job->intended);
}

void resize_ended(struct sim *s, uint32_t pool, const struct job *job) {
    if (s->resizers[pool].governor.spec)
        meter_end(&s->resizers[pool].governor.meter, s->now - job->started, s->now - job->intended);
}

void resize_lost(struct sim *s, uint32_t pool) {
    if (s->resizers[pool].governor.spec)
        meter_lost(&s->resizers[pool].governor.meter);
}

/* ---- what is due ----------------------------------------------------------------------------- */

/* An idle worker's keep-alive is over. */
static void keep_alive_over(struct sim *s, uint32_t pool, uint32_t server) {
    struct resizer *z = &s->resizers[pool];
    struct load load = load_of(s, pool, false);
    if (!policy_resize_may_go(z->governor.spec, &load)) {
        set_timer(s, server, s->now + governor_keep_alive(&z->governor));
        return;
    }
    uint32_t size = load_size(&load);
    record_resize(s->record, pool, s->now, size, size - 1);
    station_dismiss(&s->stations[pool], server - s->first_worker[pool]);
    resize_gone(s, pool, server);
}

static void worker_due(struct sim *s, uint32_t server) {
    uint32_t pool = 0;
    while (pool + 1 < s->scenario->pools.count && s->first_worker[pool + 1] <= server)
        pool++;
    struct resizer *z = &s->resizers[pool];
    uint32_t number = server - s->first_worker[pool], starting = s->stations[pool].starting, i = 0;
    while (i < starting && z->starts[i] != number)
        i++;
    if (i == starting) {
        keep_alive_over(s, pool, server);
        return;
    }
    end_start(z, starting, number);
    sim_join(s, pool, server);
    resize_event(s, pool);
    sim_door_due(s, pool);
}

void resize_due(struct sim *s) {
    uint32_t slot = timers_take(&s->resize_timers);
    if (slot < s->workers) {
        worker_due(s, slot);
        return;
    }
    uint32_t pool = (slot - s->workers) / 2;
    struct resizer *z = &s->resizers[pool];
    if (slot == again_slot(s, pool)) {
        z->governor.eager ? ask_until_content(s, pool, false) : (void)ask(s, pool, NULL, false);
        return;
    }
    struct observed seen = meter_take(&z->governor.meter, s->now);
    next_tick(s, pool);
    ask(s, pool, &seen, false);
}
