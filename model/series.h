/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * series: levels, counts and the 99th percentile over time, from the samples of R replications.
 *
 * Levels at t are means over the replications, with a 95 % band from two on. The p99 at t is over
 * the responses that ended in the window before t, of all replications; the window is as many steps
 * as give 500 jobs in one replication, the same in both engines, so that they compare. Its band is
 * by exceedance. Where even the whole run has fewer, it stays empty. The share rejected at t is
 * over the arrivals of such a window, too.
 */
#ifndef MODEL_SERIES_H
#define MODEL_SERIES_H

#include "model/result.h"

void series_from_records(struct series *s, const struct record *const *records, size_t count);

void series_free(struct series *s);

/* series.csv: t, then columns for each pool; empty cells where a value is not known. */
void series_write(const struct series *s, const struct scenario *scenario, FILE *to);

#endif
