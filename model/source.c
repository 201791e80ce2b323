/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source: see source.h. A Poisson gap is rounded to whole ns, so the rate is exact to 1 in 1e9 at
 * 1e6/s; constant arrivals are k times the gap, so their rounding never adds up. */
#include "model/source.h"

#include <math.h>

#include "model/variate.h"

void source_open(struct source *s, const struct class *class, uint64_t seed, uint64_t replication,
                 nsec from) {
    *s = (struct source){
        .class = class, .from = from, .at = from, .mean_gap = 1e9 / class->arrivals.rate};
    dice_open(&s->arrival, rng_key(seed, replication, class->name, RNG_ARRIVAL), 0);
    dice_open(&s->size, rng_key(seed, replication, class->name, RNG_BATCH), 0);
    dice_open(&s->service, rng_key(seed, replication, class->name, RNG_SERVICE), 0);
    dice_open(&s->think, rng_key(seed, replication, class->name, RNG_THINK), 0);
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

static nsec next_batch(struct source *s) {
    const struct arrivals *a = &s->class->arrivals;
    dice_item(&s->size, s->event);
    double size = dist_draw(&a->size, &s->size) + 0.5;
    s->batch = size < 1 ? 1 : size > 1e9 ? 1000000000 : (uint64_t)size;
    return isnan(a->rate) ? metronome(s, (double)a->every, s->event + 1) : after_exponential_gap(s);
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
        return later(s->at, (double)dist_draw_time(&a->gap, &s->arrival));
    case ARRIVAL_BATCH:
        return next_batch(s);
    case ARRIVAL_TRACE:
        return s->event < a->trace.count ? a->trace.rows[s->event].at : NSEC_NEVER;
    case ARRIVAL_CLOSED:
    case ARRIVAL_NONE:
        break;
    }
    return NSEC_NEVER;
}

nsec source_next(struct source *s) {
    if (s->batch == 0) {
        s->batch = 1;
        s->at = next_event(s);
        s->event++;
    }
    s->batch--;
    s->index++;
    return s->at;
}

nsec source_next_batch(struct source *s, uint64_t *size) {
    nsec at = source_next(s);
    *size = s->batch + 1;
    s->index += s->batch;
    s->batch = 0;
    return at;
}

nsec source_demand(struct source *s, uint64_t index) {
    const struct dist *service = &s->class->route.items[0].service;
    if (service->kind == DIST_TRACE)
        return s->class->arrivals.trace.rows[index].demand;
    dice_item(&s->service, index);
    return dist_draw_time(service, &s->service);
}

nsec source_think(struct source *s, uint32_t client, uint32_t cycle) {
    dice_item(&s->think, job_closed_index(client, cycle));
    return dist_draw_time(&s->class->arrivals.think, &s->think);
}
