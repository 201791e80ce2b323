/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger: see ledger.h. */
#include "model/ledger.h"

#include <stdlib.h>

#include "model/mem.h"
#include "model/vectors.h"

nsec ledger_bound(const struct ledger *l, size_t step) {
    const struct record *r = l->record;
    if (step < r->samples)
        return (nsec)step * r->sample_every;
    return step < l->bounds ? r->scenario->run.duration : NSEC_NEVER;
}

bool ledger_open(struct ledger *l, struct record *record) {
    const struct run_spec *run = &record->scenario->run;
    *l = (struct ledger){.record = record, .stop = run->duration + run->cooldown};
    l->bounds = record->samples + (run->duration % run->sample_every > 0);
    l->classes = mem_new(record->class_count, sizeof *l->classes);
    l->pools = mem_new(record->pool_count, sizeof *l->pools);
    bool ok = true;
    for (size_t i = 0; ok && i < record->class_count; i++) {
        struct ledger_class *c = &l->classes[i];
        c->tally = &record->classes[i];
        c->steps = calloc(l->bounds + 1, sizeof *c->steps);
        ok = c->steps;
    }
    for (size_t i = 0; ok && i < record->pool_count; i++) {
        bool kept = record->pools[i].keep_windows;
        l->pools[i].windows = kept ? calloc(record->samples, sizeof *l->pools[i].windows) : NULL;
        ok = l->pools[i].windows || !kept;
    }
    return ok;
}

void ledger_close(struct ledger *l) {
    for (size_t i = 0; l->classes && i < l->record->class_count; i++)
        free(l->classes[i].steps);
    for (size_t i = 0; l->pools && i < l->record->pool_count; i++) {
        for (size_t k = 0; l->pools[i].windows && k < l->record->samples; k++)
            free(l->pools[i].windows[k]);
        free(l->pools[i].windows);
    }
    free(l->classes);
    free(l->pools);
    *l = (struct ledger){0};
}

/* The step that an instant beyond the end of step `from` lies in. */
static size_t step_of(const struct ledger *l, nsec at, size_t from) {
    const struct record *r = l->record;
    if (at <= ledger_bound(l, from + 1))
        return from + 1;
    if (at > r->scenario->run.duration)
        return l->bounds;
    return (size_t)((at - 1) / r->sample_every) + 1;
}

static uint32_t *open_window(struct ledger_pool *p, size_t step) {
    if (!p->windows[step])
        p->windows[step] = mem_new(WINDOW_BUCKETS, sizeof *p->windows[step]);
    return p->windows[step];
}

static inline nsec not_before(nsec at, nsec begin) {
    return at > begin ? at : begin;
}

static inline nsec at_most(nsec at, nsec end) {
    return at < end ? at : end;
}

/* Of step `step` or of the end of that before? */
static size_t arrival_step(const struct ledger *l, size_t step, nsec arrival) {
    return step > 0 && arrival <= ledger_bound(l, step - 1) ? step - 1 : step;
}

void ledger_lose(struct ledger *l, uint32_t class, uint32_t pool, size_t step, nsec arrival) {
    struct ledger_class *c = &l->classes[class];
    struct ledger_step *s = &c->steps[arrival_step(l, step, arrival)];
    bool counted = step > 0 && step < l->bounds;
    s->arrived++;
    s->lost++;
    l->pools[pool].lost += counted;
    c->tally->fates[FATE_REJECTED] += counted;
    c->tally->turned_away += counted;
}

/* ---- a block of jobs, in one pass ---------------------------------------------------------------
 */

/* HIST_MANY times within this long of one another can be added up in 64 bits. */
static const nsec SUMMED_MOST = INT64_C(1) << 56;

struct block {
    nsec wait[HIST_MANY], service[HIST_MANY], response[HIST_MANY];
    nsec latest;                      /* end */
    uint64_t arrivals, starts, stays; /* sums; instants counted from the first arrival */
    uint64_t waited, good;
    uint64_t last, good_last; /* that end at the step's very end */
};

static inline __attribute__((always_inline)) void
pass(struct block *b, const struct ledger_jobs *jobs, nsec bound, nsec good) {
    nsec base = jobs->arrival[0], latest = base;
    uint64_t arrivals = 0, starts = 0, stays = 0, waited = 0, in_time = 0, last = 0, good_last = 0;
    for (size_t i = 0; i < jobs->count; i++) {
        nsec arrival = jobs->arrival[i], start = jobs->start[i], end = jobs->end[i];
        nsec stay = end - arrival;
        b->wait[i] = start - arrival;
        b->service[i] = end - start;
        b->response[i] = stay;
        arrivals += (uint64_t)(arrival - base);
        starts += (uint64_t)(start - base);
        stays += (uint64_t)stay;
        latest = end > latest ? end : latest;
        waited += start > arrival;
        in_time += stay <= good;
        last += end == bound;
        good_last += (end == bound) & (stay <= good);
    }
    b->latest = latest;
    b->arrivals = arrivals;
    b->starts = starts;
    b->stays = stays;
    b->waited = waited;
    b->good = in_time;
    b->last = last;
    b->good_last = good_last;
}

#if defined(__x86_64__)
AVX2 static void pass_avx2(struct block *b, const struct ledger_jobs *jobs, nsec bound, nsec good) {
    pass(b, jobs, bound, good);
}

__attribute__((target("avx512f,avx512dq"))) static void
pass_avx512(struct block *b, const struct ledger_jobs *jobs, nsec bound, nsec good) {
    pass(b, jobs, bound, good);
}
#endif

/* The same by vectors where the processor has them. */
static void sum_up(struct block *b, const struct ledger_jobs *jobs, nsec bound, nsec good) {
#if defined(__x86_64__)
    switch (vectors()) {
    case VECTORS_AVX512:
        pass_avx512(b, jobs, bound, good);
        return;
    case VECTORS_AVX2:
        pass_avx2(b, jobs, bound, good);
        return;
    case VECTORS_NONE:
        break;
    }
#endif
    pass(b, jobs, bound, good);
}

/* ---- where jobs lie ----------------------------------------------------------------------------
 */

/* A block inside one step, from arrival to end; all of it after 0 or before. */
static void place_inside(struct ledger *l, const struct ledger_jobs *jobs, const struct block *b) {
    struct ledger_step *s = &l->classes[jobs->class].steps[jobs->step];
    s->arrived += jobs->count;
    s->started += jobs->count;
    s->ended += jobs->count;
    s->good += b->good;
    s->ended_last += b->last;
    s->good_last += b->good_last;
    if (jobs->step == 0)
        return; /* all instants count as 0 */
    nsec_sum whole = (nsec_sum)jobs->arrival[0] * (int64_t)jobs->count;
    s->arrivals += whole + b->arrivals;
    s->starts += whole + b->starts;
    s->ends += whole + b->arrivals + b->stays;
    s->stays += b->stays;
}

/* A step, and its end; what is looked for goes on from the last one found. */
struct cursor {
    size_t step;
    nsec end;
};

static inline void cursor_seek(const struct ledger *l, struct cursor *c, nsec at) {
    if (at <= c->end)
        return;
    c->step = step_of(l, at, c->step);
    c->end = ledger_bound(l, c->step);
}

static void place_end(const struct ledger *l, struct ledger_class *c, struct cursor at,
                      nsec arrival, nsec end) {
    cursor_seek(l, &at, end);
    struct ledger_step *s = &c->steps[at.step];
    nsec inside = not_before(at_most(end, l->record->horizon), 0);
    bool good = end - arrival <= c->tally->good;
    s->ended++;
    s->good += good;
    s->ends += inside;
    s->stays += inside - not_before(arrival, 0);
    s->ended_last += end == at.end;
    s->good_last += end == at.end && good;
}

static void place_each(struct ledger *l, const struct ledger_jobs *jobs) {
    struct ledger_class *c = &l->classes[jobs->class];
    size_t first = arrival_step(l, jobs->step, jobs->arrival[0]);
    struct cursor arrival = {first, ledger_bound(l, first)}, start = arrival;
    for (size_t i = 0; i < jobs->count; i++) {
        cursor_seek(l, &arrival, jobs->arrival[i]);
        cursor_seek(l, &start, jobs->start[i]);
        c->steps[arrival.step].arrived++;
        c->steps[arrival.step].arrivals += not_before(jobs->arrival[i], 0);
        c->steps[start.step].started++;
        c->steps[start.step].starts += not_before(jobs->start[i], 0);
        place_end(l, c, start, jobs->arrival[i], jobs->end[i]);
    }
}

/* ---- how long they took ------------------------------------------------------------------------
 */

static void keep_windows(struct ledger *l, const struct ledger_jobs *jobs, const uint32_t *bucket) {
    struct ledger_pool *p = &l->pools[jobs->pool];
    struct cursor first = {jobs->step, ledger_bound(l, jobs->step)};
    if (jobs->step > 0 && jobs->end[0] <= ledger_bound(l, jobs->step - 1))
        first = (struct cursor){jobs->step - 1, ledger_bound(l, jobs->step - 1)};
    for (size_t i = 0; i < jobs->count; i++) {
        struct cursor at = first;
        cursor_seek(l, &at, jobs->end[i]);
        if (at.step < l->record->samples)
            open_window(p, at.step)[bucket[i] >> WINDOW_FINE_BITS]++;
    }
}

/* Counted jobs that end before the cool-down is over. */
static void measure(struct ledger *l, const struct ledger_jobs *jobs, const struct block *b,
                    uint32_t *bucket) {
    struct tally *t = l->classes[jobs->class].tally;
    const struct scenario *sc = l->record->scenario;
    l->last = b->latest > l->last ? b->latest : l->last;
    t->waited += b->waited;
    hist_add_many(&t->times[TALLY_WAIT], b->wait, jobs->count, bucket);
    hist_add_many(&t->times[TALLY_SERVICE], b->service, jobs->count, bucket);
    hist_add_many(&t->times[TALLY_RESPONSE], b->response, jobs->count, bucket);
    l->record->flows[jobs->step].stay += b->stays;
    for (size_t k = 0; k < sc->within.count; k++)
        for (size_t i = 0; i < jobs->count; i++)
            t->within[k] += b->response[i] <= sc->within.items[k];
}

/* A counted job that is in the system still when the run stops. */
static void cut_off(struct ledger *l, const struct ledger_jobs *jobs, size_t i) {
    struct tally *t = l->classes[jobs->class].tally;
    nsec wait = jobs->start[i] - jobs->arrival[i];
    if (jobs->start[i] <= l->stop) {
        t->waited += wait > 0;
        hist_add(&t->times[TALLY_WAIT], wait);
    } else
        l->pools[jobs->pool].unstarted++;
    t->fates[FATE_IN_FLIGHT]++;
    t->stay += l->stop - jobs->arrival[i];
    l->record->flows[jobs->step].left++;
    l->left++;
}

/* Job by job: those that end in time are measured, the others are cut off. */
static void measure_each(struct ledger *l, const struct ledger_jobs *jobs, uint32_t *bucket) {
    struct block b;
    for (size_t i = 0; i < jobs->count; i++) {
        struct ledger_jobs one = {jobs->arrival + i, jobs->start + i, jobs->end + i,
                                  jobs->class,       jobs->pool,      1,
                                  jobs->step};
        bucket[i] = hist_bucket(jobs->end[i] - jobs->arrival[i]);
        if (jobs->end[i] > l->stop) {
            cut_off(l, jobs, i);
            continue;
        }
        sum_up(&b, &one, 0, 0);
        measure(l, &one, &b, bucket + i);
    }
}

void ledger_enter(struct ledger *l, const struct ledger_jobs *jobs) {
    if (jobs->count == 0)
        return;
    struct block b;
    uint32_t bucket[HIST_MANY];
    nsec bound = ledger_bound(l, jobs->step);
    sum_up(&b, jobs, bound, l->classes[jobs->class].tally->good);
    if (b.latest <= bound && b.latest - jobs->arrival[0] < SUMMED_MOST &&
        arrival_step(l, jobs->step, jobs->arrival[0]) == jobs->step)
        place_inside(l, jobs, &b);
    else
        place_each(l, jobs);
    bool counted = jobs->step > 0 && jobs->step < l->bounds;
    if (counted && b.latest <= l->stop && b.latest - jobs->arrival[0] < SUMMED_MOST)
        measure(l, jobs, &b, bucket);
    else if (counted)
        measure_each(l, jobs, bucket);
    if (!l->pools[jobs->pool].windows)
        return;
    for (size_t i = 0; !counted && i < jobs->count; i++)
        bucket[i] = hist_bucket(b.response[i]);
    keep_windows(l, jobs, bucket);
}

static void close_window(struct ledger *l, size_t pool, size_t step) {
    struct pool_tally *to = &l->record->pools[pool];
    uint32_t **windows = l->pools[pool].windows;
    if (!windows || step >= l->record->samples || to->windows[step].bucket)
        return;
    record_keep_window(to, step, windows[step] ? windows[step] : to->window);
    free(windows[step]);
    windows[step] = NULL;
}

void ledger_step_over(struct ledger *l, size_t step) {
    for (size_t i = 0; step > 0 && i < l->record->pool_count; i++)
        close_window(l, i, step - 1);
}

bool ledger_goes_on(const struct ledger *l) {
    return l->left > 0 || l->last > l->record->horizon;
}

/* ---- the end --------------------------------------------------------------------------------- */

static void add_step(struct ledger_step *sum, const struct ledger_step *s) {
    sum->arrived += s->arrived;
    sum->lost += s->lost;
    sum->started += s->started;
    sum->ended += s->ended;
    sum->good += s->good;
    sum->arrivals += s->arrivals;
    sum->starts += s->starts;
    sum->ends += s->ends;
    sum->stays += s->stays;
}

/* Integrals from 0 to the instant that the steps summed up end at. */
static nsec_sum area_in_system(const struct ledger_step *sum, nsec at) {
    return (nsec_sum)at * (int64_t)(sum->arrived - sum->lost - sum->ended) -
           (sum->arrivals - sum->ends);
}

static nsec_sum area_queued(const struct ledger_step *sum, nsec at) {
    return (nsec_sum)at * (int64_t)(sum->arrived - sum->lost - sum->started) -
           (sum->arrivals - sum->starts);
}

static nsec_sum area_busy(const struct ledger_step *sum, nsec at) {
    return (nsec_sum)at * (int64_t)(sum->started - sum->ended) - (sum->starts - sum->ends);
}

static void add_sample(struct sample *to, const struct ledger_step *sum) {
    to->busy += (int64_t)(sum->started - sum->ended);
    to->queue += (int64_t)(sum->arrived - sum->lost - sum->started);
    to->arrivals += (int64_t)sum->arrived;
    to->completions += (int64_t)sum->ended;
    to->rejected += (int64_t)sum->lost;
}

/* The part inside of the stays of jobs that end after `at`, the end of step `step`. */
static nsec_sum books_beyond(const struct ledger *l, const struct ledger_class *c, size_t step,
                             nsec at) {
    struct ledger_step later = {0};
    for (size_t k = step + 1; k <= l->bounds; k++)
        add_step(&later, &c->steps[k]);
    return (nsec_sum)at * (int64_t)later.ended - (later.ends - later.stays);
}

/* Levels, integrals and what happened inside, until the end of step `step`. */
static void fill_levels(struct ledger *l, size_t class, size_t step) {
    struct record *r = l->record;
    struct ledger_class *c = &l->classes[class];
    struct pool_tally *pool = &r->pools[r->scenario->classes.items[class].route.items[0].pool];
    nsec at = ledger_bound(l, step);
    struct ledger_step sum = {0};
    for (size_t k = 0; k <= step; k++) {
        add_step(&sum, &c->steps[k]);
        if (k >= r->samples || (k == step && at < r->horizon))
            continue;
        add_sample(&pool->samples[k], &sum);
        r->flows[k].area += area_in_system(&sum, ledger_bound(l, k));
    }
    struct tally *t = c->tally;
    t->in_system.area = area_in_system(&sum, at); /* and a level of 0 */
    t->books = sum.stays + books_beyond(l, c, step, at);
    t->ended_inside = sum.ended - c->steps[0].ended + c->steps[0].ended_last -
                      (step ? c->steps[step].ended_last : c->steps[0].ended_last);
    t->good_inside = sum.good - c->steps[0].good + c->steps[0].good_last -
                     (step ? c->steps[step].good_last : c->steps[0].good_last);
    pool->queue.area += area_queued(&sum, at);
    pool->busy.area += area_busy(&sum, at);
}

static void fill_counts(struct ledger *l, size_t class) {
    struct ledger_class *c = &l->classes[class];
    struct tally *t = c->tally;
    struct hist *response = &t->times[TALLY_RESPONSE];
    t->fates[FATE_COMPLETED] = response->n;
    t->started = t->times[TALLY_WAIT].n;
    t->admitted = response->n + t->fates[FATE_IN_FLIGHT];
    t->offered = t->offered_inside = t->admitted + t->fates[FATE_REJECTED];
    l->record->pools[l->record->scenario->classes.items[class].route.items[0].pool].offered +=
        t->offered;
}

void ledger_finish(struct ledger *l, size_t step) {
    struct record *r = l->record;
    bool whole = ledger_bound(l, step) == r->horizon;
    for (size_t i = 0; i < r->pool_count; i++) {
        struct pool_tally *p = &r->pools[i];
        r->sampled = whole ? r->samples : step;
        for (size_t k = 0; k < r->sampled; k++) {
            p->samples[k].workers = p->workers.n;
            close_window(l, i, k);
        }
        p->lost = l->pools[i].lost;
        p->unstarted = l->pools[i].unstarted;
    }
    for (size_t i = 0; i < r->class_count; i++) {
        fill_levels(l, i, step);
        fill_counts(l, i);
    }
    r->next_sample = NSEC_NEVER;
    nsec end = l->last > r->horizon ? l->last : r->horizon;
    record_finish(r, !whole ? ledger_bound(l, step) : l->left ? l->stop : end);
}
