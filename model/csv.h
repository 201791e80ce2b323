/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * csv: columns of numbers from a comma-separated file with a header line.
 *
 * One pass, a few bytes a row. A cell that is no finite number or not what its column allows, a row
 * with too few cells, a missing column and an empty file are errors with file, line and column (in
 * bytes). Quoted cells are read as RFC 4180
 * has them, but without line ends inside.
 */
#ifndef MODEL_CSV_H
#define MODEL_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "model/err.h"

enum { CSV_COLUMNS = 2, CSV_ROWS = 100000000, CSV_LINE = 65536 };

/* What is wanted of a column. */
struct csv_column {
    const char *name; /* NULL: not wanted */
    double longest;   /* above 0: values are from 0 to this, a time of three years */
    bool ascending;
};

struct csv {
    double *column[CSV_COLUMNS]; /* of the names asked for, in their order */
    size_t rows;
};

/* `at` is where the scenario names the file. */
bool csv_read(struct csv *csv, const char *file, const struct csv_column columns[CSV_COLUMNS],
              struct place at, const char *path, struct err *err);

void csv_free(struct csv *csv);

#endif
