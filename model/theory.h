/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * theory: what queueing theory says of a scenario, each figure marked exact, approximate, or not
 * known with the reason.
 *
 * The models are rows of a table (model/models.c), the best first: each says what it needs of the
 * pool, and what it answers. theory_of takes the first that holds; `headroom theory` shows them
 * all. Approximate are GI/G/c by Kimura and by Allen and Cunneen, with an exponential conditional
 * wait, M/G/c/K and M/G/c//N as if services were exponential, and M/G/c-PS where workers run out;
 * all others are exact. Sources stand with the formulas, in model/queue_*.h, erlang.h and
 * waiting.h.
 *
 * Known answer: M/M/2 at rho 0.7, mu 1: P(wait) = 0.576471, mean wait 0.960784.
 */
#ifndef MODEL_THEORY_H
#define MODEL_THEORY_H

#include "model/facts.h"
#include "model/result.h"
#include "model/waiting.h"
#include <math.h>

enum theory_mark { THEORY_NONE, THEORY_EXACT, THEORY_ABOUT };

struct theory_figure {
    enum theory_mark mark;
    double value;
};

/* Of a value that is none (NaN, infinite) nothing is known. */
static inline struct theory_figure theory_value(enum theory_mark mark, double value) {
    return (struct theory_figure){isfinite(value) ? mark : THEORY_NONE, value};
}

struct theory {
    char *name;   /* "M/G/260"; NULL where nothing holds */
    char *method; /* "Erlang C"; NULL where nothing holds */
    char *reason; /* why nothing holds */
    char *note;   /* what else is to be said: why some figures are missing; or NULL */
    struct theory_figure throughput, utilisation, queue_length, in_system, wait_probability,
        rejected_share;
    struct theory_figure wait_mean, response_mean;
    struct theory_figure wait[RESULT_PERCENTILES], response[RESULT_PERCENTILES]; /* seconds */
    double fluid_slope;     /* jobs/s by which an overloaded unbounded queue grows; NaN otherwise */
    struct waiting waiting; /* what the quantiles are taken from */
};

/* Of a scenario with one pool; of several `reason` says so. */
void theory_of(struct theory *t, const struct scenario *scenario);

/* The best model that holds of one pool. */
void theory_best(struct theory *t, const struct facts *facts);

/* The response time's quantile in seconds; NaN where not known. */
double theory_response(const struct theory *t, double p);

void theory_json(const struct theory *t, struct json *json);
void theory_free(struct theory *t);

/* "exact", "approximate", "none" */
const char *theory_word(enum theory_mark mark);

#endif
