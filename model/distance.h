/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * distance: do two results differ in the distribution of the response?
 *
 * The two-sample Kolmogorov-Smirnov distance, the largest difference between the shares of jobs
 * that took up to x, over all x. Its textbook p-value holds for independent jobs, and jobs of one
 * replication are not (one long job delays the next). So the replications are the blocks of a
 * permutation test: were both results of one law, then those of A and B could change places, pair
 * by pair where they share their dice (a flip of signs), else all among one another; p is the share
 * of 999 such changes, and the real one, that give a distance as large. It needs as many
 * replications as could show p <= 0.05: six pairs, or four and four. Source: Good, Permutation,
 * Parametric and Bootstrap Tests of Hypotheses, 3rd ed., ch. 3.
 *
 * Known answer: uniform on 0 to 1 against uniform on 0 to 2 has the distance 1/2.
 */
#ifndef MODEL_DISTANCE_H
#define MODEL_DISTANCE_H

#include <stdbool.h>

#include "model/responses.h"

enum { DISTANCE_CHANGES = 999 };

struct distance {
    double value;       /* 0 to 1; NaN: a distribution is missing */
    double p;           /* NaN: not to be had */
    const char *reason; /* why not */
};

struct distance distance_of(const struct responses *a, const struct responses *b, bool paired);

#endif
