/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_priority: mean waits where higher ranks go first and nobody is interrupted.
 *
 * Cobham, "Priority assignment in waiting line problems" (1954): Poisson arrivals and one worker;
 * or several, and exponential services of one mean (Kella and Yechiali, "Waiting times in the
 * non-preemptive priority M/M/c queue", 1985). With s the load of a rank and all above it, over the
 * workers, and W0 the wait for the first worker to be free,
 *
 *     W = W0 / ((1 - s of the ranks above) (1 - s))
 *
 * Known answer: M/M/1, mu 1, two classes of 0.4 each: W0 = 0.8, W = 0.8 / 0.6 = 4/3 and
 * 0.8 / (0.6 x 0.2) = 20/3; their mean is 4, that of first come, first served.
 */
#ifndef MODEL_QUEUE_PRIORITY_H
#define MODEL_QUEUE_PRIORITY_H

#include "model/facts.h"

/* By rank, seconds. A rank that the load leaves no time to waits for ever. */
void priority_waits(const struct facts *facts, double w0, double wait[STATION_RANKS]);

/* Over all jobs. */
double priority_mean(const struct facts *facts, const double wait[STATION_RANKS]);

/* "mean wait of gold 2 ms, free 310 ms"; fresh memory. */
char *priority_words(const struct facts *facts, const double wait[STATION_RANKS]);

#endif
