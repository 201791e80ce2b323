/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * law: a mixture of distributions, in seconds: what one job of several classes takes.
 *
 * A pool that serves classes of rates r1, r2, ... sees each job come from class i with probability
 * ri / sum r; its service is then that class's. One part is the distribution itself. The parts are
 * borrowed from the scenario, their table is the law's own.
 *
 * Known answer: half constant 1 s and half constant 3 s have mean 2 s and scv 1/4.
 */
#ifndef MODEL_LAW_H
#define MODEL_LAW_H

#include <stdbool.h>
#include <stddef.h>

#include "model/dist.h"

struct law_part {
    double weight; /* they add up to 1 */
    const struct dist *of;
};

struct law {
    struct law_part *parts;
    size_t count;
};

/* Adds a part of a weight that is not scaled yet; law_ready scales them. */
void law_add(struct law *law, double weight, const struct dist *of);
void law_ready(struct law *law);
void law_copy(struct law *to, const struct law *from);
void law_free(struct law *law);

double law_mean(const struct law *law); /* seconds */
double law_scv(const struct law *law);
double law_cdf(const struct law *law, double seconds);
double law_quantile(const struct law *law, double p);

/* The same to nine digits, where it is known to be `least` at least: for many in ascending order,
 * as the distribution function of a mixture of many parts takes long. */
double law_quantile_beyond(const struct law *law, double p, double least);

/* All parts are of this kind and of one mean. */
bool law_is(const struct law *law, enum dist_kind kind);

/* All parts are of one law, as far as mean, variance and a few quantiles tell. */
bool law_alike(const struct law *law);

/* "gamma"; of several kinds "a mixture". */
const char *law_name(const struct law *law);

#endif
