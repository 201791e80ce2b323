/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_closed: clients who wait for their answer and think before they come again.
 *
 * With exponential thinking and service (machine repair, M/M/c//N) the number at the station is a
 * birth and death chain; a client who arrives sees the station of one client fewer (the arrival
 * theorem), so his wait is a mixture of Erlangs. Gross, Shortle, Thompson, Harris, Fundamentals of
 * Queueing Theory, 4th ed., 2.8; Sevcik and Mitrani, JACM 28, 1981. For any laws throughput is at
 * most N / (think + service) and c / service; they cross at N* = c (think + service) / service
 * (Lazowska et al., Quantitative System Performance, 1984, ch. 5).
 *
 * Known answer: 2 clients, thinking 1 s, service 1 s, one worker: p = (1, 2, 2)/5, throughput
 * 0.8/s.
 */
#ifndef MODEL_QUEUE_CLOSED_H
#define MODEL_QUEUE_CLOSED_H

#include <stddef.h>

/* p[n], n = 0..clients: how many are at the station, as a clock sees it; fresh memory. */
double *closed_states(size_t clients, double workers, double think, double service);

/* The bounds of throughput, and the number of clients where they cross. */
double closed_bound(double clients, double workers, double think, double service);
double closed_knee(double workers, double think, double service);

#endif
