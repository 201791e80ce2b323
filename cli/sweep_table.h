/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_table: a sweep on the terminal: a row a cell, at most 100 columns, and what they say
 * together. Of many cells the first and the last are shown. */
#ifndef CLI_SWEEP_TABLE_H
#define CLI_SWEEP_TABLE_H

#include <stdio.h>

#include "cli/sweep_rows.h"

void sweep_table(const struct sweep_rows *rows, bool interrupted, const char *dir, FILE *to);

/* "workers" of pool.workers, or so much of the path as tells it from the other axes; points into
 * it. */
const char *sweep_short_path(const struct grid *grid, size_t axis);

#endif
