/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_patience: M/M/c+G: jobs that leave the queue when it takes too long.
 *
 * An arrival whose patience is G stays while the wait offered to him is shorter. The offered wait
 * has the density v(x) = v(0) exp(rate H(x) - c mu x), H(x) the integral of P(G > u) up to x
 * (Baccelli and Hebuterne, On queues with impatient customers, Performance '81); all figures are
 * integrals of it, of positive terms, the largest exponent taken out first (Zeltyn and Mandelbaum,
 * Call centers with impatient customers, Queueing Systems 51, 2005). First come, first served, no
 * bound of the queue; a job in service stays. Panels of 16 Gauss-Legendre nodes are laid along x so
 * that neither the exponent nor P(G > x) moves far in one: some hundred, a few milliseconds.
 *
 * Known answer: Erlang-A with c = 4, rate 4, mu 1, theta 1 (the number in the system is that of
 * M/M/inf): 0.195366814813165 leave, P(wait) = 0.566529879633291.
 */
#ifndef MODEL_QUEUE_PATIENCE_H
#define MODEL_QUEUE_PATIENCE_H

#include <stddef.h>

#include "model/law.h"

struct patience_panel;

struct patience {
    double p_abandon, p_wait; /* shares of the arrivals */
    double throughput, utilisation;
    double queue_length;
    double wait_all, wait_served; /* means in seconds; of who leaves, until he does */
    /* what the quantiles are made of */
    double rate, drain, kept,
        most;     /* kept: 1 / the scaled sum of all; most: the largest exponent */
    double mean;  /* exponential patience; NaN: */
    double limit; /* constant; NaN: */
    const struct law *law;
    struct patience_panel *panels;
    size_t count;
};

/* Rates a second, times in seconds, c >= 1. Erlang-A: patience exponential of rate theta; M/M/c+D:
 * everybody leaves after tau. */
void erlang_a(struct patience *p, double lambda, double mu, double c, double theta);
void mmc_d(struct patience *p, double lambda, double mu, double c, double tau);

/* Any law of patience; it is borrowed. */
void mmc_g(struct patience *p, double lambda, double mu, double c, const struct law *patience);

/* The quantile of the wait of those who are served, in seconds. */
double patience_served(const struct patience *p, double probability);
void patience_free(struct patience *p);

#endif
