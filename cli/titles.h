/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * titles: which charts there are, where each is drawn, and what one sees on it, in a sentence made
 * of the figures.
 *
 * The one list of charts: what is drawn, listed and cleared away comes from it. chart.csv has a
 * title for each chart that this result has; `plot` draws those that have one.
 */
#ifndef CLI_TITLES_H
#define CLI_TITLES_H

#include "cli/files.h"

#define ALL_POOLS SIZE_MAX

struct chart {
    const char *name; /* plots/NAME.gp draws NAME.svg */
    bool whole;       /* of the whole run; else one for each pool */
    bool (*drawn)(const struct findings *f, size_t pool); /* NULL: always */
    char *(*title)(const struct findings *f, size_t pool);
    char *(*note)(const struct findings *f); /* NULL; else what its subtitle says besides */
};

extern const struct chart titles_charts[];
extern const size_t titles_chart_count;

/* Is the chart in the chart.csv of this pool, or (ALL_POOLS) of all of them? */
bool titles_drawn(const struct chart *chart, const struct findings *f, size_t pool);

/* "io-sizing: 1000 jobs/s on 260 workers"; fresh memory, as titles and notes are. */
char *titles_subtitle(const struct findings *f, size_t pool);

#endif
