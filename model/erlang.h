/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * erlang: Erlang's loss and delay formulas, and the states of M/M/c/K.
 *
 * B is the share of jobs lost by c workers without a queue (any law of service), C the share that
 * must wait in an endless one (exponential service). By the recursion B(k) = a B(k-1) / (k + a
 * B(k-1)), which neither overflows nor cancels; c steps. Source: Gross, Shortle, Thompson, Harris,
 * Fundamentals of Queueing Theory, 4th ed., 2.4 to 2.5.
 *
 * Known answer: a = 2 jobs' worth on 2 workers lose 40 %; a = 1.4 on 2 wait with probability
 * 0.576471.
 */
#ifndef MODEL_ERLANG_H
#define MODEL_ERLANG_H

#include <stddef.h>

/* a = offered load in workers, c workers. */
double erlang_b(double a, double c);
double erlang_c(double a, double c); /* a < c */

/* State probabilities p[0..c+n] of M/M/c with n places; fresh memory. */
double *erlang_states(double a, size_t c, size_t n);

#endif
