/* SPDX-License-Identifier: GPL-3.0-or-later */
/* waiting: see waiting.h. */
#include "model/waiting.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"

/* ---- the service's quantiles -------------------------------------------------------------------
 */

/* Strata of probability, each cut into equal parts, taken at their middles. */
static void set_nodes(struct waiting *w) {
    static const double edge[] = {0, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1};
    enum { STRATA = 6, PARTS = 300 };
    w->at = mem_new(STRATA * PARTS, sizeof *w->at);
    w->weight = mem_new(STRATA * PARTS, sizeof *w->weight);
    for (int s = 0; s < STRATA; s++)
        for (int i = 0; i < PARTS; i++) {
            w->weight[w->nodes] = (edge[s + 1] - edge[s]) / PARTS;
            w->at[w->nodes] =
                dist_quantile(w->law, edge[s] + (i + 0.5) * w->weight[w->nodes]) / 1e9;
            w->nodes++;
        }
}

static void open_common(struct waiting *w, const struct dist *law, bool exponential) {
    w->law = law;
    w->service = dist_mean(law) / 1e9;
    w->exponential = exponential;
    if (!exponential)
        set_nodes(w);
}

void waiting_endless(struct waiting *w, double probability, double scale, const struct dist *law) {
    *w = (struct waiting){.probability = probability, .scale = scale};
    open_common(w, law, law->kind == DIST_EXPONENTIAL);
}

void waiting_free(struct waiting *w) {
    free(w->tail);
    free(w->after);
    free(w->at);
    free(w->table);
    free(w->weight);
    *w = (struct waiting){0};
}

/* ---- tails ------------------------------------------------------------------------------------
 */

/* Sum over Poisson counts j of mean m of pmf(j) value(j), about the mean; `get` past its end. */
typedef double count_fn(const struct waiting *w, double j);

static double over_counts(const struct waiting *w, double m, count_fn *get) {
    double spread = 12 * sqrt(m) + 30, from = fmax(0, floor(m - spread)), sum = 0;
    double log_pmf = m > 0 ? from * log(m) - m - gsl_sf_lngamma(from + 1) : 0;
    for (long i = 0, count = (long)(m + spread - from); i <= count; i++) {
        double j = from + (double)i;
        sum += exp(log_pmf) * get(w, j);
        log_pmf += m > 0 ? log(m / (j + 1)) : -INFINITY;
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

static double wait_above(const struct waiting *w, double t) {
    if (t < 0)
        return 1;
    if (w->table)
        return from_table(w, t);
    if (isnan(w->scale))
        return over_counts(w, w->rate * t, tail_at);
    return w->scale > 0 ? w->probability * exp(-t / w->scale) : 0;
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
                    const struct dist *law, bool exponential) {
    *w = (struct waiting){.scale = NAN, .places = places, .decay = (workers - 1) / workers};
    open_common(w, law, exponential);
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
    double sum = 1 - dist_cdf(w->law, t * 1e9);
    for (size_t i = 0; i < w->nodes && w->at[i] <= t; i++)
        sum += w->weight[i] * wait_above(w, t - w->at[i]);
    return sum;
}

static double response_above(const struct waiting *w, double t) {
    if (!w->exponential)
        return summed_response(w, t);
    double served = exp(-t / w->service) * (1 - w->probability);
    if (isnan(w->scale))
        return served + over_counts(w, w->rate * t, tail_at) +
               over_counts(w, w->rate * t, after_at);
    if (w->probability == 0)
        return served; /* its scale is 0, too */
    return served + w->probability * both_exponential(1 / w->scale, 1 / w->service, t);
}

/* ---- quantiles --------------------------------------------------------------------------------
 */

struct search {
    const struct waiting *w;
    double (*above)(const struct waiting *w, double t);
    double target;
};

static double gap(double t, void *context) {
    const struct search *s = context;
    return s->above(s->w, t) - s->target;
}

static double solve(struct search *s) {
    if (gap(0, s) <= 0)
        return 0;
    double high = s->w->service;
    for (int i = 0; i < 200 && gap(high, s) > 0; i++)
        high *= 2;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    gsl_function f = {gap, s};
    double root = NAN;
    if (solver && gsl_root_fsolver_set(solver, &f, 0, high) == GSL_SUCCESS)
        for (int i = 0; i < 200; i++) {
            gsl_root_fsolver_iterate(solver);
            root = gsl_root_fsolver_root(solver);
            double low = gsl_root_fsolver_x_lower(solver), up = gsl_root_fsolver_x_upper(solver);
            if (gsl_root_test_interval(low, up, 1e-13 * s->w->service, 1e-10) == GSL_SUCCESS)
                break;
        }
    gsl_root_fsolver_free(solver);
    return root;
}

double waiting_wait(const struct waiting *w, double p) {
    if (!isnan(w->scale))
        return p <= 1 - w->probability || w->scale == 0 ? 0
                                                        : w->scale * log(w->probability / (1 - p));
    struct search s = {w, wait_above, 1 - p};
    return solve(&s);
}

double waiting_response(const struct waiting *w, double p) {
    struct search s = {w, response_above, 1 - p};
    return solve(&s);
}
