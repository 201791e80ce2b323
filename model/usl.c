/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usl: see usl.h. Throughputs are fitted in units of the highest one, so that steps and tolerances
 * are of one size. Cost: some 20 us for ten points. */
#include "model/usl.h"

#include <gsl/gsl_multifit.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/stats.h"

enum { LAMBDA, SIGMA, KAPPA, STEPS_MOST = 500, RUNS_LEAST = 6 };
static const double IN_REACH = 4; /* times the most workers measured: a peak beyond is none */

/* What GSL's functions are handed: the points, and which parameters are free. */
struct problem {
    const struct usl_point *points;
    size_t count;
    double unit;              /* of throughput */
    double *root_weight;      /* of each point; 1 where not weighted */
    int free[USL_PARAMETERS]; /* indices of those that are; the others are 0 */
    size_t free_count;
};

static double law(const double p[USL_PARAMETERS], double n) {
    return p[LAMBDA] * n / (1 + p[SIGMA] * (n - 1) + p[KAPPA] * n * (n - 1));
}

/* d X / d parameter. */
static void slopes(const double p[USL_PARAMETERS], double n, double out[USL_PARAMETERS]) {
    double below = 1 + p[SIGMA] * (n - 1) + p[KAPPA] * n * (n - 1), x = p[LAMBDA] * n / below;
    out[LAMBDA] = n / below;
    out[SIGMA] = -x * (n - 1) / below;
    out[KAPPA] = -x * n * (n - 1) / below;
}

static void unpack(const struct problem *q, const gsl_vector *x, double p[USL_PARAMETERS]) {
    p[LAMBDA] = p[SIGMA] = p[KAPPA] = 0;
    for (size_t i = 0; i < q->free_count; i++)
        p[q->free[i]] = gsl_vector_get(x, i);
}

static double residual(const struct problem *q, size_t i, const double p[USL_PARAMETERS]) {
    const struct usl_point *at = &q->points[i];
    return q->root_weight[i] * (law(p, at->workers) - at->throughput / q->unit);
}

static int residuals(const gsl_vector *x, void *problem, gsl_vector *out) {
    const struct problem *q = problem;
    double p[USL_PARAMETERS];
    unpack(q, x, p);
    for (size_t i = 0; i < q->count; i++)
        gsl_vector_set(out, i, residual(q, i, p));
    return GSL_SUCCESS;
}

static int jacobian(const gsl_vector *x, void *problem, gsl_matrix *out) {
    const struct problem *q = problem;
    double p[USL_PARAMETERS], d[USL_PARAMETERS];
    unpack(q, x, p);
    for (size_t i = 0; i < q->count; i++) {
        slopes(p, q->points[i].workers, d);
        for (size_t k = 0; k < q->free_count; k++)
            gsl_matrix_set(out, i, k, q->root_weight[i] * d[q->free[k]]);
    }
    return GSL_SUCCESS;
}

static double squares(const struct problem *q, const double p[USL_PARAMETERS]) {
    double sum = 0;
    for (size_t i = 0; i < q->count; i++)
        sum += residual(q, i, p) * residual(q, i, p);
    return sum;
}

/* ---- where to begin -------------------------------------------------------------------------- */

/* N / X is linear in 1 / lambda, sigma / lambda, kappa / lambda. */
static void linear_row(gsl_matrix *rows, size_t i, double n) {
    gsl_matrix_set(rows, i, LAMBDA, 1);
    gsl_matrix_set(rows, i, SIGMA, n - 1);
    gsl_matrix_set(rows, i, KAPPA, n * (n - 1));
}

static void begin(const struct problem *q, double p[USL_PARAMETERS]) {
    gsl_matrix *rows = gsl_matrix_calloc(q->count, USL_PARAMETERS);
    gsl_matrix *covariance = gsl_matrix_alloc(USL_PARAMETERS, USL_PARAMETERS);
    gsl_vector *y = gsl_vector_calloc(q->count), *w = gsl_vector_calloc(q->count);
    gsl_vector *c = gsl_vector_calloc(USL_PARAMETERS);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(q->count, USL_PARAMETERS);
    double chi2, each = 0;
    for (size_t i = 0; i < q->count; i++) {
        double n = q->points[i].workers, x = q->points[i].throughput / q->unit;
        linear_row(rows, i, n);
        gsl_vector_set(y, i, x > 0 ? n / x : 0);
        gsl_vector_set(w, i, pow(q->root_weight[i] * x * x / n, 2));
        each = fmax(each, x / n);
    }
    int error = gsl_multifit_wlinear(rows, w, y, c, covariance, &chi2, work);
    double a = gsl_vector_get(c, LAMBDA);
    bool good = !error && a > 0;
    p[LAMBDA] = good ? 1 / a : each;
    p[SIGMA] = good ? fmax(0, gsl_vector_get(c, SIGMA) / a) : 0.01;
    p[KAPPA] = good ? fmax(0, gsl_vector_get(c, KAPPA) / a) : 1e-4;
    gsl_multifit_linear_free(work);
    gsl_vector_free(c);
    gsl_vector_free(w);
    gsl_vector_free(y);
    gsl_matrix_free(covariance);
    gsl_matrix_free(rows);
}

/* ---- the minimum ----------------------------------------------------------------------------- */

/* From `p` to the minimum over what is free, in `p`; false: it did not get there. */
static bool descend(struct problem *q, double p[USL_PARAMETERS]) {
    gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_fdf functions = {
        .f = residuals, .df = jacobian, .n = q->count, .p = q->free_count, .params = q};
    gsl_multifit_nlinear_workspace *work =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, q->count, q->free_count);
    gsl_vector *x = gsl_vector_alloc(q->free_count);
    for (size_t i = 0; i < q->free_count; i++)
        gsl_vector_set(x, i, p[q->free[i]]);
    int why = 0;
    int error = gsl_multifit_nlinear_init(x, &functions, work);
    error = error
                ? error
                : gsl_multifit_nlinear_driver(STEPS_MOST, 1e-14, 1e-14, 0, NULL, NULL, &why, work);
    unpack(q, gsl_multifit_nlinear_position(work), p);
    gsl_vector_free(x);
    gsl_multifit_nlinear_free(work);
    /* No progress: it stands where rounding lets it come no lower. */
    return (!error || error == GSL_ENOPROG) && isfinite(squares(q, p));
}

/* The lowest of the free minimum and those on the borders that lies inside all of them. */
static bool minimum(struct problem *q, double best[USL_PARAMETERS]) {
    static const int freed[][USL_PARAMETERS + 1] = {
        {3, LAMBDA, SIGMA, KAPPA}, {2, LAMBDA, SIGMA, 0}, {2, LAMBDA, KAPPA, 0}, {1, LAMBDA, 0, 0}};
    double from[USL_PARAMETERS], lowest = INFINITY;
    begin(q, from);
    for (size_t k = 0; k < sizeof freed / sizeof *freed; k++) {
        double p[USL_PARAMETERS] = {from[0], from[1], from[2]};
        q->free_count = (size_t)freed[k][0];
        for (size_t i = 0; i < q->free_count; i++)
            q->free[i] = freed[k][1 + i];
        if (!descend(q, p) || !(p[LAMBDA] > 0 && p[SIGMA] >= 0 && p[KAPPA] >= 0) ||
            !(squares(q, p) < lowest))
            continue;
        lowest = squares(q, p);
        for (int i = 0; i < USL_PARAMETERS; i++)
            best[i] = p[i];
    }
    return isfinite(lowest);
}

/* ---- what follows from it -------------------------------------------------------------------- */

static struct usl_value with_interval(double value, double half) {
    return (struct usl_value){value, isnan(half) ? NAN : fmax(0, value - half), value + half};
}

/* Half the 95 % interval of each parameter; NaN: not known. */
static void half_widths(struct problem *q, const double p[USL_PARAMETERS], double variance,
                        double half[USL_PARAMETERS]) {
    gsl_matrix *j = gsl_matrix_calloc(q->count, USL_PARAMETERS);
    gsl_matrix *covariance = gsl_matrix_calloc(USL_PARAMETERS, USL_PARAMETERS);
    gsl_vector_const_view x = gsl_vector_const_view_array(p, USL_PARAMETERS);
    q->free_count = USL_PARAMETERS;
    for (int i = 0; i < USL_PARAMETERS; i++)
        q->free[i] = i;
    jacobian(&x.vector, q, j);
    gsl_multifit_nlinear_covar(j, 0, covariance);
    double t = stats_t_of((double)q->count - USL_PARAMETERS);
    for (size_t i = 0; i < USL_PARAMETERS; i++)
        half[i] =
            q->count > USL_PARAMETERS ? t * sqrt(variance * gsl_matrix_get(covariance, i, i)) : NAN;
    gsl_matrix_free(covariance);
    gsl_matrix_free(j);
}

/* Around the weighted mean. */
static double all_squares(const struct problem *q) {
    double weights = 0, sum = 0, squared = 0;
    for (size_t i = 0; i < q->count; i++) {
        double w = q->root_weight[i] * q->root_weight[i];
        weights += w;
        sum += w * q->points[i].throughput / q->unit;
    }
    for (size_t i = 0; i < q->count; i++)
        squared += pow(q->root_weight[i] * (q->points[i].throughput / q->unit - sum / weights), 2);
    return squared;
}

/* Is kappa told from 0, and its peak near the data? */
static void find_peak(struct usl *fit) {
    bool told = !isnan(fit->kappa.low) ? fit->kappa.low > 0 : fit->kappa.value > 0;
    double peak = told ? fmax(1, sqrt(fmax(0, 1 - fit->sigma.value) / fit->kappa.value)) : NAN;
    fit->peak = peak <= IN_REACH * fit->most ? peak : NAN;
    fit->peak_throughput = isnan(fit->peak) ? NAN : usl_throughput(fit, fit->peak);
    bool amdahl = isnan(fit->peak) && fit->sigma.value > 0;
    fit->limit = amdahl ? fit->lambda.value / fit->sigma.value : NAN;
}

static void conclude(struct usl *fit, struct problem *q, const double p[USL_PARAMETERS]) {
    double ssr = squares(q, p), all = all_squares(q), half[USL_PARAMETERS];
    double degrees = (double)q->count - USL_PARAMETERS,
           variance = degrees > 0 ? ssr / degrees : NAN;
    fit->residual_error = (fit->weighted ? 1 : q->unit) * sqrt(variance);
    half_widths(q, p, fit->weighted ? fmax(1, variance) : variance, half);
    fit->lambda = with_interval(p[LAMBDA] * q->unit, half[LAMBDA] * q->unit);
    fit->sigma = with_interval(p[SIGMA], half[SIGMA]);
    fit->kappa = with_interval(p[KAPPA], half[KAPPA]);
    fit->r2 = all > 0 ? 1 - ssr / all : NAN;
    fit->points = q->count;
    for (size_t i = 0; i < q->count; i++)
        fit->most = fmax(fit->most, q->points[i].workers);
    find_peak(fit);
    for (size_t i = 0; i < q->count; i++)
        fit->beyond += q->points[i].workers > fit->peak;
}

/* ---- the points ------------------------------------------------------------------------------ */

static size_t different(const struct usl_point *points, size_t count) {
    double *sorted = mem_new(count, sizeof *sorted);
    size_t n = count > 0;
    for (size_t i = 0; i < count; i++)
        sorted[i] = points[i].workers;
    stats_sort(sorted, count);
    for (size_t i = 1; i < count; i++)
        n += sorted[i] > sorted[i - 1];
    free(sorted);
    return n;
}

static const char *complaint(const struct usl_point *points, size_t count) {
    double highest = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(points[i].workers > 0) || !isfinite(points[i].workers))
            return "a number of workers is not above 0";
        if (!(points[i].throughput >= 0) || !isfinite(points[i].throughput))
            return "a throughput is not known, or below 0";
        highest = fmax(highest, points[i].throughput);
    }
    if (different(points, count) < USL_PARAMETERS)
        return "three parameters want three different numbers of workers at least, better six";
    return highest > 0 ? NULL : "every throughput is 0";
}

static bool weigh(struct problem *q) {
    bool all = true;
    for (size_t i = 0; i < q->count; i++)
        all = all && q->points[i].high > q->points[i].low;
    for (size_t i = 0; i < q->count; i++) {
        double half = (q->points[i].high - q->points[i].low) / 2 / 1.959964 / q->unit;
        q->root_weight[i] = all ? 1 / half : 1;
    }
    return all;
}

const char *usl_fit(struct usl *fit, const struct usl_point *points, size_t count) {
    struct problem q = {.points = points, .count = count};
    double p[USL_PARAMETERS] = {0};
    *fit = (struct usl){0};
    const char *wrong = complaint(points, count);
    if (wrong)
        return wrong;
    for (size_t i = 0; i < count; i++)
        q.unit = fmax(q.unit, points[i].throughput);
    q.root_weight = mem_new(count, sizeof *q.root_weight);
    fit->weighted = weigh(&q);
    bool found = minimum(&q, p);
    if (found)
        conclude(fit, &q, p);
    free(q.root_weight);
    return found ? NULL : "no least squares are found for these points";
}

double usl_throughput(const struct usl *fit, double workers) {
    const double p[USL_PARAMETERS] = {fit->lambda.value, fit->sigma.value, fit->kappa.value};
    return law(p, workers);
}

/* ---- advice ---------------------------------------------------------------------------------- */

static int by_workers(const void *a, const void *b) {
    double x = ((const struct usl_point *)a)->workers, y = ((const struct usl_point *)b)->workers;
    return (x > y) - (x < y);
}

/* Do residuals of one sign stand together, more than chance would put them? Wald and Wolfowitz'
 * runs, by the normal approximation, on one side. Residuals of a few parts in a million are none.
 */
static bool systematic(const struct usl *fit, const struct usl_point *points) {
    struct usl_point *sorted = mem_new(fit->points, sizeof *sorted);
    double up = 0, down = 0, runs = 0, last = 0, largest = 0;
    for (size_t i = 0; i < fit->points; i++)
        sorted[i] = points[i];
    qsort(sorted, fit->points, sizeof *sorted, by_workers);
    for (size_t i = 0; i < fit->points; i++) {
        double r = sorted[i].throughput - usl_throughput(fit, sorted[i].workers);
        largest = fmax(largest, fabs(r) / fmax(sorted[i].throughput, 1e-300));
        up += r > 0;
        down += r <= 0;
        runs += i == 0 || (r > 0) != (last > 0);
        last = r;
    }
    free(sorted);
    double n = up + down, mean = 1 + 2 * up * down / n;
    double spread = sqrt((mean - 1) * (mean - 2) / (n - 1));
    return n >= RUNS_LEAST && largest > 1e-5 && spread > 0 && (runs - mean) / spread < -1.645;
}

static void advise_peak(const struct usl *fit, void (*say)(void *, char *), void *to) {
    if (isnan(fit->peak))
        say(to, mem_format("no peak: kappa is not told from 0 by up to %.4g workers; if the "
                           "throughput should fall, measure beyond",
                           fit->most));
    else if (fit->beyond < 2)
        say(to, mem_format("%s beyond the peak at %.4g: where it lies is %s; measure up to %.0f "
                           "workers",
                           fit->beyond ? "only one point lies" : "no point lies", fit->peak,
                           fit->beyond ? "not sure" : "extrapolated", ceil(2 * fit->peak)));
}

void usl_advise(const struct usl *fit, const struct usl_point *points,
                void (*say)(void *to, char *text), void *to) {
    if (fit->points <= USL_PARAMETERS)
        say(to,
            mem_text("three points fix three parameters: there is nothing left to tell how good "
                     "the fit is; measure six or more"));
    else if (fit->points < 6)
        say(to, mem_format("%zu points leave %zu for the intervals; six or more make them useful",
                           fit->points, fit->points - USL_PARAMETERS));
    advise_peak(fit, say, to);
    if (systematic(fit, points))
        say(to,
            mem_text("the residuals are systematic, not noise: points above and below the curve "
                     "stand together, so this law is not all there is (a limit elsewhere, or "
                     "two regimes?)"));
}
