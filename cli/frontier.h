/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * frontier: several saved results by what they cost and what they give: worker-seconds and P99. On
 * the frontier is a result that no other one beats: none has less of one and no more of the other.
 * P99 is of the jobs that were served; who loses over 1 % of them more than the result that loses
 * least is cheap and quick for that reason, so it is off the frontier, and beats nobody.
 *
 * Where the results are not equally long, worker-seconds are of a second: the workers paid for, on
 * average.
 */
#ifndef CLI_FRONTIER_H
#define CLI_FRONTIER_H

#include <stdio.h>

#include "cli/side.h"

struct frontier_point {
    char *name; /* that tells it from the others */
    char *crew; /* "12 workers", "2 to 32 workers (watermark)" */
    const struct side *side;
    bool resizes, loses, on;
    double workers, reversals; /* on average; a minute */
    double lost;               /* of the jobs offered */
    struct figure seconds, p99;
};

struct frontier {
    struct frontier_point *points; /* as they were given */
    size_t count;
    bool by_second;
    double limit; /* on P99, where all have the same; else NaN */
};

void frontier_open(struct frontier *f, const struct side *sides, size_t count);
void frontier_close(struct frontier *f);

void frontier_table(const struct frontier *f, FILE *to);
void frontier_json(const void *frontier, FILE *to);

/* name,label,fixed,on,loses,x,x_low,x_high,y,y_low,y_high: those with a P99, fixed ones first, each
 * by worker-seconds; and the texts of its chart. */
void frontier_points(const void *frontier, FILE *to);
void frontier_texts(const void *frontier, FILE *to);

#endif
