/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_map: the files of a sweep's map: two paths, a field a cell. */
#ifndef CLI_SWEEP_MAP_H
#define CLI_SWEEP_MAP_H

#include "cli/sweep_plan.h"

/* sweep-map.csv: a row a cell: indices, P99, the text in its field, what it misses where it is not
 * P99, 1 where it misses the slo, the labels of its values, reversals a minute. Where pools change
 * their size the text is of the reversals, and below it stands P99. */
void sweep_map_write(FILE *to, const struct plan *plan);

/* sweep-border.csv: an edge a row. */
void sweep_map_write_border(FILE *to, const struct plan *plan);

/* Lines of the chart's texts and numbers. */
void sweep_map_write_texts(FILE *to, const struct plan *plan);

#endif
