/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replications: every figure of a simulated result, a replication each, as replications.csv.
 *
 * A row a replication: its number, the jobs offered and left at the end, then a column for each
 * figure that is known: its linearised value (see stats.h), so that a column's mean is the figure
 * and its spread gives the interval. Two results of one seed share their dice replication by
 * replication, and the differences of two such columns have a paired interval.
 */
#ifndef MODEL_REPLICATIONS_H
#define MODEL_REPLICATIONS_H

#include <stdio.h>

#include "model/err.h"
#include "model/result.h"
#include "model/sheet.h"

void replications_write(const struct result *r, FILE *to);

/* Into the figures of a result that was read, and the counts of its responses; refused where it
 * belongs to another result (another number of replications, another mean). */
bool replications_read(struct result *r, const struct sheet *sheet, struct err *err);

#endif
