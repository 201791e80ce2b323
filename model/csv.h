/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * csv: columns of numbers from a comma-separated file with a header line.
 *
 * One pass, a few bytes a row. A cell that is no finite number, a row with too few cells, a missing
 * column and an empty file are errors with file, line and column. Quoted cells are read as RFC 4180
 * has them, but without line ends inside.
 */
#ifndef MODEL_CSV_H
#define MODEL_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "model/err.h"

enum { CSV_COLUMNS = 2, CSV_ROWS = 100000000 };

struct csv {
    double *column[CSV_COLUMNS]; /* of the names asked for, in their order */
    size_t rows;
};

/* Reads the columns `names` (NULL: not wanted) of `file`. `at` is where the scenario names it. */
bool csv_read(struct csv *csv, const char *file, const char *const names[CSV_COLUMNS],
              struct place at, const char *path, struct err *err);

void csv_free(struct csv *csv);

#endif
