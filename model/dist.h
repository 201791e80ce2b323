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
 *   gamma             shape a, scale b
 *   uniform           from a to b
 *   hyperexponential  with probability p mean a, else mean b
 *   empirical         values[count], each as likely, sorted
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
    DIST_UNIFORM,
    DIST_HYPEREXPONENTIAL,
    DIST_EMPIRICAL,
    DIST_TRACE /* each job brings its own (a trace's service column); values as empirical */
};

/* As the scenario writes it: what is not given is NaN or NULL. */
struct dist_words {
    double mean, cv, p99, median, mu, sigma, min, max, p;
    struct {
        double *items;
        size_t count;
    } means;
    char *file, *column;
};

struct dist {
    int64_t kind; /* enum dist_kind */
    struct dist_words words;
    double a, b, p;
    double *values;
    size_t count;
};

/* From words to parameters; NULL, or what is wrong with them. Does not read files. */
const char *dist_resolve(struct dist *dist);

/* One variate, >= 0. The dice stands at its item. */
double dist_draw(const struct dist *dist, struct dice *dice);

/* The same rounded to the nearest nanosecond, at most NSEC_LONGEST. */
nsec dist_draw_time(const struct dist *dist, struct dice *dice);

double dist_mean(const struct dist *dist);
double dist_scv(const struct dist *dist); /* variance / mean^2 */
double dist_cdf(const struct dist *dist, double x);
double dist_quantile(const struct dist *dist, double p); /* 0 < p < 1 */
bool dist_random(const struct dist *dist);               /* false: the same every time */
const char *dist_name(const struct dist *dist);
void dist_free(struct dist *dist);

#endif
