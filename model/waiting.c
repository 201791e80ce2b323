/* SPDX-License-Identifier: GPL-3.0-or-later */
/* waiting: see waiting.h. */
#include "model/waiting.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"

static const double ROUNDING = 1e-12; /* of a probability */

/* ---- the service's quantiles ----------------------------------------------------------------- */

/* Strata of probability, each cut into equal parts, taken at their middles. */
static void set_nodes(struct waiting *w) {
    static const double edge[] = {0, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1};
    enum { STRATA = 6, PARTS = 300 };
    w->at = mem_new(STRATA * PARTS, sizeof *w->at);
    w->weight = mem_new(STRATA * PARTS, sizeof *w->weight);
    for (int s = 0; s < STRATA; s++)
        for (int i = 0; i < PARTS; i++) {
            w->weight[w->nodes] = (edge[s + 1] - edge[s]) / PARTS;
            double least = w->nodes ? w->at[w->nodes - 1] : 0;
            w->at[w->nodes] =
                law_quantile_beyond(&w->law, edge[s] + (i + 0.5) * w->weight[w->nodes], least);
            w->nodes++;
        }
}

static void open_common(struct waiting *w, const struct law *law) {
    law_copy(&w->law, law);
    w->service = law_mean(law);
}

static void open_service(struct waiting *w, const struct law *law, bool exponential) {
    open_common(w, law);
    w->exponential = exponential;
    if (!exponential)
        set_nodes(w);
}

void waiting_endless(struct waiting *w, double probability, double scale, const struct law *law) {
    *w = (struct waiting){.probability = probability, .scale = scale};
    open_service(w, law, law_is(law, DIST_EXPONENTIAL));
}

void waiting_constant(struct waiting *w, const struct mdc *mdc, const struct law *law) {
    *w = (struct waiting){.kind = WAITING_CONSTANT, .mdc = *mdc};
    open_common(w, law);
    w->probability = mdc_wait_above(mdc, 0);
}

void waiting_residuals(struct waiting *w, double load, const struct law *law) {
    *w = (struct waiting){.kind = WAITING_RESIDUALS, .probability = load};
    open_common(w, law);
    transform_open(&w->transform, law);
}

void waiting_busy_period(struct waiting *w, double probability, double arrivals, double ends,
                         const struct law *law) {
    *w = (struct waiting){.kind = WAITING_BUSY_PERIOD,
                          .probability = probability,
                          .arrivals = arrivals,
                          .ends = ends};
    open_common(w, law);
}

void waiting_free(struct waiting *w) {
    free(w->tail);
    free(w->after);
    free(w->at);
    free(w->table);
    free(w->weight);
    law_free(&w->law);
    mdc_free(&w->mdc);
    transform_free(&w->transform);
    *w = (struct waiting){0};
}

/* ---- tails ----------------------------------------------------------------------------------- */

/* Sum over Poisson counts j of mean m of pmf(j) value(j), about the mean; `get` past its end. */
typedef double count_fn(const struct waiting *w, double j);

static double over_counts(const struct waiting *w, double m, count_fn *get) {
    double spread = 12 * sqrt(m) + 30, from = fmax(0, floor(m - spread)), sum = 0;
    double pmf = m > 0 ? exp(from * log(m) - m - gsl_sf_lngamma(from + 1)) : 1;
    for (long i = 0, count = (long)(m + spread - from); i <= count; i++) {
        double j = from + (double)i;
        sum += pmf * get(w, j);
        pmf *= m / (j + 1);
    }
    return sum;
}

static double tail_at(const struct waiting *w, double j) {
    return j < (double)w->places ? w->tail[(size_t)j] : 0;
}

static double after_at(const struct waiting *w, double j) {
    if (j <= (double)w->places)
        return w->after[(size_t)j];
    return w->after[w->places] * pow(w->decay, j - (double)w->places);
}

enum { TABLE = 4000 };

static double from_table(const struct waiting *w, double t) {
    double place = t / w->step, whole = floor(place);
    if (whole >= TABLE - 1)
        return 0;
    const double *at = &w->table[(size_t)whole];
    return at[0] + (place - whole) * (at[1] - at[0]);
}

/* The transform of the wait of those who wait, in M/G/1: a geometric sum of residual services. */
static double complex residuals(const struct waiting *w, double complex r) {
    return (1 - w->probability) * r / (1 - w->probability * r);
}

/* The same of a busy period of M/M/1, in the form that does not cancel. */
static double complex busy_period(const struct waiting *w, double complex s) {
    double complex sum = w->arrivals + w->ends + s;
    return 2 * w->ends / (sum + csqrt(sum * sum - 4 * w->arrivals * w->ends));
}

/* P(wait > t), or with the service P(response > t). Who does not wait has the service alone for his
 * response: with its jumps and kinks it is added as it is, as no inversion likes them. */
static double by_transform(const struct waiting *w, double t, bool response) {
    struct transform_line line = transform_line_at(t);
    double complex residual[TRANSFORM_POINTS], rest[TRANSFORM_POINTS];
    bool mg1 = w->kind == WAITING_RESIDUALS;
    if (mg1)
        transform_on(&w->transform, &line, residual);
    for (int k = 0; k < TRANSFORM_POINTS; k++) {
        double complex s = line.s[k], r = mg1 ? residual[k] : 1;
        double complex wait = mg1 ? residuals(w, r) : busy_period(w, s);
        double complex service = mg1 ? 1 - s * w->service * r : 1 / (1 + s * w->service);
        rest[k] = w->probability * (1 - wait * (response ? service : 1));
    }
    double at_once = response ? (1 - w->probability) * (1 - law_cdf(&w->law, t)) : 0;
    return at_once + transform_tail(&line, t, rest);
}

static double wait_above(const struct waiting *w, double t) {
    if (t <= 0)
        return t < 0 ? 1 : w->probability;
    switch (w->kind) {
    case WAITING_EXPONENTIAL:
        return w->scale > 0 ? w->probability * exp(-t / w->scale) : 0;
    case WAITING_ERLANGS:
        return w->table ? from_table(w, t) : over_counts(w, w->rate * t, tail_at);
    case WAITING_CONSTANT:
        return mdc_wait_above(&w->mdc, t);
    case WAITING_RESIDUALS:
    case WAITING_BUSY_PERIOD:
        break;
    }
    return by_transform(w, t, false);
}

/* Nobody waits for more than `places` ends and twelve standard deviations of their time. */
static void set_table(struct waiting *w) {
    double n = (double)w->places, *table = mem_new(TABLE, sizeof *table);
    w->step = (n + 12 * sqrt(n) + 30) / w->rate / (TABLE - 1);
    for (int i = 0; i < TABLE; i++)
        table[i] = wait_above(w, i * w->step);
    w->table = table;
}

void waiting_finite(struct waiting *w, const double *found, size_t places, double workers,
                    const struct law *law, bool exponential) {
    *w = (struct waiting){
        .kind = WAITING_ERLANGS, .places = places, .decay = (workers - 1) / workers};
    open_service(w, law, exponential);
    w->rate = workers / w->service;
    w->tail = mem_new(places + 1, sizeof *w->tail);
    w->after = mem_new(places + 1, sizeof *w->after);
    for (size_t k = places; k-- > 0;)
        w->tail[k] = w->tail[k + 1] + found[k];
    for (size_t j = 1; j <= places; j++)
        w->after[j] = found[j - 1] + w->after[j - 1] * w->decay;
    w->probability = w->tail[0];
    if (!exponential)
        set_table(w);
}

/* Exponential conditional wait of rate a plus exponential service of rate b, above t. */
static double both_exponential(double a, double b, double t) {
    double d = (a - b) * t;
    if (fabs(d) < 1e-6) /* (a e^-bt - b e^-at) / (a - b) about a = b */
        return exp(-b * t) * (1 + b * t * (1 - d / 2));
    return (a * exp(-b * t) - b * exp(-a * t)) / (a - b);
}

/* P(S > t) + E[P(W > t - S); S <= t] over the service's quantiles. */
static double summed_response(const struct waiting *w, double t) {
    double sum = 1 - law_cdf(&w->law, t);
    for (size_t i = 0; i < w->nodes && w->at[i] <= t; i++)
        sum += w->weight[i] * wait_above(w, t - w->at[i]);
    return sum;
}

/* Both exponential: the wait's rate or mixture, and the service. */
static double exponential_response(const struct waiting *w, double t) {
    double served = exp(-t / w->service) * (1 - w->probability);
    if (w->kind == WAITING_ERLANGS)
        return served + over_counts(w, w->rate * t, tail_at) +
               over_counts(w, w->rate * t, after_at);
    if (w->scale == 0) /* nobody waits */
        return exp(-t / w->service);
    return served + w->probability * both_exponential(1 / w->scale, 1 / w->service, t);
}

static double response_above(const struct waiting *w, double t) {
    if (t <= 0)
        return 1;
    switch (w->kind) {
    case WAITING_EXPONENTIAL:
    case WAITING_ERLANGS:
        return w->exponential ? exponential_response(w, t) : summed_response(w, t);
    case WAITING_CONSTANT:
        return wait_above(w, t - w->service);
    case WAITING_RESIDUALS:
    case WAITING_BUSY_PERIOD:
        break;
    }
    return by_transform(w, t, true);
}

/* ---- quantiles ------------------------------------------------------------------------------- */

struct search {
    const struct waiting *w;
    double (*above)(const struct waiting *w, double t);
    double target;
};

/* Tails are near straight in their logarithm. */
static double gap(double t, void *context) {
    const struct search *s = context;
    return log(fmax(s->above(s->w, t), 1e-300) / s->target);
}

static double solve(struct search *s) {
    if (gap(0, s) <= 0)
        return 0;
    double low = 0, high = s->w->service;
    for (int i = 0; i < 100 && gap(high, s) > 0; i++) {
        low = high;
        high *= 4;
    }
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    gsl_function f = {gap, s};
    double root = NAN;
    if (solver && gsl_root_fsolver_set(solver, &f, low, high) == GSL_SUCCESS)
        for (int i = 0; i < 200; i++) {
            gsl_root_fsolver_iterate(solver);
            root = gsl_root_fsolver_root(solver);
            low = gsl_root_fsolver_x_lower(solver);
            high = gsl_root_fsolver_x_upper(solver);
            if (gsl_root_test_interval(low, high, 1e-13 * s->w->service, 1e-10) == GSL_SUCCESS)
                break;
        }
    gsl_root_fsolver_free(solver);
    return root;
}

double waiting_wait(const struct waiting *w, double p) {
    if (p <= 1 - w->probability + ROUNDING)
        return 0;
    if (w->kind == WAITING_EXPONENTIAL)
        return w->scale * log(w->probability / (1 - p));
    struct search s = {w, wait_above, 1 - p};
    return solve(&s);
}

double waiting_response(const struct waiting *w, double p) {
    struct search s = {w, response_above, 1 - p};
    return solve(&s);
}
