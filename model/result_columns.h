/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * result_columns: what a result's file holds, as tables. The writer (result_json), the reader
 * (result_read) and whoever visits every figure walk these; a column stands once.
 */
#ifndef MODEL_RESULT_COLUMNS_H
#define MODEL_RESULT_COLUMNS_H

#include <stddef.h>

enum column_kind {
    COLUMN_COUNT,  /* uint64_t */
    COLUMN_FIGURE, /* struct figure */
    COLUMN_NUMBER, /* double */
    COLUMN_BOOL,   /* bool */
    COLUMN_TEXT,   /* char * */
    COLUMN_GROUP,  /* a struct with the columns `of` */
    /* Left out where it is not known: */
    COLUMN_GROUP_MAYBE, /* of figures; the first one's mean is NaN */
    COLUMN_NUMBER_MAYBE
};

struct columns {
    const struct column *items;
    size_t count;
};

struct column {
    const char *name;
    enum column_kind kind;
    size_t offset;
    const struct columns *of;
};

extern const struct columns result_metric_columns;    /* of struct metrics */
extern const struct columns result_pool_columns;      /* of struct pool_metrics */
extern const struct columns result_head_columns;      /* of struct result, after `engine` */
extern const struct columns result_threshold_columns; /* of struct threshold */
extern const struct columns result_precision_columns; /* of struct precision, after `metric` */
extern const struct columns result_headroom_columns;  /* of struct headroom, where it is known */

#endif
