/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * responses: the distribution of the response times, a replication each, small enough to be saved.
 *
 * Rows share one scale over all replications: neighbouring buckets of the pooled histogram are put
 * together until a row holds a 500th of the jobs, so that a row is narrow where many jobs lie, and
 * some 500 rows say it all, whatever the number of jobs. Inside a row jobs lie evenly; between two
 * rows there are none. Jobs that had not ended (`left`) rank above all others.
 *
 * Known answer: 1000 jobs of one response time are one row, from it to it.
 */
#ifndef MODEL_RESPONSES_H
#define MODEL_RESPONSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "model/err.h"
#include "model/hist.h"
#include "model/sheet.h"

enum { RESPONSES_PARTS = 500 };

struct responses {
    size_t rows, replications;
    double *low, *high;     /* s, of each row, ascending */
    double *jobs;           /* [replication * rows + row] */
    double *offered, *left; /* jobs, of each replication */
};

/* `offered` and `left` are the caller's to fill. */
void responses_of(struct responses *r, const struct hist *pooled, const struct hist *const *each,
                  size_t count);

/* How many jobs of a replication had a response of at most at[i] seconds (`below`: of less), for
 * each of `count` ascending times. */
void responses_within(const struct responses *r, size_t replication, const double *at, size_t count,
                      bool below, double *jobs);

/* response.csv: low, high, then a column of counts for each replication. */
void responses_write(const struct responses *r, FILE *to);

/* From such a sheet; false after an error. `offered` and `left` stay 0. */
bool responses_read(struct responses *r, const struct sheet *sheet, size_t replications,
                    struct err *err);

void responses_free(struct responses *r);

#endif
