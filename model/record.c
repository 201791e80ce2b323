/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record: see record.h. */
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

#include "model/mem.h"

static bool open_pool(struct record *r, struct pool_tally *p, const struct pool_spec *spec,
                      bool windows) {
    p->endless = scenario_endless(spec);
    p->workers.n = p->endless ? 0 : spec->workers;
    p->resizing.most = p->workers.n;
    p->samples = calloc(r->samples, sizeof *p->samples);
    p->keep_windows = windows;
    p->windows = windows ? calloc(r->samples, sizeof *p->windows) : NULL;
    p->window = calloc(WINDOW_BUCKETS, sizeof *p->window);
    return p->samples && p->window && (p->windows || !windows);
}

static bool open_class(struct tally *class, nsec good) {
    bool ok = true;
    class->good = good;
    class->ended = malloc(sizeof *class->ended);
    if (!class->ended)
        return false;
    class->ended->count = 0;
    for (int t = TALLY_WAIT; ok && t < TALLY_TIMES; t++)
        ok = hist_open(&class->times[t]);
    return ok; /* the door's and a caller's times are opened by the first of them */
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
    if (scenario_any_resizes(sc))
        r->steps = resizing_steps(sc, &r->step_count);
    if (!ok)
        record_close(r);
    return ok;
}

void record_keep_outcomes(struct record *r) {
    r->outcomes = mem_new(r->class_count, sizeof *r->outcomes);
}

void record_keep_resizes(struct record *r) {
    r->resizes = mem_new(1, sizeof *r->resizes);
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
        free(r->classes[i].ended);
        if (r->outcomes)
            free(r->outcomes[i].items);
    }
    for (size_t i = 0; i < r->pool_count; i++)
        close_pool(&r->pools[i], r->samples);
    free(r->classes);
    free(r->pools);
    free(r->flows);
    free(r->outcomes);
    free(r->steps);
    if (r->resizes)
        resize_log_close(r->resizes);
    free(r->resizes);
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
        record_seldom(&class->caller[CALLER_WAIT], now - job->intended);
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

static struct pool_tally *pool_of(const struct record *r, size_t class) {
    return &r->pools[r->scenario->classes.items[class].route.items[0].pool];
}

/* ---- the jobs kept until they are a block ------------------------------------------------------
 */

/* Of the block what is one pass each. `stays`: the sum of its responses. */
static void count_ended(const struct record *r, struct tally *class, const nsec *response,
                        nsec_sum stays) {
    const struct ended *e = class->ended;
    nsec horizon = r->horizon, good = class->good;
    uint64_t waited = 0, in_time = 0;
    uint32_t inside = e->count;
    for (; inside > 0 && e->at[inside - 1] >= horizon; inside--)
        stays -= e->at[inside - 1] - horizon;
    for (uint32_t i = 0; i < e->count; i++)
        waited += e->waited[i];
    for (uint32_t i = 0; good < NSEC_NEVER && i < inside; i++)
        in_time += response[i] <= good;
    class->ended_inside += inside;
    class->good_inside += good < NSEC_NEVER ? in_time : inside;
    class->waited += waited;
    class->started += e->count;
    class->books += stays;
    class->fates[FATE_COMPLETED] += e->count;
    for (size_t k = 0; k < r->scenario->within.count; k++)
        for (uint32_t i = 0; i < e->count; i++)
            class->within[k] += response[i] <= r->scenario->within.items[k];
}

/* The stays of each step; mostly all of them are of one. */
static void add_stays(struct record *r, const struct ended *e, const nsec *response,
                      nsec_sum stays) {
    uint32_t others = 0;
    for (uint32_t i = 0; i < e->count; i++)
        others |= e->step[i] ^ e->step[0];
    if (!others) {
        r->flows[e->step[0]].stay += stays;
        return;
    }
    for (uint32_t i = 0; i < e->count; i++)
        r->flows[e->step[i]].stay += response[i];
}

void record_flush(struct record *r, struct tally *class) {
    struct ended *e = class->ended;
    if (e->count == 0)
        return;
    const struct pool_tally *pool = pool_of(r, (size_t)(class - r->classes));
    nsec wait[HIST_MANY], service[HIST_MANY], response[HIST_MANY] = {0};
    uint32_t bucket[HIST_MANY];
    for (uint32_t i = 0; i < e->count; i++) {
        wait[i] = e->started[i] - e->intended[i];
        service[i] = e->at[i] - e->started[i];
        response[i] = e->at[i] - e->intended[i];
    }
    hist_add_many(&class->times[TALLY_WAIT], wait, e->count, bucket);
    hist_add_many(&class->times[TALLY_SERVICE], service, e->count, bucket);
    nsec_sum stays = -class->times[TALLY_RESPONSE].sum;
    hist_add_many(&class->times[TALLY_RESPONSE], response, e->count, bucket);
    stays += class->times[TALLY_RESPONSE].sum;
    for (uint32_t i = 0; pool->keep_windows && i < e->count; i++)
        pool->window[bucket[i] >> WINDOW_FINE_BITS]++;
    add_stays(r, e, response, stays);
    count_ended(r, class, response, stays);
    e->count = 0;
}

void record_settle(struct record *r) {
    for (size_t i = 0; i < r->class_count; i++) {
        struct tally *class = &r->classes[i];
        struct pool_tally *pool = pool_of(r, i);
        class->offered_inside += class->arrived_quietly;
        class->offered += class->arrived_quietly;
        pool->arrivals += (int64_t) class->arrived_quietly;
        pool->offered += class->arrived_quietly;
        r->counted_left += class->arrived_quietly;
        class->arrived_quietly = 0;
    }
}

static void flush_all(struct record *r) {
    for (size_t i = 0; i < r->class_count; i++)
        record_flush(r, &r->classes[i]);
    record_settle(r);
}

/* ---- single jobs -------------------------------------------------------------------------------
 */

/* The books, and of a counted job its fate. */
static void leave(struct record *r, const struct job *job, nsec now, enum fate fate) {
    struct tally *class = &r->classes[job->class];
    class->books += r->clock - record_inside(r, job->intended);
    if (!job->counted)
        return;
    class->fates[fate]++;
    r->flows[job->step].stay += now - job->intended;
}

void record_end_now(struct record *r, struct tally *class, struct pool_tally *pool,
                    const struct job *job, nsec now) {
    nsec response = now - job->intended;
    if (pool->keep_windows)
        pool->window[hist_bucket(response) >> WINDOW_FINE_BITS]++;
    class->ended_inside += r->inside;
    class->good_inside += r->inside && response <= class->good;
    if (job->counted) {
        for (size_t i = 0; i < r->scenario->within.count; i++)
            class->within[i] += response <= r->scenario->within.items[i];
        record_seldom(&class->caller[CALLER_SERVICE], now - job->started);
        hist_add(&class->times[TALLY_RESPONSE], response);
    }
    leave(r, job, now, FATE_COMPLETED);
}

void record_lose(struct record *r, const struct job *job, size_t pool, nsec now, enum fate fate,
                 bool from_queue) {
    struct pool_tally *p = &r->pools[pool];
    if (from_queue)
        record_fall(&p->queue, r->clock);
    p->rejected++;
    p->lost += job->counted;
    r->classes[job->class].turned_away += job->counted && !from_queue;
    record_fall(&r->classes[job->class].in_system, r->clock);
    leave(r, job, now, fate);
    if (job->counted) {
        r->classes[job->class].stay += now - job->intended;
        r->counted_left--;
        if (r->outcomes)
            record_outcome(r, job, now, fate, false);
    }
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
    if (started && !job->by_caller) {
        class->started++;
        class->waited += job->waited;
        hist_add(&class->times[TALLY_WAIT], job->started - job->intended);
    }
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

/* From the last event on, at `from`, the level has been n. */
static void settle_level(struct level *level, nsec from, nsec to) {
    uint64_t n = (uint64_t)level->n;
    level->area += level->turns + n * (uint64_t)from - level->mark;
    level->area += (nsec_sum)level->n * (to - from);
    level->mark = level->turns + n * (uint64_t)to;
}

void record_settle_levels(struct record *r, nsec clock) {
    for (size_t i = 0; i < r->class_count; i++)
        settle_level(&r->classes[i].in_system, r->clock, clock);
    for (size_t i = 0; i < r->pool_count; i++) {
        struct pool_tally *p = &r->pools[i];
        settle_level(&p->workers, r->clock, clock);
        settle_level(&p->busy, r->clock, clock);
        settle_level(&p->queue, r->clock, clock);
        settle_level(&p->starting, r->clock, clock);
    }
    r->clock = r->settled = clock;
}

void record_sample(struct record *r, nsec now) {
    flush_all(r);
    while (r->next_sample < now && r->sampled < r->samples) {
        for (size_t i = 0; i < r->pool_count; i++) {
            struct pool_tally *p = &r->pools[i];
            p->samples[r->sampled] = (struct sample){p->endless ? p->busy.n : p->workers.n,
                                                     p->busy.n,
                                                     p->queue.n,
                                                     p->arrivals,
                                                     p->completions,
                                                     p->rejected};
            if (!p->keep_windows)
                continue;
            record_keep_window(p, r->sampled, p->window);
            memset(p->window, 0, WINDOW_BUCKETS * sizeof *p->window);
        }
        record_settle_levels(r, r->next_sample);
        for (size_t i = 0; i < r->class_count; i++)
            r->flows[r->sampled].area += r->classes[i].in_system.area;
        r->sampled++;
        r->next_sample += r->sample_every;
    }
    if (r->sampled == r->samples)
        r->next_sample = NSEC_NEVER;
}

static void needed(bool there) {
    if (!there)
        mem_none();
}

void record_seldom(struct hist *h, nsec value) {
    if (!h->count)
        needed(hist_open(h));
    hist_add(h, value);
}

/* Who came straight in stood at the door for no time. */
static void settle_door(struct tally *class) {
    struct hist *door = &class->times[TALLY_DOOR];
    if (!door->count)
        needed(hist_open_for_zeros(door));
    hist_add_zeros(door, class->admitted - door->n);
}

void record_add_to_pool(struct hist *pool, const struct hist *class) {
    if (pool->n == 0) {
        hist_close(pool);
        needed(hist_copy(pool, class));
        return;
    }
    if (pool->size < HIST_BUCKETS) {
        struct hist first = *pool;
        needed(hist_open(pool));
        hist_merge(pool, &first);
        hist_close(&first);
    }
    hist_merge(pool, class);
}

/* The pool's times are those of its classes, less what their submitters ran themselves. */
static void settle_class(struct record *r, size_t i) {
    struct tally *class = &r->classes[i];
    struct pool_tally *pool = pool_of(r, i);
    class->stay += class->times[TALLY_RESPONSE].sum;
    settle_door(class);
    record_add_to_pool(&pool->times[POOL_WAIT], &class->times[TALLY_WAIT]);
    record_add_to_pool(&pool->times[POOL_SERVICE], &class->times[TALLY_SERVICE]);
    hist_merge(&class->times[TALLY_WAIT], &class->caller[CALLER_WAIT]);
    hist_merge(&class->times[TALLY_SERVICE], &class->caller[CALLER_SERVICE]);
    for (int t = 0; t < TALLY_TIMES; t++)
        hist_trim(&class->times[t]);
    for (int t = 0; t < CALLER_TIMES; t++)
        hist_close(&class->caller[t]);
}

/* ---- pools that change their size ------------------------------------------------------------ */

/* The steps of the load that have ended by `now`. */
static void end_steps(struct record *r, nsec now) {
    for (; r->step <= r->step_count && r->step_count > 0; r->step++) {
        nsec end = r->step < r->step_count ? r->steps[r->step] : r->horizon;
        if (now < end)
            return;
        for (size_t i = 0; i < r->pool_count; i++) {
            struct resizing *z = &r->pools[i].resizing;
            if (r->step > 0) {
                z->steps++;
                z->settling += z->last - r->steps[r->step - 1];
            }
            z->last = end;
        }
    }
}

void record_resize(struct record *r, size_t pool, nsec now, uint32_t from, uint32_t to) {
    struct resizing *z = &r->pools[pool].resizing;
    int direction = to > from ? 1 : -1;
    end_steps(r, now);
    if (r->inside) {
        z->resizes++;
        z->reversals += z->direction == -direction;
        z->last = now;
    }
    if (now < 0 || (r->inside && to > z->most))
        z->most = to;
    z->direction = direction;
    if (r->resizes)
        resize_log_event(r->resizes,
                         &(struct resize_event){now, (uint32_t)pool, from, to,
                                                to > from ? RESIZED_GROW : RESIZED_SHRINK});
}

static void move_level(struct level *level, nsec clock, int64_t n) {
    level->turns -= (uint64_t)(n - level->n) * (uint64_t)clock;
    level->n = n;
}

void record_workers(struct record *r, size_t pool, nsec now, uint32_t serving, uint32_t starting) {
    struct pool_tally *p = &r->pools[pool];
    if (r->resizes && serving != p->workers.n)
        resize_log_event(r->resizes, &(struct resize_event){
                                         now, (uint32_t)pool, (uint32_t)p->workers.n, serving,
                                         serving > p->workers.n ? RESIZED_READY : RESIZED_GONE});
    move_level(&p->workers, r->clock, serving);
    move_level(&p->starting, r->clock, starting);
}

void record_finish(struct record *r, nsec now) {
    flush_all(r);
    r->finished = now;
    if (now < r->horizon) {
        r->interrupted = true;
        r->horizon = now > 0 ? now : 0;
    }
    record_sample(r, r->horizon + (r->interrupted ? 0 : 1));
    record_settle_levels(r, r->horizon);
    end_steps(r, r->horizon);
    for (size_t i = 0; i < r->class_count; i++)
        settle_class(r, i);
    for (size_t i = 0; i < r->pool_count; i++) {
        struct pool_tally *p = &r->pools[i];
        for (int t = 0; t < POOL_TIMES; t++)
            hist_trim(&p->times[t]);
        if (p->endless)
            p->workers.area = p->busy.area;
        free(p->window);
        p->window = NULL;
    }
}
