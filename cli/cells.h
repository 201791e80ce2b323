/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cells: what stands behind the first cell of a line of CSV, each cell with its comma before it.
 * What is not known is empty. */
#ifndef CLI_CELLS_H
#define CLI_CELLS_H

#include <stdio.h>

#include "model/stats.h"

void cells_number(FILE *to, double value);

/* A figure, and where its interval begins and ends. */
void cells_figure(FILE *to, const struct figure *f);

void cells_empty(FILE *to, int count);

#endif
