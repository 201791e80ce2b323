/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * work: how a real worker spends what a job demands.
 *
 * Waiting: it sleeps to the instant (timer slack 1 ns), and watches the clock for the last stretch
 * where a core can be spared, so that a job takes what it demands and not 40 us more: the host's
 * timer overshoot is no part of the service that the scenario describes (DECISIONS.md). Computing:
 * it spins until its thread has used so much processor time, whoever else runs meanwhile.
 */
#ifndef POOL_WORK_H
#define POOL_WORK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "model/nsec.h"

enum { WORK_STRETCH = 80 * 1000 }; /* ns before the instant from which the clock is watched */

struct work_place {
    atomic_uint abort;   /* 1: everybody stops where he is */
    atomic_int watchers; /* who watch the clock now */
    int watchers_most;   /* one core is left to the others; none watches on a host of one */
};

/* Sleeps until the monotonic instant; false: aborted. */
bool work_sleep(struct work_place *place, nsec until);

/* Spins for so much processor time of this thread; false: aborted. */
bool work_spin(struct work_place *place, nsec time);

#endif
