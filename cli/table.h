/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * table: the rows of figures in a verdict: theory, simulated, and beside them the same jobs in both
 * engines; and the lines of the slo. At most 100 columns; 80 where `narrow`, without the
 * differences in per cent. An interval that is open, past the sample, is written so: (12.1..open).
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdio.h>

#include "model/result.h"
#include "model/theory.h"

/* Of one engine alone all three are its result, and `both` is false. */
struct table {
    const struct result *sim, *paired, *real;
    const struct theory *theory;
    bool both, narrow;
    FILE *to;
};

/* The two lines above the rows. */
void table_head(const struct table *table);

void table_print(const struct table *table);

/* The thresholds of the slo and whether they are met; `real` is NULL where one engine ran. */
void table_thresholds(const struct result *sim, const struct result *real, int columns, FILE *to);

#endif
