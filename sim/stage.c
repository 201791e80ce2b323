/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stage: see stage.h. */
#include "sim/stage.h"

#include <assert.h>
#include <stdlib.h>

#include "model/mem.h"
#include "sim/sim.h"

enum { SERVERS_MOST = 1 << CALENDAR_WHO_BITS };

static void open_stations(struct sim *s) {
    const struct scenario *sc = s->scenario;
    for (size_t i = 0; i < sc->pools.count; i++) {
        const struct pool_spec *pool = &sc->pools.items[i];
        uint32_t workers = scenario_endless(pool) ? 0 : (uint32_t)pool->workers;
        station_open(&s->stations[i], workers, pool->queue.capacity,
                     (enum station_when_full)pool->queue.when_full,
                     (enum station_order)pool->queue.order, s->crew + s->first_worker[i]);
        if (pool->queue.order == STATION_PRIORITY)
            station_rank_by(&s->stations[i], &s->lines[i], &s->ranks);
    }
}

bool stage_grow_ranks(struct sim *s, uint32_t room) {
    uint8_t *of = realloc(s->ranks.of, room * sizeof *of);
    if (!of)
        return false;
    s->ranks.of = of;
    struct station_link *links = realloc(s->ranks.links, room * sizeof *links);
    if (!links)
        return false;
    s->ranks.links = links;
    return true;
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
    for (size_t i = 0; i < sc->pools.count; i++) {
        s->first_worker[i] = s->workers;
        s->callers = s->callers || sc->pools.items[i].queue.when_full == STATION_CALLER_RUNS;
        s->ranked = s->ranked || sc->pools.items[i].queue.order == STATION_PRIORITY;
        s->resizing = s->resizing || scenario_resizes(&sc->pools.items[i]);
        s->workers += (uint32_t)scenario_most_workers(&sc->pools.items[i]);
    }
    s->lines = s->ranked ? mem_new(sc->pools.count, sizeof *s->lines) : NULL;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct arrivals *a = &sc->classes.items[i].arrivals;
        uint32_t pool = (uint32_t)sc->classes.items[i].route.items[0].pool;
        s->facts[i] = (struct facts){.source = &s->sources[i],
                                     .tally = &s->record->classes[i],
                                     .pool_tally = &s->record->pools[pool],
                                     .station = &s->stations[pool],
                                     .class = (uint32_t)i,
                                     .pool = pool,
                                     .first_worker = s->first_worker[pool],
                                     .first_submitter = s->submitter_count,
                                     .rank = sc->classes.items[i].rank,
                                     .closed = a->kind == ARRIVAL_CLOSED,
                                     .loses = scenario_loses(&sc->classes.items[i]),
                                     .endless = scenario_endless(&sc->pools.items[pool])};
        s->losing = s->losing || s->facts[i].loses;
        s->submitter_count += a->kind == ARRIVAL_CLOSED ? (uint32_t)a->clients : 1;
    }
    uint32_t servers = s->workers + s->submitter_count;
    s->crew = calloc((size_t)s->workers + 1, sizeof *s->crew);
    s->servers = calloc((size_t)servers + 1, sizeof *s->servers);
    s->submitters = calloc((size_t)s->submitter_count + 1, sizeof *s->submitters);
    return servers < SERVERS_MOST && s->crew && s->servers && s->submitters &&
           ends_open(&s->ends, servers, true) && spend_open(&s->spend, sc, servers, s->now) &&
           calendar_open(&s->calendar, 2 * s->submitter_count + (uint32_t)sc->pools.count);
}

static bool is_plain(const struct sim *s) {
    bool plain =
        !s->losing && !s->callers && !s->ranked && !s->resizing && !s->overhead && !s->spend.on;
    for (uint32_t i = 0; i < s->class_count; i++)
        plain = plain && !s->facts[i].closed && !s->facts[i].endless;
    for (size_t i = 0; i < s->scenario->pools.count; i++) {
        const struct queue_spec *q = &s->scenario->pools.items[i].queue;
        plain = plain && (q->capacity == CAPACITY_UNBOUNDED || q->when_full != STATION_BLOCK);
    }
    return plain;
}

bool stage_open(struct sim *s, struct trial *trial) {
    const struct scenario *sc = trial->scenario;
    *s = (struct sim){.scenario = sc,
                      .record = &trial->record,
                      .class_count = (uint32_t)sc->classes.count,
                      .free_job = STATION_NONE,
                      .jobs_most = trial->most_jobs ? trial->most_jobs : SIM_JOBS_MOST,
                      .now = -sc->run.warmup,
                      .soon = INT64_MIN,
                      .stop_at = sc->run.duration + sc->run.cooldown};
    if (!lay_out(s))
        return false;
    if (sc->profile.read) {
        s->overhead = overhead_open(sc, trial->replication, s->workers + s->submitter_count);
        if (!s->overhead)
            return false;
    }
    open_stations(s);
    if (s->resizing && !resize_open(s, trial->replication))
        return false;
    s->plain = is_plain(s);
    open_submitters(s);
    for (uint32_t i = 0; i < sc->classes.count; i++) {
        source_open(&s->sources[i], &sc->classes.items[i], (uint64_t)sc->seed, trial->replication,
                    s->now, scenario_arrivals_end(sc));
        s->facts[i].next = source_next(&s->sources[i]);
    }
    return true;
}

bool stage_put_off(struct sim *s, uint32_t server) {
    nsec end = overhead_end(s->overhead, &s->jobs[s->servers[server].slot], server, s->now);
    if (end > s->now)
        ends_replace(&s->ends, end, server);
    return end > s->now;
}

bool stage_more_jobs(struct sim *s) {
    uint32_t room = s->jobs_room ? s->jobs_room * 2 : 1024;
    room = room > s->jobs_most ? s->jobs_most : room;
    struct job *jobs = room > s->jobs_room ? realloc(s->jobs, room * sizeof *jobs) : NULL;
    s->jobs = jobs ? jobs : s->jobs;
    struct station_link *links = jobs ? realloc(s->links, room * sizeof *links) : NULL;
    s->links = links ? links : s->links;
    s->full = !jobs || !links || (s->losing && !timers_grow(&s->timers, room)) ||
              (s->ranked && !stage_grow_ranks(s, room));
    if (s->full)
        s->soon = INT64_MIN;
    else
        s->jobs_room = room;
    return !s->full;
}

void stage_close(struct sim *s) {
    overhead_close(s->overhead);
    ends_close(&s->ends);
    spend_close(&s->spend);
    calendar_close(&s->calendar);
    free(s->sources);
    free(s->stations);
    free(s->lines);
    free(s->ranks.of);
    free(s->ranks.links);
    free(s->first_worker);
    free(s->crew);
    free(s->servers);
    free(s->submitters);
    free(s->facts);
    free(s->door_due);
    free(s->jobs);
    timers_close(&s->timers);
    resize_close(s);
    free(s->links);
}

static void left_in(struct sim *s, const struct station_list *list) {
    for (uint32_t slot = list->head, n = list->count; n > 0; n--, slot = s->links[slot].next)
        record_left(s->record, &s->jobs[slot], stage_pool(s, &s->jobs[slot]), s->now, false);
}

void stage_spend(struct sim *s, uint32_t server) {
    const struct job *job = &s->jobs[s->servers[server].slot];
    const struct step *step = &s->scenario->classes.items[job->class].route.items[0];
    spend_begin(&s->spend, s->now, server, step, job->demand);
}

static void left_served(struct sim *s, uint32_t server) {
    const struct job *job = &s->jobs[s->servers[server].slot];
    record_left(s->record, job, stage_pool(s, job), s->now, job->started <= s->now);
}

/* Everybody who is still in the system goes into the books. */
void stage_account(struct sim *s) {
    for (uint32_t i = 0; i < ends_count(&s->ends); i++)
        left_served(s, ends_server(&s->ends, i));
    for (uint32_t i = 0; i < s->spend.server_count; i++)
        if (s->spend.servers[i].busy)
            left_served(s, i);
    for (size_t i = 0; i < s->scenario->pools.count; i++) {
        left_in(s, &s->stations[i].queue);
        left_in(s, &s->stations[i].door);
    }
    for (uint32_t i = 0; i < s->submitter_count; i++)
        left_in(s, &s->submitters[i].held);
    assert(s->record->counted_left == 0); /* conservation */
}
