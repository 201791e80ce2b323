/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pilot: finds the warm-up of `run.warmup: auto`.
 *
 * Replications from empty, each as long as the run's duration, with dice of their own (replications
 * from PILOT_FIRST on, which no run has): 100, but no more than make PILOT_JOBS jobs, and at least
 * 10. Their jobs in the system, all classes together, are averaged over PILOT_STEPS steps of the
 * duration and over the replications; MSER-5 (model/mser) says where that series has settled. The
 * step is the pilot's own: the user's sample_every is not touched. One value serves all
 * replications and the real pool. It depends on the scenario alone, never on threads.
 *
 * Ten are too few where jobs wait much: of M/M/1 at 80 % MSER takes the noise of ten for the level,
 * and cuts after a twentieth of the time constant, with a hundred after two thirds.
 */
#ifndef SIM_PILOT_H
#define SIM_PILOT_H

#include "model/trial.h"

enum {
    PILOT_LEAST = 10,
    PILOT_MOST = 100,
    PILOT_JOBS = 5000000,
    PILOT_STEPS = 5000,
    PILOT_FIRST = 1000000
};

/* The pilot of one scenario, which is not moved while it is open. */
struct pilot {
    struct scenario scenario; /* all but its run is borrowed */
    struct trial *trials;
    size_t count;
};

/* Is the scenario's warm-up still to be found? */
bool pilot_wanted(const struct scenario *scenario);

/* How many replications its pilot has, where anything is random. */
size_t pilot_replications(const struct scenario *scenario);

/* Its trials are ready to be run by sim_run (sim_replicate). */
void pilot_open(struct pilot *pilot, const struct scenario *scenario, const atomic_bool *stop,
                uint32_t most_jobs);

/* The warm-up that was found into *run, or its default where the pilot did not run to its end.
 * NULL, or why one of its trials failed, in fresh memory. */
char *pilot_close(struct pilot *pilot, struct run_spec *run);

#endif
