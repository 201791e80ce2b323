/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_plan: what the charts of a sweep know of its grid: its cells by number, and which axis
 * changes what. */
#ifndef CLI_SWEEP_PLAN_H
#define CLI_SWEEP_PLAN_H

#include "cli/sweep_rows.h"

#define NO_AXIS SIZE_MAX

struct plan {
    const struct sweep_rows *rows;
    const struct grid *grid;
    const struct sweep_row **by_cell; /* NULL: it is not there */
    size_t workers, rate;             /* the axis that changes them, or NO_AXIS */
    size_t line;                      /* the axis that a line of the knee runs along */
    bool interrupted;
};

/* by_cell is the caller's to free. */
struct plan sweep_plan_of(const struct sweep_rows *rows, bool interrupted);

/* Cells between two neighbours on an axis. */
size_t sweep_plan_stride(const struct grid *grid, size_t axis);

#endif
