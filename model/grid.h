/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grid: the cells of a sweep: the cartesian product of its axes over one scenario.
 *
 * Cell k (from 0) takes the values whose indices are k's digits, the last axis the fastest. It is
 * the scenario with those values set, as --set sets them. A task is one replication of one cell;
 * tasks are numbered cell by cell. Chance depends on seed and replication alone, so all cells have
 * the same dice: common random numbers. A grid is a value: its text gives it again on another
 * machine, and its identity tells it from every other. Files that a scenario names are known by
 * what is in them.
 *
 * Known answer: over a = 1,2 and b = x,y,z cell 4 is a = 2, b = y.
 */
#ifndef MODEL_GRID_H
#define MODEL_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/axis.h"
#include "model/scenario.h"

enum { GRID_CELLS = 100000, GRID_TASKS = 10000000 };

struct grid {
    struct node *root; /* the scenario, without `sweep`; its files' names seen from here */
    struct axes axes;
    size_t cells;
    size_t *first;             /* the first task of each cell; first[cells]: of all */
    struct scenario *scenario; /* of cell 0, which says what all cells have in common */
    char *text;                /* all of it, as YAML that grid_parse takes */
    uint64_t identity;
};

/* What of a scenario is to be varied, and how: the command line. */
struct grid_request {
    const char *const *set, *const *vary;
    size_t set_count, vary_count;
};

/* Every cell is checked; false after the errors of all. A grid_free is due in either case. */
bool grid_load(struct grid *grid, const char *file, const struct grid_request *request,
               struct err *err);
bool grid_parse(struct grid *grid, const char *text, struct err *err);

/* The scenario of a cell. It cannot fail after grid_load, as long as no file changes: NULL then. */
struct scenario *grid_cell(const struct grid *grid, size_t cell, struct err *err);

/* The index of a cell's value on an axis. */
size_t grid_digit(const struct grid *grid, size_t cell, size_t axis);

/* The value as it was written; fresh memory. */
char *grid_value(const struct grid *grid, size_t cell, size_t axis);

/* "pool.workers 8, arrivals.poisson.rate 100/s"; fresh memory. */
char *grid_says(const struct grid *grid, size_t cell);

/* The cell of a task. */
size_t grid_cell_of(const struct grid *grid, size_t task);
size_t grid_tasks(const struct grid *grid);

void grid_free(struct grid *grid);

/* FNV-1a over `size` bytes, going on from `hash`; FNV_BEGIN at first. */
#define FNV_BEGIN UINT64_C(0xcbf29ce484222325)
uint64_t grid_hash(uint64_t hash, const void *bytes, size_t size);

#endif
