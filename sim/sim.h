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

/* One replication. False: out of memory, or the jobs in the system would be (trial->failure says
 * which). As trial->method says; of itself by the recursion where the scenario allows it, or else
 * by the calendar, which is also the one that keeps a log or outcomes. */
bool sim_run(struct trial *trial);
bool sim_calendar(struct trial *trial);

/* How a replication of this scenario is run when that is asked for, if it keeps no outcomes; and
 * the word for it: "calendar" or "recursion". */
enum trial_method sim_method(const struct scenario *scenario, enum trial_method asked);
const char *sim_method_name(enum trial_method method);

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
