/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * files: what a command leaves in its folder. Charts are drawn from these alone.
 *
 * result.json; series.csv (of the real pool where there is one), series-sim.csv and
 * series-paired.csv (replication 1: the same jobs) beside it; response.hgrm and response.csv
 * likewise; replications.csv (the simulator's figures, a replication each, for `compare`);
 * headroom.csv (what the search for headroom tried); jobs.csv and jobs-sim.csv on --keep-jobs;
 * percentiles.csv, histogram.csv, little.csv, events.csv, and where they apply utilisation.csv,
 * open-twin.csv and sizes.csv (see sheets, curve, sizes); chart.csv (labels and constants of the
 * charts, a title for each that is drawn; labels travel as data and never become code), with
 * several pools one for each, and one for what is of all of them.
 */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "model/compare.h"
#include "model/err.h"
#include "model/theory.h"

/* What one run found; any may be NULL but one of sim and pool. */
struct findings {
    const struct scenario *scenario;
    const struct theory *theory;
    const struct result *sim;        /* all replications */
    const struct result *sim_paired; /* replication 1 */
    const struct result *pool;
    const struct result *ideal; /* sim_paired on an ideal host, where the scenario has a profile */
    const struct comparison *comparison;
    const struct record *jobs;     /* of jobs.csv: the real pool's, or replication 1's */
    const struct record *jobs_sim; /* of jobs-sim.csv: replication 1's, beside the real pool's */
    const struct result *twin;     /* of closed clients, open arrivals at their rate */
};

/* The JSON of `--json` and result.json: one result, or of a comparison all of them. */
void files_json(const struct findings *f, FILE *to);

bool files_write(const struct findings *f, const char *dir, struct err *err);

#endif
