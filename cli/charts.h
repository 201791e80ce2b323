/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * charts: draws a result folder's charts with gnuplot, from the files in it alone.
 *
 * gnuplot is started without a shell, in the folder, with plain file names as arguments: no word of
 * a scenario is ever read as code.
 */
#ifndef CLI_CHARTS_H
#define CLI_CHARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/options.h"
#include "model/scenario.h"

enum charts_status { CHARTS_DRAWN, CHARTS_NO_GNUPLOT, CHARTS_FAILED };

/* Where the charts' texts and numbers stand: chart.csv of one pool; of several chart-POOL.csv for
 * each, and chart.csv for ALL_POOLS. Fresh memory. */
char *charts_data(const struct scenario *sc, size_t pool);

/* Removes the pictures that lie in the folder, and chart-POOL.csv of pools that are not this
 * scenario's. */
void charts_clear(const char *dir, const struct scenario *sc);

/* Draws every chart of the folder in each of the formats; says on standard error what went wrong.
 */
enum charts_status charts_draw(const struct options *o, const char *dir);

/* The charts of a folder that `compare` wrote: those that have a title in COMPARE_CHART. */
#define COMPARE_CHART "compare-chart.csv"
enum charts_status charts_draw_compared(const struct options *o, const char *dir);
/* Removes the pictures of an earlier comparison; unless the new one has `sizes`, those files, too.
 */
void charts_clear_compared(const char *dir, bool sizes);

/* The chart of a folder that `plot` of several results wrote. */
#define FRONTIER_CHART "frontier-chart.csv"
enum charts_status charts_draw_frontier(const struct options *o, const char *dir);
void charts_clear_frontier(const char *dir);

/* The charts of a folder that `sweep` or `merge` wrote: those that have a title in SWEEP_CHART. */
#define SWEEP_CHART "sweep-chart.csv"
enum charts_status charts_draw_sweep(const struct options *o, const char *dir);
void charts_clear_sweep(const char *dir);

/* The chart of a folder that `usl` wrote. */
#define USL_CHART "usl-chart.csv"
enum charts_status charts_draw_usl(const struct options *o, const char *dir);

/* Says which charts lie in the folder now, in the first of the formats. */
void charts_list(const struct options *o, const char *dir);

#endif
