/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * theory: what queueing theory says of a scenario, each figure marked exact, approximate, or not
 * known with the reason.
 *
 * One class on one pool, open arrivals. Exact: M/M/c (Erlang C), M/M/c/K with any queue, M/G/1
 * means (Pollaczek-Khinchine), M/G/c/c losses (Erlang B is insensitive); throughput and utilisation
 * of any stable queue without loss. Approximate: G/G/c by Allen and Cunneen, with an exponential
 * conditional wait; M/G/c/K by M/M/c/K. Sources: Gross, Shortle, Thompson, Harris, Fundamentals of
 * Queueing Theory, 4th ed., ch. 2, 5; Allen, Probability, Statistics and Queueing Theory, 2nd
 * ed., 5.3.
 *
 * Known answer: M/M/2 at rho 0.7, mu 1: P(wait) = 0.576471, mean wait 0.960784.
 */
#ifndef MODEL_THEORY_H
#define MODEL_THEORY_H

#include "model/result.h"
#include "model/waiting.h"

enum theory_mark { THEORY_NONE, THEORY_EXACT, THEORY_ABOUT };

struct theory_figure {
    enum theory_mark mark;
    double value;
};

struct theory {
    char *name;   /* "M/G/260"; NULL where nothing holds */
    char *reason; /* why nothing holds */
    struct theory_figure throughput, utilisation, queue_length, in_system, wait_probability,
        rejected_share;
    struct theory_figure wait_mean, response_mean;
    struct theory_figure wait[RESULT_PERCENTILES], response[RESULT_PERCENTILES]; /* seconds */
    double fluid_slope; /* jobs/s by which an overloaded unbounded queue grows; NaN otherwise */
    const struct dist *service;
    double workers, load, capacity; /* of the pool; capacity infinite when unbounded */
    bool no_times;                  /* of wait and response nothing is known */
    struct waiting waiting;         /* what the quantiles are taken from */
};

void theory_of(struct theory *t, const struct scenario *scenario);

/* The response time's quantile in seconds; NaN where not known. */
double theory_response(const struct theory *t, double p);

void theory_json(const struct theory *t, struct json *json);
void theory_free(struct theory *t);

/* Erlang B and C: a = offered load in workers, c workers. */
double theory_erlang_b(double a, double c);
double theory_erlang_c(double a, double c);

#endif
