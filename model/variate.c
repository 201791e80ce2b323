/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * variate: see variate.h.
 *
 * A ziggurat covers the density by 256 strips of one area (ziggurat.h). Choose a strip and a place
 * x in it: if x is short of the strip above, it lies under the curve and is taken, 98 times of 100.
 * Else, in strip 0, it is drawn from the tail beyond the base; in the others from the wedge: taken
 * if a second word, as a height between the strip's two, lies under the curve, or all begins anew.
 *
 * Cost: a table look-up, two products and a comparison where x is taken at once.
 */
#include "model/variate.h"

#include <math.h>
#include <stdbool.h>

#include "model/fmath.h"
/* A height inside strip i, from the next word. */
static double height_in(struct dice *d, const double *height, unsigned i) {
    return height[i] + (height[i + 1] - height[i]) * variate_uniform(d);
}

/* The next place of a ziggurat: its strip in *i; true if it is below the strip above. */
static bool place(struct dice *d, const double *edge, unsigned *i, double *x) {
    uint64_t word = dice_word(d);
    *i = word & (ZIGGURAT_STRIPS - 1);
    *x = variate_fraction(word) * edge[*i];
    return *x < edge[*i + 1];
}

/* An exponential's tail is an exponential. */
double variate_exponential_edge(struct dice *d, unsigned i, double x) {
    do {
        if (i == 0)
            return ziggurat_exponential_edge[1] - fm_log(variate_uniform(d));
        if (height_in(d, ziggurat_exponential_height, i) < fm_exp(-x))
            return x;
    } while (!place(d, ziggurat_exponential_edge, &i, &x));
    return x;
}

/* Beyond r: exponentials of rate r, each kept with probability exp(-(x - r)^2/2). */
static double normal_tail(struct dice *d) {
    const double r = ziggurat_normal_edge[1];
    for (;;) {
        double x = -fm_log(variate_uniform(d)) / r, y = -fm_log(variate_uniform(d));
        if (x * x < 2 * y)
            return r + x;
    }
}

/* Of the upper half; the first place's sign holds, whatever follows. */
double variate_normal_edge(struct dice *d, unsigned i, double first) {
    double x = fabs(first);
    do {
        if (i == 0)
            x = normal_tail(d);
        if (i == 0 || height_in(d, ziggurat_normal_height, i) < fm_exp(-0.5 * x * x))
            break;
    } while (!place(d, ziggurat_normal_edge, &i, &x));
    return first < 0 ? -x : x;
}

/* Marsaglia & Tsang for shape >= 1: d (1 + c x)^3 with x normal, d = shape - 1/3, c = 1/sqrt(9 d),
 * kept by a squeeze that needs no logarithm in all but a few of 100. */
static double gamma_from_one(struct dice *dice, double shape) {
    double d = shape - 1.0 / 3, c = 1 / (3 * sqrt(d));
    for (;;) {
        double x = variate_normal(dice), root = 1 + c * x, x2 = x * x;
        if (root <= 0)
            continue;
        double v = root * root * root, u = variate_uniform(dice);
        if (u < 1 - 0.0331 * (x2 * x2))
            return d * v;
        if (fm_log(u) < 0.5 * x2 + d * (1 - v + fm_log(v)))
            return d * v;
    }
}

/* Below 1: a gamma of shape + 1 times U^(1/shape). */
double variate_gamma(struct dice *d, double shape) {
    if (shape >= 1)
        return gamma_from_one(d, shape);
    double x = gamma_from_one(d, shape + 1);
    return x * fm_pow(variate_uniform(d), 1 / shape);
}
