/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record: see record.h. */
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

#include "model/mem.h"

static bool open_pool(struct record *r, struct pool_tally *p, const struct pool_spec *spec,
                      bool windows) {
    p->workers.n = spec->workers;
    p->samples = calloc(r->samples, sizeof *p->samples);
    p->keep_windows = windows;
    p->windows = windows ? calloc(r->samples, sizeof *p->windows) : NULL;
    p->window = calloc(WINDOW_BUCKETS, sizeof *p->window);
    bool ok = p->samples && p->window && (p->windows || !windows);
    for (int i = 0; ok && i < POOL_TIMES; i++)
        ok = hist_open(&p->times[i]);
    return ok;
}

static bool open_class(struct tally *class, nsec good) {
    bool ok = true;
    class->good = good;
    for (int t = 0; ok && t < TALLY_TIMES; t++)
        ok = hist_open(&class->times[t]);
    for (int t = 0; ok && t < CALLER_TIMES; t++)
        ok = hist_open(&class->caller[t]);
    return ok;
}

bool record_open(struct record *r, const struct scenario *sc, bool windows) {
    *r = (struct record){.scenario = sc,
                         .horizon = sc->run.duration,
                         .sample_every = sc->run.sample_every,
                         .class_count = sc->classes.count,
                         .pool_count = sc->pools.count};
    r->samples = (size_t)(sc->run.duration / sc->run.sample_every) + 1;
    r->classes = mem_new(r->class_count, sizeof *r->classes);
    r->pools = mem_new(r->pool_count, sizeof *r->pools);
    r->flows = calloc(r->samples + 1, sizeof *r->flows);
    bool ok = r->flows;
    for (size_t i = 0; ok && i < r->class_count; i++)
        ok = open_class(&r->classes[i], scenario_good_within(sc, i));
    for (size_t i = 0; ok && i < r->pool_count; i++)
        ok = open_pool(r, &r->pools[i], &sc->pools.items[i], windows);
    if (!ok)
        record_close(r);
    return ok;
}

void record_keep_outcomes(struct record *r) {
    r->outcomes = mem_new(r->class_count, sizeof *r->outcomes);
}

static void close_pool(struct pool_tally *p, size_t samples) {
    for (int t = 0; t < POOL_TIMES; t++)
        hist_close(&p->times[t]);
    for (size_t i = 0; p->windows && i < samples; i++)
        free(p->windows[i].bucket);
    free(p->windows);
    free(p->window);
    free(p->samples);
}

void record_close(struct record *r) {
    for (size_t i = 0; i < r->class_count; i++) {
        for (int t = 0; t < TALLY_TIMES; t++)
            hist_close(&r->classes[i].times[t]);
        for (int t = 0; t < CALLER_TIMES; t++)
            hist_close(&r->classes[i].caller[t]);
        if (r->outcomes)
            free(r->outcomes[i].items);
    }
    for (size_t i = 0; i < r->pool_count; i++)
        close_pool(&r->pools[i], r->samples);
    free(r->classes);
    free(r->pools);
    free(r->flows);
    free(r->outcomes);
    *r = (struct record){0};
}

void record_log(struct record *r, const struct job *job, nsec now, enum event_kind kind) {
    struct event_log *log = r->log;
    if (log->count == log->room) {
        log->room = log->room ? 2 * log->room : 64;
        log->items = mem_resize(log->items, log->room, sizeof *log->items);
    }
    log->items[log->count++] = (struct event){now, job->index, job->class, kind};
}

void record_block(struct record *r, struct job *job, nsec now) {
    job->outside = true;
    r->classes[job->class].blocked += job->counted;
    record_event(r, job, now, EVENT_DOOR);
}

void record_hold(struct record *r, struct job *job, nsec now) {
    job->outside = true;
    record_event(r, job, now, EVENT_HOLD);
}

void record_caller(struct record *r, const struct job *job, nsec now) {
    struct tally *class = &r->classes[job->class];
    if (job->counted) {
        class->caller_ran++;
        class->started++;
        class->waited++;
        hist_add(&class->caller[CALLER_WAIT], now - job->intended);
    }
    record_event(r, job, now, EVENT_CALLER);
}

void record_outcome(struct record *r, const struct job *job, nsec now, enum fate fate,
                    bool started) {
    struct outcomes *o = &r->outcomes[job->class];
    if (o->count == o->room) {
        o->room = o->room ? 2 * o->room : 1024;
        o->items = mem_resize(o->items, o->room, sizeof *o->items);
    }
    bool done = fate == FATE_COMPLETED;
    o->items[o->count++] = (struct outcome){.index = job->index,
                                            .intended = job->intended,
                                            .started = started ? job->started : NSEC_UNSET,
                                            .ended = fate == FATE_IN_FLIGHT ? NSEC_UNSET : now,
                                            .wait = done ? job->started - job->intended : 0,
                                            .response = done ? now - job->intended : 0,
                                            .fate = (uint8_t)fate};
}

void record_lose(struct record *r, const struct job *job, size_t pool, nsec now, enum fate fate,
                 bool from_queue) {
    struct pool_tally *p = &r->pools[pool];
    if (from_queue)
        record_move(r, &p->queue, -1);
    p->rejected++;
    p->lost += job->counted;
    r->classes[job->class].turned_away += job->counted && !from_queue;
    r->classes[job->class].stay += job->counted ? now - job->intended : 0;
    record_leave(r, job, now, fate);
    record_event(r, job, now,
                 fate == FATE_DROPPED     ? EVENT_DROP
                 : fate == FATE_TIMED_OUT ? EVENT_TIMEOUT
                                          : EVENT_REJECT);
}

void record_left(struct record *r, const struct job *job, size_t pool, nsec now, bool started) {
    struct tally *class = &r->classes[job->class];
    class->books += record_inside(r, now) - record_inside(r, job->intended);
    if (!job->counted)
        return;
    class->fates[FATE_IN_FLIGHT]++;
    class->stay += now - job->intended; /* as far as it was seen */
    r->flows[job->step].left++;
    r->counted_left--;
    r->pools[pool].unstarted += !started;
    if (r->outcomes)
        record_outcome(r, job, now, FATE_IN_FLIGHT, started);
}

double record_window_value(uint32_t bucket, double part) {
    double low = hist_low(bucket << WINDOW_FINE_BITS),
           high = hist_low((bucket + 1) << WINDOW_FINE_BITS);
    return low + part * (high - low);
}

void record_keep_window(struct pool_tally *p, size_t at, const uint32_t *counts) {
    struct window *kept = &p->windows[at];
    uint32_t used = 0;
    for (uint32_t i = 0; i < WINDOW_BUCKETS; i++)
        used += counts[i] > 0;
    kept->bucket = mem_new(2 * (size_t)used, sizeof *kept->bucket);
    kept->count = kept->bucket + used;
    for (uint32_t i = 0; i < WINDOW_BUCKETS; i++)
        if (counts[i]) {
            kept->bucket[kept->size] = i;
            kept->count[kept->size++] = counts[i];
        }
}

static nsec_sum area_at(const struct record *r, nsec t) {
    nsec_sum area = 0;
    for (size_t i = 0; i < r->class_count; i++) {
        const struct level *n = &r->classes[i].in_system;
        area += level_area(n, t);
    }
    return area;
}

void record_sample(struct record *r, nsec now) {
    while (r->next_sample < now && r->sampled < r->samples) {
        for (size_t i = 0; i < r->pool_count; i++) {
            struct pool_tally *p = &r->pools[i];
            p->samples[r->sampled] = (struct sample){p->workers.n, p->busy.n,      p->queue.n,
                                                     p->arrivals,  p->completions, p->rejected};
            if (p->keep_windows)
                record_keep_window(p, r->sampled, p->window);
            memset(p->window, 0, WINDOW_BUCKETS * sizeof *p->window);
        }
        r->flows[r->sampled].area = area_at(r, r->next_sample);
        r->sampled++;
        r->next_sample += r->sample_every;
    }
    if (r->sampled == r->samples)
        r->next_sample = NSEC_NEVER;
}

void record_flush(struct tally *class, enum tally_time of) {
    uint32_t bucket[HIST_MANY];
    if (of == TALLY_WAIT) {
        hist_add_many(&class->times[TALLY_WAIT], class->waits, class->waits_held, bucket);
        class->waits_held = 0;
        return;
    }
    hist_add_many(&class->times[TALLY_SERVICE], class->services, class->ends_held, bucket);
    hist_add_many(&class->times[TALLY_RESPONSE], class->responses, class->ends_held, bucket);
    class->ends_held = 0;
}

/* The pool's times are those of its classes, less what their submitters ran themselves. */
static void settle_class(struct record *r, size_t i) {
    struct tally *class = &r->classes[i];
    struct pool_tally *pool = &r->pools[r->scenario->classes.items[i].route.items[0].pool];
    record_flush(class, TALLY_WAIT);
    record_flush(class, TALLY_SERVICE);
    class->stay += class->times[TALLY_RESPONSE].sum;
    hist_add_zeros(&class->times[TALLY_DOOR], class->admitted - class->times[TALLY_DOOR].n);
    hist_merge(&pool->times[POOL_WAIT], &class->times[TALLY_WAIT]);
    hist_merge(&pool->times[POOL_SERVICE], &class->times[TALLY_SERVICE]);
    hist_merge(&class->times[TALLY_WAIT], &class->caller[CALLER_WAIT]);
    hist_merge(&class->times[TALLY_SERVICE], &class->caller[CALLER_SERVICE]);
    for (int t = 0; t < TALLY_TIMES; t++)
        hist_trim(&class->times[t]);
    for (int t = 0; t < CALLER_TIMES; t++)
        hist_close(&class->caller[t]);
}

static void close_level(const struct record *r, struct level *level) {
    level->area = level_area(level, r->horizon);
}

void record_finish(struct record *r, nsec now) {
    r->finished = now;
    if (now < r->horizon) {
        r->interrupted = true;
        r->horizon = now > 0 ? now : 0;
    }
    record_sample(r, r->horizon + (r->interrupted ? 0 : 1));
    r->clock = r->horizon;
    for (size_t i = 0; i < r->class_count; i++) {
        close_level(r, &r->classes[i].in_system);
        settle_class(r, i);
    }
    for (size_t i = 0; i < r->pool_count; i++) {
        struct pool_tally *p = &r->pools[i];
        close_level(r, &p->workers);
        close_level(r, &p->busy);
        close_level(r, &p->queue);
        for (int t = 0; t < POOL_TIMES; t++)
            hist_trim(&p->times[t]);
        free(p->window);
        p->window = NULL;
    }
}
