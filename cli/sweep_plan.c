/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_plan: see sweep_plan.h. */
#include "cli/sweep_plan.h"

#include "model/mem.h"

size_t sweep_plan_stride(const struct grid *g, size_t axis) {
    size_t step = 1;
    for (size_t i = axis + 1; i < g->axes.count; i++)
        step *= g->axes.items[i].count;
    return step;
}

static double workers_of(const struct sweep_row *row) {
    return row->workers;
}

static double rate_of(const struct sweep_row *row) {
    return row->rate;
}

/* The first axis along which the figure changes. */
static size_t axis_of(const struct plan *p, double figure(const struct sweep_row *)) {
    for (size_t a = 0; a < p->grid->axes.count; a++) {
        size_t step = sweep_plan_stride(p->grid, a);
        for (size_t c = 0; c + step < p->grid->cells; c++) {
            const struct sweep_row *one = p->by_cell[c], *next = p->by_cell[c + step];
            if (grid_digit(p->grid, c, a) + 1 < p->grid->axes.items[a].count && one && next &&
                (figure(one) < figure(next) || figure(one) > figure(next)))
                return a;
        }
    }
    return NO_AXIS;
}

static size_t longest_axis(const struct grid *g) {
    size_t best = 0;
    for (size_t a = 1; a < g->axes.count; a++)
        if (g->axes.items[a].count > g->axes.items[best].count)
            best = a;
    return best;
}

struct plan sweep_plan_of(const struct sweep_rows *rows, bool interrupted) {
    struct plan p = {.rows = rows,
                     .grid = rows->grid,
                     .by_cell = mem_new(rows->grid->cells, sizeof(struct sweep_row *)),
                     .interrupted = interrupted};
    for (size_t i = 0; i < rows->count; i++)
        p.by_cell[rows->items[i].cell] = &rows->items[i];
    p.workers = axis_of(&p, workers_of);
    p.rate = axis_of(&p, rate_of);
    p.line = p.rate != NO_AXIS && p.grid->axes.items[p.rate].count > 2 ? p.rate
             : p.workers != NO_AXIS                                    ? p.workers
                                                                       : longest_axis(p.grid);
    return p;
}
