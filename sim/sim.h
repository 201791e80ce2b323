/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sim: the simulator. sim_run is one replication in virtual time; sim_replicate is many, over
 * threads.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stddef.h>

#include "model/station.h"
#include "model/trial.h"

/* One replication by the calendar. False: out of memory, or the jobs in the system would be
 * (trial->failure says which). */
bool sim_run(struct trial *trial);

/* Jobs in the system at once, at most, where the trial does not say; a job takes SIM_JOB_BYTES. */
enum {
    SIM_JOBS_MOST = 100 * 1000 * 1000,
    SIM_JOB_BYTES = sizeof(struct job) + sizeof(struct station_link)
};

/* Runs `count` trials by `run` on `threads` threads; each writes its own slot. `tick` (or NULL) is
 * called about ten times a second on the calling thread, for the progress line. */
void sim_replicate(struct trial *trials, size_t count, unsigned threads, engine_fn *run,
                   void (*tick)(void *), void *context);

#endif
