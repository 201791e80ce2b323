/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_plan: see sweep_plan.h. */
#include "cli/sweep_plan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sweep_table.h"
#include "model/mem.h"

enum { GROUPS_MOST = 5, NAME_MOST = 24 };

size_t sweep_plan_stride(const struct grid *g, size_t axis) {
    size_t step = 1;
    for (size_t i = axis + 1; i < g->axes.count; i++)
        step *= g->axes.items[i].count;
    return step;
}

bool sweep_plan_missed(const struct sweep_row *row) {
    return row->slo == SWEEP_MISSED && row->trusted;
}

bool sweep_plan_resizes(const struct sweep_rows *rows) {
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].resizes)
            return true;
    return false;
}

size_t sweep_plan_groups(const struct grid *g, size_t axis) {
    return g->cells / g->axes.items[axis].count;
}

/* Groups along an axis are told apart by their cell at its begin. */
size_t sweep_plan_begin(const struct grid *g, size_t axis, size_t group) {
    size_t step = sweep_plan_stride(g, axis);
    return group / step * step * g->axes.items[axis].count + group % step;
}

size_t sweep_plan_drawn(const struct plan *p, size_t axis) {
    size_t count = sweep_plan_groups(p->grid, axis);
    return count < GROUPS_MOST ? count : GROUPS_MOST;
}

size_t sweep_plan_drawn_begin(const struct plan *p, size_t axis, size_t k) {
    size_t count = sweep_plan_groups(p->grid, axis), drawn = sweep_plan_drawn(p, axis);
    return sweep_plan_begin(p->grid, axis, drawn > 1 ? k * (count - 1) / (drawn - 1) : 0);
}

/* A value that ends in its unit speaks for itself. */
static char *value_name(const struct plan *p, size_t axis, size_t cell) {
    char *value = grid_value(p->grid, cell, axis);
    const char *path = sweep_short_path(p->grid, axis);
    size_t length = strlen(value);
    char *name =
        axis == p->workers && !strcmp(path, "workers")
            ? mem_format("%s worker%s", value, strcmp(value, "1") ? "s" : "")
        : length > NAME_MOST ? mem_format("%s %.*s..", path, NAME_MOST - 2, value)
        : length > 1 && isdigit((unsigned char)*value) && !isdigit((unsigned char)value[length - 1])
            ? mem_text(value)
            : mem_format("%s %s", path, value);
    free(value);
    return name;
}

char *sweep_plan_name(const struct plan *p, size_t axis, size_t begin) {
    char *all = mem_text("");
    for (size_t a = 0; a < p->grid->axes.count; a++) {
        if (a == axis || p->grid->axes.items[a].count < 2)
            continue;
        char *one = value_name(p, a, begin);
        char *longer = mem_format("%s%s%s", all, *all ? ", " : "", one);
        free(all);
        free(one);
        all = longer;
    }
    return all;
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
