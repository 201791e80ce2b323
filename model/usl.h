/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * usl: the Universal Scalability Law, fitted to throughput measured at several numbers of workers.
 *
 *     X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))
 *
 * lambda is what one worker alone does, sigma the share of the work that only one can do at a time
 * (contention), kappa what each pair costs the others (coherency). With kappa > 0 there is a peak
 * at sqrt((1 - sigma) / kappa), beyond which more workers do less; with kappa = 0 it is Amdahl's
 * law, whose limit is lambda / sigma.
 *
 * Least squares by Levenberg and Marquardt (GSL's multifit_nlinear) under lambda > 0, sigma >= 0,
 * kappa >= 0: where the free minimum lies outside, the lowest of those on the borders is taken.
 * With an interval at every point the weights are 1 / (half its width)^2. Intervals of the
 * parameters are 95 %, by Student's t with n - 3 degrees of freedom, from the Jacobian of all three
 * and the residual variance (weighted: at least the one that the points' own intervals say); what
 * lies below 0 of them is cut.
 *
 * Source: N. J. Gunther, Guerrilla Capacity Planning, Springer 2007, chapters 4 to 6.
 * Known answer: N = 1, 4, 8, 12, 16, 20 and X = 20, 78, 130, 170, 190, 200 (his ray tracer) give
 * sigma 0.02444404, kappa 0.001626809, lambda 20.856046 and the peak at 24.488.
 */
#ifndef MODEL_USL_H
#define MODEL_USL_H

#include <stdbool.h>
#include <stddef.h>

enum { USL_PARAMETERS = 3, USL_POINTS = 100000 };

struct usl_point {
    double workers, throughput; /* workers > 0, throughput >= 0 */
    double low, high;           /* its 95 % interval; NaN: not known */
};

struct usl_value {
    double value, low, high; /* low, high: NaN with three points */
};

struct usl {
    struct usl_value lambda, sigma, kappa;
    double r2;             /* NaN where all throughputs are equal */
    double residual_error; /* sqrt(sum of squares / (n - 3)), of weighted residuals if `weighted` */
    double peak;           /* workers; NaN: none in reach, as usl_advise says */
    double peak_throughput;
    double limit;          /* Amdahl's, where there is no peak and sigma > 0; else NaN */
    double most;           /* workers of the points */
    size_t points, beyond; /* of them, with more workers than the peak */
    bool weighted;
};

/* NULL, or what is wrong with the points, in words: fewer than three numbers of workers, say. */
const char *usl_fit(struct usl *fit, const struct usl_point *points, size_t count);

/* X(N) as fitted. */
double usl_throughput(const struct usl *fit, double workers);

/* What the figures alone do not say, into `say`, which takes the text (fresh memory). */
void usl_advise(const struct usl *fit, const struct usl_point *points,
                void (*say)(void *to, char *text), void *to);

#endif
