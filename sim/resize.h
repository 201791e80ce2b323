/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resize: pools that change their size, in virtual time: the policy of each, the workers that
 * start, the keep-alives of those that are idle, the ticks. What happens then to jobs is
 * sim/sim.c's.
 *
 * Timers have a slot for each server (a worker that starts, or is idle with a keep-alive that was
 * drawn) and two for each pool: its next tick, and the instant at which its policy wants to be
 * asked again. At equal instants the one set first is first.
 */
#ifndef SIM_RESIZE_H
#define SIM_RESIZE_H

#include "model/governor.h"
#include "model/station.h"
#include "model/timers.h"

struct sim;

struct resizer {
    struct governor governor; /* spec NULL: a pool of fixed size */
    bool draws_keep_alive;
    uint32_t *numbers, free; /* worker numbers that nobody has; the next on top */
    uint32_t *starts;        /* of those that start, in the order they were asked for */
    nsec *idle_since;        /* of each number */
};

/* For all pools, after their stations; false: out of memory. */
bool resize_open(struct sim *s, uint64_t replication);
void resize_begin(struct sim *s); /* before the first event */
void resize_close(struct sim *s);

/* A job is about to ask for admission. */
void resize_arrival(struct sim *s, uint32_t pool);

/* After whatever has happened in a pool: its levels are noted, and its policy asked. */
void resize_event(struct sim *s, uint32_t pool);

/* A worker starts a job, or has ended it; a job is lost. */
void resize_started(struct sim *s, uint32_t pool, uint32_t server, const struct job *job);
void resize_ended(struct sim *s, uint32_t pool, const struct job *job);
void resize_lost(struct sim *s, uint32_t pool);

/* The worker (a server) has nothing to do from now on. */
void resize_idle(struct sim *s, uint32_t pool, uint32_t server);

/* The worker has gone: its number is free, the recorder knows. */
void resize_gone(struct sim *s, uint32_t pool, uint32_t server);

/* The first of the timers is due. */
void resize_due(struct sim *s);

#endif
