/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * csv: columns of numbers from a comma-separated file with a header line.
 *
 * One pass, a few bytes a row. A cell that is no finite number or out of the bounds asked for, a
 * row with too few cells, a line beyond CSV_LINE, a missing column and an empty file are errors
 * with file, line and column (in characters). Quoted cells are read as RFC 4180 has them, but
 * without line ends inside. Empty lines are skipped.
 */
#ifndef MODEL_CSV_H
#define MODEL_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "model/err.h"

enum { CSV_COLUMNS = 2, CSV_ROWS = 100000000, CSV_LINE = 1 << 20 };

struct csv {
    double *column[CSV_COLUMNS]; /* of the names asked for, in their order */
    size_t rows;
};

/* What is asked for. */
struct csv_column {
    const char *name;  /* as in the header; NULL: not wanted */
    const char *above; /* what a value above `high` is: "is longer than three years" */
    double low, high;  /* bounds of the values; both 0: none */
    bool ascending;    /* no value is below the one before */
};

/* Reads the columns of `file`. `at` is where the scenario names it, in the key `path`. */
bool csv_read(struct csv *csv, const char *file, const struct csv_column wanted[CSV_COLUMNS],
              struct place at, const char *path, struct err *err);

/* The same from a text, which errors call `name`. */
bool csv_parse(struct csv *csv, const char *text, size_t size, const char *name,
               const struct csv_column wanted[CSV_COLUMNS], struct err *err);

void csv_free(struct csv *csv);

/* The cell at *p of a line, cut off in place and without its quotes; *p moves to the next one, or
 * becomes NULL after the last. */
char *csv_cell(char **p);

#endif
