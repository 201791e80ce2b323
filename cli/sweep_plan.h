/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_plan: what the table and the charts of a sweep know of its grid: its cells by number, and
 * which axis changes what. A group is the cells that differ on one axis alone, a line on a chart;
 * of many groups a few are drawn, evenly chosen, the first and the last among them. */
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

/* Is it to be marked as a cell that misses the slo? */
bool sweep_plan_missed(const struct sweep_row *row);

/* Does a pool change its size in any cell? */
bool sweep_plan_resizes(const struct sweep_rows *rows);

/* Groups along an axis, and the first cell of one; those that are drawn, likewise. */
size_t sweep_plan_groups(const struct grid *grid, size_t axis);
size_t sweep_plan_begin(const struct grid *grid, size_t axis, size_t group);
size_t sweep_plan_drawn(const struct plan *plan, size_t axis);
size_t sweep_plan_drawn_begin(const struct plan *plan, size_t axis, size_t drawn);

/* "400/s", "12 workers, cv 2": what a group has in common; "" where there is but one. Fresh memory.
 */
char *sweep_plan_name(const struct plan *plan, size_t axis, size_t begin);

#endif
