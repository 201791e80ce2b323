/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_mdc: M/D/c, constant services: the queue and the wait, exactly.
 *
 * Whoever is in service now is gone one service time later, so the number in the system there is
 * max(N - c, 0) + Poisson(a): Crommelin's argument. The generating function of the queue has the
 * c - 1 roots of z^c = exp(a (z - 1)) inside the unit circle; it is read off on points of that
 * circle and turned into probabilities by a Fourier transform. A wait above x = k D - u, 0 < u <=
 * D, is P(Poisson(u) > k c - 1 - queue): sums of positive terms (Franx, A simple solution for the
 * M/D/c waiting time distribution, Operations Research Letters 29, 2001). Crommelin, Post Office
 * Electrical Engineers' Journal 25, 1932.
 *
 * Cost: c times the points, at most 4e6 products (30 ms); beyond that mdc_open refuses. A tail
 * costs microseconds.
 *
 * Known answer: c = 2 at 70 %, service 1: P(wait) = 0.565367211464854, mean 0.493610462541841, p99
 * 3.135080935.
 */
#ifndef MODEL_QUEUE_MDC_H
#define MODEL_QUEUE_MDC_H

#include <stdbool.h>
#include <stddef.h>

struct mdc {
    double rate, service;
    size_t workers;
    double *above; /* P(queue > j), j < count */
    size_t count;
};

/* Could it be done? rate x service < workers. */
bool mdc_affordable(double load, double workers);
void mdc_open(struct mdc *m, double rate, double service, size_t workers);
void mdc_free(struct mdc *m);

double mdc_queue(const struct mdc *m); /* mean number waiting */
double mdc_wait_above(const struct mdc *m, double t);

#endif
