/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source: see source.h. A Poisson gap is rounded to whole ns, so the rate is exact to 1 in 1e9 at
 * 1e6/s; constant arrivals are k times the gap, so their rounding never adds up. */
#include "model/source.h"

#include <math.h>

#include "model/variate.h"

/* The phase that holds at `from`: each as likely as its share of the time. Dwells being
 * exponential, what is left of it is as long as all of it. */
static uint64_t draw_phase(struct source *s) {
    const struct arrivals *a = &s->class->arrivals;
    double all = 0;
    for (size_t i = 0; i < a->mmpp.dwell.count; i++)
        all += (double)a->mmpp.dwell.items[i];
    dice_item(&s->phase, 0);
    double left = variate_uniform(&s->phase) * all;
    size_t i = 0;
    while (i + 1 < a->mmpp.dwell.count && left >= (double)a->mmpp.dwell.items[i])
        left -= (double)a->mmpp.dwell.items[i++];
    return i;
}

/* Stretch number `stretches`, which begins at `begin`; of mmpp its length is the die's item 1, 2
 * ...
 */
static void enter_stretch(struct source *s, nsec begin) {
    const struct arrivals *a = &s->class->arrivals;
    if (a->kind == ARRIVAL_PROFILE) {
        s->stretch = stretch_of_profile(a, s->stretches, s->from);
        return;
    }
    size_t phase = (s->first_phase + s->stretches) % a->mmpp.rates.count;
    double rate = a->mmpp.rates.items[phase];
    dice_item(&s->phase, s->stretches + 1);
    double length = variate_exponential(&s->phase) * (double)a->mmpp.dwell.items[phase];
    s->stretch = stretch_of(begin, (nsec)(length + 0.5), rate, rate);
}

void source_open(struct source *s, const struct class *class, uint64_t seed, uint64_t replication,
                 nsec from, nsec until) {
    *s = (struct source){.class = class,
                         .from = from,
                         .until = until,
                         .at = from + class->arrivals.phase,
                         .mean_gap = 1e9 / (class->arrivals.rate * class->rate_scale)};
    dice_open(&s->arrival, rng_key(seed, replication, class->name, RNG_ARRIVAL), 0);
    dice_open(&s->size, rng_key(seed, replication, class->name, RNG_BATCH), 0);
    dice_open(&s->service, rng_key(seed, replication, class->name, RNG_SERVICE), 0);
    dice_open(&s->patience, rng_key(seed, replication, class->name, RNG_PATIENCE), 0);
    dice_open(&s->think, rng_key(seed, replication, class->name, RNG_THINK), 0);
    dice_open(&s->phase, rng_key(seed, replication, class->name, RNG_PHASE), 0);
    if (class->arrivals.kind == ARRIVAL_MMPP)
        s->first_phase = draw_phase(s);
    if (class->arrivals.kind == ARRIVAL_MMPP || class->arrivals.kind == ARRIVAL_PROFILE)
        enter_stretch(s, from);
}

/* So long after an instant; NSEC_NEVER where that is beyond any run. */
static nsec later(nsec at, double gap) {
    return gap < 4e18 && at < NSEC_NEVER / 2 ? at + (nsec)(gap + 0.5) : NSEC_NEVER;
}

/* The k-th instant (k from 1) of events at a constant gap. */
static nsec metronome(const struct source *s, double gap, uint64_t k) {
    return later(s->from + s->class->arrivals.phase, (double)k * gap);
}

static nsec after_exponential_gap(struct source *s) {
    dice_item(&s->arrival, s->event);
    return later(s->at, variate_exponential(&s->arrival) * s->mean_gap);
}

/* As far along the stretches as a unit exponential of integrated rate reaches. What is spent of a
 * stretch is added up unrounded: instants are rounded one by one, and the rate is exact. */
static nsec after_area(struct source *s) {
    dice_item(&s->arrival, s->event);
    s->spent += variate_exponential(&s->arrival) / s->class->rate_scale;
    while (s->stretch.begin < s->until) {
        if (s->spent <= s->stretch.area)
            return later(s->stretch.begin, stretch_inverse(&s->stretch, s->spent));
        if (s->stretch.length == NSEC_NEVER)
            break;
        s->spent -= s->stretch.area;
        s->stretches++;
        enter_stretch(s, s->stretch.begin + s->stretch.length);
    }
    return NSEC_NEVER;
}

static nsec next_batch(struct source *s) {
    const struct arrivals *a = &s->class->arrivals;
    dice_item(&s->size, s->event);
    double size = dist_draw(&a->size, &s->size) + 0.5;
    s->batch = size < 1 ? 1 : size > 1e9 ? 1000000000 : (uint64_t)size;
    return isnan(a->rate) ? metronome(s, (double)a->every / s->class->rate_scale, s->event + 1)
                          : after_exponential_gap(s);
}

/* A row of the trace, as the scaled rate has it; of an unscaled one exactly, however long it is. */
static nsec row_instant(const struct source *s, nsec at) {
    double scale = s->class->rate_scale;
    return scale == 1 ? at : later(0, (double)at / scale);
}

static nsec next_event(struct source *s) {
    const struct arrivals *a = &s->class->arrivals;
    switch ((enum arrival_kind)a->kind) {
    case ARRIVAL_POISSON:
        return after_exponential_gap(s);
    case ARRIVAL_CONSTANT:
        return metronome(s, s->mean_gap, s->event + 1);
    case ARRIVAL_RENEWAL:
        dice_item(&s->arrival, s->event);
        return later(s->at, (double)dist_draw_time(&a->gap, &s->arrival) / s->class->rate_scale);
    case ARRIVAL_BATCH:
        return next_batch(s);
    case ARRIVAL_TRACE:
        return s->event < a->trace.count ? row_instant(s, a->trace.rows[s->event].at) : NSEC_NEVER;
    case ARRIVAL_MMPP:
    case ARRIVAL_PROFILE:
        return after_area(s);
    case ARRIVAL_CLOSED:
    case ARRIVAL_NONE:
        break;
    }
    return NSEC_NEVER;
}

static nsec next_instant(struct source *s) {
    if (s->batch == 0) {
        s->batch = 1;
        s->at = next_event(s);
        s->at = source_ended(s, s->at) ? NSEC_NEVER : s->at;
        s->event++;
    }
    s->batch--;
    return s->at;
}

/* DICE_AHEAD instants of a Poisson process; its events are jobs. */
static void poisson_ahead(struct source *s, nsec *out) {
    double gaps[DICE_AHEAD];
    variate_exponentials(&s->arrival, s->event, gaps);
    for (unsigned i = 0; i < DICE_AHEAD; i++) {
        s->at = later(s->at, gaps[i] * s->mean_gap);
        s->at = source_ended(s, s->at) ? NSEC_NEVER : s->at;
        out[i] = s->at;
    }
    s->event += DICE_AHEAD;
}

void source_look_ahead(struct source *s) {
    bool poisson = s->class->arrivals.kind == ARRIVAL_POISSON;
    s->taken = 0;
    s->held = 0;
    while (s->held < SOURCE_AHEAD && (s->held == 0 || s->at < NSEC_NEVER)) {
        if (poisson)
            poisson_ahead(s, s->instants + s->held);
        else
            s->instants[s->held] = next_instant(s);
        s->held += poisson ? DICE_AHEAD : 1;
    }
}

nsec source_next_batch(struct source *s, uint64_t *size) {
    nsec at = next_instant(s);
    *size = s->batch + 1;
    s->index += *size;
    s->batch = 0;
    return at;
}

static void exponential_ahead(const struct dist *d, struct dice *dice, uint64_t item, nsec *out) {
    double x[DICE_AHEAD];
    variate_exponentials(dice, item, x);
    for (unsigned i = 0; i < DICE_AHEAD; i++)
        out[i] = dist_time(d->a * x[i] + d->shift);
}

/* The demands of the block that job `index` is in; where they come with the instants, of as many as
 * are known. */
static void demands_ahead(struct source *s, uint64_t index) {
    const struct arrivals *a = &s->class->arrivals;
    const struct dist *service = &s->class->route.items[0].service;
    s->first = index - index % SOURCE_AHEAD;
    s->known = SOURCE_AHEAD;
    if (service->kind == DIST_EXPONENTIAL) {
        for (unsigned i = 0; i < SOURCE_AHEAD; i += DICE_AHEAD)
            exponential_ahead(service, &s->service, s->first + i, s->demands + i);
        return;
    }
    for (unsigned i = 0; i < SOURCE_AHEAD; i++) {
        if (service->kind == DIST_TRACE) {
            s->demands[i] = s->first + i < a->trace.count ? a->trace.rows[s->first + i].demand : 0;
            continue;
        }
        dice_item(&s->service, s->first + i);
        s->demands[i] = dist_draw_time(service, &s->service);
    }
}

/* Open classes ask in sequence: a block is worth while. */
nsec source_demand_of(struct source *s, uint64_t index) {
    const struct dist *service = &s->class->route.items[0].service;
    if (!source_closed(s)) {
        demands_ahead(s, index);
        return s->demands[index - s->first];
    }
    dice_item(&s->service, index);
    return dist_draw_time(service, &s->service);
}

size_t source_block(struct source *s, const nsec **instants, const nsec **demands) {
    source_look_ahead(s);
    demands_ahead(s, s->index);
    s->index += s->held;
    s->taken = s->held;
    *instants = s->instants;
    *demands = s->demands;
    return s->held;
}

nsec source_patience(struct source *s, uint64_t index) {
    const struct timeout *t = &s->class->timeout;
    nsec total = t->total > 0 ? t->total : NSEC_NEVER;
    if (t->queue.kind == DIST_NONE)
        return total;
    dice_item(&s->patience, index);
    nsec queue = dist_draw_time(&t->queue, &s->patience);
    return queue < total ? queue : total;
}

nsec source_think(struct source *s, uint32_t client, uint32_t cycle) {
    dice_item(&s->think, job_closed_index(client, cycle));
    return dist_draw_time(&s->class->arrivals.think, &s->think);
}
