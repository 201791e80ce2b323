/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drive: see drive.h. One pool. O(n) an event; n is small in tests. */
#include "tests/drive.h"

#include <stdlib.h>

#include "model/mem.h"
#include "model/source.h"
#include "model/station.h"

enum { MOST = 100000 };

enum thing_kind { DEPARTURE, GIVE_UP, DOOR, HELD_BACK, ARRIVAL };

struct thing {
    nsec at;
    enum thing_kind kind;
    uint32_t class;
    uint64_t order;
    uint32_t job;    /* that departs or gives up */
    uint32_t worker; /* STATION_NONE: its submitter */
    uint32_t client, cycle;
};

struct line {
    uint32_t jobs[MOST / 100];
    size_t count;
    bool running;
};

struct drive {
    const struct scenario *sc;
    struct record *record;
    struct station station;
    struct station_link *links;
    uint32_t *crew;
    struct station_ranks ranks;
    struct station_lines by_rank;
    struct job *jobs;
    uint32_t job_count;
    struct thing *things;
    size_t count;
    uint64_t order;
    struct source *sources;
    struct line *lines; /* a class each: what its submitter holds back */
    nsec now;
};

static void come(struct drive *d, struct thing t) {
    t.order = d->order++;
    d->things[d->count++] = t;
}

static bool before(const struct thing *a, const struct thing *b) {
    if (a->at != b->at)
        return a->at < b->at;
    if (a->kind != b->kind)
        return a->kind < b->kind;
    if (a->kind >= HELD_BACK && a->class != b->class)
        return a->class < b->class;
    return a->order < b->order;
}

static size_t earliest(const struct drive *d) {
    size_t first = 0;
    for (size_t i = 1; i < d->count; i++)
        if (before(&d->things[i], &d->things[first]))
            first = i;
    return first;
}

static bool closed(const struct drive *d, uint32_t class) {
    return source_closed(&d->sources[class]);
}

static void think(struct drive *d, uint32_t class, uint32_t client, uint32_t cycle) {
    nsec at = d->now + source_think(&d->sources[class], client, cycle);
    if (source_ended(&d->sources[class], at))
        return;
    come(d, (struct thing){
                .at = at, .kind = ARRIVAL, .class = class, .client = client, .cycle = cycle});
}

static void next_open(struct drive *d, uint32_t class) {
    nsec at = source_next(&d->sources[class]);
    if (at != NSEC_NEVER)
        come(d, (struct thing){.at = at, .kind = ARRIVAL, .class = class});
}

static void gone(struct drive *d, uint32_t job) {
    const struct job *j = &d->jobs[job];
    if (closed(d, j->class))
        think(d, j->class, (uint32_t)(j->index >> 32), (uint32_t)j->index + 1);
}

/* The job's patience is over at last, or it has come to something. */
static void forget(struct drive *d, uint32_t job) {
    for (size_t i = 0; i < d->count; i++)
        if (d->things[i].kind == GIVE_UP && d->things[i].job == job)
            d->things[i--] = d->things[--d->count];
}

static void waits(struct drive *d, uint32_t job, enum job_place place) {
    struct job *j = &d->jobs[job];
    nsec patience = source_patience(&d->sources[j->class], j->index);
    bool known = false;
    for (size_t i = 0; i < d->count; i++)
        known = known || (d->things[i].kind == GIVE_UP && d->things[i].job == job);
    j->place = (uint8_t)place;
    j->waited = j->waited || place != JOB_HELD;
    if (!known && patience < NSEC_NEVER)
        come(d, (struct thing){.at = j->intended + patience, .kind = GIVE_UP, .job = job});
}

static void start(struct drive *d, uint32_t job, uint32_t worker, bool from_queue) {
    forget(d, job);
    d->jobs[job].started = d->now;
    record_start(d->record, &d->jobs[job], 0, d->now, from_queue);
    come(d,
         (struct thing){
             .at = d->now + d->jobs[job].demand, .kind = DEPARTURE, .job = job, .worker = worker});
}

static void admit(struct drive *d, uint32_t job, struct station_answer answer) {
    if (answer.verdict == STATION_START) {
        start(d, job, answer.other, false);
    } else {
        waits(d, job, JOB_QUEUED);
        record_queue(d->record, &d->jobs[job], 0, d->now);
    }
}

static void lose(struct drive *d, uint32_t job, enum fate fate) {
    forget(d, job);
    record_lose(d->record, &d->jobs[job], 0, d->now, fate, d->jobs[job].place == JOB_QUEUED);
    gone(d, job);
}

static void submit(struct drive *d, uint32_t job) {
    struct station_answer answer = station_arrive(&d->station, d->links, job);
    struct job *j = &d->jobs[job];
    if (answer.verdict == STATION_REJECTED) {
        lose(d, job, FATE_REJECTED);
    } else if (answer.verdict == STATION_DOOR) {
        waits(d, job, JOB_AT_DOOR);
        record_block(d->record, j, d->now);
    } else if (answer.verdict == STATION_CALLER) {
        forget(d, job);
        j->started = d->now;
        j->by_caller = true;
        d->lines[j->class].running = !closed(d, j->class);
        record_caller(d->record, j, d->now);
        come(d,
             (struct thing){
                 .at = d->now + j->demand, .kind = DEPARTURE, .job = job, .worker = STATION_NONE});
    } else {
        if (answer.verdict == STATION_DROP_OLDEST_JOB)
            lose(d, answer.other, FATE_DROPPED);
        admit(d, job, answer);
    }
}

static void arrive(struct drive *d, const struct thing *t) {
    uint32_t job = d->job_count++;
    uint64_t index = closed(d, t->class) ? job_closed_index(t->client, t->cycle)
                                         : d->sources[t->class].index - 1;
    d->jobs[job] = (struct job){.intended = d->now,
                                .index = index,
                                .class = t->class,
                                .demand = source_demand(&d->sources[t->class], index),
                                .counted = d->now >= 0 && d->now < d->sc->run.duration};
    d->ranks.of[job] = d->sc->classes.items[t->class].rank;
    record_arrive(d->record, &d->jobs[job], 0, d->now);
    if (!closed(d, t->class))
        next_open(d, t->class);
    struct line *line = &d->lines[t->class];
    if (line->running) {
        line->jobs[line->count++] = job;
        waits(d, job, JOB_HELD);
        record_hold(d->record, &d->jobs[job], d->now);
    } else
        submit(d, job);
}

static void out_of_line(struct line *line, uint32_t job) {
    size_t kept = 0;
    for (size_t i = 0; i < line->count; i++)
        if (line->jobs[i] != job)
            line->jobs[kept++] = line->jobs[i];
    line->count = kept;
}

static void held_back(struct drive *d, uint32_t class) {
    struct line *line = &d->lines[class];
    if (line->count == 0)
        return;
    uint32_t job = line->jobs[0];
    out_of_line(line, job);
    submit(d, job);
    if (line->count && !line->running)
        come(d, (struct thing){.at = d->now, .kind = HELD_BACK, .class = class});
}

static void depart(struct drive *d, const struct thing *t) {
    struct job *job = &d->jobs[t->job];
    record_end(d->record, job, 0, d->now);
    if (t->worker == STATION_NONE) {
        struct line *line = &d->lines[job->class];
        line->running = false;
        gone(d, t->job);
        if (line->count)
            come(d, (struct thing){.at = d->now, .kind = HELD_BACK, .class = job->class});
        return;
    }
    struct station_answer answer = station_finish(&d->station, d->links, t->worker);
    if (answer.verdict == STATION_NEXT)
        start(d, answer.other, t->worker, true);
    gone(d, t->job);
    if (d->station.door.count)
        come(d, (struct thing){.at = d->now, .kind = DOOR});
}

static void give_up(struct drive *d, uint32_t job) {
    if (d->jobs[job].place == JOB_QUEUED)
        station_leave_queue(&d->station, d->links, job);
    else if (d->jobs[job].place == JOB_AT_DOOR)
        station_leave_door(&d->station, d->links, job);
    else
        out_of_line(&d->lines[d->jobs[job].class], job);
    if (d->station.door.count)
        come(d, (struct thing){.at = d->now, .kind = DOOR});
    lose(d, job, FATE_TIMED_OUT);
}

static void door(struct drive *d) {
    uint32_t job;
    for (;;) {
        struct station_answer answer = station_door(&d->station, d->links, &job);
        if (answer.verdict == STATION_IDLE)
            return;
        admit(d, job, answer);
    }
}

static void step(struct drive *d, size_t i) {
    struct thing t = d->things[i];
    d->things[i] = d->things[--d->count];
    d->now = t.at;
    record_advance(d->record, d->now);
    if (t.kind == DEPARTURE)
        depart(d, &t);
    else if (t.kind == GIVE_UP)
        give_up(d, t.job);
    else if (t.kind == DOOR)
        door(d);
    else if (t.kind == HELD_BACK)
        held_back(d, t.class);
    else
        arrive(d, &t);
}

static void left(struct drive *d) {
    for (size_t i = 0; i < d->count; i++)
        if (d->things[i].kind == DEPARTURE)
            record_left(d->record, &d->jobs[d->things[i].job], 0, d->now, true);
    const struct station_list *lists[] = {&d->station.queue, &d->station.door};
    for (int l = 0; l < 2; l++)
        for (uint32_t job = lists[l]->head; job != STATION_NONE && lists[l]->count;
             job = d->links[job].next)
            record_left(d->record, &d->jobs[job], 0, d->now, false);
    for (size_t c = 0; c < d->sc->classes.count; c++)
        for (size_t i = 0; i < d->lines[c].count; i++)
            record_left(d->record, &d->jobs[d->lines[c].jobs[i]], 0, d->now, false);
}

static void run(struct drive *d) {
    nsec end = d->sc->run.duration, last = end + d->sc->run.cooldown;
    while (d->count && d->job_count < MOST) {
        size_t i = earliest(d);
        nsec at = d->things[i].at;
        if (at >= end && (d->record->counted_left == 0 || at > last))
            break;
        step(d, i);
    }
    d->now = d->record->counted_left ? last : d->now < end ? end : d->now;
    left(d);
    record_finish(d->record, d->now);
}

bool drive_run(struct trial *trial) {
    const struct scenario *sc = trial->scenario;
    const struct pool_spec *pool = &sc->pools.items[0];
    struct drive d = {.sc = sc, .record = &trial->record, .now = -sc->run.warmup};
    d.links = mem_new(MOST, sizeof *d.links);
    d.ranks = (struct station_ranks){mem_new(MOST, sizeof *d.ranks.of),
                                     mem_new(MOST, sizeof *d.ranks.links)};
    d.crew = mem_new((size_t)pool->workers, sizeof *d.crew);
    d.jobs = mem_new(MOST, sizeof *d.jobs);
    d.things = mem_new(2 * MOST, sizeof *d.things);
    d.sources = mem_new(sc->classes.count, sizeof *d.sources);
    d.lines = mem_new(sc->classes.count, sizeof *d.lines);
    bool ok = record_open(&trial->record, sc, trial->keep_windows);
    trial->record.log = trial->log;
    if (trial->keep_outcomes)
        record_keep_outcomes(&trial->record);
    station_open(&d.station, (uint32_t)pool->workers, pool->queue.capacity,
                 (enum station_when_full)pool->queue.when_full,
                 (enum station_order)pool->queue.order, d.crew);
    station_rank_by(&d.station, &d.by_rank, &d.ranks);
    for (uint32_t c = 0; c < sc->classes.count; c++) {
        source_open(&d.sources[c], &sc->classes.items[c], (uint64_t)sc->seed, trial->replication,
                    d.now, scenario_arrivals_end(sc));
        if (!closed(&d, c))
            next_open(&d, c);
    }
    for (uint32_t c = 0; c < sc->classes.count; c++)
        for (uint32_t k = 0; closed(&d, c) && k < (uint32_t)sc->classes.items[c].arrivals.clients;
             k++)
            think(&d, c, k, 0);
    run(&d);
    free(d.links);
    free(d.crew);
    free(d.ranks.of);
    free(d.ranks.links);
    free(d.jobs);
    free(d.things);
    free(d.sources);
    free(d.lines);
    trial->state = TRIAL_DONE;
    return ok;
}
