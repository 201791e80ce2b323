/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sheet: a whole file of comma-separated numbers with a header line, as this program writes them.
 *
 * Every row has as many cells as the header; a cell is a finite decimal number, or empty, which is
 * read as NaN. Anything else is refused with file, line and column. At most SHEET_CELLS cells.
 */
#ifndef MODEL_SHEET_H
#define MODEL_SHEET_H

#include <stdbool.h>
#include <stddef.h>

#include "model/err.h"

enum { SHEET_CELLS = 20000000 };

struct sheet {
    const char *file; /* borrowed */
    char **names;
    size_t columns, rows;
    double *cells; /* [row * columns + column] */
};

bool sheet_read(struct sheet *t, const char *file, struct err *err);

/* The column of that name, or -1. */
ptrdiff_t sheet_column(const struct sheet *t, const char *name);

void sheet_free(struct sheet *t);

#endif
