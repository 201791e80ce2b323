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

/* A text as it is, in quotes where it must be; its comma is the caller's. */
void cells_text(FILE *to, const char *text);

/* A text that gnuplot shows as it is, but for commas and quotes, at which it ends a text or loses
 * count of the cells: they become signs that look like them. Its comma is the caller's. */
void cells_label(FILE *to, const char *text);

/* A whole line of a chart's texts and numbers: key,"value"; key,number. */
void cells_pair_text(FILE *to, const char *key, const char *text);
void cells_pair_number(FILE *to, const char *key, double value);

#endif
