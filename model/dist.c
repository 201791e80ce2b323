/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dist: see dist.h; how parameters come from words is in dist_words.c.
 *
 * The law_ functions are of a distribution without its shift, one switch over the closed set each;
 * the dist_ functions below them add it. Draws are by inversion of an exponential or a uniform
 * (weibull, pareto, lomax, quantiles), by choice and then a draw (hyperexponential, mixture), by
 * rejection (gamma, normal). A power tail is drawn as exp(E / alpha), E exponential.
 *
 * Sources: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions, 1994 (Weibull ch. 21,
 * Pareto and Lomax ch. 20, the cut normal 13.10).
 * Known answers: weibull {shape 0.5} has scv 5; lomax {alpha 4} scv 2; a normal of cv 0.5 cut at 0
 * has mean 1.02762 times its parent's. Cost: see variate.h; fm_pow (weibull) 28 ns.
 */
#include "model/dist.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>

#include "model/fmath.h"
#include "model/variate.h"

/* How many of the sorted are <= x. */
static size_t up_to(const double *sorted, size_t count, double x) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Between the points at which `from` is known, where `to` stands when `from` is x: x is at least
 * the first of them and below the last. */
static double on_line(const double *from, const double *to, size_t count, double x) {
    size_t i = up_to(from, count, x) - 1;
    return to[i] + (x - from[i]) / (from[i + 1] - from[i]) * (to[i + 1] - to[i]);
}

/* ---- draws ---- */

static double draw_normal(const struct dist *d, struct dice *dice) {
    double x;
    do
        x = d->a + d->b * variate_normal(dice);
    while (!(x > 0));
    return x;
}

static double draw_hyperexponential(const struct dist *d, struct dice *dice) {
    double mean = variate_uniform(dice) < d->p ? d->a : d->b;
    return mean * variate_exponential(dice);
}

static double draw_mixture(const struct dist *d, struct dice *dice) {
    size_t part = up_to(d->share, d->parts.count, variate_uniform(dice));
    return dist_draw(&d->parts.items[part], dice);
}

static double law_draw(const struct dist *d, struct dice *dice) {
    switch ((enum dist_kind)d->kind) {
    case DIST_CONSTANT:
        return d->a;
    case DIST_EXPONENTIAL:
        return d->a * variate_exponential(dice);
    case DIST_LOGNORMAL:
        return fm_exp(d->a + d->b * variate_normal(dice));
    case DIST_GAMMA:
    case DIST_ERLANG:
        return d->b * variate_gamma(dice, d->a);
    case DIST_WEIBULL:
        return d->b * fm_pow(variate_exponential(dice), 1 / d->a);
    case DIST_PARETO:
        return d->a * fm_exp(variate_exponential(dice) / d->b);
    case DIST_LOMAX:
        return d->a * (fm_exp(variate_exponential(dice) / d->b) - 1);
    case DIST_HYPEREXPONENTIAL:
        return draw_hyperexponential(d, dice);
    case DIST_UNIFORM:
        return d->a + (d->b - d->a) * variate_uniform(dice);
    case DIST_NORMAL:
        return draw_normal(d, dice);
    case DIST_EMPIRICAL:
        return d->values[(size_t)(variate_uniform(dice) * (double)d->count)];
    case DIST_QUANTILES:
        return on_line(d->share, d->values, d->count, variate_uniform(dice));
    case DIST_MIXTURE:
        return draw_mixture(d, dice);
    case DIST_NONE:
    case DIST_TRACE:
        break;
    }
    return 0;
}

double dist_draw(const struct dist *d, struct dice *dice) {
    return law_draw(d, dice) + d->shift;
}

nsec dist_draw_time(const struct dist *d, struct dice *dice) {
    return dist_time(dist_draw(d, dice));
}

/* ---- moments ---- */

/* Of values as likely as one another. */
static double values_mean(const struct dist *d) {
    double sum = 0;
    for (size_t i = 0; i < d->count; i++)
        sum += d->values[i];
    return d->count ? sum / (double)d->count : 0;
}

static double values_variance(const struct dist *d, double mean) {
    double sum = 0;
    for (size_t i = 0; i < d->count; i++)
        sum += (d->values[i] - mean) * (d->values[i] - mean);
    return d->count ? sum / (double)d->count : 0;
}

/* Of straight lines: a uniform between every two values. */
static double lines_mean(const struct dist *d) {
    double sum = 0;
    for (size_t i = 1; i < d->count; i++)
        sum += (d->share[i] - d->share[i - 1]) * (d->values[i] + d->values[i - 1]) / 2;
    return sum;
}

static double lines_variance(const struct dist *d, double mean) {
    double sum = 0;
    for (size_t i = 1; i < d->count; i++) {
        double width = d->values[i] - d->values[i - 1];
        double off = (d->values[i] + d->values[i - 1]) / 2 - mean;
        sum += (d->share[i] - d->share[i - 1]) * (off * off + width * width / 12);
    }
    return sum;
}

static double parts_mean(const struct dist *d) {
    double sum = 0;
    for (size_t i = 0; i < d->parts.count; i++)
        sum += d->parts.items[i].weight * dist_mean(&d->parts.items[i]);
    return sum;
}

static double parts_variance(const struct dist *d, double mean) {
    double sum = 0;
    for (size_t i = 0; i < d->parts.count; i++) {
        const struct dist *part = &d->parts.items[i];
        double m = dist_mean(part);
        sum += part->weight * (dist_scv(part) * m * m + (m - mean) * (m - mean));
    }
    return sum;
}

/* A normal cut at 0 has mean a + b h and variance b^2 (1 - z h - h^2), z = a/b, h the normal's
 * density over its distribution function at z. */
static double cut_ratio(const struct dist *d) {
    double z = d->a / d->b;
    return exp(-z * z / 2) / sqrt(2 * M_PI) / gsl_cdf_ugaussian_P(z);
}

static double law_mean(const struct dist *d) {
    switch ((enum dist_kind)d->kind) {
    case DIST_CONSTANT:
    case DIST_EXPONENTIAL:
        return d->a;
    case DIST_LOGNORMAL:
        return exp(d->a + d->b * d->b / 2);
    case DIST_GAMMA:
    case DIST_ERLANG:
        return d->a * d->b;
    case DIST_WEIBULL:
        return d->b * gsl_sf_gamma(1 + 1 / d->a);
    case DIST_PARETO:
        return d->a * d->b / (d->b - 1);
    case DIST_LOMAX:
        return d->a / (d->b - 1);
    case DIST_HYPEREXPONENTIAL:
        return d->p * d->a + (1 - d->p) * d->b;
    case DIST_UNIFORM:
        return (d->a + d->b) / 2;
    case DIST_NORMAL:
        return d->a + d->b * cut_ratio(d);
    case DIST_EMPIRICAL:
    case DIST_TRACE:
        return values_mean(d);
    case DIST_QUANTILES:
        return lines_mean(d);
    case DIST_MIXTURE:
        return parts_mean(d);
    case DIST_NONE:
        break;
    }
    return 0;
}

/* Of a law whose mean is not 0. */
static double law_scv(const struct dist *d) {
    double mean = law_mean(d), square = mean * mean;
    switch ((enum dist_kind)d->kind) {
    case DIST_EXPONENTIAL:
        return 1;
    case DIST_LOGNORMAL:
        return expm1(d->b * d->b);
    case DIST_GAMMA:
    case DIST_ERLANG:
        return 1 / d->a;
    case DIST_WEIBULL:
        return expm1(gsl_sf_lngamma(1 + 2 / d->a) - 2 * gsl_sf_lngamma(1 + 1 / d->a));
    case DIST_PARETO:
        return d->b > 2 ? 1 / (d->b * (d->b - 2)) : INFINITY;
    case DIST_LOMAX:
        return d->b > 2 ? d->b / (d->b - 2) : INFINITY;
    case DIST_HYPEREXPONENTIAL:
        return 2 * (d->p * d->a * d->a + (1 - d->p) * d->b * d->b) / square - 1;
    case DIST_UNIFORM:
        return (d->b - d->a) * (d->b - d->a) / 12 / square;
    case DIST_NORMAL: {
        double h = cut_ratio(d);
        return d->b * d->b * (1 - d->a / d->b * h - h * h) / square;
    }
    case DIST_EMPIRICAL:
    case DIST_TRACE:
        return values_variance(d, mean) / square;
    case DIST_QUANTILES:
        return lines_variance(d, mean) / square;
    case DIST_MIXTURE:
        return parts_variance(d, mean) / square;
    case DIST_NONE:
    case DIST_CONSTANT:
        break;
    }
    return 0;
}

double dist_mean(const struct dist *d) {
    return law_mean(d) + d->shift;
}

double dist_scv(const struct dist *d) {
    double mean = law_mean(d), part = mean / (mean + d->shift);
    return mean > 0 ? law_scv(d) * part * part : 0;
}

bool dist_moment_finite(const struct dist *d, double k) {
    bool finite = (d->kind != DIST_PARETO && d->kind != DIST_LOMAX) || k < d->b;
    for (size_t i = 0; i < d->parts.count; i++)
        finite = finite && dist_moment_finite(&d->parts.items[i], k);
    return finite;
}

/* ---- distribution function and quantiles ---- */

static double lines_cdf(const struct dist *d, double x) {
    if (x < d->values[0])
        return 0;
    return x < d->values[d->count - 1] ? on_line(d->values, d->share, d->count, x) : 1;
}

static double parts_cdf(const struct dist *d, double x) {
    double sum = 0;
    for (size_t i = 0; i < d->parts.count; i++)
        sum += d->parts.items[i].weight * dist_cdf(&d->parts.items[i], x);
    return sum;
}

/* Of a normal cut at 0, from the upper tail, whose digits matter. */
static double cut_cdf(const struct dist *d, double x) {
    return 1 - gsl_cdf_ugaussian_Q((x - d->a) / d->b) / gsl_cdf_ugaussian_P(d->a / d->b);
}

static double law_cdf(const struct dist *d, double x) {
    if (x < 0)
        return 0;
    switch ((enum dist_kind)d->kind) {
    case DIST_CONSTANT:
        return x >= d->a;
    case DIST_EXPONENTIAL:
        return gsl_cdf_exponential_P(x, d->a);
    case DIST_LOGNORMAL:
        return gsl_cdf_lognormal_P(x, d->a, d->b);
    case DIST_GAMMA:
    case DIST_ERLANG:
        return gsl_cdf_gamma_P(x, d->a, d->b);
    case DIST_WEIBULL:
        return gsl_cdf_weibull_P(x, d->b, d->a);
    case DIST_PARETO:
        return gsl_cdf_pareto_P(x, d->b, d->a);
    case DIST_LOMAX:
        return -expm1(-d->b * log1p(x / d->a));
    case DIST_HYPEREXPONENTIAL:
        return d->p * gsl_cdf_exponential_P(x, d->a) + (1 - d->p) * gsl_cdf_exponential_P(x, d->b);
    case DIST_UNIFORM:
        return gsl_cdf_flat_P(x, d->a, d->b);
    case DIST_NORMAL:
        return cut_cdf(d, x);
    case DIST_EMPIRICAL:
    case DIST_TRACE:
        return (double)up_to(d->values, d->count, x) / (double)d->count;
    case DIST_QUANTILES:
        return lines_cdf(d, x);
    case DIST_MIXTURE:
        return parts_cdf(d, x);
    case DIST_NONE:
        break;
    }
    return 1;
}

/* The p-quantile by bisection to the last bit, from the distribution function alone. */
static double bisected_quantile(const struct dist *d, double p) {
    double low = 0, high = law_mean(d);
    if (law_cdf(d, DBL_MIN) >= p)
        return 0; /* it is smaller than any double */
    while (law_cdf(d, high) < p && high < 1e300)
        high *= 2;
    for (int i = 0; i < 2000; i++) {
        /* Far below the mean halving the exponent is what brings it near. */
        double middle = low > 0 ? sqrt(low) * sqrt(high) : fmax(high * 1e-10, DBL_MIN);
        if (high < 4 * low)
            middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (law_cdf(d, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* GSL's own does not converge for some small shapes. */
static double gamma_quantile(const struct dist *d, double p) {
    double x = gsl_cdf_gamma_Pinv(p, d->a, d->b);
    return fabs(law_cdf(d, x) - p) <= 1e-10 ? x : bisected_quantile(d, p);
}

static double law_quantile(const struct dist *d, double p) {
    switch ((enum dist_kind)d->kind) {
    case DIST_CONSTANT:
        return d->a;
    case DIST_EXPONENTIAL:
        return gsl_cdf_exponential_Pinv(p, d->a);
    case DIST_LOGNORMAL:
        return gsl_cdf_lognormal_Pinv(p, d->a, d->b);
    case DIST_GAMMA:
    case DIST_ERLANG:
        return gamma_quantile(d, p);
    case DIST_WEIBULL:
        return gsl_cdf_weibull_Pinv(p, d->b, d->a);
    case DIST_PARETO:
        return gsl_cdf_pareto_Pinv(p, d->b, d->a);
    case DIST_LOMAX:
        return d->a * expm1(-log1p(-p) / d->b);
    case DIST_HYPEREXPONENTIAL:
    case DIST_MIXTURE:
        return bisected_quantile(d, p);
    case DIST_UNIFORM:
        return gsl_cdf_flat_Pinv(p, d->a, d->b);
    case DIST_NORMAL:
        return d->a + d->b * gsl_cdf_ugaussian_Qinv((1 - p) * gsl_cdf_ugaussian_P(d->a / d->b));
    case DIST_EMPIRICAL:
    case DIST_TRACE: {
        double rank = ceil(p * (double)d->count - 1e-9);
        return d->values[rank < 1 ? 0 : (size_t)rank - 1];
    }
    case DIST_QUANTILES:
        return on_line(d->share, d->values, d->count, p);
    case DIST_NONE:
        break;
    }
    return 0;
}

double dist_cdf(const struct dist *d, double x) {
    return law_cdf(d, x - d->shift);
}

double dist_quantile(const struct dist *d, double p) {
    return law_quantile(d, p) + d->shift;
}

bool dist_random(const struct dist *d) {
    return d->kind != DIST_NONE && d->kind != DIST_CONSTANT && d->kind != DIST_TRACE;
}

const char *dist_name(const struct dist *d) {
    static const char *const names[] = {
        [DIST_NONE] = "none",
        [DIST_CONSTANT] = "constant",
        [DIST_EXPONENTIAL] = "exponential",
        [DIST_LOGNORMAL] = "lognormal",
        [DIST_GAMMA] = "gamma",
        [DIST_ERLANG] = "erlang",
        [DIST_WEIBULL] = "weibull",
        [DIST_PARETO] = "pareto",
        [DIST_LOMAX] = "lomax",
        [DIST_HYPEREXPONENTIAL] = "hyperexponential",
        [DIST_UNIFORM] = "uniform",
        [DIST_NORMAL] = "normal",
        [DIST_EMPIRICAL] = "empirical",
        [DIST_QUANTILES] = "quantiles",
        [DIST_MIXTURE] = "mixture",
        [DIST_TRACE] = "trace",
    };
    return names[d->kind];
}

void dist_free(struct dist *d) {
    for (size_t i = 0; i < d->parts.count; i++)
        dist_free(&d->parts.items[i]);
    free(d->parts.items);
    free(d->words.means.items);
    free(d->words.file);
    free(d->words.column);
    free(d->values);
    free(d->share);
    *d = (struct dist){0};
}
