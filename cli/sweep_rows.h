/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sweep_rows: what a sweep's cells came to: its two files, sweep.csv and sweep.json, written cell
 * by cell, and of each cell the few figures that table and charts show.
 *
 * Both files depend on the grid and its results alone: never on threads, shards or how often it was
 * interrupted on the way.
 */
#ifndef CLI_SWEEP_ROWS_H
#define CLI_SWEEP_ROWS_H

#include "cli/output.h"
#include "model/grid.h"
#include "model/result.h"

#define SWEEP_SCHEMA "headroom.sweep/1"
#define SWEEP_CSV "sweep.csv"
#define SWEEP_JSON "sweep.json"

enum sweep_slo { SWEEP_NO_SLO, SWEEP_MET, SWEEP_MISSED };

struct sweep_band {
    double mean, low, high;
};

/* Times in seconds, shares 0 to 1, rates a second; what is not known is NaN. */
struct sweep_row {
    size_t cell;
    struct sweep_band utilisation, throughput, rejected, wait_p99, p50, p99; /* of the busiest pool;
                                           rejected is a share; p50, p99 of the response */
    double workers, rate; /* of all pools; of all classes, as the scenario has it */
    double reversals;     /* a minute, of all pools */
    bool resizes;         /* a pool of it changes its size */
    double theory_utilisation, theory_p99;
    double slo_p99; /* the limit */
    enum sweep_slo slo;
    bool sure, trusted; /* of the slo: no interval holds a limit; enough jobs */
    char why[32];       /* "28 % rejected": what is missed where P99 is not; else "" */
};

struct sweep_rows {
    const struct grid *grid;
    struct sweep_row *items;
    size_t count;
    struct output csv, json;
    struct json writer;
};

/* Opens both files; false: neither is there. */
bool sweep_rows_begin(struct sweep_rows *rows, const struct grid *grid, const char *dir,
                      struct err *err);

/* A cell's texts and figures, on any thread; and their end, in the order of the cells. */
void *sweep_rows_make(void *rows, size_t cell, const struct scenario *sc,
                      const struct result *result);
void sweep_rows_take(void *rows, size_t cell, void *made);

/* Closes both, and puts them in place (`keep`) or removes them. */
bool sweep_rows_end(struct sweep_rows *rows, bool keep, bool interrupted, struct err *err);
void sweep_rows_free(struct sweep_rows *rows);

/* Whose JSON is there in DIR: nobody's; this grid's and program's, of all cells or of some; another
 * sweep's: *differs says what is another then, in the words of shard_differs. */
enum sweep_there { SWEEP_NONE_THERE, SWEEP_WHOLE_THERE, SWEEP_CUT_THERE, SWEEP_OTHER_THERE };
enum sweep_there sweep_rows_there(const char *dir, const struct grid *grid, const char **differs);

#endif
