/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dist_words: from what a user wrote to a distribution's parameters (dist_resolve of dist.h).
 *
 * The parameters decide simulated bytes, so they are made by + - * / sqrt and fmath alone. Costs
 * nothing that shows: once a distribution of the scenario.
 *
 * Sources: lognormal from mean and p99 is the smaller root of sigma^2/2 - z sigma + ln(p99/mean) =
 * 0 with z the normal 99 % quantile (Law, Simulation Modeling and Analysis, on fitting by
 * quantiles); a two-phase hyperexponential with balanced means p1/mu1 = p2/mu2 (Tijms, Stochastic
 * Models, B.2); a Weibull's mean is scale * gamma(1 + 1/shape), a Lomax's scale / (alpha - 1).
 * Known answers: lognormal {mean 200, p99 600} has sigma 0.5334; hyperexponential
 * {mean 1, cv 2} has p = (1 + sqrt(3/5))/2 = 0.8873; weibull {mean 2, shape 0.5} has scale 1.
 */
#include <math.h>

#include "model/dist.h"
#include "model/fmath.h"
#include "model/mem.h"

/* The normal distribution's 99 % quantile, to 17 digits: a literal, as it decides bytes. */
static const double z99 = 2.3263478740408408;

enum { LEAVES_MOST = 1000 };

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

static const char *resolve_gamma(struct dist *d) {
    const struct dist_words *w = &d->words;
    bool erlang = d->kind == DIST_ERLANG;
    d->a = erlang ? (double)w->k : 1 / (w->cv * w->cv);
    d->b = w->mean / d->a;
    return erlang || (w->cv >= 0.01 && w->cv <= 30) ? NULL : "cv must lie between 0.01 and 30";
}

static const char *resolve_power_tail(struct dist *d) {
    const struct dist_words *w = &d->words;
    d->b = w->alpha;
    d->a = d->kind == DIST_PARETO ? w->min : w->mean * (w->alpha - 1);
    return w->alpha > 1 ? NULL : "alpha must be above 1 (up to there the mean is infinite)";
}

/* The given ones of p0 ... p100 become values and their shares. */
static const char *resolve_quantiles(struct dist *d) {
    static const double shares[DIST_QUANTILE_WORDS] = {0, 0.5, 0.9, 0.95, 0.99, 0.999, 1};
    static const char *const complaints[DIST_QUANTILE_WORDS] = {
        NULL,
        "p50 is below p0; quantiles must ascend",
        "p90 is below a quantile before it; they must ascend",
        "p95 is below a quantile before it; they must ascend",
        "p99 is below a quantile before it; they must ascend",
        "p999 is below a quantile before it; they must ascend",
        "p100 is below a quantile before it; they must ascend"};
    d->values = mem_new(DIST_QUANTILE_WORDS, sizeof *d->values);
    d->share = mem_new(DIST_QUANTILE_WORDS, sizeof *d->share);
    for (int i = 0; i < DIST_QUANTILE_WORDS; i++) {
        double value = d->words.quantile[i];
        if (!given(value))
            continue;
        if (d->count && value < d->values[d->count - 1])
            return complaints[i];
        d->values[d->count] = value;
        d->share[d->count++] = shares[i];
    }
    return d->values[d->count - 1] > d->values[0] ? NULL : "p100 must be above p0";
}

/* How many distributions that are no mixtures there are in one. */
static size_t leaves(const struct dist *d) {
    size_t sum = d->kind != DIST_MIXTURE;
    for (size_t i = 0; i < d->parts.count; i++)
        sum += leaves(&d->parts.items[i]);
    return sum;
}

static const char *resolve_mixture(struct dist *d) {
    double total = 0, sum = 0;
    size_t n = d->parts.count;
    for (size_t i = 0; i < n; i++)
        total += d->parts.items[i].weight;
    d->share = mem_new(n, sizeof *d->share);
    for (size_t i = 0; i < n; i++) {
        sum += d->parts.items[i].weight;
        d->parts.items[i].weight /= total;
        d->share[i] = i + 1 < n ? sum / total : 1;
    }
    return leaves(d) <= LEAVES_MOST ? NULL : "has more than 1,000 distributions in it";
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
    case DIST_ERLANG:
        return resolve_gamma(d);
    case DIST_WEIBULL:
        d->a = w->shape;
        d->b = w->mean / fm_gamma(1 + 1 / w->shape);
        return NULL;
    case DIST_PARETO:
    case DIST_LOMAX:
        return resolve_power_tail(d);
    case DIST_HYPEREXPONENTIAL:
        return resolve_hyperexponential(d);
    case DIST_UNIFORM:
        d->a = w->min;
        d->b = w->max;
        return w->max > w->min ? NULL : "max must be above min";
    case DIST_NORMAL:
        d->a = w->mean;
        d->b = w->cv * w->mean;
        return NULL;
    case DIST_QUANTILES:
        return resolve_quantiles(d);
    case DIST_MIXTURE:
        return resolve_mixture(d);
    case DIST_NONE:
    case DIST_EMPIRICAL:
    case DIST_TRACE:
        break;
    }
    return NULL;
}
