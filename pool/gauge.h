/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gauge: the single measurements of calibrate, each for as long as it is given.
 *
 * Every one appends to samples until its time is over or a stop is asked for. 0, or an errno: no
 * thread, or no memory.
 */
#ifndef POOL_GAUGE_H
#define POOL_GAUGE_H

#include <stdatomic.h>
#include <stddef.h>

#include "model/profile.h"

struct samples {
    double *ns; /* in the order of measuring */
    size_t count, room;
};

struct gauge {
    const atomic_bool *stop;
    nsec until; /* the monotonic clock */
    int cores;
    struct dice dice; /* gaps and lengths, so that nothing beats with the kernel's ticks */
    struct samples of[PROFILE_TABLES];
};

typedef int gauge_fn(struct gauge *g);

gauge_fn gauge_jobs;      /* pacer, dispatch: jobs at random instants on a pool of parked workers */
gauge_fn gauge_hand_over; /* a worker that goes from job to job */
gauge_fn gauge_sleeps;    /* timer, watched, unwatched, slack, in turn */
gauge_fn gauge_spin;
gauge_fn gauge_wake;
gauge_fn gauge_threads; /* spawn, join */
gauge_fn gauge_lock;
gauge_fn gauge_contended;
gauge_fn gauge_switch;

static inline void gauge_add(struct gauge *g, enum profile_what what, nsec ns) {
    struct samples *s = &g->of[what];
    if (s->count < s->room)
        s->ns[s->count++] = (double)ns;
}

/* Is there time left, and nobody who wants an end? */
bool gauge_goes_on(const struct gauge *g);

/* A length between two, at random. */
nsec gauge_between(struct gauge *g, nsec low, nsec high);

#endif
