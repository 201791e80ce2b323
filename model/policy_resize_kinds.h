/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize_kinds: what policy_resize and the files of its kinds share; nobody else includes
 * it.
 *
 * A kind says what size it wants; policy_resize cuts that to min ... max and keeps the dwell. A
 * kind that remembers what it wanted does not move while it is held (else it would run away from
 * the size that the pool has, and jump when the dwell ends); what it measures it goes on measuring.
 */
#ifndef MODEL_POLICY_RESIZE_KINDS_H
#define MODEL_POLICY_RESIZE_KINDS_H

#include <math.h>

#include "model/policy_resize.h"
#include "model/scenario.h"

struct resize_ask {
    struct policy_resize *p;
    const struct resize_spec *spec;
    const struct load *load;
    const struct observed *seen; /* NULL: no tick */
    nsec now;
    struct dice *dice;
    uint32_t size; /* load's */
    bool held;     /* by the dwell: no change comes of it */
    nsec again;    /* NSEC_NEVER; a kind may set it */
};

int64_t resize_watermark(struct resize_ask *a);
int64_t resize_on_demand(struct resize_ask *a);
int64_t resize_target(struct resize_ask *a);
int64_t resize_aimd(struct resize_ask *a);
int64_t resize_gradient(struct resize_ask *a);
int64_t resize_vegas(struct resize_ask *a);
int64_t resize_littles_law(struct resize_ask *a);
int64_t resize_hill(struct resize_ask *a);
int64_t resize_schedule(struct resize_ask *a);

void resize_target_open(struct policy_resize *p, uint32_t workers, nsec now);

/* Those that neither work nor start. */
static inline uint32_t resize_idle(const struct load *load) {
    return load->workers - load->busy;
}

/* Jobs that wait, the one at the door included where it finds nobody idle. */
static inline uint64_t resize_waiting(const struct load *load) {
    return load->queued + (load->arrival && resize_idle(load) == 0);
}

/* Busy over workers, the mean since the last tick; NaN: none served. */
static inline double resize_utilisation(const struct observed *seen) {
    return seen->workers > 0 ? seen->busy / seen->workers : NAN;
}

/* The least whole number not below x >= 0, where x may be a rounding error too high: 0.1 x 30 is
 * 3. */
static inline int64_t resize_round_up(double x) {
    const double most = 1e12;
    return x < most ? (int64_t)ceil(x * (1 - 1e-12)) : (int64_t)most;
}

/* The most whole number not above x >= 0, where x may be a rounding error too low: 5 x 0.8 is 4. */
static inline int64_t resize_whole(double x) {
    return (int64_t)(x + 1e-9);
}

static inline double resize_within(const struct resize_spec *spec, double x) {
    return x < (double)spec->min   ? (double)spec->min
           : x > (double)spec->max ? (double)spec->max
                                   : x;
}

#endif
