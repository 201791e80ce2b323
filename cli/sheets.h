/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sheets: the CSV files of a result folder that charts are drawn from, besides the series.
 *
 * Times in seconds, shares 0 to 1; a cell is empty where a value is not known.
 */
#ifndef CLI_SHEETS_H
#define CLI_SHEETS_H

#include <stdio.h>

#include "cli/files.h"

/* inverse (1 / (1 - p)), percentile, then the response of theory, simulation with band, paired
 * replication and pool; as far as five jobs lie beyond. */
void sheets_percentiles(const struct findings *f, FILE *to);

/* The same of closed clients and of their open twin. */
void sheets_twin(const struct findings *f, FILE *to);

/* low, high, then the share of the completed jobs whose response lies between. The last row is an
 * empty bin. The first bin holds what lies below it, too; who is above the last is in none. */
void sheets_histogram(const struct findings *f, FILE *to);

/* How it is binned, for the chart: seconds a bin; or NaN and bins a decade. */
struct binning {
    double width, per_decade, beyond; /* share of the jobs in no bin */
};
struct binning sheets_binning(const struct findings *f);

/* What the search for headroom tried; a blank where a probe was not run, and for the workers where
 * there is one for every job. */
void sheets_headroom(const struct result *sim, FILE *to);

/* Little's Law by window. */
void sheets_little(const struct findings *f, FILE *to);

/* t,pool,what,from,to: of replication 1, batches (jobs that arrive at one instant; to: how many)
 * and changes of size: grow and shrink, decisions, from one size to another; ready and gone,
 * workers that serve. Of the real pool where there is one; and of the simulator. */
void sheets_events(const struct findings *f, FILE *to);
void sheets_events_sim(const struct findings *f, FILE *to);

/* How many of them are of a pool. */
size_t sheets_batches(const struct findings *f, size_t pool);

#endif
