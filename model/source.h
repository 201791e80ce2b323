/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * source: the jobs of one class in one replication: when each means to arrive, what it demands.
 *
 * A function of (seed, replication, class name, job index) alone, never of who asks when: the same
 * in both engines. Open classes give their instants in order; a closed class gives think times by
 * (client, cycle), as its instants depend on completions. Costs one or two dice a job. Where the
 * rate moves (mmpp, profile) the stretches of it are walked along (model/stretch); a phase of mmpp
 * costs one die more.
 */
#ifndef MODEL_SOURCE_H
#define MODEL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/job.h"
#include "model/rng.h"
#include "model/scenario.h"
#include "model/stretch.h"

/* What is computed ahead, in blocks; a multiple of DICE_AHEAD. */
enum { SOURCE_AHEAD = 4 * DICE_AHEAD };

struct source {
    const struct class *class;
    struct dice arrival, size, service, think, patience, phase;
    double mean_gap; /* ns between events, where they have a rate */
    nsec from;       /* begin of the warm-up */
    nsec until;      /* nobody arrives from here on */
    uint64_t index;  /* of the next job */
    /* the instants of the next jobs, and what jobs first ... first + known - 1 demand: */
    nsec instants[SOURCE_AHEAD], demands[SOURCE_AHEAD];
    uint32_t taken, held;
    uint64_t first, known;
    /* as far as the instants are known: */
    uint64_t event; /* arrival events (batches) so far */
    nsec at;        /* of the last event */
    uint64_t batch; /* jobs left of the event */
    /* where the rate moves: */
    struct stretch stretch; /* that the last event lies in */
    uint64_t stretches;     /* before it */
    uint64_t first_phase;   /* mmpp: of the first stretch */
    double spent;           /* of its area, at the last event */
};

/* Arrivals from `from` (the begin of the warm-up) to before `until`. */
void source_open(struct source *s, const struct class *class, uint64_t seed, uint64_t replication,
                 nsec from, nsec until);

/* Open classes: the next job's intended instant, not before the last one; NSEC_NEVER at the end. */
void source_look_ahead(struct source *s);
static inline nsec source_next(struct source *s) {
    if (s->taken == s->held)
        source_look_ahead(s);
    s->index++;
    return s->instants[s->taken++];
}

/* Open classes asked for nothing else: the next SOURCE_AHEAD jobs, fewer at the end (an instant may
 * be NSEC_NEVER there); valid until the next call. */
size_t source_block(struct source *s, const nsec **instants, const nsec **demands);

/* Arrivals in batches: the instant and the size of the next batch, all its jobs at once; of a
 * source that is asked for nothing else. */
nsec source_next_batch(struct source *s, uint64_t *size);

/* What job `index` demands; for jobs of a trace with a service column, its row's. */
nsec source_demand_of(struct source *s, uint64_t index);
static inline nsec source_demand(struct source *s, uint64_t index) {
    uint64_t ahead = index - s->first;
    return ahead < s->known ? s->demands[ahead] : source_demand_of(s, index);
}

/* How long job `index` waits before it gives up, from its intended instant; NSEC_NEVER: for ever.
 */
nsec source_patience(struct source *s, uint64_t index);

/* Closed classes: how long a client thinks before its submission number `cycle`. */
nsec source_think(struct source *s, uint32_t client, uint32_t cycle);

/* Is `at` too late to submit? */
static inline bool source_ended(const struct source *s, nsec at) {
    return at >= s->until;
}

static inline bool source_closed(const struct source *s) {
    return s->class->arrivals.kind == ARRIVAL_CLOSED;
}

#endif
