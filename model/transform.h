/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * transform: the Laplace transform of any law, E exp(-sX), and back from a transform to a tail.
 *
 * There: of the distribution function alone, so that every law works. E exp(-sX) = 1 - s times the
 * integral of exp(-sx) P(X > x), by 16-point Gauss and Legendre on panels that grow by 15 % from
 * 1e-5 of the mean to where nothing is left, halved where the function has kinks or jumps. Of
 * recorded values and constants the sum itself. Some 2,000 nodes, made once.
 *
 * Back: P(X > t) by Abate and Whitt's Euler algorithm (Numerical inversion of Laplace transforms of
 * probability distributions, ORSA Journal on Computing 7, 1995) from 51 points on one vertical
 * line; all of them share the nodes, so a tail costs a third of a millisecond. Error about 1e-10
 * where the tail is smooth, 1e-5 where it has kinks; near a jump it is of no use.
 *
 * Known answer: a gamma of mean 1 and cv 1/2 has E exp(-2X) = (4/6)^4.
 */
#ifndef MODEL_TRANSFORM_H
#define MODEL_TRANSFORM_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/law.h"

struct transform_node {
    double x, weight; /* of dx; of atoms: their probability */
    double below;     /* P(X <= x) */
};

struct transform {
    double mean;
    bool atoms, jumps;            /* jumps: the distribution function has some */
    struct transform_node *nodes; /* ascending */
    size_t count, room;
    double end, end_below; /* where the panels end */
};

void transform_open(struct transform *t, const struct law *law);
void transform_free(struct transform *t);

/* E exp(-sX) for s >= 0, with a small relative error also where it is tiny. */
double transform_real(const struct transform *t, double s);

enum { TRANSFORM_POINTS = 51 };

/* The points s = from + i k step, k = 0, 1, ... of one inversion. */
struct transform_line {
    double from, step;
    double complex s[TRANSFORM_POINTS];
};
struct transform_line transform_line_at(double time);

/* At the points of a line R(s) = (1 - E exp(-sX)) / (s mean), the transform of what is left of X at
 * a random instant; E exp(-sX) = 1 - s mean R(s) from it loses nothing, the other way round all
 * that matters at high loads. */
void transform_on(const struct transform *t, const struct transform_line *line,
                  double complex out[TRANSFORM_POINTS]);

/* P(X > time) from 1 - E exp(-sX) at the points of transform_line_at(time). */
double transform_tail(const struct transform_line *line, double time,
                      const double complex rest[TRANSFORM_POINTS]);

#endif
