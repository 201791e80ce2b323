/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * waiting: the distributions of wait and response in a queue, and their quantiles.
 *
 * The wait of a job is 0 with probability 1 - P(wait), else
 *   - exponential (M/M/c and GI/M/c exactly, G/G/c about),
 *   - a mixture of Erlangs at the rate c mu (M/M/c/K and M/M/c//N: whoever finds c + k jobs waits
 *     for k + 1 ends),
 *   - what M/D/c makes of it (model/queue_mdc),
 *   - a sum of residual services in M/G/1: by its transform, Pollaczek and Khinchine's (1 - rho) /
 *     (1 - rho R(s)), R that of a residual service, turned back by model/transform; or
 *   - a busy period of M/M/1 at the rate c mu (M/M/c, last come first served), likewise.
 * The response is wait + service, independent of one another: in closed form for exponential
 * services, by the product of the transforms, else summed over some 1,800 quantiles of the service.
 * Mixtures of Erlangs are sums over Poisson counts, P(Erlang(k + 1, r) > t) = P(Poisson(r t) <= k),
 * of which only the 24 sqrt(r t) terms about the mean matter; so an evaluation costs microseconds
 * for any length of queue. Source: Gross, Shortle, Thompson, Harris, Fundamentals of Queueing
 * Theory, 4th ed., 2.3 to 2.5, 5.1.
 *
 * Known answer: M/M/1 at load 0.8, mean service 8 ms: the response's p99 is 40 ms ln 100 = 184.2
 * ms.
 */
#ifndef MODEL_WAITING_H
#define MODEL_WAITING_H

#include <stdbool.h>
#include <stddef.h>

#include "model/law.h"
#include "model/queue_mdc.h"
#include "model/transform.h"

enum waiting_kind {
    WAITING_EXPONENTIAL,
    WAITING_ERLANGS,
    WAITING_CONSTANT,
    WAITING_RESIDUALS,
    WAITING_BUSY_PERIOD
};

struct waiting {
    enum waiting_kind kind;
    double probability; /* of having to wait, of those admitted */
    double scale;       /* mean of an exponential conditional wait, s */
    double service;     /* mean, s */
    bool exponential;   /* the service is */
    struct law law;
    /* the mixture: tail[j] = P(finds >= c + j), G as in waiting.c; `places` of each */
    double rate, *tail, *after; /* rate: c mu */
    double decay;               /* (c - 1) / c */
    size_t places;
    double *table,
        step; /* of its tail, every `step` seconds; where the service is not exponential */
    /* the service's quantiles and their weights, ascending; where it is not exponential */
    double *at, *weight;
    size_t nodes;
    struct mdc mdc;
    struct transform transform; /* of the service */
    double arrivals, ends;      /* of a busy period, a second */
};

/* An exponential conditional wait. Of the law only the distributions are borrowed. */
void waiting_endless(struct waiting *w, double probability, double scale, const struct law *law);

/* M/M/c/c+places: `found[k]` is the probability that who is admitted finds c + k jobs, k < places.
 */
void waiting_finite(struct waiting *w, const double *found, size_t places, double workers,
                    const struct law *law, bool exponential);

/* M/D/c; takes *mdc. */
void waiting_constant(struct waiting *w, const struct mdc *mdc, const struct law *law);

/* M/G/1 at this load. */
void waiting_residuals(struct waiting *w, double load, const struct law *law);

/* M/M/c, last come first served: arrivals and ends (c mu) a second, exponential services. */
void waiting_busy_period(struct waiting *w, double probability, double arrivals, double ends,
                         const struct law *law);

/* The quantile p, 0 < p < 1, in seconds. */
double waiting_wait(const struct waiting *w, double p);
double waiting_response(const struct waiting *w, double p);

void waiting_free(struct waiting *w);

#endif
