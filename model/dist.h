/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dist: the distributions of a scenario; draw, mean, scv, cdf and quantile side by side.
 *
 * What is drawn decides simulated bytes: dist_draw uses fmath and literal tables alone and takes
 * its chance from a dice placed at its item. cdf and quantile are for theory, tests and charts and
 * use GSL. Values are in the distribution's own unit: nanoseconds for times, one for counts.
 *
 *   constant          a
 *   exponential       mean a
 *   lognormal         mu a, sigma b             (log of nanoseconds)
 *   gamma, erlang     shape a, scale b
 *   weibull           shape a, scale b
 *   pareto            from a on, tail x^-b
 *   lomax             scale a, tail (1 + x/a)^-b
 *   hyperexponential  with probability p mean a, else mean b
 *   uniform           from a to b
 *   normal            mean a, standard deviation b, redrawn until > 0
 *   empirical         values[count], each as likely, sorted
 *   quantiles         values[count] at the shares share[count], straight lines between
 *   mixture           parts; share[i] of the draws are of one of the parts 0 ... i
 *
 * `shift` is added to what any of them draws; mean, scv, cdf and quantile are of the sum.
 */
#ifndef MODEL_DIST_H
#define MODEL_DIST_H

#include <stdbool.h>
#include <stddef.h>

#include "model/nsec.h"
#include "model/rng.h"

enum dist_kind {
    DIST_NONE,
    DIST_CONSTANT,
    DIST_EXPONENTIAL,
    DIST_LOGNORMAL,
    DIST_GAMMA,
    DIST_ERLANG,
    DIST_WEIBULL,
    DIST_PARETO,
    DIST_LOMAX,
    DIST_HYPEREXPONENTIAL,
    DIST_UNIFORM,
    DIST_NORMAL,
    DIST_EMPIRICAL,
    DIST_QUANTILES,
    DIST_MIXTURE,
    DIST_TRACE /* each job brings its own (a trace's service column); values as empirical */
};

/* The quantiles that `quantiles` takes: p0 p50 p90 p95 p99 p999 p100. */
enum { DIST_QUANTILE_WORDS = 7 };

/* As the scenario writes it: what is not given is NaN or NULL. */
struct dist_words {
    double mean, cv, p99, median, mu, sigma, min, max, p, shape, alpha;
    double quantile[DIST_QUANTILE_WORDS];
    int64_t k;
    struct {
        double *items;
        size_t count;
    } means;
    char *file, *column;
};

struct dist {
    int64_t kind; /* enum dist_kind */
    double a, b, p;
    double shift;  /* >= 0 */
    double weight; /* as a part of a mixture; resolved, those of its parts sum to 1 */
    double *values, *share;
    size_t count;
    struct {
        struct dist *items;
        size_t count;
    } parts;
    struct dist_words words; /* last: a draw needs one cache line */
};

/* From words to parameters; NULL, or what is wrong with them. Does not read files; the parts of a
 * mixture are resolved before it. */
const char *dist_resolve(struct dist *dist);

/* One variate, >= 0. The dice stands at its item. */
double dist_draw(const struct dist *dist, struct dice *dice);

/* Rounded to the nearest nanosecond, at most NSEC_LONGEST; x >= 0, in ns. */
static inline nsec dist_time(double x) {
    return x < (double)NSEC_LONGEST ? (nsec)(x + 0.5) : NSEC_LONGEST;
}
nsec dist_draw_time(const struct dist *dist, struct dice *dice);

/* Of this kind as it stands: not moved by a shift. */
static inline bool dist_is(const struct dist *dist, enum dist_kind kind) {
    return dist->kind == (int64_t)kind && !(dist->shift > 0);
}

double dist_mean(const struct dist *dist);
double dist_scv(const struct dist *dist); /* variance / mean^2; may be infinite */
double dist_cdf(const struct dist *dist, double x);
double dist_quantile(const struct dist *dist, double p);    /* 0 < p < 1 */
bool dist_moment_finite(const struct dist *dist, double k); /* is E[X^k], k >= 1? */
bool dist_random(const struct dist *dist);                  /* false: the same every time */
const char *dist_name(const struct dist *dist);
void dist_free(struct dist *dist);

#endif
