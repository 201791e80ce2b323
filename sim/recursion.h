/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recursion: one replication of a static fifo pool without feedback, job by job instead of event by
 * event.
 *
 * Where jobs start in order of arrival and nothing that comes later changes a start, job k begins
 * at max(arrival, earliest instant at which a worker is free) and frees that worker at its end
 * (Kiefer and Wolfowitz, "On the theory of queues with many servers", 1955; with one worker
 * Lindley, 1952). No calendar, no queue, no records of jobs: memory is constant in jobs, also where
 * the queue grows for ever. The workers' free instants are kept sorted where vectors make that
 * cheap, else in a 4-ary heap: the same instants.
 *
 * A queue of K places that rejects is a recursion, too: a job finds it full if no worker is free
 * and the job admitted K before has not started.
 */
#ifndef SIM_RECURSION_H
#define SIM_RECURSION_H

#include <stdbool.h>

#include "model/trial.h"

/* Why this scenario cannot be run so; NULL: it can. Needed are open classes, fifo, no time-outs,
 * jobs that do not meet while they are served, and a queue that is unbounded, or rejects and has at
 * most 65,536 places. */
const char *recursion_misfit(const struct scenario *scenario);

/* As sim_run (sim/sim.h), to the same record. */
bool recursion_run(struct trial *trial);

#endif
