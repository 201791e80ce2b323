/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dist: see dist.h.
 *
 * Sources: lognormal from mean and p99 is the smaller root of sigma^2/2 - z sigma + ln(p99/mean) =
 * 0 with z the normal 99 % quantile (Law, Simulation Modeling and Analysis, on fitting by
 * quantiles); a two-phase hyperexponential with balanced means p1/mu1 = p2/mu2 (Tijms, Stochastic
 * Models, B.2). Known answers: lognormal {mean 200, p99 600} has sigma 0.5334; hyperexponential
 * {mean 1, cv 2} has p = (1 + sqrt(3/5))/2 = 0.8873.
 */
#include "model/dist.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/fmath.h"
#include "model/variate.h"

/* The normal distribution's 99 % quantile, to 17 digits: a literal, as it decides bytes. */
static const double z99 = 2.3263478740408408;

static bool given(double x) {
    return !isnan(x);
}

static const char *resolve_lognormal(struct dist *d) {
    const struct dist_words *w = &d->words;
    int ways = (given(w->mean) && given(w->p99)) + (given(w->mean) && given(w->cv)) +
               (given(w->median) && given(w->p99)) + (given(w->mu) && given(w->sigma));
    int keys = given(w->mean) + given(w->p99) + given(w->cv) + given(w->median) + given(w->mu) +
               given(w->sigma);
    if (ways != 1 || keys != 2)
        return "takes exactly two: mean and p99, mean and cv, median and p99, or mu and sigma";
    if (given(w->mu)) {
        d->a = w->mu + fm_log(1e9);
        d->b = w->sigma;
    } else if (given(w->cv)) {
        d->b = sqrt(fm_log(1 + w->cv * w->cv));
        d->a = fm_log(w->mean) - d->b * d->b / 2;
    } else if (given(w->median)) {
        if (w->p99 <= w->median)
            return "p99 must be above the median";
        d->a = fm_log(w->median);
        d->b = (fm_log(w->p99) - d->a) / z99;
    } else {
        double ratio = w->p99 / w->mean, root = z99 * z99 - 2 * fm_log(ratio);
        if (!(ratio > 1) || root < 0)
            return "p99 must be above the mean and at most 14.97 times it (no lognormal has more)";
        d->b = z99 - sqrt(root);
        d->a = fm_log(w->mean) - d->b * d->b / 2;
    }
    return NULL;
}

static const char *resolve_hyperexponential(struct dist *d) {
    const struct dist_words *w = &d->words;
    bool balanced = given(w->mean) && given(w->cv) && !given(w->p) && !w->means.count;
    bool explicitly = !given(w->mean) && !given(w->cv) && given(w->p) && w->means.count;
    if (!balanced && !explicitly)
        return "takes either mean and cv, or p and means";
    if (balanced) {
        if (!(w->cv > 1))
            return "cv must be above 1 (at 1 it is exponential; below, gamma)";
        double scv = w->cv * w->cv;
        d->p = (1 + sqrt((scv - 1) / (scv + 1))) / 2;
        d->a = w->mean / (2 * d->p);
        d->b = w->mean / (2 * (1 - d->p));
        return NULL;
    }
    if (w->means.count != 2)
        return "means takes two, of the phases taken with probability p and 1 - p";
    d->p = w->p;
    d->a = w->means.items[0];
    d->b = w->means.items[1];
    return NULL;
}

const char *dist_resolve(struct dist *d) {
    const struct dist_words *w = &d->words;
    switch ((enum dist_kind)d->kind) {
    case DIST_CONSTANT:
    case DIST_EXPONENTIAL:
        d->a = w->mean;
        return NULL;
    case DIST_LOGNORMAL:
        return resolve_lognormal(d);
    case DIST_GAMMA:
        d->a = 1 / (w->cv * w->cv);
        d->b = w->mean / d->a;
        return w->cv >= 0.01 && w->cv <= 30 ? NULL : "cv must lie between 0.01 and 30";
    case DIST_UNIFORM:
        d->a = w->min;
        d->b = w->max;
        return w->max > w->min ? NULL : "max must be above min";
    case DIST_HYPEREXPONENTIAL:
        return resolve_hyperexponential(d);
    case DIST_NONE:
    case DIST_EMPIRICAL:
    case DIST_TRACE:
        break;
    }
    return NULL;
}

double dist_draw(const struct dist *d, struct dice *dice) {
    switch ((enum dist_kind)d->kind) {
    case DIST_CONSTANT:
        return d->a;
    case DIST_EXPONENTIAL:
        return d->a * variate_exponential(dice);
    case DIST_LOGNORMAL:
        return fm_exp(d->a + d->b * variate_normal(dice));
    case DIST_GAMMA:
        return d->b * variate_gamma(dice, d->a);
    case DIST_UNIFORM:
        return d->a + (d->b - d->a) * variate_uniform(dice);
    case DIST_HYPEREXPONENTIAL: {
        double mean = variate_uniform(dice) < d->p ? d->a : d->b;
        return mean * variate_exponential(dice);
    }
    case DIST_EMPIRICAL:
        return d->values[(size_t)(variate_uniform(dice) * (double)d->count)];
    case DIST_NONE:
    case DIST_TRACE:
        break;
    }
    return 0;
}

nsec dist_draw_time(const struct dist *d, struct dice *dice) {
    double x = dist_draw(d, dice);
    return x < (double)NSEC_LONGEST ? (nsec)(x + 0.5) : NSEC_LONGEST;
}

static double values_moment(const struct dist *d, double about, int power) {
    double sum = 0;
    for (size_t i = 0; i < d->count; i++)
        sum += power == 1 ? d->values[i] - about : (d->values[i] - about) * (d->values[i] - about);
    return d->count ? sum / (double)d->count : 0;
}

double dist_mean(const struct dist *d) {
    switch ((enum dist_kind)d->kind) {
    case DIST_CONSTANT:
    case DIST_EXPONENTIAL:
        return d->a;
    case DIST_LOGNORMAL:
        return exp(d->a + d->b * d->b / 2);
    case DIST_GAMMA:
        return d->a * d->b;
    case DIST_UNIFORM:
        return (d->a + d->b) / 2;
    case DIST_HYPEREXPONENTIAL:
        return d->p * d->a + (1 - d->p) * d->b;
    case DIST_EMPIRICAL:
    case DIST_TRACE:
        return values_moment(d, 0, 1);
    case DIST_NONE:
        break;
    }
    return 0;
}

double dist_scv(const struct dist *d) {
    double mean = dist_mean(d);
    switch ((enum dist_kind)d->kind) {
    case DIST_EXPONENTIAL:
        return 1;
    case DIST_LOGNORMAL:
        return expm1(d->b * d->b);
    case DIST_GAMMA:
        return 1 / d->a;
    case DIST_UNIFORM:
        return (d->b - d->a) * (d->b - d->a) / 12 / (mean * mean);
    case DIST_HYPEREXPONENTIAL:
        return 2 * (d->p * d->a * d->a + (1 - d->p) * d->b * d->b) / (mean * mean) - 1;
    case DIST_EMPIRICAL:
    case DIST_TRACE:
        return values_moment(d, mean, 2) / (mean * mean);
    case DIST_NONE:
    case DIST_CONSTANT:
        break;
    }
    return 0;
}

/* How many of the sorted values are <= x. */
static size_t values_up_to(const struct dist *d, double x) {
    size_t low = 0, high = d->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->values[middle] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double dist_cdf(const struct dist *d, double x) {
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
        return gsl_cdf_gamma_P(x, d->a, d->b);
    case DIST_UNIFORM:
        return gsl_cdf_flat_P(x, d->a, d->b);
    case DIST_HYPEREXPONENTIAL:
        return d->p * gsl_cdf_exponential_P(x, d->a) + (1 - d->p) * gsl_cdf_exponential_P(x, d->b);
    case DIST_EMPIRICAL:
    case DIST_TRACE:
        return (double)values_up_to(d, x) / (double)d->count;
    case DIST_NONE:
        break;
    }
    return 1;
}

/* The p-quantile by bisection to the last bit, from the distribution function alone. */
static double bisected_quantile(const struct dist *d, double p) {
    double low = 0, high = dist_mean(d);
    if (dist_cdf(d, DBL_MIN) >= p)
        return 0; /* it is smaller than any double */
    while (dist_cdf(d, high) < p && high < 1e300)
        high *= 2;
    for (int i = 0; i < 2000; i++) {
        /* Far below the mean halving the exponent is what brings it near. */
        double middle = low > 0 ? sqrt(low) * sqrt(high) : fmax(high * 1e-10, DBL_MIN);
        if (high < 4 * low)
            middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (dist_cdf(d, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* GSL's own does not converge for some small shapes. */
static double gamma_quantile(const struct dist *d, double p) {
    double x = gsl_cdf_gamma_Pinv(p, d->a, d->b);
    return fabs(dist_cdf(d, x) - p) <= 1e-10 ? x : bisected_quantile(d, p);
}

double dist_quantile(const struct dist *d, double p) {
    switch ((enum dist_kind)d->kind) {
    case DIST_CONSTANT:
        return d->a;
    case DIST_EXPONENTIAL:
        return gsl_cdf_exponential_Pinv(p, d->a);
    case DIST_LOGNORMAL:
        return gsl_cdf_lognormal_Pinv(p, d->a, d->b);
    case DIST_GAMMA:
        return gamma_quantile(d, p);
    case DIST_UNIFORM:
        return gsl_cdf_flat_Pinv(p, d->a, d->b);
    case DIST_HYPEREXPONENTIAL:
        return bisected_quantile(d, p);
    case DIST_EMPIRICAL:
    case DIST_TRACE: {
        double rank = ceil(p * (double)d->count - 1e-9);
        return d->values[rank < 1 ? 0 : (size_t)rank - 1];
    }
    case DIST_NONE:
        break;
    }
    return 0;
}

bool dist_random(const struct dist *d) {
    switch ((enum dist_kind)d->kind) {
    case DIST_NONE:
    case DIST_CONSTANT:
    case DIST_TRACE:
        return false;
    case DIST_EXPONENTIAL:
    case DIST_LOGNORMAL:
    case DIST_GAMMA:
    case DIST_UNIFORM:
    case DIST_HYPEREXPONENTIAL:
    case DIST_EMPIRICAL:
        break;
    }
    return true;
}

const char *dist_name(const struct dist *d) {
    static const char *const names[] = {"none",  "constant", "exponential",      "lognormal",
                                        "gamma", "uniform",  "hyperexponential", "empirical",
                                        "trace"};
    return names[d->kind];
}

void dist_free(struct dist *d) {
    free(d->words.means.items);
    free(d->words.file);
    free(d->words.column);
    free(d->values);
    *d = (struct dist){0};
}
