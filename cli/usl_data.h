/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * usl_data: the points that `headroom usl` fits: of a sweep's sweep.csv, or of any table with the
 * columns workers and throughput.
 *
 * Of a sweep the column of workers is the path that ends in `.workers`. Whatever else it varies has
 * to be of one value: rows are chosen by PATH=VALUE, the value as it stands in the table.
 */
#ifndef CLI_USL_DATA_H
#define CLI_USL_DATA_H

#include "model/err.h"
#include "model/usl.h"

struct usl_data {
    struct usl_point *points;
    size_t count;
    size_t as_offered; /* points whose throughput is what was offered, within 1 % */
    char *workers;     /* the column's name */
};

/* `path` is a sweep's folder or a table; `where` are PATH=VALUE, which every row read fulfils.
 * False after errors. A usl_data_free is due in either case. */
bool usl_data_read(struct usl_data *data, const char *path, const char *const *where, size_t count,
                   struct err *err);
void usl_data_free(struct usl_data *data);

#endif
