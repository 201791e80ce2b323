/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record: see record.h. */
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

#include "model/mem.h"

static nsec clamp(const struct record *r, nsec t) {
    return t < 0 ? 0 : t > r->horizon ? r->horizon : t;
}

static void move(const struct record *r, struct level *level, int64_t by) {
    level->area += (nsec_sum)level->n * (r->clock - level->since);
    level->since = r->clock;
    level->n += by;
}

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

static void log_event(struct record *r, const struct job *job, nsec now, enum event_kind kind) {
    struct event_log *log = r->log;
    if (!log)
        return;
    if (log->count == log->room) {
        log->room = log->room ? 2 * log->room : 64;
        log->items = mem_resize(log->items, log->room, sizeof *log->items);
    }
    log->items[log->count++] = (struct event){now, job->index, job->class, kind};
}

void record_arrive(struct record *r, const struct job *job, size_t pool, nsec now) {
    (void)now;
    struct tally *class = &r->classes[job->class];
    struct pool_tally *p = &r->pools[pool];
    move(r, &class->in_system, 1);
    class->offered_inside += r->inside;
    p->arrivals++;
    if (job->counted) {
        class->offered++;
        p->offered++;
        r->counted_left++;
    }
}

/* Past the door. Those who came straight in are added to its times by record_finish. */
static void admit(struct tally *class, const struct job *job, nsec now) {
    class->admitted++;
    if (job->outside)
        hist_add(&class->times[TALLY_DOOR], now - job->intended);
}

void record_queue(struct record *r, const struct job *job, size_t pool, nsec now) {
    move(r, &r->pools[pool].queue, 1);
    if (job->counted)
        admit(&r->classes[job->class], job, now);
    log_event(r, job, now, EVENT_QUEUE);
}

void record_block(struct record *r, struct job *job, nsec now) {
    job->outside = true;
    r->classes[job->class].blocked += job->counted;
    log_event(r, job, now, EVENT_DOOR);
}

void record_hold(struct record *r, struct job *job, nsec now) {
    job->outside = true;
    log_event(r, job, now, EVENT_HOLD);
}

static void leave_queue(struct record *r, struct pool_tally *p) {
    move(r, &p->queue, -1);
}

void record_start(struct record *r, const struct job *job, size_t pool, nsec now, bool from_queue) {
    struct pool_tally *p = &r->pools[pool];
    struct tally *class = &r->classes[job->class];
    if (from_queue)
        leave_queue(r, p);
    move(r, &p->busy, 1);
    if (job->counted) {
        nsec wait = now - job->intended;
        if (!from_queue)
            admit(class, job, now);
        class->started++;
        class->waited += job->waited;
        hist_add(&class->times[TALLY_WAIT], wait);
    }
    log_event(r, job, now, EVENT_START);
}

void record_caller(struct record *r, const struct job *job, nsec now) {
    struct tally *class = &r->classes[job->class];
    if (job->counted) {
        class->caller_ran++;
        class->started++;
        class->waited++;
        hist_add(&class->caller[CALLER_WAIT], now - job->intended);
    }
    log_event(r, job, now, EVENT_CALLER);
}

static void keep_outcome(struct record *r, const struct job *job, nsec now, enum fate fate,
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

/* Of a counted job. Who comes at a sample's instant is in the system from there on: he is of the
 * step that begins. */
static struct flow *flow_of(const struct record *r, const struct job *job) {
    return &r->flows[job->intended / r->sample_every + 1];
}

/* Common to all ends: the level, the books, the fate. */
static void leave(struct record *r, const struct job *job, nsec now, enum fate fate) {
    struct tally *class = &r->classes[job->class];
    move(r, &class->in_system, -1);
    class->books += r->clock - clamp(r, job->intended);
    if (!job->counted)
        return;
    class->fates[fate]++;
    class->stay += now - job->intended;
    flow_of(r, job)->stay += now - job->intended;
    r->counted_left--;
    if (r->outcomes)
        keep_outcome(r, job, now, fate, fate == FATE_COMPLETED);
}

void record_end(struct record *r, const struct job *job, size_t pool, nsec now) {
    struct pool_tally *p = &r->pools[pool];
    struct tally *class = &r->classes[job->class];
    nsec service = now - job->started, response = now - job->intended;
    if (!job->by_caller)
        move(r, &p->busy, -1);
    p->completions++;
    p->window[hist_bucket(response) >> WINDOW_FINE_BITS]++;
    class->ended_inside += r->inside;
    class->good_inside += r->inside && response <= class->good;
    if (job->counted) {
        for (size_t i = 0; i < r->scenario->within.count; i++)
            class->within[i] += response <= r->scenario->within.items[i];
        hist_add(job->by_caller ? &class->caller[CALLER_SERVICE] : &class->times[TALLY_SERVICE],
                 service);
        hist_add(&class->times[TALLY_RESPONSE], response);
    }
    leave(r, job, now, FATE_COMPLETED);
    log_event(r, job, now, EVENT_END);
}

void record_lose(struct record *r, const struct job *job, size_t pool, nsec now, enum fate fate,
                 bool from_queue) {
    struct pool_tally *p = &r->pools[pool];
    if (from_queue)
        leave_queue(r, p);
    p->rejected++;
    p->lost += job->counted;
    r->classes[job->class].turned_away += job->counted && !from_queue;
    leave(r, job, now, fate);
    log_event(r, job, now,
              fate == FATE_DROPPED     ? EVENT_DROP
              : fate == FATE_TIMED_OUT ? EVENT_TIMEOUT
                                       : EVENT_REJECT);
}

void record_left(struct record *r, const struct job *job, size_t pool, nsec now, bool started) {
    struct tally *class = &r->classes[job->class];
    class->books += clamp(r, now) - clamp(r, job->intended);
    if (!job->counted)
        return;
    class->fates[FATE_IN_FLIGHT]++;
    class->stay += now - job->intended; /* as far as it was seen */
    flow_of(r, job)->left++;
    r->counted_left--;
    r->pools[pool].unstarted += !started;
    if (r->outcomes)
        keep_outcome(r, job, now, FATE_IN_FLIGHT, started);
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
        area += n->area + (nsec_sum)n->n * (t - n->since);
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

/* The pool's times are those of its classes, less what their submitters ran themselves. */
static void settle_class(struct record *r, size_t i) {
    struct tally *class = &r->classes[i];
    struct pool_tally *pool = &r->pools[r->scenario->classes.items[i].route.items[0].pool];
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

void record_finish(struct record *r, nsec now) {
    r->finished = now;
    if (now < r->horizon) {
        r->interrupted = true;
        r->horizon = now > 0 ? now : 0;
    }
    record_sample(r, r->horizon + (r->interrupted ? 0 : 1));
    r->clock = r->horizon;
    for (size_t i = 0; i < r->class_count; i++) {
        move(r, &r->classes[i].in_system, 0);
        settle_class(r, i);
    }
    for (size_t i = 0; i < r->pool_count; i++) {
        struct pool_tally *p = &r->pools[i];
        move(r, &p->workers, 0);
        move(r, &p->busy, 0);
        move(r, &p->queue, 0);
        for (int t = 0; t < POOL_TIMES; t++)
            hist_trim(&p->times[t]);
        free(p->window);
        p->window = NULL;
    }
}
