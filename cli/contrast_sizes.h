/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * contrast_sizes: two results of pools that change their size (one of them may be fixed), as the
 * chart compare-resizing draws them, from what lies in their folders.
 *
 * The pool is A's first that resizes in either, and B's of the same name, or its only one.
 */
#ifndef CLI_CONTRAST_SIZES_H
#define CLI_CONTRAST_SIZES_H

#include <stdio.h>

#include "model/err.h"
#include "model/result_read.h"

struct sized_side {
    const char *folder;
    const struct result *result;
    const char *engine;         /* as sizes.csv calls it */
    const char *series, *first; /* the files of its series, and of the run whose sizes are kept */
};

/* A row of sizes.csv; see sizes.h. */
struct sized_row {
    double t, serving, size;
    char what[8];
};

struct sized {
    struct sized_side sides[2];
    size_t pools[2];           /* of each result */
    struct sized_row *rows[2]; /* none: of fixed size */
    size_t counts[2];
    bool any; /* a pool resizes; else there is nothing to draw */
};

/* False after an error: a file that is there is none of a result's. */
bool contrast_sizes_open(struct sized *s, const struct sized_side sides[2], struct err *err);
void contrast_sizes_free(struct sized *s);

/* side,t,what,serving,size; side,t,busy,p99 (the one or the other): of A, then of B. */
void contrast_sizes_write(const struct sized *s, FILE *to);
bool contrast_sizes_series(const struct sized *s, FILE *to, struct err *err);

/* The title and the numbers of the chart, as lines of its texts. */
void contrast_sizes_texts(const struct sized *s, FILE *to);

#endif
