/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_titles: what the charts of a sweep say, in a sentence each. A sentence stays on one of the
 * lines that are drawn, that of the highest rate (of the knee, that which sees most of it), so that
 * it never compares cells of two rates.
 * Fresh memory. There are at least two cells with a P99. */
#ifndef CLI_SWEEP_TITLES_H
#define CLI_SWEEP_TITLES_H

#include "cli/sweep_plan.h"

char *sweep_title_knee(const struct plan *plan);
char *sweep_title_workers(const struct plan *plan);
char *sweep_title_throughput(const struct plan *plan);
char *sweep_title_map(const struct plan *plan);

#endif
