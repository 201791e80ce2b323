/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * calibrate: measures what this host adds to the times of a scenario, into a profile.
 *
 * What the simulator draws from is measured with the real engine's own functions: a pacer that
 * sleeps and then watches the clock, a pool with parked workers, work_sleep and work_spin. The
 * rest (threads, locks, switches) is for people. One thing at a time, each in turns over the whole
 * of its share of the budget; the calling thread does it all and is given back with the system's
 * timer slack. Memory: 8 bytes a measurement, at most CALIBRATE_MOST of each.
 */
#ifndef POOL_CALIBRATE_H
#define POOL_CALIBRATE_H

#include <stdatomic.h>

#include "model/profile.h"
#include "pool/host.h"

enum { CALIBRATE_MOST = 100000 };

enum calibrate_end { CALIBRATE_DONE, CALIBRATE_STOPPED, CALIBRATE_FAILED };

/* In about `budget`. Whether it is to be trusted is in the profile, and why not goes to `say`,
 * which takes the text. FAILED: no thread or memory, with the errno. The profile is the caller's to
 * free in any case. */
enum calibrate_end calibrate_run(struct profile *p, nsec budget, const atomic_bool *stop,
                                 void (*say)(void *to, char *text), void *to);

#endif
