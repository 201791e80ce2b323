/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bounds: what bounds a pool's throughput beside its workers: the host's cores, which all pools
 * share, and its lock, which one job holds at a time (Amdahl's law: with a serial share s no number
 * of workers does more than 1 / (s x service) jobs a second).
 *
 * Loads are in cores and in locks, as a pool's offered load is in workers: from 1 lock on, and from
 * so many cores on as there are, there is no steady state.
 *
 * Known answer: 300/s x 5 ms x 20 % serial is a lock 30 % busy; with cpu 100 % 1.5 cores.
 */
#ifndef MODEL_BOUNDS_H
#define MODEL_BOUNDS_H

#include "model/scenario.h"

/* Whose jobs count: all (NaN with closed classes), or those that pile up, as they neither wait for
 * answers nor give up nor are turned away. */
enum bounds_of { BOUNDS_ALL, BOUNDS_PILING };

double bounds_cores(const struct scenario *scenario, enum bounds_of whose); /* wanted, of host */
double bounds_lock(const struct scenario *scenario, size_t pool, enum bounds_of whose);

/* Is the processor or the pool's lock, in the simulated host, asked for more than it can do by jobs
 * that pile up? */
bool bounds_overrun(const struct scenario *scenario, size_t pool);

/* Jobs a second that must be lost in the long run by pools and classes that may lose some, as the
 * host's cores and the locks cannot do more: at least so many, of jobs as long as they come. */
double bounds_lost(const struct scenario *scenario);

/* Jobs of the class a second that the host's cores and its pool's lock allow at most; infinite:
 * they set no bound. */
double bounds_rate(const struct scenario *scenario, const struct class *class);

#endif
